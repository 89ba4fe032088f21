"""Serial blocks: they split as units move, and say which serial lies where."""

from collections import defaultdict

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from openets.compliance import operations as compliance
from openets.doors.checks import check_registry
from openets.doors.live import database
from openets.journal.chain import Difference
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.basis import Basis, Ground
from openets.registry.blocks import Blocks
from openets.registry.kinds import AccountKind, UnitKind
from openets.registry.models import Lot, SerialBlock, SerialMove
from tests.exchange import (
    TEN,
    exchange_market,
    move,
    open_floor,
    order,
    pay_in,
    register_credits,
)
from tests.markets import CQ

LOT = "CQ/cqcer/2021/credited/wind-city/1-1000"
LAST = 60
"""The highest serial of the drawn lots."""


@st.composite
def moves(draw):
    """A few accounts, and moves of no more than the first of the two has."""
    held, found = {1: LAST}, []
    for _ in range(draw(st.integers(0, 12))):
        source = draw(st.sampled_from(sorted(held)))
        target = draw(st.sampled_from(sorted({1, 2, 3, 4, 5} - {source})))
        amount = draw(st.integers(1, held[source]))
        held[source] -= amount
        held[target] = held.get(target, 0) + amount
        held = {number: tonnes for number, tonnes in held.items() if tonnes}
        found.append((source, target, amount))
    return found


@given(moves())
def test_blocks_lead_where_moving_each_serial_by_itself_leads(drawn) -> None:
    blocks = Blocks([SerialBlock(lot_id=1, first=1, last=LAST, position_id=1)])
    owner = dict.fromkeys(range(1, LAST + 1), 1)
    for source, target, amount in drawn:
        mine = [serial for serial, account in owner.items() if account == source][:amount]
        owner |= dict.fromkeys(mine, target)
        runs = list(blocks.move(source, target, amount))
        assert [s for first, last in runs for s in range(first, last + 1)] == mine
    found = {serial: block.position_id for block in blocks for serial in serials(block)}
    assert found == owner
    assert sum(len(serials(block)) for block in blocks) == LAST


@given(moves(), st.lists(st.tuples(st.integers(1, LAST), st.integers(0, 9)), max_size=4))
def test_serials_asked_for_go_first_and_then_the_lowest(drawn, wanted) -> None:
    asked = [(first, first + length) for first, length in wanted]
    blocks = Blocks([SerialBlock(lot_id=1, first=1, last=LAST, position_id=1)])
    owner = dict.fromkeys(range(1, LAST + 1), 1)
    for source, target, amount in drawn:
        mine = [serial for serial, account in owner.items() if account == source]
        before = [s for first, last in asked for s in range(first, last + 1) if s in mine]
        order = list(dict.fromkeys([*before, *mine]))[:amount]
        owner |= dict.fromkeys(order, target)
        runs = list(blocks.move(source, target, amount, first_of=asked))
        assert [s for first, last in runs for s in range(first, last + 1)] == order
    assert {s: block.position_id for block in blocks for s in serials(block)} == owner


def serials(block):
    return range(block.first, block.last + 1)


@pytest.fixture
def market(db):
    """E001 has 1,000 t of reductions, I1 has money."""
    market = exchange_market(2)
    register_credits(market, "E001", 1_000)
    pay_in(market, "I1", 100_000)
    return market


def where():
    """Runs of serials by the number of the account they lie on and whether they were traded."""
    found = defaultdict(list)
    for block in SerialBlock.objects.select_related("position__account"):
        key = block.position.account.number + ("*" if block.position.traded else "")
        found[key].append((block.first, block.last))
    return dict(found)


def to_trading(market, tonnes, reference="m1", to="trading"):
    move(market, "E001", tonnes, to=to, unit=UnitKind.CQCER, vintage=None, reference=reference)


def sell(market, tonnes, n=1):
    sides = (("E001", "sell"), ("I1", "buy"))
    asked = [
        order(market, code, side, tonnes, 3000, product="CQCER", key=f"{side}{n}")
        for code, side in sides
    ]
    with open_floor(market) as floor:
        return floor.submit(asked, at=TEN)


def apply(market, tonnes, reference="o1"):
    return compliance.file_offset(
        organisation=market["E001"],
        year=2021,
        offered={Lot.objects.get(code=LOT): tonnes},
        reference=reference,
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )


def decide(market, application, **how):
    compliance.forward_offset(application=application, acting=market.acts("platform"), at=TEN)
    compliance.decide_offset(
        application=application,
        reasons="符合规定",
        law=CQ,
        acting=market.acts("bureau", 2),
        at=TEN,
        **how,
    )


def test_registered_reductions_are_one_block_of_all_their_serials(market):
    assert where() == {"registry-E001": [(1, 1_000)]}
    assert [m.key for m in SerialMove.objects.all()] == [f"register_credits/E001/{LOT}/0"]


def test_a_block_splits_when_a_part_moves_the_lowest_first_and_back(market):
    to_trading(market, 300)
    assert where() == {"trading-E001": [(1, 300)], "registry-E001": [(301, 1_000)]}
    to_trading(market, 100, "back", to="registry")
    assert where() == {
        "trading-E001": [(101, 300)],
        "registry-E001": [(1, 100), (301, 1_000)],
    }


