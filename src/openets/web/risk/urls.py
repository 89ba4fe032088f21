"""Addresses of the risk desk, of interventions, alerts, large holders and products."""

from django.urls import path

from openets.web.risk import alerts, desk, holders, listings

urlpatterns = [
    path("risk", desk.desk, name="risk"),
    path("risk/decide/<str:kind>", desk.decide, name="risk_decide"),
    path("risk/interventions/<int:number>", desk.intervention, name="intervention"),
    path("announcements", desk.announcements, name="announcements"),
    path("risk/alerts", alerts.listed, name="alerts"),
    path("risk/alerts/<int:number>", alerts.alert, name="alert"),
    path("risk/replay/<str:code>/<str:day>", alerts.replay, name="replay"),
    path("risk/relations", alerts.relations, name="relations"),
    path("risk/reports", holders.reports, name="risk_reports"),
    path("large-holders", holders.listed, name="large_holders"),
    path("large-holders/<int:number>", holders.report, name="large_holder"),
    path("products", listings.products, name="products"),
    path("products/<int:number>", listings.listing, name="listing"),
]
