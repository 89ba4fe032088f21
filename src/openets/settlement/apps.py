"""Django's handle on the room."""

from django.apps import AppConfig


class Settlement(AppConfig):
    """Money and delivery."""

    name = "openets.settlement"
    label = "settlement"
