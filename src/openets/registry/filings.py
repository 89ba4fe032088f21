"""Transactions that need a second person: filed, approved and executed, or ended otherwise.

The units are chosen and locked when a transaction is filed, so that an approved one cannot fail for
lack of units (AMB-32: nobody but its case lifts that lock).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.clocks import last_day
from openets.casework.models import Case
from openets.casework.operations import NewCase
from openets.casework.procedure import Due
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.registry import locks, movement
from openets.registry.accounts import accounts_of, locked_account, system_account
from openets.registry.basis import Ground, must_be_grounded
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, LockCause, UnitKind
from openets.registry.lots import chosen
from openets.registry.minimum import must_keep_minimum, remember_free
from openets.registry.models import Filing, Lot, RegistryAccount, Transaction
from openets.registry.movement import Movement, ReferenceReused, UndoneBefore
from openets.registry.parts import Part, choose, opposite
from openets.registry.procedures import REGISTRY_TRANSACTION
from openets.rulebook.load import Law

_ENDS = {
    "compulsory_cancellation": AccountKind.CANCELLED,
    "withdraw": AccountKind.WITHDRAWN,
}
"""Where units taken from a holder go, by the kind of movement."""


class SameHolder(Refusal):
    """Units change hands between two holders."""

    code = "same_holder"
    article = "CQETS-22"
    zh = "转出方和接收方同为 {holder}"
    en = "{holder} is both the sender and the receiver"
    remedy_zh = "本单位账户之间请办理划转"
    remedy_en = "Move units between own accounts instead"


class NotYourFiling(Refusal):
    """Whoever filed a transaction withdraws it."""

    code = "not_your_filing"
    article = "CQETS-5.4b"
    zh = "{subject} 由 {filer} 申报，{organisation} 不能撤回"
    en = "{subject} was filed by {filer}; {organisation} cannot withdraw it"
    remedy_zh = "请由申报单位撤回"
    remedy_en = "Let whoever filed it withdraw it"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a holder that a filing asks for: so many tonnes of a unit, of one vintage or any.

    `lot_codes` are of those that are to be taken; without any it is first in, first out (AMB-30).
    """

    holder: Organisation
    amount_t: Tonnes
    unit: UnitKind
    vintage_year: int | None = None
    account: AccountKind = AccountKind.REGISTRY
    lot_codes: Collection[str] = ()

    def lots(self) -> list[Lot]:
        """The lots that are meant.

        Raises:
            NoSuchLot.
        """
        found = Lot.objects.filter(kind=self.unit)
        if self.vintage_year is not None:
            found = found.filter(vintage_year=self.vintage_year)
        meant = chosen(found, self.lot_codes)
        return [lot for lot in found if lot.pk in meant]


