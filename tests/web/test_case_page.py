"""The page of a case: who acts next, by when, and the moves made on it."""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openets.allocation import operations as allocation
from openets.allocation import queries as allowances
from openets.casework.models import Case, Comment
from openets.kernel.clock import at
from openets.mrv import operations as reports
from openets.mrv import queries as mrv
from openets.web import words
from openets.web.cases.actions import ACTIONS
from tests.markets import (
    CQ,
    INFORMED,
    NOTIFIED,
    informed_market,
    notified_market,
    reported_market,
)
from tests.web.people import browser, goes_to, number_of, sends, text

pytestmark = pytest.mark.django_db

LAST_DAY = date(2023, 11, 23)


def test_every_move_of_every_procedure_says_how_or_where_it_is_made():
    moves = {(name, move) for name, p in words.PROCEDURES.items() for move in p.moves}
    missing = "see docs/guides/pages.md: web/<room>/casework.py and web/cases/actions.py"
    assert set(ACTIONS) == moves, missing


def page_of(client, subject):
    return client.get(f"/cases/{number_of(subject)}")


def move(client, subject, name, **data):
    return sends(client, f"/cases/{number_of(subject)}", name, **data)


def state(subject):
    return Case.objects.filter(subject=subject).last().state


class TestAResultThatWasTold:
    SUBJECT = "E001/2022"

    @pytest.fixture(autouse=True)
    def market(self, settings, tmp_path):
        settings.DOCUMENT_FOLDER = tmp_path
        return notified_market(entities=2)

    def test_it_says_who_acts_next_by_when_and_how_many_working_days_are_left(self):
        page = text(page_of(browser("E001"), self.SUBJECT))
        assert "下一步由谁办理 合成重点排放单位0" in page
        assert "2023-11-23 剩 7 个工作日" in page
        assert "期满由系统自动: 期满无异议" in page
        for button in ("申请复核", "确认无异议"):
            assert button in page

    def test_an_office_that_only_reads_is_offered_nothing(self):
        page = text(page_of(browser("D-涪陵区"), self.SUBJECT))
        assert "可办理" not in page
        assert "留言内容" not in page

    def test_a_district_does_not_see_a_case_of_another(self):
        assert page_of(browser("D-长寿区"), self.SUBJECT).status_code == 403

    @pytest.mark.requirement("CQETS-11.2", "CQ208-1b")
    def test_an_objection_goes_with_its_document(self):
        client = browser("E001")
        file = SimpleUploadedFile("理由.pdf", b"%PDF-1.7 x")
        done = move(client, self.SUBJECT, "object", reason="产量有误", document=file)
        assert (done.status_code, state(self.SUBJECT)) == (303, "under_review")
        page = text(client.get(done["Location"]))
        assert "已办理：申请复核" in page
        assert "理由.pdf" in page
        (document,) = Case.objects.get(subject=self.SUBJECT).documents.all()
        path = f"/cases/{number_of(self.SUBJECT)}/documents/{document.pk}"
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert answer.content == b"%PDF-1.7 x"
        assert not any("FOR UPDATE" in query["sql"] for query in asked), "pages read unlocked"
        assert answer["Content-Disposition"].startswith("attachment")
        assert browser("E002").get(path).status_code == 403

    @pytest.mark.requirement("CQETS-11.2", "CQ208-1b")
    def test_an_objection_after_the_window_is_refused_with_its_article_and_input(self):
        client = browser("E001")
        goes_to(at(date(2023, 11, 24)))
        refused = move(client, self.SUBJECT, "object", reason="迟到的理由")
        page = text(refused)
        assert refused.status_code == 422
        assert "复核申请期已于 2023-11-23 届满" in page
        assert "CQETS-11.2" in page
        assert "期限已过" in page
        assert state(self.SUBJECT) == "notified"

    def test_a_document_that_is_refused_holds_the_move_back(self):
        file = SimpleUploadedFile("理由.exe", b"MZ")
        refused = move(browser("E001"), self.SUBJECT, "object", reason="x", document=file)
        assert refused.status_code == 422
        assert "类型不被接受" in text(refused)
        assert state(self.SUBJECT) == "notified"

    def test_what_is_sent_twice_is_done_once_and_the_second_time_refused(self):
        client = browser("E001")
        assert move(client, self.SUBJECT, "accept").status_code == 303
        again = move(client, self.SUBJECT, "accept")
        assert again.status_code == 422
        assert "当前处于“无异议”，不能办理“确认无异议”" in text(again)

    def test_a_move_of_another_role_is_refused(self):
        refused = move(browser("E001"), self.SUBJECT, "issue")
        assert refused.status_code == 422
        assert "角色无权办理此事项" in text(refused)

    def test_signed_out_one_is_shown_the_way_in(self):
        answer = page_of(Client(), self.SUBJECT)
        assert answer["Location"] == f"/sign-in?next=/cases/{number_of(self.SUBJECT)}"

    def test_refusals_are_told_in_english_too(self):
        client = browser("E001")
        client.cookies["django_language"] = "en"
        goes_to(at(date(2023, 11, 24)))
        page = text(move(client, self.SUBJECT, "object", reason="late"))
        assert "The time for an objection ended on 2023-11-23" in page

    def test_a_day_beyond_the_known_calendar_is_marked(self):
        Case.objects.filter(subject=self.SUBJECT).update(due_date=date(2027, 3, 1))
        assert "超出已知日历" in text(page_of(browser("E001"), self.SUBJECT))

    def test_the_notice_and_its_copies_are_shown_to_the_office_and_to_its_recipient(self):
        assert "配额核定 合成重点排放单位0（2022 年度）：告知分配结果" in text(
            page_of(browser("bureau"), self.SUBJECT)
        )
        assert "配额核定 合成重点排放单位0（2022 年度）：告知分配结果" in text(
            page_of(browser("E001"), self.SUBJECT)
        )
        assert "通知 期限以收件箱送达为准" not in text(page_of(browser("D-涪陵区"), self.SUBJECT))


