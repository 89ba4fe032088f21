"""Which method allocates a line, and what each of the four methods (配额分配方法) gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from openets.allocation.base import Base, intensity_base, shutdown_given, total_base
from openets.allocation.lines import CONDITIONS, Line, LineYear, MissingYear, days_of
from openets.kernel.citation import Citation
from openets.kernel.explain import Explanation, Given, Step, given
from openets.kernel.period import add_months
from openets.kernel.quantity import half_up, plain
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, Rule


class Method(StrEnum):
    """The four methods, in the plan's order of priority; equal amount is for special cases."""

    BENCHMARK = "benchmark"
    HISTORICAL_INTENSITY = "historical_intensity"
    HISTORICAL_TOTAL = "historical_total"
    EQUAL_AMOUNT = "equal_amount"


class MethodOutOfOrder(Refusal):
    """A method is asked for that the order of methods does not give to this line."""

    code = "method_out_of_order"
    article = "CQ208-A1.3"
    zh = "生产线“{line}”适用 {chosen}，不得采用 {requested}"
    en = "Line “{line}” qualifies for {chosen}; {requested} is out of order"
    remedy_zh = "按优先顺序采用 {chosen}；由强度法改用总量法的，须记录理由"
    remedy_en = "Use {chosen}; only intensity may give way to total, with a recorded reason"


@dataclass(frozen=True, slots=True)
class Departure:
    """A method the authority uses, with its reason.

    It may be another than the first applicable one; naming the applicable one again records the
    reason for leaving out a base year without output.
    """

    method: Method
    reason: str


LACKING = {
    "homogeneous": "a product is not homogeneous",
    "clear_boundary": "the emission boundary of a product is not clear",
    "comparable": "the intensity of a product cannot be computed or compared",
}
"""Why a condition of the intensity method sends a line to the total method."""

NO_DEPARTURES: Mapping[str, Departure] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Choice:
    """The method of a line for a year, and why."""

    method: Method
    step: Step


@dataclass(frozen=True, slots=True)
class LineAllocation:
    """The allowance of one line and product for a year, unrounded, in tonnes CO2e."""

    line: str
    product: str
    method: Method
    base: Decimal | None
    base_years: tuple[int, ...]
    coefficient: Decimal | None
    allowance_exact: Decimal
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class _Worked:
    allowance: Decimal
    steps: tuple[Step, ...]
    base: Decimal | None = None
    base_years: tuple[int, ...] = ()
    coefficient: Decimal | None = None


def allocate_line(
    *,
    line: Line,
    shutdown: Mapping[int, Decimal],
    year: int,
    law: Law,
    departure: Departure | None = None,
) -> tuple[LineAllocation, ...]:
    """Work out a line's allowances for `year`, one result per product, in tonnes CO2e.

    `shutdown` are the enterprise's shutdown days by year. Every product is a series of its own
    (AMB-14). Source: CQ208-A1.3, CQ208-A1.M.1.1 to A1.M.4.

    Raises:
        MissingYear, Incomplete, NoOutput, NoBaseLeft: a figure the method needs is unknown.
        MethodOutOfOrder: the departure is not allowed.
    """
    _must_have_rows_of(line, year, law)
    choice = choose_method(line=line, shutdown=shutdown, year=year, law=law, departure=departure)
    reason = departure.reason if departure else ""
    return tuple(
        _allocate_product(line, product, choice, reason, shutdown=shutdown, year=year, law=law)
        for product in line.products([year])
    )


def choose_method(
    *,
    line: Line,
    shutdown: Mapping[int, Decimal],
    year: int,
    law: Law,
    departure: Departure | None = None,
) -> Choice:
    """Choose the first applicable method of a line: special case, benchmark, intensity, total.

    Source: CQ208-A1.3 to A1.3.4e; order and scope of the shutdown rule AMB-13.

    Raises:
        MissingYear, Incomplete: whether the intensity method applies cannot be told.
        MethodOutOfOrder: `departure` asks for a method the order does not give.
    """
    special = _equal_process(line, year, law) or _long_shutdown(line, shutdown, year, law)
    special = special or _new_project(line, year, law)
    choice = special or _noting_silence(_normal_method(line, year, law), line, shutdown, year, law)
    return _depart(line, choice, departure)


