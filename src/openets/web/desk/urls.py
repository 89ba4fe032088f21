"""Address of the desk."""

from django.urls import path

from openets.web.desk import views

urlpatterns = [path("home", views.desk, name="home")]
