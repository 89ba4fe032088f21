"""Django's handle on the room."""

from django.apps import AppConfig


class Compliance(AppConfig):
    """Duties and how they are met."""

    name = "openets.compliance"
    label = "compliance"
