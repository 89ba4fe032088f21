"""Base years (历史基准年度) and base values (历史基准值) of the two historical methods."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from openets.allocation.lines import Line, LineYear, MissingYear, days_of
from openets.kernel.explain import Given, Step, given
from openets.kernel.quantity import half_up, plain
from openets.kernel.refusal import Refusal
from openets.mrv.figures import ABATEMENT_PROJECT
from openets.rulebook.load import Law, Rule


class NoBaseLeft(Refusal):
    """No base year with usable data remains, so the authority must decide by hand."""

    code = "no_base_left"
    article = "CQ208-A1.M.2.2c"
    zh = "生产线“{line}”产品“{product}”没有可用的历史基准年度：{why}"
    en = "Line “{line}”, product “{product}” has no usable base year left: {why}"
    remedy_zh = "由主管部门另行核定；变化发生在基准年度之后的，本年度计算时请将 usable_from 留空"
    remedy_en = (
        "The authority decides by hand; if the change came after the base years, leave "
        "usable_from empty for this year's calculation"
    )


class NoOutput(Refusal):
    """A base year made nothing, and it is left out only for a recorded reason."""

    code = "no_output"
    article = "CQ208-A1.M.2.2"
    zh = "生产线“{line}”产品“{product}” {years} 年产量为零，没有碳排放强度"
    en = "Line “{line}”, product “{product}” made nothing in {years}, so there is no intensity"
    remedy_zh = "请在该年度数据中填写零产量原因（zero_output_reason），或更正产量"
    remedy_en = "State why in that year's row (zero_output_reason), or correct the output"


class ProjectOutsideYears(Refusal):
    """An abatement project of another year leaves all data of the base years to count."""

    code = "project_outside_years"
    article = "CQ208-A1.M.2.2c"
    zh = "生产线“{line}”的减排工程自 {usable_from} 起投运，不在 {years} 年内，此前的排放量不得剔除"
    en = (
        "The abatement project of line “{line}” went into operation on {usable_from}, outside "
        "{years}: emissions before it stay in the base"
    )
    remedy_zh = "请将 usable_from 和 usable_* 留空；属设施改造、扩建等变化的，注明 changed_facility"
    remedy_en = (
        "Leave usable_from and usable_* empty; if the facility itself was changed, say "
        "changed_facility"
    )


PROJECT_ARTICLES = {
    "historical_intensity": "CQ208-A1.M.2.2c",
    "historical_total": "CQ208-A1.M.3.2c",
}


@dataclass(frozen=True, slots=True)
class BaseYear:
    """What one year gives to a base value: emissions over a quantity (output or days)."""

    year: int
    emissions_t: Decimal
    quantity: Decimal
    origin: str

    @property
    def intensity(self) -> Fraction:
        """Emissions per unit of the quantity."""
        return Fraction(self.emissions_t) / Fraction(self.quantity)


@dataclass(frozen=True, slots=True)
class Base:
    """A base value, rounded as the law says, the years behind it, and its working."""

    value: Decimal
    years: tuple[int, ...]
    steps: tuple[Step, ...]


def intensity_base(*, line: Line, product: str, year: int, law: Law, reason: str = "") -> Base:
    """The historical intensity base value (历史碳排放强度基准值), t CO2 per unit of output.

    A base year with zero output has no intensity and is left out for the reason its row states, or
    for a recorded `reason`; the looser reading asks for none. Exactly one year that deviates from
    the mean of all by the limit or more is left out too. Source: CQ208-A1.M.2.2, A1.M.2.2b.

    Raises:
        MissingYear, Incomplete: a base year is unknown.
        NoOutput: a base year has none, and no reason is recorded where one is needed.
        ProjectOutsideYears: an abatement project of another year.
        NoBaseLeft: no base year has output that counts.
    """
    counted, notes = _counted_years(
        line=line,
        product=product,
        year=year,
        law=law,
        method="historical_intensity",
        quantity_of=lambda row, partial: row.needed(
            "usable_output" if partial else "output", "historical_intensity"
        ),
    )
    usable = [one for one in counted if one.quantity]
    zero = law.for_year("alloc.intensity_zero_output", year)
    silent = []
    for one in _less(counted, usable):
        why = line.rows[(product, one.year)].zero_output_reason.strip() or reason.strip()
        told = f" ({why})" if why else ""
        notes.append(f"{one.year} left out: no output, so no intensity{told}")
        silent += [] if why else [one.year]
    if silent and zero.text == "refused":
        raise NoOutput(
            field="zero_output_reason",
            row=line.rows[(product, silent[0])].row,
            line=line.name,
            product=product,
            years=", ".join(map(str, silent)),
        )
    if not usable:
        raise _no_base(line, product, year, notes)
    weights = law.for_year("alloc.intensity_weights", year)
    average = _average(usable, weights)
    kept, test = _without_deviating(usable, average, year=year, law=law)
    decimals = law.for_year("alloc.intensity_base_decimals", year)
    formula = "Σ emissions / Σ output" if weights.text == "output" else "Σ (emissions/output) / n"
    return _base(
        _average(kept, weights),
        kept,
        test,
        notes,
        decimals,
        rules=(decimals, weights, zero, law.for_year("alloc.base_years", year)),
        title=("Intensity base value", "历史碳排放强度基准值"),
        formula=formula,
        unit="t CO2 per unit of output",
    )


def total_base(
    *, line: Line, product: str, year: int, shutdown: Mapping[int, Decimal], law: Law
) -> Base:
    """The historical total base value (历史碳排放总量基准值), the daily mean in t CO2 a day.

    Exactly one base year with a shutdown above the limit is left out.
    Source: CQ208-A1.M.3.2, A1.M.3.2b.

    Raises:
        MissingYear, Incomplete: a base year is unknown.
        ProjectOutsideYears: an abatement project of another year.
        NoBaseLeft: no base year has days that count.
    """
    divisor = law.for_year("alloc.total_divisor", year)

    def days(row: LineYear, partial: bool) -> Decimal:
        if divisor.text == "calendar_days":
            return Decimal(_calendar_days(row, partial=partial))
        name = "usable_production_days" if partial else "production_days"
        return row.needed(name, "historical_total")

    counted, notes = _counted_years(
        line=line,
        product=product,
        year=year,
        law=law,
        method="historical_total",
        quantity_of=days,
    )
    kept, test = _without_long_shutdown(counted, shutdown, year=year, law=law)
    if not any(one.quantity for one in kept):
        raise _no_base(line, product, year, [*notes, test.result])
    decimals = law.for_year("alloc.total_base_decimals", year)
    return _base(
        _over(kept),
        kept,
        test,
        notes,
        decimals,
        rules=(decimals, divisor, law.for_year("alloc.base_years", year)),
        title=("Total base value (daily mean)", "历史碳排放总量基准值（日均值）"),
        formula=f"Σ emissions / Σ {divisor.text.replace('_', ' ')}",
        unit="t CO2 per day",
    )


def _counted_years(
    *,
    line: Line,
    product: str,
    year: int,
    law: Law,
    method: str,
    quantity_of: Callable[[LineYear, bool], Decimal],
) -> tuple[list[BaseYear], list[str]]:
    """The base years whose data count, and a note for each that does not."""
    _must_be_of_the_years(line, product, year, law, method)
    within = law.for_year("alloc.non_co2", year).text == "within_method"
    cut_years = law.for_year("alloc.base_cut", year).text == "whole_year"
    counted, notes = [], []
    for base_year in law.for_year("alloc.base_years", year).items:
        row = line.rows.get((product, base_year))
        before_start = line.commissioned is not None and base_year < line.commissioned.year
        if before_start and (row is None or row.output is None is row.production_days):
            notes.append(f"{base_year} left out: before the line went into operation")
            continue
        if row is None:
            raise MissingYear(
                field="year",
                row=line.rows[(product, year)].row,
                line=line.name,
                product=product,
                missing_year=base_year,
            )
        cut = row.usable_from or date(base_year, 1, 1)
        partial = cut > date(base_year, 1, 1)
        if cut > date(base_year, 12, 31) or (partial and cut_years):
            notes.append(f"{base_year} left out: data count from {cut}")
            continue
        if partial:
            notes.append(f"{base_year} counts from {cut} on")
        emissions = row.needed("usable_co2_t" if partial else "co2_t", method)
        if within and row.non_co2:
            if partial:
                raise row.incomplete("non_co2_t", f"{method} from {cut} on")
            emissions += row.non_co2
        counted.append(BaseYear(base_year, emissions, quantity_of(row, partial), row.source))
    return counted, notes


def _must_be_of_the_years(line: Line, product: str, year: int, law: Law, method: str) -> None:
    """Only projects of the law's years (减排工程) cut the base. Source: CQ208-A1.M.2.2c, M.3.2c."""
    cut = line.usable_from
    if cut is None or line.usable_because != ABATEMENT_PROJECT:
        return
    years = law.for_year("alloc.abatement_project_years", year).items
    if cut.year not in years:
        raise ProjectOutsideYears(
            field="usable_from",
            row=line.rows[(product, year)].row,
            article=PROJECT_ARTICLES[method],
            line=line.name,
            usable_from=str(cut),
            years=", ".join(map(str, years)),
        )


