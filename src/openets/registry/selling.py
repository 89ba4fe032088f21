"""Units the government sells out of its reserve or buys back: only units, the money is not here."""

from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.registry import movement
from openets.registry.accounts import (
    NoAccount,
    government,
    locked_account,
    must_be_holder,
    system_account,
)
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.registry.lots import LotOf, locked_row_of, next_batch
from openets.registry.minimum import must_keep_minimum
from openets.registry.models import Lot, RegistryAccount, Transaction
from openets.registry.movement import Movement
from openets.registry.parts import Part, choose
from openets.rulebook.load import Law


@transaction.atomic
def sell_reserve(
    *,
    holder: Organisation,
    amount_t: Tonnes,
    year: int,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Issue units of a year's reserve to the holder that pays for them (有偿发放).

    The reserve is written down and as much is issued with the origin `paid`, of the same year, so
    that no unit is added. Source: CQETS-12, CQETS-13, CQ208-A1.4.2.

    Raises:
        NotYourRole, NotYourAccount, NoAccount, NotAnAmount, ReferenceReused.
        NotEnoughUnits: the reserve is smaller.
    """
    must_be_holder(acting, holder)
    registry = locked_account(holder, AccountKind.REGISTRY)
    reserve = _locked_government(AccountKind.RESERVE, year)
    issued = system_account(AccountKind.ISSUED)
    before = movement.done_before(
        kind="issue_paid", reference=reference, debit=issued, amount_t=amount_t
    )
    if before:
        return before
    order = law.on("registry.lots_consumption", market_date(at)).text
    taken = choose(reserve, amount_t, fits=lambda *_: True, order=order)
    sold = locked_row_of(LotOf(law.jurisdiction, UnitKind.ALLOWANCE, year, Origin.PAID))
    given = (Part(sold, traded=False, amount_t=amount_t),)
    moved = [
        Movement("sell_reserve", reference, reserve, issued, taken),
        Movement("issue_paid", reference, issued, registry, given, batch=next_batch(sold)),
    ]
    return movement.post(moved, acting=acting, at=at)[1]


@transaction.atomic
def buy_back(
    *,
    holder: Organisation,
    amount_t: Tonnes,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Transaction:
    """Move a holder's allowances to the government's account for what it buys back (配额回购).

    Source: CQETS-13.2, CQETS-26.3.

    Raises:
        NotYourRole, NotYourAccount, NoAccount, NotAnAmount, NotEnoughUnits, ReferenceReused.
        BelowMinimumHolding: too little would stay.
    """
    must_be_holder(acting, holder)
    account = locked_account(holder, AccountKind.REGISTRY)
    before = movement.done_before(
        kind="buy_back", reference=reference, debit=account, amount_t=amount_t
    )
    if before:
        return before
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = choose(account, amount_t, fits=_is_allowance, order=order)
    must_keep_minimum(account, parts, law=law, at=at)
    ends = account, _locked_government(AccountKind.BUY_BACK, None)
    moved = Movement("buy_back", reference, *ends, parts)
    return movement.post([moved], acting=acting, at=at)[0]


def _is_allowance(lot: Lot, _: bool) -> bool:
    return lot.kind == UnitKind.ALLOWANCE


def _locked_government(kind: AccountKind, year: int | None) -> RegistryAccount:
    """One of the government's accounts, locked until the transaction ends."""
    found = RegistryAccount.objects.select_for_update(no_key=True)
    account = found.filter(kind=kind, year=year, holder=government()).first()
    if account is None:
        raise NoAccount(holder=government().name, kind=kind.value)
    return account
