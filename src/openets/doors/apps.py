"""The doors as a Django app, for what one of them remembers between runs."""

from django.apps import AppConfig


class Doors(AppConfig):
    """The doors."""

    name = "openets.doors"
    label = "doors"
