"""40,000 t asked for by n at once out of 51,000 t: exactly one gets them, however they are asked."""

from functools import partial

import pytest
from django.db import transaction

from openets.compliance import operations as compliance
from openets.kernel.quantity import Tonnes
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from tests.concurrently import at_once
from tests.exchange import (
    PRICE,
    TEN,
    exchange_market,
    held_t,
    move,
    must_be_sound,
    open_floor,
    order,
    trading_market,
)
from tests.markets import CQ
from tests.served import MOVES, headers_of, served
from tests.web.test_cases import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("CQETS-5.4b")]

CROWDS = (2, 4, 8, 32)
LEFT, WANTED = 51_000, 40_000
ISSUED = 100_000
ROUNDS = 3
JITTER_SECONDS = 0.01


def exactly_one(answers, refusals):
    assert answers.count("done") == 1, answers
    assert set(answers) <= {"done", *refusals}


def surrender(market, reference):
    registry.surrender(
        holder=market["E001"],
        year=2021,
        amount_t=Tonnes(WANTED),
        reference=reference,
        fits=lambda lot, _: lot.vintage_year == 2021,
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )


@pytest.mark.parametrize("crowd", CROWDS)
def test_moves(crowd):
    market = exchange_market(1)
    move(market, "E001", ISSUED - LEFT)
    for attempt in range(ROUNDS):
        asked = [
            partial(move, market, "E001", WANTED, reference=f"{attempt}/{n}") for n in range(crowd)
        ]
        exactly_one(at_once(*asked, jitter_seconds=JITTER_SECONDS), {"not_enough_units"})
        assert held_t(market, "E001")[2021] == LEFT - WANTED
        move(market, "E001", WANTED, to="registry", reference=f"{attempt}/back")
    assert all(lot.holds for lot in holdings.conservation())


@pytest.mark.parametrize("crowd", CROWDS)
def test_surrenders_against_moves(crowd):
    market = exchange_market(1)
    move(market, "E001", ISSUED - LEFT)
    asked = [
        partial(surrender, market, f"s{n}")
        if n % 2
        else partial(move, market, "E001", WANTED, reference=f"m{n}")
        for n in range(crowd)
    ]
    exactly_one(at_once(*asked, jitter_seconds=JITTER_SECONDS), {"not_enough_units"})
    assert held_t(market, "E001")[2021] == LEFT - WANTED
    assert all(lot.holds for lot in holdings.conservation())


@pytest.mark.parametrize("crowd", CROWDS)
def test_orders_against_moves_back(crowd):
    market = trading_market(1)
    move(market, "E001", LEFT - 50_000, reference="rest")

    def sell():
        with open_floor(market) as floor:
            answers = [
                floor.submit([order(market, "E001", "sell", WANTED, PRICE, key=f"o{n}")], at=TEN)[0]
                for n in range(crowd // 2)
            ]
        sold.extend(answer.refusal.code if answer.refusal else "done" for answer in answers)

    sold = []
    back = [
        partial(move, market, "E001", WANTED, to="registry", reference=f"b{n}")
        for n in range(crowd - crowd // 2)
    ]
    moved = at_once(sell, *back, jitter_seconds=JITTER_SECONDS)
    moved.remove("done")  # The thread in which the floor ran.
    assert len(moved + sold) == crowd
    exactly_one(moved + sold, {"not_enough_units", "not_enough_to_sell"})
    assert held_t(market, "E001", AccountKind.TRADING)[2021] == LEFT - WANTED


def test_moves_over_http():
    market = exchange_market(1)
    move(market, "E001", ISSUED - LEFT)
    headers = headers_of(signed_in(market, "E001"))
    body = {"to": "trading", "unit": "allowance", "vintage_year": 2021, "amount_t": WANTED}
    with served() as running:
        for crowd in CROWDS:
            answers = []

            def ask(reference, answers=answers):
                status, said = running.post(MOVES, body | {"reference": reference}, headers)
                answers.append("done" if status == 200 else said["code"])

            at_once(*[partial(ask, f"{crowd}/{n}") for n in range(crowd)])
            assert len(answers) == crowd
            exactly_one(answers, {"not_enough_units"})
            assert held_t(market, "E001")[2021] == LEFT - WANTED
            move(market, "E001", WANTED, to="registry", reference=f"{crowd}/back")


@pytest.mark.parametrize("crowd", CROWDS)
def test_surrenders_moves_and_orders_against_each_other(crowd, capsys):
    """Units in the trading account are sold there, and surrendered or moved on from it."""
    market = trading_market(1)
    move(market, "E001", LEFT - 50_000, reference="rest")

    def sell(keys):
        with open_floor(market) as floor:
            for key in keys:
                asked = order(market, "E001", "sell", WANTED, PRICE, key=key)
                answer = floor.submit([asked], at=TEN)[0]
                told.append(answer.refusal.code if answer.refusal else "done")

    def take_back_and_surrender(number):
        # One transaction: whoever surrenders what lies in the trading account brings it back first.
        with transaction.atomic():
            move(market, "E001", WANTED, to="registry", reference=f"s{number}")
            compliance.surrender(
                organisation=market["E001"],
                year=2021,
                amount_t=Tonnes(WANTED),
                reference=f"s{number}",
                law=CQ,
                acting=market.acts("E001"),
                at=TEN,
            )

    told = []
    ways = ["sell", "surrender", "move"]
    asked = [ways[n % 3] for n in range(crowd)]
    requests = [partial(sell, [f"o{n}" for n, way in enumerate(asked) if way == "sell"])]
    for n, way in enumerate(asked):
        if way == "surrender":
            requests.append(partial(take_back_and_surrender, n))
        elif way == "move":
            requests.append(partial(move, market, "E001", WANTED, to="registry", reference=f"m{n}"))
    answers = at_once(*requests, jitter_seconds=JITTER_SECONDS)
    answers.remove("done")  # The thread in which the floor ran.
    assert len(answers + told) == crowd
    exactly_one(answers + told, {"not_enough_units", "not_enough_to_sell"})
    assert held_t(market, "E001", AccountKind.TRADING)[2021] == LEFT - WANTED
    must_be_sound(capsys)
