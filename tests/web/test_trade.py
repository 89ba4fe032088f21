"""The screen of a trader without scripts: what it shows, and what its forms send to the floor."""

import re

import pytest
from django.db import connection
from django.test import Client

from openets.gateway.clock import WallClock
from openets.gateway.running import Running
from openets.kernel.clock import at
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.trading.models import Order
from openets.web.orders import asking
from tests.web.market import LAW, PRODUCT, TODAY, acts
from tests.web.people import browser, sends, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]

SCREEN = f"/market/trade/{PRODUCT}"


@pytest.fixture
def floor(monkeypatch):
    """A floor of this process, to which the page's orders go."""
    running = Running(law=LAW, clock=WallClock(lambda: at(TODAY, 11, 15)))
    assert running.take_lock()
    monkeypatch.setattr(asking, "caller", lambda: Here(running))
    yield
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_unlock_all()")


class Here:
    """The line to a floor that needs none."""

    def __init__(self, running):
        self.running = running

    def ask(self, request):
        (reply,) = self.running.step([request]).replies
        return reply


def order(client, **changed):
    data = {"side": "buy", "kind": "limit", "price": "37.80", "qty": "10", "tif": "day"} | changed
    return sends(client, SCREEN, "order", **data)


def open_of(code):
    holder = Organisation.objects.get(code=code)
    return list(Order.objects.filter(holder=holder, state="resting").order_by("id"))


def test_whoever_is_not_signed_in_is_led_to_it_and_other_roles_are_refused(client):
    assert "/sign-in" in client.get(SCREEN)["Location"]
    for code in ("registry", "bank", "bureau"):
        assert browser(code).get(SCREEN).status_code == 403
        assert browser(code).get(f"{SCREEN}/mine").status_code == 403


def test_a_participant_finds_quotes_limits_cash_and_its_own_orders(client):
    page = text(browser("T1").get(SCREEN))
    for figure in ("29.60", "44.40", "37.50", "最小变动 0.01"):
        assert figure in page
    assert "可用资金" in page
    assert "撤单" in page
    assert "38.00" in page


def test_everybody_sees_only_their_own_orders_and_holdings():
    own = text(browser("T1").get(f"{SCREEN}/mine"))
    other = text(browser("E002").get(f"{SCREEN}/mine"))
    numbers = {one.pk for one in open_of("T1")}
    assert numbers
    assert all(f" {number} " in own and f" {number} " not in other for number in numbers)
    assert "持有（吨）" in other
    assert "18,800" in other, "20,000 moved in, 1,200 sold"


def test_units_bought_today_are_told_and_not_offered_to_sell():
    page = browser("T1").get(SCREEN).content.decode()
    assert "今日买入" in page
    assert 'data-sellable="1000"' in page, "two days of 500; today's 200 may not be sold"


def test_the_exchange_watches_and_has_no_ticket():
    page = browser("exchange").get(SCREEN)
    assert "只观察行情" in text(page)
    assert b"data-ticket" not in page.content
    assert browser("exchange").get(f"{SCREEN}/mine").status_code == 404


def test_without_accounts_the_screen_says_what_is_missing():
    parties.register_organisations(
        [NewOrganisation("T2", "新投资机构", Role.INVESTOR)],
        law=LAW,
        acting=acts("bureau"),
        at=at(TODAY),
    )
    page = browser("T2").get(SCREEN)
    assert "绑定资金账户" in text(page)
    assert "CQ208-3d" in text(page)
    assert b"data-ticket" not in page.content


def test_the_address_without_a_product_leads_to_the_most_traded():
    assert browser("T1").get("/market/trade")["Location"] == SCREEN
    assert browser("T1").get("/market/trade/GOLD").status_code == 404


@pytest.mark.requirement("CQETS-17")
def test_an_order_from_the_form_rests_on_the_floor_and_is_told(floor):
    client = browser("T1")
    answer = order(client)
    assert answer.status_code == 303
    (placed,) = [one for one in open_of("T1") if one.key == "r1"]
    assert (placed.price_fen, placed.qty, placed.buy, placed.tif) == (3780, 10, True, "day")
    assert f"申报 {placed.pk} 未成交" in text(client.get(answer["Location"]))


def test_a_market_order_has_no_price(floor):
    order(browser("T1"), kind="market", price="99", tif="ioc")
    placed = Order.objects.get(key="r1")
    assert (placed.price_fen, placed.state) == (None, "filled")


