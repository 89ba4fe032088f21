"""Accounts as they stand: the lists, an account's page, freezes, measures and closings by two."""

import re
from datetime import date

import pytest
from django.test import Client

from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.parties import operations as parties
from openets.parties.models import Listing, Membership, Organisation
from openets.registry import operations as registry
from openets.registry.kinds import Origin, UnitKind
from openets.registry.measures import MeasureKind
from openets.registry.models import Closing, LockOrder, Measure, RegistryAccount
from openets.rulebook.load import law
from openets.web.standing import api, one
from tests.web.market import TODAY, YEARS, acts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

LETTER = "（2023）渝01执1号"


@pytest.fixture(autouse=True)
def demo(settings):
    settings.DEMO = True


@pytest.fixture(autouse=True)
def second_pair_of_eyes():
    """Two people act for each of the offices."""
    for code in ("bureau", "registry", "exchange"):
        organisation = Organisation.objects.get(code=code)
        parties.add_member(
            username=f"{code}-2",
            display_name=f"{code} 复核",
            organisation=organisation,
            acting=acts("bureau"),
            at=at(TODAY, 12),
        )


@pytest.fixture
def reserves():
    """What was set aside of each year."""
    for year in YEARS:
        registry.set_aside_reserve(
            amount_t=Tonnes(1_000),
            lot=registry.LotOf("cq", UnitKind.ALLOWANCE, year, Origin.RESERVED),
            reference=f"reserve/{year}",
            acting=acts("registry"),
            at=at(TODAY, 12),
        )


def signed_in(code, person=1):
    client = Client()
    people = Membership.objects.filter(organisation__code=code).order_by("id")
    client.force_login(people[person - 1].person)
    return client


def text(answer):
    return answer.content.decode()


def account(number):
    return RegistryAccount.objects.get(number=number)


def address(number):
    return f"/registry/standing/{account(number).pk}"


def freeze(client, number="registry-E001", **more):
    asked = {"cause": "court", "amount_t": "1,000", "document": LETTER, "reason": "协助执行"}
    return client.post(address(number), {"form": "freeze", "reference": "f1"} | asked | more)


def restrict(client, number="registry-E002", **more):
    asked = {"kind": "restriction", "bars": ["sell"], "document": "1号", "reason": "违规"}
    days = {"from_date": str(TODAY), "until_date": str(TODAY)}
    return client.post(
        address(number), {"form": "measure", "reference": "m1"} | asked | days | more
    )


def act(client, where, move, **data):
    return client.post(where, {"form": move, "reference": "x", **data})


class TestTheList:
    def test_the_registry_operator_finds_accounts_by_holder_number_kind_and_state(self):
        client = signed_in("registry")
        page = text(client.get("/registry/standing"))
        assert {"registry-E001", "trading-E003"} <= set(re.findall(r"[a-z]+-E\d+", page))
        for asked, found in (
            ({"text": "涪江"}, {"registry-E001", "trading-E001"}),
            ({"text": "E002", "kind": "trading"}, {"trading-E002"}),
            ({"state": "closed"}, set()),
        ):
            page = text(client.get("/registry/standing", asked))
            assert set(re.findall(r">([a-z]+-E\d+)<", page)) == found

    def test_a_holder_sees_its_own_accounts_and_no_others(self):
        client = signed_in("E001")
        page = text(client.get("/registry/standing"))
        assert set(re.findall(r">([a-z]+-[ET]\d+)<", page)) == {"registry-E001", "trading-E001"}
        assert client.get(address("registry-E001")).status_code == 200
        assert client.get(address("registry-E002")).status_code == 403

    @pytest.mark.parametrize("where", ["standing", "freezes", "measures", "government-accounts"])
    def test_whoever_has_no_part_in_it_is_refused_and_a_visitor_led_to_sign_in(self, where):
        assert signed_in("V1").get(f"/registry/{where}").status_code == 403
        answer = Client().get(f"/registry/{where}")
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/sign-in")

    def test_an_account_that_does_not_exist_is_not_found(self):
        assert signed_in("registry").get("/registry/standing/999999").status_code == 404
        assert signed_in("registry").get("/registry/freezes/999999").status_code == 404
        assert signed_in("registry").get(address("issued-registry")).status_code == 404


