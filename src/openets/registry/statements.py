"""What may be asked of accounts over time: their statements, and holdings at any moment."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Q, QuerySet, Sum

from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger
from openets.ledger.posting import Kind
from openets.parties.models import Organisation
from openets.registry.blocks import serials_of
from openets.registry.kinds import (
    HOLDING_KINDS,
    LOCK_TITLES,
    TRANSACTION_KINDS,
    AccountKind,
    LockCause,
)
from openets.registry.models import (
    Lock,
    Lot,
    Position,
    RegistryAccount,
    Transaction,
)

_TICK = timedelta(microseconds=1)

TRADE = "trade"
TRADE_ARTICLE = "CQETS-22"
TRADE_TITLE = ("交易交收", "Settlement of a trade")
CANCELLED_TRADE = "cancelled_trade"
CANCELLED_TITLE = ("成交取消退回", "Given back for a cancelled trade")


class NoSuchAccount(Refusal):
    """The registry has no account of this number."""

    code = "no_such_account"
    article = "CQETS-5.2b"
    zh = "没有账户号为 {number} 的账户"
    en = "There is no account of the number {number}"
    remedy_zh = "请核对账户号"
    remedy_en = "Check the number of the account"


class NoSuchTransaction(Refusal):
    """The registry has no transaction of this number."""

    code = "no_such_transaction"
    article = "CQETS-5.2b"
    zh = "没有编号为 {number} 的登记业务"
    en = "There is no transaction of the number {number}"
    remedy_zh = "请在账户对账单中查找该业务"
    remedy_en = "Look the transaction up in the statement of the account"


class Effect(StrEnum):
    """What an entry does to the units of an account."""

    MOVED = "moved"
    LOCKED = "locked"
    FREED = "freed"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a statement: units of one lot, in or out, or locked and freed where they lie."""

    number: int
    """Of the ledger's transfer."""
    at: datetime
    event: str
    """A kind of transaction, `trade`, `cancelled_trade`, or the cause of a lock."""
    effect: Effect
    account: str
    lot: Lot
    traded: bool
    counterparty: str
    """The other account."""
    amount_t: Tonnes
    """Below nought when units left."""
    balance_t: Tonnes
    """What stood on the account of this lot after it, locked units included."""
    reference: str
    transaction: int | None
    article: str
    serials: tuple[tuple[int, int], ...] = ()
    """The serial numbers that moved, first and last of each block."""
    batch: int | None = None
    """Of an issue: which one of its lot (发放批次)."""

    @property
    def moved_t(self) -> Tonnes:
        """What came (above nought) or went; a lock moves nothing."""
        return self.amount_t if self.effect == Effect.MOVED else Tonnes(0)


@dataclass(frozen=True, slots=True)
class Held:
    """Units of one lot on an account at a moment, and what of them was locked for which cause."""

    account: RegistryAccount
    lot: Lot
    traded: bool
    total_t: Tonnes
    locks: tuple[tuple[str, Tonnes], ...]

    @property
    def locked_t(self) -> Tonnes:
        """All its locks together."""
        return Tonnes(sum(t for _, t in self.locks))


@dataclass(frozen=True, slots=True)
class Change:
    """Units of one lot on an account at both ends of a period, locked units included."""

    holder: int
    lot: Lot
    before_t: Tonnes
    after_t: Tonnes


def account(number: str) -> RegistryAccount:
    """The account of a number.

    Raises:
        NoSuchAccount.
    """
    found = RegistryAccount.objects.select_related("holder").filter(number=number).first()
    if found is None:
        raise NoSuchAccount(number=number)
    return found


def accounts(holders: Iterable[Organisation]) -> list[RegistryAccount]:
    """The accounts of some organisations in the order of their opening."""
    found = RegistryAccount.objects.filter(holder__in=holders).select_related("holder")
    return list(found.order_by("id"))


def transaction(number: int) -> Transaction:
    """The transaction of a number.

    Raises:
        NoSuchTransaction.
    """
    found = (
        Transaction.objects.select_related("debit__holder", "credit__holder")
        .filter(pk=number)
        .first()
    )
    if found is None:
        raise NoSuchTransaction(number=number)
    return found


def account_counts() -> dict[str, int]:
    """How many accounts there are of each kind."""
    rows = RegistryAccount.objects.order_by("kind").values_list("kind")
    return dict(rows.annotate(n=Count("id")))


def transactions_since(moment: datetime) -> QuerySet[Transaction]:
    """Everybody's transactions from a moment on, newest first."""
    found = Transaction.objects.filter(at__gte=moment).order_by("-id")
    return found.select_related("debit__holder", "credit__holder")


def lots_on(of: RegistryAccount) -> list[Lot]:
    """The lots an account ever held, in the order of their vintage."""
    return list(Lot.objects.filter(positions__account=of).distinct().order_by("vintage_year", "id"))


def event_title(event: str) -> tuple[str, str]:
    """The event of an entry in words, Chinese and English."""
    if event in TRANSACTION_KINDS:
        return TRANSACTION_KINDS[event].zh, TRANSACTION_KINDS[event].en
    if event == TRADE:
        return TRADE_TITLE
    if event == CANCELLED_TRADE:
        return CANCELLED_TITLE
    return LOCK_TITLES[LockCause(event)]


def event_of(reason: str, key: str) -> str:
    """The event that a transfer of the ledger is told as: the opposite leg of a trade is its own.

    Source: BJETS-18b.
    """
    gives_back = reason == TRADE and key.split("/")[2:3] == ["back"]
    return CANCELLED_TRADE if gives_back else reason


