"""The published list as a page and as CSV, and the guard before it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from openets.kernel.clock import market_date
from openets.parties import operations as parties
from openets.parties.queries import PUBLIC
from openets.parties.roles import Role
from openets.roster import operations
from openets.web.guards import acting_of, guarded, must_reach
from tests.markets import FOUNDED, FOUNDER
from tests.roster.enterprises import adopted, founded

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    made = founded()
    adopted(made["E1"], made["E2"], years=(2022,))
    operations.publish_list(year=2022, acting=FOUNDER, at=FOUNDED)
    return made


@pytest.mark.requirement("CQETS-29")
def test_the_public_reads_the_published_list_with_name_district_and_industry(market) -> None:
    page = Client().get("/list/2022")
    assert page.status_code == 200
    for text in (market["E1"].name, "涪陵区", "水泥制造行业", "2023-02-20"):
        assert text in page.content.decode()
    assert market["E3"].name not in page.content.decode()


@pytest.mark.requirement("CQETS-29")
def test_the_published_list_is_read_by_programs(market) -> None:
    answer = Client().get("/list/2022.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines == [
        "number,name,district,industry",
        "1,合成单位1,涪陵区,水泥制造行业",
        "2,合成单位2,长寿区,水泥制造行业",
    ]


def test_a_list_that_was_not_published_is_not_found(market) -> None:
    assert Client().get("/list/2021").status_code == 404


def asking(rf, person):
    request = rf.get("/")
    request.user, request.session = person, {}
    return request


def member(organisation, username="x-1", **term):
    return parties.add_member(
        username=username,
        display_name="经办人甲",
        organisation=organisation,
        acting=FOUNDER,
        at=FOUNDED,
        **term,
    )


class TestGuard:
    def test_somebody_whose_authority_ended_today_is_the_public(self, rf, market, settings):
        settings.DEMO = False
        today = market_date(timezone.now())
        person = member(market["V1"], until_date=today)
        assert acting_of(asking(rf, person)) == PUBLIC
        person = member(market["V1"], "x-2", until_date=today + timedelta(days=1))
        assert acting_of(asking(rf, person)).role == Role.VERIFICATION_BODY

    @pytest.mark.requirement("CQETS-4")
    def test_a_page_about_everybody_is_the_bureaus(self, rf, market):
        page = guarded("emission_report.read")(lambda _: "shown")
        assert page(asking(rf, member(market["bureau"]))) == "shown"
        with pytest.raises(PermissionDenied):
            page(asking(rf, member(market["D-涪陵区"], "x-2")))

    @pytest.mark.requirement("CQETS-4.6")
    def test_a_district_reaches_an_entity_of_its_own_area_only(self, rf, market):
        request = asking(rf, member(market["D-涪陵区"]))
        assert must_reach(request, "surrender.read", market["E1"]).organisation == "D-涪陵区"
        with pytest.raises(PermissionDenied):
            must_reach(request, "surrender.read", market["E2"])