class TestReview:
    SUBJECT = "E001/2022"

    @pytest.fixture(autouse=True)
    def market(self):
        market = notified_market(entities=2)
        allocation.object_to_result(
            organisation=market["E001"],
            year=2022,
            grounds="产量有误",
            law=CQ,
            acting=market.acts("E001"),
            at=at(date(2023, 11, 20)),
        )
        return market

    @pytest.mark.requirement("CQETS-11.2b")
    def test_the_decision_is_due_after_ten_working_days_and_overdue_the_day_after(self):
        client = browser("bureau")
        assert "2023-12-04 剩 10 个工作日" in text(page_of(client, self.SUBJECT))
        goes_to(at(date(2023, 12, 4)))
        assert "2023-12-04 剩 0 个工作日" in text(page_of(client, self.SUBJECT))
        goes_to(at(date(2023, 12, 5)))
        assert "2023-12-04 逾期 1 个工作日" in text(page_of(client, self.SUBJECT))

    @pytest.mark.requirement("CQETS-11.2b")
    def test_a_decision_without_reasons_is_refused(self):
        refused = move(browser("bureau"), self.SUBJECT, "decide", outcome="uphold")
        assert refused.status_code == 422
        assert "决定未说明理由" in text(refused)

    @pytest.mark.requirement("CQETS-11.2b")
    def test_a_corrected_allowance_is_stored_with_its_reasons(self, market):
        done = move(
            browser("bureau"),
            self.SUBJECT,
            "decide",
            outcome="change",
            determined_t="98,000",
            reason="产量已核实",
        )
        assert (done.status_code, state(self.SUBJECT)) == (303, "accepted")
        assert allowances.determination(market["E001"], 2022).determined_t == 98_000

    def test_a_change_without_a_figure_is_asked_for_and_one_upheld_ignores_it(self, market):
        client, before = browser("bureau"), allowances.determination(market["E001"], 2022)
        asked = move(client, self.SUBJECT, "decide", outcome="change", reason="x")
        assert "请填写更正后的配额" in text(asked)
        move(client, self.SUBJECT, "decide", outcome="uphold", determined_t="1", reason="x")
        after = allowances.determination(market["E001"], 2022)
        assert (state(self.SUBJECT), after.determined_t) == ("accepted", before.determined_t)


class TestVerification:
    SUBJECT = "report/E001/2022"

    @pytest.mark.requirement("CQETS-25.2b")
    def test_a_review_may_replace_the_figures_line_by_line(self):
        informed_market(entities=1)
        goes_to(INFORMED)
        move(browser("E001"), self.SUBJECT, "object", reason="排放量有误")
        client = browser("bureau")
        page = text(page_of(client, self.SUBJECT))
        assert "L1 产品：二氧化碳排放量（吨）" in page
        done = move(
            client,
            self.SUBJECT,
            "decide",
            outcome="correct",
            co2_t_0="97000",
            non_co2_t_0="",
            output_0="1000",
            reason="扣除外购",
        )
        assert done.status_code == 303
        entity = Case.objects.filter(subject=self.SUBJECT).last().organisation
        assert [y.verified_tco2e for y in mrv.verified_years(entity) if y.year == 2022] == [97_000]

    @pytest.mark.requirement("CQETS-25")
    def test_an_entity_does_not_see_a_result_that_it_was_not_told(self):
        market = reported_market(entities=1)
        reports.enter_results(
            results={market["E001"]: market.figures(market["E001"], 2022)},
            year=2022,
            statement=True,
            acting=market.acts("V1"),
            at=INFORMED,
        )
        assert "核查排放量" not in text(page_of(browser("E001"), self.SUBJECT))
        assert "核查排放量 100,000 tCO₂e" in text(page_of(browser("bureau"), self.SUBJECT))