def events() -> list[str]:
    """Every event a statement may be asked for; `trade` with what a cancelled one gave back."""
    return [*TRANSACTION_KINDS, TRADE, *(cause.value for cause in LockCause)]


def statement(
    of: RegistryAccount,
    *,
    size: int = 50,
    before: int | None = None,
    after: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    lot: str = "",
    event: str = "",
) -> list[Entry]:
    """A page of the statement of an account, newest first (对账单). Source: CQETS-5.2b, CQETS-14.

    `before` and `after` are numbers of entries, `lot` is a code, `event` one of `events`; the page
    is found as `ledger.queries.statement` tells.
    """
    positions = Position.objects.filter(account=of).select_related("lot")
    if lot:
        positions = positions.filter(lot__code=lot)
    of_ledger = {position.ledger_account: position for position in positions}
    lines = ledger.statement(
        of_ledger,
        size=size,
        before=before,
        after=after,
        since=since,
        until=until,
        reasons=[event] if event else None,
    )
    others = dict(
        Position.objects.filter(ledger_account__in={line.other_id for line in lines}).values_list(
            "ledger_account", "account__number"
        )
    )
    done, serials = _transactions(lines), serials_of(line.key for line in lines)
    return [
        _entry(of_ledger[line.account_id], line, others, done, tuple(serials.get(line.key, ())))
        for line in lines
    ]


def held_at(holders: Collection[Organisation], moment: datetime) -> list[Held]:
    """What some organisations held at a moment, by account and lot; empty positions left out.

    Source: CQETS-5.2b.
    """
    positions = list(
        Position.objects.filter(account__holder__in=holders, account__kind__in=HOLDING_KINDS)
        .select_related("account__holder", "lot")
        .order_by("account_id", "lot__vintage_year", "lot_id", "traded")
    )
    # The microsecond is the finest a moment is told in: what happened at it has happened.
    balances = _balances_before(positions, moment + _TICK)
    in_force = Lock.objects.filter(
        Q(lifted_at__isnull=True) | Q(lifted_at__gt=moment),
        position__in=positions,
        placed_at__lte=moment,
    )
    locks: dict[int, list[tuple[str, Tonnes]]] = {}
    for row in in_force.values("position", "cause").annotate(t=Sum("amount_t")).order_by("cause"):
        locks.setdefault(row["position"], []).append((row["cause"], Tonnes(row["t"])))
    return [
        Held(
            account=position.account,
            lot=position.lot,
            traded=position.traded,
            total_t=balances[position.ledger_account],
            locks=tuple(locks.get(position.pk, ())),
        )
        for position in positions
        if balances[position.ledger_account]
    ]


def changes(
    holders: Collection[Organisation], kind: AccountKind, *, since: datetime, until: datetime
) -> list[Change]:
    """What stood on accounts of a kind before and after a period that ended lately; all at once.

    Source: CQETS-22.
    """
    positions = Position.objects.filter(account__holder__in=holders, account__kind=kind)
    of_ledger = {row.ledger_account: row for row in positions.select_related("account", "lot")}
    return [
        Change(
            holder=of_ledger[number].account.holder_id,
            lot=of_ledger[number].lot,
            before_t=Tonnes(stretch.before),
            after_t=Tonnes(stretch.after),
        )
        for number, stretch in ledger.stretches(of_ledger, since=since, until=until).items()
    ]


def lot_balances_before(of: RegistryAccount, moment: datetime) -> dict[str, int]:
    """What stood on an account just before a moment, by the code of the lot."""
    positions = list(Position.objects.filter(account=of).select_related("lot"))
    balances = _balances_before(positions, moment)
    found: dict[str, int] = {}
    for position in positions:
        code = position.lot.code
        found[code] = found.get(code, 0) + balances[position.ledger_account]
    return found


def _balances_before(positions: Iterable[Position], moment: datetime) -> dict[int, Tonnes]:
    """What stood on each position before a moment, locked units included."""
    found = {}
    for position in positions:
        last = ledger.statement([position.ledger_account], size=1, until=moment)
        found[position.ledger_account] = Tonnes(last[0].balance if last else 0)
    return found


def _transactions(lines: Sequence[ledger.StatementLine]) -> dict[str, Transaction]:
    """The registry's transactions, by the key of the ledger without its part."""
    keys = {line.key.rpartition("/")[0] for line in lines if line.reason in TRANSACTION_KINDS}
    references = {key.partition("/")[2] for key in keys}
    found = Transaction.objects.filter(reference__in=references)
    return {row.key: row for row in found.only("kind", "reference", "batch")}


def _entry(
    position: Position,
    line: ledger.StatementLine,
    others: dict[int, str],
    transactions: dict[str, Transaction],
    serials: tuple[tuple[int, int], ...],
) -> Entry:
    kind = TRANSACTION_KINDS.get(line.reason)
    effect = {Kind.PENDING: Effect.LOCKED, Kind.VOID: Effect.FREED}.get(line.kind, Effect.MOVED)
    done = transactions.get(line.key.rpartition("/")[0]) if kind else None
    return Entry(
        number=line.transfer_id,
        at=line.at,
        event=event_of(line.reason, line.key),
        effect=effect,
        account=position.account.number,
        lot=position.lot,
        traded=position.traded,
        counterparty=others.get(line.other_id, ""),
        amount_t=Tonnes(line.amount),
        balance_t=Tonnes(line.balance),
        reference=line.key,
        transaction=done.pk if done else None,
        article=kind.article if kind else line.article or TRADE_ARTICLE,
        serials=serials,
        batch=done.batch if done else None,
    )
