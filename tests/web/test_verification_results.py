"""The results as told, the report handed out with them, and the correction of a final result."""

import re
from datetime import date

import pytest
from django.test import Client

from openets.allocation import operations as allocation
from openets.allocation.models import Determination
from openets.casework.models import Case
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.kernel.clock import at
from openets.mrv import operations as mrv
from openets.mrv import queries as figures
from openets.paper.models import Paper
from tests.markets import (
    CQ,
    FOUNDER,
    INFORMED,
    ISSUED,
    NOTIFIED,
    informed_market,
    notified_market,
    small_market,
)
from tests.verified import YEAR, begun_round, finish
from tests.web.people import browser, goes_to, number_of, sends, text

pytestmark = pytest.mark.django_db

JSON = "application/json"
LATER = at(date(2023, 12, 4))
PAGE = f"/verification/results/{YEAR}/1"
API = f"/api/verification/results/{YEAR}/E001"


@pytest.fixture(autouse=True)
def demo(settings, tmp_path):
    settings.DEMO = True
    settings.DOCUMENT_FOLDER = tmp_path


def given(client, **changed):
    """What the form offers, with some of it changed."""
    page = client.get(PAGE).content.decode()
    offered = re.findall(r'name="(\w+_t?_?0)" value="([^"]+)"', page)
    assert dict(offered)["co2_t_0"] == "100000"
    return dict(offered) | {"reasons": "抽查发现燃料重复计量", "co2_t_0": "97000"} | changed


def confirm(person=2, move="confirm", **data):
    return sends(browser("bureau", person), f"/cases/{number_of(f'E001/{YEAR}/2')}", move, **data)


class TestTheResults:
    PAGE = f"/verification/results?year={YEAR}"

    @pytest.mark.requirement("CQETS-25")
    def test_are_shown_to_the_entity_its_district_and_the_offices_of_all(self):
        market = informed_market(2)
        goes_to(INFORMED)
        own = text(browser("E001").get(self.PAGE))
        assert market["E001"].name in own
        assert market["E002"].name not in own
        for code in ("bureau", "V1"):
            assert browser(code).get(self.PAGE).status_code == 200
        assert market["E002"].name in text(browser("bureau").get(self.PAGE))
        district = f"D-{market['E001'].district}"
        assert market["E001"].name in text(browser(district).get(self.PAGE))
        assert browser(district).get(PAGE).status_code == 200
        assert browser("E001").get(PAGE).status_code == 200

    @pytest.mark.requirement("CQETS-25")
    def test_are_nobody_elses(self):
        informed_market(2)
        goes_to(INFORMED)
        assert browser("E002").get(PAGE).status_code == 404
        assert browser("registry").get(PAGE).status_code == 403
        assert Client().get(PAGE).url.startswith("/sign-in")
        assert Client().get(API).status_code == 401
        assert browser("E002").get(API).status_code == 403
        assert browser("E001").get(API).json()["verified_tco2e"] == 100_000

    @pytest.mark.requirement("CQETS-25")
    def test_are_not_there_before_they_are_told(self):
        made = begun_round(1)
        finish(made, made.work())
        assert browser("E001").get(PAGE).status_code == 404
        assert "尚无已告知" in text(browser("E001").get(self.PAGE))
        answer = browser("E001").get(API)
        assert (answer.status_code, answer.json()["article"]) == (422, "CQETS-25")


class TestTheReport:
    @pytest.fixture
    def told(self, db):
        made = begun_round(1)
        finish(made, made.work())
        goes_to(INFORMED)
        mrv.notify_results(
            organisations=[made.market["E001"]], year=YEAR, law=CQ, acting=FOUNDER, at=INFORMED
        )
        return made

    @pytest.mark.requirement("CQETS-25", "BJETS-25")
    def test_is_handed_to_the_entity_and_its_district_by_the_body(self, told):
        work = told.work()
        district = f"D-{work.organisation.district}"
        for code in ("E001", district):
            client = browser(code)
            issued = sends(client, PAGE, "paper", reference=code)
            assert issued.status_code == 303
            assert client.get(f"{issued.url}/file.pdf").content.startswith(b"%PDF")
        paper = Paper.objects.filter(holder__code="E001").first()
        told_by_it = {fact["label"]["zh"]: fact["value"] for fact in paper.sheet["facts"]}
        assert told_by_it["报告编号"] == f"{work.body.code}-{YEAR}-E001-1"
        assert told_by_it["版本"] == "1"
        titles = [table["title"]["zh"] for table in paper.sheet["tables"]]
        assert titles == ["核查组和技术复核人", "现场核查", "文件评审"]
        assert told_by_it["核查机构"] == work.body.name

    def test_asked_for_twice_it_is_issued_once(self, told):
        client = browser("E001")
        assert len({sends(client, PAGE, "paper").url for _ in range(2)}) == 1

    def test_is_not_another_entitys(self, told):
        issued = sends(browser("E001"), PAGE, "paper")
        assert browser("I1").get(f"{issued.url}/file.pdf").status_code == 403


