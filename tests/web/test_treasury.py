"""Paid issue, buy-back, proceeds and budget, as people and programs use them."""

from datetime import date

import pytest
from django.test import Client

from openets.casework.models import Case
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.parties import operations as parties
from openets.parties.models import Membership
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.kinds import Origin, UnitKind
from openets.settlement import operations as settlement
from openets.treasury.models import BuyBack, PaidApplication, PaidIssue
from tests.web.market import LAW, TODAY, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

LAST = "2099-01-01"
JSON = "application/json"


@pytest.fixture(autouse=True)
def finance():
    """A finance bureau, a second person at the city bureau, and a reserve of 5,000 t."""
    registry.set_aside_reserve(
        amount_t=Tonnes(5_000),
        lot=registry.LotOf("cq", UnitKind.ALLOWANCE, 2021, Origin.RESERVED),
        reference="reserve/2021",
        acting=acts("registry"),
        at=at(TODAY),
    )
    moment = at(date(2023, 3, 1))
    new = [NewOrganisation("finance", "财政局", Role.FINANCE_BUREAU)]
    made = parties.register_organisations(new, law=LAW, acting=acts("bureau"), at=moment)
    for username, organisation in (("finance-1", made["finance"]), ("bureau-2", None)):
        parties.add_member(
            username=username,
            display_name="经办",
            organisation=organisation
            or Membership.objects.get(organisation__code="bureau").organisation,
            acting=acts("bureau"),
            at=moment,
        )


def client_of(person):
    client = Client()
    client.force_login(Membership.objects.get(person__username=person).person)
    return client


def posts(person, address, form, **data):
    sent = {"form": form, "reference": "r1", **data}
    return client_of(person).post(address, sent)


def applies(**data):
    given = {"year": 2021, "amount_t": "1,000", "reasons": "缺口", **data}
    return posts("E001-1", "/paid-issue", "apply", **given)


def drawn_up(**data):
    applies()
    row = PaidApplication.objects.get()
    given = {"year": 2021, "quantity_t": 1000, "price": "35.00", "last_date": LAST, "terms": "x"}
    return posts("bureau-1", "/paid-issue", "sale", **given | {f"award_{row.pk}": 1000} | data)


def moves(person, row, move):
    case = Case.objects.get(subject=row.subject)
    return posts(person, f"/cases/{case.pk}", move)


def test_from_application_to_treasury_on_the_pages():
    assert applies().status_code == 303
    assert drawn_up().status_code == 303
    issue, row = PaidIssue.objects.get(), PaidApplication.objects.get()
    assert moves("bureau-1", issue, "open").status_code == 422
    assert moves("bureau-2", issue, "open").status_code == 303
    settlement.deposit(
        holder=row.organisation,
        amount_fen=Fen(3_500_000),
        reference="d",
        acting=acts("bank"),
        at=at(TODAY, 11),
    )
    assert moves("E001-1", row, "buy").status_code == 303
    page = client_of("finance-1").get("/proceeds").content.decode()
    assert page.count("35,000.00") >= 2
    given = {"issue": issue.pk, "receipt": "K1"}
    less = posts("finance-1", "/proceeds", "pay_over", amount="34,999.99", **given)
    assert (less.status_code, "CQETS-19" in less.content.decode()) == (422, True)
    assert (
        posts("finance-1", "/proceeds", "pay_over", amount="35,000.00", **given).status_code == 303
    )


def test_a_form_sent_twice_applies_once_and_a_refusal_keeps_what_was_written():
    assert [applies().status_code for _ in range(2)] == [303, 303]
    assert PaidApplication.objects.count() == 1
    answer = applies(reference="r2", year=2019)
    assert answer.status_code == 422
    assert "1,000" in answer.content.decode()


def test_a_sale_above_the_reserve_is_refused_with_what_is_left():
    answer = drawn_up(quantity_t=10_000_000)
    assert answer.status_code == 422
    assert "CQETS-13" in answer.content.decode()


