"""Allowances of whole markets in columns; whatever is not plain is left to the exact path.

A table of rows as in `lines.LineYear` is grouped to lines and entities by polars (extra
`analytics`). Amounts are whole thousandths, and every product, comparison and rounding is one of
integers of 64 or 128 bits: no figure here is a float, so the tonnes are those of
`entity.allocate_entity`, at every boundary. What the few formulas below do not cover (a partial or
missing year, two products, rows that disagree, a figure that is unknown or too long, another
reading of the law) is not decided but handed back, by entity, as the `rest`. Every refusal is
therefore the exact path's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import and_, or_

import polars as pl

from openets.allocation.entity import EntityAllocation, allocate_entity
from openets.allocation.lines import AMOUNTS, CONDITIONS, NOT_ASKED, PROCESSES, USABLE, LineYear
from openets.allocation.methods import Method
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, NotSet, NoValueForTime

DECIMALS = 3
"""Decimals of an amount in columns."""
MOST = 2**40
"""Below it lie amounts in thousandths, base values in their last decimal, and totals in tonnes."""
RATIO_DECIMALS = 6
COUNTED = tuple(name for name in AMOUNTS if name not in USABLE)
"""The amounts worked on here; a usable part of a year is not."""

SCHEMA: Mapping[str, pl.DataType] = {
    "entity": pl.String(),
    "line": pl.String(),
    "process": pl.String(),
    "product": pl.String(),
    **dict.fromkeys(CONDITIONS, pl.Boolean()),
    "commissioned": pl.Date(),
    "year": pl.Int32(),
    "usable_from": pl.Date(),
    **dict.fromkeys(AMOUNTS, pl.Decimal(18, DECIMALS)),
    "usable_because": pl.String(),
    "zero_output_reason": pl.String(),
}
"""The columns of a table of rows; null is unknown or none, as in `LineYear`."""
OPTIONAL = ("homogeneous", "clear_boundary", "usable_because", "zero_output_reason")
"""A table may lack them; a condition without a column of its own is answered by `comparable`."""

READINGS = {
    "rounding_level": "entity_year",
    "equal_shutdown_scope": "enterprise_all",
    "intensity_weights": "output",
    "total_divisor": "production_days",
    "non_co2": "add_equal",
    "new_project_year": "calendar",
    "gap_exempt_mode": "most_favourable",
}
"""The readings worked out in columns; under any other everything is left to the exact path."""

_SHARES = (
    "intensity_deviation_limit",
    "gap_exempt_share",
    "gap_exempt_tonnes",
    "gap_exempt_floor_share",
    "advance_gap_share",
)
METHODS = pl.Enum([one.value for one in Method])
HISTORICAL = {"intensity": Method.HISTORICAL_INTENSITY, "total": Method.HISTORICAL_TOTAL}
_LINE = ("entity", "line", "process", "product", "intensive", "commissioned")
"""What a line's rows agree on; `intensive` is whether the conditions of that method are met."""
_RESULT = ("entity", "line", "process", "product", "method", "base", "base_years", "allowance")
_WIDE = pl.Int128


@dataclass(frozen=True, slots=True)
class Columns:
    """What was worked out in columns, and the entities that were not.

    `lines` has entity, line, product, method, base (in its last decimal), base_years (joined by
    `;`), allowance (in the last of `decimals`) and allowance_t. `totals` has entity, allowance,
    allowance_t, verified_t, gap_t, gap_ratio (in millionths), relief, determined_t,
    advance_limit_t, pre_allocation_t. `rest` names the entities that `allocate_entity` decides.
    """

    lines: pl.DataFrame
    totals: pl.DataFrame
    rest: pl.Series
    decimals: int


@dataclass(frozen=True, slots=True)
class Market:
    """The entities of a table: those in columns, and the rest one by one or refused."""

    columns: Columns | None
    exact: tuple[EntityAllocation, ...]
    refused: Mapping[str, Refusal]


def allocate_table(*, table: pl.LazyFrame, year: int, law: Law) -> Market:
    """Allocate every entity of a table of `SCHEMA`, with the tonnes of `allocate_entity`.

    Source: CQ208-A1.3, CQ208-A1.M.1.1 to A1.M.4, CQ208-A1.5.3.
    """
    rows, columns = _counted(table), None
    if covers(law, year):
        columns, rows = _worked_out(rows, _Terms(law, year))
    exact, refused = [], dict[str, Refusal]()
    for entity, of_entity in line_years(rows).items():
        try:
            exact.append(allocate_entity(entity=entity, year=year, rows=of_entity, law=law))
        except Refusal as refusal:
            refused[entity] = refusal
    return Market(columns, tuple(exact), refused)


