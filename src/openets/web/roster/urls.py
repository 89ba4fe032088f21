"""Addresses under /list."""

from django.urls import path

from openets.web.roster import views

urlpatterns = [
    path("<int:year>", views.published, name="published_list"),
    path("<int:year>.csv", views.published_csv, name="published_list_csv"),
]
