"""Post movements of units: the one way from the table of kinds to the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import operations as ledger
from openets.ledger import queries as ledger_queries
from openets.ledger.posting import Transfer
from openets.registry import blocks
from openets.registry.kinds import (
    TRANSACTION_KINDS,
    AccountKind,
    TransactionKind,
)
from openets.registry.models import Lot, Position, RegistryAccount, Transaction
from openets.registry.names import position_code
from openets.registry.parts import NotAnAmount, Part
from openets.registry.standing import AccountClosed, must_be_usable
from openets.select import Select

_OF_LOTS = Select(Position, "account_id = any(%s) and lot_id = any(%s)")
_DONE = Select(Transaction, "kind = %s and reference = %s")

_STAY_OPEN = """
select number, closed_at from registry_registryaccount where id = any(%s) order by id
for key share"""


class KindForbids(Refusal):
    """The kind of movement does not join these accounts or units."""

    code = "kind_forbids"
    zh = "“{kind_zh}”不得从{debit}转到{credit}（单位种类 {unit}）"
    en = "“{kind_en}” may not move {unit} from {debit} to {credit}"
    remedy_zh = "请选择正确的业务种类和账户"
    remedy_en = "Choose the right kind of movement and accounts"


class CannotBeUndone(Refusal):
    """The kind of movement has no opposite of this kind."""

    code = "cannot_be_undone"
    article = "CQETS-5.2b"
    zh = "“{done_zh}”不能办理“{kind_zh}”"
    en = "“{kind_en}” is not for “{done_en}”"
    remedy_zh = "可反向登记的业务种类见业务种类表"
    remedy_en = "See the table of kinds for what can be undone, and by which kind"


class UndoneBefore(Refusal):
    """A movement is undone once."""

    code = "undone_before"
    article = "CQETS-5.2b"
    zh = "{transaction} 已由 {by} 反向登记，不能再次办理"
    en = "{transaction} was undone by {by} and cannot be undone again"
    remedy_zh = "一笔业务只能反向登记一次；请查看原反向登记"
    remedy_en = "A movement is undone once; look at the earlier opposite entry"


class ReferenceReused(Refusal):
    """The same reference was used for another movement."""

    code = "reference_reused"
    article = "CQ208-A1.4"
    zh = "{reference} 已办理 {before} 吨，不能再按 {now} 吨办理"
    en = "{reference} was done with {before} t and cannot be done again with {now} t"
    remedy_zh = "如需变更，请使用新的业务编号或办理冲正"
    remedy_en = "Use a new reference, or reverse the earlier movement"


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of a kind between two accounts; `reference` makes it happen once."""

    kind: str
    reference: str
    debit: RegistryAccount
    credit: RegistryAccount
    parts: tuple[Part, ...]
    undoes: Transaction | None = None
    """What it is the opposite entry of."""
    batch: int | None = None
    """Of an issue of allowances: which one of its lot (发放批次)."""

    @property
    def amount_t(self) -> Tonnes:
        """All its parts together."""
        return Tonnes(sum(part.amount_t for part in self.parts))

    def parts_as_json(self) -> list[list[str | bool | int]]:
        """What moves, as remembered and journalled: lot, whether ever traded, tonnes."""
        return [[part.lot.code, part.traded, part.amount_t] for part in self.parts]


def must_not_be_undone(undone: Transaction, kind: str) -> None:
    """Refuse to undo what this kind is not the opposite of, or what was undone before.

    Raises:
        CannotBeUndone, UndoneBefore.
    """
    opposite_kind, done = TRANSACTION_KINDS[kind], TRANSACTION_KINDS[undone.kind]
    if undone.kind not in opposite_kind.undoes:
        raise CannotBeUndone(
            article=opposite_kind.article,
            kind_zh=opposite_kind.zh,
            kind_en=opposite_kind.en,
            done_zh=done.zh,
            done_en=done.en,
        )
    before = Transaction.objects.filter(undoes=undone).first()
    if before:
        raise UndoneBefore(transaction=undone.key, by=before.key)


def done_before(
    *,
    kind: str,
    reference: str,
    debit: RegistryAccount,
    amount_t: Tonnes,
    lots: Iterable[Lot] | None = None,
) -> Transaction | None:
    """The movement that was asked for before in the same words, or None.

    Asked before its units are chosen: the second choice would be another one. `lots` are those
    the asker named.

    Raises:
        ReferenceReused: the reference stands for other units, another amount or account.
    """
    before = _DONE.first(kind, reference)
    if before is None:
        return None
    named = None if lots is None else {lot.code for lot in lots}
    is_same_lot = named is None or {part[0] for part in before.parts} <= named
    if before.debit_id != debit.pk or before.amount_t != amount_t or not is_same_lot:
        raise ReferenceReused(reference=before.key, before=before.amount_t, now=amount_t)
    return before


