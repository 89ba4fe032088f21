"""Addresses of accounts as they stand, of freezes, measures and closings."""

from django.urls import path

from openets.web.standing import government, views

urlpatterns = [
    path("standing", views.accounts, name="standing"),
    path("standing/<int:number>", views.account, name="standing_account"),
    path("freezes", views.freezes, name="freezes"),
    path("freezes/<int:number>", views.matter, {"word": "freezes"}, name="freeze"),
    path("measures", views.measures, name="measures"),
    path("measures/<int:number>", views.matter, {"word": "measures"}, name="measure"),
    path("closings/<int:number>", views.matter, {"word": "closings"}, name="closing"),
    path("government-accounts", government.government, name="government_accounts"),
]
