"""The journal as a Django app."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Room `journal`."""

    name = "openets.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
