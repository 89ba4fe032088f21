"""CQETS art. 4 (4): the market and the financial regulator see trading and move nothing."""

import pytest
from django.test import Client

from openets.kernel.acting import Acting, NotYourRole
from openets.parties import operations as parties
from openets.parties.models import Person
from openets.parties.operations import NewOrganisation
from openets.parties.queries import may
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.kinds import AccountKind
from openets.settlement import operations as settlement
from openets.trading.models import DailySheet, Order, Product
from openets.trading.orders import AccountsMissing, NewOrder
from tests.exchange import DAY, PRICE, PRODUCT, TEN, open_floor, order, trading_market
from tests.markets import CQ, FOUNDED, FOUNDER

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQETS-4.4")]


@pytest.fixture(params=[Role.MARKET_REGULATOR, Role.FINANCIAL_REGULATOR])
def regulator(request):
    new = [NewOrganisation("regulator", "监管部门", request.param)]
    made = parties.register_organisations(new, law=CQ, acting=FOUNDER, at=FOUNDED)["regulator"]
    parties.add_member(
        username="regulator-1",
        display_name="经办",
        organisation=made,
        acting=FOUNDER,
        at=FOUNDED,
    )
    return made


@pytest.fixture
def market():
    return trading_market(1)


@pytest.fixture
def browser(regulator):
    client = Client()
    client.force_login(Person.objects.get(username=f"{regulator.code}-1"))
    return client


def test_the_daily_trade_report_is_shown_to_it(market, browser):
    with open_floor(market) as floor:
        floor.submit([order(market, "E001", "sell", 300, PRICE)], at=TEN)
        floor.submit([order(market, "I1", "buy", 300, PRICE)], at=TEN)
        floor.close_day(at=TEN.replace(hour=16))
    sheet = DailySheet.objects.get(product=Product.objects.get(code=PRODUCT))
    assert (sheet.day, sheet.volume_t, sheet.trades) == (DAY, 300, 1)
    page = browser.get(f"/market/{PRODUCT}")
    assert page.status_code == 200
    for figure in (DAY.isoformat(), "300", f"{PRICE / 100:.2f}"):
        assert figure in page.content.decode()
    (day,) = browser.get(f"/api/market/{PRODUCT}/candles").json()
    assert day[1:] == [PRICE, PRICE, PRICE, PRICE, 300, 300 * PRICE]


def test_its_order_is_refused(market, regulator):
    with open_floor(market) as floor:
        wanted = NewOrder("k1", regulator, PRODUCT, True, 1, PRICE)
        (given,) = floor.submit([wanted], at=TEN)
    assert isinstance(given.refusal, AccountsMissing)
    assert not Order.objects.exclude(state="refused").exists()


@pytest.mark.usefixtures("market")
def test_it_opens_no_account_and_reads_no_orders(regulator):
    acting = Acting("regulator-1", Role(regulator.role), regulator.code)
    holders = [regulator]
    with pytest.raises(NotYourRole):
        registry.open_accounts(holders=holders, kind=AccountKind.TRADING, acting=acting, at=TEN)
    with pytest.raises(NotYourRole):
        settlement.open_cash_accounts(holders=holders, acting=acting, at=TEN)
    assert not may(acting, "orders.read")
