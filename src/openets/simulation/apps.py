"""Django's handle on the room."""

from django.apps import AppConfig


class Simulation(AppConfig):
    """A played market."""

    name = "openets.simulation"
    label = "simulation"
