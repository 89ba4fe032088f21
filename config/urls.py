"""All addresses: the pages and the API of `openets.web`."""

from django.urls import include, path

urlpatterns = [path("", include("openets.web.urls"))]

handler403 = "openets.web.errors.forbidden"
handler404 = "openets.web.errors.not_found"
handler429 = "openets.web.errors.too_many"
