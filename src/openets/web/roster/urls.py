"""Addresses of the list: as published under /list, in the making under /roster."""

from django.urls import path

from openets.web.roster import changes, views

urlpatterns = [
    path("list", views.published_lists, name="published_lists"),
    path("list/<int:year>", views.published, name="published_list"),
    path("list/<int:year>.csv", views.published_csv, name="published_list_csv"),
    path("roster", views.the_list, name="roster"),
    path("roster/propose", views.propose, name="propose"),
    path("roster/entities/<str:code>", views.entity, name="roster_entity"),
    path("roster/standards", views.standards, name="standards"),
    path("roster/figures", changes.figures, name="figures"),
    path("changes", changes.changes, name="changes"),
    path("changes/report", changes.report, name="report_change"),
]
