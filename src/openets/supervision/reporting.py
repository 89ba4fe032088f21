"""Periodic operating reports of registry and exchange (运行报告)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import at as moment_of
from openets.kernel.clock import market_date
from openets.kernel.period import add_months
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.registry import queries as registry
from openets.rulebook.load import Law
from openets.supervision.models import OperatingReport
from openets.trading import queries as trading

REPORTERS = (Role.REGISTRY_OPERATOR, Role.EXCHANGE_OPERATOR)
_DAY = timedelta(days=1)


class EmptyPeriod(Refusal):
    """A report is about a period."""

    code = "empty_period"
    article = "CQETS-5.4"
    zh = "报告期间 {start} 至 {end} 为空"
    en = "The period from {start} to {end} is empty"
    remedy_zh = "请填写有效的起止日期"
    remedy_en = "Give a first day and a later last day"


class NotAPeriod(Refusal):
    """Reports follow each other without gap and overlap."""

    code = "not_a_period"
    article = "CQETS-5.4"
    zh = "{start} 至 {end} 不是规定的报告期；含首日的报告期为 {right_start} 至 {right_end}"
    en = "{start} to {end} is no reporting period; it is {right_start} to {right_end}"
    remedy_zh = "请按规定的报告期填写"
    remedy_en = "Give that period"


class PeriodNotOver(Refusal):
    """A period is reported when it has ended."""

    code = "period_not_over"
    article = "CQETS-5.4"
    zh = "报告期至 {end} 尚未结束"
    en = "The period runs until {end}"
    remedy_zh = "请于期满后报送"
    remedy_en = "Report after that day"


class ReportedAlready(Refusal):
    """A period is reported once by each institution."""

    code = "reported_already"
    article = "CQETS-5.4"
    zh = "{start} 起的报告期已于 {filed} 报送"
    en = "The period from {start} was reported on {filed}"
    remedy_zh = "如有补充，请在下期报告的重大事项中说明"
    remedy_en = "Add what is missing to the major matters of the next report"


@dataclass(frozen=True, slots=True)
class Overdue:
    """A report that did not come by its day."""

    role: Role
    start_date: date
    end_date: date
    due_date: date


def period_of(day: date, *, months: int) -> tuple[date, date]:
    """The reporting period that holds a day: first and last day; counted from January."""
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    return start, add_months(start, months) - _DAY


@transaction.atomic
def report_operation(
    *, start: date, end: date, matters: str, law: Law, acting: Acting, at: datetime
) -> OperatingReport:
    """Report a period to the city bureau: the figures are drawn up, not typed.

    `matters` are other major matters. Source: CQETS-5.4, AMB-04.

    Raises:
        NotYourRole, EmptyPeriod, NotAPeriod, PeriodNotOver, ReportedAlready.
        NotSet: no interval is set.
    """
    acting.must_be(*REPORTERS, article="CQETS-5.4")
    if end < start:
        raise EmptyPeriod(field="end", start=start, end=end)
    months = law.on("periods.operating_report", end).whole
    right = period_of(start, months=months)
    if right != (start, end):
        raise NotAPeriod(start=start, end=end, right_start=right[0], right_end=right[1])
    if market_date(at) <= end:
        raise PeriodNotOver(end=end)
    organisation = parties.organisation(acting.organisation)
    report, made = OperatingReport.objects.get_or_create(
        role=acting.role,
        start_date=start,
        defaults={
            "organisation": organisation,
            "end_date": end,
            "figures": figures(Role(acting.role), start, end),
            "matters": matters.strip(),
            "filed_at": at,
            "person": acting.person,
        },
    )
    if not made:
        raise ReportedAlready(start=start, filed=market_date(report.filed_at))
    journal.record(
        operation="supervision.report_operation",
        subject=f"{acting.role}/{start.isoformat()}",
        acting=acting,
        at=at,
        article="CQETS-5.4",
        content={"until": end.isoformat(), "figures": report.figures, "matters": report.matters},
    )
    return report


def figures(role: Role, start: date, end: date) -> Mapping[str, Any]:
    """What an institution did in a period, the last day included: movements, or trades."""
    if role == Role.EXCHANGE_OPERATOR:
        return {
            code: {"trades": t.trades, "volume_t": t.volume_t, "turnover_fen": t.turnover_fen}
            for code, t in sorted(trading.turnovers_between(start, end).items())
        }
    moved = registry.moved_between(moment_of(start, 0), moment_of(end + _DAY, 0))
    return {kind: {"movements": n, "amount_t": t} for kind, (n, t) in sorted(moved.items())}


def overdue(*, since: date, law: Law, on: date) -> list[Overdue]:
    """The reports that did not come by their day, of the periods that begin from `since` on.

    Source: CQETS-5.4, AMB-04.

    Raises:
        NotSet: no interval or no time to report is set.
    """
    months = law.on("periods.operating_report", on).whole
    days = timedelta(days=law.on("periods.operating_report_days", on).whole)
    filed = set(OperatingReport.objects.values_list("role", "start_date"))
    found = []
    start, end = period_of(since, months=months)
    while end + days < on:
        late = (role for role in REPORTERS if (role, start) not in filed)
        found += [Overdue(role, start, end, end + days) for role in late]
        start, end = period_of(end + _DAY, months=months)
    return found
