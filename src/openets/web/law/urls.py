"""Addresses under /law."""

from django.urls import path

from openets.web.law import views

urlpatterns = [
    path("law", views.requirements, name="requirements"),
    path("law/terms", views.terms, name="terms"),
    path("law/parameters", views.parameters, name="parameters"),
    path("law/<str:cited>", views.requirement, name="requirement"),
]
