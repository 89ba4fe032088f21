"""What may happen to lines, reports and verifications."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv import corrections
from openets.mrv.corrections import Correction
from openets.mrv.figures import Figures, check_figures, total_tco2e
from openets.mrv.models import ProductionLine, Report, ReportedRow, Verification, VerifiedRow
from openets.mrv.procedures import REPORT, VERIFICATION
from openets.mrv.records import (
    NotYourOwn,
    columns_of,
    digest_of,
    due_date_of,
    latest_reports,
    lines_of,
    must_be_own,
    report_subject,
)
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law


class StatementMissing(Refusal):
    """Nobody answered for truth, completeness and accuracy."""

    code = "statement_missing"
    article = "CQETS-24.2"
    zh = "缺少对数据真实性、完整性、准确性负责的承诺"
    en = "The statement of truth, completeness and accuracy is missing"
    remedy_zh = "请由授权人员签署承诺后提交"
    remedy_en = "Let an authorised person sign the statement, then submit"


class YearNotOver(Refusal):
    """A report tells of a whole year that has passed."""

    code = "year_not_over"
    article = "CQETS-24"
    zh = "{year} 年度尚未结束，不能提交该年度排放报告"
    en = "{year} is not over; its report cannot be submitted yet"
    remedy_zh = "请于次年提交"
    remedy_en = "Submit it in the year after"


class YearOnFile(Refusal):
    """A year's figures come from the inventory or from a report, and are taken over once."""

    code = "year_on_file"
    article = "CQ208-1"
    zh = "{name} {year} 年度数据已在册（{how_zh}），不能重复提交"
    en = "The figures of {name} for {year} are on file already, from {how_en}"
    remedy_zh = "请核对年度；更正须另行办理"
    remedy_en = "Check the year; what is on file is not overwritten"


class NotABody(Refusal):
    """Verification is commissioned from verification bodies."""

    code = "not_a_body"
    article = "CQETS-25.3"
    zh = "{name} 不是核查技术服务机构"
    en = "{name} is no verification body"
    remedy_zh = "请选择核查技术服务机构"
    remedy_en = "Choose a verification body"


class LineExists(Refusal):
    """A line's code is in use."""

    code = "line_exists"
    article = "CQ208-A1.3"
    zh = "生产线编号 {line} 已存在"
    en = "The line {line} exists already"
    remedy_zh = "请更换编号"
    remedy_en = "Use another code"


@dataclass(frozen=True, slots=True)
class NewLine:
    """What is registered of a production line.

    Whether its products are homogeneous, their boundary clear, and their intensity computable and
    comparable are findings of the bureau. Source: CQ208-A1.3.2.
    """

    code: str
    name: str
    process: str
    homogeneous: bool
    clear_boundary: bool
    comparable: bool
    commissioned_date: date


@transaction.atomic
def register_lines(
    lines: Mapping[Organisation, Sequence[NewLine]], *, acting: Acting, at: datetime
) -> None:
    """Register the production lines (生产线/生产工序) of entities. Source: CQ208-A1.3.

    Raises:
        LineExists: an entity has a line of that code.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-A1.3")
    parties.lock_organisations(lines)
    known = set(
        ProductionLine.objects.filter(organisation__in=list(lines)).values_list(
            "organisation_id", "code"
        )
    )
    for organisation, new in lines.items():
        for line in new:
            if (organisation.pk, line.code) in known:
                raise LineExists(line=line.code)
            known.add((organisation.pk, line.code))
    ProductionLine.objects.bulk_create(
        ProductionLine(organisation=organisation, **asdict(line))
        for organisation, new in lines.items()
        for line in new
    )
    journal.record_many(
        [
            journal.Record(
                operation="mrv.register_lines",
                subject=organisation.code,
                acting=acting,
                at=at,
                article="CQ208-A1.3",
                content={"lines": [[line.code, line.process] for line in new]},
            )
            for organisation, new in lines.items()
        ]
    )


@transaction.atomic
def import_inventory(
    figures: Mapping[Organisation, Sequence[Figures]],
    *,
    year: int,
    synthetic: bool,
    acting: Acting,
    at: datetime,
) -> None:
    """Take over the inventory results (盘查结果) of a base year, once. Source: CQ208-1.

    Raises:
        YearOnFile, BadFigure, EmptyReport, NotYourRole.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-1")
    parties.lock_organisations(figures)
    on_file = Report.objects.filter(organisation__in=list(figures), year=year)
    for report in on_file.select_related("organisation"):
        raise _on_file(report)
    lines = lines_of(figures)
    reports = Report.objects.bulk_create(
        _new_report(organisation, year, rows, lines[organisation.pk], at, synthetic=synthetic)
        for organisation, rows in figures.items()
    )
    ReportedRow.objects.bulk_create(
        ReportedRow(report=report, **columns_of(row, lines[report.organisation_id]))
        for report in reports
        for row in figures[report.organisation]
    )
    journal.record_many(
        [
            journal.Record(
                operation="mrv.import_inventory",
                subject=report_subject(report.organisation, year),
                acting=acting,
                at=at,
                article="CQ208-1",
                content={"total_tco2e": report.total_tco2e, "digest": report.digest},
            )
            for report in reports
        ]
    )


