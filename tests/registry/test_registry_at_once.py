"""Two writers at once are the normal case: of n requests for the same units one succeeds."""

import threading
from functools import partial

import pytest

from openets.compliance import operations as compliance
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause
from openets.registry.models import FreeAllocation
from openets.settlement import operations as settlement
from openets.trading.floor import FloorTaken
from tests.concurrently import at_once
from tests.exchange import (
    TEN,
    exchange_market,
    held_t,
    move,
    open_floor,
    pay_in,
    register_credits,
    trading_market,
)
from tests.markets import CQ

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("CQETS-5.4b")]


def surrender(market, tonnes, reference, year=2021):
    return compliance.surrender(
        organisation=market["E001"],
        year=year,
        amount_t=tonnes,
        reference=reference,
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )


def test_the_same_move_sent_by_four_at_once_moves_once():
    market = exchange_market(1)
    assert at_once(*[partial(move, market, "E001", 40_000)] * 4) == ["done"] * 4
    assert held_t(market, "E001", AccountKind.TRADING) == {2021: 40_000}


def test_two_moves_at_once_cannot_both_pass_the_holding_rule():
    market = exchange_market(1)
    requests = [
        partial(move, market, "E001", 60_000, vintage=vintage, reference=str(vintage))
        for vintage in (2021, 2022)
    ]
    assert at_once(*requests) == ["below_minimum_holding", "done"]


def test_the_same_surrender_sent_by_four_at_once_counts_once():
    market = exchange_market(1)
    assert at_once(*[partial(surrender, market, 60_000, "s1")] * 4) == ["done"] * 4
    assert held_t(market, "E001")[2021] == 40_000
    assert FreeAllocation.objects.get(year=2021).surrendered_t == 60_000


def test_surrenders_at_once_never_exceed_the_duty():
    market = exchange_market(1)
    requests = [partial(surrender, market, 60_000, f"s{n}") for n in range(3)]
    assert at_once(*requests) == ["above_obligation", "above_obligation", "done"]


def test_a_surrender_and_a_move_of_the_same_units_are_one_after_the_other():
    market = exchange_market(1)
    surrender(market, 100_000, "all", year=2022)
    answers = at_once(
        partial(surrender, market, 100_000, "s1"), partial(move, market, "E001", 20_000)
    )
    assert answers in (
        ["done", "not_enough_units"],  # Whoever is first takes them.
        ["below_minimum_holding", "done"],
    )
    assert all(lot.holds for lot in holdings.conservation())


def test_two_offsets_at_once_never_offer_the_same_serials():
    market = exchange_market(1)
    lot = register_credits(market, "E001", 6_000)

    def file(reference):
        compliance.file_offset(
            organisation=market["E001"],
            year=2021,
            offered={lot: 5_000},
            reference=reference,
            law=CQ,
            acting=market.acts("E001"),
            at=TEN,
        )

    answers = at_once(partial(file, "o1"), partial(file, "o2"))
    assert answers[1] == "done"
    assert holdings.locked_t(market["E001"], LockCause.OFFSET) == 5_000


def test_the_same_deposit_booked_by_four_at_once_is_money_once():
    market = exchange_market(1)
    assert at_once(*[partial(pay_in, market, "I1", 100)] * 4) == ["done"] * 4
    withdrawal = partial(
        settlement.withdraw,
        holder=market["I1"],
        amount_fen=6_000,
        acting=market.acts("bank"),
        at=TEN,
    )
    answers = at_once(*(partial(withdrawal, reference=f"w{n}") for n in range(3)))
    assert answers == ["done", "not_enough_money", "not_enough_money"]


def test_two_floors_for_one_market_are_one_and_a_standby():
    market = trading_market(1)

    everybody_tried = threading.Barrier(2)

    def take_the_floor():
        try:
            with open_floor(market):
                everybody_tried.wait(10)
        except FloorTaken:
            everybody_tried.wait(10)
            raise

    assert at_once(take_the_floor, take_the_floor) == ["done", "floor_taken"]
    with open_floor(market) as standby:
        assert standby.submit([], at=TEN) == []
