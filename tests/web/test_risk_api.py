"""Halts, alerts and the replayed book, for programs."""

import pytest
from django.test import Client

from openets.trading.models import Intervention
from tests.web.people import browser
from tests.web.test_risk import SAID, built, market  # noqa: F401 - fixtures of the module

ASKED = {**SAID, "product": "", "reference": "h1"}


def post(client, path, body=None):
    return client.post(f"/api/risk/{path}", body or {}, content_type="application/json")


@pytest.mark.requirement("BJETS-18b")
def test_a_halt_is_decided_by_one_carried_out_by_another_and_public(market):  # noqa: F811
    decided = post(browser("exchange"), "halts", ASKED)
    again = post(browser("exchange"), "halts", ASKED)
    assert decided.json() == again.json()
    path = f"halts/{decided.json()['id']}/halt"
    assert post(browser("exchange"), path).json()["code"] == "second_person_needed"
    assert post(browser("exchange", 2), path).json()["state"] == "in_force"
    (told,) = Client().get("/api/risk/announcements").json()
    assert (told["kind"], told["ended_at"]) == ("halt", None)


def test_nobody_but_the_exchange_decides(market):  # noqa: F811
    assert post(Client(), "halts", ASKED).status_code == 401
    assert post(browser("bureau"), "halts", ASKED).status_code == 403
    assert post(browser("exchange"), "halts/99/halt").status_code == 404
    assert not Intervention.objects.exists()


def test_alerts_and_the_book_are_for_exchange_and_authorities(market):  # noqa: F811
    for code in ("exchange", "bureau"):
        client = browser(code)
        (found,) = client.get("/api/risk/alerts?pattern=arranged_pairs").json()
        assert found["parties"] == ["E001", "I1"]
        frame = client.get("/api/risk/replay/CQEA-2021/2023-12-04?step=9").json()
        assert (frame["step"], frame["steps"], frame["bids"]) == (2, 2, [])
    assert browser("I1").get("/api/risk/alerts").status_code == 403
    assert Client().get("/api/risk/alerts").status_code == 401
    assert browser("I1").get("/api/risk/replay/CQEA-2021/2023-12-04").status_code == 403
    assert browser("exchange").get("/api/risk/replay/NONE/2023-12-04").status_code == 404
