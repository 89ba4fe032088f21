"""A large file of `openets allocate` in columns: the same cells, without the working.

Only a file without a quote or a stray line end is read here, in which every row has its cells and
every name is written plainly; any other is left to `allocate_rows`, as is, in a file that is read
here, every entity with a cell that is not written plainly or a case that columns do not decide.
"""

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from pathlib import Path

import polars as pl

from openets.allocation.columns import (
    HISTORICAL,
    RATIO_DECIMALS,
    SCHEMA,
    Columns,
    covers,
    decimal_text,
    plain_allocations,
)
from openets.allocation.lines import AMOUNTS, CONDITIONS, PROCESSES, USABLE
from openets.allocation.methods import Method
from openets.doors.allocate_rows import (
    COLUMNS,
    MARKET,
    OPTIONAL,
    RESULT,
    TOTAL,
    Answer,
    ResultRow,
    answer_rows,
    market_rows,
)
from openets.kernel.refusal import Refusal
from openets.kernel.tables import LONGEST_CELL, table_row
from openets.rulebook.load import Law

_ODD_NAME = r"^[\s'=+\-@]|\s$|[\x00-\x1f\x7f]"
"""A name that is trimmed, restored or refused when it is read."""
_AMOUNT = r"^[0-9]{1,9}(\.[0-9]{1,3})?$"
_DATE = r"^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_ROW = "row"
"""The line of the file; no column of the format has this name."""
_YEAR_DIGITS = 4
_CHUNK = 1 << 24
_SLICE = 100_000


@dataclass(frozen=True, slots=True)
class Figures:
    """The answer to a file without its working: the cells of `RESULT` as text, and the refusals."""

    cells: pl.DataFrame
    refusals: list[Refusal]

    def csv(self) -> Iterator[str]:
        """The answer as CSV, piece by piece; no cell of a plain file needs a quote."""
        yield ",".join(RESULT) + "\n"
        for part in self.cells.iter_slices(_SLICE):
            yield part.write_csv(include_header=False, quote_style="never")

    def rows(self) -> Iterator[ResultRow]:
        """The answer row by row."""
        for row in self.cells.iter_rows(named=True):
            yield ResultRow({name: cell for name, cell in row.items() if cell})


@dataclass(frozen=True, slots=True)
class Allocated:
    """A file's entities in columns, the rest one by one, and its cells as they are written."""

    columns: Columns
    rest: Answer
    text: pl.LazyFrame


def figures(file: Path, *, year: int, law: Law, with_reserve: bool) -> Figures | None:
    """The figures of a file, or None where the file or the law is not for columns."""
    found = allocated(file, year=year, law=law)
    if found is None:
        return None
    market = _market(found, year=year, law=law) if with_reserve else []
    return Figures(_in_order(found, market, year=year, law=law), found.rest.refusals)


def allocated(file: Path, *, year: int, law: Law) -> Allocated | None:
    """Allocate every entity of a file, or None where the file or the law is not for columns."""
    names = _plain_header(file) if covers(law, year) else None
    if names is None:
        return None
    text = pl.scan_csv(
        file,
        infer_schema=False,
        quote_char=None,
        glob=False,
        row_index_name=_ROW,
        row_index_offset=2,
    )
    try:
        text = _collected(text).lazy()
    except pl.exceptions.ComputeError:  # A row has too many cells, or the text is no UTF-8.
        return None
    columns = plain_allocations(table=_typed(text), year=year, law=law)
    entities = pl.concat([columns.totals.select("entity"), columns.rest.to_frame()])
    if entities.select(_is_odd("entity").any()).item():
        return None
    columns = _without_odd_names(columns)
    rest = _answer_rest(text, columns.rest, names, year=year, law=law)
    return Allocated(columns, rest, text)