def _must_have_rows_of(line: Line, year: int, law: Law) -> None:
    """A product of the base years without a row of `year` may have ended, or been forgotten."""
    base_years = law.for_year("alloc.base_years", year).items
    for product in line.products(base_years):
        if (product, year) not in line.rows:
            last = max(one for name, one in line.rows if name == product)
            raise MissingYear(
                field="year",
                row=line.rows[(product, last)].row,
                line=line.name,
                product=product,
                missing_year=year,
            )


def _equal_process(line: Line, year: int, law: Law) -> Choice | None:
    rule = law.for_year("alloc.equal_processes", year)
    if line.process not in rule.items:
        return None
    return _choice(
        Method.EQUAL_AMOUNT,
        "the process is allocated by equal amount",
        rule.cite,
        given=(given("process", line.process),),
    )


def _long_shutdown(
    line: Line, shutdown: Mapping[int, Decimal], year: int, law: Law
) -> Choice | None:
    scope = law.for_year("alloc.equal_shutdown_scope", year)
    if scope.text == "history_lines_only" and _has_benchmark(line, law):
        return None
    days = law.for_year("alloc.equal_shutdown_days", year)
    count = law.for_year("alloc.equal_shutdown_years", year)
    years = law.for_year("alloc.base_years", year).items
    long = [one for one in years if shutdown.get(one, 0) >= days.number]
    if len(long) < count.whole:
        return None
    return _choice(
        Method.EQUAL_AMOUNT,
        f"the enterprise stood still {days.whole} days or more in "
        + " and ".join(str(one) for one in long),
        days.cite,
        count.cite,
        scope.cite,
        given=tuple(shutdown_given(shutdown, one) for one in years),
    )


def _new_project(line: Line, year: int, law: Law) -> Choice | None:
    rule, reading, normal_from = _full_years_in_production(line, year, law)
    if normal_from is None or normal_from <= date(year, 12, 31):
        return None
    return _choice(
        Method.EQUAL_AMOUNT,
        f"new project: {rule.whole} full year(s) in production end before {normal_from}",
        rule.cite,
        reading.cite,
        given=(given("commissioned", str(line.commissioned)),),
    )


def _full_years_in_production(line: Line, year: int, law: Law) -> tuple[Rule, Rule, date | None]:
    """The rules on new projects and the first day on which the line is none (AMB-20)."""
    kind = "clinker_aluminium" if _has_benchmark(line, law) else "other"
    rule = law.for_year(f"alloc.equal_new_project_years_{kind}", year)
    reading = law.for_year("alloc.new_project_year", year)
    started = line.commissioned
    if started and reading.text == "calendar" and started > date(started.year, 1, 1):
        started = date(started.year + 1, 1, 1)
    return rule, reading, add_months(started, 12 * rule.whole) if started else None


def _normal_method(line: Line, year: int, law: Law) -> Choice:
    if _has_benchmark(line, law):
        return _choice(
            Method.BENCHMARK,
            "the process has an industry benchmark",
            Citation(source="CQ208-A1.3.1"),
            given=(given("process", line.process),),
        )
    limit = law.for_year("alloc.intensity_max_products", year)
    years = (*law.for_year("alloc.base_years", year).items, year)
    products = line.products(years)
    rows = [row for row in line.rows.values() if row.year in years]
    answers = {name: _answer(rows, name) for name in CONDITIONS}
    inputs = (
        given("products", ", ".join(products)),
        given("most", limit.number, limit.unit),
        *(given(name, answer) for name, answer in answers.items()),
    )
    lacking = [LACKING[name] for name, answer in answers.items() if answer == "no"]
    if len(products) > limit.whole:
        why = f"{len(products)} products are too many for the intensity method"
    elif lacking:
        why = "; ".join(lacking)
    else:
        _must_be_known(line, year)
        return _choice(
            Method.HISTORICAL_INTENSITY,
            "few products, homogeneous, with clear boundary and comparable intensity",
            limit.cite,
            given=inputs,
        )
    return _choice(
        Method.HISTORICAL_TOTAL, why, limit.cite, Citation(source="CQ208-A1.3.3"), given=inputs
    )


