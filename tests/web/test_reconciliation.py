"""The market days on their pages and for programs: who sees them, and who closes them."""

import csv
import io
import json

import pytest
from django.test import Client

from openets.kernel.clock import at
from openets.parties.models import Membership
from openets.reconciliation import queries
from openets.reconciliation.models import Difference
from openets.trading.floor import Floor
from tests.reconciliation.days import forge
from tests.web.market import LAW, TODAY, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

DAY = f"/reconciliation/{TODAY}"
API = f"/api/reconciliation/days/{TODAY}"
WRONG = "update ledger_account set credits_posted = credits_posted + 1 where code = 'cash/E001'"


@pytest.fixture(autouse=True)
def closed_for_trading(settings):
    """Two market days are closed; trading of the third has just ended."""
    settings.DEMO = True
    floor = Floor(law=LAW, day=TODAY, acting=acts("exchange"))
    try:
        floor.close_day(at=at(TODAY, 15, 5))
    finally:
        floor.close()


def signed_in(code):
    client = Client()
    client.force_login(Membership.objects.filter(organisation__code=code).first().person)
    return client


def send(code, form, **data):
    return signed_in(code).post(DAY, {"form": form, "reference": "r", **data})


def post(code, path, **body):
    return signed_in(code).post(f"{API}/{path}", json.dumps(body), "application/json")


def text(answer):
    return answer.content.decode()


def state():
    return queries.market_day(TODAY).case.state


@pytest.mark.parametrize("code", ["exchange", "registry", "bureau"])
def test_the_institutions_and_the_bureau_see_every_day_and_its_state(code):
    page = text(signed_in(code).get("/reconciliation"))
    assert page.count("已日结</span>") == 2
    assert "已收市，待对账" in page
    assert DAY in page
    closed = text(signed_in(code).get("/reconciliation?state=closed"))
    assert f'href="{DAY}"' not in closed


@pytest.mark.parametrize("path", ["/reconciliation", DAY, f"{DAY}/report.csv"])
def test_others_do_not(client, path):
    assert client.get(path).status_code == 302
    for code in ("E001", "T1", "bank"):
        assert signed_in(code).get(path).status_code == 403


def test_there_is_no_page_of_a_day_that_did_not_trade():
    for day in ("2023-12-31", "yesterday"):
        assert signed_in("registry").get(f"/reconciliation/{day}").status_code == 404


@pytest.mark.requirement("CQETS-23")
def test_a_day_is_reconciled_confirmed_and_closed_on_its_page():
    assert send("registry", "reconcile").status_code == 303
    page = text(signed_in("exchange").get(DAY))
    assert "各方核对一致" in page
    assert send("exchange", "confirm").status_code == 303
    assert send("registry", "close").status_code == 303
    assert state() == "closed"
    rows = queries.market_day(TODAY).case.trail.values_list("move", "organisation")
    assert list(rows)[-2:] == [("confirm", "exchange"), ("close", "registry")]


def test_the_form_of_somebody_else_does_nothing():
    for code, form in (("exchange", "reconcile"), ("bureau", "reconcile"), ("registry", "confirm")):
        assert send(code, form).status_code == 200
        assert state() == "open"


def test_the_same_form_twice_is_done_once():
    send("registry", "reconcile")
    assert send("exchange", "confirm").status_code == 303
    send("exchange", "confirm")
    assert queries.market_day(TODAY).case.trail.filter(move="confirm").count() == 1


class TestDifferences:
    @pytest.fixture(autouse=True)
    def differing(self):
        forge(WRONG)
        send("registry", "reconcile")

    @pytest.mark.requirement("CQETS-5.2c")
    def test_each_is_named_with_what_both_say_and_its_remedy(self):
        page = text(signed_in("bureau").get(DAY))
        assert "存在差异" in page
        assert "资金不守恒" in page
        assert "余额不等于上日余额加本日发生" in page
        assert "cash-E001" in page

    def test_the_day_is_refused_with_the_article_until_all_are_settled(self):
        answer = send("exchange", "confirm")
        assert answer.status_code == 422
        assert "CQETS-5.2c" in text(answer)
        for row in Difference.objects.all():
            note = {"number": row.pk, "note": "手工录入"}
            assert send("registry", "explain", **note).status_code == 303
            decision = {"number": row.pk, "reasons": "待银行回单"}
            assert send("bureau", "defer", **decision).status_code == 303
        assert send("exchange", "confirm").status_code == 303

    def test_a_correction_nobody_made_is_refused_beside_its_field_and_the_input_kept(self):
        number = Difference.objects.first().pk
        answer = send("registry", "explain", number=number, note="笔误", correction="nowhere")
        assert answer.status_code == 422
        assert "笔误" in text(answer)
        assert "nowhere" in text(answer)

    def test_programs_are_told_the_same(self):
        report = signed_in("bureau").get(API).json()
        assert (report["state"], len(report["differences"])) == ("differences", 2)
        number = report["differences"][0]["number"]
        path = f"differences/{number}"
        assert post("registry", f"{path}/explain", note="笔误").status_code == 200
        assert post("bureau", f"{path}/defer", reasons="待查").status_code == 200
        told = signed_in("bureau").get(API).json()["differences"][0]
        assert (told["note"], told["deferral"]) == ("笔误", "待查")
        assert post("exchange", f"{path}/defer", reasons="x").status_code == 403
        assert post("exchange", "confirm").json()["code"] == "differences_unsettled"


@pytest.mark.requirement("CQETS-5.4")
def test_the_report_is_given_as_csv_and_json():
    send("registry", "reconcile")
    sheet = text(signed_in("bureau").get(f"{DAY}/report.csv")).removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(sheet)))
    told = signed_in("bureau").get(f"{DAY}/report.json").json()
    volumes = {row["value"] for row in rows if row["figure"] == "volume_t"}
    assert volumes == {str(told["sums"]["exchange"]["volume_t"])}


def test_the_bureau_reopens_with_reasons():
    send("registry", "reconcile")
    send("exchange", "confirm")
    send("registry", "close")
    assert send("bureau", "reopen", reasons="").status_code == 422
    assert send("bureau", "reopen", reasons="复核").status_code == 303
    assert state() == "open"


class TestThePathsOfPrograms:
    def test_a_day_goes_from_reconciled_to_closed(self):
        assert post("registry", "reconcile").json()["state"] == "reconciled"
        assert post("exchange", "confirm").json()["state"] == "confirmed"
        assert post("registry", "close").json()["state"] == "closed"
        answer = post("registry", "close")
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_state")
        assert post("bureau", "reopen", reasons="复核").json()["state"] == "open"

    def test_days_are_listed_newest_first(self):
        found = signed_in("registry").get("/api/reconciliation/days").json()
        assert [day["state"] for day in found] == ["open", "closed", "closed"]
        assert found[0]["day"] == TODAY.isoformat()

    def test_who_may_not_is_told_so(self, client):
        assert client.get(API).status_code == 401
        assert client.post(f"{API}/close").status_code == 401
        assert signed_in("E001").get(API).status_code == 403
        assert post("E001", "reconcile").json()["code"] == "not_granted"
        assert post("exchange", "close").json()["code"] == "not_your_role"

    def test_a_day_that_did_not_trade_is_not_found(self):
        answer = signed_in("registry").get("/api/reconciliation/days/2023-12-31")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_market_day")
