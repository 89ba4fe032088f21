"""The pages of the list: candidates, removals, standards, publication, changes, supplied data."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from openets.casework.models import Case
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.roster import operations as roster
from openets.roster import queries as lists
from openets.roster.models import Change, Removal, SuppliedFigure
from openets.roster.removal import Ceased
from tests.markets import CQ, FOUNDED, FOUNDER, ISSUED, issued_market, small_market
from tests.roster.enterprises import adopted, founded
from tests.web.people import browser, goes_to, number_of, sends, text

pytestmark = pytest.mark.django_db

JSON = "application/json"
HERE, ELSEWHERE = "E1", "E2"
"""Enterprises in Fuling and in Changshou."""


@pytest.fixture
def enterprises(db):
    return founded(3)


def propose(client, entity, *, total="13000", year=2022, **also):
    path = f"/roster/propose?entity={entity}&year={year}"
    return sends(client, path, "propose", industrial="on", total_2018=total, **also)


def state(subject):
    return Case.objects.get(subject=subject).state


@pytest.mark.usefixtures("enterprises")
class TestCandidates:
    @pytest.mark.requirement("CQETS-7")
    @pytest.mark.parametrize(("total", "status"), [("13000", 303), ("12999", 422)])
    def test_an_enterprise_at_the_scale_is_proposed_and_one_below_it_refused(self, total, status):
        answer = propose(browser("D-涪陵区"), HERE, total=total)
        assert answer.status_code == status
        if status == 422:
            assert "不符合 2022 年度纳入标准 13000 吨" in text(answer)
            assert "CQETS-7" in text(answer)

    @pytest.mark.requirement("CQ208-A1.1.1b")
    def test_what_its_power_plant_emits_is_deducted_and_shown_with_the_working(self):
        client = browser("bureau")
        assert propose(client, HERE, total="15000", power_2018="2001").status_code == 422
        assert propose(client, HERE, total="15000", power_2018="2000").status_code == 303
        page = client.get("/roster/entities/E1")
        assert "本市场管理部分 13,000 tCO₂e" in text(page)
        assert "2018年度纳入测算" in text(page)

    def test_an_enterprise_that_is_not_industrial_is_refused(self):
        client = browser("bureau")
        path = "/roster/propose?entity=E1&year=2022"
        refused = sends(client, path, "propose", total_2018="50000")
        assert "非工业企业" in text(refused)

    @pytest.mark.requirement("CQETS-4.6")
    def test_a_district_proposes_in_its_own_area_only(self):
        client = browser("D-涪陵区")
        page = client.get("/roster/propose").content.decode()
        assert 'value="E1"' in page
        assert 'value="E2"' not in page
        assert propose(client, ELSEWHERE).status_code == 200
        assert not Case.objects.exists()
        body = {
            "entity": ELSEWHERE,
            "year": 2022,
            "industrial": True,
            "emissions": [{"year": 2018, "total_tco2e": "13000"}],
        }
        refused = client.post("/api/roster/candidates", body, JSON)
        assert (refused.status_code, refused.json()["code"]) == (403, "outside_your_scope")

    def test_a_year_without_reference_years_is_refused_before_any_figure(self):
        refused = browser("bureau").get("/roster/propose?entity=E1&year=2025")
        assert refused.status_code == 422
        assert "没有适用于 2025" in text(refused)

    def test_the_same_form_sent_twice_proposes_once(self):
        client = browser("bureau")
        propose(client, HERE)
        again = propose(client, HERE)
        assert again.status_code == 422
        assert "已在名录或拟列入" in text(again)

    @pytest.mark.requirement("CQETS-7")
    def test_who_put_it_forward_does_not_decide_another_person_lists_it(self, enterprises):
        first = browser("bureau")
        propose(first, HERE)
        path = f"/cases/{number_of('E1/2022')}"
        assert "须由另一名有权限的人员办理" in text(first.get(path))
        assert sends(first, path, "include").status_code == 422
        second = browser("bureau", 2)
        assert sends(second, path, "include").status_code == 303
        assert (state("E1/2022"), people.listed_years(enterprises["E1"])) == ("listed", [2022])

    def test_a_candidate_is_declined_with_a_note(self):
        client = browser("bureau")
        propose(client, HERE)
        assert "拟列入 1" in text(client.get("/roster"))
        path = f"/cases/{number_of('E1/2022')}"
        assert sends(client, path, "decline", reason="数据有误").status_code == 303
        assert "数据有误" in text(client.get(path))
        assert state("E1/2022") == "declined"

    def test_candidates_are_decided_in_a_list(self):
        for entity in ("E1", "E2"):
            propose(browser("bureau"), entity)
        numbers = [number_of(f"{entity}/2022") for entity in ("E1", "E2")]
        done = browser("bureau", 2).post(
            "/api/cases/decisions/listing/include", {"cases": numbers}, JSON
        )
        assert done.json() == {"decided": 2}

    def test_neither_an_entity_nor_the_public_proposes(self):
        assert browser("E1").get("/roster/propose").status_code == 403
        assert Client().get("/roster/propose").status_code == 302


class TestRemovals:
    @pytest.fixture(autouse=True)
    def listed(self, enterprises):
        adopted(*enterprises_of(enterprises))
        return enterprises

    def ceased(self, client, entity, **also):
        given = {
            "ceased_date": "2022-08-31",
            "emissions_tco2e": "0",
            "evidence": "关停证明",
            "effective_year": 2023,
        }
        return sends(client, f"/roster/entities/{entity}", "ceased", **given | also)

    @pytest.mark.requirement("CQETS-10.i2")
    def test_an_end_of_production_is_proposed_by_its_district_and_decided_by_the_bureau(self):
        assert self.ceased(browser("D-涪陵区"), HERE).status_code == 303
        client = browser("bureau")
        page = text(client.get(f"/cases/{number_of('E1/2021')}"))
        assert "停业、关闭，不再排放" in page
        assert "CQETS-10.i2" in page
        assert sends(client, f"/cases/{number_of('E1/2021')}", "remove").status_code == 303
        assert state("E1/2021") == "removed"

    @pytest.mark.requirement("CQETS-10.i2")
    def test_while_it_still_emits_it_is_refused_with_the_article(self):
        refused = self.ceased(browser("bureau"), HERE, emissions_tco2e="2000")
        assert refused.status_code == 422
        assert "仍有排放 2000 吨" in text(refused)
        assert "CQETS-10.i2" in text(refused)

    @pytest.mark.requirement("CQETS-10.i3")
    def test_the_national_list_needs_its_year_and_evidence(self):
        client = browser("bureau")
        given = {"remaining_tco2e": "0", "evidence": "全国名录", "from_year": 2024}
        path = f"/roster/entities/{HERE}"
        refused = sends(client, path, "national", effective_year=2023, **given)
        assert "尚未纳入全国市场名录" in text(refused)
        given["remaining_tco2e"] = "13000"
        refused = sends(client, path, "national", effective_year=2024, **given)
        assert "其余部分 13000 吨仍达到标准" in text(refused)
        given["remaining_tco2e"] = "12999"
        assert sends(client, path, "national", effective_year=2024, **given).status_code == 303

    def test_a_proposal_that_is_not_followed_keeps_it_on_the_list(self):
        self.ceased(browser("bureau"), HERE)
        client = browser("bureau", 2)
        assert sends(client, f"/cases/{number_of('E1/2021')}", "keep").status_code == 303
        assert state("E1/2021") == "listed"
        assert not Removal.objects.get().removed

    def test_who_proposed_it_does_not_remove_it(self):
        client = browser("bureau")
        self.ceased(client, HERE)
        assert sends(client, f"/cases/{number_of('E1/2021')}", "remove").status_code == 422

    def test_a_district_reaches_no_entity_of_another_and_an_entity_only_itself(self):
        assert self.ceased(browser("D-涪陵区"), ELSEWHERE).status_code == 403
        assert browser(ELSEWHERE).get(f"/roster/entities/{HERE}").status_code == 403
        page = text(browser(HERE).get(f"/roster/entities/{HERE}"))
        assert "提出移出" not in page
        assert browser("bureau").get("/roster/entities/nobody").status_code == 404

    def test_the_same_proposal_sent_twice_is_made_once(self):
        client = browser("bureau")
        assert self.ceased(client, HERE).status_code == 303
        again = self.ceased(client, HERE)
        assert again.status_code == 422
        assert Removal.objects.count() == 1

    def test_programs_propose_too_and_are_told_what_a_ground_needs(self):
        client = browser("bureau")
        body = {"entity": HERE, "effective_year": 2023, "ground": "ceased", "evidence": "x"}
        refused = client.post("/api/roster/removals", body, JSON).json()
        assert (refused["code"], refused["field"]) == ("not_understood", "ground")
        body |= {"ceased_date": "2022-08-31", "emissions_tco2e": "0"}
        done = client.post("/api/roster/removals", body, JSON).json()
        assert done["case"] == number_of("E1/2021")
        waiting = client.get("/api/roster/places/removal_proposed").json()
        assert [row["code"] for row in waiting] == [HERE]
        path = f"/api/cases/{done['case']}/moves/keep"
        assert client.post(path, {"fields": {}}, JSON).json()["state"] == "listed"


@pytest.mark.requirement("CQETS-10.i1")
def test_two_years_below_the_scale_are_shown_as_its_evidence():
    market = small_market(1, [(12_000, 12_000, 12_000, 12_999, 12_500)])
    adopted(*market.entities)
    client = browser("bureau")
    page = text(client.get("/roster/entities/E001"))
    assert "12,999 tCO₂e，< 标准 13,000，计入连续低于标准的年度" in page
    done = sends(client, "/roster/entities/E001", "below_scale", effective_year=2023)
    assert done.status_code == 303


def enterprises_of(made):
    return [made[code] for code in ("E1", "E2", "E3")]


class TestTheYearlyList:
    @pytest.fixture(autouse=True)
    def listed(self, enterprises):
        adopted(*enterprises_of(enterprises), years=(2022,))

    @pytest.mark.requirement("CQETS-29")
    def test_it_is_published_once_and_again_only_when_it_changed(self):
        client = browser("bureau")
        done = sends(client, "/roster?of=2022", "publish")
        assert (done.status_code, done["Location"]) == (303, "/list/2022")
        again = sends(client, "/roster?of=2022", "publish")
        assert again.status_code == 422
        assert "此后没有变化" in text(again)
        assert Client().get("/list")["Location"] == "/list/2022"

    def test_before_any_list_is_published_the_page_says_so(self):
        assert "尚未公布名录" in Client().get("/list").content.decode()

    def test_it_is_continued_into_the_next_year_without_who_was_removed(self):
        entity = Organisation.objects.get(code="E1")
        roster.propose_removal(
            organisation=entity,
            ground=roster_ground(),
            effective_year=2023,
            law=CQ,
            acting=FOUNDER,
            at=at(date(2023, 3, 1)),
        )
        client = browser("bureau", 2)
        sends(client, f"/cases/{number_of('E1/2022')}", "remove")
        done = sends(client, "/roster?of=2022", "continue")
        assert (done.status_code, done["Location"]) == (303, "/roster?of=2023")
        assert [o.code for o in people.entities(2023)] == ["E2", "E3"]

    def test_others_neither_publish_nor_continue(self):
        page = sends(browser("D-涪陵区"), "/roster?of=2022", "publish")
        assert page.status_code == 200
        assert lists.published_list(2022) is None
        refused = browser("D-涪陵区").post("/api/roster/lists/2022/publish").json()
        assert refused["code"] == "not_granted"

    @pytest.mark.requirement("CQETS-4.6")
    def test_a_district_sees_exactly_its_own_area(self):
        page = text(browser("D-涪陵区").get("/roster"))
        assert "合成单位1" in page
        assert "合成单位2" not in page
        told = browser("D-涪陵区").get("/api/roster/lists/2022").json()
        assert [row["code"] for row in told] == ["E1", "E3"]

    def test_programs_publish_and_continue(self):
        client = browser("bureau")
        assert client.post("/api/roster/lists/2023/continue").json()["entities"] == 3
        assert client.post("/api/roster/lists/2023/continue").json()["entities"] == 0
        assert client.post("/api/roster/lists/2023/publish").json()["entities"] == 3


def roster_ground():
    return Ceased(date(2022, 8, 31), Decimal(0), "关停证明")


STANDARD = {
    "threshold_tco2e": "10,000",
    "effective_year": 2024,
    "basis": "控制目标",
    "approval_reference": "渝府〔2024〕1号",
    "approval_date": "2024-01-10",
}


class TestStandards:
    @pytest.fixture(autouse=True)
    def on_the_day_of_the_approval(self, enterprises):
        goes_to(at(date(2024, 1, 10)))
        return enterprises

    @pytest.mark.requirement("CQETS-8")
    def test_an_approved_scale_holds_from_its_year_and_is_tested_by(self):
        client = browser("bureau")
        assert sends(client, "/roster/standards", "standard", **STANDARD).status_code == 303
        page = text(client.get("/roster/standards"))
        assert "2024 10,000 tCO2e/年" in page
        assert "2021 13,000 tCO2e/year" in page
        assert propose(client, HERE, total="12999").status_code == 422

    @pytest.mark.requirement("CQETS-8")
    def test_without_an_approval_it_is_refused(self):
        given = STANDARD | {"approval_reference": ""}
        refused = sends(browser("bureau"), "/roster/standards", "standard", **given)
        assert refused.status_code == 422
        assert "缺少制定依据、市政府批准文号" in text(refused)

    def test_the_same_form_sent_twice_adopts_one(self):
        client = browser("bureau")
        sends(client, "/roster/standards", "standard", **STANDARD)
        again = sends(client, "/roster/standards", "standard", **STANDARD)
        assert "已有纳入标准" in text(again)

    def test_others_read_and_do_not_adopt(self):
        client = browser("D-涪陵区")
        assert "施行新标准" not in text(client.get("/roster/standards"))
        sends(client, "/roster/standards", "standard", **STANDARD)
        assert lists.standards() == []
        assert Client().get("/roster/standards").status_code == 302

    def test_programs_adopt_and_read_them(self):
        body = STANDARD | {"threshold_tco2e": 10_000}
        client = browser("bureau")
        assert client.post("/api/roster/standards", body, JSON).status_code == 200
        (told,) = Client().get("/api/roster/standards").json()
        assert (told["threshold_tco2e"], told["effective_year"]) == (10_000, 2024)


class TestChanges:
    @pytest.fixture(autouse=True)
    def market(self):
        made = issued_market(3)
        goes_to(ISSUED)
        return made

    def rename(self, client):
        path = "/changes/report?kind=rename"
        return sends(client, path, "rename", new_name="合成新名称", reason="更名")

    @pytest.mark.requirement("CQETS-14.2")
    def test_a_rename_goes_through_its_three_steps_on_its_case(self):
        done = self.rename(browser("E001"))
        assert done.status_code == 303
        path, bureau = done["Location"], browser("bureau")
        assert "新名称 合成新名称" in text(bureau.get(path))
        assert sends(browser("registry"), path, "register").status_code == 422
        assert sends(bureau, path, "confirm").status_code == 303
        assert sends(bureau, path, "send_notice").status_code == 303
        assert sends(browser("registry"), path, "register").status_code == 303
        assert Organisation.objects.get(code="E001").name == "合成新名称"

    def test_a_change_sent_twice_is_reported_once(self):
        client = browser("E001")
        self.rename(client)
        again = self.rename(client)
        assert again.status_code == 422
        assert "已有办理中的变更事项" in text(again)
        assert Change.objects.count() == 1

    def test_one_that_is_not_confirmed_ends_with_its_note(self):
        path = self.rename(browser("E001"))["Location"]
        client = browser("bureau")
        assert sends(client, path, "reject", reason="材料不全").status_code == 303
        assert "材料不全" in text(client.get(path))

    @pytest.mark.requirement("CQETS-14.2")
    def test_a_merger_shares_all_that_is_held(self, market):
        client = browser("E001")
        path = "/changes/report?kind=merger"
        done = sends(client, path, "merger", successor="E003", others="E002", reason="合并")
        assert done.status_code == 303
        plan = Change.objects.get().plan
        assert plan["predecessors"] == ["E001", "E002"]
        held = sum(lists.held_t(market["E001"]).values()) + sum(
            lists.held_t(market["E002"]).values()
        )
        assert sum(share["amount_t"] for share in plan["shares"]) == held

    def divide(self, client, market, *, of_first):
        path = "/changes/report?kind=division&successor=E002&successor=E003"
        shares = {}
        for (unit, vintage), held_t in lists.held_t(market["E001"]).items():
            shares[f"share_{unit}_{vintage}_0"] = of_first
            shares[f"share_{unit}_{vintage}_1"] = held_t - 600
        return sends(client, path, "division", takes_duties="E002", reason="分立", **shares)

    @pytest.mark.requirement("CQETS-14.2")
    def test_the_shares_of_a_division_are_what_is_held_and_not_a_tonne_else(self, market):
        client = browser("E001")
        refused = self.divide(client, market, of_first=601)
        assert refused.status_code == 422
        assert "方案分配" in text(refused)
        done = self.divide(client, market, of_first=600)
        assert done.status_code == 303
        assert "承担未履行义务 合成重点排放单位1" in text(client.get(done["Location"]))

    def test_the_successors_of_a_division_are_chosen_first(self):
        page = text(browser("E001").get("/changes/report?kind=division&successor=E002"))
        assert "先选择分立后的单位" in page

    def test_an_entity_sees_its_own_changes_the_offices_theirs(self):
        self.rename(browser("E001"))
        assert "合成重点排放单位0" in text(browser("bureau").get("/changes"))
        assert "合成重点排放单位0 名称变更" in text(browser("D-涪陵区").get("/changes"))
        assert "没有变更事项" in text(browser("D-长寿区").get("/changes"))
        assert "没有变更事项" in text(browser("E002").get("/changes"))
        assert browser("bureau").get("/changes/report").status_code == 403
        assert Client().get("/changes").status_code == 302

    def test_programs_report_and_read_them(self):
        client = browser("E001")
        body = {"kind": "rename", "reason": "更名", "name": "合成新名称"}
        done = client.post("/api/roster/changes", body, JSON).json()
        (told,) = client.get("/api/roster/changes").json()
        assert (told["case"], told["state"]) == (done["case"], "reported")
        refused = client.post("/api/roster/changes", body, JSON).json()
        assert refused["code"] == "change_under_way"
        assert browser("bureau").post("/api/roster/changes", body, JSON).status_code == 403


class TestSuppliedData:
    @pytest.fixture(autouse=True)
    def departments(self):
        new = [
            NewOrganisation("S1", "合成统计局", Role.STATISTICS_BUREAU),
            NewOrganisation(
                "E1",
                "合成单位1",
                Role.KEY_EMITTING_ENTITY,
                "涪陵区",
                "水泥制造行业",
                1,
                credit_code="91500000MA5U000010",
            ),
        ]
        founded(0)
        parties.register_organisations(new, law=CQ, acting=FOUNDER, at=FOUNDED)

    def supply(self, client, lines):
        file = SimpleUploadedFile("energy.csv", "\n".join(lines).encode())
        return sends(client, "/roster/figures", "figures", file=file)

    @pytest.mark.requirement("CQETS-4.3")
    def test_a_file_is_taken_over_and_stands_beside_the_years(self):
        lines = ["credit_code,year,energy_tce", "91500000MA5U000010,2020,5200"]
        assert self.supply(browser("S1"), lines).status_code == 303
        page = text(browser("bureau").get("/roster/entities/E1"))
        assert "2020 年综合能源消费量 5,200 tce · 合成统计局" in page
        form = browser("bureau").get("/roster/propose?entity=E1&year=2022").content.decode()
        assert 'name="energy_2020"' in form

    def test_rows_that_cannot_stand_are_told_and_the_others_kept(self):
        lines = [
            "credit_code,year,energy_tce",
            "91500000MA5U000010,2020,5200",
            "nobody,2020,1",
        ]
        page = self.supply(browser("S1"), lines)
        assert page.status_code == 200
        assert "第 3 行的统一社会信用代码“nobody”未登记" in text(page)
        assert SuppliedFigure.objects.count() == 1

    def test_a_file_of_another_shape_is_refused_and_others_supply_nothing(self):
        refused = self.supply(browser("S1"), ["name,year", "x,2020"])
        assert (refused.status_code, "文件表头应为" in text(refused)) == (422, True)
        assert browser("E1").get("/roster/figures").status_code == 403
