"""Restating base years on its pages and for programs; the factor sets for everybody."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.test import Client

from openets.mrv.accounting.factors import factor_sets
from openets.mrv.models import ReportContent, Restatement
from tests.markets import small_market
from tests.mrv.test_restating import NOW, POWER, SINCE, THEN, base_t, supply
from tests.web.people import browser, goes_to, number_of, sends, text

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQ208-A1.M.2.2d")]

PAGE = f"/restatements?from_year=2022&year=2019&factors={SINCE}&gwp="
SUPPLY = "/restatements/E001/2019/activity"
API = "/api/accounting/restatements"
ROWS = (
    "facility,source,item,quantity,unit,factor\n"
    "L1,electricity,national,10000,MWh,\nL1,process,other,94297,t,1\n"
)
REASONS = "电力排放因子不一致"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture
def market(db):
    made = small_market(2)
    goes_to(NOW)
    return made


def post(client, path, **body):
    return client.post(path, json.dumps(body), "application/json")


def asked(**more):
    return {
        "reference": "R1",
        "entities": ["E001"],
        "year": 2019,
        "factors": SINCE,
        "from_year": 2022,
        "reasons": REASONS,
        **more,
    }


class TestPages:
    def test_from_activity_data_to_a_restated_base(self, market):
        first, second = browser("bureau"), browser("bureau", 2)
        page = text(first.get(PAGE))
        assert "家单位没有存档的活动数据" in page
        assert sends(first, SUPPLY, "supply", factors=THEN, rows=ROWS).status_code == 303
        page = text(first.get(PAGE))
        assert "-337" in page
        assert "为什么？" in page
        assert sends(first, PAGE, "propose", reasons=REASONS).status_code == 303
        made = Restatement.objects.get()
        own = text(browser("E001").get("/restatements/E001/2019/1"))
        assert "5,366.00" in own
        case = f"/cases/{number_of(made.subject)}"
        assert sends(second, case, "confirm").status_code == 303
        assert base_t(market) == 99_663
        assert "已修正" in text(first.get("/restatements"))

    def test_the_same_form_sent_twice_is_done_once(self, market):
        supply(market)
        client = browser("bureau")
        form = {"form": "propose", "reasons": REASONS, "reference": "a" * 32}
        assert [client.post(PAGE, form).status_code for _ in range(2)] == [303, 303]
        assert Restatement.objects.count() == 1

    def test_a_refusal_is_shown_with_its_article(self, market):
        supply(market)
        client = browser("bureau")
        sends(client, PAGE, "propose", reasons=REASONS)
        answer = sends(client, PAGE, "propose", reasons=REASONS, reference="r2")
        assert answer.status_code == 422
        assert "没有可用于重新核算的活动数据" in text(answer)
        assert "CQ208-A1.M.2.2d" in answer.content.decode()
        wrong = "/restatements?from_year=2022&year=2018&factors=general-2022&gwp="
        assert "不是 2022 年度配额分配的历史基准年度" in text(client.get(wrong))
        answer = sends(client, SUPPLY.replace("2019", "2020"), "supply", factors=THEN, rows=ROWS)
        assert answer.status_code == 303
        wrong_total = ROWS.replace("94297", "1")
        page = SUPPLY.replace("E001/2019", "E002/2019")
        answer = sends(client, page, "supply", factors=THEN, rows=wrong_total)
        assert (answer.status_code, ReportContent.objects.count()) == (422, 2)

    def test_who_is_restated_already_is_left_out_of_the_next_proposal(self, market):
        supply(market)
        client = browser("bureau")
        sends(client, PAGE, "propose", reasons=REASONS)
        supply(market, "E002")
        assert "有一项修正尚待确认" in text(client.get(PAGE))
        answer = sends(client, PAGE, "propose", reasons=REASONS, reference="r2")
        assert answer.status_code == 303
        codes = Restatement.objects.values_list("report__organisation__code", flat=True)
        assert sorted(codes) == ["E001", "E002"]

    def test_only_the_bureau_proposes_and_everybody_sees_their_own(self, market):
        supply(market)
        sends(browser("bureau"), PAGE, "propose", reasons=REASONS)
        entity, other = browser("E001"), browser("E002")
        assert "查看差异" not in text(entity.get("/restatements"))
        assert "合成重点排放单位0" in text(entity.get("/restatements"))
        assert "合成重点排放单位0" not in text(other.get("/restatements"))
        assert other.get("/restatements/E001/2019/1").status_code == 403
        assert entity.get(SUPPLY).status_code in {403, 404}
        assert browser("V1").get("/restatements").status_code == 403
        assert Client().get("/restatements").status_code == 302
        assert browser("bureau").get("/restatements/E001/2019/9").status_code == 404


class TestInterface:
    def test_supplied_proposed_and_confirmed(self, market):
        first, second = browser("bureau"), browser("bureau", 2)
        other = {
            "facility": "L1",
            "source": "process",
            "item": "other",
            "quantity": "94297",
            "unit": "t",
            "factor": "1",
        }
        sent = post(first, f"{API}/E001/2019/activity", factors=THEN, rows=[POWER, other])
        assert len(sent.json()["digest"]) == 64
        query = {"year": 2019, "from_year": 2022, "factors": SINCE}
        told = {one["entity"]: one for one in post(first, f"{API}/differences", **query).json()}
        assert (told["E001"]["before_t"], told["E001"]["after_t"]) == ("100000", "99663")
        assert told["E002"]["refusal"]["code"] == "no_activity_data"
        (made,) = post(first, API, **asked()).json()
        assert post(first, API, **asked()).json() == [made]
        assert (made["subject"], made["confirmed"]) == ("E001/2019/1", False)
        decide = {"subjects": [made["subject"]], "confirm": True}
        again = post(first, f"{API}/decide", **decide)
        assert (again.status_code, again.json()["code"]) == (422, "second_person_needed")
        (done,) = post(second, f"{API}/decide", **decide).json()
        assert done["confirmed"]
        assert base_t(market) == Decimal(99_663)
        assert [one["subject"] for one in browser("E001").get(API).json()] == ["E001/2019/1"]
        assert browser("E002").get(API).json() == []

    def test_refused_with_status_and_article(self, market):
        answer = post(browser("bureau"), API, **asked())
        assert (answer.status_code, answer.json()["article"]) == (422, "CQ208-A1.M.2.2d")
        assert post(browser("E001"), API, **asked()).status_code == 403
        assert post(Client(), API, **asked()).status_code == 401

    def test_rejected_with_reasons(self, market):
        supply(market)
        post(browser("bureau"), API, **asked())
        body = {"subjects": ["E001/2019/1"], "confirm": False}
        second = browser("bureau", 2)
        assert post(second, f"{API}/decide", **body).status_code == 422
        (done,) = post(second, f"{API}/decide", **body, reasons="依据不足").json()
        assert (done["decided"], done["confirmed"]) == (True, False)


class TestFactorSets:
    def test_anybody_sees_them_by_sector_and_year(self, db):
        page = text(Client().get("/factor-sets"))
        assert all(one.title_zh in page for one in factor_sets().values())
        page = text(Client().get("/factor-sets/general-2021"))
        assert "0.4743" in page
        assert Client().get("/factor-sets/none").status_code == 404

    def test_two_sets_beside_each_other(self, db):
        query = {"before": "general-2021", "after": "general-2022"}
        page = text(Client().get("/factor-sets/compare", query))
        assert "0.4743" in page
        assert "+0.0484" in page
        assert Client().get("/factor-sets/compare").status_code == 404
        rows = Client().get("/api/accounting/factors/compare", query).json()
        (chongqing,) = [row for row in rows if row["key"] == "chongqing"]
        assert (chongqing["before"], chongqing["after"]) == ("0.4743", "0.5227")

    def test_every_value_is_in_the_files_with_its_source(self, db):
        body = Client().get("/factor-sets.csv").content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(body)))
        values = sum(len(f.values) for one in factor_sets().values() for f in one.factors)
        potentials = sum(len(one.gwp.values) for one in factor_sets().values())
        assert len(rows) == values + potentials
        assert all(row["source"] and row["confidence"] and row["digest"] for row in rows)
        sets = json.loads(Client().get("/factor-sets.json").content)
        assert {one["name"] for one in sets} == set(factor_sets())
