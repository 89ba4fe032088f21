"""Addresses of the pages and of the programming interface."""

from django.urls import include, path
from django.views.i18n import set_language

from openets.web.api import api

urlpatterns = [
    path("set-language", set_language, name="set_language"),
    path("list/", include("openets.web.roster.urls")),
    path("law", include("openets.web.law.urls")),
    path("api/", api.urls),
]
