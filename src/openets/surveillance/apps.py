"""Django's handle on the room."""

from django.apps import AppConfig


class Surveillance(AppConfig):
    """Alerts on a day of trading, large holders and risk reports."""

    name = "openets.surveillance"
    label = "surveillance"