def _answer(rows: Sequence[LineYear], condition: str) -> str:
    """Whether all rows meet a condition of the intensity method, as far as they say."""
    said = {getattr(row, condition) for row in rows}
    if False in said:
        return "no"
    return "unknown" if None in said else "yes"


def _noting_silence(
    choice: Choice, line: Line, shutdown: Mapping[int, Decimal], year: int, law: Law
) -> Choice:
    """Say which special cases were left aside only because the data do not show them."""
    notes = [choice.step.note]
    if line.commissioned is None:
        notes.append("no commissioning date given, so not taken as a new project")
    years = law.for_year("alloc.base_years", year).items
    silent = [str(one) for one in years if one not in shutdown]
    if silent:
        notes.append(f"no shutdown days given for {', '.join(silent)}, taken as none")
    return Choice(choice.method, replace(choice.step, note="; ".join(notes)))


def _must_be_known(line: Line, year: int) -> None:
    for product in line.products([year]):
        row = line.rows[(product, year)]
        for condition in CONDITIONS:
            if getattr(row, condition) is None:
                raise row.incomplete(condition, "the choice between intensity and total")
        if not product:
            raise row.incomplete("product", "the choice between intensity and total")


def _depart(line: Line, choice: Choice, departure: Departure | None) -> Choice:
    if departure is None or departure.method is choice.method:
        return choice
    order = (choice.method, departure.method)
    allowed = order == (Method.HISTORICAL_INTENSITY, Method.HISTORICAL_TOTAL)
    if not allowed or not departure.reason.strip():
        raise MethodOutOfOrder(
            line=line.name, chosen=choice.method.value, requested=departure.method.value
        )
    return _choice(
        departure.method,
        f"instead of {choice.method}, for the recorded reason: {departure.reason}",
        Citation(source="CQ208-A1.3"),
    )


def _choice(method: Method, why: str, *cites: Citation, given: tuple[Given, ...] = ()) -> Choice:
    step = Step(
        title="Choice of method",
        title_zh="分配方法选择",
        formula="special case (equal amount), else benchmark > intensity > total",
        given=given,
        result=method.value,
        cites=cites,
        note=why,
    )
    return Choice(method, step)


def _has_benchmark(line: Line, law: Law) -> bool:
    return f"alloc.benchmark_{line.process}" in law


def _allocate_product(
    line: Line,
    product: str,
    choice: Choice,
    reason: str,
    *,
    shutdown: Mapping[int, Decimal],
    year: int,
    law: Law,
) -> LineAllocation:
    row = line.rows[(product, year)]
    row.needed("co2_t", "the verified amount of the year")
    if choice.method is Method.EQUAL_AMOUNT:
        worked = _equal_amount(row)
    elif choice.method is Method.BENCHMARK:
        worked = _benchmark(row, year, law)
    elif choice.method is Method.HISTORICAL_INTENSITY:
        base = intensity_base(line=line, product=product, year=year, law=law, reason=reason)
        coefficient = law.for_year("alloc.intensity_coefficient", year)
        worked = _historical(row, base, quantity_name="output", coefficient=coefficient)
    else:
        base = total_base(line=line, product=product, year=year, shutdown=shutdown, law=law)
        coefficient = law.for_year("alloc.total_coefficient", year)
        worked = _historical(row, base, quantity_name="production_days", coefficient=coefficient)
    if choice.method is not Method.EQUAL_AMOUNT:
        worked = _with_non_co2(worked, row, year, law)
        worked = _split(worked, row, line, year, law)
    return LineAllocation(
        line=line.name,
        product=product,
        method=choice.method,
        base=worked.base,
        base_years=worked.base_years,
        coefficient=worked.coefficient,
        allowance_exact=worked.allowance,
        explanation=Explanation((choice.step, *worked.steps)),
    )


def _equal_amount(row: LineYear) -> _Worked:
    """Allowance = actual emissions. Source: CQ208-A1.M.4."""
    co2 = row.needed("co2_t", Method.EQUAL_AMOUNT)
    allowance = co2 + row.non_co2
    step = _allowance_step(
        "actual emissions of the year",
        allowance,
        (given("CO2", co2, "t", row.source), given("non-CO2", row.non_co2, "tCO2e", row.source)),
        Citation(source="CQ208-A1.M.4"),
    )
    return _Worked(allowance, (step,))


