"""Reports, monitoring plans and publication, as people use them on their pages."""

import io
from datetime import date

import openpyxl
import pytest
from django.test import Client

from openets.casework import queries as cases
from openets.kernel.clock import at
from openets.mrv import operations as mrv
from openets.mrv import plans
from openets.mrv import report_queries as queries
from openets.mrv.models import MonitoringPlan, NationalPart, Report, ReportDraft
from openets.mrv.procedures import REPORT, REPORT_CORRECTION
from openets.mrv.report_sheets import KINDS
from openets.mrv.sheets import cleaned
from openets.mrv.workbook import template
from openets.parties.models import Organisation
from tests.articles.cnets.test_24_monitoring_plan import plan
from tests.markets import CQ, FINAL, FOUNDER, founded_market, small_market
from tests.mrv.reported import FACTORS, FUEL, POWER, content
from tests.web.people import browser, goes_to, number_of, sends, text

pytestmark = pytest.mark.django_db

PAGE = "/reports/E001/2022"
PLAN = "/monitoring-plans/E001"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def market(db):
    made = founded_market(entities=2)
    goes_to(at(date(2023, 4, 20), 10))
    return made


def cells(what):
    """The inputs of the page for a content."""
    return {
        f"{sheet}-{number}-{column}": value
        for sheet, rows in what.items()
        for number, row in enumerate(rows, start=2)
        for column, value in row.items()
    }


def save(client, what=None, revision=0, page=PAGE, **more):
    given = {"revision": revision, "factors": FACTORS} | cells(what or content()) | more
    return sends(client, page, "save", **given)


def submit(client, revision=1, statement="on"):
    given = {"revision": revision} | ({"statement": statement} if statement else {})
    return sends(client, PAGE, "submit", **given)


def uploaded(content, name="报告.xlsx"):
    file = io.BytesIO(content)
    file.name = name
    return file


class TestTheGrid:
    def test_it_is_saved_checked_signed_and_submitted(self, market):
        client = browser("E001")
        assert "导入" in text(client.get(PAGE))
        assert save(client).status_code == 303
        page = text(client.get(PAGE))
        assert "校验通过" in page
        assert "为什么？" in page
        answer = submit(client)
        assert answer.status_code == 303
        assert cases.case(REPORT, "report/E001/2022").state == "submitted"
        page = client.get(PAGE)
        assert "撤回" in text(page)
        assert b'name="activity-2-quantity"' not in page.content, "what is submitted is locked"

    def test_a_fault_stands_beside_its_cell_and_in_the_list(self, market):
        client = browser("E001")
        save(client, content({**FUEL, "quantity": "１２３"}, POWER))
        page = client.get(PAGE)
        assert b'aria-describedby="activity-2-quantity-fault"' in page.content
        assert "活动数据 2 D" in text(page)
        assert "全角" in text(page)

    def test_what_stops_a_submission_is_told_with_its_article(self, market):
        client = browser("E001")
        save(client, content({**FUEL, "quantity": "多"}))
        answer = submit(client)
        assert answer.status_code == 422
        assert "CQETS-24.2" in answer.content.decode()

    def test_without_the_statement_it_is_refused(self, market):
        client = browser("E001")
        save(client)
        answer = submit(client, statement="")
        assert answer.status_code == 422
        assert "承诺" in text(answer)

    def test_a_refused_save_keeps_every_cell(self, market):
        client = browser("E001")
        save(client)
        answer = save(client, content({**FUEL, "quantity": "4321"}), revision=7)
        assert answer.status_code == 422
        assert b'value="4321"' in answer.content
        assert "第 1 稿" in text(answer)

    def test_the_same_form_sent_twice_is_saved_once(self, market):
        client = browser("E001")
        assert save(client).status_code == save(client).status_code == 303
        assert ReportDraft.objects.get().revision == 1

    def test_a_change_is_shown_beside_last_year(self, market):
        client = browser("E001")
        first = content(summary={"responsible": "负责人", "note": "首次"})
        sends(
            client,
            "/reports/E001/2021",
            "save",
            revision=0,
            **(cells(first) | {"factors": "general-2021"}),
        )
        sent = sends(client, "/reports/E001/2021", "submit", revision=1, statement="on")
        assert sent.status_code == 303
        save(client, content({**FUEL, "quantity": "1300"}, POWER))
        page = text(client.get(PAGE))
        assert "+30.0%" in page
        assert "须说明原因" in page

    def test_versions_are_compared(self, market):
        client = browser("E001")
        save(client)
        submit(client)
        assert sends(client, PAGE, "withdraw", reasons="有误").status_code == 303
        save(client, content({**FUEL, "quantity": "1100"}, POWER), revision=1)
        page = text(client.get(f"{PAGE}?before=1&after=draft"))
        assert "活动数据 L1 · 化石燃料燃烧 · 烟煤 数量 1000 1100" in page


