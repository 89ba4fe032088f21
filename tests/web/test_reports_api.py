"""Reports for programs: drafts and their check, submission, plans, what is published."""

import json
from datetime import date
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openets.kernel.clock import at
from openets.mrv import publishing
from openets.mrv.models import MonitoringPlan, ReportDraft
from tests.articles.cnets.test_24_monitoring_plan import plan
from tests.markets import FINAL, FOUNDER, founded_market, small_market
from tests.mrv.reported import FACTORS, FUEL, content
from tests.web.people import browser, goes_to

pytestmark = pytest.mark.django_db

REPORT = "/api/reports/E001/2022"
PLAN = "/api/reports/plans/E001"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def market(db):
    made = founded_market(entities=2)
    goes_to(at(date(2023, 4, 20), 10))
    return made


def put(client, path, **body):
    return client.put(path, json.dumps(body), "application/json")


def post(client, path, **body):
    return client.post(path, json.dumps(body), "application/json")


def draft(client, sheets=None, revision=0, path=f"{REPORT}/draft"):
    return put(client, path, factors=FACTORS, revision=revision, sheets=sheets or content())


def test_a_draft_is_saved_checked_submitted_and_withdrawn(market):
    client = browser("E001")
    found = draft(client).json()
    assert (found["revision"], found["may_be_submitted"], found["faults"]) == (1, True, [])
    assert [line["row"] for line in found["lines"]] == [2, 3]
    assert all(line["explanation"] for line in found["lines"])
    sent = post(client, f"{REPORT}/submit", revision=1, statement=True).json()
    assert (sent["version"], sent["total_tco2e"]) == (1, found["total_tco2e"])
    (listed,) = browser("bureau").get(REPORT).json()
    assert listed["digest"] == sent["digest"]
    assert post(client, f"{REPORT}/withdraw", reasons="有误").json() == {"done": True}


def test_faults_have_their_place(market):
    found = draft(browser("E001"), content({**FUEL, "quantity": "１２"})).json()
    places = [(f["sheet"], f["row"], f["column"], f["refusal"]["code"]) for f in found["faults"]]
    assert ("activity", 2, "D", "wide_digits") in places
    assert found["total_tco2e"] is None


def test_what_is_refused_is_422_with_its_article_and_sent_twice_is_done_once(market):
    client = browser("E001")
    draft(client)
    assert draft(client).json()["revision"] == 1
    assert ReportDraft.objects.get().revision == 1
    answer = post(client, f"{REPORT}/submit", revision=1, statement=False)
    assert (answer.status_code, answer.json()["article"]) == (422, "CQETS-24.2")
    stale = draft(client, content(FUEL), revision=5)
    assert (stale.status_code, stale.json()["code"]) == (422, "draft_changed")


def test_another_entity_another_role_and_nobody_are_kept_out(market):
    assert draft(browser("E002")).status_code in {403, 422}
    assert draft(browser("bank")).status_code == 403
    assert draft(Client()).status_code == 401
    assert browser("bank").get(REPORT).status_code == 403
    assert browser("E002").get(REPORT).status_code in {403, 422}
    assert Client().get(PLAN).status_code == 401
    assert not ReportDraft.objects.exists()


