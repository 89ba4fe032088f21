"""The duty sheet of an entity and year: its five duties and how each stands (CQETS-9)."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from openets.allocation import queries as allocation
from openets.casework import queries as casework
from openets.compliance import queries as compliance
from openets.compliance.duty import Status as Surrender
from openets.compliance.obligation import surrender_deadline
from openets.kernel.clock import market_date
from openets.mrv import queries as mrv
from openets.mrv import report_queries as reports
from openets.mrv.procedures import REPORT, REPORT_CORRECTION
from openets.mrv.records import report_subject
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.rulebook.load import Law, law
from openets.verification.procedures import FINDING
from openets.web import words
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.parts import Status

REPORTED = {"submitted", "complete", "under_verification", "confirmed"}
_OPEN = Status(Said("未完成", "Open"), "warn")
_DONE = Status(Said("已完成", "Done"), "good")
_LATE = Status(Said("逾期", "Late"), "bad")
_NOT_YET = Status(Said("未到", "Not yet"))


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One of the five duties: how it stands, by which figures, until when."""

    name: str
    label: Said
    status: Status
    said: Said
    article: str
    due_date: date | None = None


def duty_sheet(organisation: Organisation, year: int, *, today: date) -> list[DutyLine]:
    """The five duties of a listed entity for a year (重点排放单位义务). Source: CQETS-9.

    Raises:
        NotOnTheList: it has no duties for the year.
    """
    parties.must_be_listed(organisation, year)
    rules = law(settings.JURISDICTION)
    return [
        _control(organisation, year),
        _report(organisation, year, rules, today),
        _surrender(organisation, year, rules, today),
        _disclose(organisation, year),
        _supervision(organisation, year, today),
    ]


def _control(organisation: Organisation, year: int) -> DutyLine:
    label = Said("控制温室气体排放", "Control greenhouse gas emissions")
    verified = mrv.verified_years(organisation)
    told = {row.year: row.verified_tco2e for row in verified if row.notified_at}
    row = next((row for row in allocation.published(organisation) if row.year == year), None)
    if year not in told or row is None:
        said = Said("核查排放量或配额尚未告知", "Verified emissions or allowances not told yet")
        return DutyLine("control", label, _NOT_YET, said, "CQETS-9")
    verified_t, over_t = told[year], told[year] - row.determined_t
    figures = f"{grouped(verified_t)} / {grouped(row.determined_t)}"
    said = Said(f"核查排放 / 配额 {figures} 吨", f"verified / allowances {figures} t")
    within = Status(Said("未超过配额", "Within the allowances"), "good")
    above = Status(Said(f"超出 {grouped(over_t)} 吨", f"{grouped(over_t)} t above"), "warn")
    return DutyLine("control", label, above if over_t > 0 else within, said, "CQETS-9")


def _report(organisation: Organisation, year: int, rules: Law, today: date) -> DutyLine:
    label = Said("报告排放数据", "Report emission data")
    subject = report_subject(organisation, year)
    state = casework.states(REPORT, [subject]).get(subject, "")
    standing = mrv.report_standing(organisation, year, law=rules, today=today)
    said = words.state_of(REPORT, state) if state else Said("未提交", "Not submitted")
    due_date = standing.due_date if standing else None
    status = _DONE if state in REPORTED else _OPEN
    if state == "estimated" or (standing and standing.late):
        status = _LATE
    return DutyLine("report", label, status, said, "CQETS-24", due_date)


def _surrender(organisation: Organisation, year: int, rules: Law, today: date) -> DutyLine:
    label = Said("清缴配额", "Surrender allowances")
    duty = compliance.duty(organisation, year, rules, on=today)
    if duty is None:
        said = Said("核查结果尚未告知", "Verified emissions not told yet")
        last_day = surrender_deadline(law=rules, year=year)
        return DutyLine("surrender", label, _NOT_YET, said, "CQETS-26", last_day)
    standing = duty.standing
    counted, owed = grouped(standing.counted_t), grouped(standing.verified_t or 0)
    said = Said(f"已清缴 {counted} / 应清缴 {owed} 吨", f"{counted} of {owed} t surrendered")
    status = words.STATUSES[Surrender(standing.status)]
    return DutyLine("surrender", label, status, said, "CQETS-26", duty.deadline)


def _disclose(organisation: Organisation, year: int) -> DutyLine:
    label = Said("披露碳信息", "Disclose carbon information")
    report = reports.latest([organisation], year).get(organisation.pk)
    if report is None or report.published_at is None:
        said = Said("排放报告尚未公开", "The report is not published yet")
        return DutyLine("disclose", label, _OPEN, said, "CQETS-24.3")
    day = market_date(report.published_at).isoformat()
    said = Said(f"排放报告已于 {day} 公开", f"The report was published on {day}")
    return DutyLine("disclose", label, _DONE, said, "CQETS-24.3")


def _supervision(organisation: Organisation, year: int, today: date) -> DutyLine:
    """Open is what an authority or its verifiers asked for and the entity has not answered."""
    label = Said("接受监督管理", "Accept supervision")
    asked = casework.unfinished([REPORT_CORRECTION, FINDING])
    waiting = [
        case
        for case in asked.filter(organisation=organisation, year=year)
        if case.state in {"ordered", "raised"}
    ]
    if not waiting:
        said = Said("没有待答复、待改正事项", "Nothing waits for an answer or a correction")
        status = Status(Said("无待办", "Nothing open"), "good")
        return DutyLine("supervise", label, status, said, "CQETS-9")
    due_date = min((case.due_date for case in waiting if case.due_date), default=None)
    said = Said(
        f"待答复、待改正 {len(waiting)} 项", f"{len(waiting)} wait for an answer or a correction"
    )
    status = _LATE if due_date and due_date < today else _OPEN
    return DutyLine("supervise", label, status, said, "CQETS-9", due_date)
