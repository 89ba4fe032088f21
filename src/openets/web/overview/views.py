"""The market at a glance, filled from what the rooms remember."""

from collections import Counter
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openets.allocation import queries as allocation
from openets.casework import queries as casework
from openets.compliance import queries as compliance
from openets.compliance.duty import Status
from openets.compliance.obligation import surrender_deadline
from openets.journal import queries as journal
from openets.kernel.quantity import half_up_tonnes
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.registry import queries as registry
from openets.rulebook.load import law
from openets.trading import queries as trading
from openets.web import clock, words
from openets.web.context import compliance_year, compliance_years
from openets.web.guards import public
from openets.web.overview.page import (
    Conservation,
    JournalHead,
    MarketToday,
    MethodShare,
    OverviewPage,
    SurrenderProgress,
    YearTotals,
)
from openets.web.progress import steps_of_year


@require_safe
@public
def overview(request: HttpRequest) -> HttpResponse:
    """The start page."""
    year = compliance_year(request) or clock.today(request).year
    page = overview_page(year, compliance_years(), today=clock.today(request))
    return render(request, "web/overview/page.html", {"page": page})


def overview_page(year: int, years: tuple[int, ...], *, today: date) -> OverviewPage:
    """Everything the start page shows for a chosen year."""
    totals = {row.year: row for row in year_totals(years)}
    offset_t = compliance.offset_totals()
    surrender = [_surrender(each, offset_t.get(each, 0), today) for each in years]
    chosen = next((row for row in surrender if row.year == year), None)
    number, digest = journal.head()
    at = journal.latest_at()
    return OverviewPage(
        year=year,
        steps=steps_of_year(
            casework.state_counts(year),
            deadline=chosen.deadline_date if chosen else None,
            is_met=bool(chosen and chosen.fulfilled and not chosen.open + chosen.overdue),
            is_late=bool(chosen and chosen.overdue),
        ),
        chosen=totals.get(year) or YearTotals(year, 0, None, None, None, None),
        years=list(totals.values()),
        methods=_methods(year),
        surrender=surrender,
        market=_market(),
        conservation=conservation(),
        journal=JournalHead(number, digest, at) if at else None,
    )


def year_totals(years: tuple[int, ...]) -> list[YearTotals]:
    """Cap, reserve, allowances and verified emissions of each year."""
    entities, verified = parties.entity_counts(), mrv.verified_totals()
    caps = {row.year: row for row in allocation.totals()}
    return [
        YearTotals(
            year=year,
            entities=entities.get(year, 0),
            allocated_t=caps[year].entities_sum_t if year in caps else None,
            reserve_t=caps[year].reserve_t if year in caps else None,
            cap_t=caps[year].total_t if year in caps else None,
            verified_t=verified.get(year),
            cap_working=caps[year].explanation if year in caps else None,
        )
        for year in years
    ]


def conservation() -> list[Conservation]:
    """Where the units of every lot are."""
    return [
        Conservation(
            lot=words.unit_label(row.kind, row.vintage_year, row.origin, row.project),
            issued_t=row.issued_t,
            held_t=row.held_t,
            surrendered_t=row.surrendered_t,
            cancelled_t=row.cancelled_t,
            withdrawn_t=row.withdrawn_t,
        )
        for row in registry.conservation()
    ]


def _surrender(year: int, offset_t: int, today: date) -> SurrenderProgress:
    rules = law(settings.JURISDICTION)
    standings = compliance.standings(year, rules, on=today)
    counts = Counter(standing.status for standing in standings)
    return SurrenderProgress(
        year=year,
        deadline_date=surrender_deadline(law=rules, year=year),
        as_of_date=today,
        obligation_t=sum(standing.verified_t or 0 for standing in standings),
        surrendered_t=sum(standing.counted_t for standing in standings) - offset_t,
        offset_t=offset_t,
        fulfilled=counts[Status.FULFILLED],
        open=counts[Status.OPEN] + counts[Status.PARTLY_FULFILLED],
        overdue=counts[Status.OVERDUE],
    )


def _methods(year: int) -> list[MethodShare]:
    shares = allocation.by_method(year)
    total = sum((share.allowance for share in shares), Decimal(0))
    return [
        MethodShare(
            method=words.METHODS[share.method],
            entities=share.entities,
            lines=share.lines,
            allocated_t=half_up_tonnes(share.allowance),
            share=share.allowance / total,
            article=words.METHOD_ARTICLES[share.method],
        )
        for share in shares
    ]


def _market() -> MarketToday | None:
    turnovers = trading.turnovers()
    leading = max(turnovers, key=lambda code: turnovers[code].turnover_fen, default=None)
    if leading is None or not turnovers[leading].trades:
        return None
    sheets = trading.sheets(trading.product(leading))
    if not sheets:
        return None
    last, to_date = sheets[-1], turnovers[leading]
    change_fen = last.close_fen - last.reference_fen
    return MarketToday(
        product=leading,
        date=last.day,
        close_fen=last.close_fen,
        change_fen=change_fen,
        change_ratio=Decimal(change_fen) / last.reference_fen,
        volume_t=last.volume_t,
        turnover_fen=last.turnover_fen,
        trades=last.trades,
        volume_to_date_t=to_date.volume_t,
        turnover_to_date_fen=to_date.turnover_fen,
        closes_fen=[sheet.close_fen for sheet in sheets],
    )
