"""Django's handle on the room."""

from django.apps import AppConfig


class Allocation(AppConfig):
    """Who gets how many allowances."""

    name = "openets.allocation"
    label = "allocation"
