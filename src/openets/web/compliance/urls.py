"""Addresses of the surrender."""

from django.urls import path

from openets.web.compliance import views

urlpatterns = [
    path("surrender", views.surrender, name="surrender"),
    path("surrender/<int:year>/credit.csv", views.credit, name="credit_csv"),
]
