"""Django's handle on the room."""

from django.apps import AppConfig


class Roster(AppConfig):
    """The list of key emitting entities and what happens to them."""

    name = "openets.roster"
    label = "roster"
