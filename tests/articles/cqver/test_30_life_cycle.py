"""CQVER-30: the systems tell each other promptly, and a unit is followed through its whole life."""

from itertools import pairwise

import pytest

from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, UnitKind
from openets.trading.models import Trade
from tests.exchange import DAY, TEN, exchange_market, move, open_floor, order, pay_in
from tests.exchange import register_credits as registered
from tests.markets import CQ
from tests.reconciliation.days import differences, forge, reconcile

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQVER-30")]

EVENTS = ["register_credits", "move_to_trading", "trade", "move_to_registry"]


@pytest.fixture
def market():
    """E001 has sold its 1,000 t of reductions to I1 on the floor."""
    market = exchange_market(2)
    registered(market, "E001", 1_000)
    pay_in(market, "I1", 100_000)
    to(market, "E001", "trading")
    asked = [
        order(market, code, side, 1_000, 3000, product="CQCER", key=side)
        for code, side in (("E001", "sell"), ("I1", "buy"))
    ]
    with open_floor(market) as floor:
        assert [answer.traded_t for answer in floor.submit(asked, at=TEN)] == [0, 1_000]
    return market


def to(market, code, account):
    move(market, code, 1_000, to=account, unit=UnitKind.CQCER, vintage=None, reference=account)


def held(market, code):
    rows = holdings.holdings(market[code])
    return [(h.account_kind, h.total_t) for h in rows if h.lot.kind == UnitKind.CQCER]


def cancel(market, tonnes):
    return registry.cancel_voluntarily(
        holder=market["I1"],
        amount_t=Tonnes(tonnes),
        unit=UnitKind.CQCER,
        vintage_year=None,
        beneficiary="",
        reason="公益",
        code="A" * 16,
        reference="v1",
        law=CQ,
        acting=market.acts("I1"),
        at=TEN,
    )


def lot():
    return holdings.lots_with_serials().get()


def test_once_a_trade_is_settled_both_systems_show_the_new_holder(market):
    assert held(market, "E001") == []
    assert held(market, "I1") == [(AccountKind.TRADING, 1_000)]
    (trade,) = Trade.objects.all()
    assert (trade.buyer, trade.qty) == (market["I1"], 1_000)
    (block,) = holdings.lying(lot(), (1, 1_000))
    assert block.position.account.number == "trading-I1"


@pytest.mark.parametrize(
    ("serial", "events"),
    [
        (1, [*EVENTS, "voluntary_cancellation"]),
        (400, [*EVENTS, "voluntary_cancellation"]),
        (401, EVENTS),
        (1_000, EVENTS),
    ],
)
def test_the_history_of_each_serial_is_told_from_issue_to_cancellation(market, serial, events):
    to(market, "I1", "registry")
    cancel(market, 400)
    told = holdings.history(lot(), (serial, serial))
    assert [event.event for event in told] == events
    assert {(event.first, event.last, event.amount_t) for event in told} == {(serial, serial, 1)}
    ends = [(event.debit.number if event.debit else None, event.credit.number) for event in told]
    assert ends[0] == (None, "registry-E001")
    assert all(before[1] == after[0] for before, after in pairwise(ends))
    assert all(event.article and event.at == TEN for event in told)


def test_who_asks_for_others_is_told_their_own_part_only(market):
    told = holdings.history(lot(), (1, 1_000), holders={market["I1"].pk})
    assert [event.event for event in told] == ["trade"]
    assert holdings.history(lot(), (1, 1_000), holders={market["E002"].pk}) == []


def test_serials_nobody_has_have_no_history():
    exchange_market(1)
    assert list(holdings.lots_with_serials()) == []


@pytest.mark.parametrize(
    ("lost", "found"),
    [
        ("delete from ledger_transfer where key = 'trade/1/units/0'", ("trade_units", "trade/1")),
        ("delete from trading_trade where id = 1", ("leg_without_trade", "trade/1/units/0")),
    ],
)
def test_a_lost_message_is_found_by_reconciliation(market, lost, found):
    with open_floor(market) as floor:
        floor.close_day(at=at(DAY, 15, 5))
    reconcile(market, DAY)
    assert differences(DAY) == []
    forge(lost)
    reconcile(market, DAY)
    assert found in [(row.kind, row.subject) for row in differences(DAY)]
