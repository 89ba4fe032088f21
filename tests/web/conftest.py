import pytest
from django.db import transaction

from tests.web import market as small


@pytest.fixture(scope="module")
def market(django_db_setup, django_db_blocker):
    """The small market, built once a module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield small.build()
        transaction.set_rollback(True)
