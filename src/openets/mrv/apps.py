"""Django's handle on the room."""

from django.apps import AppConfig


class Mrv(AppConfig):
    """Monitoring, reporting and verification."""

    name = "openets.mrv"
    label = "mrv"
