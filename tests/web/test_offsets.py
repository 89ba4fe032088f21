"""Offset applications on the page and over the wire: filed, frozen, forwarded, decided."""

import pytest
from django.test import Client

from openets.compliance import queries as duties
from openets.compliance.models import OffsetApplication
from openets.registry import queries as holdings
from openets.registry.kinds import LockCause
from tests.exchange import exchange_market, register_credits
from tests.web.people import browser, sends, text

pytestmark = pytest.mark.django_db

PAGE = "/offsets?year=2021"


@pytest.fixture
def market():
    return exchange_market(2)


@pytest.fixture
def lot(market):
    return register_credits(market, "E001", 5_000)


def apply(lot, amount="4,000", code="E001", page=PAGE):
    return sends(browser(code), page, "offset", **{f"lot_{lot.pk}": amount})


def frozen(market):
    return holdings.locked_t(market["E001"], LockCause.OFFSET)


@pytest.mark.requirement("CQ208-4.3", "CQ208-A5.4")
def test_what_is_applied_for_is_frozen_forwarded_by_the_platform_and_confirmed(market, lot):
    page = text(browser("E001").get(PAGE))
    assert "可用 5,000 吨" in page
    client = browser("E001")
    answer = sends(client, PAGE, "offset", **{f"lot_{lot.pk}": "4,000"})
    assert answer.status_code == 303
    assert frozen(market) == 4_000
    assert "减排量已冻结" in text(client.get(answer.url))
    assert "可用 1,000 吨" in text(browser("E001").get(PAGE))
    (application,) = duties.offsets(market["E001"])
    case = f"/cases/{case_of(application)}"
    assert sends(browser("platform"), case, "receive_paper").status_code == 303
    assert "主管部门审核中" in text(browser("bureau").get(PAGE))
    assert sends(browser("bureau"), case, "confirm", reason="符合规定").status_code == 303
    assert duties.obligation(market["E001"], 2021).counted_t == 4_000
    assert frozen(market) == 0


def case_of(application):
    listed = browser("bureau").get("/api/offsets", {"year": application.year}).json()
    (found,) = [row for row in listed if row["reference"] == application.reference]
    return found["case"]


def test_the_same_form_sent_twice_is_one_application(market, lot):
    assert [apply(lot).status_code for _ in range(2)] == [303, 303]
    assert (OffsetApplication.objects.count(), frozen(market)) == (1, 4_000)


@pytest.mark.parametrize(
    ("amount", "why"),
    [("5,001", "not_enough_units"), ("", "not_positive"), ("8,001", "above_cap")],
)
def test_a_wrong_amount_is_refused_with_the_numbers(market, lot, amount, why):
    if amount == "8,001":
        lot = register_credits(market, "E001", 9_000, serial_from=10_001)
    refused = apply(lot, amount)
    assert refused.status_code == 422
    assert why in text(refused)
    assert frozen(market) == 0


def test_without_reductions_there_is_no_form(market):
    assert "没有可用于抵销的减排量" in text(browser("E001").get(PAGE))


@pytest.mark.parametrize("code", ["bureau", "registry", "platform"])
def test_an_office_looks_on_and_applies_for_nobody(market, lot, code):
    apply(lot)
    assert "E001/2021/r1" in text(browser(code).get(PAGE))
    assert "履约抵消申请" not in text(browser(code).get(PAGE))
    apply(lot, "100", code)
    assert OffsetApplication.objects.count() == 1
    assert on_the_wire(browser(code), lot, 100).status_code == 403


def test_another_entity_neither_sees_it_nor_uses_its_lot(market, lot):
    apply(lot)
    assert "E001/2021/r1" not in text(browser("E002").get(PAGE))
    assert browser("E002").get("/api/offsets", {"year": 2021}).json() == []
    apply(lot, "100", "E002")
    refused = on_the_wire(browser("E002"), lot, 100)
    assert (refused.status_code, refused.json()["code"]) == (422, "no_such_lot")
    assert OffsetApplication.objects.count() == 1


def test_whoever_has_no_part_in_it_is_refused_and_a_visitor_led_to_sign_in(market, lot):
    assert browser("I1").get(PAGE).status_code == 403
    answer = Client().get(PAGE)
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/sign-in")
    assert on_the_wire(Client(), lot, 100).status_code == 401


def on_the_wire(client, lot, amount_t):
    body = {"reference": "w1", "offered": [{"lot": lot.code, "amount_t": amount_t}]}
    return client.post("/api/offsets/2021", body, content_type="application/json")


def test_a_program_applies_once_and_is_refused_more_than_there_is(market, lot):
    client = browser("E001")
    filed = on_the_wire(client, lot, 4_000).json()
    assert (filed["state"], filed["amount_t"], filed["confirmed_t"]) == ("filed", 4_000, None)
    assert on_the_wire(client, lot, 4_000).json() == filed
    other = on_the_wire(client, lot, 3_999)
    assert (other.status_code, other.json()["code"]) == (422, "case_exists")
    assert frozen(market) == 4_000
