"""Django's handle on the room."""

from django.apps import AppConfig


class Crediting(AppConfig):
    """Certified reductions."""

    name = "openets.crediting"
    label = "crediting"
