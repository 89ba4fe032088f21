"""The page of one duty: what happened, and what the bureau does after a review."""

from datetime import date

import pytest
from django.test import Client

from openets.allocation.models import AdvanceClaim
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.compliance.models import DutyEvent
from openets.kernel.clock import at
from tests.markets import CQ
from tests.reviewed import DECIDED, decide, reviewed_market
from tests.web.people import browser, goes_to, number_of, sends, text

pytestmark = pytest.mark.django_db
PAGE, OTHERS = "/surrender/2021/1", "/surrender/2021/2"
"""The duties of E001 and E002."""


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def market():
    """A review of 100,000 t is open, all of which are surrendered."""
    made = reviewed_market()
    compliance.surrender(
        organisation=made["E001"],
        year=2021,
        amount_t=100_000,
        reference="s1",
        law=CQ,
        acting=made.acts("E001"),
        at=at(date(2023, 12, 20)),
    )
    return made


@pytest.mark.requirement("AMB-31")
def test_a_decided_review_corrects_the_duty_and_another_of_the_bureau_returns_the_excess(market):
    decide(market)
    one = browser("bureau")
    page = text(one.get(PAGE))
    assert "其中多缴 3,000" in page
    refused = sends(one, PAGE, "return")
    assert refused.status_code == 422
    assert "3,000" in text(refused)
    other = browser("bureau", 2)
    answer = sends(other, PAGE, "return")
    assert answer.status_code == 303
    page = text(other.get(answer.url))
    assert "已退还 3,000 吨" in page
    assert "退还多缴 3,000" in page
    assert sends(other, PAGE, "return").status_code == 200, "nothing is left to ask"
    assert DutyEvent.objects.filter(kind="reversed").count() == 1


def test_the_excess_is_returned_on_the_page_of_its_case_too(market):
    decide(market)
    address = f"/cases/{number_of('E001/2021')}"
    client = browser("bureau", 2)
    assert "多缴 3,000 吨" in text(client.get(address))
    assert sends(client, address, "return").status_code == 303
    assert duties.excess_t(market["E001"], 2021) == 0


@pytest.mark.requirement("AMB-31")
def test_the_bureau_extends_the_deadline_of_one_entity(market):
    client = browser("bureau")
    asked = {"to": "2024-01-31", "reason": "核查复核未结"}
    assert "记录延期" not in text(client.get(PAGE)), "it is fulfilled"
    for _ in range(2):
        assert sends(client, OTHERS, "extend", **asked).status_code == 303
    page = text(client.get(OTHERS))
    assert "2024-01-31" in page
    assert "已延期" in page
    assert DutyEvent.objects.filter(kind="extended").count() == 1
    assert "2024-01-31" in text(browser("E002").get("/surrender?year=2021"))


@pytest.mark.parametrize(
    ("asked", "article"),
    [
        ({"to": "2023-12-31", "reason": "复核未结"}, "CQ208-2b"),
        ({"to": "2024-01-31", "reason": ""}, "CQ208-2b"),
    ],
)
def test_a_refusal_names_the_article_and_keeps_what_was_written(market, asked, article):
    answer = sends(browser("bureau"), OTHERS, "extend", **asked)
    assert answer.status_code == 422
    assert article in text(answer)
    assert f'value="{asked["to"]}"' in answer.content.decode()


def test_after_the_deadline_nothing_is_extended(market):
    client = browser("bureau")
    goes_to(at(date(2024, 1, 2)))
    asked = {"to": "2024-01-31", "reason": "复核未结"}
    answer = sends(client, OTHERS, "extend", **asked)
    assert answer.status_code == 422
    assert "已届满" in text(answer)


def test_others_look_within_their_reach_and_have_no_buttons(market):
    for code in ("registry", "D-涪陵区", "E001"):
        page = browser(code).get(PAGE)
        assert page.status_code == 200, code
        assert "记录延期" not in text(page)
        sends(browser(code), OTHERS, "extend", to="2024-01-31", reason="复核未结")
    assert not DutyEvent.objects.filter(kind="extended").exists()
    assert browser("D-长寿区").get(PAGE).status_code == 403
    assert browser("E002").get(PAGE).status_code == 403
    assert browser("I1").get(PAGE).status_code == 403
    assert Client().get(PAGE).url.startswith("/sign-in")


def test_a_duty_that_is_not_there_is_not_found(market):
    for address in ("/surrender/2019/1", "/surrender/2021/999"):
        assert browser("bureau").get(address).status_code == 404


@pytest.mark.requirement("AMB-62")
def test_a_claim_on_a_later_allocation_stands_on_the_entitys_page(market):
    AdvanceClaim.objects.create(
        organisation=market["E002"], year=2023, amount_t=10_000, deducted_t=4_000, made_at=DECIDED
    )
    client = browser("E002")
    page = client.get("/entities/2")
    assert "待扣减 10,000" in text(page)
    assert "2023 10,000 4,000 6,000" in text(page), "claimed, deducted, left"
    sheet = client.get("/allocation/2022/E002")
    assert 'href="/allocation/2022/E002"' in page.content.decode()
    assert "2023 10,000 4,000 6,000" in text(sheet)
    assert "待扣减" not in text(browser("bureau").get("/entities/1"))


class TestForPrograms:
    API = "/api/compliance/2021/duties/E001"

    def send(self, code, what, person=1, **body):
        client = browser(code, person)
        return client.post(f"{self.API}/{what}", body, content_type="application/json")

    def test_a_decided_review_corrects_the_duty_and_another_returns_the_excess(self, market):
        decide(market)
        assert self.send("bureau", "excess-return").json()["code"] == "second_person_needed"
        assert self.send("bureau", "excess-return", 2).json() == {"returned_t": 3_000}
        again = self.send("bureau", "excess-return", 2)
        assert (again.status_code, again.json()["code"]) == (422, "nothing_in_excess")

    def test_the_bureau_extends(self, market):
        asked = {"to": "2024-01-31", "reason": "复核未结"}
        for _ in range(2):
            answer = self.send("bureau", "extension", **asked)
            assert answer.json() == {"deadline": "2024-01-31"}
        answer = self.send("bureau", "extension", to="2023-12-01", reason="复核未结")
        assert (answer.status_code, answer.json()["article"]) == (422, "CQ208-2b")

    @pytest.mark.parametrize("what", ["excess-return", "extension"])
    def test_nobody_else_does(self, market, what):
        asked = {"to": "2024-01-31", "reason": "复核未结"}
        for code in ("E001", "registry", "D-涪陵区"):
            assert self.send(code, what, **asked).status_code == 403
        address = f"{self.API}/{what}"
        assert Client().post(address, asked, content_type="application/json").status_code == 401
        assert not DutyEvent.objects.filter(kind__in=["corrected", "extended"]).exists()
