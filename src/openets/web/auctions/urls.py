"""Addresses of auctions."""

from django.urls import path

from openets.web.auctions import views

urlpatterns = [
    path("auctions", views.listed, name="auctions"),
    path("auctions/<int:number>", views.auction, name="auction"),
]
