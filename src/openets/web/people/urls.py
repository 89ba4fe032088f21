"""Addresses of signing in."""

from django.urls import path

from openets.web.people import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-out", views.sign_out, name="sign_out"),
]
