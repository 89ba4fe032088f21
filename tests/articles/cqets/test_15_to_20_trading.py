"""CQETS art. 14 to 20: what is traded, how, by whom, within which limits, and what is published."""

from datetime import date

import pytest

from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import yuan
from openets.registry import operations as registry
from openets.registry.kinds import AccountKind, UnitKind
from openets.settlement import operations as settlement
from openets.trading import operations as trading
from openets.trading import queries
from openets.trading.models import Order, Product, Trade
from tests.exchange import (
    DAY,
    PRICE,
    PRODUCT,
    TEN,
    exchange_market,
    move,
    open_floor,
    order,
    pay_in,
    register_credits,
    trading_market,
)
from tests.markets import CQ, ISSUED, small_market

pytestmark = pytest.mark.django_db


def answer(market, *, product=PRODUCT, side="buy", qty=1, price_fen=PRICE, day=DAY, law=CQ):
    with open_floor(market, day=day, law=law) as floor:
        wanted = order(market, "I1", side, qty, price_fen, key=f"{product}/{day}", product=product)
        (given,) = floor.submit([wanted], at=at(day, 10))
    return given.refusal.code if given.refusal else given.state


@pytest.mark.requirement("CQETS-15")
class TestProducts:
    def test_the_listed_ones_are_accepted_and_no_other(self):
        market = trading_market(1)
        assert answer(market, product="CQCER") == "resting"
        assert answer(market, product="CQEA-2022") == "resting"
        assert answer(market, product="CQEA-2018") == "product_not_listed"

    def test_reductions_are_traded_and_delivered_like_allowances(self):
        market = trading_market(1)
        register_credits(market, "P1", 500)
        move(market, "P1", 500, unit=UnitKind.CQCER, vintage=None)
        with open_floor(market) as floor:
            _, bought = floor.submit(
                [
                    order(market, "P1", "sell", 500, PRICE, product="CQCER"),
                    order(market, "I1", "buy", 500, PRICE, product="CQCER"),
                ],
                at=TEN,
            )
        assert bought.state == "filled"

    def test_a_product_added_later_is_accepted_from_its_day(self):
        market = trading_market(1)
        listed = [*CQ.on("trading.products", DAY).items, {"code": "X", "kind": "X"}]
        law = CQ.instead({"trading.products": listed})
        moment = at(date(2024, 7, 1), 8)
        (added,) = trading.list_products(law=law, acting=market.acts("bureau"), at=moment)
        assert (added.code, added.listed_from) == ("X", date(2024, 7, 1))
        assert answer(market, product="X", day=date(2024, 6, 28)) == "product_not_listed"
        assert answer(market, product="X", day=date(2024, 7, 1)) == "resting"

    def test_they_are_listed_once_and_by_exchange_or_bureau(self):
        market = exchange_market(1)
        before = Product.objects.count()
        assert trading.list_products(law=CQ, acting=market.acts("bureau"), at=TEN) == []
        assert Product.objects.count() == before
        with pytest.raises(NotYourRole):
            trading.list_products(law=CQ, acting=market.acts("I1"), at=TEN)


@pytest.mark.requirement("CQETS-17")
class TestOpenBidding:
    def test_a_trade_stores_its_method(self):
        market = trading_market(1)
        with open_floor(market) as floor:
            floor.submit(
                [order(market, "E001", "sell", 5, PRICE), order(market, "I1", "buy", 5, PRICE)],
                at=TEN,
            )
        assert Trade.objects.get().method == "open_bidding"

    def test_where_it_is_not_enabled_orders_are_rejected(self):
        market = trading_market(1)
        law = CQ.instead({"trading.methods": ["negotiated_transfer"]})
        assert answer(market, law=law) == "method_not_enabled"


@pytest.mark.requirement("CQETS-17.2")
@pytest.mark.parametrize(
    ("price_fen", "outcome"),
    [
        (4_320, "resting"),
        (4_321, "price_outside_limit"),
        (2_880, "resting"),
        (2_879, "price_outside_limit"),
    ],
)
def test_the_price_stays_within_the_band_and_what_was_refused_is_kept(price_fen, outcome):
    """A fifth around the reference of 36 yuan."""
    assert answer(trading_market(1), price_fen=price_fen) == outcome
    kept = Order.objects.get()
    assert kept.refusal == ("" if outcome == "resting" else outcome)


@pytest.mark.requirement("CQETS-18", "CQ208-3d", "CQ208-A4.0")
class TestAccounts:
    """An investor opens its accounts one by one; with the last it may trade."""

    def market(self):
        market = small_market(1)
        registrar, exchange = market.acts("registry"), market.acts("exchange")
        registry.open_system_accounts(operator=market["registry"], acting=registrar, at=ISSUED)
        settlement.open_market_accounts(acting=exchange, at=ISSUED)
        trading.list_products(law=CQ, acting=exchange, at=ISSUED)
        return market

    def open(self, market, kind):
        if kind == "cash":
            settlement.open_cash_accounts(
                holders=[market["I1"]], acting=market.acts("exchange"), at=ISSUED
            )
            pay_in(market, "I1", 100)
            return
        operator = "registry" if kind == AccountKind.REGISTRY else "exchange"
        registry.open_accounts(
            holders=[market["I1"]], kind=kind, acting=market.acts(operator), at=ISSUED
        )

    @pytest.mark.parametrize("missing", [AccountKind.REGISTRY, AccountKind.TRADING, "cash"])
    def test_without_one_of_the_three_no_order_is_accepted(self, missing):
        market = self.market()
        for kind in {AccountKind.REGISTRY, AccountKind.TRADING, "cash"} - {missing}:
            self.open(market, kind)
        assert answer(market) == "accounts_missing"
        self.open(market, missing)
        assert answer(market, product="CQEA-2022") == "resting"


@pytest.mark.requirement("CQETS-20")
class TestTheSheet:
    @pytest.fixture(autouse=True)
    def _closed_day(self):
        market = trading_market(1)
        law = CQ.instead({"trading.opening_reference_fen": 3_000})
        with open_floor(market, law=law) as floor:
            for qty, price in ((100, 3_000), (200, 3_300)):
                floor.submit(
                    [
                        order(market, "E001", "sell", qty, price),
                        order(market, "I1", "buy", qty, price),
                    ],
                    at=TEN,
                )
            floor.close_day(at=at(DAY, 15, 5))

    def sheet(self, product=PRODUCT):
        (sheet,) = queries.sheets(Product.objects.get(code=product))
        return sheet

    def test_it_has_volume_turnover_high_and_low(self):
        sheet = self.sheet()
        assert (sheet.volume_t, str(yuan(sheet.turnover_fen))) == (300, "9600.00")
        assert (sheet.high_fen, sheet.low_fen, sheet.open_fen) == (3_300, 3_000, 3_000)
        assert (sheet.trades, sheet.close_fen) == (2, 3_200)

    def test_it_names_no_participant(self):
        told = {field.name for field in self.sheet()._meta.get_fields()}
        assert not told & {"buyer", "seller", "holder", "organisation"}

    def test_a_product_without_trades_keeps_its_reference(self):
        quiet = self.sheet("CQEA-2022")
        assert (quiet.volume_t, quiet.open_fen, quiet.high_fen) == (0, None, None)
        assert quiet.close_fen == quiet.reference_fen == 3_000
