"""Django's handle on the room."""

from django.apps import AppConfig


class Verification(AppConfig):
    """How reports are verified."""

    name = "openets.verification"
    label = "verification"
