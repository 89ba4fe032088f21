"""Compare the four books of a day and name every difference. Pure.

The parts that compare one trade, movement or payment are the rooms' own; they stop at the first
fault of that one thing. Here every one of the day is put to them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from openets.journal.chain import Head, verify
from openets.kernel.clock import market_date
from openets.ledger.posting import Kind as TransferKind
from openets.ledger.rows import digest, transfer_line
from openets.reconciliation.books import Book, Books, Row, standing
from openets.reconciliation.findings import Finding, Kind, caught, in_order
from openets.registry import reconcile as registry
from openets.registry.kinds import AccountKind
from openets.settlement import reconcile as settlement
from openets.settlement.operations import BANK
from openets.trading import reconcile as trading

_LEG = "trade/"
_TRADE = ("id", "product", "buy", "sell", "price_fen", "qty", "at", "day")
"""A trade as the journal tells it, with the moment and the day of its batch."""


def compare(books: Books) -> list[Finding]:
    """Name every difference of a day, in a fixed order (日终对账).

    Source: CQETS-23, CQETS-5.2c, CQETS-22.
    """
    checks = (
        *(_chain, _transfers, _floor_batches, _trades, _stray_legs),
        *(_transactions, _payments, _balances, _holds, _lots, _money),
        *(_withdrawals, _bank_items, _bank_balances),
    )
    return in_order(finding for check in checks for finding in check(books))


def _chain(books: Books) -> Iterator[Finding]:
    """The journal goes on from the head of the day before, batch by batch."""
    members = defaultdict(list)
    for entry in books.entries:
        members[entry["batch"]].append(entry)
    head = books.after.head
    for batch in books.batches:
        own = members[batch["number"]]
        about = Finding(
            Kind.JOURNAL_CHAIN,
            f"batch/{batch['number']}",
            Book.JOURNAL,
            Book.JOURNAL,
            entry=own[0]["id"] if own else None,
        )
        yield from caught(about, partial(verify, [batch], own, after=head))
        head = Head(batch["number"], batch["digest"])


def _transfers(books: Books) -> Iterator[Finding]:
    """The transfers of each journal entry are as many and the same as the entry says."""
    codes = {0: ""} | {row["id"]: row["code"] for row in books.accounts}
    made = defaultdict(list)
    for row in books.transfers:
        made[row["batch"]].append(row)
    told = {
        entry["id"]: entry["content"]["transfers"]
        for entry in books.entries
        if entry["operation"].startswith("ledger.") and "transfers" in entry["content"]
    }
    for number in told.keys() | made.keys():
        rows, said = made.get(number, []), told.get(number)
        found = _summary(rows, codes) if rows else None
        if found != said:
            yield Finding(
                Kind.TRANSFERS,
                rows[0]["key"] if rows else f"entry/{number}",
                _book(books, rows[0]["debit"]) if rows else Book.REGISTRY,
                Book.JOURNAL,
                entry=number,
            ).says(found, said, f"entry {number}")


def _summary(rows: Sequence[Row], codes: Mapping[int, str]) -> dict[str, object]:
    lines = [
        transfer_line(row, codes.get(row["debit"], "?"), codes.get(row["credit"], "?"))
        for row in rows
    ]
    total = sum(row["amount"] for row in rows)
    return {"count": len(rows), "total": total, "sha256": digest(lines)}


def _floor_batches(books: Books) -> Iterator[Finding]:
    """The floor's batches follow each other without a gap, each as journalled."""
    told = _told_batches(books)
    rows = {f"batch/{row['number']}": row for row in books.floor_batches}
    numbers = range(books.after.floor_batch + 1, books.until.floor_batch + 1)
    for subject in rows.keys() | told.keys() | {f"batch/{number}" for number in numbers}:
        row, entry = rows.get(subject), told.get(subject)
        found = row and [row["at"], row["trades"], row["state_hash"]]
        said = entry and [entry["at"], len(_told_trades(entry)), entry["content"].get("state")]
        if found is None or found != said:
            yield Finding(
                Kind.FLOOR_BATCH,
                subject,
                Book.EXCHANGE,
                Book.JOURNAL,
                entry=entry["id"] if entry else None,
            ).says(found, said)


