"""Addresses of paid issue, buy-back, proceeds and budget."""

from django.urls import path

from openets.web.treasury import views

urlpatterns = [
    path("paid-issue", views.paid_issue, name="paid_issue"),
    path("proceeds", views.proceeds, name="proceeds"),
]
