"""Django's handle on the room."""

from django.apps import AppConfig


class Deals(AppConfig):
    """Negotiated and block deals, and picks of a listed price."""

    name = "openets.deals"
    label = "deals"