def _trades(books: Books) -> Iterator[Finding]:
    """Each trade is as journalled, and both its legs are as the trade says."""
    told = {
        trade[0]: (_named([*trade, entry["at"], _day(entry["at"])]), entry["id"])
        for entry in _told_batches(books).values()
        for trade in _told_trades(entry)
    }
    legs, kinds = _legs(books), trading.kinds_of(books.products)
    for trade in books.trades:
        said, entry = told.pop(trade["id"], (None, None))
        about = Finding(
            Kind.TRADE,
            f"trade/{trade['id']}",
            Book.EXCHANGE,
            Book.JOURNAL,
            participant=f"{trade['seller']}, {trade['buyer']}",
            product=trade["product"],
            entry=entry,
        )
        found = _named([*trading.as_told(trade), trade["at"], trade["day"]])
        if said is None:
            yield about.says(found, None)
        elif found != said:
            differing = [name for name in found if found[name] != said.get(name)]
            yield about.says(
                {name: found[name] for name in differing},
                {name: said.get(name) for name in differing},
            )
        own = legs.get(str(trade["id"]), {})
        units = replace(about, kind=Kind.TRADE_UNITS, other=Book.REGISTRY)
        check = partial(trading.check_units, trade=trade, legs=own, kinds=kinds)
        yield from caught(units, partial(check, places=books.places))
        yield from caught(units, partial(trading.check_back, trade=trade, legs=own))
        money = replace(about, kind=Kind.TRADE_CASH, other=Book.CASH)
        if "cash" in own:
            check = partial(trading.check_money, trade=trade, legs=own, cash=books.cash)
            yield from caught(money, check)
        elif trade["buyer"] != trade["seller"]:
            yield money.says(trade["turnover_fen"], None, "money paid")
    for number, (said, entry) in told.items():
        yield Finding(
            Kind.TRADE,
            f"trade/{number}",
            Book.EXCHANGE,
            Book.JOURNAL,
            product=said["product"],
            entry=entry,
        ).says(None, said)


def _stray_legs(books: Books) -> Iterator[Finding]:
    """No units and no money moved for a trade that the exchange does not have."""
    known = {str(trade["id"]) for trade in books.trades}
    for number, legs in _legs(books).items():
        if number in known:
            continue
        for row in legs.values():
            yield Finding(
                Kind.LEG_WITHOUT_TRADE,
                row["key"],
                Book.EXCHANGE,
                _book(books, row["debit"]),
                participant=f"{_holder(books, row['debit'])}, {_holder(books, row['credit'])}",
                account=_account(books, row["debit"]),
                product=_product(books, row["debit"]),
                entry=row["batch"],
            ).says(None, row["amount"])


def _transactions(books: Books) -> Iterator[Finding]:
    """Every movement of units has its row, its transfers and its journal entry."""
    told = {row["subject"]: row for row in books.entries if row["operation"] in registry.MOVED}
    rows = {f"{row['kind']}/{row['reference']}": row for row in books.transactions}
    moved = _moved(books)
    for key in rows.keys() | told.keys() | moved.keys():
        row, entry, transfers = rows.get(key), told.get(key), moved.get(key, [])
        about = Finding(
            Kind.TRANSACTION,
            key,
            Book.REGISTRY,
            Book.JOURNAL,
            participant=_holder(books, transfers[0]["debit"]) if transfers else "",
            account=row["debit"] if row else "",
            product=_product(books, transfers[0]["debit"]) if transfers else "",
            entry=entry["id"] if entry else None,
        )
        if row is None or entry is None:
            yield about.says(row and row["amount_t"], entry and entry["content"])
            continue
        about = replace(about, one=Book.JOURNAL, other=Book.REGISTRY)
        check = partial(
            registry.check_movements,
            places=books.places,
            transactions=[row],
            transfers=transfers,
            entries=[entry],
        )
        yield from caught(about, check)
        if row["undoes_kind"]:
            originals = [original | {"undoes_kind": None} for original in books.undone]
            yield from caught(about, partial(registry.check_opposites, [*originals, row]))


