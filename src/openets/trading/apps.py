"""Django's handle on the room."""

from django.apps import AppConfig


class Trading(AppConfig):
    """The exchange."""

    name = "openets.trading"
    label = "trading"
