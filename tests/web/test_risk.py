"""The risk desk, interventions, alerts, large holders, products: who sees and does what."""

from datetime import date

import pytest
from django.db import transaction
from django.test import Client

from openets.kernel.clock import at
from openets.surveillance import operations as surveillance
from openets.surveillance.models import Alert, LargeHolderReport, Relation, RiskReport
from openets.trading.models import Intervention, Listing, Product, Trade
from tests.exchange import DAY, PRICE, TEN, open_floor, order
from tests.exchange import trading_market as build
from tests.markets import CQ
from tests.web.people import browser, goes_to, sends, text

LIMIT = {
    "risk.position_limit": [
        {"participants": ["investor"], "limit_tco2e": 1_000, "own_allowance": False}
    ]
}
SAID = {"cause": "technical_fault", "reason": "主机故障", "announcement": "暂停交易公告"}
TEXTS = {"purpose": "自营", "funds": "自有资金", "intentions": "持有"}
ASKED = {
    "code": "CQEA-2024",
    "unit": "allowance",
    "vintage_year": "2024",
    "from_date": "2023-12-20",
    "decision": "挂牌1号",
}
PAGES = ("/risk", "/risk/alerts", "/risk/reports")


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """A market with a day of trades, alerts and a large holder, rolled back after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = build(1)
        with open_floor(made) as floor:
            for n in range(2):
                pair = [
                    order(made, "E001", "sell", 450, PRICE, key=f"s{n}"),
                    order(made, "I1", "buy", 450, PRICE, key=f"b{n}"),
                ]
                floor.submit(pair, at=TEN)
            floor.close_day(at=at(DAY, 16))
        evening = at(DAY, 17)
        surveillance.survey_day(day=DAY, law=CQ, acting=made.acts("clock"), at=evening)
        surveillance.ask_large_holders(
            day=DAY, law=CQ.instead(LIMIT), acting=made.acts("clock"), at=evening
        )
        goes_to(evening)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def market(built, db):
    return built


def decide_halt(person=1, **other):
    client = browser("exchange", person)
    sent = {"product": "", **SAID, **other}
    return sends(client, "/risk/decide/halt", "halt", **sent)


@pytest.mark.parametrize("path", PAGES)
class TestWhoSees:
    def test_exchange_and_authority_look_at_it(self, market, path):
        for code in ("exchange", "bureau"):
            assert browser(code).get(path).status_code == 200

    def test_a_participant_does_not(self, market, path):
        assert browser("I1").get(path).status_code == 403

    def test_who_is_signed_out_is_led_to_sign_in(self, market, path):
        assert Client().get(path).status_code == 302


def test_the_desk_names_the_rules_that_are_not_set(market):
    seen = text(browser("exchange").get("/risk"))
    assert "价格异常波动幅度" in seen
    assert "持仓限额" in seen


@pytest.mark.requirement("BJETS-18b", "CQETS-21")
class TestAHalt:
    def test_one_decides_another_carries_out_and_everybody_reads_of_it(self, market):
        answer = decide_halt()
        row = Intervention.objects.get()
        assert (answer.status_code, answer.url) == (303, f"/risk/interventions/{row.pk}")
        own = browser("exchange").get(answer.url)
        assert 'value="halt"' not in own.content.decode()
        carried = sends(browser("exchange", 2), answer.url, "halt")
        assert carried.status_code == 303
        assert "暂停交易公告" in text(Client().get("/announcements"))
        assert "暂停交易" in text(Client().get("/products"))

    def test_the_same_form_sent_twice_decides_once(self, market):
        first, second = decide_halt(), decide_halt()
        assert first.url == second.url
        assert Intervention.objects.count() == 1

    def test_without_an_announcement_it_is_refused(self, market):
        assert decide_halt(announcement=" ").status_code == 422
        assert not Intervention.objects.exists()

    @pytest.mark.parametrize("code", ["bureau", "registry", "I1"])
    def test_nobody_but_the_exchange_decides(self, market, code):
        assert sends(browser(code), "/risk/decide/halt", "halt", **SAID).status_code == 403

    def test_before_it_is_carried_out_nothing_is_announced(self, market):
        decide_halt()
        assert "暂停交易公告" not in text(Client().get("/announcements"))

    def test_an_unknown_kind_or_number_is_not_found(self, market):
        client = browser("exchange")
        assert client.get("/risk/decide/other").status_code == 404
        assert client.get("/risk/interventions/99").status_code == 404


class TestOtherDecisions:
    def test_a_trade_is_cancelled_by_two(self, market):
        trade = Trade.objects.first()
        data = {**SAID, "cause": "erroneous_trade", "trade": trade.pk}
        path = "/risk/decide/cancellation"
        answer = sends(browser("exchange"), path, "cancellation", **data)
        assert sends(browser("exchange", 2), answer.url, "carry_out").status_code == 303
        trade.refresh_from_db()
        assert trade.cancelled_at
        again = sends(browser("exchange"), path, "cancellation", **data, reference="r2")
        assert again.status_code == 422

    def test_an_unknown_trade_is_refused_beside_its_field(self, market):
        answer = sends(
            browser("exchange"), "/risk/decide/cancellation", "cancellation", **SAID, trade=999
        )
        assert answer.status_code == 422
        assert "没有编号为 999 的成交" in text(answer)

    def test_orders_of_a_holder_are_withdrawn_and_a_limit_changed(self, market):
        client = browser("exchange")
        for kind, more in (
            ("withdrawal", {"product": "", "holder": "I1"}),
            ("price_limit", {"product": "CQCER", "ratio": "0.10", "from_date": "2023-12-06"}),
        ):
            data = {**SAID, **more, "reference": kind}
            answer = client.post(f"/risk/decide/{kind}", {"form": kind, **data})
            assert answer.status_code == 303, text(answer)
            assert sends(browser("exchange", 2), answer.url, "carry_out").status_code == 303
        assert Intervention.objects.filter(carried_out_at__isnull=False).count() == 2


class TestAlerts:
    def test_one_shows_its_evidence_and_leads_to_the_book(self, market):
        alert = Alert.objects.get(pattern="arranged_pairs")
        seen = browser("exchange").get(f"/risk/alerts/{alert.pk}")
        assert "约定交易" in text(seen)
        assert "/risk/replay/CQEA-2021/2023-12-04?step=1" in seen.content.decode()

    def test_it_is_reviewed_and_dismissed_with_reasons(self, market):
        alert, client = Alert.objects.get(pattern="arranged_pairs"), browser("exchange")
        path = f"/risk/alerts/{alert.pk}"
        assert sends(client, path, "review").status_code == 303
        assert sends(client, path, "dismiss", reason="").status_code == 422
        assert sends(client, path, "dismiss", reason="正常交易").status_code == 303
        assert "已排除" in text(client.get(path))

    def test_the_authority_reads_it_and_decides_nothing(self, market):
        alert = Alert.objects.first()
        path = f"/risk/alerts/{alert.pk}"
        assert "开始核查" not in text(browser("bureau").get(path))
        sends(browser("bureau"), path, "review")
        assert "新预警" in text(browser("bureau").get(path))

    def test_a_day_not_over_is_refused_with_its_article(self, market):
        answer = sends(browser("exchange"), "/risk/alerts", "survey", day="2023-12-05")
        assert answer.status_code == 422
        assert "CQETS-21" in answer.content.decode()

    def test_the_book_is_replayed_step_by_step(self, market):
        client = browser("exchange")
        seen = text(client.get("/risk/replay/CQEA-2021/2023-12-04?step=2"))
        assert "2 / 2" in seen
        assert client.get("/risk/replay/CQEA-2021/2023-12-04?step=x").status_code == 404
        assert client.get("/risk/replay/NONE/2023-12-04").status_code == 404
        assert browser("I1").get("/risk/replay/CQEA-2021/2023-12-04").status_code == 403

    def test_relations_are_recorded_by_exchange_and_bureau(self, market):
        data = {"one": "E001", "other": "I1", "basis": "工商登记"}
        assert sends(browser("exchange"), "/risk/relations", "relate", **data).status_code == 303
        again = sends(browser("bureau"), "/risk/relations", "relate", **data)
        assert (again.status_code, Relation.objects.count()) == (422, 1)
        assert browser("I1").get("/risk/relations").status_code == 403


class TestLargeHolders:
    def test_the_holder_files_and_the_exchange_reads_it(self, market):
        path = f"/large-holders/{LargeHolderReport.objects.get().pk}"
        assert sends(browser("I1"), path, "file", **TEXTS).status_code == 303
        assert "自有资金" in text(browser("bureau").get(path))
        assert sends(browser("exchange"), path, "read").status_code == 303

    def test_another_holder_sees_none_of_it(self, market):
        path = f"/large-holders/{LargeHolderReport.objects.get().pk}"
        assert browser("P1").get(path).status_code == 403
        assert "I1" not in text(browser("P1").get("/large-holders"))
        assert Client().get(path).status_code == 302

    def test_incomplete_it_is_not_taken(self, market):
        path = f"/large-holders/{LargeHolderReport.objects.get().pk}"
        answer = sends(browser("I1"), path, "file", **{**TEXTS, "funds": ""})
        assert answer.status_code == 422


class TestTheWeeklyReport:
    def test_the_exchange_reports_a_week_once_and_the_authority_reads_it(self, market):
        goes_to(at(date(2023, 12, 11)))
        client = browser("exchange")
        for status in (303, 422):
            sent = sends(client, "/risk/reports", "week", start="2023-12-04", remarks="")
            assert sent.status_code == status
        assert RiskReport.objects.count() == 1
        assert "CQEA-2021" in text(browser("bureau").get("/risk/reports"))

    def test_the_authority_reports_none(self, market):
        sends(browser("bureau"), "/risk/reports", "week", start="2023-12-04", remarks="")
        assert not RiskReport.objects.exists()


@pytest.mark.requirement("CQETS-15")
class TestProducts:
    def test_everybody_sees_what_is_listed(self, market):
        assert "CQEA-2021" in text(Client().get("/products"))

    def test_one_decides_and_another_lists(self, market):
        answer = sends(browser("exchange"), "/products", "listing", **ASKED)
        assert answer.status_code == 303
        assert sends(browser("exchange", 2), answer.url, "carry_out").status_code == 303
        assert Product.objects.filter(code="CQEA-2024").exists()

    def test_what_is_no_product_is_refused_with_its_article(self, market):
        asked = {**ASKED, "vintage_year": ""}
        answer = sends(browser("exchange"), "/products", "listing", **asked)
        assert answer.status_code == 422
        assert "CQETS-15" in answer.content.decode()

    def test_nobody_else_decides(self, market):
        sends(browser("I1"), "/products", "listing", **ASKED)
        assert not Listing.objects.exists()