def _payments(books: Books) -> Iterator[Finding]:
    """Every payment has its transfer, and no money moved otherwise but for trades."""
    rows = {f"{row['kind']}/{row['reference']}": row for row in books.payments}
    moved = {
        row["key"]: row for row in books.transfers if row["debit"] in books.cash and _is_paid(row)
    }
    for key in rows.keys() | moved.keys():
        row, transfer = rows.get(key), moved.get(key)
        about = Finding(
            Kind.PAYMENT,
            key,
            Book.JOURNAL,
            Book.CASH,
            participant=_parties(books, transfer),
            account=row["debit"] if row else _account(books, transfer["debit"] if transfer else 0),
            entry=transfer["batch"] if transfer else None,
        )
        if row is None or transfer is None:
            yield about.says(transfer and transfer["amount"], row and row["amount_fen"])
            continue
        entry = books.entry.get(transfer["batch"])
        if entry is not None:
            check = partial(
                settlement.check_payments,
                cash=books.cash,
                payments=[row],
                transfers=[transfer],
                entries=[entry],
            )
            yield from caught(about, check)


def _balances(books: Books) -> Iterator[Finding]:
    """What stands on an account is what stood there the day before and the day's movements."""
    for row in books.accounts:
        now, must = standing(row), books.ends[row["id"]]
        if now.posted != must.posted:
            yield _balance(books, row).says(now.posted, must.posted, "balance")
        if now.pending != must.pending:
            yield _balance(books, row).says(now.pending, must.pending, "reserved")


def _balance(books: Books, row: Row) -> Finding:
    touching = (t["batch"] for t in books.transfers if row["id"] in (t["debit"], t["credit"]))
    return Finding(
        Kind.BALANCE,
        row["code"],
        _book(books, row["id"]),
        Book.JOURNAL,
        participant=_holder(books, row["id"]),
        account=_account(books, row["id"]),
        product=_product(books, row["id"]),
        entry=next(touching, None),
    )


def _holds(books: Books) -> Iterator[Finding]:
    """What is held on an account is what its owner's open orders hold."""
    wanted: Counter[int] = Counter()
    for order in books.open_orders:
        for account, amount in zip(order["held_accounts"], order["held_amounts"], strict=False):
            wanted[account] += amount
    for row in books.accounts:
        if row["held"] != wanted[row["id"]]:
            yield Finding(
                Kind.HOLD,
                row["code"],
                Book.EXCHANGE,
                _book(books, row["id"]),
                participant=_holder(books, row["id"]),
                account=_account(books, row["id"]),
                product=_product(books, row["id"]),
            ).says(wanted[row["id"]], row["held"])


def _lots(books: Books) -> Iterator[Finding]:
    """Of every lot: issued = held + surrendered + cancelled + withdrawn."""
    for lot, by_kind in books.lots.items():
        issued = -by_kind.get(AccountKind.ISSUED, 0)
        elsewhere = sum(t for kind, t in by_kind.items() if kind != AccountKind.ISSUED)
        if issued != elsewhere:
            yield Finding(Kind.LOT, lot, Book.REGISTRY, Book.REGISTRY, product=lot).says(
                issued, elsewhere, "issued, and held, surrendered, cancelled or withdrawn"
            )


def _money(books: Books) -> Iterator[Finding]:
    """The money that came in, less what was paid out, is with participants, fees or proceeds."""
    money = books.money
    elsewhere = sum(fen for name, fen in money.items() if name != "paid_in_fen")
    if money["paid_in_fen"] != elsewhere:
        yield Finding(Kind.MONEY, "cash", Book.CASH, Book.CASH).says(
            money["paid_in_fen"], elsewhere, "paid in, and on all accounts"
        )


def _withdrawals(books: Books) -> Iterator[Finding]:
    """What is kept back of money is what withdrawals ask for that the bank has not answered."""
    bank = books.bank
    if bank and bank.held_fen != bank.asked_fen:
        about = Finding(Kind.WITHDRAWAL_HOLD, "withdrawals", Book.CASH, Book.EXCHANGE)
        yield about.says(bank.held_fen, bank.asked_fen)


