"""Django's handle on the room."""

from django.apps import AppConfig


class Registry(AppConfig):
    """Who holds which units."""

    name = "openets.registry"
    label = "registry"
