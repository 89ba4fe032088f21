"""The units of activity data, and turning one into another of its kind."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from openets.kernel.refusal import Refusal


class UnitMismatch(Refusal):
    """A quantity is measured in a unit of another kind, or in one nobody knows."""

    code = "unit_mismatch"
    article = "CQETS-24"
    zh = "“{item}”的单位为“{unit}”，应为 {expected}"
    en = "“{item}” is given in “{unit}” and must be in {expected}"
    remedy_zh = "请改用 {expected} 填写数量"
    remedy_en = "Give the quantity in {expected}"


_UNITS = {
    "t": ("mass", Fraction(1)),
    "kg": ("mass", Fraction(1, 1000)),
    "1e4Nm3": ("volume", Fraction(1)),
    "Nm3": ("volume", Fraction(1, 10_000)),
    "GJ": ("heat", Fraction(1)),
    "MJ": ("heat", Fraction(1, 1000)),
    "MWh": ("electricity", Fraction(1)),
    "kWh": ("electricity", Fraction(1, 1000)),
}
"""Unit: the kind of what it measures, and how many of the kind's main unit it is.

Electricity and heat stay two kinds, because a line of one is never meant as the other.
"""


def in_unit(quantity: Decimal, unit: str, *, wanted: Sequence[str], item: str) -> Fraction:
    """Turn a quantity into the main unit of its kind, which must be that of a `wanted` unit.

    `wanted` are main units. Source: CQETS-24.

    Raises:
        UnitMismatch: never does tonnes become volume, or heat electricity.
    """
    kinds = {_UNITS[name][0] for name in wanted}
    kind, size = _UNITS.get(unit, ("", Fraction(0)))
    if kind not in kinds:
        expected = " / ".join(name for name, (of, _) in _UNITS.items() if of in kinds)
        raise UnitMismatch(field="unit", item=item, unit=unit[:40], expected=expected)
    return Fraction(quantity) * size


def main_unit(unit: str) -> str:
    """The unit that quantities of the same kind are calculated in."""
    kind, _ = _UNITS[unit]
    return next(name for name, (of, _) in _UNITS.items() if of == kind)


def is_of_kind(unit: str, main: str) -> bool:
    """Whether a unit, known or not, measures the same kind of thing as a main unit."""
    return unit in _UNITS and _UNITS[unit][0] == _UNITS[main][0]


def unit_names() -> tuple[str, ...]:
    """Every unit that activity data may be given in."""
    return tuple(_UNITS)
