"""Verification as people do it on their pages and programs on the interface."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openets.casework.models import Case, Document
from openets.verification import queries
from openets.verification.checklist import ITEMS
from openets.verification.models import Assessment, DrawRecord, Finding, Verifier, Visit, Work
from tests.verified import (
    CONFIRMED,
    DECLARED,
    DRAWN,
    REVIEWER,
    SECOND,
    SUBMITTED,
    WORKING,
    YEAR,
    begun_round,
    confirm,
    declare,
    do_work,
    drawn_round,
    finish,
    name_team,
    raise_finding,
    waiting_round,
)
from tests.web.people import browser, goes_to, number_of, sends, text

pytestmark = pytest.mark.django_db

JSON = "application/json"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 16
PDF = b"%PDF-1.4\n"


@pytest.fixture(autouse=True)
def demo(settings, tmp_path):
    settings.DEMO = True
    settings.DOCUMENT_FOLDER = tmp_path


def page_of(work):
    return f"/verification/works/{work.pk}"


def case_of(one):
    return f"/cases/{number_of(one.subject)}"


def other_body(made, work):
    return next(code for code in made.codes if code != work.body.code)


class TestTheBoard:
    PAGE = f"/verification?year={YEAR}"

    @pytest.mark.requirement("CNETS-27")
    def test_the_bureau_draws_once_and_the_record_stands_on_the_page(self):
        waiting_round()
        goes_to(DRAWN)
        client = browser("bureau")
        assert "待分派报告 3" in text(client.get(self.PAGE))
        for _ in range(2):
            assert sends(client, self.PAGE, "draw").status_code == 303
        page = text(client.get(self.PAGE))
        assert "待分派报告 0" in page
        assert DrawRecord.objects.get().seed in page
        assert "合成核查机构1" in page

    def test_with_nothing_left_to_draw_it_says_so(self):
        drawn_round(1)
        answer = sends(browser("bureau"), self.PAGE, "draw", reference="r2")
        assert answer.status_code == 422
        assert "CNETS-27" in text(answer)

    @pytest.mark.requirement("BJETS-24.2")
    def test_a_choice_by_hand_shows_its_requirement_to_the_body(self):
        made = drawn_round(1)
        work = made.work()
        goes_to(DECLARED)
        assert (
            sends(
                browser(work.body.code), case_of(work), "decline", reason="曾提供服务"
            ).status_code
            == 303
        )
        other = other_body(made, work)
        asked = {
            "entity": work.organisation.number,
            "body": other,
            "requirement": "重点核对燃煤热值",
        }
        client = browser("bureau")
        refused = sends(client, self.PAGE, "choose", **asked)
        assert refused.status_code == 422
        assert "CQETS-25.3" in text(refused)
        assert "重点核对燃煤热值" in text(refused), "what was written is kept"
        assert sends(client, self.PAGE, "choose", reasons="更换机构", **asked).status_code == 303
        assert "重点核对燃煤热值" in text(browser(other).get(page_of(made.work())))

    def test_shows_each_body_its_own_and_a_district_its_area(self):
        made = drawn_round()
        for code in made.codes:
            mine = set(queries.assigned_codes(code))
            page = text(browser(code).get(self.PAGE))
            for work in Work.objects.select_related("organisation"):
                assert (work.organisation.name in page) == (work.organisation.code in mine)
        page = text(browser("D-涪陵区").get(self.PAGE))
        for entity in made.market.entities:
            assert (entity.name in page) == (entity.district == "涪陵区")

    @pytest.mark.parametrize("code", ["E001", "I1", "exchange"])
    def test_is_not_for_others(self, code):
        drawn_round(1)
        assert browser(code).get(self.PAGE).status_code == 403

    def test_signed_out_one_is_shown_the_way_in(self, client):
        assert client.get(self.PAGE).status_code == 302

    def test_a_body_draws_nothing(self):
        waiting_round(1)
        sends(browser("V1"), self.PAGE, "draw")
        assert not DrawRecord.objects.exists()

    def test_the_second_person_confirms_a_whole_list(self):
        made = drawn_round(2)
        for work in Work.objects.all():
            declare(made, work)
        goes_to(CONFIRMED)
        numbers = [number_of(work.subject) for work in Work.objects.select_related("organisation")]
        path = "/api/cases/decisions/verification_work/confirm"
        body = {"cases": numbers}
        first = browser("bureau").post(path, body, JSON)
        assert first.status_code == 422
        assert first.json()["code"] == "second_person_needed"
        assert browser("bureau", 2).post(path, body, JSON).status_code == 200
        states = Case.objects.filter(procedure="verification").values_list("state", flat=True)
        assert list(states) == ["assigned"] * 2


class TestAWork:
    @pytest.fixture
    def begun(self, db):
        made = begun_round(1)
        goes_to(WORKING)
        return made

    def test_leads_the_body_from_step_to_step(self):
        made = drawn_round(1)
        work = made.work()
        goes_to(DECLARED)
        client = browser(work.body.code)
        assert "声明与被核查单位无利益关系" in text(client.get(page_of(work)))
        assert sends(client, case_of(work), "declare").status_code == 303
        goes_to(CONFIRMED)
        assert sends(browser("bureau", 2), case_of(work), "confirm").status_code == 303
        people = {v.person.username[-1]: v.pk for v in Verifier.objects.filter(body=work.body)}
        team = {"lead": people["1"], "members": [people["2"]], "reviewer": people["2"]}
        refused = sends(client, page_of(work), "team", **team)
        assert refused.status_code == 422
        assert "技术复核人须为核查组以外人员" in text(refused)
        done = sends(client, page_of(work), "team", **{**team, "reviewer": people["3"]})
        assert done.status_code == 303
        page = text(client.get(page_of(work)))
        assert "V1核查员1" in page or "V2核查员1" in page

    def test_the_documents_are_marked_and_the_visit_recorded_with_its_photograph(self, begun):
        work = begun.work()
        client = browser(work.body.code, SECOND)
        for item in ITEMS:
            sent = sends(client, page_of(work), "mark", item=item, is_right="yes", note="台账")
            assert sent.status_code == 303
        visit = {
            "place": "一号厂区",
            "began_at": "2023-05-14T09:00",
            "ended_at": "2023-05-14T16:00",
            "person": "生产部",
            "question": "燃料如何计量",
            "answer": "皮带秤",
            "photo": SimpleUploadedFile("秤.png", PNG),
        }
        assert sends(client, page_of(work), "visit", **visit).status_code == 303
        page = text(client.get(page_of(work)))
        assert "一号厂区" in page
        assert "皮带秤" in page
        assert Visit.objects.get().began_at.isoformat() == "2023-05-14T01:00:00+00:00"
        (photo,) = Document.objects.all()
        assert photo.kind == "site_photo"
        assert photo.sha256 in page
        link = f"/cases/{number_of(work.subject)}/documents/{photo.pk}"
        assert link in client.get(page_of(work)).content.decode()
        assert client.get(link).status_code == 200
        other = {**visit, "photo": SimpleUploadedFile("秤.pdf", PDF), "reference": "r8"}
        assert sends(client, page_of(work), "visit", **other).status_code == 422
        late = {**visit, "ended_at": "2099-01-01T00:00", "reference": "r9"}
        del late["photo"]
        assert sends(client, page_of(work), "visit", **late).status_code == 422

    def test_a_finding_stands_beside_its_figure_until_the_entity_answers_it(self, begun):
        work = begun.work()
        client = browser(work.body.code)
        told = {"kind": "nonconformity", "text": "燃煤量不符", "figure": "0/co2_t"}
        for _ in range(2):
            sent = sends(client, page_of(work), "finding", candidate="101500", **told)
            assert sent.status_code == 303
        finding = Finding.objects.get()
        page = text(client.get(page_of(work)))
        assert "100,000 tCO₂e 101,500 tCO₂e" in page
        entity = browser("E001")
        assert "燃煤量不符" in text(entity.get("/verification/findings"))
        refused = sends(entity, case_of(finding), "answer", cause="", correction="补报")
        assert refused.status_code == 422
        assert "缺少原因" in text(refused)
        answer = {"cause": "漏计", "correction": "补报", "corrected": "101000"}
        evidence = SimpleUploadedFile("台账.pdf", PDF)
        sent = sends(entity, case_of(finding), "answer", document=evidence, **answer)
        assert sent.status_code == 303
        assert sends(client, case_of(finding), "close").status_code == 422, "its own finding"
        second = browser(work.body.code, SECOND)
        assert sends(second, case_of(finding), "close").status_code == 303
        assert "101,000" in text(client.get(page_of(work)))

    def test_is_reviewed_signed_and_printed(self, begun):
        work = begun.work()
        raise_finding(begun, work)
        do_work(begun, work)
        goes_to(SUBMITTED)
        lead, reviewer = browser(work.body.code), browser(work.body.code, REVIEWER)
        assert sends(lead, case_of(work), "submit").status_code == 303
        assert sends(lead, case_of(work), "approve").status_code == 422
        assert sends(reviewer, case_of(work), "approve").status_code == 303
        refused = sends(lead, case_of(work), "enter")
        assert refused.status_code == 422
        assert "BJETS-25" in text(refused)
        assert sends(lead, case_of(work), "enter", statement="on").status_code == 303
        assert "101,500" in text(lead.get(page_of(work)))
        issued = sends(lead, page_of(work), "paper")
        assert issued.status_code == 303
        paper = text(Client().get(issued.url))
        assert "核查报告" in paper
        assert lead.get(f"{issued.url}/file.pdf").content.startswith(b"%PDF")

    @pytest.mark.requirement("BJETS-24.i5")
    def test_each_declares_on_the_page_before_working(self):
        made = drawn_round(1)
        work = made.work()
        declare(made, work)
        confirm(made, [work])
        name_team(made, work)
        goes_to(WORKING)
        client = browser(work.body.code, SECOND)
        page = text(client.get(page_of(work)))
        assert "尚未声明独立" in page
        assert "记录现场核查" not in page
        mark = {"item": "boundary", "is_right": True}
        api = f"/api/verification/works/{work.pk}"
        refused = client.post(f"{api}/marks", mark, JSON)
        assert (refused.status_code, refused.json()["code"]) == (422, "member_not_declared")
        assert sends(client, page_of(work), "declare_own").status_code == 422, "not ticked"
        for _ in range(2):
            sends(client, page_of(work), "declare_own", declared="on")
        assert "记录现场核查" in text(client.get(page_of(work)))
        assert client.post(f"{api}/marks", mark, JSON).status_code == 200
        lead = browser(work.body.code)
        told = lead.post(f"{api}/own-declaration", {}, JSON).json()
        assert told["undeclared"] == [f"{work.body.code}-{REVIEWER}"]
        stranger = browser(other_body(made, work))
        assert stranger.post(f"{api}/own-declaration", {}, JSON).status_code in {403, 404, 422}
        assert browser("bureau").post(f"{api}/own-declaration", {}, JSON).status_code == 403

    def test_is_not_found_by_another_body_and_not_for_the_entity(self, begun):
        work = begun.work()
        assert browser(other_body(begun, work)).get(page_of(work)).status_code == 404
        assert browser("E001").get(page_of(work)).status_code == 403
        assert browser("bureau").get(page_of(work)).status_code == 200

    def test_the_entity_does_not_see_the_number_before_it_is_told(self, begun):
        work = begun.work()
        raise_finding(begun, work)
        finish(begun, work)
        assert "101,500" not in text(browser("E001").get(case_of(work)))
        assert "101,500" in text(browser("bureau").get(case_of(work)))


class TestTheRegister:
    PAGE = "/verification/bodies"

    def test_the_bureau_registers_a_body_and_the_body_its_people_and_ties(self):
        waiting_round(1)
        goes_to(DRAWN)
        standing = ["legal_person", "premises", "reputation", "accounting"]
        sent = sends(
            browser("bureau"),
            self.PAGE,
            "register",
            body="V1",
            standing=standing,
            rules=["personnel"],
            reference_projects=2,
        )
        assert sent.status_code == 303
        client = browser("V1")
        person = {"username": "V1-2", "industry": "水泥", "since_date": "2020-01-01"}
        assert sends(client, self.PAGE, "verifier", **person).status_code == 303
        unknown = sends(client, self.PAGE, "verifier", **{**person, "username": "V2-1"})
        assert unknown.status_code == 422
        tie = {"entity": 1, "kind": "检测服务", "from_date": "2022-01-01"}
        assert sends(client, self.PAGE, "interest", **tie).status_code == 303
        page = text(client.get(self.PAGE))
        assert "水泥" in page
        assert "合成核查机构2" not in page, "its own entry only"
        found = browser("bureau").get("/api/verification/conditions/V1/E001").json()
        failed = {c["name"] for c in found if c["met"] is False}
        assert failed == {"i2", "i5"}

    def test_is_not_for_entities(self):
        waiting_round(1)
        assert browser("E001").get(self.PAGE).status_code == 403


class TestTheScores:
    PAGE = "/verification/scores"
    SCORES = {"report_quality": "90", "timeliness": "80", "conduct": "70"}  # noqa: RUF012  # Read only.

    @pytest.mark.requirement("CQETS-31")
    def test_are_given_appealed_decided_and_published_for_everybody(self, client):
        waiting_round(1)
        goes_to(SUBMITTED)
        bureau, body = browser("bureau"), browser("V1")
        given = {"body": "V1", "year": 2022, **self.SCORES}
        assert sends(bureau, self.PAGE, "score", **given).status_code == 303
        again = sends(bureau, self.PAGE, "score", **given)
        assert again.status_code == 422
        assert "CQETS-31" in text(again)
        assert "尚未公布考评结果" in text(client.get(self.PAGE))
        assert "81.0" not in text(client.get(self.PAGE))
        assert "81.0" in text(body.get(self.PAGE))
        assert "81.0" not in text(browser("V2").get(self.PAGE))
        address = case_of(Assessment.objects.get())
        assert sends(body, address, "appeal", reason="未考虑延期").status_code == 303
        decided = sends(bureau, address, "decide", reason="属实", timeliness="100")
        assert decided.status_code == 303
        assert sends(bureau, address, "publish").status_code == 422
        assert sends(browser("bureau", 2), address, "publish").status_code == 303
        page = text(client.get(self.PAGE))
        assert "合成核查机构1 2022 87.0 未考虑延期 处理: 属实" in page
        table = client.get("/verification/scores.csv").content.decode("utf-8-sig")
        header, line, *rest = table.splitlines()
        assert header == "body,year,result,appeal,decision,published_at"
        assert line.startswith("合成核查机构1,2022,87,未考虑延期,属实,")
        assert rest == []
        assert client.get("/verification/scores.xlsx").content.startswith(b"PK")
        (row,) = client.get("/api/verification/scores").json()
        assert (row["body"], row["year"], row["result"]) == ("合成核查机构1", 2022, "87")

    @pytest.mark.requirement("CQETS-31")
    def test_are_not_published_while_the_body_may_appeal(self):
        waiting_round(1)
        goes_to(SUBMITTED)
        sends(browser("bureau"), self.PAGE, "score", body="V1", year=2022, **self.SCORES)
        address = case_of(Assessment.objects.get())
        refused = sends(browser("bureau", 2), address, "publish")
        assert refused.status_code == 422
        assert "CQETS-31" in text(refused)
        assert "异议期至" in text(refused)

    def test_a_body_scores_nobody(self):
        waiting_round(1)
        sends(browser("V1"), self.PAGE, "score", body="V1", year=2022, **self.SCORES)
        assert not Assessment.objects.exists()


class TestTheInterface:
    def test_the_bureau_draws_and_reads_the_record(self):
        waiting_round()
        goes_to(DRAWN)
        client = browser("bureau")
        asked = {"year": YEAR, "reference": "d1"}
        first = client.post("/api/verification/draws", asked, JSON).json()
        assert client.post("/api/verification/draws", asked, JSON).json() == first
        assert client.get(f"/api/verification/draws?year={YEAR}").json() == [first]
        works = client.get(f"/api/verification/works?year={YEAR}").json()
        assert {w["entity"]: w["body"] for w in works} == {
            lot["entity"]: lot["body"] for lot in first["lots"]
        }

    def test_a_body_works_on_its_own_alone(self):
        made = begun_round(1)
        goes_to(WORKING)
        work = made.work()
        path = f"/api/verification/works/{work.pk}"
        client, other = browser(work.body.code), browser(other_body(made, work))
        told = {
            "reference": "f1",
            "kind": "clarification",
            "text": "产量口径",
            "line": "L1",
            "product": "产品",
            "figure": "output",
            "candidate": "990",
        }
        raised = [client.post(f"{path}/findings", told, JSON).json() for _ in range(2)]
        assert raised[0] == raised[1]
        assert raised[0]["candidate"] == "990"
        assert client.post(f"{path}/marks", {"item": "factors", "is_right": True}, JSON).json()[
            "marks"
        ] == {"factors": True}
        visit = {
            "reference": "v1",
            "place": "厂区",
            "began_at": (WORKING - timedelta(hours=3)).isoformat(),
            "ended_at": WORKING.isoformat(),
            "questions": [{"person": "生产部", "question": "问", "answer": "答"}],
        }
        assert client.post(f"{path}/visits", visit, JSON).json()["visits"] == 1
        found = client.get(path).json()
        assert found["verified_tco2e"] == 100_000
        assert found["working"][0]["result"] == "990"
        for sent in (other.get(path), other.post(f"{path}/findings", told, JSON)):
            assert sent.status_code == 404
        assert browser("E001").get(path).status_code == 403
        wrong = client.post(f"{path}/findings", {**told, "reference": "f2", "line": "L9"}, JSON)
        assert wrong.status_code == 422
        assert wrong.json()["article"] == "CQETS-25.3"

    def test_signed_out_there_is_nothing_but_the_scores(self, client):
        begun_round(1)
        assert client.get(f"/api/verification/works?year={YEAR}").status_code == 401
        assert client.get("/api/verification/scores").json() == []