def line_years(rows: pl.DataFrame) -> dict[str, list[LineYear]]:
    """Each entity with its rows for the exact path, in their order."""
    found: dict[str, list[LineYear]] = {}
    names = [name for name in SCHEMA if name in rows.columns]
    for row in rows.select(names).iter_rows(named=True):
        entity, product = row.pop("entity"), row.pop("product")
        for name in COUNTED:
            row[name] = None if row[name] is None else Decimal(row[name]).scaleb(-DECIMALS)
        for name in CONDITIONS:
            row.setdefault(name, row["comparable"])
        row["usable_because"] = row.get("usable_because") or None
        row["zero_output_reason"] = row.get("zero_output_reason", NOT_ASKED) or ""
        found.setdefault(entity, []).append(LineYear(product=product or "", **row))
    return found


def covers(law: Law, year: int) -> bool:
    """Whether the formulas here are those of this law and year, within their bits.

    Of 127 bits, two numbers below MOST take 80 and a factor of the law 30; the rest sums lines. Of
    63 bits, a total below MOST takes 40 and a share or the decimals of a ratio 21.
    """
    terms = _Terms(law, year)
    try:
        return (
            all(terms.text(name) == reading for name, reading in READINGS.items())
            and terms.base_years == tuple(range(year - 3, year))
            and all(number < 10 for number in terms.factors)
            and terms.decimals <= DECIMALS + 8
            and all(terms.base_decimals(one) <= 4 for one in HISTORICAL)
            and all(max(terms.share(name)) <= 10**RATIO_DECIMALS for name in _SHARES)
        )
    except (NoValueForTime, NotSet):
        return False


def plain_allocations(*, table: pl.LazyFrame, year: int, law: Law) -> Columns:
    """Work out the plain entities of a table of `SCHEMA` under a law that `covers` says is ours.

    A row whose optional column `doubtful` is true leaves its entity to the exact path.
    Source: CQ208-A1.3, CQ208-A1.M.1.1 to A1.M.4, CQ208-A1.5.3.
    """
    return _worked_out(_counted(table), _Terms(law, year))[0]


def _worked_out(rows: pl.DataFrame, terms: "_Terms") -> tuple[Columns, pl.DataFrame]:
    """What is plain in columns, and the rows of the rest."""
    rows = _judged(_together(rows), terms)
    lines = _lines(rows.lazy(), terms)
    for step in (_methods, _base_values, _allowances):
        lines = step(lines, terms)
    worked = _collected(lines.select(*_RESULT, "plain", "ascends", "entity_run", "emitted"))
    runs = _runs(rows, worked)
    entities = _collected(_entities(runs.lazy(), terms))
    rest = entities.filter(~pl.col("plain"))["entity"]
    of_rest = runs.filter(pl.col("entity").is_in(rest.implode(), nulls_equal=True))["entity_run"]
    is_rest = pl.col("entity_run").is_in(of_rest.implode())
    rounded = _half_up(pl.col("allowance"), 10**terms.decimals)
    columns = Columns(
        lines=_collected(worked.lazy().filter(~is_rest).select(*_RESULT, allowance_t=rounded)),
        totals=_collected(_totals(entities.lazy().filter("plain"), terms)),
        rest=rest,
        decimals=terms.decimals,
    )
    return columns, rows.filter(is_rest).sort("at")


def _collected(frame: pl.LazyFrame) -> pl.DataFrame:
    return frame.collect(engine="streaming")


