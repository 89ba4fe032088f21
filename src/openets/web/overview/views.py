"""The market at a glance, filled from what the rooms remember."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from openets.allocation import queries as allocation
from openets.casework import queries as casework
from openets.compliance import queries as compliance
from openets.compliance.duty import Status
from openets.compliance.obligation import surrender_deadline
from openets.journal import queries as journal
from openets.kernel.clock import market_date
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
    Counted,
    JournalHead,
    MarketToday,
    MethodShare,
    OverviewPage,
    SurrenderProgress,
    YearTotals,
)
from openets.web.progress import STAGES, steps_of_year

COUNTED_SECONDS = 10
"""How long the start page shows what it counted although something has happened since."""
KEPT_SECONDS = 600
"""How long it shows it while nothing happens."""


@require_safe
@public
def overview(request: HttpRequest) -> HttpResponse:
    """The start page."""
    year = compliance_year(request) or clock.today(request).year
    page = overview_page(year, compliance_years(), at=clock.now(request))
    return render(request, "web/overview/page.html", {"page": page})


def overview_page(year: int, years: tuple[int, ...], *, at: datetime) -> OverviewPage:
    """Everything the start page shows for a chosen year."""
    counted = _counted(year, years, at)
    totals = {row.year: row for row in counted.years}
    surrender = _surrender(years, market_date(at))
    chosen = next((row for row in surrender if row.year == year), None)
    number, digest = journal.head()
    latest_at = journal.latest_at()
    return OverviewPage(
        year=year,
        steps=steps_of_year(
            casework.state_counts(year, [stage.procedure for stage in STAGES]),
            deadline=chosen.deadline_date if chosen else None,
            is_met=bool(chosen and chosen.fulfilled and not chosen.open + chosen.overdue),
            is_late=bool(chosen and chosen.overdue),
        ),
        chosen=totals.get(year) or YearTotals(year, 0, None, None, None, None),
        surrender=surrender,
        market=_market(),
        journal=JournalHead(number, digest, latest_at) if latest_at else None,
        counted=counted,
    )


def _counted(year: int, years: tuple[int, ...], at: datetime) -> Counted:
    """What takes a look at every entity and holding.

    It is counted anew once something was journalled, but not more often than every few seconds.
    """
    key, entry, now = f"overview/{year}", journal.latest_number(), timezone.now()
    kept: Counted | None = cache.get(key)
    if kept is None or (kept.entry != entry and now >= kept.good_until):
        kept = Counted(
            years=year_totals(years),
            methods=_methods(year),
            conservation=conservation(),
            at=at,
            entry=entry,
            good_until=now + timedelta(seconds=COUNTED_SECONDS),
        )
        cache.set(key, kept, KEPT_SECONDS)
    return kept


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


def _surrender(years: tuple[int, ...], today: date) -> list[SurrenderProgress]:
    rules = law(settings.JURISDICTION)
    return [
        SurrenderProgress(
            year=year,
            deadline_date=surrender_deadline(law=rules, year=year),
            as_of_date=today,
            obligation_t=met.verified_t,
            surrendered_t=met.counted_t - met.offset_t,
            offset_t=met.offset_t,
            fulfilled=met.counts.get(Status.FULFILLED, 0),
            open=met.counts.get(Status.OPEN, 0) + met.counts.get(Status.PARTLY_FULFILLED, 0),
            overdue=met.counts.get(Status.OVERDUE, 0),
        )
        for year, met in compliance.progress(years, rules, today=today).items()
    ]


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
