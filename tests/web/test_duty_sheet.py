"""The duty sheet: five duties of an entity and year, and none for a unit that is not listed."""

from datetime import date

import pytest

from openets.compliance import operations as compliance
from openets.kernel.clock import at
from openets.mrv.models import Report
from tests.markets import CQ, FOUNDER, ISSUED, NOTIFIED, issued_market
from tests.web.people import browser, goes_to, text

pytestmark = pytest.mark.django_db
PAGE = "/entities/1/duties/2022"


@pytest.fixture
def market():
    made = issued_market()
    compliance.open_duties(year=2022, law=CQ, acting=FOUNDER, at=ISSUED)
    goes_to(at(date(2023, 12, 20)))
    return made


def told(client, page=PAGE):
    return {row["duty"]: row for row in client.get(f"/api{page}").json()}


@pytest.mark.requirement("CQETS-9")
def test_reporting_is_done_and_surrender_open_with_its_deadline(market):
    client = browser("E001")
    sheet = told(client)
    assert list(sheet) == ["control", "report", "surrender", "disclose", "supervise"]
    assert (sheet["report"]["state"], sheet["report"]["tone"]) == ("Done", "good")
    assert sheet["surrender"]["due_date"] == "2024-03-31"
    assert sheet["surrender"]["tone"] != "good"
    page = text(client.get(PAGE))
    for label in ("控制温室气体排放", "报告排放数据", "清缴配额", "披露碳信息", "接受监督管理"):
        assert label in page
    assert "2024-03-31" in page


@pytest.mark.requirement("CQETS-9")
def test_a_unit_not_on_the_list_of_the_year_has_no_duty_sheet(market):
    client = browser("E001")
    assert client.get("/entities/1/duties/2019").status_code == 404
    refused = client.get("/api/entities/1/duties/2019")
    assert refused.json()["code"] == "not_listed"
    assert client.get("/entities/999/duties/2022").status_code == 404


@pytest.mark.requirement("CQETS-9")
def test_a_duty_that_is_met_is_done(market):
    entity = market["E001"]
    owed = told(browser("E001"))["surrender"]["said"].split(" of ")[1].split(" ")[0]
    compliance.surrender(
        organisation=entity,
        year=2022,
        amount_t=int(owed.replace(",", "")),
        reference="s1",
        law=CQ,
        acting=market.acts("E001"),
        at=at(date(2023, 12, 20)),
    )
    Report.objects.filter(organisation=entity, year=2022).update(published_at=NOTIFIED)
    sheet = told(browser("E001"))
    assert [sheet[name]["tone"] for name in ("surrender", "disclose")] == ["good", "good"]


def test_it_is_the_entitys_and_the_offices(market, settings):
    settings.DEMO = False
    assert browser("bureau").get(PAGE).status_code == 200
    assert browser("E002").get(PAGE).status_code == 403
    assert browser("E002").get(f"/api{PAGE}").status_code == 403
