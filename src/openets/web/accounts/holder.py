"""The accounts of one holder: what lies where, what may be used, what must stay."""

from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.kernel.clock import MARKET_ZONE
from openets.paper import operations as paper
from openets.paper import queries as papers
from openets.paper.sheet import TITLES as PAPER_TITLES
from openets.paper.sheet import PaperKind
from openets.parties.models import Organisation
from openets.registry import queries as registry
from openets.registry import statements
from openets.registry.kinds import (
    ACCOUNT_TITLES,
    HOLDING_KINDS,
    LOCK_TITLES,
    AccountKind,
    LockCause,
)
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.accounts.access import reached
from openets.web.accounts.forms import HoldingForm
from openets.web.accounts.page import AccountCard, HolderPage, LotRow, PaperRow
from openets.web.forms import Done, acted
from openets.web.guards import within
from openets.web.language import Said
from openets.web.paper.issue import issued_at, printing

PAPERS_SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
@within("holdings.read")
def holder(request: HttpRequest, code: str) -> HttpResponse:
    """The accounts of a holder, and a holding statement for whoever asks."""
    organisation, acting = reached(request, code)
    form = HoldingForm.of(request)

    def issue(data: dict[str, Any]) -> Done:
        day = data["day"]
        is_now = day is None or day == clock.today(request)
        issued = paper.issue_holding_statement(
            holder=organisation,
            moment=None if is_now else _end_of(day),
            printing=printing(request, data["reference"]),
            acting=acting,
            at=clock.now(request),
        )
        return Done(issued_at(issued), Said("持有证明已出具", "The holding statement is issued"))

    return acted(request, form, issue) or render(
        request,
        "web/accounts/holder.html",
        {"page": holder_page(organisation, clock.now(request), form)},
        status=form.status,
    )


def holder_page(organisation: Organisation, at: datetime, form: HoldingForm) -> HolderPage:
    """Everything the overview of a holder's accounts shows."""
    held = registry.holdings(organisation)
    minimum = registry.minimum_holding(
        organisation, held, law=law(settings.JURISDICTION), day=at.astimezone(MARKET_ZONE).date()
    )
    return HolderPage(
        code=organisation.code,
        name=organisation.name,
        credit_code=organisation.credit_code,
        accounts=account_cards(organisation, held),
        minimum=minimum if minimum.years else None,
        papers=[
            PaperRow(row.code, Said(*PAPER_TITLES[PaperKind(row.kind)]), row.subject, row.issued_at)
            for row in papers.issued_to([organisation])[:PAPERS_SHOWN]
        ],
        form=form,
    )


def account_cards(organisation: Organisation, held: list[registry.Holding]) -> list[AccountCard]:
    """The holding accounts of an organisation, empty ones too."""
    lots = {
        number: [_lot(row) for row in rows]
        for number, rows in groupby(
            sorted(held, key=lambda row: row.account), key=lambda row: row.account
        )
    }
    return [
        AccountCard(
            number=account.number,
            title=Said(*ACCOUNT_TITLES[AccountKind(account.kind)]),
            lots=lots.get(account.number, []),
        )
        for account in statements.accounts([organisation])
        if account.kind in HOLDING_KINDS
    ]


def holder_href(organisation: Organisation) -> str:
    """Where the overview of a holder's accounts is."""
    return reverse("holder", args=[organisation.code])


def _lot(row: registry.Holding) -> LotRow:
    return LotRow(
        lot=words.lot_label(row.lot),
        code=row.lot.code,
        traded=row.traded,
        total_t=row.total_t,
        available_t=row.available_t,
        reserved_t=row.reserved_t,
        locks=[(Said(*LOCK_TITLES[LockCause(cause)]), amount) for cause, amount in row.locks],
    )


def _end_of(day: date) -> datetime:
    """The last moment of a day of the market."""
    start = datetime.combine(day + timedelta(days=1), time(), tzinfo=MARKET_ZONE)
    return start - timedelta(microseconds=1)
