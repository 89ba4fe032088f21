"""Django's handle on the room."""

from django.apps import AppConfig


class Banking(AppConfig):
    """Deposits, withdrawals, bindings and the files of the settlement bank."""

    name = "openets.banking"
    label = "banking"