@transaction.atomic
def submit_report(
    *,
    organisation: Organisation,
    year: int,
    figures: Sequence[Figures],
    statement: bool,
    synthetic: bool,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Report:
    """Submit the annual emission report (温室气体排放报告) online. Source: CQETS-24, CQETS-24.2.

    A returned report is submitted again as a new version, with a new statement. The due day is
    kept with it, where the rules in force on that day know one (AMB-05).

    Raises:
        NotYourOwn, NotOnTheList, YearNotOver, StatementMissing, YearOnFile, EmptyReport,
        BadFigure, WrongState.
    """
    subject = report_subject(organisation, year)
    must_be_own(acting, organisation.code, subject)
    listing.must_be_listed(organisation, year)
    if market_date(at).year <= year:
        raise YearNotOver(year=year)
    if not statement:
        raise StatementMissing
    earlier = Report.objects.filter(organisation=organisation, year=year)
    for inventory in earlier.filter(inventory=True):
        raise _on_file(inventory)
    lines = lines_of([organisation])[organisation.pk]
    report = _new_report(organisation, year, figures, lines, at, synthetic=synthetic)
    report.inventory, report.statement_by = False, acting.person
    report.due_date = due_date_of(law, year)
    if cases.case(REPORT, subject) is None:
        casework.open_cases(
            REPORT,
            [casework.NewCase(subject, organisation, year, report.due_date)],
            acting=acting,
            at=at,
            article="CQETS-24",
        )
    casework.move_cases(REPORT, "submit", [subject], acting=acting, at=at, note=report.digest)
    report.version = (earlier.aggregate(last=Max("version"))["last"] or 0) + 1
    report.save()
    ReportedRow.objects.bulk_create(
        ReportedRow(report=report, **columns_of(row, lines)) for row in figures
    )
    return report


@transaction.atomic
def return_report(
    *, organisation: Organisation, year: int, reasons: str, acting: Acting, at: datetime
) -> None:
    """Return a report for correction (退回修改); the entity submits a new version.

    Source: CQETS-24, CQETS-24.2.

    Raises:
        ReasonsMissing, NoSuchCase, WrongState, NotYourRole.
    """
    subject = report_subject(organisation, year)
    casework.move_cases(REPORT, "return", [subject], acting=acting, at=at, note=reasons)


@transaction.atomic
def receive_paper(
    *, organisations: Sequence[Organisation], year: int, acting: Acting, at: datetime
) -> None:
    """Record that the written copies came in. Source: CQETS-24, AMB-57.

    Raises:
        NotYourOwn: a district bureau received the copy of another district's entity.
        NoSuchCase, WrongState, NotYourRole.
    """
    if acting.role == Role.DISTRICT_BUREAU:
        district = listing.organisation(acting.organisation).district
        for organisation in organisations:
            if organisation.district != district:
                raise NotYourOwn(
                    article="CQETS-24",
                    organisation=acting.organisation,
                    subject=report_subject(organisation, year),
                )
    subjects = [report_subject(o, year) for o in organisations]
    casework.move_cases(REPORT, "receive_paper", subjects, acting=acting, at=at)
    latest = latest_reports(organisations, year)
    Report.objects.filter(pk__in=[report.pk for report in latest]).update(paper_at=at)


@transaction.atomic
def assign_verification(
    *, bodies: Mapping[Organisation, Organisation], year: int, acting: Acting, at: datetime
) -> None:
    """Commission a verification body for each entity's report. Source: CQETS-25.3.

    Raises:
        NotABody, NoSuchCase, WrongState, NotYourRole.
    """
    for body in bodies.values():
        if body.role != Role.VERIFICATION_BODY:
            raise NotABody(name=body.name)
    subjects = {report_subject(entity, year): entity for entity in bodies}
    casework.move_cases(REPORT, "verify", list(subjects), acting=acting, at=at)
    casework.open_cases(
        VERIFICATION,
        [
            casework.NewCase(subject, entity, year, handler=bodies[entity])
            for subject, entity in subjects.items()
        ],
        acting=acting,
        at=at,
        article="CQETS-25.3",
    )
    Verification.objects.bulk_create(
        Verification(report=report, body=bodies[report.organisation], assigned_at=at)
        for report in latest_reports(list(bodies), year)
    )


@transaction.atomic
def enter_results(
    *,
    results: Mapping[Organisation, Sequence[Figures]],
    year: int,
    statement: bool,
    acting: Acting,
    at: datetime,
) -> None:
    """Enter a body's verification results (核查结果), one set of figures an entity.

    Source: CQETS-25.3.

    Raises:
        NotYourOwn: one of the entities is assigned to another body.
        StatementMissing, EmptyReport, BadFigure, WrongState.
    """
    if not statement:
        raise StatementMissing(article="CQETS-25.3")
    verifications = _verifications(results, year)
    lines = lines_of(results)
    for verification in verifications:
        entity = verification.report.organisation
        must_be_own(acting, verification.body.code, report_subject(entity, year))
        check_figures(results[entity], year=year, lines=lines[entity.pk])
        verification.verified_tco2e = total_tco2e(results[entity])
        verification.entered_at = at
    subjects = [report_subject(entity, year) for entity in results]
    casework.move_cases(VERIFICATION, "enter_result", subjects, acting=acting, at=at)
    Verification.objects.bulk_update(verifications, ["verified_tco2e", "entered_at"])
    for verification in verifications:
        entity = verification.report.organisation
        _keep_verified(verification, results[entity], lines[entity.pk])
    _journal_results(verifications, "mrv.enter_result", "CQETS-25.3", acting, at)


@transaction.atomic
def notify_results(
    *, organisations: Sequence[Organisation], year: int, law: Law, acting: Acting, at: datetime
) -> date | None:
    """Tell entities their verification results; returns the last day for an objection.

    There is none yet where a notice counts as received once it is opened (AMB-63).
    Source: CQETS-25, CQETS-25.2.

    Raises:
        NoSuchCase, WrongState: one of them has no result entered, or knows it already.
        NotYourRole, UnknownYear.
    """
    subjects = [report_subject(o, year) for o in organisations]
    told = casework.move_cases(VERIFICATION, "notify", subjects, acting=acting, at=at, law=law)
    last_day = told[0].due_date if told else None
    told_of = [verification.pk for verification in _verifications(organisations, year)]
    rows = Verification.objects.filter(pk__in=told_of)
    rows.update(notified_at=at, objection_due_date=last_day)
    return last_day


@transaction.atomic
def object_to_result(
    *, organisation: Organisation, year: int, grounds: str, law: Law, acting: Acting, at: datetime
) -> date:
    """Ask for review (复核) of a verification result; returns the day the decision is due.

    Source: CQETS-25.2, CQETS-25.2b.

    Raises:
        NotYourOwn, ObjectionTooLate, NoSuchCase, WrongState, NotYourRole, UnknownYear.
    """
    subject = report_subject(organisation, year)
    must_be_own(acting, organisation.code, subject)
    (case,) = casework.move_cases(
        VERIFICATION, "object", [subject], acting=acting, at=at, note=grounds, law=law
    )
    assert case.due_date is not None, "the table gives the review a clock"
    return case.due_date


@transaction.atomic
def decide_objection(
    *,
    organisation: Organisation,
    year: int,
    corrected: Sequence[Figures] | None,
    reasons: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> None:
    """Decide a review: uphold the result, or replace it by `corrected` figures, with reasons.

    The figures first verified stay on file; what rests on the result follows.
    Source: CQETS-25.2b.

    Raises:
        ReasonsMissing, EmptyReport, BadFigure, NoSuchCase, WrongState, SamePerson, NotYourRole.
    """
    _finish("decide", [organisation], year, acting, at, note=reasons)
    if corrected is None:
        return
    (verification,) = _verifications([organisation], year)
    lines = lines_of([organisation])[organisation.pk]
    check_figures(corrected, year=year, lines=lines)
    before = Tonnes(verification.verified_tco2e or 0)
    verification.version += 1
    verification.verified_tco2e = total_tco2e(corrected)
    verification.save()
    _keep_verified(verification, corrected, lines)
    _journal_results([verification], "mrv.correct_result", "CQETS-25.2b", acting, at)
    correction = Correction(organisation, year, before, Tonnes(verification.verified_tco2e))
    corrections.follow(correction, law=law, acting=acting, at=at)


@transaction.atomic
def finalise_unopposed(*, year: int, acting: Acting, at: datetime) -> int:
    """Make every result final whose objection window has ended; tell how many.

    A result under review waits for its decision. Source: CQETS-25.
    """
    waiting = cases.in_state(VERIFICATION, year, "notified")
    organisations = [case.organisation for case in waiting.filter(due_date__lt=market_date(at))]
    if organisations:
        _finish("let_stand", organisations, year, acting, at, note="")
    return len(organisations)


def _finish(
    move: str,
    organisations: Sequence[Organisation],
    year: int,
    acting: Acting,
    at: datetime,
    *,
    note: str,
) -> None:
    subjects = [report_subject(o, year) for o in organisations]
    casework.move_cases(VERIFICATION, move, subjects, acting=acting, at=at, note=note)
    ended = [verification.pk for verification in _verifications(organisations, year)]
    Verification.objects.filter(pk__in=ended).update(final_at=at)
    casework.move_cases(REPORT, "confirm", subjects, acting=acting, at=at)


def _keep_verified(
    verification: Verification, figures: Sequence[Figures], lines: Mapping[str, ProductionLine]
) -> None:
    VerifiedRow.objects.bulk_create(
        VerifiedRow(
            verification=verification, version=verification.version, **columns_of(row, lines)
        )
        for row in figures
    )


def _journal_results(
    verifications: Sequence[Verification],
    operation: str,
    article: str,
    acting: Acting,
    at: datetime,
) -> None:
    # The case's own entry tells the step; this one the figure, which the journal must know too.
    journal.record_many(
        [
            journal.Record(
                operation=operation,
                subject=report_subject(v.report.organisation, v.report.year),
                acting=acting,
                at=at,
                article=article,
                content={"version": v.version, "verified_tco2e": v.verified_tco2e},
            )
            for v in verifications
        ]
    )


def _on_file(report: Report) -> YearOnFile:
    how_zh, how_en = ("盘查", "the inventory") if report.inventory else ("排放报告", "a report")
    return YearOnFile(name=report.organisation.name, year=report.year, how_zh=how_zh, how_en=how_en)


def _new_report(
    organisation: Organisation,
    year: int,
    figures: Sequence[Figures],
    lines: Collection[str],
    at: datetime,
    *,
    synthetic: bool,
) -> Report:
    check_figures(figures, year=year, lines=lines)
    return Report(
        organisation=organisation,
        year=year,
        inventory=True,
        submitted_at=at,
        digest=digest_of(figures),
        total_tco2e=total_tco2e(figures),
        synthetic=synthetic,
    )


def _verifications(organisations: Collection[Organisation], year: int) -> list[Verification]:
    found = Verification.objects.filter(
        report__organisation__in=list(organisations), report__year=year
    )
    # The journal keeps this order, so it may not depend on where the rows happen to lie.
    return list(found.select_related("report__organisation", "body").order_by("id"))