def _without_odd_names(columns: Columns) -> Columns:
    """Leave entities to the exact path whose lines or products are not plainly named."""
    named_oddly = _is_odd("line") | (pl.col("line") == TOTAL) | _is_odd("product")
    odd = columns.lines.filter(named_oddly | (pl.col("entity") == MARKET))["entity"].unique()
    if not len(odd):
        return columns
    return replace(
        columns,
        lines=columns.lines.join(odd.to_frame(), on="entity", how="anti"),
        totals=columns.totals.join(odd.to_frame(), on="entity", how="anti"),
        rest=pl.concat([columns.rest, odd]),
    )


def _plain_header(file: Path) -> list[str] | None:
    """The header of a file whose lines are its rows, each with a cell for every column."""
    commas = lines = 0
    last = b"\n"
    with file.open("rb") as stream:
        header = stream.readline().removeprefix(BOM_UTF8).rstrip(b"\r\n").split(b",")
        if not _is_known(header):
            return None
        while chunk := stream.read(_CHUNK):
            if chunk.endswith(b"\r"):
                chunk += stream.read(1)
            if b'"' in chunk or chunk.count(b"\r") != chunk.count(b"\r\n"):
                return None
            commas, lines, last = commas + chunk.count(b","), lines + chunk.count(b"\n"), chunk
    rows = lines + (not last.endswith(b"\n"))
    return [name.decode() for name in header] if commas == rows * (len(header) - 1) else None


def _is_known(header: list[bytes]) -> bool:
    needed = {name.encode() for name in COLUMNS}
    known = needed | {name.encode() for name in OPTIONAL}
    return needed <= set(header) <= known and len(set(header)) == len(header)


def _typed(text: pl.LazyFrame) -> pl.LazyFrame:
    """The cells as the columns read them; a cell that is not plainly written makes doubt."""
    commissioned = pl.col("commissioned").str.to_date("%Y-%m-%d", strict=False)
    amounts = [name for name in AMOUNTS if name not in USABLE]
    plain = [pl.col("year").str.len_bytes() == _YEAR_DIGITS]
    plain += [_matches(name, _AMOUNT).fill_null(value=True) for name in amounts]
    known = text.collect_schema()
    conditions = [name for name in CONDITIONS if name in known]
    plain += [pl.col(name).is_in(["yes", "no"]).fill_null(value=True) for name in conditions]
    plain += [(_matches("commissioned", _DATE) & commissioned.is_not_null()).fill_null(value=True)]
    others = [name for name in OPTIONAL if name in known and name not in CONDITIONS]
    plain += [pl.col(name).is_null() for name in (*USABLE, "usable_from", *others)]
    return text.select(
        *("entity", "line", "process", "product"),
        doubtful=~reduce(and_, plain).fill_null(value=False),
        **{name: pl.col(name) == "yes" for name in conditions},
        commissioned=commissioned,
        year=pl.col("year").cast(pl.Int32, strict=False),
        **{name: pl.col(name).cast(SCHEMA[name], strict=False) for name in amounts},
        **{name: pl.lit(None, dtype=SCHEMA[name]) for name in (*USABLE, "usable_from")},
    )


def _answer_rest(
    text: pl.LazyFrame, rest: pl.Series, names: list[str], *, year: int, law: Law
) -> Answer:
    rows = _collected(text.join(rest.to_frame().lazy(), on="entity", how="semi").sort(_ROW))
    table = (
        table_row(row[_ROW], [row[name] or "" for name in names], names)
        for row in rows.iter_rows(named=True)
    )
    return answer_rows(table, year=year, law=law)


@dataclass(frozen=True, slots=True)
class _Sum:
    allowance_t: int
    determined_t: int


def _market(found: Allocated, *, year: int, law: Law) -> list[ResultRow]:
    totals, rest = found.columns.totals, found.rest
    sums = _Sum(int(totals["allowance_t"].sum()), int(totals["determined_t"].sum()))
    return market_rows([sums, *rest.totals], rest.refusals, year=year, law=law)


