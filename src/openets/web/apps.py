"""The Django application of the pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Brings templates, static files and the template library."""

    name = "openets.web"
    label = "web"
