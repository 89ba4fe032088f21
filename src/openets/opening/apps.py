"""Django's handle on the room."""

from django.apps import AppConfig


class Opening(AppConfig):
    """How participants come to their accounts."""

    name = "openets.opening"
    label = "opening"
