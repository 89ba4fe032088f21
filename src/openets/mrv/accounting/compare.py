"""Two factor sets beside each other: which values differ, which only one of them has."""

from dataclasses import dataclass
from decimal import Decimal

from openets.mrv.accounting.factors import TABLES, Factor, FactorSet

GWP = "gwp"
"""Stands for the table of warming potentials, whose items are gases."""


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """A value of an item in two sets; None where a set has none."""

    table: str
    key: str
    zh: str
    name: str
    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """After less before, where both are known."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


def set_differences(before: FactorSet, after: FactorSet) -> list[ValueDifference]:
    """Every value that differs between two sets, by table and item, potentials last.

    Source: CQ208-A1.M.2.2d.
    """
    found = []
    for table in TABLES:
        old, new = _of(before, table), _of(after, table)
        for key in dict.fromkeys((*old, *new)):
            item = new.get(key) or old[key]
            had, has = _values(old.get(key)), _values(new.get(key))
            found += [
                ValueDifference(table, key, item.zh, name, had.get(name), has.get(name))
                for name in dict.fromkeys((*had, *has))
                if had.get(name) != has.get(name)
            ]
    then, now = before.gwp.values, after.gwp.values
    found += [
        ValueDifference(GWP, gas, gas, "GWP", then.get(gas), now.get(gas))
        for gas in dict.fromkeys((*then, *now))
        if then.get(gas) != now.get(gas)
    ]
    return found


def _of(one: FactorSet, table: str) -> dict[str, Factor]:
    return {factor.key: factor for factor in one.factors if factor.table == table}


def _values(factor: Factor | None) -> dict[str, Decimal]:
    return dict(factor.values) if factor else {}