class TestEvidence:
    """A file is chosen beside a row and stands there as a link."""

    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.DOCUMENT_FOLDER = tmp_path

    def attach(self, client, row="activity-2", revision=0, **more):
        file = uploaded(b"day,t\n2022-01-01,2.7\n", "燃料台账.csv")
        return save(client, revision=revision, evidence_row=row, evidence_file=file, **more)

    def address(self):
        (number,) = queries.evidence(Organisation.objects.get(code="E001"), 2022)
        return f"{PAGE}/evidence/{number}"

    def test_it_is_filed_with_the_save_and_shown_beside_the_number(self, market):
        client = browser("E001")
        assert self.attach(client).status_code == 303
        page = client.get(PAGE)
        assert f'href="{self.address()}"' in page.content.decode()
        assert "活动数据 2" in text(page)
        assert "自提交后起算" in text(page)
        read = client.get(self.address())
        assert b"".join(read) == b"day,t\n2022-01-01,2.7\n"
        assert "attachment" in read["Content-Disposition"]
        submit(client)
        assert "至 2028-04-20" in text(client.get(PAGE))

    def test_export_and_import_carry_its_number(self, market):
        client = browser("E001")
        self.attach(client)
        book = client.get(f"{PAGE}.xlsx").content
        sheet = openpyxl.load_workbook(io.BytesIO(book))[KINDS[0].zh]
        assert str(sheet["N2"].value) == self.address().rsplit("/", 1)[1]
        sent = sends(client, PAGE, "import", revision=1, workbook=uploaded(book))
        assert (sent.status_code, ReportDraft.objects.get().revision) == (303, 1)

    @pytest.mark.parametrize("row", ["", "activity-99", "nothing-2", "activity-x"])
    def test_a_file_without_its_row_is_refused_and_the_cells_are_kept(self, market, row):
        answer = self.attach(browser("E001"), row=row)
        assert answer.status_code == 422
        assert "CQETS-24b" in answer.content.decode()
        assert b'value="1000"' in answer.content
        assert not ReportDraft.objects.exists()

    def test_the_bureau_reads_it_once_it_is_submitted_and_others_never(self, market):
        client = browser("E001")
        self.attach(client)
        address = self.address()
        assert browser("bureau").get(address).status_code == 404
        submit(client)
        assert browser("bureau").get(address).status_code == 200
        assert browser("E002").get(address).status_code == 403
        assert browser("bank").get(address).status_code == 403
        assert Client().get(address).status_code == 302
        assert client.get(f"{PAGE}/evidence/999999").status_code == 404


def test_a_sheet_too_long_for_the_page_is_not_lost_by_saving_the_page(market):
    client = browser("E001")
    rows = [{**FUEL, "facility": f"F{n}"} for n in range(201)]
    book = template(KINDS, cleaned(KINDS, content(*rows)))
    sends(client, PAGE, "import", revision=0, workbook=uploaded(book))
    assert b'name="activity-2-quantity"' not in client.get(PAGE).content
    sent = content()
    del sent["activity"]
    assert (
        save(client, sent | {"summary": [{"responsible": "另一人"}]}, revision=1).status_code == 303
    )
    kept = ReportDraft.objects.get()
    assert (len(kept.content["activity"]), kept.revision) == (201, 2)