@transaction.atomic
def file_transfer(
    *,
    wanted: Wanted,
    receiver: Organisation,
    ground: Ground,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Filing:
    """File a transfer to another holder that is no trade (非交易过户), by a legal basis only.

    The units keep their traded flag. Source: CQETS-17, CQETS-22, CQETS-26.3, AMB-30.

    Raises:
        NotYourRole, SaleGoesThroughTheExchange, BasisMissing, SameHolder, NoAccount, NotAnAmount,
        NotEnoughUnits, BelowMinimumHolding, ReferenceReused.
    """
    _must_file("transfer", ground, acting)
    if receiver == wanted.holder:
        raise SameHolder(holder=receiver.name)
    credit = accounts_of([receiver], AccountKind.REGISTRY)[receiver.pk]
    return _file_taking("transfer", wanted, credit, ground, reference, law, acting, at)


@transaction.atomic
def file_taking(
    *,
    kind: str,
    wanted: Wanted,
    ground: Ground,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Filing:
    """File a compulsory cancellation (强制注销) or a withdrawal (收回) of a holder's units.

    `kind` is compulsory_cancellation, of reductions, or withdraw, of allowances.
    Source: CQVER-39, CQETS-14, AMB-62.

    Raises:
        NotYourRole, SaleGoesThroughTheExchange, BasisMissing, NoAccount, KindForbids, NotAnAmount,
        NotEnoughUnits, ReferenceReused.
    """
    _must_file(kind, ground, acting)
    return _file_taking(
        kind, wanted, system_account(_ENDS[kind]), ground, reference, law, acting, at
    )


@transaction.atomic
def file_opposite(
    *,
    kind: str,
    undone: Transaction,
    amount_t: Tonnes,
    ground: Ground,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Filing:
    """File a reversal (冲正) or a correction (差错更正): the opposite entry of one transaction.

    Both entries remain. In part or whole, once, while the receiver still has the units.
    Source: CQETS-5.2b.

    Raises:
        NotYourRole, SaleGoesThroughTheExchange, BasisMissing, CannotBeUndone, UndoneBefore,
        NotAnAmount, MoreThanMoved, NotEnoughUnits, ReferenceReused.
    """
    _must_file(kind, ground, acting)
    parties.lock_organisations([undone.credit.holder, undone.debit.holder])
    rows = Transaction.objects.select_related("debit__holder", "credit__holder")
    undone = rows.select_for_update(of=("self",), no_key=True).get(pk=undone.pk)
    ends = undone.credit, undone.debit
    before = _filed_before(kind, reference, ends, amount_t, ground, undone)
    if before:
        return before
    movement.must_not_be_undone(undone, kind)
    _must_not_be_filed(undone)
    parts = opposite(undone, amount_t)
    return _file(Movement(kind, reference, *ends, parts, undone), ground, law, acting, at)


@transaction.atomic
def approve(*, filing: Filing, law: Law, acting: Acting, at: datetime) -> Filing:
    """Approve a filed transaction (批准); it is executed at once, or when its delay is over.

    Source: CQETS-5.4b.

    Raises:
        NotYourRole, WrongState.
        SamePerson: who filed it does not approve it.
        RecordHandedOn: an issue is undone whose free quantity went to a successor.
        UnknownYear: the delay runs beyond the known calendar.
    """
    kind = TRANSACTION_KINDS[filing.kind]
    is_delayed = law.on(kind.delay, market_date(at)).whole > 0
    casework.move_cases(
        *(REGISTRY_TRANSACTION, "approve", [filing.subject]),
        acting=acting,
        at=at,
        due_date=_after(kind.delay, kind.article, law, at) if is_delayed else None,
    )
    return filing if is_delayed else _execute(filing, acting, at)


@transaction.atomic
def reject(*, filing: Filing, why: str, acting: Acting, at: datetime) -> None:
    """Do not approve a filed transaction (不予批准); its units are free again.

    Raises:
        NotYourRole, ReasonsMissing, WrongState, SamePerson.
    """
    _end(filing, "reject", acting, at, note=why)


@transaction.atomic
def withdraw_filing(*, filing: Filing, acting: Acting, at: datetime) -> None:
    """Take a filed transaction back (撤回); its units are free again.

    Raises:
        NotYourRole, WrongState.
        NotYourFiling: another office filed it.
    """
    if acting.organisation != filing.organisation:
        raise NotYourFiling(
            subject=filing.subject, filer=filing.organisation, organisation=acting.organisation
        )
    _end(filing, "withdraw", acting, at)


@transaction.atomic
def execute_due(*, acting: Acting, at: datetime) -> list[Filing]:
    """Execute the approved transactions whose delay is over.

    Raises:
        NotYourRole.
    """
    today = market_date(at)
    return [
        _execute(filing, acting, at)
        for filing in _standing(
            "approved", lambda case: case.due_date is None or case.due_date <= today
        )
    ]


@transaction.atomic
def expire_filed(*, acting: Acting, at: datetime) -> list[Filing]:
    """Let the filed transactions expire that nobody decided in time (逾期失效).

    Raises:
        NotYourRole.
    """
    today = market_date(at)
    late = _standing("filed", lambda case: case.due_date is not None and case.due_date < today)
    for filing in late:
        _end(filing, "expire", acting, at)
    return late


def _must_file(kind: str, ground: Ground, acting: Acting) -> None:
    row = TRANSACTION_KINDS[kind]
    acting.must_be(*row.roles, article=row.article)
    must_be_grounded(ground)


def _file_taking(
    kind: str,
    wanted: Wanted,
    credit: RegistryAccount,
    ground: Ground,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Filing:
    # The holder first and its account then, as whoever surrenders does.
    parties.lock_organisations([wanted.holder])
    debit, lots = locked_account(wanted.holder, wanted.account), wanted.lots()
    before = _filed_before(kind, reference, (debit, credit), wanted.amount_t, ground, None)
    if before:
        if not {part[0] for part in before.parts} <= {lot.code for lot in lots}:
            now = wanted.amount_t
            raise ReferenceReused(reference=before.subject, before=before.amount_t, now=now)
        return before
    named = {lot.pk for lot in lots}
    order = law.on("registry.lots_consumption", market_date(at)).text
    parts = choose(debit, wanted.amount_t, fits=lambda lot, _: lot.pk in named, order=order)
    if TRANSACTION_KINDS[kind].holding_rule and wanted.unit == UnitKind.ALLOWANCE:
        must_keep_minimum(debit, parts, law=law, at=at)
    return _file(Movement(kind, reference, debit, credit, parts), ground, law, acting, at)


def _file(moved: Movement, ground: Ground, law: Law, acting: Acting, at: datetime) -> Filing:
    kind = TRANSACTION_KINDS[moved.kind]
    movement.must_fit(moved, acting=acting, at=at)
    filing = Filing.objects.create(
        kind=moved.kind,
        reference=moved.reference,
        debit=moved.debit,
        credit=moved.credit,
        amount_t=moved.amount_t,
        parts=moved.parts_as_json(),
        basis=ground.basis,
        document=ground.document.strip(),
        reason=ground.reason.strip(),
        filed_at=at,
        person=acting.person,
        organisation=acting.organisation,
        undoes=moved.undoes,
    )
    due_date = _after("registry.approval_days", kind.article, law, at)
    new = NewCase(filing.subject, _whose(moved), market_date(at).year, due_date)
    casework.open_cases(REGISTRY_TRANSACTION, [new], acting=acting, at=at, article=kind.article)
    wanted = [(moved.debit, moved.parts, filing.subject)]
    locks.place(wanted, LockCause.TRANSACTION, kind.article, acting, at)
    return filing


def _filed_before(
    kind: str,
    reference: str,
    ends: tuple[RegistryAccount, RegistryAccount],
    amount_t: Tonnes,
    ground: Ground,
    undone: Transaction | None,
) -> Filing | None:
    before = Filing.objects.filter(kind=kind, reference=reference).first()
    if before is None:
        return None
    found = (before.debit_id, before.credit_id, before.amount_t, before.basis, before.undoes_id)
    asked = (ends[0].pk, ends[1].pk, amount_t, ground.basis, undone.pk if undone else None)
    if found != asked:
        raise ReferenceReused(reference=before.subject, before=before.amount_t, now=amount_t)
    return before


def _must_not_be_filed(undone: Transaction) -> None:
    filings = {filing.subject: filing for filing in Filing.objects.filter(undoes=undone)}
    for subject, state in cases.states(REGISTRY_TRANSACTION, list(filings)).items():
        if not REGISTRY_TRANSACTION.states[state].final:
            raise UndoneBefore(transaction=undone.key, by=subject)


def _whose(moved: Movement) -> Organisation:
    """Whose case it is: of whoever loses the units, or gets them back from the market's account."""
    is_own = moved.debit.kind in {AccountKind.REGISTRY, AccountKind.TRADING}
    return (moved.debit if is_own else moved.credit).holder


def _execute(filing: Filing, acting: Acting, at: datetime) -> Filing:
    casework.move_cases(REGISTRY_TRANSACTION, "execute", [filing.subject], acting=acting, at=at)
    parts = _lift(filing, acting, at)
    moved = Movement(
        filing.kind, filing.reference, filing.debit, filing.credit, parts, filing.undoes
    )
    (filing.transaction,) = movement.post([moved], acting=acting, at=at)
    filing.save(update_fields=["transaction"])
    if filing.undoes and filing.undoes.kind == "issue":
        _forget_free(filing.debit, parts)
    return filing


def _forget_free(account: RegistryAccount, parts: Sequence[Part]) -> None:
    free: dict[tuple[int, int], int] = {}
    for part in parts:
        key = (account.pk, part.lot.vintage_year)
        free[key] = free.get(key, 0) - part.amount_t
    remember_free(free)


def _end(filing: Filing, move: str, acting: Acting, at: datetime, note: str = "") -> None:
    subjects = [filing.subject]
    casework.move_cases(REGISTRY_TRANSACTION, move, subjects, acting=acting, at=at, note=note)
    _lift(filing, acting, at)


def _lift(filing: Filing, acting: Acting, at: datetime) -> tuple[Part, ...]:
    return locks.lift(
        filing.debit,
        Tonnes(filing.amount_t),
        LockCause.TRANSACTION,
        acting,
        at,
        reference=filing.subject,
    )


def _after(days: str, article: str, law: Law, at: datetime) -> date:
    """The last of the working days of a card, counted from now."""
    known = cases.calendar(law.jurisdiction)
    return last_day(Due(days, article), start=market_date(at), law=law, calendar=known)


def _standing(state: str, is_meant: Callable[[Case], bool]) -> list[Filing]:
    """The filings that stand in a state and are meant, the oldest first."""
    found = Case.objects.filter(procedure=REGISTRY_TRANSACTION.name, state=state).order_by("id")
    subjects = [case.subject for case in found if is_meant(case)]
    filings = Filing.objects.filter(
        kind__in={subject.partition("/")[0] for subject in subjects},
        reference__in={subject.partition("/")[2] for subject in subjects},
    ).select_related("debit__holder", "credit__holder", "undoes")
    by_subject = {filing.subject: filing for filing in filings}
    return [by_subject[subject] for subject in subjects]