@pytest.mark.requirement("CQETS-24b")
class TestEvidence:
    """A file is sent beside a row of the draft, as on the page."""

    LEDGER = b"day,t\n2022-01-01,2.7\n"

    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path, market):
        settings.DOCUMENT_FOLDER = tmp_path

    def attach(self, client, sheet="activity", row=2, revision=1, name="燃料台账.csv"):
        file = SimpleUploadedFile(name, self.LEDGER)
        sent = {"sheet": sheet, "row": row, "revision": revision, "file": file}
        return client.post(f"{REPORT}/draft/evidence", sent)

    def test_it_is_filed_beside_its_row_once_and_read_by_the_entity(self):
        client = browser("E001")
        draft(client)
        for _ in range(2):
            found = self.attach(client).json()
            assert (found["revision"], found["faults"]) == (2, [])
        (filed,) = client.get(f"{REPORT}/evidence").json()
        assert found["sheets"]["activity"][0]["evidence"] == str(filed["number"])
        assert (filed["name"], filed["sha256"]) == ("燃料台账.csv", sha256(self.LEDGER).hexdigest())
        assert filed["removable_from"] is None
        assert client.get(f"{REPORT}/evidence/{filed['number']}").content == self.LEDGER

    def test_others_read_it_once_it_is_submitted_and_are_told_until_when_it_is_kept(self):
        client, bureau = browser("E001"), browser("bureau")
        draft(client)
        self.attach(client)
        (filed,) = client.get(f"{REPORT}/evidence").json()
        one = f"{REPORT}/evidence/{filed['number']}"
        assert bureau.get(f"{REPORT}/evidence").json() == []
        assert (bureau.get(one).status_code, bureau.get(one).json()["article"]) == (
            422,
            "CQETS-24b",
        )
        post(client, f"{REPORT}/submit", revision=2, statement=True)
        (told,) = bureau.get(f"{REPORT}/evidence").json()
        assert told["removable_from"] == "2028-04-21"
        assert bureau.get(one).content == self.LEDGER

    def test_it_needs_a_draft_a_row_of_it_and_the_revision_that_stands(self):
        client = browser("E001")
        assert self.attach(client).json()["code"] == "nothing_drafted"
        draft(client)
        for place in ({"row": 1}, {"row": 99}, {"sheet": "nothing"}):
            answer = self.attach(client, **place)
            assert (answer.status_code, answer.json()["code"]) == (422, "evidence_without_row")
        assert self.attach(client, revision=9).json()["code"] == "draft_changed"
        assert self.attach(client, name="台账.exe").json()["code"] == "document_type_not_taken"
        assert client.get(f"{REPORT}/evidence").json() == []

    def test_another_entity_another_role_and_nobody_are_kept_out(self):
        draft(browser("E001"))
        assert self.attach(browser("E002")).status_code in {403, 422}
        for other in ("bank", "bureau"):
            assert self.attach(browser(other)).status_code == 403
        assert self.attach(Client()).status_code == 401
        assert browser("bank").get(f"{REPORT}/evidence").status_code == 403
        assert Client().get(f"{REPORT}/evidence/1").status_code == 401
        assert browser("E001").get(f"{REPORT}/evidence").json() == []


def test_a_plan_is_saved_and_filed(market):
    client = browser("E001")
    assert put(client, f"{PLAN}/draft", revision=0, sheets=plan()).json()["faults"] == []
    assert browser("bureau").get(PLAN).json() == [], "a draft is the entity's own"
    filed = post(client, f"{PLAN}/file", revision=1, from_date="2022-01-01").json()
    assert filed["filing_number"] == "MP-E001-01"
    assert browser("bureau").get(PLAN).json() == client.get(PLAN).json() == [filed]
    again = post(client, f"{PLAN}/file", revision=1, from_date="2022-01-01")
    assert (again.status_code, again.json()["code"]) == (422, "no_plan_drafted")
    assert MonitoringPlan.objects.count() == 1


@pytest.mark.requirement("CQETS-24.3")
def test_what_is_published_is_open_to_everybody_without_what_is_secret(db):
    made = small_market(entities=1)
    goes_to(FINAL)
    publishing.mark_secret(
        organisation=made["E001"],
        year=2022,
        field="output",
        kind="trade_secret",
        reason="商业秘密",
        acting=made.acts("E001"),
        at=FINAL,
    )
    assert Client().get("/api/reports/published/2022").json() == []
    publishing.publish_reports(organisations=made.entities, year=2022, acting=FOUNDER, at=FINAL)
    (found,) = Client().get("/api/reports/published/2022").json()
    assert (found["total_tco2e"], found["withheld"]) == (100_000, ["output"])
    assert found["rows"][0]["output"] is None
    assert found["rows"][0]["product"] == "产品"
