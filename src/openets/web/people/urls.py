"""Addresses of signing in and of the to-do list."""

from django.urls import path

from openets.web.people import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("to-do", views.to_do, name="to_do"),
]
