"""The day's rows of the four books, and what may be asked about reconciled days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet

from openets.banking import queries as banking
from openets.casework import queries as cases
from openets.casework.models import Case
from openets.journal import queries as journal
from openets.journal.chain import START
from openets.kernel.clock import MARKET_ZONE
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger
from openets.reconciliation.books import AtBank, Balance, BankLine, Books, Cut
from openets.reconciliation.models import Difference, Reconciliation
from openets.registry import queries as registry
from openets.registry.reconcile import MOVED, TRADE, undone_key
from openets.settlement import queries as settlement
from openets.settlement.reconcile import PAID
from openets.trading import queries as trading
from openets.trading.procedures import MARKET_DAY

_COLUMNS = (
    *("id", "code", "asset", "held"),
    *("debits_pending", "debits_posted", "credits_pending", "credits_posted"),
)
# The ledger's accounts are joined here and not in the ledger, which knows of no days: whatever
# stands otherwise than at the end of the day before is of the day, whether a transfer moved it
# or somebody's hand.
_ACCOUNTS = f"""
select {", ".join(f"a.{column}" for column in _COLUMNS)},
       coalesce(c.posted, 0), coalesce(c.pending, 0)
from ledger_account a
left join reconciliation_closing c on c.account = a.id and c.until is null
where a.id = any(%s) or a.held <> 0
   or a.credits_posted - a.debits_posted <> coalesce(c.posted, 0)
   or a.credits_pending - a.debits_pending <> coalesce(c.pending, 0)
