"""The allocation workspace: board, plan, runs, comparison, sheets, and who may see which."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import load_workbook

from openets.allocation import operations, plans
from openets.allocation.models import AllocationPlan, Determination, Run
from openets.casework.models import Case
from openets.paper.models import Paper
from openets.paper.press import Press
from openets.registry import queries as units
from tests.markets import (
    CALCULATED,
    CQ,
    DETERMINED,
    DISTRICTS,
    FOUNDER,
    ISSUED,
    NOTIFIED,
    notified_market,
    open_unit_accounts,
    small_market,
)
from tests.web.people import browser, goes_to, sends, text

pytestmark = pytest.mark.django_db

YEAR = "/allocation/2022"
COEFFICIENT = "alloc.total_coefficient"


@pytest.fixture
def market(db):
    made = small_market()
    goes_to(CALCULATED)
    return made


@pytest.fixture
def notified(db):
    made = notified_market()
    goes_to(NOTIFIED)
    return made


def levers(client, **changes):
    """What the form of a what-if sends: every parameter as it stands, and some changed."""
    form = client.get(f"{YEAR}/runs").context["what_if"]
    return {key: form[key].initial for key in form.levers} | changes


def what_if(client, coefficient="0.9", **also):
    changes = levers(client, **{COEFFICIENT: coefficient})
    return sends(client, f"{YEAR}/runs", "what_if", **changes, title="系数 0.9", **also)


def trial(client, reference="r1"):
    return sends(client, f"{YEAR}/runs", "trial", title="第一次试算", reference=reference)


@pytest.mark.usefixtures("market")
class TestThePlan:
    @pytest.mark.requirement("CQETS-11")
    def test_it_is_drafted_by_one_and_approved_by_another(self):
        plans_before = AllocationPlan.objects.filter(year=2022).count()
        first, second = browser("bureau"), browser("bureau", 2)
        answer = sends(first, f"{YEAR}/plan", "plan", basis="要求", growth="增长", supersedes="on")
        assert answer.status_code == 303
        assert AllocationPlan.objects.filter(year=2022).count() == plans_before + 1
        refused = sends(first, f"{YEAR}/plan", "approve")
        assert (refused.status_code, "本环节须由他人办理" in text(refused)) == (422, True)
        assert sends(second, f"{YEAR}/plan", "approve").status_code == 303
        assert plans.binding(2022).version == 2
        assert sends(second, f"{YEAR}/plan", "approve").status_code == 422
        assert "冻结的参数" in text(first.get(f"{YEAR}/plan"))

    @pytest.mark.requirement("CQETS-29")
    def test_the_public_reads_and_takes_away_what_is_published_and_no_draft(self):
        public, first, second = Client(), browser("bureau"), browser("bureau", 2)
        assert public.get("/allocation-plans").url == "/allocation-plans/2022"
        assert public.get("/allocation-plans/2020").status_code == 404
        sends(first, f"{YEAR}/plan", "plan", basis="新的要求", supersedes="on")
        sends(second, f"{YEAR}/plan", "approve")
        assert "新的要求" not in text(public.get("/allocation-plans/2022"))
        assert sends(first, f"{YEAR}/plan", "publish").status_code == 303
        assert "新的要求" in text(public.get("/allocation-plans/2022"))
        assert sends(first, f"{YEAR}/plan", "publish").status_code == 422
        table = public.get("/allocation-plans/2022.csv").content.decode("utf-8-sig")
        rows = {row["key"]: row for row in csv.DictReader(io.StringIO(table))}
        assert rows["alloc.reserve_share"]["value"] == "0.05"
        assert rows["alloc.reserve_share"]["source"] == "CQ208-A1.2"
        assert public.get("/allocation-plans/2022.xlsx").status_code == 200

    @pytest.mark.parametrize("code", ["registry", "E001", "D-涪陵区"])
    def test_drafts_and_runs_are_the_bureaus(self, code):
        for path in (f"{YEAR}/plan", f"{YEAR}/runs", f"{YEAR}/compare"):
            assert browser(code).get(path).status_code == 403
            assert Client().get(path).status_code == 302


def test_before_the_first_publication_the_public_is_told_so(db):
    assert "尚未公布" in text(Client().get("/allocation-plans"))


@pytest.mark.usefixtures("market")
class TestRuns:
    @pytest.mark.requirement("CQ208-1")
    def test_a_trial_is_started_once_and_shows_every_entity(self):
        client = browser("bureau")
        first, again = trial(client), trial(client)
        assert (first.status_code, first.url) == (303, again.url)
        assert Run.objects.count() == 1
        page = text(client.get(first.url))
        for said in ("已完成", "226,667", "238,596", "按行业", "合成重点排放单位1"):
            assert said in page

    def test_its_progress_is_shown_and_it_goes_on_by_its_form(self, monkeypatch):
        monkeypatch.setattr("openets.web.allocation.run.STEP", 1)
        client = browser("bureau")
        address = trial(client).url
        page = client.get(address).content.decode()
        assert '<progress class="run-progress" value="1" max="3">' in page
        assert "data-goes-on" in page
        for _ in range(2):
            assert sends(client, address, "advance").status_code == 303
        assert "data-goes-on" not in client.get(address).content.decode()

    def test_it_is_given_up_by_its_form(self, monkeypatch):
        monkeypatch.setattr("openets.web.allocation.run.STEP", 1)
        client = browser("bureau")
        address = trial(client).url
        assert sends(client, address, "stop").status_code == 303
        page = client.get(address)
        assert "data-goes-on" not in page.content.decode()
        assert "已停止" in text(page)
        assert sends(client, address, "advance").status_code == 422

    @pytest.mark.requirement("CQETS-11")
    def test_a_what_if_is_taken_away_and_begun_again_from_its_file(self):
        client = browser("bureau")
        address = what_if(client).url
        told = client.get(f"{address}.json")
        assert told.json()["changes"] == {COEFFICIENT: "0.9"}
        file = SimpleUploadedFile("run.json", told.content)
        again = sends(client, f"{YEAR}/runs", "import", title="again", file=file, reference="r9")
        first, second = Run.objects.order_by("pk")
        assert again.url == f"/allocation/runs/{second.pk}"
        assert (first.changes, first.total_t) == (second.changes, second.total_t)
        begun = client.get(f"{YEAR}/runs?from={first.pk}").context["what_if"]
        assert begun[COEFFICIENT].initial == "0.9"
        bad = SimpleUploadedFile("run.json", b"[]")
        refused = sends(client, f"{YEAR}/runs", "import", title="bad", file=bad, reference="r10")
        assert refused.status_code == 422
        assert Run.objects.count() == 2
        assert browser("E001").get(f"{address}.json").status_code == 403

    @pytest.mark.requirement("CQETS-11")
    def test_a_what_if_shows_winners_losers_cap_and_what_was_changed(self):
        client = browser("bureau")
        trial(client, "r0")
        page = text(client.get(what_if(client).url))
        assert "历史排放总量下降法调节系数 1 0.9" in page
        assert "0 / 2" in page, "nobody gains, two lose"
        assert not Determination.objects.exists()

    def test_a_value_outside_its_range_is_refused_beside_its_field_with_the_input_kept(self):
        client = browser("bureau")
        answer = what_if(client, "-1")
        assert answer.status_code == 422
        assert "不能取“-1”" in text(answer)
        assert 'value="-1"' in answer.content.decode()
        nothing = what_if(client, "1.0")
        assert "未改动任何参数" in text(nothing)

    @pytest.mark.requirement("CQETS-11b")
    def test_a_trial_is_put_forward_and_determined_by_another_person(self):
        first, second = browser("bureau"), browser("bureau", 2)
        address = trial(first).url
        assert sends(first, address, "propose").status_code == 303
        refused = sends(first, YEAR, "determine")
        assert (refused.status_code, "CQETS-11b" in text(refused)) == (422, True)
        assert sends(second, YEAR, "determine").status_code == 303
        again = sends(second, YEAR, "determine")
        assert (again.status_code, "没有待" in text(again)) == (422, True)
        assert sends(first, address, "propose").status_code == 422
        assert "90,000" not in text(second.get(YEAR))
        assert "238,596" in text(second.get(YEAR))

    def test_an_unknown_run_and_nothing_to_compare_are_told(self):
        client = browser("bureau")
        assert client.get("/allocation/runs/999999").status_code == 404
        assert "没有可比对的结果" in text(client.get(f"{YEAR}/compare"))
        assert client.get(f"{YEAR}/compare.csv?of=run-1&with=nonsense").status_code == 404


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_comparison_is_taken_away_and_reads_back_as_it_was(form):
    client = browser("bureau")
    trial(client, "r0")
    what_if(client)
    less, first = Run.objects.all()
    path = f"{YEAR}/compare.{form}?of=run-{less.pk}&with=run-{first.pk}"
    content = client.get(path).content
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        found = {row["entity"]: int(row["difference_t"]) for row in rows}
    else:
        heading, *rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        place = next(n for n, name in enumerate(heading) if name.endswith("difference_t"))
        found = {row[0]: int(row[place]) for row in rows}
    assert found == {"E001": -10_000, "E002": 0, "E003": -4_667}


class TestTheBoard:
    def test_it_counts_what_waits_and_offers_each_role_its_step(self, notified):
        operations.accept_unopposed(year=2022, acting=notified.acts("clock"), at=ISSUED)
        goes_to(ISSUED)
        first, second = browser("registry"), browser("registry", 2)
        assert "待提交 3 家" in text(first.get(YEAR))
        assert sends(first, YEAR, "request_issue").status_code == 303
        refused = sends(first, YEAR, "issue")
        assert (refused.status_code, "本环节须由他人办理" in text(refused)) == (422, True)
        assert sends(second, YEAR, "issue").status_code == 303
        assert units.holdings(notified["E001"])
        assert sends(second, YEAR, "reserve").status_code == 303
        assert "已发放 3 家" in text(browser("bureau").get(YEAR))

    @pytest.mark.requirement("CQETS-11b")
    def test_the_bureau_notifies_everybody_at_once(self, market):
        open_unit_accounts(market, CALCULATED)
        operations.calculate(year=2022, law=CQ, acting=FOUNDER, at=CALCULATED)
        second = market.acts("bureau", 2)
        operations.determine(year=2022, law=CQ, acting=second, at=DETERMINED)
        goes_to(DETERMINED)
        client = browser("bureau")
        assert "待告知 3 家" in text(client.get(YEAR))
        assert sends(client, YEAR, "notify").status_code == 303
        assert Determination.objects.filter(notified_at=None).count() == 0

    def test_who_may_not_read_every_allowance_does_not_see_it(self, market):
        for code in ("E001", "D-涪陵区", "V1"):
            assert browser(code).get(YEAR).status_code == 403
        assert Client().get(YEAR).status_code == 302
        assert browser("bureau").get("/allocation").url == YEAR
        assert market


class TestTheSheet:
    @pytest.mark.requirement("CQETS-11b", "CQ208-4.1")
    def test_an_entity_reads_its_own_result_with_lines_working_and_last_day(self, notified):
        page = text(browser("E002").get(f"{YEAR}/E002"))
        for said in ("80,000", "100,000", "2023-11-23", "历史排放总量下降法", "申请复核或确认"):
            assert said in page
        assert notified

    def test_nobody_else_does(self, notified):
        assert browser("E001").get(f"{YEAR}/E002").status_code == 403
        assert browser("D-长寿区").get(f"{YEAR}/E002").status_code in {200, 403}
        assert Client().get(f"{YEAR}/E002").status_code == 302
        assert browser("bureau").get(f"{YEAR}/E999").status_code == 404
        assert notified

    def test_what_is_only_calculated_is_the_bureaus(self, market):
        operations.calculate(year=2022, law=CQ, acting=FOUNDER, at=CALCULATED)
        assert browser("E002").get(f"{YEAR}/E002").status_code == 404
        client = browser("bureau")
        assert client.get(f"{YEAR}/E002").status_code == 200
        refused = sends(client, f"{YEAR}/E002", "sheet")
        assert (refused.status_code, Paper.objects.count()) == (422, 0)
        assert market

    @pytest.mark.requirement("CQETS-11b")
    def test_it_is_issued_as_pdf_once_and_taken_away_by_who_may_read_it(self, notified):
        client = browser("E002")
        first = sends(client, f"{YEAR}/E002", "sheet")
        again = sends(client, f"{YEAR}/E002", "sheet")
        assert (first.status_code, first.url) == (303, again.url)
        paper = Paper.objects.get()
        assert (paper.kind, bytes(paper.content[:5])) == ("allocation", b"%PDF-")
        assert "配额核定通知单" in text(Client().get(first.url))
        assert client.get(f"{first.url}/file.pdf").status_code == 200
        assert browser("E001").get(f"{first.url}/file.pdf").status_code == 403
        assert notified

    def test_the_case_of_the_sheet_takes_the_objection(self, notified):
        client = browser("E002")
        number = Case.objects.get(procedure="determination", subject="E002/2022").pk
        assert f"/cases/{number}" in client.get(f"{YEAR}/E002").content.decode()
        assert notified


JSON = "application/json"
API = "/api/allocation"


def calls(client, path, **body):
    return client.post(f"{API}{path}", body, content_type=JSON)


@pytest.mark.usefixtures("market")
class TestTheInterface:
    @pytest.mark.requirement("CQETS-11")
    def test_a_program_drafts_a_plan_and_reads_the_published_one(self):
        client = browser("bureau")
        made = calls(client, "/2022/plans", basis="要求", supersedes=True, factors={"air": "协同"})
        assert (made.json()["version"], made.json()["state"]) == (2, "draft")
        assert [plan["version"] for plan in client.get(f"{API}/2022/plans").json()] == [2, 1]
        assert browser("E001").get(f"{API}/plans/2020").status_code == 404
        values = Client().get(f"{API}/plans/2022").json()["values"]
        assert "alloc.reserve_share" in {value["key"] for value in values}

    @pytest.mark.requirement("CQ208-1")
    def test_a_program_runs_compares_and_puts_forward(self):
        client = browser("bureau")
        trial = calls(client, "/2022/runs", reference="a", name="试算").json()
        again = calls(client, "/2022/runs", reference="a", name="试算").json()
        assert (trial["total_t"], trial["number"]) == (238_596, again["number"])
        changes = {COEFFICIENT: "0.9"}
        less = calls(client, "/2022/runs", reference="b", name="0.9", changes=changes).json()
        assert less["kind"] == "what_if"
        query = f"of=run-{less['number']}&base=run-{trial['number']}"
        found = client.get(f"{API}/2022/comparison?{query}").json()
        assert (found["winners"], found["losers"]) == (0, 2)
        assert found["changes"][0]["entity"] == "E001"
        assert found["by_method"][0]["difference_t"] == -14_667
        rows = client.get(f"{API}/runs/{trial['number']}/rows").json()
        assert [row["determined_t"] for row in rows] == [100_000, 80_000, 46_667]
        assert calls(client, f"/runs/{less['number']}/propose").status_code == 422
        assert calls(client, f"/runs/{trial['number']}/propose").json() == []
        assert calls(client, "/2022/steps", step="determine").json()["code"] == (
            "second_person_needed"
        )
        second = browser("bureau", 2)
        states = calls(second, "/2022/steps", step="determine").json()["states"]
        assert states["determined"] == 3

    def test_what_is_unknown_or_not_granted_is_refused_with_its_status(self):
        client = browser("bureau")
        unknown = calls(client, "/2022/runs", reference="a", name="x", changes={"a.b": "1"})
        assert (unknown.status_code, unknown.json()["code"]) == (422, "not_a_lever")
        assert client.get(f"{API}/runs/999999").status_code == 404
        assert client.get(f"{API}/2022/comparison?of=run-9&base=x").status_code == 422
        assert browser("E001").get(f"{API}/2022/runs").status_code == 403
        assert Client().get(f"{API}/2022/runs").status_code == 401
        assert calls(browser("E001"), "/2022/steps", step="issue").status_code == 403


def test_a_program_of_an_entity_reads_its_own_sheet_only(notified):
    client = browser("E002")
    own = client.get(f"{API}/2022/sheets/E002").json()
    assert (own["determined_t"], own["to_issue_t"], own["state"]) == (80_000, 80_000, "notified")
    assert own["objection_due_date"] == "2023-11-23"
    assert client.get(f"{API}/2022/sheets/E001").status_code == 403
    assert client.get(f"{API}/2021/sheets/E002").status_code == 200
    assert client.get(f"{API}/2020/sheets/E002").status_code == 404
    assert notified


RISK = "/allocation/2023/E002/risk"


def risk_reported():
    return Case.objects.filter(procedure="pre_allocation", subject="E002/2023", state="at_risk")


class TestTheRiskOfAPreAllocation:
    @pytest.mark.requirement("CQ208-4.2c")
    def test_its_district_reports_it_before_the_issue(self, notified):
        client = browser(district_of(notified))
        assert RISK in client.get(f"{YEAR}/E002").content.decode()
        page = text(client.get(RISK))
        assert "56,000" in page
        assert "尚未发放" in page
        assert sends(client, RISK, "risk", grounds="涉诉").status_code == 303
        assert risk_reported().count() == 1
        assert "已反馈" in text(client.get(RISK))

    @pytest.mark.requirement("CQ208-4.2c")
    def test_the_same_twice_is_refused(self, notified):
        client = browser(district_of(notified))
        sends(client, RISK, "risk", grounds="涉诉")
        again = sends(client, RISK, "risk", grounds="涉诉", reference="r2")
        assert (again.status_code, risk_reported().count()) == (422, 1)
        assert "涉诉" in again.content.decode()

    def test_without_grounds_nothing_is_reported(self, notified):
        answer = sends(browser(district_of(notified)), RISK, "risk", grounds="")
        assert (answer.status_code, risk_reported().count()) == (422, 0)

    @pytest.mark.requirement("CQ208-4.2c")
    def test_nobody_else_does(self, notified):
        others = {f"D-{d}" for d in DISTRICTS} - {district_of(notified)}
        for code in (*others, "E002", "bureau", "registry"):
            client = browser(code)
            assert client.get(RISK).status_code == 403, code
            assert sends(client, RISK, "risk", grounds="涉诉").status_code == 403, code
            assert calls(client, RISK_CALL, grounds="涉诉").status_code == 403, code
        assert Client().get(RISK).status_code == 302
        assert calls(Client(), RISK_CALL, grounds="涉诉").status_code == 401
        assert not risk_reported().exists()

    def test_what_is_not_told_or_not_there_is_not_found(self, notified):
        client = browser(district_of(notified))
        assert client.get("/allocation/2022/E002/risk").status_code == 404
        assert client.get("/allocation/2023/E999/risk").status_code == 404

    @pytest.mark.requirement("CQ208-4.2c")
    def test_a_program_reports_it_once(self, notified):
        client = browser(district_of(notified))
        first = calls(client, RISK_CALL, grounds="涉诉")
        assert (first.status_code, first.json()["state"]) == (200, "at_risk")
        again = calls(client, RISK_CALL, grounds="涉诉")
        assert (again.status_code, risk_reported().count()) == (422, 1)


RISK_CALL = "/2023/pre-allocations/E002/risk"


def district_of(market):
    return f"D-{market['E002'].district}"


@pytest.mark.requirement("CQETS-11b")
def test_the_notice_of_108_570_t_is_shown_and_printed(db, monkeypatch):
    market = notified_market(entities=2, emissions=[(108_570,) * 5])
    goes_to(NOTIFIED)
    printed = []
    pdf = Press.pdf

    def kept(press, said, *also):
        printed.append(said)
        return pdf(press, said, *also)

    monkeypatch.setattr(Press, "pdf", kept)
    client = browser("E001")
    page = text(client.get(f"{YEAR}/E001"))
    assert "核定配额" in page
    assert "108,570" in page
    assert "2023-11-14" in page
    assert sends(client, f"{YEAR}/E001", "sheet").status_code == 303
    told = {fact["label"]["zh"]: fact["value"] for fact in printed[0]["facts"]}
    assert told["核定配额"] == "108,570 吨 t"
    assert told["告知时间"].startswith("2023-11-14")
    assert bytes(Paper.objects.get().content[:5]) == b"%PDF-"
    assert market
