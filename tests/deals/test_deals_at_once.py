"""Two who act on the same deal or price at the same moment."""

import pytest

from openets.deals import operations as deals
from openets.trading.models import Trade
from tests.concurrently import at_once
from tests.deals.making import confirms, picks, proposes
from tests.exchange import (
    PRICE,
    TEN,
    must_hold_what_orders_hold,
    open_floor,
    order,
    pay_in,
    trading_market,
)
from tests.markets import CQ

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market():
    return trading_market(2)


def test_of_two_confirmations_at_once_one_trades(market):
    deal = proposes(market)
    assert at_once(lambda: confirms(market, deal), lambda: confirms(market, deal)) == [
        "done",
        "done",
    ]
    assert Trade.objects.count() == 1
    must_hold_what_orders_hold()


def test_of_a_confirmation_and_a_withdrawal_at_once_one_wins(market):
    deal = proposes(market)
    ends = at_once(
        lambda: confirms(market, deal),
        lambda: deals.withdraw(deal=deal, law=CQ, acting=market.acts("E001"), at=TEN),
    )
    assert ends == ["deal_not_open", "done"]
    must_hold_what_orders_hold()


def test_of_two_at_once_for_the_same_units_each_gets_what_is_there(market):
    with open_floor(market) as floor:
        floor.submit([order(market, "E001", "sell", 150, PRICE)], at=TEN)
    pay_in(market, "E002", 1_000_000)
    assert at_once(lambda: picks(market), lambda: picks(market, "E002")) == ["done", "done"]
    assert sum(Trade.objects.values_list("qty", flat=True)) == 150
    must_hold_what_orders_hold()
