"""Buy-back: both bureaux agree, the budget lasts, units and money change hands together."""

from datetime import timedelta

import pytest

from openets.casework.operations import SamePerson, WrongState
from openets.doors.checks import check_registry, check_settlement, check_treasury
from openets.doors.live import database
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.registry import queries as holdings
from openets.registry.accounts import NotYourAccount
from openets.registry.kinds import AccountKind
from openets.registry.minimum import BelowMinimumHolding
from openets.registry.parts import NotEnoughUnits
from openets.settlement import queries as money
from openets.treasury import operations as treasury
from openets.treasury import queries
from tests.concurrently import at_once
from tests.exchange import TEN, pay_in
from tests.markets import FOUNDER
from tests.treasury.offers import (
    LAST,
    agreed,
    applied,
    government_t,
    opened,
    pays,
    planned,
    sells,
    treasury_market,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return treasury_market()


@pytest.mark.requirement("CQETS-13.2")
def test_agreed_by_both_bureaux_it_pays_and_the_government_holds_the_units(market):
    buy_back = agreed(market, "bureau", "finance", buy_back=planned(market))
    sells(market, buy_back, 10_000)
    assert government_t(AccountKind.BUY_BACK) == 10_000
    assert money.cash(market["E003"]).available_fen == 30_000_000
    assert money.conservation().holds
    assert all(lot.holds for lot in holdings.conservation())
    ((bought),) = queries.buy_backs()
    assert bought.bought_t == 10_000


@pytest.mark.requirement("CQETS-13.2")
@pytest.mark.parametrize("bodies", [(), ("bureau",), ("finance",)])
def test_with_less_than_both_it_cannot_start(market, bodies):
    buy_back = agreed(market, *bodies, buy_back=planned(market))
    with pytest.raises(treasury.NotInForce):
        sells(market, buy_back, 1)


def test_the_order_of_the_two_is_free_but_neither_counts_twice(market):
    buy_back = agreed(market, "finance", "bureau", buy_back=planned(market))
    assert queries.buy_backs()[0].state == "open"
    with pytest.raises(WrongState):
        agreed(market, "finance", buy_back=buy_back)
    other = planned(market, reference="b2")
    with pytest.raises(WrongState):
        agreed(market, "finance", "finance", buy_back=other)


def test_who_drew_it_up_does_not_approve_it_and_others_cannot(market):
    buy_back = planned(market)
    with pytest.raises(SamePerson):
        treasury.approve_buy_back(buy_back=buy_back, acting=FOUNDER, at=TEN)
    for code in ("E001", "registry", "exchange"):
        with pytest.raises(NotYourRole):
            treasury.approve_buy_back(buy_back=buy_back, acting=market.acts(code), at=TEN)
    with pytest.raises(NotYourRole):
        planned(market, reference="b2", acting=market.acts("finance"))


def test_a_refused_one_is_over(market):
    buy_back = planned(market)
    treasury.refuse_buy_back(
        buy_back=buy_back, reasons="预算不足", acting=market.acts("finance"), at=TEN
    )
    with pytest.raises(WrongState):
        agreed(market, "bureau", buy_back=buy_back)


def test_the_budget_covers_the_whole_quantity(market):
    with pytest.raises(treasury.OverBudget) as refusal:
        planned(market, 10_000, 3_000, budget_fen=29_999_999)
    assert refusal.value.numbers["needed"] == 30_000_000


def test_no_more_is_bought_than_wanted_and_none_after_the_last_day(market):
    buy_back = agreed(market, "bureau", "finance", buy_back=planned(market, 1_000))
    sells(market, buy_back, 999)
    with pytest.raises(treasury.MoreThanWanted):
        sells(market, buy_back, 2, reference="r2")
    with pytest.raises(treasury.BuyBackStillOpen):
        treasury.close_buy_back(buy_back=buy_back, acting=FOUNDER, at=at(LAST, 23))
    after = at(LAST + timedelta(days=1))
    with pytest.raises(treasury.NotInForce):
        sells(market, buy_back, 1, reference="r2", moment=after)
    treasury.close_buy_back(buy_back=buy_back, acting=market.acts("clock"), at=after)
    assert queries.buy_backs()[0].state == "closed"


def test_a_holder_sells_its_own_within_what_it_must_keep(market):
    buy_back = agreed(market, "bureau", "finance", buy_back=planned(market, 10_000_000, 1))
    with pytest.raises(NotYourAccount):
        sells(market, buy_back, 1, acting=market.acts("E002"))
    with pytest.raises(NotEnoughUnits):
        sells(market, buy_back, 5_000_000)
    with pytest.raises(BelowMinimumHolding):
        sells(market, buy_back, 120_000, code="E001", reference="r3")
    with pytest.raises(treasury.NotAnOffer):
        sells(market, buy_back, 0)


def test_the_same_sale_twice_is_one_and_other_words_are_refused(market):
    buy_back = agreed(market, "bureau", "finance", buy_back=planned(market))
    assert sells(market, buy_back, 100) == sells(market, buy_back, 100)
    with pytest.raises(treasury.ReferenceUsed):
        sells(market, buy_back, 101)
    assert money.cash(market["E003"]).available_fen == 300_000


@pytest.mark.django_db(transaction=True)
def test_holders_who_sell_at_once_share_no_tonne_of_what_is_wanted(transactional_db):
    market = treasury_market()
    buy_back = agreed(market, "bureau", "finance", buy_back=planned(market, 1_000))
    answers = at_once(
        *[
            lambda n=n: sells(market, buy_back, 600, code=f"E00{1 + n % 3}", reference=f"r{n}")
            for n in range(4)
        ]
    )
    assert answers == ["done", *["more_than_wanted"] * 3]
    assert government_t(AccountKind.BUY_BACK) == 600


@pytest.mark.django_db(transaction=True)
def test_the_two_consents_at_once_open_it(transactional_db):
    market = treasury_market(2)
    buy_back = planned(market)
    assert at_once(
        lambda: agreed(market, "bureau", buy_back=buy_back),
        lambda: agreed(market, "finance", buy_back=buy_back),
    ) == ["done", "done"]
    assert queries.buy_backs()[0].state == "open"


def test_the_market_verifies_after_a_sale_and_a_buy_back(market):
    row = applied(market, amount_t=2_000)
    opened(market, {row: Tonnes(2_000)}, 2_000)
    pay_in(market, "E002", 70_000)
    pays(market, row)
    sells(market, agreed(market, "bureau", "finance", buy_back=planned(market)), 100)
    with database() as source:
        summary = check_treasury(source) | check_registry(source) | check_settlement(source)
    assert summary["treasury"] == {
        "sold_t": 2_000,
        "sold_fen": 7_000_000,
        "bought_back_t": 100,
        "bought_back_fen": 300_000,
        "paid_over_fen": 0,
    }
    assert summary["settlement"]["fees_and_proceeds_fen"] == 7_000_000
