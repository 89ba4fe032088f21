"""Django's handle on the room."""

from django.apps import AppConfig


class Casework(AppConfig):
    """Every procedure's cases."""

    name = "openets.casework"
    label = "casework"
