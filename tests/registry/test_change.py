"""Units that follow a merger or division: all of them, with flags, locks and the record."""

from datetime import date

import pytest

from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause, Origin, UnitKind
from openets.registry.models import FreeAllocation, Lot
from openets.registry.operations import LotOf, Portion
from tests.exchange import PRICE, TEN, held_t, move, open_floor, order, trading_market
from tests.markets import CQ, issued_market
from tests.registry.checked import must_verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    """E001 holds 100,000 t of 2021, 1,000 t of it for trading, and a frozen pre-allocation."""
    market = issued_market(3)
    move(market, "E001", 1_000)
    return market


def frozen(market):
    """Tonnes of frozen pre-allocation, by entity."""
    cause = LockCause.PRE_ALLOCATION
    return {e.code: holdings.locked_t(e, cause) for e in market.entities}


def portions(market, *shares):
    return [Portion(market[code], "allowance", year, t) for code, year, t in shares]


def all_to(market, code):
    held = {}
    for holding in holdings.holdings(market["E001"]):
        year = holding.lot.vintage_year
        held[year] = held.get(year, 0) + holding.total_t
    return portions(market, *((code, year, t) for year, t in held.items()))


def change(market, shares, *, heir="E002", by="registry"):
    registry.move_for_change(
        predecessor=market["E001"],
        portions=shares,
        heir=market[heir],
        reference="E001/1",
        acting=market.acts(by),
        at=TEN,
    )


@pytest.mark.requirement("CQETS-14.2")
def test_a_merger_moves_both_accounts_and_leaves_nothing(market):
    before = {kind: held_t(market, "E002", kind).get(2021, 0) for kind in ("registry", "trading")}
    change(market, all_to(market, "E002"))
    assert holdings.holdings(market["E001"]) == []
    after = {kind: held_t(market, "E002", kind).get(2021, 0) for kind in ("registry", "trading")}
    assert after == {"registry": before["registry"] + 99_000, "trading": before["trading"] + 1_000}
    must_verify()


@pytest.mark.requirement("AMB-30")
def test_a_merger_is_no_trade_so_the_flag_stays_as_it_was(market):
    registry.carry_over(
        holder=market["E001"],
        amount_t=5,
        lot=LotOf("cq", UnitKind.ALLOWANCE, 2019, Origin.PAID),
        acting=market.acts("registry"),
        at=TEN,
    )
    change(market, all_to(market, "E002"))
    flags = {(h.lot.vintage_year, h.traded) for h in holdings.holdings(market["E002"])}
    assert flags == {(2019, True), (2021, False), (2022, False), (2023, False)}


def test_a_lock_goes_with_its_units_and_can_be_lifted_there(market):
    before = frozen(market)
    change(market, all_to(market, "E002"))
    both = before["E001"] + before["E002"]
    assert frozen(market) == before | {"E001": 0, "E002": both}
    assert held_t(market, "E002")[2023] == 0
    registry.release_locked(
        holders=[market["E002"]],
        cause=LockCause.PRE_ALLOCATION,
        acting=market.acts("bureau"),
        at=TEN,
    )
    assert held_t(market, "E002")[2023] == both
    must_verify()


@pytest.mark.requirement("CQETS-14.2")
def test_a_division_shares_exactly_and_splits_a_lock(market):
    before = {code: held_t(market, code).get(2021, 0) for code in ("E002", "E003")}
    locked = frozen(market)
    change(
        market,
        portions(
            market,
            *(("E002", 2021, 60_000), ("E003", 2021, 40_000)),
            *(("E002", 2023, 10_001), ("E003", 2023, 9_999)),
        ),
    )
    everywhere = {
        code: held_t(market, code)[2021] + held_t(market, code, AccountKind.TRADING).get(2021, 0)
        for code in ("E002", "E003")
    }
    assert everywhere == {"E002": before["E002"] + 60_000, "E003": before["E003"] + 40_000}
    assert frozen(market) == {
        "E001": locked["E001"] - 20_000,
        "E002": locked["E002"] + 10_001,
        "E003": locked["E003"] + 9_999,
    }
    must_verify()


@pytest.mark.requirement("AMB-27")
def test_the_record_of_the_holding_rule_goes_to_whoever_owes_the_duty(market):
    def free():
        rows = FreeAllocation.objects.filter(year=2021).order_by("account__holder__code")
        return {r.account.holder.code: (r.free_t, r.surrendered_t) for r in rows}

    registry.surrender(
        holder=market["E001"],
        year=2021,
        amount_t=300,
        reference="s1",
        fits=lambda *_: True,
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )
    before = free()
    change(market, all_to(market, "E002"))
    after = free()
    assert after["E001"] == (0, 0)
    assert after["E002"] == (before["E002"][0] + 100_000, 300)
    assert after["E003"] == before["E003"]
    must_verify()


def test_a_year_taken_over_is_open_again(market):
    end = {"holders": [market["E002"]], "year": 2021, "acting": market.acts("bureau")}
    registry.end_minimum_holding(**end, at=TEN)
    change(market, all_to(market, "E002"))
    assert (
        FreeAllocation.objects.get(account__holder=market["E002"], year=2021).fulfilled_at is None
    )
    must_verify()
    registry.end_minimum_holding(**end, at=at(date(2023, 12, 5)))
    must_verify()


def test_units_in_open_orders_stop_the_change():
    market = trading_market(3)
    with open_floor(market) as floor:
        floor.submit([order(market, "E001", "sell", 10, PRICE)], at=TEN)
        with pytest.raises(registry.UnitsInOrders):
            change(market, all_to(market, "E002"))


def test_units_kept_for_something_undecided_stop_the_change(market):
    registry.lock_units(
        holder=market["E001"],
        amount_t=10,
        lots=list(Lot.objects.filter(vintage_year=2021)),
        cause=LockCause.OFFSET,
        reference="o1",
        article="CQ208-A5.4",
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )
    with pytest.raises(registry.UnitsAwaitDecision) as no:
        change(market, all_to(market, "E002"))
    assert no.value.numbers["locked"] == 10
    assert held_t(market, "E001")[2021] == 98_990


@pytest.mark.parametrize("tonnes", [100_001, 1_000_000])
def test_more_than_is_held_does_not_move(market, tonnes):
    with pytest.raises(registry.NotEnoughUnits):
        change(market, portions(market, ("E002", 2021, tonnes)))
    assert held_t(market, "E001")[2021] == 99_000


@pytest.mark.parametrize("by", ["E001", "bureau", "exchange"])
def test_only_the_registry_operator_moves_units_for_a_change(market, by):
    with pytest.raises(NotYourRole):
        change(market, all_to(market, "E002"), by=by)


def test_a_successor_without_accounts_opens_them_first(market):
    with pytest.raises(registry.NoAccount):
        change(market, all_to(market, "V1"), heir="V1")


def test_what_a_predecessor_surrendered_is_not_returned_once_it_counts_for_the_successor(market):
    surrendered = registry.surrender(
        holder=market["E001"],
        year=2021,
        amount_t=300,
        reference="s1",
        fits=lambda *_: True,
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )
    change(market, all_to(market, "E002"))
    with pytest.raises(registry.RecordHandedOn):
        registry.return_surrendered(
            surrendered=surrendered,
            year=2021,
            amount_t=1,
            reference="review",
            acting=market.acts("bureau"),
            at=TEN,
        )
