"""What a drawn market consists of."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A production line (生产线) of an entity."""

    entity: int
    code: str
    name_zh: str
    process: str
    """clinker, aluminium, waste_incineration, shale_gas or other."""
    products: tuple[str, ...]
    lacks: str
    """The condition of the intensity method that its products do not meet, or none."""
    commissioned_date: date


@dataclass(frozen=True, slots=True)
class Usable:
    """The part of a year after an abatement project (减排工程). Source: CQ208-A1.M.2.2c."""

    from_date: date
    output: Decimal
    co2_t: Decimal
    production_days: int


@dataclass(frozen=True, slots=True)
class LineYear:
    """A line's year with one of its products; the days off are the enterprise's."""

    entity: int
    line: str
    product: str
    year: int
    output: Decimal
    unit: str
    co2_t: Decimal
    non_co2_t: Decimal
    production_days: int
    shutdown_days: int
    usable: Usable | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A special case that the model planted."""

    name: str
    article: str
    entity: int


@dataclass(frozen=True, slots=True)
class Market:
    """A drawn market: the truth, what was reported of it, and the cases planted in it.

    `verified` holds every year, 2018-2020 as inventoried (盘查) and later ones as verified (核查);
    `reported` the same rows of the reported years as the entities sent them.
    """

    seed: int
    lines: tuple[Line, ...]
    verified: tuple[LineYear, ...]
    reported: tuple[LineYear, ...]
    cases: tuple[Case, ...]

    def only(self, numbers: Collection[int]) -> "Market":
        """The same market with these entities alone, each unchanged."""
        return replace(
            self,
            lines=tuple(line for line in self.lines if line.entity in numbers),
            verified=tuple(row for row in self.verified if row.entity in numbers),
            reported=tuple(row for row in self.reported if row.entity in numbers),
            cases=tuple(case for case in self.cases if case.entity in numbers),
        )
