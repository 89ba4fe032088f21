"""Reports of large holders (大户报告): who reaches a share of the limit says why, within days."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import operations as party_operations
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import queries as holdings
from openets.rulebook.load import Law
from openets.surveillance.models import LargeHolderReport
from openets.surveillance.procedures import LARGE_HOLDER
from openets.trading.risk import risk_rules


class ReportIncomplete(Refusal):
    """A large holder says what the units are for, where the money is from and what it intends."""

    code = "large_holder_report_incomplete"
    article = "CQETS-21"
    zh = "大户报告须填写持仓目的、资金来源和后续交易意向"
    en = "The report says what the position is for, where the money is from and what is intended"
    remedy_zh = "请补充填写"
    remedy_en = "Fill in what is missing"


@dataclass(frozen=True, slots=True)
class Standing:
    """A holder's position against its limit, in tonnes."""

    holder: Organisation
    position_t: int
    from_t: int
    limit_t: int

    @property
    def reports(self) -> bool:
        """Whether it reached the threshold of the report."""
        return self.position_t >= self.from_t


def standings(*, law: Law, day: date) -> list[Standing]:
    """The positions of all participants with a limit, the nearest to it first.

    None where no limit is set. Source: CQETS-17.2, CQETS-21.
    """
    rules = risk_rules(law, day)
    if not rules.limits or rules.report_share is None:
        return []
    holders = {row.pk: row for row in parties.everybody().filter(role__in=rules.limits)}
    found = []
    for number, exposure in holdings.exposures(holders).items():
        limit = rules.limits[holders[number].role]
        found.append(
            Standing(
                holder=holders[number],
                position_t=exposure.held_t,
                from_t=limit.report_t(exposure.allowance_t, rules.report_share),
                limit_t=limit.limit_t(exposure.allowance_t),
            )
        )
    return sorted(found, key=lambda row: (row.position_t - row.limit_t, -row.holder.pk))[::-1]


@transaction.atomic
def ask_large_holders(
    *, day: date, law: Law, acting: Acting, at: datetime
) -> list[LargeHolderReport]:
    """Ask every large holder for its report after the close of a day, within its working days.

    Who has been asked is asked again once its position has grown. Source: CQETS-21.

    Raises:
        NotYourRole.
        UnknownYear: the report would be due beyond the known calendar.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.MARKET_CLOCK, article="CQETS-21")
    due = [row for row in standings(law=law, day=day) if row.reports]
    party_operations.lock_organisations([row.holder for row in due])
    last: dict[int, int] = {}
    for report in LargeHolderReport.objects.filter(holder__in=[row.holder for row in due]):
        last[report.holder_id] = max(last.get(report.holder_id, 0), report.position_t)
    new = [row for row in due if row.position_t > last.get(row.holder.pk, -1)]
    if not new:
        return []
    days = law.on("risk.large_holder_report_days", day).whole
    ends = cases.calendar(law.jurisdiction).after_working_days(day, days).last_day
    reports = [
        LargeHolderReport(
            reference=f"{row.holder.code}/{day.isoformat()}",
            holder=row.holder,
            day=day,
            position_t=row.position_t,
            from_t=row.from_t,
            limit_t=row.limit_t,
        )
        for row in new
    ]
    casework.open_cases(
        LARGE_HOLDER,
        [
            casework.NewCase(report.reference, report.holder, day.year, due_date=ends)
            for report in reports
        ],
        acting=acting,
        at=at,
        article="CQETS-21",
    )
    return LargeHolderReport.objects.bulk_create(reports)


@transaction.atomic
def file_large_holder(
    *,
    report: LargeHolderReport,
    purpose: str,
    funds: str,
    intentions: str,
    acting: Acting,
    at: datetime,
) -> None:
    """File the report of a large holder (报送大户报告); exchange and bureau get a notice.

    What is filed late is late in its case. Source: CQETS-21.

    Raises:
        NotYourRole, OutsideYourScope, ReportIncomplete, WrongState.
    """
    parties.must_be_allowed(acting, "large_holder_report.file", report.holder)
    if not all(text.strip() for text in (purpose, funds, intentions)):
        raise ReportIncomplete
    casework.move_cases(LARGE_HOLDER, "file", [report.reference], acting=acting, at=at)
    report.purpose, report.funds = purpose.strip(), funds.strip()
    report.intentions, report.filed_at = intentions.strip(), at
    report.save()


@transaction.atomic
def read_large_holder(*, report: LargeHolderReport, acting: Acting, at: datetime) -> None:
    """Note that the exchange has read a report. Source: CQETS-21.

    Raises:
        NotYourRole, WrongState.
    """
    casework.move_cases(LARGE_HOLDER, "read", [report.reference], acting=acting, at=at)