def _calendar_days(row: LineYear, *, partial: bool) -> int:
    if partial and row.usable_from:
        return (date(row.year, 12, 31) - row.usable_from).days + 1
    return days_of(row.year)


def _without_deviating(
    usable: Sequence[BaseYear], average: Fraction, *, year: int, law: Law
) -> tuple[Sequence[BaseYear], Step]:
    limit = law.for_year("alloc.intensity_deviation_limit", year)
    keep_all = law.for_year("alloc.intensity_deviation_keep_all_count", year)
    boundary = law.for_year("alloc.intensity_deviation_boundary", year)
    bound = Fraction(limit.number) * average
    kept, deviating = list(usable), list[BaseYear]()
    if len(usable) < len(law.for_year("alloc.base_years", year).items):
        result = "not tested: fewer years than the base period has"
    elif not average:
        result = "not tested: no emissions in any base year"
    else:
        deviating = [one for one in usable if _exceeds(one, average, bound, boundary)]
        result = ", ".join(str(one.year) for one in deviating) or "none deviates"
    if 0 < len(deviating) < keep_all.whole:
        kept, result = _less(usable, deviating), f"{result} left out"
    elif deviating:
        result = f"{result} deviate: all years stay"
    return kept, Step(
        title="Deviation of single years",
        title_zh="单一年度偏离检验",
        formula=f"|intensity - mean| / mean {'≥' if boundary.text == 'inclusive' else '>'} limit",
        given=(
            given("mean of all years", _shown(average)),
            *(given(f"intensity {one.year}", _shown(one.intensity)) for one in usable),
            given("limit", limit.number, limit.unit),
        ),
        result=result,
        cites=(limit.cite, keep_all.cite, boundary.cite),
        rounding="none: compared as exact fractions, shown to 6 decimals",
    )


