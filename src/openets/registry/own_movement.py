"""A holder's units move between its own accounts (划转)."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.registry import movement
from openets.registry.accounts import locked_accounts, must_be_holder
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, UnitKind
from openets.registry.linking import must_be_linked
from openets.registry.lots import chosen
from openets.registry.minimum import must_keep_minimum
from openets.registry.models import Lot, Transaction
from openets.registry.movement import Movement
from openets.registry.parts import choose, positions_of
from openets.rulebook.load import Law


@transaction.atomic
def move_between_own(
    *,
    holder: Organisation,
    kind: str,
    amount_t: Tonnes,
    unit: UnitKind,
    vintage_year: int | None,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
    lots: Collection[str] = (),
) -> Transaction:
    """Move a holder's units between its registry and its trading account (划转).

    `kind` is move_to_trading or move_to_registry; `reference` is the holder's own; `lots` are the
    codes of those it chooses. The accounts are locked first, so that two movements at once cannot
    both pass the holding rule. Source: CQ208-A4.2.6, CQETS-26.3, AMB-30.

    Raises:
        NotYourAccount, NotYourRole, NoAccount, NotLinked, NoSuchLot, NotAnAmount, NotEnoughUnits,
        BelowMinimumHolding, AccountRestricted, ReferenceReused.
    """
    assert kind in {"move_to_trading", "move_to_registry"}, "the kind of an own movement"
    must_be_holder(acting, holder)
    ends = locked_accounts(holder, [AccountKind.REGISTRY, AccountKind.TRADING])
    must_be_linked(*ends)
    debit, credit = ends if kind == "move_to_trading" else reversed(ends)
    own = f"{holder.code}/{reference}"
    found = Lot.objects.filter(kind=unit)
    if vintage_year is not None:
        found = found.filter(vintage_year=vintage_year)
    named = chosen(found, lots) if lots else None
    before = movement.done_before(
        kind=kind,
        reference=own,
        debit=debit,
        amount_t=amount_t,
        lots=found if named is None else found.filter(pk__in=named),
    )
    if before:
        return before

    def is_named(lot: Lot, _: bool) -> bool:
        if named is not None:
            return lot.pk in named
        return lot.kind == unit and vintage_year in {None, lot.vintage_year}

    positions = positions_of(debit, credit)
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = choose(debit, amount_t, fits=is_named, order=order, positions=positions)
    if TRANSACTION_KINDS[kind].holding_rule and unit == UnitKind.ALLOWANCE:
        must_keep_minimum(debit, parts, positions=positions, law=law, at=at)
    moved = Movement(kind, own, debit, credit, parts)
    return movement.post_new(moved, positions=positions, acting=acting, at=at)
