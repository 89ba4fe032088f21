"""Restating base years (参数修正): proposed by one person of the bureau, confirmed by another.

Both versions stay. What was determined by the reported figures does not move: a restatement is
read by whoever calculates an allowance after it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from openets.casework import operations as casework
from openets.casework.objection import ReasonsMissing
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.mrv import restatements
from openets.mrv.accounting.account import exact_text
from openets.mrv.accounting.base_year import ARTICLE, LineChange
from openets.mrv.accounting.factors import FactorSet, factor_set
from openets.mrv.accounting.restate import NothingToRestate
from openets.mrv.figures import check_figures
from openets.mrv.grid import Checked, check_grid
from openets.mrv.models import Report, ReportContent, RestatedRow, Restatement
from openets.mrv.procedures import RESTATEMENT
from openets.mrv.records import columns_of, digest_of, kept_line, lines_of, report_subject
from openets.mrv.report_sheets import ACTIVITY, KINDS, LINES, SUMMARY
from openets.mrv.restatements import Difference, difference_of, must_change, text_of
from openets.mrv.sheets import Grid, cleaned
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law

RESTATE = "restate"


class NotABaseYear(Refusal):
    """Only the base years of an allocation year are corrected to it."""

    code = "not_a_base_year"
    article = ARTICLE
    zh = "{year} 年不是 {from_year} 年度配额分配的历史基准年度（{years}）"
    en = "{year} is no base year of the allocation of {from_year}; those are {years}"
    remedy_zh = "请选择历史基准年度"
    remedy_en = "Choose one of them"


class StaysAsReported(Refusal):
    """The rulebook keeps base years as they were reported."""

    code = "stays_as_reported"
    article = ARTICLE
    zh = "按现行解读，{from_year} 年度配额分配的基准年度排放量不作修正"
    en = "By the reading in force base years stay as reported in the allocation of {from_year}"
    remedy_zh = "如需修正，请先调整条文解读参数"
    remedy_en = "Change that reading of the rulebook first"


class ReferenceUsed(Refusal):
    """A reference stands for one proposal."""

    code = "reference_used"
    article = ARTICLE
    zh = "编号 {reference} 已用于另一项修正"
    en = "The reference {reference} was used for another restatement"
    remedy_zh = "请使用新的编号"
    remedy_en = "Use a new reference"


class FiguresReplaced(Refusal):
    """The figures that the proposal was made from bind no longer."""

    code = "figures_replaced"
    article = ARTICLE
    zh = "{name} {year} 年的基础数据已更正，该项修正所依据的数据不再有效"
    en = "The figures of {name} for {year} were corrected since; the proposal rests on others"
    remedy_zh = "请不予采纳该项修正，并按现行数据重新提出"
    remedy_en = "Reject it and propose anew from the present figures"


class ActivityOnFile(Refusal):
    """Activity data of a base year are supplied once."""

    code = "activity_on_file"
    article = ARTICLE
    zh = "{name} {year} 年的活动数据已存档，不能替换"
    en = "The activity data of {name} for {year} are on file and not replaced"
    remedy_zh = "请以已存档的数据办理修正"
    remedy_en = "Restate by the data on file"


class NoInventory(Refusal):
    """Activity data are supplied to an inventory result; a report brings its own."""

    code = "no_inventory"
    article = ARTICLE
    zh = "{name} {year} 年没有盘查结果，不能补充活动数据"
    en = "There is no inventory result of {name} for {year} to supply activity data to"
    remedy_zh = "年度报告的活动数据随报告提交"
    remedy_en = "The activity data of a report come with it"


class ActivityDisagrees(Refusal):
    """Activity data of a base year must come to what was inventoried."""

    code = "activity_disagrees"
    article = ARTICLE
    zh = "活动数据有 {faults} 处错误。{first_zh}"
    en = "The activity data have {faults} faults. {first}"
    remedy_zh = "请核对活动数据，并选用当时采用的因子集"
    remedy_en = "Check the data, and choose the factor set that was used then"


@transaction.atomic
def supply_activity(
    *,
    organisation: Organisation,
    year: int,
    factors: str,
    rows: Sequence[Mapping[str, Any]],
    acting: Acting,
    at: datetime,
) -> ReportContent:
    """Supply the activity data behind an inventory result (补充活动数据), once.

    They must come to the inventoried emissions by the set that was used then. The same data again
    change nothing. Source: CQ208-A1.M.2.2d, CQ208-1.

    Raises:
        NotYourRole, NoInventory, UnknownFactorSet, YearNotCovered.
        ActivityDisagrees: with the first fault, such as another total.
        ActivityOnFile: other data are on file.
        TooManyRows, CellNotKept.
    """
    acting.must_be(Role.CITY_BUREAU, article=ARTICLE)
    chosen = factor_set(factors)
    chosen.must_cover(year)
    parties.lock_organisations([organisation])
    report = Report.objects.filter(organisation=organisation, year=year, inventory=True).first()
    if report is None:
        raise NoInventory(name=organisation.name, year=year)
    grid = _grid_of(organisation, year, rows, acting)
    digest = restatements.content_digest(factors, grid[ACTIVITY.name])
    kept = ReportContent.objects.filter(report=report).first()
    if kept is not None:
        if kept.digest == digest:
            return kept
        raise ActivityOnFile(name=organisation.name, year=year)
    checked = check_grid(
        grid,
        year=year,
        factors=chosen,
        lines=list(lines_of([organisation])[organisation.pk]),
        last=restatements.NO_LAST_YEAR,
        change_ratio=restatements.ANY_CHANGE,
    )
    content = _kept(report, grid, chosen, checked, digest)
    journal.record(
        operation="mrv.supply_activity",
        subject=report_subject(organisation, year),
        acting=acting,
        at=at,
        article=ARTICLE,
        content={"factors": factors, "factors_digest": chosen.digest, "digest": digest},
    )
    return content


@transaction.atomic
def propose_restatements(
    *,
    organisations: Sequence[Organisation],
    year: int,
    factors: str,
    from_year: int,
    reasons: str,
    reference: str,
    gwp: str = "",
    law: Law,
    acting: Acting,
    at: datetime,
) -> list[Restatement]:
    """Propose a base year of entities by another factor set, for allocations of `from_year` on.

    All of them or none. The same reference proposes once.
    Source: CQ208-A1.M.2.2d, CQ208-A1.M.3.2d, AMB-18.

    Raises:
        NotYourRole, ReasonsMissing, UnknownFactorSet, UnknownGwpSet, NotABaseYear,
        StaysAsReported, ReferenceUsed, RestatementOpen, NothingChanges, NothingToRestate.
        NoActivityData: an entity's activity data of the year are not on file.
        UnknownItem, NoDefault: the set lacks a factor, and the calculation stops.
        NothingToShareBy, BadFigure: the change cannot be carried to the rows.
    """
    acting.must_be(Role.CITY_BUREAU, article=ARTICLE)
    if not reasons.strip():
        raise ReasonsMissing(article=ARTICLE, field="reasons")
    chosen = factor_set(factors) if not gwp else factor_set(factors).with_gwp(gwp)
    must_be_base_year(year, from_year, law)
    if not organisations:
        raise NothingToRestate
    parties.lock_organisations(organisations)
    known = Restatement.objects.filter(reference=reference).select_related("report")
    if known:
        asked = {(one.pk, year, from_year, chosen.digest) for one in organisations}
        done = {
            (one.report.organisation_id, one.report.year, one.from_year, one.factors_digest)
            for one in known
        }
        if asked != done:
            raise ReferenceUsed(field="reference", reference=reference[:40])
        return list(known)
    made = []
    for organisation in organisations:
        difference = difference_of(organisation, year, chosen)
        must_change(difference, chosen, from_year)
        check_figures(
            difference.figures.after, year=year, lines=lines_of([organisation])[organisation.pk]
        )
        made.append(_proposed(difference, chosen, from_year, reasons, reference, acting, at))
    cases = [casework.NewCase(one.subject, one.report.organisation, year) for one in made]
    casework.open_cases(RESTATEMENT, cases, acting=acting, at=at, article=ARTICLE)
    _record("mrv.propose_restatements", made, acting, at)
    return made


@transaction.atomic
def confirm_restatements(
    *, subjects: Sequence[str], acting: Acting, at: datetime
) -> list[Restatement]:
    """Put restated figures in the place of reported ones, by another person than proposed them.

    Determined allowances stay. Source: CQ208-A1.M.2.2d, CQ208-A1.M.3.2d.

    Raises:
        NotYourRole, SamePerson, NoSuchCase, WrongState.
        FiguresReplaced: what binds was corrected since.
    """
    casework.move_cases(RESTATEMENT, "confirm", subjects, acting=acting, at=at)
    decided = _locked(subjects)
    for one in decided:
        organisation, year = one.report.organisation, one.report.year
        if one.figures_digest != digest_of(restatements.binding(organisation, year)):
            raise FiguresReplaced(name=organisation.name, year=year)
        one.is_confirmed, one.decided_at = True, at
    Restatement.objects.bulk_update(decided, ["is_confirmed", "decided_at"])
    _record("mrv.confirm_restatement", decided, acting, at)
    return decided


@transaction.atomic
def reject_restatements(
    *, subjects: Sequence[str], reasons: str, acting: Acting, at: datetime
) -> list[Restatement]:
    """Do not confirm proposed restatements, with reasons. Source: CQ208-A1.M.2.2d.

    Raises:
        NotYourRole, SamePerson, ReasonsMissing, NoSuchCase, WrongState.
    """
    casework.move_cases(RESTATEMENT, "reject", subjects, acting=acting, at=at, note=reasons)
    decided = _locked(subjects)
    for one in decided:
        one.decided_at = at
    Restatement.objects.bulk_update(decided, ["decided_at"])
    _record("mrv.reject_restatement", decided, acting, at)
    return decided


def must_be_base_year(year: int, from_year: int, law: Law) -> None:
    """Refuse a year that the allocation of `from_year` does not restate. Source: AMB-18.

    Raises:
        NotABaseYear, StaysAsReported, NoValueForTime.
    """
    years = law.for_year("alloc.base_years", from_year).items
    if year not in years:
        said = ", ".join(str(one) for one in years)
        raise NotABaseYear(field="year", year=year, from_year=from_year, years=said)
    if law.for_year("alloc.restate_factors", from_year).text != RESTATE:
        raise StaysAsReported(from_year=from_year)


def _grid_of(
    organisation: Organisation, year: int, rows: Sequence[Mapping[str, Any]], acting: Acting
) -> Grid:
    """The activity data with the inventoried rows and who supplied them, as a report has them."""
    own = [
        {
            name: text_of(getattr(row, name))
            for name in (column.name for column in LINES.columns)
            if hasattr(row, name)
        }
        for row in restatements.binding(organisation, year)
    ]
    return cleaned(
        KINDS,
        {
            ACTIVITY.name: list(rows),
            LINES.name: own,
            SUMMARY.name: [{"responsible": acting.person}],
        },
    )


def _kept(
    report: Report, grid: Grid, factors: FactorSet, checked: Checked, digest: str
) -> ReportContent:
    if checked.faults or checked.totals is None:
        first = checked.faults[0].refusal
        raise ActivityDisagrees(
            faults=len(checked.faults),
            first=first.message("en"),
            first_zh=first.message("zh"),
        )
    return ReportContent.objects.create(
        report=report,
        grid={name: list(rows) for name, rows in grid.items()},
        factors=factors.name,
        factors_digest=factors.digest,
        gwp=factors.gwp.name,
        accounted=[kept_line(line, row=line.activity.row) for line in checked.accounted.lines],
        total_exact=exact_text(checked.totals.exact),
        captive_exact=exact_text(checked.totals.captive_exact),
        digest=digest,
    )


def _proposed(
    difference: Difference,
    factors: FactorSet,
    from_year: int,
    reasons: str,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Restatement:
    report, figures = difference.report, difference.figures
    number = report.restatements.count() + 1
    made = Restatement.objects.create(
        report=report,
        number=number,
        subject=f"{difference.organisation.code}/{report.year}/{number}",
        reference=reference,
        from_year=from_year,
        factors=factors.name,
        factors_digest=factors.digest,
        gwp=factors.gwp.name,
        figures_digest=digest_of(figures.before),
        lines=[_line(one) for one in difference.lines],
        explanation=[step.as_json() for step in figures.steps],
        before_t=sum(row.total_t for row in figures.before),
        after_t=sum(row.total_t for row in figures.after),
        reasons=reasons.strip(),
        proposed_at=at,
        proposed_by=acting.person,
    )
    lines = lines_of([difference.organisation])[difference.organisation.pk]
    RestatedRow.objects.bulk_create(
        RestatedRow(restatement=made, **columns_of(row, lines)) for row in figures.after
    )
    return made


def _line(change: LineChange) -> dict[str, Any]:
    activity = change.activity
    return {
        "row": activity.row,
        "facility": activity.facility,
        "source": activity.source.value,
        "item": activity.item,
        "before_exact": exact_text(change.before.tco2e),
        "after_exact": exact_text(change.after.tco2e),
        "before": list(change.before.working),
        "after": change.after.explanation.as_json(),
    }


def _locked(subjects: Sequence[str]) -> list[Restatement]:
    found = Restatement.objects.select_for_update(of=("self",)).filter(subject__in=list(subjects))
    return list(found.select_related("report__organisation").order_by("pk"))


def _record(operation: str, done: Sequence[Restatement], acting: Acting, at: datetime) -> None:
    journal.record_many(
        [
            journal.Record(
                operation=operation,
                subject=report_subject(one.report.organisation, one.report.year),
                acting=acting,
                at=at,
                article=ARTICLE,
                content={
                    "number": one.number,
                    "from_year": one.from_year,
                    "factors": one.factors,
                    "factors_digest": one.factors_digest,
                    "gwp": one.gwp,
                    "before_t": str(one.before_t),
                    "after_t": str(one.after_t),
                    "reasons": one.reasons,
                },
            )
            for one in done
        ]
    )
