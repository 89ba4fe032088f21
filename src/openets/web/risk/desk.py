"""The risk desk: halts, limits, interventions, positions near the limit, alerts in short."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.surveillance import queries as surveillance
from openets.surveillance.procedures import ALERT
from openets.surveillance.thresholds import Thresholds
from openets.trading import operations as trading
from openets.trading import queries as market
from openets.trading.causes import CAUSES, Cause
from openets.trading.models import Intervention, InterventionKind
from openets.trading.procedures import HALT, INTERVENTION
from openets.trading.risk import risk_rules
from openets.web import clock
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, public, within
from openets.web.language import Said
from openets.web.parts import Choice, Status
from openets.web.risk.alerts import PATTERN_TITLES
from openets.web.risk.forms import DECISIONS, DecisionForm
from openets.web.risk.page import Make, chip, moved, trail

KINDS = {
    InterventionKind.HALT: Said("暂停交易", "Halt"),
    InterventionKind.WITHDRAWAL: Said("批量撤单", "Withdrawal of orders"),
    InterventionKind.CANCELLATION: Said("取消成交", "Cancelled trade"),
    InterventionKind.PRICE_LIMIT: Said("调整涨跌幅", "Price limit"),
}
SHOWN = 20


@require_safe
@within("market_risk.read")
def desk(request: HttpRequest) -> HttpResponse:
    """How the market stands to its risk rules now, and what was decided on it."""
    rules, today = law(settings.JURISDICTION), clock.today(request)
    limits, numbers = risk_rules(rules, today), Thresholds.of(rules, today)
    titles = {rule.key: Said(rule.title_zh, rule.title) for rule in rules}
    halted = market.halted()
    alerts = list(surveillance.alerts()[:SHOWN])
    standing = casework.states(ALERT, [alert.reference for alert in alerts])
    context = {
        "products": [
            (product, market.terms(product, law=rules, day=today), halted.get(product.code))
            for product in market.products()
        ],
        "rules": limits,
        "not_set": [
            titles[key]
            for key in (*limits.not_set, *(f"surveillance.{key}" for key in numbers.not_set))
        ],
        "interventions": _rows(market.interventions()[:SHOWN]),
        "holders": surveillance.standings(law=rules, day=today)[:SHOWN],
        "alerts": [
            (alert, PATTERN_TITLES[alert.pattern], chip(ALERT, standing[alert.reference]))
            for alert in alerts
        ],
        "kinds": KINDS.items(),
        "may_decide": parties.may(acting_of(request), "trading.decide_halt"),
    }
    return render(request, "web/risk/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@within("trading.decide_halt")
def decide(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of one kind of decision."""
    if kind not in DECISIONS:
        raise Http404(kind)
    products = [Choice(product.code, product.code) for product in market.products()]
    form = DECISIONS[kind].of(request, products=products)

    def do(data: dict[str, Any]) -> Done:
        made = decided(form, data, acting_of(request), clock.now(request))
        said = Said("已决定，待另一人执行", "Decided; a second person carries it out")
        return Done(reverse("intervention", args=[made.pk]), said)

    return acted(request, form, do) or render(
        request,
        "web/risk/decide.html",
        {"form": form, "title": KINDS[InterventionKind(kind)]},
        status=form.status,
    )


def decided(
    form: DecisionForm, data: Mapping[str, Any], acting: Acting, at: datetime
) -> Intervention:
    """What a sent form decides."""
    said: dict[str, Any] = {
        "cause": Cause(data["cause"]),
        "reason": data["reason"],
        "announcement": data["announcement"],
        "reference": data["reference"],
        "acting": acting,
        "at": at,
    }
    if form.name == InterventionKind.CANCELLATION:
        return trading.decide_cancellation(trade=market.trade(data["trade"]), **said)
    said["product"] = market.product(data["product"]) if data["product"] else None
    if form.name == InterventionKind.WITHDRAWAL:
        holder = parties.registered(data["holder"]) if data["holder"] else None
        return trading.decide_withdrawal(holder=holder, **said)
    if form.name == InterventionKind.PRICE_LIMIT:
        span = {name: data[name] for name in ("ratio", "from_date", "until_date")}
        return trading.decide_price_limit(**span, **said)
    return trading.decide_halt(**said)


@require_http_methods(["GET", "HEAD", "POST"])
@within("market_risk.read")
def intervention(request: HttpRequest, number: int) -> HttpResponse:
    """One decision on the market; whoever's turn it is carries it out, declines it or resumes."""
    row = market.intervention(number)
    if row is None:
        raise Http404(number)
    procedure = HALT if row.kind == InterventionKind.HALT else INTERVENTION
    case = casework.case(procedure, next(iter(row.subjects())))
    assert case is not None, "an intervention has its case"
    next_ones = moved(request, procedure, case, _makes(row), acting_of(request))
    if next_ones.leave:
        return next_ones.leave
    context = {
        "row": row,
        "kind": KINDS[InterventionKind(row.kind)],
        "cause": Said(*CAUSES[Cause(row.cause)]),
        "state": chip(procedure, case.state),
        "trail": trail(procedure, case),
        "forms": next_ones.forms,
    }
    return render(request, "web/risk/intervention.html", context, status=next_ones.status)


@require_safe
@public
def announcements(request: HttpRequest) -> HttpResponse:
    """What the exchange announced: halts and other interventions that were carried out."""
    done = market.interventions().filter(carried_out_at__isnull=False)
    rows = [(row, KINDS[InterventionKind(row.kind)]) for row in done[: SHOWN * 5]]
    return render(request, "web/risk/announcements.html", {"rows": rows})


def _makes(row: Intervention) -> dict[str, Make]:
    rules = law(settings.JURISDICTION)

    def carry_out(_: Mapping[str, Any], acting: Acting, at: datetime) -> object:
        return _CARRIES_OUT[InterventionKind(row.kind)](
            intervention=row, law=rules, acting=acting, at=at
        )

    def with_reasons(operation: Any) -> Make:
        def make(data: Mapping[str, Any], acting: Acting, at: datetime) -> object:
            return operation(intervention=row, reasons=data["reason"], acting=acting, at=at)

        return make

    def resume(_: Mapping[str, Any], acting: Acting, at: datetime) -> object:
        return trading.resume(intervention=row, law=rules, acting=acting, at=at)

    return {
        "halt": carry_out,
        "carry_out": carry_out,
        "decline": with_reasons(trading.decline),
        "ask_resumption": with_reasons(trading.ask_resumption),
        "keep": with_reasons(trading.keep_halted),
        "resume": resume,
    }


_CARRIES_OUT: Mapping[InterventionKind, Any] = {
    InterventionKind.HALT: trading.halt,
    InterventionKind.WITHDRAWAL: trading.withdraw_all,
    InterventionKind.CANCELLATION: trading.cancel_trade,
    InterventionKind.PRICE_LIMIT: trading.change_price_limit,
}


def _rows(found: Any) -> list[tuple[Intervention, Said, Any]]:
    rows = list(found)
    stand: dict[str, Status] = {}
    for procedure in (HALT, INTERVENTION):
        subjects = [next(iter(row.subjects())) for row in rows]
        states = casework.states(procedure, subjects)
        stand |= {subject: chip(procedure, state) for subject, state in states.items()}
    return [
        (row, KINDS[InterventionKind(row.kind)], stand[next(iter(row.subjects()))]) for row in rows
    ]
