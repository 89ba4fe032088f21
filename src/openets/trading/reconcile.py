"""Compare orders, trades and daily sheets with the ledger and the journal. Pure.

Works on plain rows, from the database or from an export, and stops at the first difference.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from openets.journal.chain import expect
from openets.kernel.clock import market_date
from openets.registry.kinds import AccountKind
from openets.registry.reconcile import TRADE, Place

Row = Mapping[str, Any]

BATCH, _CLOSED, _LISTED = "trading.batch", "trading.close_day", "trading.list_products"
_CANCELLED = "trading.cancel_trade"
_RESTING, _EXPIRED = "resting", "expired"
_ON_THE_BOOK = {"open_bidding", "listed_price"}
"""The methods whose trades make a day's prices; the others are counted apart."""

UNITS = "units/"
"""How the names of the legs begin that move units; the others move money."""

BACK = "back/"
"""How the names of the opposite entries of a cancelled trade begin."""


def check_batches(*, batches: Iterable[Row], trades: Iterable[Row], entries: Iterable[Row]) -> int:
    """The floor's batches are those of the journal, without a gap, each with exactly its trades.

    Source: CQETS-5.2b, CQETS-17.

    Raises:
        Difference: the first batch or trade that is not as journalled.
    """
    told = {row["subject"]: row for row in entries if row["operation"] == BATCH}
    made: dict[int, list[Row]] = defaultdict(list)
    for trade in trades:
        made[trade["batch"]].append(trade)
    count = 0
    for count, row in enumerate(batches, 1):
        where, entry = f"floor batch {row['number']}", told.pop(f"batch/{row['number']}", None)
        expect(where, "number", count, row["number"])
        expect(where, "journal entry", True, entry is not None)
        assert entry is not None
        content, found = entry["content"], made.pop(count, [])
        expect(where, "trades", content.get("trades"), [as_told(trade) for trade in found])
        expect(where, "number of trades", len(found), row["trades"])
        expect(where, "state", content.get("state"), row["state_hash"])
        expect(where, "at", entry["at"], row["at"])
        for trade in found:
            day = market_date(datetime.fromisoformat(row["at"])).isoformat()
            expect(f"trade {trade['id']}", "time", (row["at"], day), (trade["at"], trade["day"]))
    for subject in [*told, *(f"batch/{number}" for number in made)]:
        expect(f"floor {subject}", "row", "a batch", None)
    return count


def check_orders(*, orders: Iterable[Row], trades: Iterable[Row], entries: Iterable[Row]) -> int:
    """Orders stand as the journal says, and trades fill them as far as they say, at fit prices.

    Source: CQETS-17, CQETS-18.

    Raises:
        Difference: the first order or trade that is wrong.
    """
    told, entered = _journalled_orders(entries)
    by_id = {row["id"]: row for row in orders}
    filled: Counter[int] = Counter()
    for trade in trades:
        where = f"trade {trade['id']}"
        expect(where, "turnover", trade["price_fen"] * trade["qty"], trade["turnover_fen"])
        for side, party, sign in (("buy", "buyer", 1), ("sell", "seller", -1)):
            order = by_id.get(trade[side])
            expect(where, f"{side} order", True, order is not None)
            assert order is not None
            found = (order["holder"], order["product"], order["buy"])
            expect(where, party, (trade[party], trade["product"], side == "buy"), found)
            limit = order["price_fen"]
            fits = limit is None or sign * trade["price_fen"] <= sign * limit
            expect(where, f"price within the limit of the {side} order", True, fits)
            filled[order["id"]] += trade["qty"]
    for number, row in by_id.items():
        where = f"order {number}"
        expect(where, "state and rest", told.pop(number, None), (row["state"], row["remaining"]))
        expect(where, "entry", entered[number], (f"batch/{row['batch']}", row["entered_at"]))
        expect(where, "filled", row["qty"] - row["remaining"], filled[number])
    for number in told:
        expect(f"order {number}", "row", "an order", None)
    return len(by_id)


def check_holds(
    *,
    orders: Iterable[Row],
    places: Mapping[int, Place],
    cash: Mapping[int, Row],
    ledger_accounts: Iterable[Row],
) -> int:
    """What the ledger holds back on each account is what its owner's open orders hold.

    Source: CQETS-17.2. Returns the number of open orders.

    Raises:
        Difference: the first order or account that disagrees.
    """
    held: Counter[int] = Counter()
    open_orders = 0
    for row in orders:
        where = f"order {row['id']}"
        accounts, amounts = row["held_accounts"], row["held_amounts"]
        expect(where, "amounts held", len(accounts), len(amounts))
        owners = {row["holder"]} if accounts else set()
        found = {_owner(number, places, cash, money=row["buy"]) for number in accounts}
        expect(where, "owner of what it holds", owners, found)
        if row["state"] == _RESTING:
            open_orders += 1
            if not row["buy"]:
                expect(where, "units held", row["remaining"], sum(amounts))
        else:
            expect(where, "held by an order that is not open", 0, sum(amounts))
        held.update(dict(zip(accounts, amounts, strict=True)))
    for account in ledger_accounts:
        if account["id"] in places or account["id"] in cash:
            expect(f"account {account['code']}", "held", held[account["id"]], account["held"])
    return open_orders


