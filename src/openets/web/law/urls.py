"""Addresses under /law."""

from django.urls import path

from openets.web.law import views

urlpatterns = [
    path("", views.requirements, name="requirements"),
    path("/parameters", views.parameters, name="parameters"),
    path("/<str:cited>", views.requirement, name="requirement"),
]
