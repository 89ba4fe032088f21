"""The weekly risk report (风险周报) of the exchange to the authorities."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import operations as party_operations
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.surveillance.large_holders import standings
from openets.surveillance.models import Alert, LargeHolderReport, RiskReport
from openets.surveillance.procedures import ALERT, RISK_REPORT
from openets.surveillance.thresholds import Thresholds
from openets.trading.models import DailySheet, Intervention
from openets.trading.risk import risk_rules

_WEEK = timedelta(days=7)


class NotAWeek(Refusal):
    """A report is about a week from Monday on."""

    code = "not_a_week"
    article = "CQETS-21"
    zh = "{start} 不是星期一"
    en = "{start} is no Monday"
    remedy_zh = "请填写该周星期一的日期"
    remedy_en = "Give the Monday of the week"


class WeekNotOver(Refusal):
    """A week is reported when it has ended."""

    code = "week_not_over"
    article = "CQETS-21"
    zh = "至 {end} 的一周尚未结束"
    en = "The week runs until {end}"
    remedy_zh = "请于该周结束后报送"
    remedy_en = "Report it after that day"


class WeekReported(Refusal):
    """A week is reported once."""

    code = "week_reported"
    article = "CQETS-21"
    zh = "{start} 起的一周已报送"
    en = "The week from {start} is reported"
    remedy_zh = "补充内容请列入下周报告"
    remedy_en = "Say what is missing in the next report"


@transaction.atomic
def report_week(*, start: date, remarks: str, law: Law, acting: Acting, at: datetime) -> RiskReport:
    """Draw up the risk report of a week and send it to the authorities (报送风险周报).

    Source: CQETS-21, CNETS-37, BJETS-18d.

    Raises:
        NotYourRole, NotAWeek, WeekNotOver, WeekReported.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article="CQETS-21")
    if start.weekday():
        raise NotAWeek(field="start", start=start)
    end = start + _WEEK - timedelta(days=1)
    if market_date(at) <= end:
        raise WeekNotOver(field="start", end=end)
    exchange = parties.organisation(acting.organisation)
    party_operations.lock_organisations([exchange])
    if RiskReport.objects.filter(start_date=start).exists():
        raise WeekReported(field="start", start=start)
    report = RiskReport.objects.create(
        start_date=start,
        end_date=end,
        figures=figures(start, end, law),
        remarks=remarks.strip(),
        reported_at=at,
    )
    subject = start.isoformat()
    new = casework.NewCase(subject, exchange, start.year)
    casework.open_cases(RISK_REPORT, [new], acting=acting, at=at, article="CQETS-21")
    casework.move_cases(RISK_REPORT, "report", [subject], acting=acting, at=at)
    return report


def figures(start: date, end: date, law: Law) -> dict[str, Any]:
    """What a week brought: prices and volumes, alerts, interventions, large holders, open rules."""
    sheets = DailySheet.objects.filter(day__range=(start, end)).select_related("product")
    products: dict[str, dict[str, int]] = {}
    for sheet in sheets.order_by("day"):
        row = products.setdefault(
            sheet.product.code,
            {"first_fen": sheet.reference_fen, "last_fen": 0, "volume_t": 0, "turnover_fen": 0},
        )
        row["last_fen"] = sheet.close_fen
        row["volume_t"] += sheet.volume_t
        row["turnover_fen"] += sheet.turnover_fen
    alerts = dict(Alert.objects.filter(day__range=(start, end)).values_list("reference", "pattern"))
    standing = cases.states(ALERT, list(alerts))
    done = Intervention.objects.filter(carried_out_at__date__range=(start, end)).values_list(
        "reference", "kind"
    )
    held = standings(law=law, day=end)
    return {
        "products": products,
        "alerts": dict(Counter(alerts.values())),
        "alert_states": dict(Counter(standing.values())),
        "interventions": [list(row) for row in done],
        "large_holders": [
            [row.holder.code, row.position_t, row.limit_t] for row in held if row.reports
        ],
        "large_holder_reports": LargeHolderReport.objects.filter(day__range=(start, end)).count(),
        "not_configured": [*risk_rules(law, end).not_set, *Thresholds.of(law, end).not_set],
    }