class TestACorrection:
    @pytest.mark.requirement("CQETS-25.2b", "CNETS-29", "AMB-31")
    def test_flows_to_allowance_duty_and_cap_and_the_page_tells_it(self):
        market = notified_market(3)
        compliance.open_duties(year=YEAR, law=CQ, acting=FOUNDER, at=NOTIFIED)
        goes_to(LATER)
        client = browser("bureau")
        assert sends(client, PAGE, "correction", **given(client)).status_code == 303
        assert figures.final_tco2e(market["E001"], YEAR) == 100_000, "nothing binds yet"
        assert confirm(person=1).status_code == 422, "by another person"
        assert confirm().status_code == 303
        assert figures.final_tco2e(market["E001"], YEAR) == 97_000
        owed = duties.duty(market["E001"], YEAR, CQ, on=LATER.date()).standing
        assert owed.verified_t == 97_000
        assert Determination.objects.get(organisation=market["E001"], year=YEAR).verified_t == (
            97_000
        )
        for reader in ("bureau", "E001"):
            page = text(browser(reader).get(PAGE))
            assert "配额已重新核算" in page
            assert "应清缴量已更正" in page
            assert "100,000 → 97,000" in page
            assert "8,000 → 7,760" in page
            assert "抽查发现燃料重复计量" in page
        assert "核查结果更正" in text(browser("E001").get("/inbox"))

    @pytest.mark.requirement("AMB-31")
    def test_leaves_an_accepted_allowance_and_says_so_to_the_entity(self):
        market = notified_market(3)
        allocation.accept_unopposed(year=YEAR, acting=market.acts("clock"), at=ISSUED)
        before = Determination.objects.get(organisation=market["E001"], year=YEAR).determined_t
        goes_to(LATER)
        client = browser("bureau")
        sends(client, PAGE, "correction", **given(client))
        assert confirm().status_code == 303
        after = Determination.objects.get(organisation=market["E001"], year=YEAR).determined_t
        assert before == after
        assert "配额已确认或发放，维持不变" in text(browser("E001").get(PAGE))

    def test_is_refused_with_its_article_and_what_was_written_is_kept(self):
        small_market(1)
        goes_to(LATER)
        client = browser("bureau")
        for changed, said in (
            ({"reasons": ""}, "决定未说明理由"),
            ({"co2_t_0": "100000"}, "与"),
        ):
            answer = sends(client, PAGE, "correction", **given(client, **changed))
            assert answer.status_code == 422
            assert "CQETS-25.2b" in text(answer)
            assert said in text(answer)
            assert given(client, **changed)["co2_t_0"] in answer.content.decode()
        assert not Case.objects.filter(procedure="result_correction").exists()

    def test_sent_twice_it_is_proposed_once_and_another_waits_for_it(self):
        small_market(1)
        goes_to(LATER)
        client = browser("bureau")
        asked = given(client)
        for _ in range(2):
            assert sends(client, PAGE, "correction", **asked).status_code == 303
        assert Case.objects.filter(procedure="result_correction").count() == 1
        other = sends(client, PAGE, "correction", **asked | {"co2_t_0": "96000"})
        assert other.status_code == 422
        assert "已有待确认的更正" in text(other)
        assert confirm(move="reject", reason="依据不足").status_code == 303
        assert sends(client, PAGE, "correction", **asked).status_code == 303
        assert "未采纳" in text(client.get(PAGE))

    @pytest.mark.parametrize("code", ["E001", "V1", "D-涪陵区"])
    def test_is_proposed_by_the_bureau_alone(self, code):
        small_market(1)
        goes_to(LATER)
        sends(browser(code), PAGE, "correction", reasons="错", co2_t_0="97000")
        asked = {"figures": [], "reasons": "错"}
        assert browser(code).post(f"{API}/corrections", asked, JSON).status_code == 403
        assert not Case.objects.filter(procedure="result_correction").exists()

    def test_of_a_result_that_is_not_final_is_not_offered(self):
        informed_market(1)
        goes_to(INFORMED)
        assert "提出更正" not in text(browser("bureau").get(PAGE))

    def test_may_be_proposed_by_a_program(self):
        small_market(1)
        goes_to(LATER)
        row = browser("bureau").get(API).json()["figures"][0]
        asked = {
            "figures": [{"line": row["line"], "product": row["product"], "co2_t": "97000"}],
            "reasons": "抽查",
        }
        client = browser("bureau")
        for _ in range(2):
            answer = client.post(f"{API}/corrections", asked, JSON)
            (told,) = answer.json()["corrections"]
            assert (told["version"], told["verified_tco2e"]) == (2, 97_000)
            assert (told["state"], told["followed"]) == ("proposed", [])
        asked["figures"][0]["line"] = "L9"
        assert client.post(f"{API}/corrections", asked, JSON).json()["code"] == "no_such_figure"
        assert Client().post(f"{API}/corrections", asked, JSON).status_code == 401
