"""The list of auctions, and the page of one: announcement, countdown, own bid, result."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.auctions import operations as auctions
from openets.auctions import queries
from openets.auctions.models import STAGE_TITLES, Auction, AuctionState, Kind
from openets.auctions.queries import NoSuchAuction
from openets.auctions.standing import PARTICIPANTS
from openets.kernel.quantity import Fen, Tonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.trading import queries as trading
from openets.treasury import queries as sales
from openets.treasury.models import BuyBack, PaidIssue
from openets.web import clock
from openets.web.auctions import forms
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, public
from openets.web.language import Said
from openets.web.numbers import grouped, money
from openets.web.parts import Status, Tone
from openets.web.phrases import OPTIONS

KINDS = {
    Kind.RESERVE: Said("政府预留配额竞价", "Auction of the reserve"),
    Kind.LOT: Said("持有人单向竞价", "A holder's auction"),
    Kind.BUY_BACK: Said("配额回购竞价", "Reverse auction of a buy-back"),
}
TONES: Mapping[str, Tone] = {
    "applied": "warn",
    "announced": "info",
    "open": "warn",
    "closed": "info",
    "cleared": "good",
    "cancelled": "bad",
}
STAGES = {name: Status(Said(*title), TONES[name]) for name, title in STAGE_TITLES.items()}
BIDS = {
    "in": Status(Said("有效", "In"), "info"),
    "won": Status(Said("成交", "Won"), "good"),
    "lost": Status(Said("未成交", "Not won")),
    "withdrawn": Status(Said("已撤回", "Taken back")),
}
Acts = Sequence[tuple[ActForm, Callable[[dict[str, Any]], Done]]]


@require_http_methods(["GET", "HEAD", "POST"])
@public
def listed(request: HttpRequest) -> HttpResponse:
    """Every announced auction; participants apply here, the exchange announces."""
    holder = _participant(request)
    acts = _offering(request, holder) if holder else _announcing(request)
    leave = _first(request, acts)
    if leave:
        return leave
    now, is_exchange = clock.now(request), acting_of(request).role == Role.EXCHANGE_OPERATOR
    rows = [*(queries.applied() if is_exchange else ()), *queries.auctions(holder)]
    context = {
        "rows": [_told(row, now) for row in dict.fromkeys(rows)],
        "bids": [(bid, BIDS[bid.state]) for bid in queries.bids_of(holder)] if holder else [],
        "forms": [form for form, _ in acts],
        "holder": holder,
        "synthetic": settings.DEMO,
    }
    status = max((form.status for form, _ in acts), default=200)
    return render(request, "web/auctions/listed.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@public
def auction(request: HttpRequest, number: int) -> HttpResponse:
    """One auction: announcement, countdown, own bid, and after the decision its result."""
    holder, now = _participant(request), clock.now(request)
    try:
        row = queries.auction(number)
    except NoSuchAuction:
        raise Http404(number) from None
    is_exchange = acting_of(request).role == Role.EXCHANGE_OPERATOR
    if row.announced_at is None and not (is_exchange or row.organiser == holder):
        raise Http404(number)
    stage = queries.stage(row, now)
    acts: Acts = []
    if is_exchange:
        acts = _running(request, row, stage)
    elif holder and stage == "open":
        acts = _bidding(request, row, holder)
    leave = _first(request, acts)
    if leave:
        return leave
    own = queries.own_bid(row, holder) if holder else None
    until = {"announced": row.opens_at, "open": row.closes_at}.get(stage)
    context = {
        "auction": row,
        "kind": KINDS[Kind(row.kind)],
        "pricing": OPTIONS[row.pricing],
        "ties": OPTIONS[row.ties],
        "status": STAGES[stage],
        "stage": stage,
        "until": until,
        "left": _span(until - now) if until else None,
        "left_seconds": int((until - now).total_seconds()) if until else 0,
        "own": own and (own, BIDS[own.state]),
        "gap_t": _gap(row, holder),
        "bids_in": queries.bids_in(row) if stage == "closed" else None,
        "demand": queries.demand(row),
        "forms": [form for form, _ in acts],
        "is_signed_in": holder or is_exchange,
        "synthetic": settings.DEMO,
    }
    status = max((form.status for form, _ in acts), default=200)
    return render(request, "web/auctions/auction.html", context, status=status)


def _participant(request: HttpRequest) -> Organisation | None:
    acting = acting_of(request)
    return parties.organisation(acting.organisation) if acting.role in PARTICIPANTS else None


def _gap(row: Auction, holder: Organisation | None) -> Tonnes | None:
    is_entity = holder is not None and holder.role == Role.KEY_EMITTING_ENTITY
    if not is_entity or row.issue is None or holder is None:
        return None
    return queries.own_gap_t(holder, row.issue.year)


def _offering(request: HttpRequest, holder: Organisation) -> Acts:
    def offer(data: dict[str, Any]) -> Done:
        made = auctions.offer_lot(
            seller=holder,
            product=data["product"],
            quantity_t=Tonnes(data["quantity_t"]),
            floor_fen=Fen(data["floor"]),
            reference=data["reference"],
            **_given(request),
        )
        said = Said("申请已提交，配额已冻结，待交易机构公告", "Applied; the lot is held")
        return Done(reverse("auction", args=[made.pk]), said)

    return [(forms.OfferForm.of(request, products=trading.products()), offer)]


def _announcing(request: HttpRequest) -> Acts:
    if acting_of(request).role != Role.EXCHANGE_OPERATOR:
        return []
    plans: dict[str, PaidIssue | BuyBack] = {}
    choices = []
    for one, state in sales.proceeds():
        left = sales.left_to_auction_t(one.issue)
        if one.issue.by_auction and state == "open" and left:
            plans[one.issue.subject] = one.issue
            choices.append(
                (one.issue.subject, f"{one.issue.subject} · {one.issue.year} · {left:,} t")
            )
    for row in sales.buy_backs():
        left = sales.left_to_buy_t(row.buy_back)
        if row.buy_back.by_auction and row.state == "open" and left:
            plans[row.buy_back.subject] = row.buy_back
            choices.append((row.buy_back.subject, f"{row.buy_back.subject} · {left:,} t"))
    if not plans:
        return []

    def announce(data: dict[str, Any]) -> Done:
        plan = plans[data["plan"]]
        facts = {name: data[name] for name in ("opens_at", "closes_at", "terms", "reference")}
        quantity_t = Tonnes(data["quantity_t"])
        if isinstance(plan, PaidIssue):
            made = auctions.announce_sale(
                issue=plan, quantity_t=quantity_t, **facts, **_given(request)
            )
        else:
            made = auctions.announce_buy_back(
                buy_back=plan,
                product=data["product"],
                quantity_t=quantity_t,
                **facts,
                **_given(request),
            )
        return Done(reverse("auction", args=[made.pk]), Said("公告已发布", "Announced"))

    form = forms.AnnounceForm.of(request, plans=choices, products=trading.products())
    return [(form, announce)]


def _running(request: HttpRequest, row: Auction, stage: str) -> Acts:
    """What the exchange may do with an auction."""
    here, given = reverse("auction", args=[row.pk]), {"auction": row, **_given(request)}

    def announce(data: dict[str, Any]) -> Done:
        facts = {name: data[name] for name in ("opens_at", "closes_at", "terms")}
        auctions.announce_lot(**facts, **given)
        return Done(here, Said("公告已发布", "Announced"))

    def clear(data: dict[str, Any]) -> Done:
        done = auctions.clear(**given)
        sold = grouped(done.sold_t)
        return Done(here, Said(f"已出清，成交 {sold} 吨", f"Decided: {sold} t are sold"))

    def cancel(data: dict[str, Any]) -> Done:
        auctions.cancel(reasons=data["reasons"], **given)
        return Done(here, Said("竞价已终止", "The auction is cancelled"))

    acts: list[tuple[ActForm, Callable[[dict[str, Any]], Done]]] = []
    if row.state == AuctionState.APPLIED:
        acts.append((forms.AnnounceLotForm.of(request), announce))
    if stage == "closed":
        acts.append((forms.ClearForm.of(request), clear))
    if row.state in {AuctionState.APPLIED, AuctionState.ANNOUNCED}:
        acts.append((forms.CancelForm.of(request), cancel))
    return acts


def _bidding(request: HttpRequest, row: Auction, holder: Organisation) -> Acts:
    """What a participant may do while bids are taken."""
    here, given = reverse("auction", args=[row.pk]), _given(request)
    own = queries.own_bid(row, holder)

    def bid(data: dict[str, Any]) -> Done:
        made = auctions.bid(
            auction=row,
            bidder=holder,
            price_fen=Fen(data["price"]),
            qty=Tonnes(data["qty"]),
            reference=data["reference"],
            **given,
        )
        held = money(made.price_fen * made.qty)
        said = Said(f"报价已提交，保证金 {held} 元已冻结", f"Your bid is in; {held} yuan are held")
        if row.is_reverse:
            said = Said("报价已提交，配额已冻结", "Your offer is in; the units are held")
        return Done(here, said)

    def change(data: dict[str, Any]) -> Done:
        assert own is not None, "the form is there for a bid only"
        auctions.change_bid(
            bid=own,
            price_fen=Fen(data["price"]),
            qty=Tonnes(data["qty"]),
            reference=data["reference"],
            **given,
        )
        return Done(here, Said("报价已修改", "Your bid is changed"))

    def withdraw(data: dict[str, Any]) -> Done:
        assert own is not None, "the form is there for a bid only"
        auctions.withdraw_bid(bid=own, **given)
        return Done(here, Said("报价已撤回，冻结已解除", "Your bid is taken back"))

    if own is None or own.state != "in":
        return [(forms.BidForm.of(request), bid)]
    return [(forms.ChangeForm.of(request), change), (forms.WithdrawForm.of(request), withdraw)]


def _given(request: HttpRequest) -> dict[str, Any]:
    return {
        "law": law(settings.JURISDICTION),
        "acting": acting_of(request),
        "at": clock.now(request),
    }


def _first(request: HttpRequest, acts: Acts) -> HttpResponse | None:
    """Do what the one form that was sent asks."""
    return next((leave for form, do in acts if (leave := acted(request, form, do))), None)


def _told(row: Auction, now: datetime) -> tuple[Auction, Said, Status]:
    return row, KINDS[Kind(row.kind)], STAGES[queries.stage(row, now)]


def _span(span: Any) -> Said:
    """A span of time in days, hours and minutes."""
    minutes = max(0, int(span.total_seconds()) // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    return Said(f"{days} 天 {hours} 小时 {rest} 分", f"{days} d {hours} h {rest} min")