@pytest.mark.requirement("CQETS-22")
def test_a_trade_takes_its_serials_with_it(market):
    to_trading(market, 300)
    assert [answer.traded_t for answer in sell(market, 120)] == [0, 120]
    assert where() == {
        "trading-I1*": [(1, 120)],
        "trading-E001": [(121, 300)],
        "registry-E001": [(301, 1_000)],
    }
    traded = SerialMove.objects.last()
    assert (traded.key, traded.first, traded.last) == ("trade/1/units/0", 1, 120)


def test_trades_in_allowances_leave_no_trace_in_the_serials(market):
    move(market, "E001", 100)
    moves_before = SerialMove.objects.count()
    with open_floor(market) as floor:
        floor.submit([order(market, "E001", "sell", 100, 4000)], at=TEN)
        floor.submit([order(market, "I1", "buy", 100, 4000)], at=TEN)
    assert SerialMove.objects.count() == moves_before


def test_a_lock_marks_tonnes_and_moves_no_serials(market):
    apply(market, 400)
    assert where() == {"registry-E001": [(1, 1_000)]}


@pytest.mark.requirement("CQ208-A6.3", "CQVER-29")
@pytest.mark.parametrize("part", [None, 250])
def test_the_serials_of_a_confirmed_offset_are_cancelled_and_known(market, part):
    decide(market, apply(market, 400), confirm=True, part_t=part)
    cancelled = part or 400
    assert where() == {
        "cancelled-registry": [(1, cancelled)],
        "registry-E001": [(cancelled + 1, 1_000)],
    }
    assert holdings.serials_of(["offset/o1/0"]) == {"offset/o1/0": [(1, cancelled)]}


def cancel(market, tonnes, n):
    return registry.cancel_voluntarily(
        holder=market["E001"],
        amount_t=tonnes,
        unit=UnitKind.CQCER,
        vintage_year=None,
        beneficiary="",
        reason="公益",
        code="A" * 15 + "BC"[n],
        reference=f"v{n}",
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
        lots=[LOT],
    )


@pytest.mark.requirement("CQETS-5.2b")
def test_what_is_undone_brings_its_own_serials_back(market):
    cancel(market, 100, 0)
    second = cancel(market, 50, 1)
    filed = registry.file_opposite(
        kind="correction",
        undone=second.transaction,
        amount_t=20,
        ground=Ground(Basis.ERROR, "差错更正单 7 号"),
        reference="u1",
        law=CQ,
        acting=market.acts("registry"),
        at=TEN,
    )
    registry.approve(filing=filed, law=CQ, acting=market.acts("bureau"), at=TEN)
    assert where() == {
        "cancelled-registry": [(1, 100), (121, 150)],
        "registry-E001": [(101, 120), (151, 1_000)],
    }
    assert verified()["serial_blocks"] == 4


def test_a_rejected_offset_leaves_the_serials_where_they_are(market):
    decide(market, apply(market, 400), confirm=False)
    assert where() == {"registry-E001": [(1, 1_000)]}


def test_a_move_that_is_refused_moves_no_serials(market):
    with pytest.raises(registry.NotEnoughUnits):
        to_trading(market, 1_001)
    assert where() == {"registry-E001": [(1, 1_000)]}


@pytest.mark.requirement("CQ208-A6.3")
@pytest.mark.parametrize(("first", "last"), [(1, 1), (1_000, 1_000), (400, 500), (-5, 2_000)])
def test_the_database_keeps_no_serial_twice(market, first, last):
    block = SerialBlock.objects.get()
    with pytest.raises(IntegrityError, match="serial_once"), transaction.atomic():
        SerialBlock.objects.create(lot=block.lot, position=block.position, first=first, last=last)


def test_the_same_serials_of_another_lot_are_others(market):
    register_credits(market, "E001", 1_000, project_type="solar")
    assert SerialBlock.objects.count() == 2


def verified():
    with database() as source:
        return check_registry(source)["registry"]


def swap():
    """Let two positions change their blocks, so that only the history tells."""
    kinds = (AccountKind.TRADING, AccountKind.REGISTRY)
    one, other = (SerialBlock.objects.filter(position__account__kind=k).first() for k in kinds)
    one.position, other.position = other.position, one.position
    one.save(), other.save()


class TestVerify:
    @pytest.fixture
    def moved(self, market):
        to_trading(market, 300)
        sell(market, 120)
        decide(market, apply(market, 50), confirm=True)
        return market

    @pytest.mark.usefixtures("moved")
    def test_counts_the_blocks(self):
        assert verified()["serial_blocks"] == 4

    @pytest.mark.parametrize(
        "change",
        [
            lambda: SerialBlock.objects.filter(first=1).update(last=119),
            lambda: SerialBlock.objects.filter(first=1).delete(),
            lambda: SerialMove.objects.filter(key__startswith="trade").delete(),
            lambda: SerialMove.objects.filter(key__startswith="trade").update(last=121),
            swap,
        ],
    )
    @pytest.mark.usefixtures("moved")
    def test_names_what_was_tampered_with(self, change):
        change()
        with pytest.raises(Difference, match=r"serial|transfer"):
            verified()
