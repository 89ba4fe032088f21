"""Addresses of the surrender."""

from django.urls import path

from openets.web.compliance import one, views

urlpatterns = [
    path("surrender", views.surrender, name="surrender"),
    path("surrender/<int:year>/<int:number>", one.duty, name="duty"),
    path("surrender/<int:year>/credit.csv", views.credit, name="credit_csv"),
]