@pytest.mark.requirement("AMB-32")
class TestAFreeze:
    def test_is_filed_by_one_placed_by_another_and_shown_with_cause_owner_and_article(self):
        answer = freeze(signed_in("registry"))
        assert answer.status_code == 303
        alone = act(signed_in("registry"), answer.url, "place")
        assert alone.status_code == 422
        assert "复核" in text(alone) or "他人办理" in text(alone)
        second = signed_in("registry", 2)
        assert "待复核" in text(second.get("/registry/freezes"))
        assert act(second, answer.url, "place").status_code == 303
        page = text(signed_in("E001").get("/registry/freezes"))
        for shown in ("司法冻结", "注册登记机构", "/law/AMB-32", "1,000"):
            assert shown in page
        assert "司法冻结" in text(signed_in("E001").get(address("registry-E001")))

    def test_more_than_is_free_is_refused_with_the_article_and_the_input_kept(self):
        answer = freeze(signed_in("registry"), amount_t="999999999")
        assert answer.status_code == 422
        assert "AMB-32" in text(answer)
        assert 'value="999999999"' in text(answer)
        assert not LockOrder.objects.exists()

    def test_the_same_form_sent_twice_is_done_once(self):
        client = signed_in("registry")
        assert freeze(client).url == freeze(client).url
        assert LockOrder.objects.count() == 1

    @pytest.mark.parametrize("code", ["E001", "exchange"])
    def test_others_have_no_form_and_what_they_send_does_nothing(self, code):
        client = signed_in(code)
        assert 'value="freeze"' not in text(client.get(address("registry-E001")))
        freeze(client)
        assert not LockOrder.objects.exists()

    def test_is_lifted_on_a_document_by_two(self):
        where = freeze(signed_in("registry")).url
        act(signed_in("registry", 2), where, "place")
        empty = act(signed_in("registry"), where, "ask_lifting", document="", reason="已执行")
        assert empty.status_code == 422
        act(signed_in("registry"), where, "ask_lifting", document="2号", reason="已执行")
        assert act(signed_in("registry", 2), where, "lift").status_code == 303
        assert "已解冻" in text(signed_in("registry").get(where))

    def test_the_bureau_does_not_act_on_the_courts(self):
        where = freeze(signed_in("registry")).url
        page = text(signed_in("bureau", 2).get(where))
        assert 'value="place"' not in page

    def test_another_holder_does_not_see_it(self):
        where = freeze(signed_in("registry")).url
        assert signed_in("E001").get(where).status_code == 200
        assert signed_in("E002").get(where).status_code == 403


@pytest.mark.requirement("CQETS-30")
class TestAMeasure:
    def test_is_decided_by_the_bureau_and_carried_out_by_the_exchange(self):
        where = restrict(signed_in("bureau")).url
        page = text(signed_in("bureau").get(where))
        assert 'value="execute"' not in page
        assert act(signed_in("exchange"), where, "execute").status_code == 303
        page = text(signed_in("E002").get(address("registry-E002")))
        assert "限制" in page
        assert "卖出" in page
        found = text(signed_in("registry").get("/registry/standing", {"state": "restricted"}))
        assert set(re.findall(r">([a-z]+-E\d+)<", found)) == {"registry-E002", "trading-E002"}

    def test_without_scope_it_is_refused_beside_its_field(self):
        answer = restrict(signed_in("bureau"), bars=[])
        assert answer.status_code == 422
        assert "CQETS-30" in text(answer)
        assert not Measure.objects.exists()

    def test_is_lifted_by_two_and_stays_in_the_history(self):
        where = restrict(signed_in("bureau")).url
        act(signed_in("exchange"), where, "execute")
        act(signed_in("bureau"), where, "decide_lifting", document="9号", reason="已整改")
        assert act(signed_in("registry"), where, "lift").status_code == 303
        page = text(signed_in("registry").get(address("registry-E002")))
        assert "解除限制交易" in page

    def test_the_same_form_sent_twice_is_decided_once(self):
        client = signed_in("bureau")
        assert restrict(client).url == restrict(client).url
        assert Measure.objects.count() == 1