def test_the_same_form_sent_twice_is_one_order(floor):
    client = browser("T1")
    order(client)
    assert order(client).status_code == 303
    assert Order.objects.filter(key="r1").count() == 1


@pytest.mark.parametrize(
    ("changed", "article", "said"),
    [
        ({"price": "50"}, "CQETS-17.2", "超出涨跌幅限制"),
        ({"qty": "200000"}, "CQETS-17.2", "可用资金"),
        ({"side": "sell", "qty": "1001"}, "CQETS-17.2", "当日买入"),
    ],
)
def test_a_refused_order_shows_its_article_and_keeps_the_input(floor, changed, article, said):
    answer = order(browser("T1"), **changed)
    assert answer.status_code == 422
    page = text(answer)
    assert said in page
    assert article in page
    sent = {"price": "37.80", "qty": "10"} | changed
    assert f'value="{sent["qty"]}"' in answer.content.decode()


def test_a_refused_order_is_corrected_and_sent_again_as_another(floor):
    client = browser("T1")
    refused = order(client, price="50").content.decode()
    (reference,) = re.findall(r'name="reference" value="([0-9a-f]{32})"', refused)
    assert order(client, reference=reference).status_code == 303
    assert [one.state for one in Order.objects.filter(key__in=["r1", reference])] == [
        "refused",
        "resting",
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"price": ""}, "限价申报须填写价格"),
        ({"price": "1.005"}, ""),
        ({"qty": "1.5"}, ""),
        ({"qty": "-1"}, ""),
        ({"tif": "forever"}, ""),
        ({"side": ""}, ""),
    ],
)
def test_what_is_no_order_never_reaches_the_floor(floor, changed, said):
    before = Order.objects.count()
    answer = order(browser("T1"), **changed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert Order.objects.count() == before


@pytest.mark.requirement("CQETS-17")
def test_one_withdraws_ones_own_order_and_nobody_elses(floor):
    mine, client = open_of("T1")[0], browser("T1")
    theirs = open_of("E002")[0]
    answer = sends(client, SCREEN, "withdraw", order=str(mine.pk))
    assert answer.status_code == 303
    mine.refresh_from_db()
    assert mine.state == "withdrawn"
    answer = sends(client, SCREEN, "withdraw", order=str(theirs.pk))
    assert answer.status_code == 422
    assert "没有可撤的申报" in text(answer)
    theirs.refresh_from_db()
    assert theirs.state == "resting"


@pytest.mark.requirement("CQETS-17")
def test_one_changes_ones_own_order_without_scripts(floor):
    before, client = open_of("T1")[0], browser("T1")
    offered = client.get(f"{SCREEN}?change={before.pk}")
    assert f"改单 {before.pk}" in text(offered)
    page = offered.content.decode()
    assert f'value="{before.pk}"' in page
    assert f'value="{before.remaining}"' in page
    for _ in range(2):
        answer = order(client, replaces=str(before.pk), price="36.90", qty="7")
        assert answer.status_code == 303
    before.refresh_from_db()
    assert before.state == "withdrawn"
    (placed,) = Order.objects.filter(key="r1")
    assert (placed.price_fen, placed.qty, placed.state) == (3690, 7, "resting")


def test_an_order_that_is_not_ones_own_is_not_offered_for_a_change(floor):
    theirs = open_of("E002")[0]
    client = browser("T1")
    for number in (theirs.pk, 999_999, "x", ""):
        assert b"data-replacing" not in client.get(f"{SCREEN}?change={number}").content
    answer = order(client, replaces=str(theirs.pk), price="36.90", qty="7")
    assert answer.status_code == 422
    assert "没有可撤的申报" in text(answer)


def test_without_a_floor_the_page_says_so_and_keeps_the_input(settings, monkeypatch):
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.2)
    settings.FLOORS = ["unix:/nowhere"]
    asking.caller.cache_clear()
    answer = order(browser("T1"))
    asking.caller.cache_clear()
    assert answer.status_code == 422
    assert "暂无撮合服务应答" in text(answer)
    assert "不会重复成交" in text(answer)
    assert "CQETS-5.4b" in text(answer)
    assert 'value="37.80"' in answer.content.decode()
    assert 'value="r1"' in answer.content.decode(), "sent again, it is the same order"


def test_a_form_of_somebody_who_only_watches_does_nothing(floor):
    before = Order.objects.count()
    assert order(browser("exchange")).status_code in {200, 422}
    assert Order.objects.count() == before
    assert order(Client()).status_code == 302