def test_why_a_report_came_back_stands_on_its_page(market):
    client = browser("E001")
    save(client)
    submit(client)
    assert "退回修改" not in text(client.get(PAGE))
    mrv.return_report(
        organisation=market["E001"],
        year=2022,
        reasons="缺少附件",
        acting=FOUNDER,
        at=at(date(2023, 4, 21)),
    )
    assert "主管部门退回修改 2023-04-21 09:00：缺少附件" in text(client.get(PAGE))


def test_a_report_without_activity_data_shows_its_lines(db):
    small_market(entities=1)
    goes_to(FINAL)
    page = text(browser("bureau").get(PAGE))
    assert "生产线和产品" in page
    assert "100000" in page


class TestExcel:
    def test_the_template_is_filled_in_and_imported(self, market):
        client = browser("E001")
        answer = client.get(f"{PAGE}.xlsx?empty")
        assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames[:3] == [
            kind.zh for kind in KINDS
        ]
        filled = template(KINDS, cleaned(KINDS, content()))
        sent = sends(client, PAGE, "import", revision=0, workbook=uploaded(filled))
        assert sent.status_code == 303
        assert ReportDraft.objects.get().content == content()
        again = client.get(f"{PAGE}.xlsx").content
        assert (
            sends(client, PAGE, "import", revision=1, workbook=uploaded(again)).status_code == 303
        )
        assert ReportDraft.objects.get().revision == 1, "what was exported changes nothing"

    def test_a_formula_is_told_at_its_place_and_nothing_is_taken_over(self, market):
        book = openpyxl.load_workbook(io.BytesIO(template(KINDS, cleaned(KINDS, content()))))
        book[KINDS[0].zh]["D2"] = "=500*2"
        out = io.BytesIO()
        book.save(out)
        answer = sends(
            browser("E001"), PAGE, "import", revision=0, workbook=uploaded(out.getvalue())
        )
        assert answer.status_code == 422
        assert "活动数据 2 D 该单元格含有公式" in text(answer)
        assert not ReportDraft.objects.exists()

    @pytest.mark.parametrize("junk", [b"PK\x03\x04 no workbook", b"name,amount\n", b"\0"])
    def test_what_is_no_workbook_is_refused(self, market, junk):
        answer = sends(browser("E001"), PAGE, "import", revision=0, workbook=uploaded(junk))
        assert answer.status_code == 422
        assert "不是可读取的 Excel" in text(answer)


