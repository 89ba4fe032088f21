"""Where an entity does not report, or reports falsely: an order to correct, then an estimate."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv import report_queries as queries
from openets.mrv.ending import end_work_on
from openets.mrv.figures import Figures, check_figures, total_tco2e
from openets.mrv.models import (
    CorrectionOrder,
    Estimate,
    Report,
    ReportedRow,
    Verification,
    VerifiedRow,
)
from openets.mrv.procedures import REPORT, REPORT_CORRECTION, VERIFICATION
from openets.mrv.records import (
    columns_of,
    digest_of,
    due_date_of,
    latest_reports,
    lines_of,
    report_subject,
)
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law

WHOLE = "estimate"


class Ground(StrEnum):
    """Why a report is to be corrected."""

    NOT_REPORTED = "not_reported"
    FALSE = "false"


GROUNDS = {
    Ground.NOT_REPORTED: ("未按时报送排放报告", "no report by the due day"),
    Ground.FALSE: ("虚报、瞒报排放报告", "a false report"),
}


class LimitInThePast(Refusal):
    """A limit to correct leaves time to do so."""

    code = "limit_in_the_past"
    article = "CNETS-43b"
    zh = "改正期限 {day} 不晚于今日 {today}"
    en = "The limit {day} is not after today, {today}"
    remedy_zh = "请指定以后的日期"
    remedy_en = "Name a later day"


class ReportNotDue(Refusal):
    """Nobody is late before the due day."""

    code = "report_not_due"
    article = "CNETS-43b"
    zh = "报送截止日为 {due_date}，尚未逾期"
    en = "The report is due by {due_date} and not late yet"
    remedy_zh = "请于截止日之后责令改正"
    remedy_en = "Order the correction after that day"


class ReportIsIn(Refusal):
    """An entity that reported is not told that it did not."""

    code = "report_is_in"
    article = "CNETS-43b"
    zh = "{name} 已报送 {year} 年度报告"
    en = "{name} has reported {year}"
    remedy_zh = "如报告不实，请以虚报、瞒报为由责令改正"
    remedy_en = "If the report is false, order its correction on that ground"


class NoOrder(Refusal):
    """An estimate follows an order that was not obeyed."""

    code = "no_order"
    article = "CNETS-43b"
    zh = "尚未责令 {name} 限期改正 {year} 年度报告"
    en = "{name} was not ordered to correct its report of {year}"
    remedy_zh = "请先责令限期改正"
    remedy_en = "Order the correction first, with a limit"


class LimitNotOver(Refusal):
    """Until the limit ends the entity may correct its report itself."""

    code = "limit_not_over"
    article = "CNETS-43b"
    zh = "改正期限至 {due_date}，期限届满前不得测算"
    en = "The limit runs until {due_date}; nothing is estimated before it has ended"
    remedy_zh = "请于期限届满且仍未改正时测算"
    remedy_en = "Estimate after that day, if it is still not corrected"


class NoEstimateHere(Refusal):
    """The rules of the jurisdiction give the authority no such power."""

    code = "no_estimate_here"
    article = "CNETS-43b"
    zh = "现行规则未授权主管部门测算排放量"
    en = "The rules give the authority no power to estimate emissions"
    remedy_zh = "请按有关规定另行处理"
    remedy_en = "Act under other rules"


class DeductionNotEqual(Refusal):
    """Deducted is the equal amount or nothing (等量核减)."""

    code = "deduction_not_equal"
    article = "CNETS-43b"
    zh = "核减量 {amount_t} 吨无效：只能不核减，或等量核减 {equal_t} 吨"
    en = "{amount_t} t cannot be deducted: nothing, or the equal amount of {equal_t} t"
    remedy_zh = "请填写 0 或 {equal_t}"
    remedy_en = "Write 0 or {equal_t}"


class DeductionDecided(Refusal):
    """A deduction is decided once."""

    code = "deduction_decided"
    article = "CNETS-43b"
    zh = "已决定核减 {amount_t} 吨，不能重复决定"
    en = "It is decided already: {amount_t} t"
    remedy_zh = "无需再次办理"
    remedy_en = "Nothing is left to do"


def correction_subject(organisation: Organisation, year: int) -> str:
    """The name under which cases and the journal know an order to correct a report."""
    return f"correction/{organisation.code}/{year}"


@transaction.atomic
def order_correction(
    *,
    organisation: Organisation,
    year: int,
    ground: Ground,
    reasons: str,
    due_date: date,
    law: Law,
    acting: Acting,
    at: datetime,
) -> CorrectionOrder:
    """Order an entity to report, or to correct its report, by a day (责令限期改正).

    Source: CNETS-43b.

    Raises:
        NotYourRole, NotOnTheList, ReasonsMissing, LimitInThePast.
        ReportNotDue, ReportIsIn: it is not late, or has reported.
        CaseExists: it was ordered before.
    """
    acting.must_be(Role.CITY_BUREAU, article="CNETS-43b")
    listing.must_be_listed(organisation, year)
    if not reasons.strip():
        raise ReasonsMissing(article="CNETS-43b", field="reasons")
    if due_date <= market_date(at):
        raise LimitInThePast(field="due_date", day=due_date, today=market_date(at))
    parties.lock_organisations([organisation])
    if ground == Ground.NOT_REPORTED:
        _must_be_late(organisation, year, law, at)
    subject = correction_subject(organisation, year)
    new = casework.NewCase(subject, organisation, year, due_date)
    casework.open_cases(REPORT_CORRECTION, [new], acting=acting, at=at, article="CNETS-43b")
    order = CorrectionOrder.objects.create(
        organisation=organisation,
        year=year,
        ground=ground,
        reasons=reasons.strip(),
        ordered_at=at,
        due_date=due_date,
    )
    _journal(
        "mrv.order_correction",
        organisation,
        year,
        acting,
        at,
        {"ground": ground.value, "reasons": order.reasons, "due_date": due_date.isoformat()},
    )
    return order


@transaction.atomic
def accept_correction(
    *, organisation: Organisation, year: int, acting: Acting, at: datetime
) -> None:
    """Find that an entity obeyed the order (认定已改正); then nothing is estimated.

    Source: CNETS-43b.

    Raises:
        NotYourRole, NoSuchCase, WrongState.
    """
    subject = correction_subject(organisation, year)
    casework.move_cases(REPORT_CORRECTION, "accept", [subject], acting=acting, at=at)


@transaction.atomic
def estimate_emissions(
    *,
    organisation: Organisation,
    year: int,
    figures: Sequence[Figures],
    basis: str,
    synthetic: bool,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Estimate:
    """Estimate the emissions (测算) of an entity that did not obey; the estimate binds.

    It stands as a version of the report, marked as estimated, and as the final figures that the
    surrender is measured by. `basis` says on what it rests. Source: CNETS-43b, AMB-58.

    Raises:
        NotYourRole, NoEstimateHere, NoOrder, LimitNotOver, ReasonsMissing.
        SamePerson: whoever ordered the correction does not estimate.
        WrongState: the order was obeyed, or the verified result was told already.
        EmptyReport, BadFigure.
    """
    acting.must_be(Role.CITY_BUREAU, article="CNETS-43b")
    if not law.for_year("mrv.authority_estimate", year).flag:
        raise NoEstimateHere
    parties.lock_organisations([organisation])
    order = queries.order_of(organisation, year)
    if order is None:
        raise NoOrder(name=organisation.name, year=year)
    if market_date(at) <= order.due_date:
        raise LimitNotOver(due_date=order.due_date)
    lines = lines_of([organisation])[organisation.pk]
    check_figures(figures, year=year, lines=lines)
    subject = correction_subject(organisation, year)
    casework.move_cases(REPORT_CORRECTION, "estimate", [subject], acting=acting, at=at, note=basis)
    _end_report(organisation, year, basis, law, acting, at)
    before = next(iter(latest_reports([organisation], year)), None)
    report = _put_in_place(organisation, year, figures, before, synthetic, law, acting, at)
    ReportedRow.objects.bulk_create(
        ReportedRow(report=report, **columns_of(row, lines)) for row in figures
    )
    verification = Verification.objects.create(
        report=report,
        body=listing.organisation(acting.organisation),
        assigned_at=at,
        entered_at=at,
        notified_at=at,
        final_at=at,
        verified_tco2e=report.total_tco2e,
    )
    VerifiedRow.objects.bulk_create(
        VerifiedRow(verification=verification, **columns_of(row, lines)) for row in figures
    )
    estimate = Estimate.objects.create(
        report=report,
        order=order,
        basis=basis.strip(),
        reported_tco2e=before.total_tco2e if before else None,
    )
    content = {"total_tco2e": report.total_tco2e, "basis": estimate.basis, "digest": report.digest}
    _journal("mrv.estimate_emissions", organisation, year, acting, at, content)
    return estimate


@transaction.atomic
def decide_deduction(
    *,
    organisation: Organisation,
    year: int,
    amount_t: Tonnes,
    reasons: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Estimate:
    """Decide whether the equal amount is deducted from the next year's allocation (等量核减).

    Source: CNETS-43b, AMB-58.

    Raises:
        NotYourRole, ReasonsMissing, NoOrder: there is no estimate.
        DeductionNotEqual: neither nothing nor the equal amount.
        DeductionDecided: it was decided before.
    """
    acting.must_be(Role.CITY_BUREAU, article="CNETS-43b")
    if not reasons.strip():
        raise ReasonsMissing(article="CNETS-43b", field="reasons")
    parties.lock_organisations([organisation])
    estimate = queries.estimate_of(organisation, year)
    if estimate is None:
        raise NoOrder(name=organisation.name, year=year)
    if estimate.deduction_tco2e is not None:
        raise DeductionDecided(amount_t=estimate.deduction_tco2e)
    equal_t = deductible_t(estimate, law=law)
    partial = law.for_year("penalty.estimate_deduction_partial", year).flag
    if amount_t not in {0, equal_t} and not (partial and 0 < amount_t < equal_t):
        raise DeductionNotEqual(field="amount_t", amount_t=amount_t, equal_t=equal_t)
    estimate.deduction_tco2e, estimate.deduction_reasons = amount_t, reasons.strip()
    estimate.save()
    content = {"amount_t": amount_t, "reasons": estimate.deduction_reasons}
    _journal("mrv.decide_deduction", organisation, year, acting, at, content)
    return estimate


def deductible_t(estimate: Estimate, *, law: Law) -> Tonnes:
    """The equal amount in tonnes: the estimate, or by another reading what was not reported.

    Source: AMB-58.
    """
    total = estimate.report.total_tco2e
    if law.for_year("penalty.estimate_deduction", estimate.order.year).text == WHOLE:
        return Tonnes(total)
    return Tonnes(max(total - (estimate.reported_tco2e or 0), 0))


def _must_be_late(organisation: Organisation, year: int, law: Law, at: datetime) -> None:
    due_date = due_date_of(law, year)
    if due_date and market_date(at) <= due_date:
        raise ReportNotDue(due_date=due_date)
    case = cases.case(REPORT, report_subject(organisation, year))
    if case is not None and case.state != REPORT.start:
        raise ReportIsIn(name=organisation.name, year=year)


def _end_report(
    organisation: Organisation, year: int, basis: str, law: Law, acting: Acting, at: datetime
) -> None:
    subject = report_subject(organisation, year)
    case = cases.case(REPORT, subject)
    if case is None:
        new = casework.NewCase(subject, organisation, year, due_date_of(law, year))
        casework.open_cases(REPORT, [new], acting=acting, at=at, article="CNETS-43b")
    elif case.state == "under_verification":
        casework.move_cases(VERIFICATION, "stop", [subject], acting=acting, at=at, note=basis)
    end_work_on(organisation, year, why=basis, acting=acting, at=at)
    casework.move_cases(REPORT, "estimate", [subject], acting=acting, at=at, note=basis)


def _put_in_place(
    organisation: Organisation,
    year: int,
    figures: Sequence[Figures],
    before: Report | None,
    synthetic: bool,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Report:
    return Report.objects.create(
        organisation=organisation,
        year=year,
        version=before.version + 1 if before else 1,
        submitted_at=at,
        due_date=due_date_of(law, year),
        statement_by=acting.person,
        digest=digest_of(figures),
        total_tco2e=total_tco2e(figures),
        synthetic=synthetic,
        estimated=True,
    )


def _journal(
    operation: str,
    organisation: Organisation,
    year: int,
    acting: Acting,
    at: datetime,
    content: dict[str, object],
) -> None:
    journal.record(
        operation=operation,
        subject=correction_subject(organisation, year),
        acting=acting,
        at=at,
        article="CNETS-43b",
        content=content,
    )