@dataclass(frozen=True, slots=True)
class _Terms:
    """The law of a year: decimals, whole numbers, and shares as numerator and denominator."""

    law: Law
    year: int

    def number(self, name: str) -> Decimal:
        return self.law.for_year(f"alloc.{name}", self.year).number

    def whole(self, name: str) -> int:
        return self.law.for_year(f"alloc.{name}", self.year).whole

    def text(self, name: str) -> str:
        return self.law.for_year(f"alloc.{name}", self.year).text

    def share(self, name: str) -> tuple[int, int]:
        return Fraction(self.number(name)).as_integer_ratio()

    @property
    def base_years(self) -> tuple[int, ...]:
        return self.law.for_year("alloc.base_years", self.year).items

    @property
    def equal_processes(self) -> tuple[str, ...]:
        return self.law.for_year("alloc.equal_processes", self.year).items

    @property
    def benchmarks(self) -> dict[str, Decimal]:
        return {
            process: self.number(f"benchmark_{process}")
            for process in PROCESSES
            if f"alloc.benchmark_{process}" in self.law
        }

    def coefficient(self, history: str) -> Decimal:
        return self.number(f"{history}_coefficient")

    def base_decimals(self, history: str) -> int:
        return self.whole(f"{history}_base_decimals")

    @property
    def factors(self) -> list[Decimal]:
        return [*self.benchmarks.values(), *(self.coefficient(one) for one in HISTORICAL)]

    @property
    def decimals(self) -> int:
        """Decimals that hold every exact allowance."""
        behind = [_decimals(number) for number in self.benchmarks.values()]
        behind += [self.base_decimals(h) + _decimals(self.coefficient(h)) for h in HISTORICAL]
        return DECIMALS + max(behind)

    def scaled(self, factor: Decimal, *, held: int = 0) -> int:
        """A factor that takes an amount with `held` further decimals to an allowance's decimals."""
        return int(factor.scaleb(self.decimals - DECIMALS - held))


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _counted(table: pl.LazyFrame) -> pl.DataFrame:
    """The rows of a table, the amounts worked on here in whole thousandths."""
    known = table.collect_schema()
    amounts = {name: _thousandths(name) for name in COUNTED}
    doubt = ["doubtful"] if "doubtful" in known else []
    others = [
        pl.col(name).cast(of)
        for name, of in SCHEMA.items()
        if name not in COUNTED and (name in known or name not in OPTIONAL)
    ]
    intensive = pl.all_horizontal(name for name in CONDITIONS if name in known)
    return _collected(table.select(*others, *doubt, intensive=intensive, **amounts))