order by a.id"""  # noqa: S608 - our own column names


class NoSuchDay(Refusal):
    """No market day of this date was traded."""

    code = "no_such_market_day"
    article = "CQETS-23"
    zh = "{day} 不是已收市的市场日"
    en = "{day} is no market day whose trading was closed"
    remedy_zh = "请从市场日列表中选择"
    remedy_en = "Choose one of the market days"


@dataclass(frozen=True, slots=True)
class MarketDay:
    """A market day: its case, and what was found when it was last reconciled."""

    day: date
    case: Case
    result: Reconciliation | None

    @property
    def differences(self) -> list[Difference]:
        """The differences that still stand."""
        return [d for d in self.all_differences if d.gone_at is None]

    @property
    def all_differences(self) -> list[Difference]:
        """Those that are gone too."""
        return list(self.result.differences.all()) if self.result else []


BEGINNING = Cut(head=START)
"""Before the first market day."""


def read_books(*, after: Cut, day: date) -> Books:
    """The rows of a day: everything sealed since the end of the day before.

    To be asked where nothing else is committed in between. Source: CQETS-23.
    """
    batches = list(journal.batch_rows(after=after.head.number))
    entries = [e for e in journal.entry_rows(after=after.head.number) if e["batch"]]
    transfers = ledger.transfers_since(
        after.transfer, told={e["id"] for e in entries if "transfers" in e["content"]}
    )
    moved = {entry["subject"] for entry in entries if entry["operation"] in MOVED}
    transactions = registry.movements_since(after.transaction, told=moved)
    trades = trading.trades_since(after.trade)
    floor_batches = trading.batches_since(after.floor_batch)
    open_orders = trading.open_order_rows()
    touched = {end for row in transfers for end in (row["debit"], row["credit"])}
    touched |= {account for order in open_orders for account in order["held_accounts"]}
    accounts = _accounts(touched)
    known = [row["id"] for row in accounts]
    cash = settlement.account_rows(known)
    paid = {
        row["key"]
        for row in transfers
        if row["debit"] in cash and row["reason"] != TRADE and row["kind"] in PAID
    }
    money = settlement.conservation()
    return Books(
        after=after,
        until=Cut(
            head=journal.head(),
            floor_batch=_last(floor_batches, "number", after.floor_batch),
            trade=_last(trades, "id", after.trade),
            transaction=registry.last_movement(),
            payment=settlement.last_payment(),
            transfer=_last(transfers, "id", after.transfer),
        ),
        batches=batches,
        entries=entries,
        products=trading.product_rows(),
        floor_batches=floor_batches,
        trades=trades,
        open_orders=open_orders,
        transactions=transactions,
        undone=registry.movements_named(
            {undone_key(row) for row in transactions if row["undoes_kind"]}
        ),
        payments=settlement.payments_since(after.payment, told=paid),
        transfers=transfers,
        accounts=accounts,
        places=registry.places(known),
        cash=cash,
        reserved=ledger.reserved_amounts({row["pending"] for row in transfers} - {""}),
        lots=registry.lot_sums(),
        money={
            "paid_in_fen": money.paid_in_fen,
            "held_fen": money.held_fen,
            "fees_fen": money.fees_fen,
            "proceeds_fen": money.proceeds_fen,
            "suspense_fen": money.suspense_fen,
            "reserve_fen": money.reserve_fen,
        },
        bank=_at_bank(day),
    )


def market_days(year: int | None = None) -> list[MarketDay]:
    """The market days whose trading was closed, newest first, with their results."""
    found = cases.outside(MARKET_DAY).reverse().prefetch_related("trail")
    if year is not None:
        found = found.filter(year=year)
    rows = [(date.fromisoformat(case.subject), case) for case in found]
    results = _results().in_bulk([day for day, _ in rows])
    return [MarketDay(day, case, results.get(day)) for day, case in rows]


def market_day(day: date) -> MarketDay:
    """A market day with its result.

    Raises:
        NoSuchDay.
    """
    return MarketDay(day, must_be_market_day(day), _results().filter(day=day).first())


def must_be_market_day(day: date) -> Case:
    """The case of a market day.

    Raises:
        NoSuchDay.
    """
    case = cases.case(MARKET_DAY, day.isoformat())
    if case is None:
        raise NoSuchDay(day=day)
    return case


def report(found: MarketDay) -> dict[str, Any]:
    """The registration agency's report of a day (登记机构日报), as plain JSON.

    Source: CQETS-5.4, CQETS-23.
    """
    result = found.result
    return {
        "day": found.day.isoformat(),
        "state": found.case.state,
        "reconciled_at": result.at.astimezone(MARKET_ZONE).isoformat() if result else None,
        "reconciled_by": result.person if result else None,
        "steps": [
            {
                "move": line.move,
                "at": line.at.astimezone(MARKET_ZONE).isoformat(),
                **{name: getattr(line, name) for name in ("person", "organisation", "note")},
            }
            for line in found.case.trail.all()
        ],
        "head": result.head_digest if result else None,
        "sums": result.sums if result else None,
        "differences": [_told(row) for row in found.differences],
    }


def _told(row: Difference) -> dict[str, Any]:
    names = ("kind", "subject", "what", "participant", "account", "product")
    explanation = ("note", "explained_by", "correction", "deferral", "deferred_by")
    return {
        "number": row.pk,
        **{name: getattr(row, name) for name in names},
        row.one: row.one_says,
        **({row.other: row.other_says} if row.other != row.one else {"counted": row.other_says}),
        "entry": row.entry,
        **{name: getattr(row, name) for name in explanation},
    }


def last_traded_day() -> date | None:
    """The newest market day whose trading was closed."""
    found = cases.outside(MARKET_DAY).last()
    return date.fromisoformat(found.subject) if found else None


def _results() -> QuerySet[Reconciliation]:
    return Reconciliation.objects.prefetch_related(Prefetch("differences"))


def _at_bank(day: date) -> AtBank | None:
    """The bank's own end of the day, from the day on which the market was linked to a bank."""
    since = banking.linked_since()
    if since is None or day < since:
        return None
    held, asked = settlement.held_back_fen(), banking.waiting_withdrawals_fen()
    said, before = banking.statement(day), banking.last_statement(day)
    if said is None:
        return AtBank(day, held_fen=held, asked_fen=asked)
    earlier = banking.moved([reference for reference, _ in before.lines] if before else [])
    booked = banking.moved([reference for reference, _ in said.lines])
    return AtBank(
        day,
        opening_fen=said.opening_fen,
        closing_fen=said.closing_fen,
        before_fen=before.closing_fen if before else None,
        lines=[_bank_line(reference, fen, booked.get(reference)) for reference, fen in said.lines],
        earlier=frozenset(one.payment for one in earlier.values()),
        held_fen=held,
        asked_fen=asked,
    )


def _bank_line(reference: str, fen: int, booked: banking.Moved | None) -> BankLine:
    if booked is None:
        return BankLine(reference, fen, 0, "")
    return BankLine(reference, fen, booked.amount_fen, booked.payment)


def _accounts(touched: Collection[int]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, [sorted(touched)])
        return [
            {**dict(zip(_COLUMNS, row, strict=False)), "before": Balance(*row[-2:])}
            for row in cursor.fetchall()
        ]


def _last(rows: Collection[dict[str, Any]], column: str, before: int) -> int:
    return max((row[column] for row in rows), default=before)