def _bank_items(books: Books) -> Iterator[Finding]:
    """What the bank moved is booked, and what is booked the bank moved."""
    bank = books.bank
    if bank is None or bank.opening_fen is None:
        return
    for line in bank.lines:
        if not line.payment or line.booked_fen != line.amount_fen:
            about = Finding(Kind.BANK_ITEM, line.reference, Book.BANK, Book.CASH)
            yield about.says(line.amount_fen, line.booked_fen if line.payment else None)
    told = {line.payment for line in bank.lines} | bank.earlier
    for row in books.payments:
        key = f"{row['kind']}/{row['reference']}"
        if BANK in (row["debit"], row["credit"]) and key not in told:
            sign = 1 if row["debit"] == BANK else -1
            about = Finding(Kind.BANK_ITEM, key, Book.CASH, Book.BANK)
            yield about.says(sign * row["amount_fen"], None)


def _bank_balances(books: Books) -> Iterator[Finding]:
    """The bank has what the cash accounts say, and its statements follow each other."""
    bank = books.bank
    if bank is None:
        return
    paid_in = books.money["paid_in_fen"]
    if bank.opening_fen is None:
        subject = f"statement/{bank.day}"
        yield Finding(Kind.BANK_STATEMENT, subject, Book.CASH, Book.BANK).says(paid_in, None)
        return
    if bank.closing_fen != paid_in:
        about = Finding(Kind.BANK_BALANCE, "bank", Book.CASH, Book.BANK)
        yield about.says(paid_in, bank.closing_fen)
    if bank.before_fen is not None and bank.before_fen != bank.opening_fen:
        about = Finding(Kind.BANK_STATEMENT, f"statement/{bank.day}", Book.BANK, Book.BANK)
        yield about.says(bank.before_fen, bank.opening_fen, "closing and opening")


def _told_batches(books: Books) -> dict[str, Row]:
    return {row["subject"]: row for row in books.entries if row["operation"] == trading.BATCH}


def _told_trades(entry: Row) -> list[list[Any]]:
    return list(entry["content"].get("trades", ()))


def _named(trade: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(_TRADE, trade, strict=False))


def _day(at: str) -> str:
    return market_date(datetime.fromisoformat(at)).isoformat()


def _legs(books: Books) -> dict[str, dict[str, Row]]:
    named = (row for row in books.transfers if row["key"].startswith(_LEG))
    return trading.legs_by_trade(row for row in named if row["key"].count("/") > 1)


def _moved(books: Books) -> dict[str, list[Row]]:
    """The transfers of units by the movement they belong to, without those of trades."""
    moved = defaultdict(list)
    for row in books.transfers:
        ends = (row["debit"], row["credit"])
        if _is_movement(row) and any(end in books.places for end in ends):
            moved[row["key"].rpartition("/")[0]].append(row)
    return moved


def _is_movement(row: Row) -> bool:
    return bool(row["reason"] != registry.TRADE and row["kind"] == TransferKind.POSTED)


def _is_paid(row: Row) -> bool:
    return bool(row["reason"] != registry.TRADE and row["kind"] in settlement.PAID)


def _book(books: Books, account: int) -> Book:
    return Book.CASH if account in books.cash else Book.REGISTRY


def _holder(books: Books, account: int) -> str:
    place, cash = books.places.get(account), books.cash.get(account)
    holder = place.account["holder"] if place else cash["holder"] if cash else None
    return holder or ""


def _parties(books: Books, transfer: Row | None) -> str:
    ends = (transfer["debit"], transfer["credit"]) if transfer else ()
    return ", ".join(filter(None, (_holder(books, end) for end in ends)))


def _account(books: Books, account: int) -> str:
    place, cash = books.places.get(account), books.cash.get(account)
    return str(place.account["number"] if place else cash["number"] if cash else "")


def _product(books: Books, account: int) -> str:
    place = books.places.get(account)
    return place.lot["code"] if place else ""
