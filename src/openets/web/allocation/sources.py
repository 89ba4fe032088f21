"""What can be compared: a run, or what is determined of a year; each with its cap and reserve."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openets.allocation import plans, runs
from openets.allocation import queries as allowances
from openets.allocation.compare import Change, Comparison, Order, Result, by_method, compare
from openets.allocation.levers import OUTLIER_RATIO
from openets.allocation.models import Run
from openets.allocation.runs import NoSuchRun
from openets.rulebook.load import Law
from openets.web import words
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.tables import Column, Table, Value
from openets.web.workings import worded

_KEY = re.compile(r"(run|year)-(\d{1,9})")

COLUMNS = (
    Column("entity", "单位代码"),
    Column("name", "单位名称"),
    Column("industry", "行业"),
    Column("district", "区县"),
    Column("methods", "分配方法"),
    Column("verified_before_t", "比对基准核查排放量"),
    Column("verified_after_t", "本次核查排放量"),
    Column("determined_before_t", "比对基准配额"),
    Column("determined_after_t", "本次配额"),
    Column("difference_t", "差额"),
    Column("change_ratio", "变动比例"),
    Column("pre_allocation_before_t", "比对基准次年预分配"),
    Column("pre_allocation_after_t", "本次次年预分配"),
    Column("claim_limit_t", "取消预分配时最多应扣回"),
    Column("stands_out", "重点提示"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """An allocation of a year that can be put beside another."""

    key: str
    label: Said
    results: Sequence[Result]
    sum_t: int | None = None
    reserve_t: int | None = None
    total_t: int | None = None


def choices(year: int) -> list[tuple[str, Said]]:
    """What an allocation of a year can be compared with: its runs, itself, and the year before."""
    found = [(f"run-{run.pk}", label_of(run)) for run in runs.runs_of(year) if run.finished_at]
    known = {row.year for row in allowances.totals()}
    return found + [(f"year-{y}", determined(y)) for y in (year, year - 1) if y in known]


def label_of(run: Run) -> Said:
    """The name of a run behind its number."""
    return Said(f"№ {run.pk} {run.name}", f"No. {run.pk} {run.name}")


def determined(year: int) -> Said:
    """What the determinations of a year are called."""
    return Said(f"{year} 年度核定", f"Determined {year}")


def source_of(key: str) -> Source | None:
    """The allocation of a key such as run-5 or year-2021, or None where there is none."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    kind, number = found[1], int(found[2])
    if kind == "run":
        try:
            return source_of_run(runs.run_numbered(number))
        except NoSuchRun:
            return None
    results = runs.determined_results(number)
    if not results:
        return None
    total = next((row for row in allowances.totals() if row.year == number), None)
    sums = (total.entities_sum_t, total.reserve_t, total.total_t) if total else ()
    return Source(key, determined(number), results, *sums)


def source_of_run(run: Run) -> Source:
    """A run as something to compare."""
    results = runs.results_of(run)
    return Source(
        f"run-{run.pk}", label_of(run), results, run.entities_sum_t, run.reserve_t, run.total_t
    )


def usual_base(run: Run) -> str:
    """What a run is looked at against: the last trial, what is determined, or the year before."""
    earlier = [one for one in runs.runs_of(run.year, runs.TRIAL) if one.finished_at]
    trial = next((one for one in earlier if one.pk < run.pk), None)
    known = {row.year for row in allowances.totals()}
    if trial is not None:
        return f"run-{trial.pk}"
    return f"year-{run.year}" if run.year in known else f"year-{run.year - 1}"


def compared(base: Source, of: Source, law: Law, day: date, order: Order = "tonnes") -> Comparison:
    """Two allocations beside each other; what stands out is told by the rulebook."""
    ratio = law.on(OUTLIER_RATIO, day).number
    return compare(base.results, of.results, outlier_ratio=ratio, order=order)


def methods_of(result: Result) -> Said:
    """The methods of an entity in words."""
    found = [words.METHODS[name] for name in result.methods if name in words.METHODS]
    if not found:
        return Said("—", "—")
    return Said("、".join(one.zh for one in found), ", ".join(one.en for one in found))


GROUPS: Sequence[tuple[str, Said, Callable[[Result], str]]] = (
    ("industry", Said("按行业", "By industry"), lambda result: result.industry or "—"),
    ("district", Said("按区县", "By district"), lambda result: result.district or "—"),
    ("method", Said("按分配方法", "By method"), lambda result: method_name(by_method(result))),
)


def method_name(joined: str) -> str:
    """The name of joined methods in the language of the page."""
    found = [str(words.METHODS[name]) for name in joined.split(" + ") if name in words.METHODS]
    return " + ".join(found) or "—"


def table_of(found: Comparison, name: str) -> Table:
    """A comparison to take away: figures as whole tonnes, shares as decimals."""
    return Table(name, COLUMNS, (_row(change) for change in found.changes))


def _row(change: Change) -> list[Value]:
    entity, before, after = change.entity, change.before, change.after
    return [
        entity.code,
        entity.name,
        entity.industry,
        entity.district,
        ";".join(entity.methods),
        before.verified_t if before else None,
        after.verified_t if after else None,
        change.before_t,
        change.after_t,
        change.difference_t,
        None if change.ratio is None else str(change.ratio),
        before.pre_allocation_t if before else None,
        after.pre_allocation_t if after else None,
        after.claim_limit_t if after else None,
        "yes" if change.stands_out else "no",
    ]


def values_table(values: Iterable[dict[str, object]], name: str) -> Table:
    """The values a plan froze, to take away."""
    columns = (
        Column("key", "参数"),
        Column("year", "适用年度"),
        Column("title", "英文名称"),
        Column("title_zh", "名称"),
        Column("value", "取值"),
        Column("unit", "单位"),
        Column("source", "条款"),
        Column("assumed", "假定依据"),
    )
    rows = ([_plain(value[column.name]) for column in columns] for value in values)
    return Table(name, columns, rows)


YEAR_DIGITS = 4
"""Years are written without groups; longer numbers are amounts."""


def said(values: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The values of a plan with what a page says for each."""
    return [{**value, "said": _said(value["value"])} for value in values]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return str(Said("是", "yes") if value else Said("否", "no"))
    text = str(_plain(value))
    is_amount = text.isdecimal() and len(text) > YEAR_DIGITS
    return grouped(int(text)) if is_amount else worded(text)


def _plain(value: object) -> Value:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def years() -> list[int]:
    """The years that have a plan, a run or a determination."""
    with_runs = set(Run.objects.values_list("year", flat=True))
    return sorted({*plans.years(), *with_runs, *(row.year for row in allowances.totals())})