def post(movements: Sequence[Movement], *, acting: Acting, at: datetime) -> list[Transaction]:
    """Post movements, all or none; one already done alike is returned as it was.

    Raises:
        NotYourRole, KindForbids, AccountClosed, AccountRestricted, ReferenceReused, NotAnAmount,
        and what the ledger refuses.
    """
    for movement in movements:
        _must_fit(movement, acting, at)
    done = _already_done(movements)
    fresh = [m for m in movements if (m.kind, m.reference) not in done]
    if fresh:
        done |= _post_fresh(fresh, (), acting, at)
    return [done[m.kind, m.reference] for m in movements]


def post_new(
    movement: Movement, *, positions: Iterable[Position] = (), acting: Acting, at: datetime
) -> Transaction:
    """Post a movement that `done_before` did not find while its account was locked.

    `positions` are those already known of its two accounts.

    Raises:
        NotYourRole, KindForbids, AccountClosed, AccountRestricted, NotAnAmount, and what the
        ledger refuses.
    """
    _must_fit(movement, acting, at)
    (done,) = _post_fresh([movement], positions, acting, at).values()
    return done


def not_yet_done(movements: Sequence[Movement]) -> list[Movement]:
    """Those that were not posted before under their reference.

    Raises:
        ReferenceReused.
    """
    done = _already_done(movements)
    return [m for m in movements if (m.kind, m.reference) not in done]


def open_positions(
    wanted: Iterable[tuple[RegistryAccount, Lot, bool]],
    *,
    positions: Iterable[Position] = (),
    acting: Acting,
    at: datetime,
) -> dict[tuple[int, int, bool], int]:
    """The ledger accounts of positions, opened where missing, by (account, lot, traded).

    They are looked up unless all are among the `positions` already known.
    """
    keys = {(a.pk, lot.pk, traded): (a, lot, traded) for a, lot, traded in wanted}
    known = _ledger_accounts(positions)
    if not known.keys() >= keys.keys():
        known = _ledger_accounts(_OF_LOTS.rows([key[0] for key in keys], [key[1] for key in keys]))
    missing = {key: value for key, value in keys.items() if key not in known}
    if missing:
        # What is there is locked before anything is added, the order in which the floor does it.
        ledger_queries.locked_balances(known.values())
        opened = ledger.open_accounts(
            [_specification(*value) for value in missing.values()], acting=acting, at=at
        )
        made = [
            Position(
                account=account,
                lot=lot,
                traded=traded,
                ledger_account=opened[position_code(account.number, lot.code, traded=traded)],
            )
            for account, lot, traded in missing.values()
        ]
        Position.objects.bulk_create(made, ignore_conflicts=True)
        known |= _ledger_accounts(made)
    return {key: known[key] for key in keys}


def _ledger_accounts(positions: Iterable[Position]) -> dict[tuple[int, int, bool], int]:
    return {(p.account_id, p.lot_id, p.traded): p.ledger_account for p in positions}


def _specification(account: RegistryAccount, lot: Lot, traded: bool) -> ledger.AccountSpec:
    return ledger.AccountSpec(
        code=position_code(account.number, lot.code, traded=traded),
        asset=lot.code,
        may_go_negative=account.kind == AccountKind.ISSUED,
    )


def _must_fit(movement: Movement, acting: Acting, at: datetime) -> None:
    kind: TransactionKind = TRANSACTION_KINDS[movement.kind]
    acting.must_be(*kind.executors, article=kind.article)
    must_fit(movement, acting=acting, at=at)


def must_fit(movement: Movement, *, acting: Acting, at: datetime) -> None:
    """Hold a movement against the row of its kind: when it is filed, and before it is posted.

    Every movement of units passes here.

    Raises:
        NotAnAmount, KindForbids, AccountClosed, AccountRestricted.
    """
    kind = TRANSACTION_KINDS[movement.kind]
    for part in movement.parts:
        if part.amount_t < 1:
            raise NotAnAmount(amount=part.amount_t)
    fits = movement.debit.kind in kind.debits and movement.credit.kind in kind.credits
    units = {part.lot.kind for part in movement.parts}
    if not fits or not units <= set(kind.units):
        raise KindForbids(
            article=kind.article,
            kind_zh=kind.zh,
            kind_en=kind.en,
            debit=movement.debit.kind,
            credit=movement.credit.kind,
            unit=", ".join(sorted(units)),
        )
    assert bool(kind.undoes) == (movement.undoes is not None), "an opposite names what it undoes"
    for account in (movement.debit, movement.credit):
        must_be_usable(account, movement.kind, acting=acting, at=at)