@pytest.mark.requirement("CQETS-4.2")
@pytest.mark.parametrize(
    ("person", "paid_issue", "proceeds"),
    [
        ("E001-1", 200, 403),
        ("bureau-1", 200, 200),
        ("finance-1", 200, 200),
        ("registry-1", 403, 403),
        ("T1-1", 403, 403),
    ],
)
def test_who_sees_the_pages(person, paid_issue, proceeds):
    client = client_of(person)
    assert client.get("/paid-issue").status_code == paid_issue
    assert client.get("/proceeds").status_code == proceeds


@pytest.mark.requirement("CQETS-4.2")
def test_the_finance_bureau_changes_no_holdings():
    client = client_of("finance-1")
    body = {"amount_t": 1, "reference": "x", "unit": "allowance", "kind": "move_to_trading"}
    assert client.post("/api/registry/own-moves", body, JSON).status_code in {403, 404}
    assert client.get("/moves").status_code in {403, 404}


def test_a_buy_back_from_both_consents_to_the_sale_over_the_interface():
    bureau, finance, entity = (client_of(p) for p in ("bureau-1", "finance-1", "E001-1"))
    body = {
        "quantity_t": 100,
        "price_fen": 3000,
        "budget_fen": 300_000,
        "last_date": LAST,
        "terms": "x",
        "reference": "b1",
    }
    address = "/api/treasury/buy-backs"
    assert finance.post(address, body, JSON).status_code == 403
    made = bureau.post(address, body, JSON).json()
    assert made["state"] == "prepared"
    row = BuyBack.objects.get()
    sale = {"amount_t": 100, "reference": "s1"}
    early = entity.post(f"{address}/{made['number']}/sales", sale, JSON)
    assert (early.status_code, early.json()["code"]) == (422, "buy_back_not_in_force")
    assert moves("finance-1", row, "endorse").status_code == 303
    assert moves("bureau-2", row, "approve_second").status_code == 303
    sold = [entity.post(f"{address}/{made['number']}/sales", sale, JSON) for _ in range(2)]
    assert [answer.json()["bought_t"] for answer in sold] == [100, 100]
    assert entity.post(f"{address}/99/sales", sale, JSON).status_code == 404


def test_the_interface_tells_applications_sales_and_budget():
    bureau, finance, entity = (client_of(p) for p in ("bureau-1", "finance-1", "E001-1"))
    body = {"year": 2021, "amount_t": 500, "reasons": "缺口", "reference": "a1"}
    made = entity.post("/api/treasury/applications", body, JSON).json()
    assert made["state"] == "filed"
    assert client_of("E002-1").get("/api/treasury/applications").json() == []
    sale = {
        "year": 2021,
        "quantity_t": 500,
        "price_fen": 3500,
        "last_date": LAST,
        "terms": "x",
        "awards": [{"application": made["number"], "amount_t": 500}],
        "reference": "s1",
    }
    assert bureau.post("/api/treasury/sales", sale, JSON).json()["state"] == "prepared"
    assert finance.get("/api/treasury/sales").json()[0]["owed_fen"] == 0
    unknown = sale | {"awards": [{"application": 99, "amount_t": 1}], "reference": "s2"}
    assert bureau.post("/api/treasury/sales", unknown, JSON).status_code == 404
    none = bureau.post("/api/treasury/sales/none", {"year": 2022, "reasons": "x"}, JSON)
    assert (none.status_code, none.json()["code"]) == (422, "nothing_applied")
    entry = {
        "line": "building",
        "side": "spent",
        "amount_fen": 100,
        "note": "系统运维",
        "reference": "e1",
    }
    lines = finance.post("/api/treasury/budget/2023", entry, JSON).json()
    assert lines[0] == {"line": "building", "granted_fen": 0, "spent_fen": 100}
    assert finance.get("/api/treasury/budget/2023").json() == lines
    assert entity.get("/api/treasury/budget/2023").status_code == 403
    unpaid = entity.post(f"/api/treasury/applications/{made['number']}/payment", {}, JSON)
    assert (unpaid.status_code, unpaid.json()["code"]) == (422, "wrong_state")
    paid = finance.post("/api/treasury/sales/99/payments", {"amount_fen": 1, "receipt": "K"}, JSON)
    assert paid.status_code == 404