def _in_order(found: Allocated, market: list[ResultRow], *, year: int, law: Law) -> pl.DataFrame:
    """All rows as the exact path gives them: entities, and their lines, as they first appear."""
    columns, text = found.columns, found.text
    entities = text.group_by("entity").agg(entity_at=pl.col(_ROW).min())
    history = text.filter(pl.col("year").cast(pl.Int32, strict=False) <= year)
    lines = history.group_by("entity", "line").agg(line_at=pl.col(_ROW).min())
    decided = [
        {**row.cells, "owner": owner, "line_at": place}
        for owner, rows in found.rest.rows.items()
        for place, row in enumerate(rows)
    ]
    schema = {**dict.fromkeys((*RESULT, "owner"), pl.String()), "line_at": pl.UInt32()}
    one_by_one = pl.DataFrame(decided, schema=schema).lazy()
    worked = pl.concat(
        [
            _line_cells(columns, year=year, law=law).join(lines, on=["entity", "line"]),
            _total_cells(columns).with_columns(line_at=pl.lit(None, dtype=pl.UInt32())),
        ],
        how="diagonal",
    ).with_columns(owner="entity")
    ordered = (
        pl.concat([worked, one_by_one], how="diagonal_relaxed")
        .join(entities, left_on="owner", right_on="entity")
        .sort("entity_at", "line_at", nulls_last=True)
        .select(RESULT)
    )
    last = pl.DataFrame(
        [dict(row.cells) for row in market], schema=dict.fromkeys(RESULT, pl.String())
    )
    return _collected(pl.concat([ordered, last.lazy()]))


def _line_cells(columns: Columns, *, year: int, law: Law) -> pl.LazyFrame:
    def number(name: str) -> str:
        return format(law.for_year(f"alloc.{name}", year).number, "f")

    method = pl.col("method")
    process = {
        name: number(f"benchmark_{name}") for name in PROCESSES if f"alloc.benchmark_{name}" in law
    }
    benchmark = pl.col("process").replace_strict(process, default=None, return_dtype=pl.String)
    base = [pl.when(method == Method.BENCHMARK).then(benchmark)]
    coefficient = []
    for history, of_history in HISTORICAL.items():
        here = method == of_history
        decimals = law.for_year(f"alloc.{history}_base_decimals", year).whole
        base.append(pl.when(here).then(decimal_text(pl.col("base"), decimals)))
        coefficient.append(pl.when(here).then(pl.lit(number(f"{history}_coefficient"))))
    return columns.lines.lazy().select(
        *("entity", "line", "product", "method", "base_years"),
        base=pl.coalesce(base),
        coefficient=pl.coalesce(coefficient),
        allowance_exact=_plain(pl.col("allowance"), columns.decimals),
        allowance_t=pl.col("allowance_t").cast(pl.String),
    )


def _total_cells(columns: Columns) -> pl.LazyFrame:
    sign = pl.when(pl.col("gap_ratio") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    whole = [name for name in RESULT if name.endswith("_t") and name in columns.totals.columns]
    return columns.totals.lazy().select(
        "entity",
        "relief",
        *(pl.col(name).cast(pl.String) for name in whole),
        line=pl.lit(TOTAL),
        allowance_exact=_plain(pl.col("allowance"), columns.decimals),
        gap_ratio=sign + decimal_text(pl.col("gap_ratio").abs(), RATIO_DECIMALS),
    )


def _plain(value: pl.Expr, decimals: int) -> pl.Expr:
    return decimal_text(value, decimals).str.strip_chars_end("0").str.strip_chars_end(".")


def _matches(name: str, pattern: str) -> pl.Expr:
    return pl.col(name).str.contains(pattern)


def _is_odd(name: str) -> pl.Expr:
    """An empty product is none and nothing odd."""
    odd = _matches(name, _ODD_NAME) | (pl.col(name).str.len_bytes() > LONGEST_CELL)
    return odd.fill_null(value=name == "entity")


def _collected(frame: pl.LazyFrame) -> pl.DataFrame:
    return frame.collect(engine="streaming")
