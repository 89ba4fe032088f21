"""AMB-32: a lock is a record with cause and owner; only unlocked units are available."""

import pytest

from openets.compliance import operations as compliance
from openets.kernel.acting import NotYourRole
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import LockCause, UnitKind
from openets.registry.models import Lock
from openets.registry.operations import NotEnoughUnits
from tests.exchange import TEN, exchange_market, move, register_credits
from tests.markets import CQ

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("AMB-32")]


@pytest.fixture
def market():
    """E001 has 15,000 t of reductions, of which 8,000 t are locked for an offset."""
    market = exchange_market(1)
    compliance.file_offset(
        organisation=market["E001"],
        year=2021,
        offered={register_credits(market, "E001", 15_000): 8_000},
        reference="o1",
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )
    return market


def test_only_what_no_lock_holds_can_be_moved(market):
    with pytest.raises(NotEnoughUnits) as refused:
        move(market, "E001", 7_001, unit=UnitKind.CQCER, vintage=None)
    assert refused.value.numbers["available"] == 7_000
    move(market, "E001", 7_000, unit=UnitKind.CQCER, vintage=None)


def test_each_lock_tells_its_cause_placer_and_article(market):
    told = Lock.objects.order_by("cause").values_list("cause", "owner", "article", "amount_t")
    assert list(told) == [
        ("offset", "key_emitting_entity", "CQ208-A5.4", 8_000),
        ("pre_allocation", "registry_operator", "CQ208-4.2", 70_000),
    ]
    held = {h.lot.kind: h for h in holdings.holdings(market["E001"]) if h.locks}
    assert held["cqcer"].locks == (("offset", 8_000),)
    assert (held["cqcer"].total_t, held["cqcer"].available_t) == (15_000, 7_000)
    assert held["cqcer"].reserved_t == 0


@pytest.mark.parametrize("by", ["E001", "exchange", "platform"])
@pytest.mark.parametrize("cause", [LockCause.OFFSET, LockCause.PRE_ALLOCATION])
def test_neither_holder_nor_operators_lift_what_serves_the_authority(market, by, cause):
    with pytest.raises(NotYourRole):
        registry.release_locked(
            holders=[market["E001"]], cause=cause, acting=market.acts(by), at=TEN
        )
    assert Lock.objects.filter(lifted_at__isnull=True).count() == 2