def _exceeds(one: BaseYear, average: Fraction, bound: Fraction, boundary: Rule) -> bool:
    deviation = abs(one.intensity - average)
    return deviation > bound or (deviation == bound and boundary.text == "inclusive")


def _without_long_shutdown(
    counted: Sequence[BaseYear], shutdown: Mapping[int, Decimal], *, year: int, law: Law
) -> tuple[Sequence[BaseYear], Step]:
    limit = law.for_year("alloc.total_shutdown_drop_days", year)
    years = law.for_year("alloc.base_years", year).items
    long = [one for one in years if shutdown.get(one, 0) > limit.number]
    dropped = long if len(long) == 1 else []
    return [one for one in counted if one.year not in dropped], Step(
        title="Base year with a long shutdown",
        title_zh="停产年度剔除",
        formula="shutdown days > limit in exactly one base year",
        given=(
            *(shutdown_given(shutdown, one) for one in years),
            given("limit", limit.number, limit.unit),
        ),
        result=f"{dropped[0]} left out" if dropped else "all years stay",
        cites=(limit.cite,),
    )


def shutdown_given(shutdown: Mapping[int, Decimal], year: int) -> Given:
    """The enterprise's shutdown days of a year as an input; not stated counts as none."""
    if year in shutdown:
        return given(f"shutdown {year}", shutdown[year], "days")
    return given(f"shutdown {year}", 0, "days", "not stated, taken as none")


def _base(
    value: Fraction,
    kept: Sequence[BaseYear],
    test: Step,
    notes: Sequence[str],
    decimals: Rule,
    *,
    rules: Sequence[Rule],
    title: tuple[str, str],
    formula: str,
    unit: str,
) -> Base:
    rounded = half_up(value, decimals.whole)
    inputs = []
    for one in kept:
        inputs.append(given(f"emissions {one.year}", one.emissions_t, "t", one.origin))
        inputs.append(given(f"quantity {one.year}", one.quantity, "", one.origin))
    step = Step(
        title=title[0],
        title_zh=title[1],
        formula=formula,
        given=tuple(inputs),
        result=format(rounded, "f"),
        unit=unit,
        cites=tuple(rule.cite for rule in rules),
        rounding=f"half-up to {decimals.whole} decimals (AMB-03)",
        note="; ".join(notes),
    )
    return Base(rounded, tuple(one.year for one in kept), (test, step))


def _average(years: Sequence[BaseYear], weights: Rule) -> Fraction:
    if weights.text == "output":
        return _over(years)
    return sum((one.intensity for one in years), Fraction(0)) / len(years)


def _over(years: Sequence[BaseYear]) -> Fraction:
    emissions = sum(one.emissions_t for one in years)
    return Fraction(emissions) / Fraction(sum(one.quantity for one in years))


def _less(years: Sequence[BaseYear], without: Sequence[BaseYear]) -> list[BaseYear]:
    return [one for one in years if one not in without]


def _shown(value: Fraction) -> str:
    return plain(half_up(value, 6))


def _no_base(line: Line, product: str, year: int, notes: Sequence[str]) -> NoBaseLeft:
    return NoBaseLeft(
        row=line.rows[(product, year)].row,
        line=line.name,
        product=product,
        why="; ".join(notes) or "no output or days",
    )