def _already_done(movements: Sequence[Movement]) -> dict[tuple[str, str], Transaction]:
    references = [movement.reference for movement in movements]
    found = {(t.kind, t.reference): t for t in Transaction.objects.filter(reference__in=references)}
    done = {}
    for movement in movements:
        before = found.get((movement.kind, movement.reference))
        if before is None:
            continue
        ends = (movement.debit.pk, movement.credit.pk)
        if (before.debit_id, before.credit_id) != ends or before.parts != movement.parts_as_json():
            raise ReferenceReused(
                reference=before.key, before=before.amount_t, now=movement.amount_t
            )
        done[movement.kind, movement.reference] = before
    return done


def _post_fresh(
    movements: Sequence[Movement], positions: Iterable[Position], acting: Acting, at: datetime
) -> dict[tuple[str, str], Transaction]:
    _must_stay_open(movements)
    ends = [
        (account, part.lot, part.traded)
        for movement in movements
        for part in movement.parts
        for account in (movement.debit, movement.credit)
    ]
    ids = open_positions(ends, positions=positions, acting=acting, at=at)
    transfers = [
        Transfer(
            key=f"{movement.kind}/{movement.reference}/{number}",
            debit=ids[movement.debit.pk, part.lot.pk, part.traded],
            credit=ids[movement.credit.pk, part.lot.pk, part.traded],
            amount=part.amount_t,
            reason=movement.kind,
        )
        for movement in movements
        for number, part in enumerate(movement.parts)
    ]
    kinds = sorted({movement.kind for movement in movements})
    article = TRANSACTION_KINDS[kinds[0]].article
    ledger.post_all(transfers, acting=acting, at=at, article=article, subject=", ".join(kinds))
    _move_serials(movements, transfers)
    made = Transaction.objects.bulk_create(
        Transaction(
            kind=movement.kind,
            reference=movement.reference,
            debit=movement.debit,
            credit=movement.credit,
            amount_t=movement.amount_t,
            parts=movement.parts_as_json(),
            at=at,
            article=TRANSACTION_KINDS[movement.kind].article,
            person=acting.person,
            role=acting.role,
            undoes=movement.undoes,
            batch=movement.batch,
        )
        for movement in movements
    )
    journal.record_many([_record(movement, acting, at) for movement in movements])
    return {(t.kind, t.reference): t for t in made}


def _must_stay_open(movements: Sequence[Movement]) -> None:
    """Let no account close that a movement is about to use, and refuse one that closed meanwhile.

    Whoever closes an account waits for the commit; other movements do not.
    """
    ids = sorted({account.pk for m in movements for account in (m.debit, m.credit)})
    with connection.cursor() as cursor:
        cursor.execute(_STAY_OPEN, [ids])
        for number, closed_at in cursor.fetchall():
            if closed_at:
                raise AccountClosed(account=number, closed_at=market_date(closed_at))


def _move_serials(movements: Sequence[Movement], transfers: Sequence[Transfer]) -> None:
    parts = [(m, part.lot) for m in movements for part in m.parts]
    steps = [
        blocks.Step(
            key=transfer.key,
            lot=lot.pk,
            debit=None if moved.debit.kind == AccountKind.ISSUED else transfer.debit,
            credit=transfer.credit,
            amount=transfer.amount or 0,
            undoes=moved.undoes.key if moved.undoes else "",
        )
        for (moved, lot), transfer in zip(parts, transfers, strict=True)
        if lot.serial_from is not None
    ]
    if steps:
        blocks.follow(steps)


def _record(movement: Movement, acting: Acting, at: datetime) -> journal.Record:
    undoes = {"undoes": movement.undoes.key} if movement.undoes else {}
    batch = {} if movement.batch is None else {"batch": movement.batch}
    return journal.Record(
        operation=f"registry.{movement.kind}",
        subject=f"{movement.kind}/{movement.reference}",
        acting=acting,
        at=at,
        article=TRANSACTION_KINDS[movement.kind].article,
        content={
            "debit": movement.debit.number,
            "credit": movement.credit.number,
            "parts": movement.parts_as_json(),
            **undoes,
            **batch,
        },
    )