class TestWholeYears:
    def test_a_step_made_for_the_whole_year_says_so_and_is_made_for_all(self):
        notified_market(entities=2)
        goes_to(NOTIFIED)
        for code in ("E001", "E002"):
            move(browser(code), f"{code}/2022", "accept")
        client = browser("registry")
        assert "一次办理该年度全部" in text(page_of(client, "E001/2022"))
        assert move(client, "E001/2022", "request_issue").status_code == 303
        assert move(client, "E001/2022", "issue").status_code == 422, "it takes a second person"
        assert move(browser("registry", 2), "E001/2022", "issue").status_code == 303
        assert (state("E001/2022"), state("E002/2022")) == ("issued", "issued")

    @pytest.mark.requirement("CQ208-4.2c")
    def test_a_district_reports_a_risk_and_the_bureau_dismisses_it_with_reasons(self):
        self.test_a_step_made_for_the_whole_year_says_so_and_is_made_for_all()
        subject = "E001/2023"
        refused = move(browser("D-涪陵区"), subject, "report_risk")
        assert "决定未说明理由" in text(refused)
        assert move(browser("D-涪陵区"), subject, "report_risk", reason="停产").status_code == 303
        client = browser("bureau")
        assert "由市生态环境局决定，并由注册登记机构同时注销" in text(page_of(client, subject))
        assert move(client, subject, "dismiss_risk", reason="已复产").status_code == 303
        assert state(subject) == "frozen"


class TestCommentsAndDocuments:
    SUBJECT = "E001/2022"

    @pytest.fixture
    def client(self, settings, tmp_path):
        settings.DOCUMENT_FOLDER = tmp_path
        notified_market(entities=2)
        return browser("E001")

    def test_a_comment_sent_twice_is_said_once(self, client):
        for _ in range(2):
            done = move(client, self.SUBJECT, "comment", text="请尽快")
            assert done.status_code == 303
        assert [c.text for c in Comment.objects.all()] == ["请尽快"]

    def test_an_empty_comment_is_refused(self, client):
        refused = move(client, self.SUBJECT, "comment", text=" ")
        assert (refused.status_code, "留言内容为空" in text(refused)) == (422, True)

    @pytest.mark.requirement("CQETS-24b")
    def test_a_document_is_filed_with_its_hash_and_the_limits_are_told(self, client):
        page = text(page_of(client, self.SUBJECT))
        assert "可上传 pdf, jpg, png, docx, xlsx, csv，不超过 20 MiB" in page
        file = SimpleUploadedFile("台账.csv", b"a,b\n")
        done = move(client, self.SUBJECT, "document", kind="case_file", file=file)
        assert done.status_code == 303
        page = text(page_of(client, self.SUBJECT))
        assert "台账.csv" in page
        assert "SHA-256" in page
        assert "保存期限" in page
        assert re.search(r"至 20\d\d-\d\d-\d\d|自办结后起算", page)

    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [("a.exe", b"MZ", "类型不被接受"), ("a.pdf", b"", "须大于 0"), ("a.pdf", b"x", "不被接受")],
    )
    def test_a_document_that_cannot_be_taken_is_refused(self, client, name, content, why):
        file = SimpleUploadedFile(name, content)
        refused = move(client, self.SUBJECT, "document", kind="case_file", file=file)
        assert refused.status_code == 422
        assert why in text(refused)

    def test_the_same_document_twice_is_refused(self, client):
        for status in (303, 422):
            file = SimpleUploadedFile("台账.csv", b"a,b\n")
            done = move(client, self.SUBJECT, "document", kind="case_file", file=file)
            assert done.status_code == status


