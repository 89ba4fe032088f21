"""Django's handle on the room."""

from django.apps import AppConfig


class Clearing(AppConfig):
    """Clearing statements, objections, market reports and the risk reserve."""

    name = "openets.clearing"
    label = "clearing"
