"""Addresses of deals."""

from django.urls import path

from openets.web.deals import views

urlpatterns = [
    path("deals", views.board, name="deals"),
    path("deals/<int:number>", views.deal, name="deal"),
]
