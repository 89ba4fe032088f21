"""All addresses: the pages and the API of `openets.web`."""

from django.urls import include, path

urlpatterns = [path("", include("openets.web.urls"))]
