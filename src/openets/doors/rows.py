"""Reading one JSON object that may be hostile: its fields, each of the type it should have."""

import json
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from openets.kernel.quantity import parse_decimal
from openets.kernel.refusal import Refusal

LONGEST_TEXT = 1000
"""Characters; a longer text is no name and no number."""


class NotJson(Refusal):
    """A line is not one JSON object."""

    code = "not_json"
    zh = "内容不是 JSON 对象：{reason}"
    en = "This is not a JSON object: {reason}"
    remedy_zh = "请填写 JSON 对象，编码为 UTF-8"
    remedy_en = "Write a JSON object, in UTF-8"


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


class _Point(str):
    """A JSON number with a point, kept as written, so that no binary float is made of it."""

    __slots__ = ()


def json_object(line: bytes) -> dict[str, Any]:
    """Read one line, or one file, as a JSON object; a number with a point stays text.

    Raises:
        NotJson: also for NaN and Infinity, which JSON does not have, and for a field named twice.
    """
    try:
        row = _DECODER.decode(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as unreadable:
        raise NotJson(reason=str(unreadable)) from unreadable
    return as_object(row)


def as_object(value: object) -> dict[str, Any]:
    """A value inside JSON as an object.

    Raises:
        NotJson.
    """
    if not isinstance(value, dict):
        raise NotJson(reason=f"it is a {type(value).__name__}")
    return value


def is_pointed(value: object) -> bool:
    """Whether a value is a JSON number with a point, which is no text."""
    return isinstance(value, _Point)


def present(row: dict[str, Any], name: str) -> object:
    """The value of a field that must be there.

    Raises:
        MissingField.
    """
    value = row.get(name)
    if value is None:
        raise MissingField(field=name, name=name)
    return value


def text(row: dict[str, Any], name: str, *, default: str | None = None) -> str:
    """A text; a whole number is taken as written, so that an id may be one.

    Raises:
        MissingField: there is no default.
        BadField.
    """
    if row.get(name) is None and default is not None:
        return default
    value = present(row, name)
    if isinstance(value, bool | _Point) or not isinstance(value, int | str):
        raise bad(name, value, "a text")
    written = str(value).strip()
    if len(written) > LONGEST_TEXT or not _is_unicode(written) or not (written or default == ""):
        raise bad(name, value, "a text")
    return written


def identifier(row: dict[str, Any], name: str) -> int | str:
    """An id as it is given: a text, or a whole number. The number 1 and the text "1" are two ids.

    Raises:
        MissingField, BadField.
    """
    value = present(row, name)
    if (
        isinstance(value, bool | _Point)
        or not isinstance(value, int | str)
        or value == ""
        or (isinstance(value, str) and not _is_unicode(value))
    ):
        raise bad(name, value, "a text or a whole number")
    return value


def word(row: dict[str, Any], name: str, choices: Sequence[str]) -> str:
    """One of some words.

    Raises:
        MissingField, BadField.
    """
    value = present(row, name)
    if not isinstance(value, str) or value not in choices:
        raise bad(name, value, " / ".join(choices))
    return value


def number(row: dict[str, Any], name: str) -> Decimal:
    """An exact number, written as a JSON number or as a decimal string.

    Raises:
        MissingField, BadField, NotANumber.
    """
    value = present(row, name)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise bad(name, value, "a whole number or a decimal number as text")
    return parse_decimal(str(value), field=name)


def whole(row: dict[str, Any], name: str) -> int:
    """A whole number, written as a JSON number or as a decimal string.

    Raises:
        MissingField, BadField, NotANumber.
    """
    value = row.get(name)
    if type(value) is int:
        return value
    exact = number(row, name)
    if exact != int(exact):
        raise bad(name, value, "a whole number")
    return int(exact)


def day(row: dict[str, Any], name: str) -> date:
    """A date as YYYY-MM-DD.

    Raises:
        MissingField, BadField.
    """
    value = present(row, name)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise bad(name, value, "a date as YYYY-MM-DD")


def year(row: dict[str, Any], name: str = "year") -> int:
    """A calendar year of four digits.

    Raises:
        MissingField, BadField.
    """
    value = present(row, name)
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]{3}", str(value)[:5]):
        raise bad(name, value, "a year")
    return int(str(value))


def flag(row: dict[str, Any], name: str) -> bool:
    """Yes or no; no when it is not said.

    Raises:
        BadField.
    """
    value = row.get(name)
    if not isinstance(value, bool | None):
        raise bad(name, value, "true or false")
    return bool(value)


def items(row: dict[str, Any], name: str) -> list[Any]:
    """A list; empty when it is not given.

    Raises:
        BadField.
    """
    value = row.get(name)
    if value is not None and not isinstance(value, list):
        raise bad(name, value, "a list")
    return value or []


def bad(name: str, value: object, wanted: str) -> BadField:
    """The refusal of a value, shortened and printable."""
    short = value[:40] if isinstance(value, str) else json.dumps(value)[:40]
    printable = short if _is_unicode(short) else ascii(short)
    return BadField(field=name, name=name, value=printable, wanted=wanted)


def shown(value: object) -> int | str | None:
    """A value as it may be shown again: a number or a text that a file can hold."""
    if isinstance(value, str):
        return value[:LONGEST_TEXT] if _is_unicode(value) else None
    return value if isinstance(value, int) else None


def _is_unicode(written: str) -> bool:
    # JSON may escape half a character, which no file can hold.
    return not any("\ud800" <= letter <= "\udfff" for letter in written)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a field is named twice")
    return row


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


_DECODER = json.JSONDecoder(
    parse_float=_Point, parse_constant=_no_number, object_pairs_hook=_each_once
)
