"""Django's handle on the room."""

from django.apps import AppConfig


class Parties(AppConfig):
    """Who takes part."""

    name = "openets.parties"
    label = "parties"
