"""The lines of `openets match`, read into commands."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from openets.kernel.quantity import parse_decimal
from openets.kernel.refusal import Refusal
from openets.trading.book import DAY, FOK, IOC, OrderId


class NotJson(Refusal):
    """A line is not one JSON object."""

    code = "not_json"
    zh = "该行不是 JSON 对象：{reason}"
    en = "The line is not a JSON object: {reason}"
    remedy_zh = "每行填写一个 JSON 对象，编码为 UTF-8"
    remedy_en = "Write one JSON object a line, in UTF-8"


class MissingField(Refusal):
    """A field the operation needs is absent or null."""

    code = "missing_field"
    zh = "缺少字段“{name}”"
    en = "The field “{name}” is missing"
    remedy_zh = "请补充该字段"
    remedy_en = "Add the field"


class BadField(Refusal):
    """A field holds something of another type, or a word that is not among its choices."""

    code = "bad_field"
    zh = "字段“{name}”的值 {value} 无效，应为 {wanted}"
    en = "The field “{name}” holds {value} and must be {wanted}"
    remedy_zh = "请按 {wanted} 填写"
    remedy_en = "Give {wanted}"


class UnknownOp(Refusal):
    """No operation has that name."""

    code = "unknown_op"
    zh = "没有名为“{value}”的操作"
    en = "There is no operation “{value}”"
    remedy_zh = "可用的操作：{known}"
    remedy_en = "Operations: {known}"


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


class _Point(str):
    """A JSON number with a point, kept as written, so that no binary float is made of it."""

    __slots__ = ()


def json_object(line: bytes) -> dict[str, Any]:
    """Read one line as a JSON object; a number with a point stays text.

    Raises:
        NotJson: also for NaN and Infinity, which JSON does not have.
    """
    try:
        row = json.loads(line.decode("utf-8"), parse_float=_Point, parse_constant=_no_number)
    except (ValueError, RecursionError) as unreadable:
        raise NotJson(reason=str(unreadable)) from unreadable
    if not isinstance(row, dict):
        raise NotJson(reason=f"it is a {type(row).__name__}")
    return row


def order_id(row: dict[str, Any]) -> OrderId:
    """The id of the order a row is about.

    Raises:
        MissingField, BadField.
    """
    value = _present(row, "id")
    if isinstance(value, bool | _Point) or not isinstance(value, int | str) or value == "":
        raise _bad("id", value, "a text or a whole number")
    return value


def command(row: dict[str, Any]) -> Command:
    """Turn a row into its command.

    Raises:
        UnknownOp, MissingField, BadField, NotANumber.
    """
    op = _present(row, "op")
    if not isinstance(op, str) or op not in _OPS:
        raise UnknownOp(field="op", value=str(op), known=", ".join(_OPS))
    return _OPS[op](row)


def _new(row: dict[str, Any]) -> New:
    new_id, side = order_id(row), _word(row, "side", ("buy", "sell"))
    at_limit = _word(row, "type", ("limit", "market")) == "limit"
    owner = "" if row.get("owner") is None else row["owner"]
    if isinstance(owner, bool | _Point) or not isinstance(owner, int | str):
        raise _bad("owner", owner, "a text or a whole number")
    return New(
        id=new_id,
        buy=side == "buy",
        price=_number(row, "price") if at_limit else None,
        qty=_number(row, "qty"),
        tif=DAY if row.get("tif") is None else _word(row, "tif", (DAY, IOC, FOK)),
        owner=owner,
    )


def _replace(row: dict[str, Any]) -> Replace:
    price = None if row.get("price") is None else _number(row, "price")
    return Replace(order_id(row), price, _number(row, "qty"))


_OPS: dict[str, Callable[[dict[str, Any]], Command]] = {
    "new": _new,
    "withdraw": lambda row: Withdraw(order_id(row)),
    "replace": _replace,
    "reference": lambda row: Reference(_number(row, "price")),
    "uncross": lambda _: Uncross(),
    "depth": lambda _: Depth(),
}


def _present(row: dict[str, Any], name: str) -> object:
    value = row.get(name)
    if value is None:
        raise MissingField(field=name, name=name)
    return value


def _word(row: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = _present(row, name)
    if not isinstance(value, str) or value not in choices:
        raise _bad(name, value, " / ".join(choices))
    return value


def _number(row: dict[str, Any], name: str) -> Decimal:
    value = _present(row, name)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _bad(name, value, "a whole number or a decimal number as text")
    return parse_decimal(str(value), field=name)


def _bad(name: str, value: object, wanted: str) -> BadField:
    return BadField(field=name, name=name, value=str(value)[:40], wanted=wanted)


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
