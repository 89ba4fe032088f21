"""Django's handle on the room."""

from django.apps import AppConfig


class Supervision(AppConfig):
    """What institutions submit for review, and who helps the entities."""

    name = "openets.supervision"
    label = "supervision"
