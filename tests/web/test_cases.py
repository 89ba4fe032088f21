"""Cases on the screen and on the wire: the trail, comments, documents, the inbox, batches."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openets.casework import queries as cases
from openets.casework.models import Case
from openets.mrv import operations as mrv
from openets.mrv.procedures import REPORT
from openets.parties import operations as parties
from tests.markets import CQ, FOUNDED, FOUNDER, REPORTED, founded_market, notified_market

pytestmark = pytest.mark.django_db

JSON = "application/json"


def signed_in(market, code, person=1):
    made = parties.add_member(
        username=f"{code}-{person}",
        display_name="经办",
        organisation=market[code],
        acting=FOUNDER,
        at=FOUNDED,
    )
    client = Client()
    client.force_login(made)
    return client


def case_of(subject):
    return Case.objects.get(subject=subject)


class TestOneCase:
    @pytest.fixture
    def market(self):
        return notified_market(entities=2)

    def test_its_page_shows_every_step_with_the_time_it_took(self, market):
        number = case_of("E001/2022").pk
        answer = signed_in(market, "E001").get(f"/cases/{number}")
        page = answer.content.decode()
        assert answer.status_code == 200
        for word in ("配额核定", "立案", "核定配额", "告知分配结果", "2023-11-23"):
            assert word in page
        assert "14 天 0 小时" in page

    def test_the_interface_tells_the_same_trail(self, market):
        number = case_of("E001/2022").pk
        told = signed_in(market, "bureau").get(f"/api/cases/{number}").json()
        assert (told["state"], told["due_date"]) == ("notified", "2023-11-23")
        steps = [(step["move"], step["working_days"]) for step in told["trail"]]
        assert steps == [("立案", 0), ("核定配额", 10), ("告知分配结果", 6)]

    def test_another_entity_and_the_public_do_not_see_it(self, market):
        number = case_of("E001/2022").pk
        other = signed_in(market, "E002")
        assert other.get(f"/cases/{number}").status_code == 403
        assert other.get(f"/api/cases/{number}").json()["code"] == "not_your_case"
        assert Client().get(f"/cases/{number}")["Location"] == f"/sign-in?next=/cases/{number}"
        assert Client().get(f"/api/cases/{number}").status_code == 401

    def test_a_number_without_a_case_tells_no_more_than_one_of_another(self, market):
        assert signed_in(market, "bureau").get("/api/cases/999999").status_code == 403

    def test_a_comment_is_kept_and_an_empty_one_refused(self, market):
        number, client = case_of("E001/2022").pk, signed_in(market, "E001")
        path = f"/api/cases/{number}/comments"
        assert client.post(path, {"text": "已收到"}, JSON).status_code == 200
        assert client.post(path, {"text": " "}, JSON).json()["code"] == "nothing_said"
        assert "已收到" in client.get(f"/cases/{number}").content.decode()

    def test_a_document_is_filed_and_read_again(self, market, settings, tmp_path):
        settings.DOCUMENT_FOLDER = tmp_path
        number, client = case_of("E001/2022").pk, signed_in(market, "E001")
        path = f"/api/cases/{number}/documents"
        file = SimpleUploadedFile("说明.pdf", b"%PDF-1.7")
        filed = client.post(path, {"kind": "case_file", "file": file}).json()
        assert (filed["name"], filed["scan"]) == ("说明.pdf", "not_scanned")
        answer = client.get(f"{path}/{filed['number']}")
        assert answer.content == b"%PDF-1.7"
        assert answer["Content-Disposition"].startswith("attachment")
        assert signed_in(market, "E002").get(f"{path}/{filed['number']}").status_code == 403
        file = SimpleUploadedFile("b.pdf", b"%PDF-b")
        assert client.post(path, {"kind": "novel", "file": file}).json()["code"] == "not_understood"

    def test_the_inbox_has_the_notice_and_its_opening_is_kept(self, market):
        client = signed_in(market, "E001")
        newest = client.get("/api/cases/inbox").json()[0]
        assert newest["opened_at"] is None
        opened = client.post(f"/api/cases/inbox/{newest['number']}/open").json()
        assert opened["opened_at"]
        other = signed_in(market, "E002").post(f"/api/cases/inbox/{newest['number']}/open")
        assert (other.status_code, other.json()["code"]) == (403, "not_your_notice")


def submitted_market():
    """Three entities that have submitted their reports of 2022."""
    founded = founded_market(entities=3)
    for entity in founded.entities:
        mrv.submit_report(
            organisation=entity,
            year=2022,
            figures=founded.figures(entity, 2022),
            statement=True,
            synthetic=True,
            law=CQ,
            acting=founded.acts(entity.code),
            at=REPORTED,
        )
    return founded


class TestDecisionsOnAList:
    @pytest.fixture
    def market(self):
        return submitted_market()

    def decide(self, client, move, codes, reason=""):
        numbers = [case_of(f"report/{code}/2022").pk for code in codes]
        path = f"/api/cases/decisions/emission_report/{move}"
        return client.post(path, {"cases": numbers, "reason": reason}, JSON)

    def test_all_move_by_one_decision_with_one_reason(self, market):
        client = signed_in(market, "bureau")
        answer = self.decide(client, "return", ["E001", "E002", "E003"], "缺少附件")
        assert answer.json() == {"decided": 3}
        assert cases.counts(REPORT, 2022)["draft"] == 3
        assert case_of("report/E002/2022").trail.last().note == "缺少附件"

    def test_one_that_cannot_move_holds_all_back_and_is_named_by_its_place(self, market):
        client = signed_in(market, "bureau")
        self.decide(client, "return", ["E002"], "缺少附件")
        refused = self.decide(client, "return", ["E001", "E002", "E003"], "缺少附件")
        assert refused.status_code == 422
        assert (refused.json()["code"], refused.json()["row"]) == ("wrong_state", 2)
        assert cases.counts(REPORT, 2022)["submitted"] == 2

    def test_an_entity_decides_nothing_and_nobody_without_reasons(self, market):
        entity = self.decide(signed_in(market, "E001"), "return", ["E001"], "缺少附件")
        assert entity.json()["code"] == "not_your_role"
        silent = self.decide(signed_in(market, "bureau"), "return", ["E001"])
        assert (silent.json()["code"], silent.json()["row"]) == ("reasons_missing", 1)

    def test_a_decision_that_needs_figures_and_an_unknown_case_are_refused(self, market):
        client = signed_in(market, "bureau")
        assert self.decide(client, "submit", ["E001"]).json()["code"] == "not_in_batches"
        path = "/api/cases/decisions/emission_report/receive_paper"
        unknown = client.post(path, {"cases": [case_of("report/E001/2022").pk, 999_999]}, JSON)
        assert (unknown.json()["code"], unknown.json()["row"]) == ("no_such_case", 2)
        assert client.post(path, {"cases": []}, JSON).json()["code"] == "not_understood"

    def test_a_case_named_twice_is_decided_once_by_its_room_s_own_operation(self, market):
        client = signed_in(market, "bureau")
        assert self.decide(client, "receive_paper", ["E001", "E001"]).json() == {"decided": 1}
        assert market["E001"].reports.get(year=2022).paper_at is not None
