"""The deals board, and the page of one deal."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.deals import operations as deals
from openets.deals import queries
from openets.deals.models import STATE_TITLES, Deal
from openets.deals.queries import NoSuchDeal
from openets.kernel.quantity import Fen, Tonnes
from openets.parties import queries as parties
from openets.parties.matrix import Scope, scope
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law, law
from openets.trading import queries as trading
from openets.trading.models import Method
from openets.web import clock
from openets.web.deals import forms
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.parts import Status, Tone
from openets.web.words import MODES

TONES: Mapping[str, Tone] = {
    "open": "warn",
    "confirmed": "good",
    "refused": "bad",
    "countered": "info",
}
STATES = {name: Status(Said(*title), TONES.get(name, "")) for name, title in STATE_TITLES.items()}
Acts = Sequence[tuple[ActForm, Callable[[dict[str, Any]], Done]]]
SHOWN = 50


def own_or_all(request: HttpRequest) -> Organisation | None:
    """The organisation whose deals one sees; None: everybody's."""
    acting = acting_of(request)
    sees_all = scope(Role(acting.role), "deals.read") == Scope.ALL
    return None if sees_all else parties.organisation(acting.organisation)


@require_http_methods(["GET", "HEAD", "POST"])
@within("deals.read")
def board(request: HttpRequest) -> HttpResponse:
    """One's own deals, everybody's intents of the day, and the forms to deal."""
    holder, rules = own_or_all(request), law(settings.JURISDICTION)
    acts = _of_participant(request, holder, rules) if holder else []
    leave = _first(request, acts)
    if leave:
        return leave
    today = clock.today(request)
    context = {
        "forms": [form for form, _ in acts],
        "deals": [_told(row, today) for row in queries.deals(holder)[:SHOWN]],
        "intents": [
            (row, forms.SIDES["buy" if row.buys else "sell"]) for row in queries.intents(today)
        ],
        "books": [(product, *trading.depth(product)) for product in trading.products()],
        "holder": holder,
        "rules": _rules(rules, request),
        "synthetic": settings.DEMO,
    }
    status = max((form.status for form, _ in acts), default=200)
    return render(request, "web/deals/board.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@within("deals.read")
def deal(request: HttpRequest, number: int) -> HttpResponse:
    """One deal: what was proposed, what became of it, and what the viewer may do."""
    holder = own_or_all(request)
    try:
        row = queries.deal(number, holder)
    except NoSuchDeal:
        raise Http404(number) from None
    state = row.state_on(clock.today(request))
    acts = _answers(request, row, holder) if holder and state == "open" else []
    leave = _first(request, acts)
    if leave:
        return leave
    context = {
        "deal": row,
        "side": forms.SIDES["buy" if row.proposer_buys else "sell"],
        "method": MODES[row.method],
        "status": STATES[state],
        "turnover_fen": row.price_fen * row.qty,
        "counter": Deal.objects.filter(counter_to=row).first(),
        "forms": [form for form, _ in acts],
        "synthetic": settings.DEMO,
    }
    status = max((form.status for form, _ in acts), default=200)
    return render(request, "web/deals/deal.html", context, status=status)


def _of_participant(request: HttpRequest, holder: Organisation, rules: Law) -> Acts:
    acting, now = acting_of(request), clock.now(request)
    products, others = trading.products(), queries.counterparties(holder)
    enabled = rules.on("trading.methods", clock.today(request)).items
    methods = [m for m in (Method.NEGOTIATED, Method.BLOCK) if m in enabled]
    by_code = {one.code: one for one in others}
    own = {
        str(row.pk): row for row in queries.intents(clock.today(request)) if row.holder == holder
    }

    def propose(data: dict[str, Any]) -> Done:
        made = deals.propose(
            method=Method(data["method"]),
            proposer=holder,
            counterparty=by_code[data["counterparty"]],
            product=data["product"],
            buys=data["side"] == "buy",
            price_fen=Fen(data["price"]),
            qty=Tonnes(data["qty"]),
            note=data["note"],
            reference=data["reference"],
            law=rules,
            acting=acting,
            at=now,
        )
        said = Said("申报已提交，已通知对手方", "Proposed; the counterparty is told")
        return Done(reverse("deal", args=[made.pk]), said)

    def post(data: dict[str, Any]) -> Done:
        deals.post_intent(
            holder=holder,
            product=data["product"],
            buys=data["side"] == "buy",
            qty=Tonnes(data["qty"]),
            price_fen=data["price"],
            reference=data["reference"],
            acting=acting,
            at=now,
        )
        return Done(reverse("deals"), Said("意向已发布", "The intent is posted"))

    def pick(data: dict[str, Any]) -> Done:
        order = deals.pick(
            holder=holder,
            product=data["product"],
            buys=data["side"] == "buy",
            price_fen=Fen(data["price"]),
            qty=Tonnes(data["qty"]),
            reference=data["reference"],
            law=rules,
            acting=acting,
            at=now,
        )
        traded = grouped(order.qty - order.remaining)
        return Done(reverse("deals"), Said(f"成交 {traded} 吨", f"{traded} t are traded"))

    def take_back(data: dict[str, Any]) -> Done:
        deals.withdraw_intent(intent=own[data["intent"]], acting=acting, at=now)
        return Done(reverse("deals"), Said("意向已撤回", "The intent is taken back"))

    acts: list[tuple[ActForm, Callable[[dict[str, Any]], Done]]] = []
    if methods and others:
        form = forms.ProposeForm.of(request, products=products, methods=methods, others=others)
        acts.append((form, propose))
    if Method.LISTED_PRICE in enabled:
        acts.append((forms.PickForm.of(request, products=products), pick))
    acts.append((forms.IntentForm.of(request, products=products), post))
    if own:
        choices = [(key, f"{one.product.code} {one.qty:,} t") for key, one in own.items()]
        acts.append((forms.TakeBackForm.of(request, choices=choices), take_back))
    return acts


def _answers(request: HttpRequest, row: Deal, holder: Organisation) -> Acts:
    acting, now, rules = acting_of(request), clock.now(request), law(settings.JURISDICTION)
    given: dict[str, Any] = {"deal": row, "law": rules, "acting": acting, "at": now}
    here = reverse("deal", args=[row.pk])

    def confirm(data: dict[str, Any]) -> Done:
        deals.confirm(**given)
        return Done(
            here, Said("已成交，配额与资金已同时交收", "Done; units and money moved at once")
        )

    def counter(data: dict[str, Any]) -> Done:
        made = deals.counter(
            price_fen=Fen(data["price"]),
            qty=Tonnes(data["qty"]),
            note=data["note"],
            reference=data["reference"],
            **given,
        )
        return Done(reverse("deal", args=[made.pk]), Said("反报价已提交", "Counter-proposal made"))

    def refuse(data: dict[str, Any]) -> Done:
        deals.refuse(note=data["note"], **given)
        return Done(here, Said("已拒绝", "Refused"))

    def withdraw(data: dict[str, Any]) -> Done:
        deals.withdraw(**given)
        return Done(here, Said("已撤回", "Taken back"))

    if holder == row.proposer:
        return [(forms.WithdrawForm.of(request), withdraw)]
    return [
        (forms.ConfirmForm.of(request), confirm),
        (forms.CounterForm.of(request), counter),
        (forms.RefuseForm.of(request), refuse),
    ]


def _first(request: HttpRequest, acts: Acts) -> HttpResponse | None:
    """Do what the one form that was sent asks."""
    return next((leave for form, do in acts if (leave := acted(request, form, do))), None)


def _told(row: Deal, today: date) -> tuple[Deal, Said, Said, Status]:
    side = forms.SIDES["buy" if row.proposer_buys else "sell"]
    return row, side, MODES[row.method], STATES[row.state_on(today)]


def _rules(rules: Law, request: HttpRequest) -> dict[str, Any]:
    """What the board tells of the rules of deals."""
    day = clock.today(request)
    sessions = rules.on("trading.block_sessions", day).items
    return {
        "least_t": rules.on("deals.block_least_t", day).whole,
        "limit": rules.on("trading.block_price_limit_ratio", day).number,
        "hours": ", ".join(f"{start}-{end}" for start, end in sessions),
    }
