"""CQ208 annex 2: each entity is told its own results by the system, with their working."""

import pytest
from django.test import Client

from openets.parties.models import Membership
from tests.web.market import YEARS

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("market"),
    pytest.mark.requirement("CQ208-A2"),
]


@pytest.fixture(autouse=True)
def in_earnest(settings):
    settings.DEMO = False


def signed_in(code):
    client = Client()
    client.force_login(Membership.objects.get(organisation__code=code).person)
    return client


def test_an_entity_sees_its_own_results_of_every_year_with_their_working():
    page = signed_in("E001").get("/entities/1").content.decode()
    assert all(f"{year}" in page for year in YEARS)
    assert "为什么？" in page
    for year in YEARS:
        told = signed_in("E001").get(f"/api/entities/1/allocations/{year}")
        assert told.status_code == 200
        assert told.json()["explanation"]


@pytest.mark.parametrize(
    "address", ["/entities/2", "/api/entities/2", "/api/entities/2/allocations/2021"]
)
def test_anothers_results_are_refused(address):
    assert signed_in("E001").get(address).status_code == 403


@pytest.mark.parametrize("address", ["/entities/1", "/api/entities/1"])
def test_a_visitor_sees_nobodys_results(client, address):
    assert client.get(address).status_code in {302, 401, 403}