@pytest.mark.requirement("AMB-33")
@pytest.mark.requirement("BJETS-9.3")
class TestAStop:
    """E002 left the list on 2024-06-30 and had until 2027-06-30 to close its accounts."""

    LAST, NEXT = date(2027, 6, 30), date(2027, 7, 1)

    @pytest.fixture(autouse=True)
    def removed(self, monkeypatch):
        Listing.objects.filter(organisation__code="E002").update(removed_at=at(date(2024, 6, 30)))
        monkeypatch.setattr(one, "law", lambda _: law("bj"))
        self.is_now(monkeypatch, self.NEXT)

    def is_now(self, monkeypatch, day):
        monkeypatch.setattr("openets.web.clock.now", lambda _: at(day, 10))

    def stop(self, client, number="registry-E002"):
        given = {"form": "stop", "reference": "s1", "document": "京环停〔2027〕1号"}
        return client.post(address(number), given)

    def test_is_decided_by_the_bureau_and_carried_out_by_the_registry(self):
        client = signed_in("bureau")
        page = text(client.get(address("registry-E002")))
        assert "2024-06-30 移出名录，可在 2027-06-30 前" in page
        answers = [self.stop(client) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        measure = Measure.objects.get()
        assert (measure.kind, measure.from_date) == (MeasureKind.STOP, self.NEXT)
        assert act(signed_in("registry"), answers[0].url, "execute").status_code == 303
        assert "停止使用" in text(client.get(address("registry-E002")))

    def test_on_the_last_day_it_is_refused_with_its_article(self, monkeypatch):
        self.is_now(monkeypatch, self.LAST)
        answer = self.stop(signed_in("bureau"))
        assert answer.status_code == 422
        assert "BJETS-9.3" in text(answer)
        assert not Measure.objects.exists()

    @pytest.mark.parametrize("code", ["registry", "exchange", "E002"])
    def test_others_have_no_form_and_what_they_send_does_nothing(self, code):
        assert 'value="stop"' not in text(signed_in(code).get(address("registry-E002")))
        self.stop(signed_in(code))
        assert not Measure.objects.exists()

    def on_the_wire(self, client, number="registry-E002"):
        body = {"document": "京环停〔2027〕1号", "reference": "s1"}
        where = f"/api/standing/accounts/{account(number).pk}/stop"
        return client.post(where, body, content_type="application/json")

    def test_a_program_decides_it_once_and_not_before_the_time_is_over(self, monkeypatch):
        monkeypatch.setattr(api, "law", lambda _: law("bj"))
        client = signed_in("bureau")
        self.is_now(monkeypatch, self.LAST)
        early = self.on_the_wire(client)
        assert (early.status_code, early.json()["code"]) == (422, "still_time_to_close")
        self.is_now(monkeypatch, self.NEXT)
        decided = self.on_the_wire(client).json()
        assert decided["state"] == "decided"
        assert self.on_the_wire(client).json() == decided
        assert Measure.objects.get().kind == MeasureKind.STOP
        listed = self.on_the_wire(client, "registry-E001")
        assert (listed.status_code, listed.json()["code"]) == (422, "still_listed")

    @pytest.mark.parametrize(("code", "status"), [("registry", 403), ("E002", 403), ("", 401)])
    def test_no_other_program_decides_it(self, code, status):
        client = signed_in(code) if code else Client()
        assert self.on_the_wire(client).status_code == status
        assert not Measure.objects.exists()

    def test_a_unit_on_the_list_is_not_stopped(self):
        client = signed_in("bureau")
        assert 'value="stop"' not in text(client.get(address("registry-E001")))
        self.stop(client, "registry-E001")
        assert not Measure.objects.exists()

    def test_where_the_law_sets_no_time_there_is_no_stop(self, monkeypatch):
        monkeypatch.setattr(one, "law", law)
        assert 'value="stop"' not in text(signed_in("bureau").get(address("registry-E002")))


class TestAClosing:
    def ask(self, client, number):
        return client.post(
            address(number), {"form": "closing", "reason": "退出", "reference": "c1"}
        )

    def test_is_asked_for_by_the_holder_and_done_by_the_operator_when_nothing_is_left(self):
        where = self.ask(signed_in("E003"), "registry-E003").url
        assert act(signed_in("registry"), where, "close").status_code == 303
        assert account("registry-E003").closed_at
        page = text(signed_in("E003").get(address("registry-E003")))
        assert "已销户" in page
        assert 'value="closing"' not in page

    def test_with_open_orders_or_a_balance_it_is_refused_with_the_numbers(self):
        for holder, number in (("T1", "trading-T1"), ("E001", "registry-E001")):
            where = self.ask(signed_in(holder), number).url
            answer = act(signed_in("exchange" if holder == "T1" else "registry"), where, "close")
            assert answer.status_code == 422
            assert "AMB-33" in text(answer)
            assert account(number).closed_at is None
            Closing.objects.all().delete()


@pytest.mark.requirement("CQETS-13", "CQ208-A1.2")
@pytest.mark.usefixtures("reserves")
def test_the_governments_accounts_show_each_years_reserve():
    page = text(signed_in("registry").get("/registry/government-accounts"))
    for shown in (
        "政府预留账户 2021",
        "政府预留账户 2022",
        "历史结余预留账户",
        "回购账户",
        "注销账户",
    ):
        assert shown in page


@pytest.mark.requirement("CQ208-A1.5.4")
class TestTheHistoricalSurplus:
    PAGE = "/registry/government-accounts"

    def carry(self, client, vintage=2020, amount="400,000"):
        asked = {"form": "carry_over", "reference": "x", "vintage_year": vintage}
        return client.post(self.PAGE, asked | {"amount_t": amount})

    def on_the_wire(self, client, vintage=2020, amount_t=400_000):
        body = {"vintage_year": vintage, "amount_t": amount_t}
        where = "/api/standing/government-accounts/carry-over"
        return client.post(where, body, content_type="application/json")

    def held(self):
        found = signed_in("bureau").get("/api/standing/government-accounts").json()
        return {row["kind"]: row["held_t"] for row in found}["historical_reserve"]

    def test_the_registry_operator_carries_it_over_once(self):
        client = signed_in("registry")
        assert [self.carry(client).status_code for _ in range(2)] == [303, 303]
        assert self.held() == 400_000
        assert "历史结余 400,000 吨" in text(client.get(self.PAGE))
        again = self.carry(client, amount="400,001")
        assert (again.status_code, self.held()) == (422, 400_000)

    @pytest.mark.parametrize("vintage", [2012, 2021])
    def test_only_former_years_have_a_surplus(self, vintage):
        refused = self.carry(signed_in("registry"), vintage)
        assert refused.status_code == 422
        assert "CQ208-A1.5.4" in text(refused)
        assert self.held() == 0

    @pytest.mark.parametrize("code", ["bureau", "E001"])
    def test_nobody_else_carries_it_over(self, code):
        assert 'value="carry_over"' not in text(signed_in(code).get(self.PAGE))
        self.carry(signed_in(code))
        assert self.on_the_wire(signed_in(code)).status_code == 403
        assert self.on_the_wire(Client()).status_code == 401
        assert self.held() == 0

    def test_a_program_carries_it_over_once(self):
        client = signed_in("registry")
        done = self.on_the_wire(client).json()
        assert done["held_t"] == 400_000
        assert self.on_the_wire(client).json() == done
        other = self.on_the_wire(client, amount_t=1)
        assert (other.status_code, other.json()["code"]) == (422, "reference_reused")


class TestForPrograms:
    def send(self, client, where, body):
        return client.post(f"/api/standing/{where}", body, content_type="application/json")

    def freeze(self, client, **more):
        asked = {"cause": "court", "amount_t": 500, "document": LETTER, "reason": "协助执行"}
        where = f"accounts/{account('registry-E001').pk}/freezes"
        return self.send(client, where, asked | {"reference": "api1"} | more)

    def test_accounts_are_told_with_state_balance_locks_and_measures(self):
        client = signed_in("registry")
        found = client.get("/api/standing/accounts", {"text": "E001"}).json()
        assert [row["number"] for row in found["items"]] == ["registry-E001", "trading-E001"]
        assert found["items"][0]["state"] == "active"
        one = client.get(f"/api/standing/accounts/{found['items'][0]['id']}").json()
        assert one["locks"] == [] or {lock["cause"] for lock in one["locks"]} == {"pre_allocation"}
        assert one["measures"] == []

    def test_a_freeze_goes_its_way_by_two_people(self):
        filed = self.freeze(signed_in("registry"))
        assert filed.json()["state"] == "filed"
        assert self.freeze(signed_in("registry")).json() == filed.json()
        where = f"freezes/{filed.json()['id']}/place"
        alone = self.send(signed_in("registry"), where, {})
        assert (alone.status_code, alone.json()["code"]) == (422, "second_person_needed")
        placed = self.send(signed_in("registry", 2), where, {})
        assert placed.json()["state"] == "in_force"
        (lock,) = signed_in("E001").get("/api/standing/freezes", {"cause": "court"}).json()
        assert (lock["amount_t"], lock["owner"]) == (500, "registry_operator")
        assert signed_in("E002").get("/api/standing/freezes", {"cause": "court"}).json() == []

    def test_a_measure_is_decided_and_read(self):
        where = f"accounts/{account('registry-E002').pk}/measures"
        body = {"kind": "suspension", "from_date": str(TODAY), "document": "1号"}
        made = self.send(signed_in("bureau"), where, body | {"reason": "违规", "reference": "m"})
        assert made.json()["state"] == "decided"
        (told,) = signed_in("E002").get("/api/standing/measures").json()
        assert (told["bars"], told["state"]) == (["buy", "sell", "transfer"], "decided")

    @pytest.mark.parametrize("code", ["E001", "E002", "V1"])
    def test_others_freeze_nothing(self, code):
        assert self.freeze(signed_in(code)).status_code == 403
        assert not LockOrder.objects.exists()

    def test_an_unknown_move_is_not_found(self):
        filed = self.freeze(signed_in("registry")).json()
        answer = self.send(signed_in("registry"), f"freezes/{filed['id']}/melt", {})
        assert answer.status_code == 404

    def test_a_closing_is_asked_for(self):
        where = f"accounts/{account('registry-T1').pk}/closings"
        asked = self.send(signed_in("T1"), where, {"reason": "退出", "reference": "c"})
        assert asked.json()["state"] == "asked"

    @pytest.mark.usefixtures("reserves")
    def test_the_governments_accounts_are_told_to_those_who_may(self):
        found = signed_in("bureau").get("/api/standing/government-accounts").json()
        years = [row["year"] for row in found if row["kind"] == "reserve"]
        assert years == [2021, 2022]
        assert signed_in("E001").get("/api/standing/government-accounts").status_code == 403

    def test_signed_out_nothing_is_told(self, client):
        assert client.get("/api/standing/accounts").status_code == 401
        assert self.freeze(client).status_code == 401
