"""The room as a Django application."""

from django.apps import AppConfig


class PaperConfig(AppConfig):
    """Paper."""

    name = "openets.paper"
    label = "paper"
