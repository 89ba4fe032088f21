"""Reconciliation as a Django app."""

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    """Room `reconciliation`."""

    name = "openets.reconciliation"
    label = "reconciliation"
    default_auto_field = "django.db.models.BigAutoField"
