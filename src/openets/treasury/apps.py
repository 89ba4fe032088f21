"""Django's handle on the room."""

from django.apps import AppConfig


class Treasury(AppConfig):
    """Paid issue of the reserve, buy-back, proceeds and budget."""

    name = "openets.treasury"
    label = "treasury"