def _benchmark(row: LineYear, year: int, law: Law) -> _Worked:
    """Allowance = benchmark × actual output. Source: CQ208-A1.M.1.1, A1.M.1.2."""
    rule = law.for_year(f"alloc.benchmark_{row.process}", year)
    output = row.needed("output", Method.BENCHMARK)
    allowance = rule.number * output
    step = _allowance_step(
        "benchmark × output",
        allowance,
        (given("benchmark", rule.number, rule.unit), given("output", output, "", row.source)),
        Citation(source="CQ208-A1.M.1.1"),
        rule.cite,
    )
    return _Worked(allowance, (step,), base=rule.number)


def _historical(row: LineYear, base: Base, *, quantity_name: str, coefficient: Rule) -> _Worked:
    """Allowance = base × output or production days × coefficient. Source: A1.M.2.1, A1.M.3.1."""
    quantity = row.needed(quantity_name, "the historical method")
    allowance = base.value * quantity * coefficient.number
    named = quantity_name.replace("_", " ")
    article = "CQ208-A1.M.2.1" if quantity_name == "output" else "CQ208-A1.M.3.1"
    step = _allowance_step(
        f"base value × {named} × coefficient",
        allowance,
        (
            given("base value", format(base.value, "f")),
            given(named, quantity, "", row.source),
            given("coefficient", coefficient.number),
        ),
        Citation(source=article),
        coefficient.cite,
    )
    return _Worked(allowance, (*base.steps, step), base.value, base.years, coefficient.number)


def _with_non_co2(worked: _Worked, row: LineYear, year: int, law: Law) -> _Worked:
    """Add non-CO2 gases one to one beside the method of the CO2 part. Source: CQ208-A1.3.4."""
    reading = law.for_year("alloc.non_co2", year)
    if not row.non_co2 or reading.text == "within_method":
        return worked
    allowance = worked.allowance + row.non_co2
    step = _allowance_step(
        "allowance of the CO2 part + actual non-CO2 emissions",
        allowance,
        (
            given("CO2 part", worked.allowance, "t"),
            given("non-CO2", row.non_co2, "tCO2e", row.source),
        ),
        Citation(source="CQ208-A1.3.4"),
        reading.cite,
    )
    return _with(worked, allowance, step)


def _split(worked: _Worked, row: LineYear, line: Line, year: int, law: Law) -> _Worked:
    """Equal amount while still a new project, by calendar days of the year (AMB-20, months)."""
    _, reading, normal_from = _full_years_in_production(line, year, law)
    if normal_from is None or normal_from <= date(year, 1, 1):
        return worked
    before = Fraction((normal_from - date(year, 1, 1)).days, days_of(year))
    actual = row.needed("co2_t", Method.EQUAL_AMOUNT) + row.non_co2
    allowance = half_up(before * Fraction(actual) + (1 - before) * Fraction(worked.allowance), 6)
    step = _allowance_step(
        "actual emissions × days before / days + allowance × days after / days",
        allowance,
        (
            given("normal method from", str(normal_from)),
            given("actual emissions", actual, "tCO2e", row.source),
            given("allowance of a whole year", worked.allowance, "tCO2e"),
        ),
        reading.cite,
        rounding="half-up to 6 decimals",
    )
    return _with(worked, allowance, step)


def _with(worked: _Worked, allowance: Decimal, step: Step) -> _Worked:
    return _Worked(
        allowance, (*worked.steps, step), worked.base, worked.base_years, worked.coefficient
    )


def _allowance_step(
    formula: str,
    allowance: Decimal,
    inputs: tuple[Given, ...],
    *cites: Citation,
    rounding: str = "none: lines stay unrounded (AMB-03)",
) -> Step:
    return Step(
        title="Allowance of the line",
        title_zh="生产线配额",
        formula=formula,
        given=inputs,
        result=plain(allowance),
        unit="tCO2e",
        cites=cites,
        rounding=rounding,
    )
