"""Django's handle on the room."""

from django.apps import AppConfig


class History(AppConfig):
    """Real trading days of former years, with their sources."""

    name = "openets.history"
    label = "history"
