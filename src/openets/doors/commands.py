"""The lines of `openets match`, read into commands."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openets.doors.rows import bad, identifier, is_pointed, number, present, word
from openets.kernel.refusal import Refusal
from openets.trading.book import DAY, FOK, IOC


class UnknownOp(Refusal):
    """No operation has that name."""

    code = "unknown_op"
    zh = "没有名为“{value}”的操作"
    en = "There is no operation “{value}”"
    remedy_zh = "可用的操作：{known}"
    remedy_en = "Operations: {known}"


OrderId = int | str
"""As the file names an order."""


@dataclass(frozen=True, slots=True)
class New:
    """A new order; no price means at the market."""

    id: OrderId
    buy: bool
    price: Decimal | None
    qty: Decimal
    tif: str
    owner: int | str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take an order out."""

    id: OrderId


@dataclass(frozen=True, slots=True)
class Replace:
    """Another price and remaining quantity; no price keeps a market order what it is."""

    id: OrderId
    price: Decimal | None
    qty: Decimal


@dataclass(frozen=True, slots=True)
class Reference:
    """Another reference price."""

    price: Decimal


@dataclass(frozen=True, slots=True)
class Uncross:
    """Clear the call auction."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Show the levels."""


Command = New | Withdraw | Replace | Reference | Uncross | Depth


def command(row: dict[str, Any]) -> Command:
    """Turn a row into its command.

    Raises:
        UnknownOp, MissingField, BadField, NotANumber.
    """
    op = present(row, "op")
    if not isinstance(op, str) or op not in _OPS:
        raise UnknownOp(field="op", value=str(op), known=", ".join(_OPS))
    return _OPS[op](row)


def _new(row: dict[str, Any]) -> New:
    new_id, side = identifier(row, "id"), word(row, "side", ("buy", "sell"))
    at_limit = word(row, "type", ("limit", "market")) == "limit"
    owner = "" if row.get("owner") is None else row["owner"]
    if isinstance(owner, bool) or is_pointed(owner) or not isinstance(owner, int | str):
        raise bad("owner", owner, "a text or a whole number")
    return New(
        id=new_id,
        buy=side == "buy",
        price=number(row, "price") if at_limit else None,
        qty=number(row, "qty"),
        tif=DAY if row.get("tif") is None else word(row, "tif", (DAY, IOC, FOK)),
        owner=owner,
    )


def _replace(row: dict[str, Any]) -> Replace:
    price = None if row.get("price") is None else number(row, "price")
    return Replace(identifier(row, "id"), price, number(row, "qty"))


_OPS: dict[str, Callable[[dict[str, Any]], Command]] = {
    "new": _new,
    "withdraw": lambda row: Withdraw(identifier(row, "id")),
    "replace": _replace,
    "reference": lambda row: Reference(number(row, "price")),
    "uncross": lambda _: Uncross(),
    "depth": lambda _: Depth(),
}
