"""Listing a product: decided by one person of the exchange, carried out by another."""

from datetime import date

import pytest

from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.casework.queries import inbox
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry.operations import DocumentMissing
from openets.trading import operations as trading
from openets.trading.models import Listing, Product
from tests.concurrently import at_once
from tests.exchange import DAY, PRICE, TEN, open_floor, order
from tests.exchange import trading_market as build
from tests.markets import CQ

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQETS-15", "CQVER-23")]

NEXT_DAY = date(2023, 12, 5)


@pytest.fixture
def market(db):
    return build(1)


def decide(market, *, code="CQEA-2024", unit="allowance", vintage=2024, who="exchange", **given):
    return trading.decide_listing(
        code=code,
        unit=unit,
        vintage_year=vintage,
        from_date=given.pop("from_date", NEXT_DAY),
        decision=given.pop("decision", "挂牌1号"),
        law=CQ,
        acting=market.acts(who),
        at=TEN,
    )


def test_its_orders_are_taken_from_its_day(market):
    second = market.acts("exchange", 2)
    product = trading.carry_out_listing(listing=decide(market), acting=second, at=TEN)
    assert product.listed_from == NEXT_DAY
    for day, outcome in ((DAY, "product_not_listed"), (NEXT_DAY, None)):
        with open_floor(market, day=day) as floor:
            asked = order(market, "I1", "buy", 1, PRICE, product="CQEA-2024", key=str(day))
            (answer,) = floor.submit([asked], at=at(day, 10))
        assert (answer.refusal.code if answer.refusal else None) == outcome


def test_bureau_and_registry_are_told(market):
    listing = decide(market)
    trading.carry_out_listing(listing=listing, acting=market.acts("exchange", 2), at=TEN)
    for code in ("bureau", "registry"):
        assert inbox(market[code]).filter(case__procedure="product_listing").exists()


def test_it_takes_two_people_of_the_exchange(market):
    listing = decide(market)
    with pytest.raises(SamePerson):
        trading.carry_out_listing(listing=listing, acting=market.acts("exchange"), at=TEN)
    with pytest.raises(NotYourRole):
        trading.carry_out_listing(listing=listing, acting=market.acts("bureau", 2), at=TEN)
    with pytest.raises(NotYourRole):
        decide(market, who="I1")


@pytest.mark.parametrize(
    "given",
    [
        {"unit": "power", "vintage": None},
        {"vintage": None},
        {"unit": "cqcer", "vintage": 2024},
        {"code": ""},
        {"code": "配额"},
        {"code": "X" * 21},
    ],
)
def test_what_is_no_kind_of_unit_or_lacks_its_vintage_is_no_product(market, given):
    with pytest.raises(trading.NotAProduct):
        decide(market, **given)


@pytest.mark.parametrize(
    "given",
    [
        {"code": "CQEA-2023"},
        {"code": "CQEA-2023B", "vintage": 2023},
        {"unit": "ccer", "vintage": None},
    ],
)
def test_a_code_or_the_same_units_are_listed_once(market, given):
    with pytest.raises(trading.ProductListed):
        decide(market, **given)


def test_it_begins_on_a_later_day_when_decided_and_when_carried_out(market):
    with pytest.raises(trading.ListedFromALaterDay):
        decide(market, from_date=DAY)
    listing = decide(market)
    with pytest.raises(trading.ListedFromALaterDay):
        trading.carry_out_listing(
            listing=listing, acting=market.acts("exchange", 2), at=at(NEXT_DAY)
        )


def test_it_rests_on_a_decision(market):
    with pytest.raises(DocumentMissing):
        decide(market, decision=" ")


def test_the_same_decision_again_is_the_earlier_and_another_is_refused(market):
    assert decide(market) == decide(market)
    assert Listing.objects.count() == 1
    with pytest.raises(trading.ProductListed):
        decide(market, decision="挂牌2号")


def test_it_may_be_declined_with_reasons(market):
    listing, second = decide(market), market.acts("exchange", 2)
    with pytest.raises(ReasonsMissing):
        trading.decline_listing(listing=listing, reasons="", acting=second, at=TEN)
    trading.decline_listing(listing=listing, reasons="暂缓", acting=second, at=TEN)
    with pytest.raises(WrongState):
        trading.carry_out_listing(listing=listing, acting=second, at=TEN)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_list_it_once():
    market = build(1)
    listing = decide(market)

    def carry_out():
        trading.carry_out_listing(listing=listing, acting=market.acts("exchange", 2), at=TEN)

    assert at_once(carry_out, carry_out) == ["done", "wrong_state"]
    assert Product.objects.filter(code="CQEA-2024").count() == 1