def check_delivery(
    *,
    products: Iterable[Row],
    trades: Iterable[Row],
    places: Mapping[int, Place],
    cash: Mapping[int, Row],
    transfers: Iterable[Row],
) -> int:
    """Every trade has its units, its money and equal fees in the ledger, and no others have.

    The units are of the product and come from the seller's trading account to the buyer's, where
    they count as traded. Source: CQETS-22, CQ208-A4.1.3.

    Raises:
        Difference: the first trade or transfer without its counterpart.
    """
    kinds = kinds_of(products)
    legs = legs_by_trade(transfers)
    rows = list(trades)
    for trade in rows:
        found = legs.pop(str(trade["id"]), {})
        check_units(trade=trade, legs=found, kinds=kinds, places=places)
        check_money(trade=trade, legs=found, cash=cash)
        check_back(trade=trade, legs=found)
    for number in legs:
        expect(f"trade {number}", "row", "a trade", None)
    return len(rows)


def kinds_of(products: Iterable[Row]) -> dict[str, tuple[str, int | None]]:
    """Unit and vintage of each product, by its code."""
    return {row["code"]: (row["unit"], row["vintage_year"]) for row in products}


def legs_by_trade(transfers: Iterable[Row]) -> dict[str, dict[str, Row]]:
    """The transfers that deliver trades, by the trade's number and the name of the leg.

    Raises:
        Difference: one of them has another name than the legs of a trade.
    """
    legs: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in transfers:
        if row["reason"] == TRADE:
            name = row["key"].split("/", 2)
            expect(f"transfer {row['key']}", "name", (3, TRADE), (len(name), name[0]))
            legs[name[1]][name[2]] = row
    return legs


def check_units(
    *,
    trade: Row,
    legs: Mapping[str, Row],
    kinds: Mapping[str, tuple[str, int | None]],
    places: Mapping[int, Place],
) -> None:
    """The units of a trade went from its seller to its buyer. Source: CQETS-22.

    Raises:
        Difference.
    """
    where = f"trade {trade['id']}"
    units = [row for name, row in legs.items() if name.startswith(UNITS)]
    expect(where, "units delivered", trade["qty"], sum(row["amount"] for row in units))
    expect(where, "product", True, trade["product"] in kinds)
    unit, vintage_year = kinds[trade["product"]]
    for row in units:
        _check_units(where, trade, places.get(row["debit"]), places.get(row["credit"]))
        lot = places[row["debit"]].lot
        vintage = None if vintage_year is None else lot["vintage_year"]
        expect(where, "units of the product", (unit, vintage_year), (lot["kind"], vintage))


def check_money(*, trade: Row, legs: Mapping[str, Row], cash: Mapping[int, Row]) -> None:
    """The price went from buyer to seller, and both pay the same fee, or neither does.

    The fee goes to an account that no participant holds. Source: CQ208-A4.1.3.

    Raises:
        Difference.
    """
    where = f"trade {trade['id']}"
    money = {name: row for name, row in legs.items() if not name.startswith((UNITS, BACK))}
    names = ["buyer-fee", "cash", "seller-fee"] if "buyer-fee" in money else ["cash"]
    expect(where, "legs", names, sorted(money))
    expect(where, "money paid", trade["turnover_fen"], money["cash"]["amount"])
    expect(where, "accounts of the money", (trade["buyer"], trade["seller"]), _ends(money, cash))
    if len(names) == 1:
        return
    fees = money["buyer-fee"], money["seller-fee"]
    expect(where, "fee of the other side", fees[0]["amount"], fees[1]["amount"])
    for fee, party in zip(fees, ("buyer", "seller"), strict=True):
        payer, payee = cash.get(fee["debit"]), cash.get(fee["credit"])
        found = (payer and payer["holder"], payee and payee["holder"])
        expect(where, f"accounts of the {party}'s fee", (trade[party], None), found)


def check_back(*, trade: Row, legs: Mapping[str, Row]) -> None:
    """Of a cancelled trade every leg went back as it came, of any other none. Source: BJETS-18b.

    Raises:
        Difference.
    """
    wanted = {
        BACK + name: (row["credit"], row["debit"], row["amount"])
        for name, row in legs.items()
        if trade["cancelled_at"] and not name.startswith(BACK)
    }
    found = {
        name: (row["debit"], row["credit"], row["amount"])
        for name, row in legs.items()
        if name.startswith(BACK)
    }
    expect(f"trade {trade['id']}", "opposite entries", wanted, found)


