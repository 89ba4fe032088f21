"""The surrender page: an entity hands in, offices look on, the bureau exports."""

import re
from datetime import date

import pytest
from django.test import Client

from openets.compliance import queries as compliance
from openets.journal import operations as journal
from openets.journal.models import Entry
from openets.kernel.clock import at
from openets.parties.models import Membership, Organisation
from openets.registry.models import Transaction
from tests.web.market import TODAY, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

DUTY_OF_E001 = 2022


def signed_in(code):
    client = Client()
    client.force_login(Membership.objects.get(organisation__code=code).person)
    return client


def text(answer):
    return answer.content.decode()


def open_t(code, year=DUTY_OF_E001):
    return compliance.obligation(Organisation.objects.get(code=code), year).open_t


def send(client, amount, reference="r1", year=DUTY_OF_E001):
    client.get("/surrender", {"year": year})
    form = {"form": "surrender", "amount": amount, "reference": reference}
    return client.post(f"/surrender?year={year}", form)


def after_the_deadline():
    """In the demo the market's day is that of the last entry of the journal."""
    journal.record(
        operation="test.day",
        subject="",
        acting=acts("clock"),
        at=at(date(2024, 1, 1)),
        article="",
        content={},
    )


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.mark.requirement("CQ208-2")
def test_what_an_entity_sends_is_surrendered_and_receipted():
    client, before = signed_in("E001"), open_t("E001")
    answer = send(client, "1,000")
    assert answer.status_code == 303
    assert open_t("E001") == before - 1000
    page = text(client.get(answer.url))
    assert "已清缴 1,000 吨" in page
    assert re.search(r"E001/2022/r1", page)


@pytest.mark.requirement("AMB-30")
def test_the_entity_chooses_the_lots_it_hands_in():
    client, lot = signed_in("E001"), "CQ/allowance/2021/free"
    form = {"form": "surrender", "amount": "100", "reference": "chosen", "lots": [lot]}
    assert f'value="{lot}"' in text(client.get(f"/surrender?year={DUTY_OF_E001}"))
    assert client.post(f"/surrender?year={DUTY_OF_E001}", form).status_code == 303
    taken = Transaction.objects.get(reference="E001/2022/chosen")
    assert [part[0] for part in taken.parts] == [lot]
    unknown = form | {"reference": "x", "lots": ["CQ/allowance/2019"]}
    assert client.post(f"/surrender?year={DUTY_OF_E001}", unknown).status_code == 422


def test_the_same_form_sent_twice_is_done_once():
    client, before = signed_in("E001"), open_t("E001")
    for _ in range(2):
        assert send(client, "500").status_code == 303
    assert open_t("E001") == before - 500


def test_more_than_is_owed_is_refused_with_the_article_and_the_input_kept():
    client, before = signed_in("E001"), open_t("E001")
    answer = send(client, "999999999")
    assert answer.status_code == 422
    assert "CQETS-26" in text(answer)
    assert 'value="999999999"' in text(answer)
    assert open_t("E001") == before


def test_a_district_sees_the_duties_of_its_area_only():
    page = text(signed_in("D-涪陵区").get("/surrender", {"year": 2021}))
    assert "涪江水泥厂" in page
    assert "化工有限公司" not in page


@pytest.mark.parametrize("code", ["T1", "V1"])
def test_whoever_has_no_part_in_it_is_refused(code):
    assert signed_in(code).get("/surrender").status_code == 403


def test_a_visitor_is_led_to_sign_in(client):
    answer = client.get("/surrender")
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in")


def test_the_export_waits_for_the_deadline():
    answer = signed_in("bureau").post("/surrender/2021/credit.csv")
    assert answer.status_code == 422
    assert "CQETS-32" in text(answer)


@pytest.mark.requirement("CQETS-32")
def test_the_bureau_exports_after_the_deadline_and_names_stay_text():
    after_the_deadline()
    answer = signed_in("bureau").post("/surrender/2021/credit.csv")
    rows = text(answer).splitlines()
    assert len(rows) == 4
    assert any(row.startswith("'=HYPERLINK(1)") and "未完成" in row for row in rows)
    assert Entry.objects.filter(operation="compliance.export_credit").count() == 1


@pytest.mark.parametrize("code", ["E001", "registry", "D-涪陵区"])
def test_nobody_else_exports(code):
    assert signed_in(code).post("/surrender/2021/credit.csv").status_code == 403


class TestForPrograms:
    @pytest.mark.requirement("AMB-30")
    def test_a_program_names_the_lots(self):
        lot = "CQ/allowance/2021/free"
        answer = signed_in("E001").post(
            f"/api/compliance/{DUTY_OF_E001}/surrenders",
            {"amount_t": 100, "reference": "lots", "lots": [lot]},
            content_type="application/json",
        )
        assert answer.status_code == 200
        taken = Transaction.objects.get(reference="E001/2022/lots")
        assert [part[0] for part in taken.parts] == [lot]

    def test_a_surrender_is_answered_with_what_is_left(self):
        before = open_t("E001")
        answer = signed_in("E001").post(
            f"/api/compliance/{DUTY_OF_E001}/surrenders",
            {"amount_t": 100, "reference": "api1"},
            content_type="application/json",
        )
        assert answer.status_code == 200
        assert answer.json()["open_t"] == before - 100

    def test_signed_out_nothing_is_surrendered(self, client):
        answer = client.post(
            f"/api/compliance/{DUTY_OF_E001}/surrenders",
            {"amount_t": 100, "reference": "api1"},
            content_type="application/json",
        )
        assert answer.status_code == 401

    def test_the_bureau_cannot_surrender_for_an_entity(self):
        answer = signed_in("bureau").post(
            f"/api/compliance/{DUTY_OF_E001}/surrenders",
            {"amount_t": 100, "reference": "api1"},
            content_type="application/json",
        )
        assert answer.status_code in {403, 422}
        assert answer.json()["article"]

    def test_the_credit_export_waits_for_the_deadline_and_then_tells_every_duty(self):
        client = signed_in("bureau")
        assert client.post("/api/compliance/2021/credit-export").status_code == 422
        after_the_deadline()
        answer = client.post("/api/compliance/2021/credit-export").json()
        assert {row["status"] for row in answer} <= {"fulfilled", "late", "not_fulfilled"}
        assert len(answer) == 3


def test_the_day_of_the_small_market_is_before_the_deadline():
    assert date(2023, 12, 31) > TODAY
