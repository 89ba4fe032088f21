"""The shape of what journal entries tell, wherever a check of `openets verify` reads it. Pure.

A forger who chains the journal anew may write anything into it; the checks themselves trust the
shape and compare the values.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openets.doors.tables import Row
from openets.journal.chain import Difference

Shape = type | tuple[Any, ...] | list[Any] | dict[type, Any]
"""A type; a list of one shape; a row of columns, as a tuple; or a mapping of keys to values."""

SHAPES: Mapping[str, Mapping[str, Shape]] = {
    "compliance.open_duties": {"verified_t": {str: int}},
    "registry.issue": {"credit": str, "parts": [(str, bool, int)], "batch": int},
    "registry.issue_reserve": {"parts": [(str, bool, int)], "batch": int},
    "registry.release_locked": {"free_t": [(str, int, int)]},
    "registry.end_minimum_holding": {"holders": [str]},
    "trading.list_products": {"products": [str]},
    "trading.batch": {"orders": [(int, str, int)]},
    "trading.close_day": {"sheets": [(str, int, int, int)], "expired": [int]},
}
"""By operation: the fields that are taken apart."""


def check_contents(entries: Iterable[Row]) -> None:
    """Stop at the first entry whose content does not have the shape its operation writes.

    Source: CQETS-5.4b

    Raises:
        Difference: names the entry and the field.
    """
    for entry in entries:
        for name, shape in SHAPES.get(entry["operation"], {}).items():
            found = entry["content"].get(name)
            if not _fits(found, shape):
                raise Difference(
                    where=f"journal entry {entry['id']} ({entry['operation']} {entry['subject']})",
                    what=name,
                    expected=_told(shape),
                    found=found,
                )


def _fits(value: object, shape: Shape) -> bool:
    match shape:
        case type():
            return type(value) is shape
        case [each]:
            return isinstance(value, list) and all(_fits(item, each) for item in value)
        case dict():
            ((key, each),) = shape.items()
            pairs = value.items() if isinstance(value, dict) else [(None, None)]
            return all(_fits(k, key) and _fits(v, each) for k, v in pairs)
    columns = value if isinstance(value, list) else []
    return len(columns) == len(shape) and all(map(_fits, columns, shape))


def _told(shape: Shape) -> str:
    match shape:
        case type():
            return shape.__name__
        case [each]:
            return f"list of {_told(each)}"
        case dict():
            ((key, each),) = shape.items()
            return f"{_told(key)} to {_told(each)}"
    return f"[{', '.join(map(_told, shape))}]"
