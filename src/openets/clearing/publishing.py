"""Weekly, monthly and yearly reports of the market, published and submitted."""

from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework.operations import NewCase
from openets.clearing import reports
from openets.clearing.models import MarketReport
from openets.clearing.procedures import MARKET_REPORT, REPORT_ARTICLE
from openets.clearing.reports import Period, PeriodKind, Traded
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import operations as organisations
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.trading import queries as trading


class PeriodNotOver(Refusal):
    """A period is told when it is over and its last day is closed."""

    code = "period_not_over"
    article = REPORT_ARTICLE
    zh = "{start} 至 {end} 尚未结束或尚未日结，不能公布报告"
    en = "{start} to {end} is not over, or not all its days are closed; nothing is published yet"
    remedy_zh = "请在期末日结后公布"
    remedy_en = "Publish it after the last day is closed"


@transaction.atomic
def publish(
    *, kind: PeriodKind, day: date, analysis: str, acting: Acting, at: datetime
) -> MarketReport:
    """Publish the report of the period a day lies in, and submit it to the authorities, once.

    The city bureau, the sector departments and the financial regulator find it in their inbox.
    Source: CQVER-36.2, CQETS-20.

    Raises:
        NotYourRole, PeriodNotOver.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=REPORT_ARTICLE)
    period = reports.period_of(kind, day)
    organisations.one_at_a_time(f"clearing/report/{kind}/{period.start}")
    before = MarketReport.objects.filter(kind=kind, start_date=period.start).first()
    if before:
        return before
    unclosed = trading.unclosed_day(before=period.end)
    if market_date(at) <= period.end or (unclosed and unclosed >= period.start):
        raise PeriodNotOver(start=period.start, end=period.end)
    made = MarketReport.objects.create(
        kind=kind,
        start_date=period.start,
        end_date=period.end,
        rows=reports.as_rows(drawn_up(period)),
        analysis=analysis.strip(),
        published_at=at,
        person=acting.person,
    )
    exchange = parties.registered(acting.organisation)
    case = NewCase(made.subject, exchange, period.start.year)
    casework.open_cases(MARKET_REPORT, [case], acting=acting, at=at, article=REPORT_ARTICLE)
    note = made.analysis or f"{period.start} — {period.end}"
    casework.move_cases(MARKET_REPORT, "publish", [made.subject], acting=acting, at=at, note=note)
    return made


def drawn_up(period: Period) -> list[reports.Row]:
    """What traded in a period."""
    return reports.report(
        [
            Traded(
                product=trade.product.code,
                method=trade.method,
                day=trade.day,
                price_fen=trade.price_fen,
                qty_t=trade.qty,
                turnover_fen=trade.turnover_fen,
                buyer=trade.buyer_id,
                seller=trade.seller_id,
            )
            for trade in trading.trades_between(period.start, period.end)
        ]
    )


def missing(kind: PeriodKind, today: date) -> list[Period]:
    """Periods that ended since the first trading day and were not published, oldest first.

    Source: CQVER-36.2.
    """
    first = trading.first_day()
    if first is None:
        return []
    told = set(MarketReport.objects.filter(kind=kind).values_list("start_date", flat=True))
    return [one for one in reports.ended(kind, first, today) if one.start not in told]