class TestWhoSeesIt:
    def test_nobody_but_the_entity_sees_its_draft(self, market):
        save(browser("E001"))
        page = browser("bureau").get(PAGE)
        assert page.status_code == 200
        assert "烟煤" not in text(page)
        book = browser("bureau").get(f"{PAGE}.xlsx").content
        sheet = openpyxl.load_workbook(io.BytesIO(book))[KINDS[0].zh]
        assert sheet.max_row == 1

    def test_the_bureau_reads_what_was_submitted_with_its_why(self, market):
        client = browser("E001")
        save(client)
        submit(client)
        page = text(browser("bureau").get(PAGE))
        assert "烟煤" in page
        assert "为什么？" in page

    def test_the_body_reads_what_it_was_given_to_verify_and_nothing_else(self, market):
        client, body = browser("E001"), browser("V1")
        save(client)
        submit(client)
        assert body.get(PAGE).status_code == 403
        assert "合成重点排放单位0" not in text(body.get("/reports?year=2022"))
        day = at(date(2023, 4, 24))
        mrv.receive_paper(organisations=[market["E001"]], year=2022, acting=FOUNDER, at=day)
        mrv.assign_verification(
            bodies={market["E001"]: market["V1"]}, year=2022, acting=FOUNDER, at=day
        )
        page = body.get(PAGE)
        assert "烟煤" in text(page)
        assert b"<form class" not in page.content.split(b"<main")[1].split(b"data-grid")[0]
        assert "合成重点排放单位0" in text(body.get("/reports?year=2022"))
        assert body.get(f"{PAGE}.xlsx").status_code == 200
        assert body.get(PLAN).status_code == 200
        assert body.get("/api/reports/E001/2022").status_code == 200
        assert body.get("/reports/E001/2021").status_code == 403
        assert body.get("/reports/E002/2022").status_code == 403
        assert browser("V2").get(PAGE).status_code == 403
        assert body.get("/api/reports/E002/2022").status_code == 403

    def test_a_district_reads_those_of_its_area(self, market):
        own, other = (browser(f"D-{market[c].district}") for c in ("E001", "E002"))
        assert [d.get(PAGE).status_code for d in (own, other)] == [200, 403]
        assert "合成重点排放单位0" in text(own.get("/reports?year=2022"))
        assert "合成重点排放单位1" not in text(own.get("/reports?year=2022"))

    @pytest.mark.parametrize("page", [PAGE, f"{PAGE}.xlsx", PLAN, f"{PLAN}.xlsx"])
    def test_another_entity_and_another_role_do_not(self, market, page):
        assert browser("E002").get(page).status_code == 403
        assert browser("bank").get(page).status_code == 403
        assert Client().get(page).status_code == 302

    def test_a_strange_year_or_code_is_not_found(self, market):
        assert browser("E001").get("/reports/E001/1").status_code == 404
        assert browser("bureau").get("/reports/nobody/2022").status_code == 404

    def test_lists_show_what_one_reaches(self, market):
        assert "合成重点排放单位1" not in text(browser("E001").get("/reports"))
        everybody = text(browser("bureau").get("/reports?year=2022"))
        assert "合成重点排放单位1" in everybody
        assert "合成重点排放单位1" in text(browser("bureau").get("/monitoring-plans"))
        assert "合成重点排放单位1" not in text(browser("E001").get("/monitoring-plans"))
        assert browser("bank").get("/reports").status_code == 403


class TestTheNationalPart:
    def test_the_bureau_records_it_and_everybody_who_reads_the_report_sees_it(self, market):
        bureau = browser("bureau")
        given = {"whole": "yes", "basis": "纳入全国名录"}
        assert sends(bureau, PAGE, "national", **given).status_code == 303
        assert sends(bureau, PAGE, "national", **given).status_code == 303
        assert NationalPart.objects.get().whole
        assert "本市不分配配额、不要求清缴" in text(browser("E001").get(PAGE))
        refused = sends(bureau, PAGE, "national", whole="no", basis=" ")
        assert (refused.status_code, "CQETS-2.2" in refused.content.decode()) == (422, True)

    def test_an_entity_is_not_offered_it(self, market):
        sends(browser("E001"), PAGE, "national", whole="yes", basis="x")
        assert not NationalPart.objects.exists()


@pytest.mark.requirement("BJETS-22b")
def test_where_a_plan_is_asked_for_its_lack_is_shown_before_and_after_submission(
    market, monkeypatch
):
    warned = CQ.instead({"mrv.plan_required": "warned"})
    monkeypatch.setattr("openets.web.reports.one.law", lambda _: warned)
    client = browser("E001")
    save(client)
    assert "没有已备案的监测计划" in text(client.get(PAGE))
    assert submit(client).status_code == 303
    assert "没有已备案的监测计划" in text(browser("bureau").get(PAGE))
    plans.save_plan(
        organisation=market["E001"],
        content=plan(),
        revision=0,
        acting=market.acts("E001"),
        at=at(date(2023, 4, 21)),
    )
    plans.file_plan(
        organisation=market["E001"],
        revision=1,
        from_date=date(2022, 1, 1),
        reasons="",
        acting=market.acts("E001"),
        at=at(date(2023, 4, 21)),
    )
    assert "没有已备案的监测计划" not in text(client.get(PAGE))


