"""Addresses of the daily reconciliation."""

from django.urls import path

from openets.web.reconciliation import views

urlpatterns = [
    path("reconciliation", views.listed, name="reconciliation"),
    path("reconciliation/<str:day>", views.day, name="market_day"),
    path("reconciliation/<str:day>/report.csv", views.report_csv, name="market_day_csv"),
    path("reconciliation/<str:day>/report.json", views.report_json, name="market_day_json"),
]
