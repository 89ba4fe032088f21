"""What may be asked about restatements: what another set would change, and what was decided."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet

from openets.kernel.quantity import plain
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow
from openets.mrv.accounting.activity import Activity
from openets.mrv.accounting.base_year import (
    ARTICLE,
    LineBefore,
    LineChange,
    RestatedFigures,
    line_changes,
    restated_figures,
)
from openets.mrv.accounting.factors import FactorSet
from openets.mrv.accounting.rows import COLUMNS, OPTIONAL, read_activity
from openets.mrv.figures import Figures
from openets.mrv.grid import LastYear
from openets.mrv.models import Report, ReportContent, Restatement
from openets.mrv.queries import binding_figures
from openets.mrv.records import digest_of
from openets.mrv.report_queries import grid_of
from openets.mrv.report_sheets import ACTIVITY
from openets.mrv.sheets import FIRST_ROW
from openets.parties.models import Organisation

NO_LAST_YEAR = LastYear()
ANY_CHANGE = Decimal(1)
"""With no year before, no change is asked about, whatever the limit."""


class NoActivityData(Refusal):
    """Without stored activity data the correction cannot be made."""

    code = "no_activity_data"
    article = ARTICLE
    zh = "无法修正：{name} {year} 年没有可用于修正的活动数据"
    en = "Correction impossible: no stored activity data of {name} for {year}"
    remedy_zh = "请补充该年度的活动数据及当时采用的因子集"
    remedy_en = "Supply the activity data of that year and the factor set then used"


class NoBindingFigures(Refusal):
    """Only figures that bind are restated: an inventory result, or a final verification."""

    code = "no_binding_figures"
    article = ARTICLE
    zh = "{name} {year} 年没有盘查结果，也没有最终核查结果"
    en = "{name} has neither an inventory result nor a final verification of {year}"
    remedy_zh = "核查结果最终确定后方可修正"
    remedy_en = "Restate it once the verification is final"


class NothingChanges(Refusal):
    """The set is the one the year was reported, or last restated, by."""

    code = "nothing_changes"
    article = ARTICLE
    zh = "{name} {year} 年已采用因子集 {set}，无需再次修正"
    en = "{name}, {year}: the factor set {set} is the one already used"
    remedy_zh = "请选择其他因子集"
    remedy_en = "Choose another set"


class RestatementOpen(Refusal):
    """One restatement of a report is decided before the next is proposed."""

    code = "restatement_open"
    article = ARTICLE
    zh = "{name} {year} 年有一项修正尚待确认"
    en = "A restatement of {name}, {year}, waits for its decision"
    remedy_zh = "请先确认或不予采纳该项修正"
    remedy_en = "Confirm or reject that one first"


@dataclass(frozen=True, slots=True)
class Difference:
    """What another factor set would make of an entity's base year."""

    organisation: Organisation
    report: Report
    content: ReportContent
    lines: tuple[LineChange, ...]
    figures: RestatedFigures


@dataclass(frozen=True, slots=True)
class Impossible:
    """An entity whose base year cannot be restated, and why."""

    organisation: Organisation
    refusal: Refusal


def difference_of(organisation: Organisation, year: int, factors: FactorSet) -> Difference:
    """What a factor set would change of an entity's base year; nothing is kept.

    Source: CQ208-A1.M.2.2d, CQ208-A1.M.3.2d, AMB-18.

    Raises:
        NoBindingFigures, NoActivityData, NothingToShareBy.
        UnknownItem, NoDefault: the set lacks a factor.
    """
    figures = binding(organisation, year)
    report = _binding_report(organisation, year)
    if report is None or not figures:
        raise NoBindingFigures(name=organisation.name, year=year)
    content = ReportContent.objects.filter(report=report).first()
    if content is None:
        raise NoActivityData(name=organisation.name, year=year)
    activities = _activities(content, year, factors)
    before = {
        row["row"]: LineBefore(Fraction(row["emissions_exact"]), row["gas"], row["explanation"])
        for row in content.accounted
    }
    changes = line_changes(activities, before, factors=factors)
    restated = restated_figures(figures=figures, changes=changes, factors=factors)
    return Difference(organisation, report, content, changes, restated)