class TestThePlan:
    def test_it_is_drafted_filed_and_changed(self, market):
        client = browser("E001")
        assert "尚未备案" in text(browser("bureau").get(PLAN))
        assert save(client, plan(), page=PLAN).status_code == 303
        filed = sends(client, PLAN, "file", revision=1, from_date="2022-01-01")
        assert filed.status_code == 303
        assert "MP-E001-01" in text(browser("bureau").get(PLAN))
        changed = plan(meters=[*plan()["meters"], {**plan()["meters"][0], "code": "M2"}])
        save(client, changed, page=PLAN)
        refused = sends(client, PLAN, "file", revision=1, from_date="2022-06-01")
        assert refused.status_code == 422
        assert "CNETS-25" in refused.content.decode()
        told = sends(
            client, PLAN, "file", revision=1, from_date="2022-06-01", reasons="新增计量器具"
        )
        assert told.status_code == 303
        assert "编号 — M2" in text(client.get(f"{PLAN}?version=2"))

    def test_it_comes_from_excel_and_goes_there(self, market):
        client = browser("E001")
        save(client, plan(), page=PLAN)
        book = client.get(f"{PLAN}.xlsx").content
        sent = sends(client, PLAN, "import", revision=1, workbook=uploaded(book))
        assert sent.status_code == 303
        assert MonitoringPlan.objects.get().revision == 1


class TestPublication:
    @pytest.fixture
    def final(self, db):
        made = small_market(entities=2)
        goes_to(FINAL)
        return made

    def test_what_is_marked_is_withheld_from_everybody(self, final):
        marked = sends(
            browser("E001"), PAGE, "mark", field="output", kind="trade_secret", reason="商业秘密"
        )
        assert marked.status_code == 303
        assert Client().get("/published-reports/E001/2022").status_code == 404
        assert sends(browser("bureau"), "/reports?year=2022", "publish").status_code == 303
        assert "合成重点排放单位0" in text(Client().get("/published-reports"))
        page = text(Client().get("/published-reports/E001/2022"))
        assert "100,000" in page
        assert "未公开 商业秘密" in page
        assert " 1,000 " not in page
        assert " 1,000 " in text(Client().get("/published-reports/E002/2022"))

    def test_a_mark_needs_a_reason_and_can_be_lifted(self, final):
        client = browser("E001")
        answer = sends(client, PAGE, "mark", field="output", kind="trade_secret", reason="")
        assert answer.status_code == 422
        assert "CQETS-24.3" in answer.content.decode()
        sends(client, PAGE, "mark", field="output", kind="trade_secret", reason="商业秘密")
        assert sends(client, PAGE, "lift", field="output").status_code == 303
        entity = Organisation.objects.get(code="E001")
        assert not queries.marks(entity, 2022).exists()

    def test_only_the_bureau_publishes(self, final):
        sends(browser("E001"), "/reports?year=2022", "publish")
        assert not Report.objects.filter(published_at__isnull=False).exists()


class TestTheEstimate:
    def test_it_is_ordered_estimated_by_another_and_deducted(self, market):
        goes_to(at(date(2023, 5, 4)))
        bureau = browser("bureau")
        given = {"ground": "not_reported", "due_date": "2023-05-31", "reasons": "未提交"}
        assert sends(bureau, PAGE, "order", **given).status_code == 303
        assert cases.case(REPORT_CORRECTION, "correction/E001/2022").state == "ordered"
        goes_to(at(date(2023, 6, 1)))
        case = f"/cases/{number_of('correction/E001/2022')}"
        figures = {"co2_t_0": "120000", "reason": "按用电量测算"}
        early = sends(bureau, case, "estimate", **figures)
        assert (early.status_code, "须由他人办理" in text(early)) == (422, True)
        assert sends(browser("bureau", 2), case, "estimate", **figures).status_code == 303
        page = text(bureau.get(PAGE))
        assert "主管部门测算" in page
        assert sends(bureau, PAGE, "deduct", amount_t=60000, reasons="x").status_code == 422
        assert sends(bureau, PAGE, "deduct", amount_t=120000, reasons="逾期").status_code == 303

    def test_an_entity_is_not_offered_it(self, market):
        page = browser("E001").get(PAGE)
        assert b'value="order"' not in page.content
        given = {"ground": "not_reported", "due_date": "2023-05-31", "reasons": "未提交"}
        sends(browser("E002"), "/reports/E002/2022", "order", **given)
        assert not cases.case(REPORT_CORRECTION, "correction/E002/2022")
