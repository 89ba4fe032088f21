"""The allowance of one entity (重点排放单位) for one year: the sum of its lines, gap and relief."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from itertools import groupby

from openets.allocation.lines import (
    LineYear,
    RowsDisagree,
    check_row,
    check_unique,
    line_of,
    shutdown_by_year,
)
from openets.allocation.methods import NO_DEPARTURES, Departure, LineAllocation, allocate_line
from openets.allocation.relief import ReliefKind, advance_limit, pre_allocation, relieve
from openets.kernel.citation import Citation
from openets.kernel.explain import Explanation, Step, given
from openets.kernel.quantity import Tonnes, half_up_tonnes, plain
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law

EXACT = Context(prec=200)
"""Precision beyond any product of three amounts the parser lets in: nothing is rounded unnamed."""


class NothingInYear(Refusal):
    """The entity has no row in the allocation year."""

    code = "nothing_in_year"
    article = "CQ208-1"
    zh = "没有 {year} 年的数据行，无法核定配额"
    en = "There is no row for {year}, so nothing can be allocated"
    remedy_zh = "请补充该年度各生产线的数据"
    remedy_en = "Add the rows of that year's lines"


@dataclass(frozen=True, slots=True)
class LineResults:
    """The lines that could be allocated, and the refusals of the rest."""

    lines: tuple[LineAllocation, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class EntityAllocation:
    """An entity's allowance for a year in whole tonnes CO2e, its gap, relief and advances.

    `gap_t` and `gap_ratio` are those before the relief; negative is a surplus. `explanation` is
    the entity's working; each line carries its own.
    """

    entity: str
    year: int
    lines: tuple[LineAllocation, ...]
    allowance_exact: Decimal
    allowance_t: Tonnes
    verified_t: Tonnes
    gap_t: Tonnes
    gap_ratio: Decimal | None
    relief: ReliefKind
    determined_t: Tonnes
    advance_limit_t: Tonnes
    pre_allocation_t: Tonnes | None
    explanation: Explanation

    @property
    def exemption_t(self) -> Tonnes:
        """What the gap exemption adds (豁免增发)."""
        return Tonnes(self.determined_t - self.allowance_t)


def allocate_entity(
    *,
    entity: str,
    year: int,
    rows: Sequence[LineYear],
    law: Law,
    departures: Mapping[str, Departure] = NO_DEPARTURES,
) -> EntityAllocation:
    """Calculate an entity's allowance (配额) for `year` from its rows, history included.

    `departures` give a line another method with a recorded reason. Source: CQ208-1, CQ208-A1.3.

    Raises:
        Refusal: the first row or line that cannot be decided (see `lines`, `base`, `methods`).
    """
    results = allocate_lines(year=year, rows=rows, law=law, departures=departures)
    if results.refusals:
        raise results.refusals[0]
    return total_of(entity=entity, year=year, rows=rows, lines=results.lines, law=law)


def allocate_lines(
    *,
    year: int,
    rows: Sequence[LineYear],
    law: Law,
    departures: Mapping[str, Departure] = NO_DEPARTURES,
    undecided: frozenset[str] = frozenset(),
) -> LineResults:
    """Allocate every line of an entity that can be, and collect the refusals of those that cannot.

    Lines named in `undecided` are left out: a row of theirs was refused before.
    """
    refusals: list[Refusal] = []
    left_out = set(undecided)
    for row in rows:
        try:
            check_row(row)
        except Refusal as refusal:
            refusals.append(refusal)
            left_out.add(row.line)
    for duplicate in check_unique(rows):
        refusals.append(duplicate)
        left_out.add(str(duplicate.numbers["line"]))
    history = [row for row in rows if row.year <= year]
    try:
        shutdown = shutdown_by_year(history)
    except RowsDisagree as refusal:
        return LineResults((), (*refusals, refusal))
    if not left_out and all(row.year != year for row in history):
        return LineResults((), (NothingInYear(field="year", row=_first_row(rows), year=year),))
    by_line: dict[str, list[LineYear]] = {}
    for row in history:
        by_line.setdefault(row.line, []).append(row)
    lines: list[LineAllocation] = []
    for name, same in by_line.items():
        if name in left_out:
            continue
        try:
            with localcontext(EXACT):
                lines += allocate_line(
                    line=line_of(same),
                    shutdown=shutdown,
                    year=year,
                    law=law,
                    departure=departures.get(name),
                )
        except Refusal as refusal:
            refusal.row = refusal.row or same[-1].row
            refusals.append(refusal)
    return LineResults(tuple(lines), tuple(refusals))


def total_of(
    *,
    entity: str,
    year: int,
    rows: Sequence[LineYear],
    lines: tuple[LineAllocation, ...],
    law: Law,
) -> EntityAllocation:
    """Sum an entity's lines, test its gap and reckon advance use and pre-allocation.

    Every row of `year` carries its verified emissions. Source: CQ208-A1.3, A1.5.3, A1.5.3b, A1.4b.
    """
    with localcontext(EXACT):
        allowance_t, exact, sum_step = _sum_of(lines, year, law)
        verified_t, verified_step = _verified(rows, year)
        relief = relieve(verified_t=verified_t, allowance_t=allowance_t, year=year, law=law)
        advance_limit_t, advance_step = advance_limit(
            verified_t=verified_t,
            allowance_t=allowance_t,
            determined_t=relief.determined_t,
            year=year,
            law=law,
        )
        ahead = pre_allocation(
            allowance_t=allowance_t, determined_t=relief.determined_t, year=year, law=law
        )
    steps = (sum_step, verified_step, *relief.steps, advance_step)
    return EntityAllocation(
        entity=entity,
        year=year,
        lines=lines,
        allowance_exact=exact,
        allowance_t=allowance_t,
        verified_t=verified_t,
        gap_t=relief.gap_t,
        gap_ratio=relief.gap_ratio,
        relief=relief.kind,
        determined_t=relief.determined_t,
        advance_limit_t=advance_limit_t,
        pre_allocation_t=ahead[0] if ahead else None,
        explanation=Explanation(steps).then(*(ahead[1:] if ahead else ())),
    )


def _sum_of(lines: Sequence[LineAllocation], year: int, law: Law) -> tuple[Tonnes, Decimal, Step]:
    level = law.for_year("alloc.rounding_level", year)
    exact = sum((line.allowance_exact for line in lines), Decimal(0))
    if level.text == "line":
        allowance_t = Tonnes(sum(_rounded_lines(lines)))
        rounding = "each line half-up to whole tonnes"
    else:
        allowance_t = half_up_tonnes(exact)
        rounding = f"sum {plain(exact)} half-up to whole tonnes (AMB-03)"
    step = Step(
        title="Allowance of the entity",
        title_zh="重点排放单位年度配额",
        formula="sum over the production lines",
        given=tuple(
            given(f"{line.line} {line.product}".strip(), line.allowance_exact, "tCO2e")
            for line in lines
        ),
        result=str(allowance_t),
        unit="tCO2e",
        cites=(Citation(source="CQ208-A1.3"), level.cite),
        rounding=rounding,
    )
    return allowance_t, exact, step


def _rounded_lines(lines: Sequence[LineAllocation]) -> list[Tonnes]:
    return [
        half_up_tonnes(sum(one.allowance_exact for one in same))
        for _, same in groupby(lines, key=lambda one: one.line)
    ]


def _verified(rows: Sequence[LineYear], year: int) -> tuple[Tonnes, Step]:
    of_year = [row for row in rows if row.year == year]
    exact = sum((row.needed("co2_t", "the gap") + row.non_co2 for row in of_year), Decimal(0))
    verified_t = half_up_tonnes(exact)
    return verified_t, Step(
        title="Verified emissions of the year",
        title_zh="经核查年度排放量",
        formula="sum of CO2 and non-CO2 over the rows of the year",
        given=tuple(
            given(
                f"{row.line} {row.product}".strip(),
                row.needed("co2_t", "the gap") + row.non_co2,
                "tCO2e",
                row.source,
            )
            for row in of_year
        ),
        result=str(verified_t),
        unit="tCO2e",
        cites=(Citation(source="CQ208-A1.5.3"),),
        rounding=f"sum {plain(exact)} half-up to whole tonnes (AMB-03)",
    )


def _first_row(rows: Sequence[LineYear]) -> int | None:
    return rows[0].row if rows else None
