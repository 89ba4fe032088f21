"""Addresses where papers are checked and taken away."""

from django.urls import path

from openets.web.paper import views

urlpatterns = [
    path("", views.check, name="papers"),
    path("<str:code>", views.paper, name="paper"),
    path("<str:code>/file.pdf", views.file, name="paper_file"),
]