def _together(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of each line together and by year: mostly they stand so, else they are sorted.

    Sorting is by hashes, which is quicker. Names that share one may come to stand mixed: such an
    entity then stands in two places, which leaves it to the exact path.
    """
    rows = _numbered(rows.with_row_index("at"))
    line, year = pl.col("line_run"), pl.col("year")
    follows = (line == line.shift()) & (year == year.shift() + 1)
    if 2 * rows.select(follows.sum()).item() >= len(rows):
        return rows
    return _numbered(rows.sort(pl.col("entity").hash(), pl.col("line").hash(), "year"))


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the number of the stretch of their entity and of their line."""
    return rows.with_columns(
        entity_run=pl.col("entity").rle_id(), line_run=pl.struct(_LINE).rle_id()
    )


def _judged(rows: pl.DataFrame, terms: _Terms) -> pl.DataFrame:
    """The rows, `plain` where they state what they must, carry on from the year before, and lie in
    a stretch of years that has the allocation year; `older` before the base years.
    """
    line, year = pl.col("line_run"), pl.col("year")
    is_first, is_last = line.ne_missing(line.shift()), line.ne_missing(line.shift(-1))
    begins = pl.when(is_first).then(year <= terms.year).otherwise(year == year.shift() + 1)
    ends = ~is_last | (year >= terms.year)
    plain = _is_plain(doubtful="doubtful" in rows.columns) & begins & ends
    if "usable_because" in rows.columns:
        plain &= pl.col("usable_because").fill_null("") == ""
    judged = rows.lazy().select(
        plain=plain.fill_null(value=False), older=year < terms.base_years[0]
    )
    return rows.hstack(_collected(judged))


def _is_plain(*, doubtful: bool) -> pl.Expr:
    """Whether a row states what it must and nothing unusual."""
    stated = [pl.col(name).fill_null(0) for name in COUNTED]
    days_of_year = pl.lit(365) + (pl.col("year") % 4 == 0)
    together: pl.Expr = reduce(or_, stated)
    rules = [
        together.is_between(0, MOST - 1),
        pl.max_horizontal("production_days", "shutdown_days") <= days_of_year * 10**DECIMALS,
        pl.col("year").is_between(1901, 2099),
    ]
    rules += [pl.col(name).is_not_null() for name in ("entity", "line", "co2_t", "shutdown_days")]
    rules += [pl.col(name).is_null() for name in (*USABLE, "usable_from")]
    rules += [~pl.col("doubtful")] if doubtful else []
    every: pl.Expr = reduce(and_, rules)
    return every.fill_null(value=False)


def _lines(rows: pl.LazyFrame, terms: _Terms) -> pl.LazyFrame:
    """The row of the year of each line, with the figures of the base years in the rows above."""
    above = {year: terms.year - year for year in terms.base_years}
    has = {year: pl.col("line_run") == pl.col("line_run").shift(n) for year, n in above.items()}
    figures = {f"{of}{year}": pl.col(of).shift(n) for of in "eq" for year, n in above.items()}
    stops = {
        f"stop{year}": pl.when(has[year]).then(pl.col("stop").shift(n)) for year, n in above.items()
    }
    entity, name = pl.col("entity_run"), pl.col("line")
    differ = [pl.col(stop).ne_missing(pl.col(stop).shift()) for stop in ("stop", *stops)]
    in_days = pl.when(~pl.col("intensive"))
    return (
        rows.select(
            *_LINE,
            *("year", "entity_run", "line_run", "output"),
            e="co2_t",
            q=in_days.then("production_days").otherwise("output"),
            n=pl.col("non_co2_t").fill_null(0),
            stop="shutdown_days",
        )
        .with_columns(**figures, **stops, has_all_years=has[terms.base_years[0]])
        .filter(pl.col("year") == terms.year)
        .with_columns(
            agrees=((entity != entity.shift()) | ~reduce(or_, differ)).fill_null(value=True),
            ascends=((entity != entity.shift()) | (name > name.shift())).fill_null(value=True),
        )
    )


def _methods(lines: pl.LazyFrame, terms: _Terms) -> pl.LazyFrame:
    """Each line with its method and what it must have to be plain. Source: CQ208-A1.3."""
    limit = terms.whole("equal_shutdown_days") * 10**DECIMALS
    standing = [
        (pl.col(f"stop{year}") >= limit).fill_null(value=False) for year in terms.base_years
    ]
    benchmarked = pl.col("process").is_in(list(terms.benchmarks))
    equal = (
        pl.col("process").is_in(terms.equal_processes)
        | (_count(standing) >= terms.whole("equal_shutdown_years"))
        | _is_new_project(benchmarked, terms)
    )
    method = (
        pl.when(equal)
        .then(_method(Method.EQUAL_AMOUNT))
        .when(benchmarked)
        .then(_method(Method.BENCHMARK))
        .when("intensive")
        .then(_method(Method.HISTORICAL_INTENSITY))
        .otherwise(_method(Method.HISTORICAL_TOTAL))
    )
    known = [pl.col(f"q{year}").is_not_null() for year in terms.base_years]
    has_history = pl.col("has_all_years") & pl.col("q").is_not_null() & reduce(and_, known)
    is_named = pl.col("intensive").is_not_null() & (
        ~pl.col("intensive") | (pl.col("product") != "")
    )
    plain = (
        pl.col("agrees")
        & pl.col("process").is_in(PROCESSES)
        & (
            equal
            | pl.when(benchmarked)
            .then(pl.col("output").is_not_null())
            .otherwise(has_history & is_named)
        )
    )
    return lines.with_columns(method=method, plain=plain)


def _method(method: Method) -> pl.Expr:
    return pl.lit(method.value, dtype=METHODS)


def _is_new_project(benchmarked: pl.Expr, terms: _Terms) -> pl.Expr:
    """Less than the full calendar years in production. Source: CQ208-A1.3.4c, A1.3.4d, AMB-20."""
    since = [
        pl.lit(date(terms.year - terms.whole(f"equal_new_project_years_{kind}"), 1, 1))
        for kind in ("clinker_aluminium", "other")
    ]
    limit = pl.when(benchmarked).then(since[0]).otherwise(since[1])
    return (pl.col("commissioned") > limit).fill_null(value=False)


def _base_values(lines: pl.LazyFrame, terms: _Terms) -> pl.LazyFrame:
    """The base value and base years of the historical methods. Source: CQ208-A1.M.2.2, A1.M.3.2."""
    years = terms.base_years
    e, q = ({year: pl.col(f"{name}{year}") for year in years} for name in "eq")
    total_e, total_q = pl.sum_horizontal(*e.values()), pl.sum_horizontal(*q.values())
    part, of = terms.share("intensity_deviation_limit")
    in_days = pl.col("method") == Method.HISTORICAL_TOTAL
    historical = in_days | (pl.col("method") == Method.HISTORICAL_INTENSITY)
    odd = {}
    for year in years:
        deviation = (e[year].cast(_WIDE) * total_q - total_e.cast(_WIDE) * q[year]).abs() * of
        bound = total_e.cast(_WIDE) * q[year] * part
        inclusive = terms.text("intensity_deviation_boundary") == "inclusive"
        deviates = deviation >= bound if inclusive else deviation > bound
        stood = pl.col(f"stop{year}") > terms.whole("total_shutdown_drop_days") * 10**DECIMALS
        odd[year] = pl.when(in_days).then(stood).otherwise(deviates & (total_e > 0))
    unit = {history: 10 ** terms.base_decimals(history) for history in HISTORICAL}
    drops = (
        pl.when(in_days)
        .then(pl.col("odds") == 1)
        .otherwise(pl.col("odds") < terms.whole("intensity_deviation_keep_all_count"))
    )
    kept = {year: pl.col(f"kept{year}") for year in years}
    text = (pl.when(kept[year]).then(pl.lit(str(year))) for year in years)
    has_base = (pl.col("base") < MOST) & (in_days | (pl.min_horizontal(*q.values()) > 0))
    return (
        lines.with_columns(**{f"odd{year}": one for year, one in odd.items()})
        .with_columns(odds=_count([pl.col(f"odd{year}") for year in years]))
        .with_columns(**{f"kept{year}": ~(pl.col(f"odd{year}") & drops) for year in years})
        .with_columns(
            kept_e=pl.sum_horizontal(e[year] * kept[year] for year in years)
            * pl.when(in_days).then(unit["total"]).otherwise(unit["intensity"]),
            kept_q=pl.sum_horizontal(q[year] * kept[year] for year in years),
        )
        .with_columns(
            base=pl.when(historical & (pl.col("kept_q") > 0)).then(
                _half_up(pl.col("kept_e"), pl.col("kept_q"))
            ),
            base_years=pl.when(historical).then(
                pl.concat_str(text, separator=";", ignore_nulls=True)
            ),
        )
        .with_columns(plain=(pl.col("plain") & (~historical | has_base)).fill_null(value=False))
    )


def _allowances(lines: pl.LazyFrame, terms: _Terms) -> pl.LazyFrame:
    """The exact allowance of each line. Source: CQ208-A1.3.4, CQ208-A1.M.1.1 to A1.M.4."""
    emitted, quantity, output = (pl.col(name).cast(_WIDE) for name in ("e", "q", "output"))
    unit = terms.scaled(Decimal(1))
    method = pl.col("method")
    of_method = [pl.when(method == Method.EQUAL_AMOUNT).then(emitted * unit)]
    for process, number in terms.benchmarks.items():
        here = (method == Method.BENCHMARK) & (pl.col("process") == process)
        of_method.append(pl.when(here).then(output * terms.scaled(number)))
    for history, of_history in HISTORICAL.items():
        factor = terms.scaled(terms.coefficient(history), held=terms.base_decimals(history))
        of_method.append(pl.when(method == of_history).then(pl.col("base") * quantity * factor))
    return lines.with_columns(
        allowance=pl.coalesce(of_method) + pl.col("n") * unit,
        emitted=pl.col("e") + pl.col("n"),
    )


def _runs(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The stretches of rows of one entity, with their sums, and whether all in them is plain."""
    run = pl.col("entity_run")
    odd = pl.concat(
        _collected(found.select(run))
        for found in (rows.lazy().filter(~pl.col("plain")), _disagreeing(rows), _twice(lines))
    )
    sums = (
        lines.lazy().group_by(run).agg(pl.col("plain").all(), pl.col("allowance", "emitted").sum())
    )
    return _collected(
        rows.lazy()
        .filter(run.ne_missing(run.shift()))
        .select(run, "entity")
        .join(sums, on=run, how="left")
        .with_columns(
            pl.col("plain").fill_null(value=False) & ~run.is_in(odd["entity_run"].implode())
        )
    )


def _entities(runs: pl.LazyFrame, terms: _Terms) -> pl.LazyFrame:
    """Each entity with its sums, and whether it is plain: all of it, and in one stretch."""
    few = pl.col("allowance") < pl.lit(MOST * 10**terms.decimals, dtype=_WIDE)
    return (
        runs.group_by("entity")
        .agg(
            pl.col("plain").all() & (pl.len() == 1),
            allowance=pl.col("allowance").sum(),
            verified=pl.col("emitted").sum(),
        )
        .with_columns(pl.col("plain") & few & (pl.col("verified") < MOST * 10**DECIMALS))
    )


def _disagreeing(rows: pl.DataFrame) -> pl.LazyFrame:
    """Rows before the base years, which must agree on the shutdown days of a year too."""
    stops = pl.col("shutdown_days")
    by_year = rows.lazy().filter("older").group_by("entity_run", "year")
    return by_year.agg(odd=stops.min() != stops.max()).filter("odd")


def _twice(lines: pl.DataFrame) -> pl.LazyFrame:
    """Lines that stand twice in an entity; where their names ascend there is none."""
    unordered = lines.filter(~pl.col("ascends"))["entity_run"].unique()
    mixed = lines.lazy().filter(pl.col("entity_run").is_in(unordered.implode()))
    return mixed.group_by("entity_run", "line").agg(count=pl.len()).filter(pl.col("count") > 1)


def _totals(entities: pl.LazyFrame, terms: _Terms) -> pl.LazyFrame:
    """The gap of each entity and what follows. Source: CQ208-A1.5.3, A1.5.3b, A1.4b."""
    verified, allowance, gap = pl.col("verified_t"), pl.col("allowance_t"), pl.col("gap_t")
    over = [
        gap * of > part * whole
        for whole, (part, of) in (
            (verified, terms.share("gap_exempt_share")),
            (1, terms.share("gap_exempt_tonnes")),
        )
    ]
    part, of = terms.share("gap_exempt_floor_share")
    by_share = _half_up(verified * part, of)
    by_tonnes = verified - terms.whole("gap_exempt_floor_minus_tonnes")
    relief = (
        pl.when(~(over[0] | over[1]))
        .then(pl.lit("none"))
        .when(by_share >= by_tonnes)
        .then(pl.lit("share"))
        .otherwise(pl.lit("tonnes"))
    )
    due = pl.when(over[0] | over[1]).then(pl.max_horizontal(allowance, by_share, by_tonnes))
    before = terms.text("advance_gap_basis") == "before_exemption"
    held = allowance if before else pl.col("determined_t")
    above, of_all = terms.share("advance_gap_share")
    advance = ((verified - held) * of_all - verified * above).clip(lower_bound=0) // of_all
    ratio = _half_up(gap.abs() * 10**RATIO_DECIMALS, verified) * gap.sign()
    return (
        entities.with_columns(
            verified_t=_half_up(pl.col("verified"), 10**DECIMALS),
            allowance_t=_half_up(pl.col("allowance"), 10**terms.decimals),
        )
        .with_columns(gap_t=verified - allowance)
        .with_columns(relief=relief, determined_t=due.otherwise(allowance))
        .with_columns(
            gap_ratio=ratio, advance_limit_t=advance, pre_allocation_t=_pre_allocation(terms)
        )
        .drop("plain", "verified")
    )


def _pre_allocation(terms: _Terms) -> pl.Expr:
    following = _Terms(terms.law, terms.year + 1)
    try:
        part, of = following.share("preallocation_share")
    except NoValueForTime:
        return pl.lit(None, dtype=pl.Int64)
    determined = following.text("prealloc_base") == "determined"
    held = pl.col("determined_t" if determined else "allowance_t")
    return _half_up(held.cast(_WIDE) * part, of)


def _thousandths(name: str) -> pl.Expr:
    return pl.col(name).cast(SCHEMA[name]).to_physical().cast(pl.Int64)


def _count(flags: Iterable[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal(flag.cast(pl.Int64) for flag in flags)


def _half_up(part: pl.Expr, of: pl.Expr | int) -> pl.Expr:
    """A quotient of whole numbers that are not negative, half-up to a whole one (AMB-03)."""
    return ((part * 2 + of) // (of * 2)).cast(pl.Int64, strict=False)


def decimal_text(value: pl.Expr, decimals: int) -> pl.Expr:
    """Write a whole number of the last of its decimals, not negative, as a decimal."""
    unit = 10**decimals
    part = (value % unit).cast(pl.String).str.zfill(decimals)
    return pl.concat_str((value // unit).cast(pl.String), pl.lit("."), part)
