"""Addresses of the surrender."""

from django.urls import path

from openets.web.compliance import national_views, offsets, one, views

urlpatterns = [
    path("surrender", views.surrender, name="surrender"),
    path("offsets", offsets.offsets, name="offsets"),
    path("national-offsets", national_views.national, name="national_offsets"),
    path("surrender/<int:year>/<int:number>", one.duty, name="duty"),
    path("surrender/<int:year>/credit.csv", views.credit, name="credit_csv"),
]