def check_sheets(
    *, products: Iterable[Row], sheets: Iterable[Row], trades: Iterable[Row], entries: Iterable[Row]
) -> int:
    """The daily sheets are the sums of the trades, as journalled; a close is the next reference.

    Source: CQETS-20.

    Raises:
        Difference: the first sheet that is wrong.
    """
    listed, told = _journalled_sheets(entries)
    expect("products", "codes", sorted(listed), sorted(row["code"] for row in products))
    made: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for trade in trades:
        if not trade["cancelled_at"]:
            made[trade["product"], trade["day"]].append(trade)
    closes: dict[str, int] = {}
    rows = sorted(sheets, key=lambda row: str(row["day"]))
    for row in rows:
        key = row["product"], row["day"]
        where, of_day = f"daily sheet {row['product']} {row['day']}", made.pop(key, [])
        before = closes.get(row["product"], row["reference_fen"])
        expect(where, "close of the day before", before, row["reference_fen"])
        closes[row["product"]] = row["close_fen"]
        expect(where, "sums over its trades", _sheet(of_day), _sheet_of(row))
        published = [row["product"], row["close_fen"], row["volume_t"], row["turnover_fen"]]
        expect(where, "as published", told.pop(key, None), published)
        if not row["trades"]:
            expect(where, "close of a day without trades", row["reference_fen"], row["close_fen"])
    last_published = str(rows[-1]["day"]) if rows else ""
    open_day = max((day for _, day in made), default="")
    for product, day in [*made, *told]:
        # The day that still trades has no sheet yet; a published one stands in the journal.
        if day != open_day or day <= last_published or (product, day) in told:
            expect(f"daily sheet {product} {day}", "row", "a sheet", None)
    return len(rows)


def as_told(trade: Row) -> list[object]:
    """A trade as the journal's entry of its batch tells it."""
    return [trade[name] for name in ("id", "product", "buy", "sell", "price_fen", "qty")]


def _journalled_orders(
    entries: Iterable[Row],
) -> tuple[dict[int, tuple[str, int]], dict[int, tuple[str, str]]]:
    """State and rest of each order by the journal's last word, and the batch that took it in."""
    last: dict[int, tuple[str, int]] = {}
    entered: dict[int, tuple[str, str]] = {}
    for entry in entries:
        if entry["operation"] == BATCH:
            for number, state, rest in entry["content"].get("orders", ()):
                last[number] = state, rest
                entered.setdefault(number, (entry["subject"], entry["at"]))
        elif entry["operation"] == _CLOSED:
            for number in entry["content"].get("expired", ()):
                expect(f"journal entry {entry['id']}", f"order {number}", True, number in last)
                last[number] = _EXPIRED, last[number][1]
    return last, entered


def _journalled_sheets(
    entries: Iterable[Row],
) -> tuple[set[str], dict[tuple[str, str], list[Any]]]:
    """The products listed, and every sheet by product and day as it was last published."""
    listed: set[str] = set()
    told: dict[tuple[str, str], list[Any]] = {}
    for entry in entries:
        if entry["operation"] == _LISTED:
            listed.update(entry["content"].get("products", ()))
        elif entry["operation"] == _CLOSED:
            day = entry["subject"].rpartition("/")[2]
            told |= {(sheet[0], day): sheet for sheet in entry["content"].get("sheets", ())}
        elif entry["operation"] == _CANCELLED:
            day = entry["content"]["day"]
            told |= {(sheet[0], day): sheet for sheet in entry["content"]["sheets"]}
    return listed, told


def _owner(
    account: int, places: Mapping[int, Place], cash: Mapping[int, Row], *, money: bool
) -> object:
    """Whose cash account, or trading account of units, a ledger account is."""
    if money:
        return cash[account]["holder"] if account in cash else None
    place = places.get(account)
    trading = place is not None and place.account["kind"] == AccountKind.TRADING
    return place.account["holder"] if place and trading else None


def _check_units(where: str, trade: Row, source: Place | None, target: Place | None) -> None:
    expect(where, "accounts of the units", (True, True), (source is not None, target is not None))
    assert source is not None
    assert target is not None
    ends = [(p.account["kind"], p.account["holder"]) for p in (source, target)]
    wanted = [(AccountKind.TRADING, trade["seller"]), (AccountKind.TRADING, trade["buyer"])]
    expect(where, "accounts of the units", wanted, ends)
    expect(where, "units received", [source.lot["code"], True], target.part)


def _ends(legs: Mapping[str, Row], cash: Mapping[int, Row]) -> tuple[object, ...]:
    ends = (cash.get(legs["cash"][side]) for side in ("debit", "credit"))
    return tuple(end and end["holder"] for end in ends)


def _sheet(trades: Sequence[Row]) -> tuple[int | None, ...]:
    booked = [trade for trade in trades if trade["method"] in _ON_THE_BOOK]
    apart = [trade for trade in trades if trade["method"] not in _ON_THE_BOOK]
    prices = [trade["price_fen"] for trade in booked]
    return (
        prices[0] if prices else None,
        max(prices, default=None),
        min(prices, default=None),
        *_sums(booked),
        *_sums(apart),
    )


def _sums(trades: Sequence[Row]) -> tuple[int, int, int]:
    return (
        sum(trade["qty"] for trade in trades),
        sum(trade["turnover_fen"] for trade in trades),
        len(trades),
    )


def _sheet_of(row: Row) -> tuple[int | None, ...]:
    names = (
        *("open_fen", "high_fen", "low_fen", "volume_t", "turnover_fen", "trades"),
        *("deal_volume_t", "deal_turnover_fen", "deals"),
    )
    return tuple(row[name] for name in names)