@pytest.mark.requirement("CQETS-24b")
class TestADocumentWhoseYearsAreOver:
    """A ledger filed with a report submitted on 2023-04-28 may go from 2028-04-29 on."""

    LAST, NEXT = date(2028, 4, 28), date(2028, 4, 29)

    @pytest.fixture(autouse=True)
    def document(self, settings, tmp_path, monkeypatch):
        settings.DOCUMENT_FOLDER = tmp_path
        reported_market(entities=2)
        report = Case.objects.get(procedure="emission_report", subject="report/E001/2022")
        Case.objects.filter(pk=report.pk).update(kept_from_date=date(2023, 4, 28))
        file = SimpleUploadedFile("台账.csv", b"a,b\n")
        address = f"/cases/{report.pk}"
        sends(browser("E001"), address, "document", kind="supporting_record", file=file)
        self.is_now(monkeypatch, self.NEXT)
        return report.documents.get()

    def is_now(self, monkeypatch, day):
        monkeypatch.setattr("openets.web.clock.now", lambda _: at(day, 10))

    def remove(self, code, document):
        address = f"/cases/{document.case_id}"
        return sends(browser(code), address, "remove_document", document=document.pk)

    def page(self, code, document):
        return text(browser(code).get(f"/cases/{document.case_id}"))

    def test_is_removed_by_whoever_filed_it_once_and_its_content_is_gone(
        self, document, tmp_path, django_capture_on_commit_callbacks
    ):
        assert "保存期已满的文件" in self.page("E001", document)
        with django_capture_on_commit_callbacks(execute=True):
            answers = [self.remove("E001", document).status_code for _ in range(2)]
        assert answers == [303, 422]
        page = self.page("E001", document)
        assert "台账.csv" not in page
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]
        document.refresh_from_db()
        assert (document.removed_at, document.removed_by) == (at(self.NEXT, 10), "E001-1")

    def test_on_the_last_day_there_is_no_form_and_it_is_refused(self, document, monkeypatch):
        self.is_now(monkeypatch, self.LAST)
        assert "保存期已满的文件" not in self.page("E001", document)
        refused = self.remove("E001", document)
        assert (refused.status_code, "CQETS-24b" in text(refused)) == (422, True)
        assert "2028-04-29" in text(refused)

    def test_nobody_else_removes_it(self, document):
        assert "保存期已满的文件" not in self.page("bureau", document)
        assert self.remove("bureau", document).status_code == 422
        assert self.remove("E002", document).status_code == 403
        assert self.on_the_wire(Client(), document).status_code == 401
        assert self.on_the_wire(browser("E002"), document).status_code == 403
        document.refresh_from_db()
        assert document.removed_at is None

    def on_the_wire(self, client, document):
        return client.delete(f"/api/cases/{document.case_id}/documents/{document.pk}")

    def test_a_program_removes_it_once(self, document):
        client = browser("E001")
        assert self.on_the_wire(client, document).json()["sha256"] == document.sha256
        again = self.on_the_wire(client, document)
        assert (again.status_code, again.json()["code"]) == (404, "no_such_document")


class TestOnTheWire:
    def test_a_move_is_made_with_the_fields_of_its_form_and_once_only(self):
        notified_market(entities=2)
        client, number = browser("E001"), number_of("E001/2022")
        told = client.get(f"/api/cases/{number}").json()
        assert told["moves"] == ["object", "accept"]
        path = f"/api/cases/{number}/moves/object"
        done = client.post(path, {"fields": {"reason": "有误"}}, "application/json")
        assert done.json() == {"state": "under_review", "due_date": "2023-11-28"}
        again = client.post(path, {"fields": {"reason": "有误"}}, "application/json")
        assert (again.status_code, again.json()["code"]) == (422, "wrong_state")
        other = browser("E002").post(path, {"fields": {}}, "application/json")
        assert other.status_code == 403
        assert Client().post(path, {"fields": {}}, "application/json").status_code == 401

    def test_a_field_at_fault_is_named_and_a_move_made_elsewhere_refused(self):
        market = notified_market(entities=2)
        allocation.object_to_result(
            organisation=market["E001"],
            year=2022,
            grounds="有误",
            law=CQ,
            acting=market.acts("E001"),
            at=NOTIFIED,
        )
        client, path = browser("bureau"), f"/api/cases/{number_of('E001/2022')}/moves"
        fields = {"outcome": "change", "determined_t": "many", "reason": "x"}
        refused = client.post(f"{path}/decide", {"fields": fields}, "application/json").json()
        assert (refused["code"], refused["field"]) == ("not_understood", "determined_t")
        refused = client.post(f"{path}/let_stand", {"fields": {}}, "application/json").json()
        assert refused["code"] == "not_on_this_page"