def must_change(difference: Difference, factors: FactorSet, from_year: int) -> None:
    """Refuse what is restated like that already, or waits for its decision.

    Raises:
        RestatementOpen, NothingChanges.
    """
    organisation, year = difference.organisation, difference.report.year
    earlier = difference.report.restatements.all()
    if earlier.filter(decided_at=None):
        raise RestatementOpen(name=organisation.name, year=year)
    confirmed = earlier.filter(is_confirmed=True, from_year__lte=from_year)
    last = confirmed.order_by("from_year", "number").last()
    used = last.factors_digest if last else difference.content.factors_digest
    is_current = last is None or last.figures_digest == digest_of(difference.figures.before)
    if used == factors.digest and is_current:
        raise NothingChanges(field="factors", name=organisation.name, year=year, set=factors.name)


def differences_of(
    organisations: Sequence[Organisation], year: int, factors: FactorSet, *, from_year: int
) -> tuple[list[Difference], list[Impossible]]:
    """What a set would change, entity by entity, and of whom it cannot be proposed, and why."""
    found: list[Difference] = []
    impossible: list[Impossible] = []
    for organisation in organisations:
        try:
            difference = difference_of(organisation, year, factors)
            must_change(difference, factors, from_year)
            found.append(difference)
        except Refusal as refusal:
            impossible.append(Impossible(organisation, refusal))
    return found, impossible


def binding(organisation: Organisation, year: int) -> list[Figures]:
    """The figures of a year that bind, as reported or verified, never as restated."""
    years = binding_figures([organisation], [year])[organisation.pk]
    return [figures for one in years for _, figures in one.figures]


def with_activity(organisations: QuerySet[Organisation], year: int) -> QuerySet[Organisation]:
    """Those of the organisations whose activity data of a year are on file."""
    kept = ReportContent.objects.filter(report__year=year)
    return organisations.filter(pk__in=kept.values("report__organisation"))


def awaited(organisations: QuerySet[Organisation], year: int) -> QuerySet[Organisation]:
    """Those with an inventory result of a year without the activity data behind it."""
    inventory = Report.objects.filter(year=year, inventory=True, content__isnull=True)
    return organisations.filter(pk__in=inventory.values("organisation"))


def restatements(year: int | None = None) -> QuerySet[Restatement]:
    """The restatements of a base year, or of all, the newest first."""
    found = Restatement.objects.select_related("report__organisation").order_by("-pk")
    return found if year is None else found.filter(report__year=year)


def of_subject(subject: str) -> Restatement | None:
    """The restatement a case is about."""
    return restatements().filter(subject=subject).first()


def is_in_force(one: Restatement) -> bool:
    """Whether a restatement is confirmed and rests on the figures that bind now."""
    figures = binding(one.report.organisation, one.report.year)
    return one.is_confirmed and one.figures_digest == digest_of(figures)


def content_digest(factors: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of activity data and the name of their set."""
    text = json.dumps([factors, list(rows)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(value: object) -> str:
    """A figure as the cell of a grid."""
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return plain(value) if isinstance(value, Decimal) else str(value)


def _binding_report(organisation: Organisation, year: int) -> Report | None:
    """The version of a report whose figures bind."""
    found = Report.objects.filter(organisation=organisation, year=year)
    final = Q(inventory=True) | Q(verification__final_at__isnull=False)
    return found.filter(final).order_by("version").last()


def _activities(content: ReportContent, year: int, factors: FactorSet) -> list[Activity]:
    """The activity data of a kept grid, by the numbers of its rows."""
    rows = enumerate(grid_of(content)[ACTIVITY.name], start=FIRST_ROW)
    names = (*COLUMNS, *OPTIONAL)
    return [
        read_activity(
            TableRow(at, {name: row.get(name, "") for name in names}), factors=factors, year=year
        )
        for at, row in rows
    ]
