"""Django's handle on the room."""

from django.apps import AppConfig


class Auctions(AppConfig):
    """One-way auctions and buy-back by auction."""

    name = "openets.auctions"
    label = "auctions"
