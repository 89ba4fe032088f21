"""The to-do list: what waits for whom and until when, and one decision on a selected list."""

from datetime import date

import pytest
from django.test import Client

from openets.allocation import operations as allocation
from openets.casework.models import Case, TrailLine
from openets.kernel.clock import at
from openets.mrv import operations as mrv
from tests.markets import CQ, REPORTED, founded_market, notified_market
from tests.web.people import browser, goes_to, sends, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def reported():
    market = founded_market(entities=3)
    for entity in market.entities:
        mrv.submit_report(
            organisation=entity,
            year=2022,
            figures=market.figures(entity, 2022),
            statement=True,
            synthetic=True,
            law=CQ,
            acting=market.acts(entity.code),
            at=REPORTED,
        )
    return market


def chosen(move, *codes):
    numbers = [Case.objects.get(subject=f"report/{code}/2022").pk for code in codes]
    cases = "&".join(f"case={number}" for number in numbers)
    return f"/to-do/decision?decision=emission_report/{move}&{cases}"


def states():
    return sorted(Case.objects.filter(procedure="emission_report").values_list("state", flat=True))


def test_signed_out_one_is_shown_the_way_in():
    assert Client().get("/to-do")["Location"] == "/sign-in?next=/to-do"


def test_a_district_sees_what_waits_in_its_area_only(reported):
    page = text(browser("D-涪陵区").get("/to-do"))
    assert "合成重点排放单位0" in page
    assert "合成重点排放单位1" not in page


def test_it_is_filtered_by_procedure_and_by_due_day(reported):
    client = browser("bureau")
    assert "共 3 条" in text(client.get("/to-do", {"procedure": "emission_report"}))
    assert "没有符合条件的事项" in text(client.get("/to-do", {"procedure": "verification"}))
    assert "共 3 条" in text(client.get("/to-do", {"time": "none"}))
    assert "没有符合条件的事项" in text(client.get("/to-do", {"time": "overdue"}))


def test_only_decisions_that_can_be_made_for_many_are_offered(reported):
    page = browser("bureau").get("/to-do").content.decode()
    assert 'value="emission_report/return"' in page
    assert 'value="emission_report/verify"' not in page
    assert "checked" not in page
    assert browser("bureau").get("/to-do?all=1").content.decode().count("checked") == 3


def test_what_another_pair_of_eyes_must_do_is_the_organisation_s_not_mine():
    market = notified_market(entities=2)
    allocation.object_to_result(
        organisation=market["E001"],
        year=2022,
        grounds="有误",
        law=CQ,
        acting=market.acts("E001"),
        at=at(date(2023, 11, 20)),
    )
    TrailLine.objects.filter(move="object").update(person="bureau-1")
    client = browser("bureau")
    assert "没有待办事项" in text(client.get("/to-do"))
    page = text(client.get("/to-do?whose=organisation"))
    assert "作出复核决定" in page
    assert "须由他人办理" in page


def test_what_is_late_is_marked_and_counted():
    market = notified_market(entities=2)
    allocation.object_to_result(
        organisation=market["E001"],
        year=2022,
        grounds="有误",
        law=CQ,
        acting=market.acts("E001"),
        at=at(date(2023, 11, 20)),
    )
    goes_to(at(date(2023, 12, 6)))
    page = text(browser("bureau").get("/to-do?time=overdue"))
    assert "1 件已逾期" in page
    assert "逾期 2 个工作日" in page


def test_a_window_that_ended_waits_for_nobody_and_is_not_late():
    notified_market(entities=2)
    goes_to(at(date(2023, 12, 6)))
    assert "没有待办事项" in text(browser("bureau").get("/to-do"))
    page = text(browser("E001").get("/to-do"))
    assert "2023-11-23 已期满" in page
    assert "件已逾期" not in page


@pytest.mark.usefixtures("reported")
class TestOneDecisionOnAList:
    def test_all_selected_are_decided_with_one_reason(self):
        client, path = browser("bureau"), chosen("return", "E001", "E002", "E003")
        page = text(client.get(path))
        assert "合成重点排放单位2" in page
        done = sends(client, path, "return", reason="缺少附件")
        assert (done.status_code, done["Location"], states()) == (303, "/to-do", ["draft"] * 3)
        assert "已办理 3 件：退回修改" in text(client.get("/to-do"))

    def test_one_that_cannot_be_decided_holds_all_back_and_is_marked(self):
        client = browser("bureau")
        sends(client, chosen("return", "E002"), "return", reason="x")
        Case.objects.filter(subject="report/E002/2022").update(state="complete")
        path = chosen("receive_paper", "E001", "E002", "E003")
        refused = sends(client, path, "receive_paper")
        assert refused.status_code == 422
        assert "合成重点排放单位1 不能办理" in text(refused)
        assert states() == ["complete", "submitted", "submitted"]

    def test_without_the_reasons_the_table_wants_it_is_refused(self):
        refused = sends(browser("bureau"), chosen("return", "E001"), "return")
        assert "决定未说明理由" in text(refused)

    def test_the_same_list_sent_twice_is_decided_once(self):
        client, path = browser("bureau"), chosen("return", "E001")
        assert sends(client, path, "return", reason="x").status_code == 303
        assert sends(client, path, "return", reason="x").status_code == 422

    def test_what_is_decided_one_by_one_has_no_such_page(self):
        assert browser("bureau").get(chosen("submit", "E001")).status_code == 404

    def test_an_entity_decides_nothing(self):
        refused = sends(browser("E001"), chosen("return", "E001"), "return", reason="x")
        assert refused.status_code == 422
        assert states() == ["submitted"] * 3

    def test_nothing_selected_is_said(self):
        assert "没有选择事项" in text(browser("bureau").get(chosen("return")))

    def test_verification_is_commissioned_for_a_list(self):
        client = browser("bureau")
        sends(client, chosen("receive_paper", "E001", "E002"), "receive_paper")
        sends(client, chosen("verify", "E001", "E002"), "verify", body="V1")
        opened = Case.objects.filter(procedure="verification")
        assert [case.handler.code for case in opened] == ["V1", "V1"]


@pytest.mark.usefixtures("reported")
class TestEveryCase:
    def test_an_entity_finds_its_own_a_district_its_area_the_bureau_all(self):
        assert "共 1 条" in text(browser("E001").get("/cases"))
        assert "合成重点排放单位1" not in text(browser("D-涪陵区").get("/cases"))
        assert "共 3 条" in text(browser("bureau").get("/cases"))
        assert Client().get("/cases").status_code == 302

    def test_a_body_finds_what_it_was_given(self):
        path = chosen("verify", "E001")
        client = browser("bureau")
        sends(client, chosen("receive_paper", "E001"), "receive_paper")
        sends(client, path, "verify", body="V1")
        assert "合成重点排放单位0" in text(browser("V1").get("/cases"))
        assert "没有符合条件的事项" in text(browser("V2").get("/cases"))

    def test_they_are_searched(self):
        client = browser("bureau")
        assert "共 1 条" in text(client.get("/cases?name=单位2"))
        assert "没有符合条件的事项" in text(client.get("/cases?year=2021"))
