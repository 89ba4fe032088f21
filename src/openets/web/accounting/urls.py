"""The address of the accounting page."""

from django.urls import path

from openets.web.accounting import views

urlpatterns = [path("accounting", views.accounting, name="accounting")]
