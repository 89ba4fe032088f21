"""Accounts as they stand, and the forms that freeze, restrict, lift and close."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.registry import queries as holdings
from openets.registry.kinds import (
    ACCOUNT_TITLES,
    LOCK_TITLES,
    PARTICIPANT_KINDS,
    LockCause,
)
from openets.registry.measures import AccountState
from openets.registry.models import Lock, LockOrder, RegistryAccount
from openets.registry.procedures import LOCK
from openets.web import clock, words
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, guarded, must_reach, within
from openets.web.language import Said
from openets.web.overview.views import conservation
from openets.web.parts import Choice
from openets.web.registry_transactions.page import lot_choices
from openets.web.standing.facts import facts_of, trail_of
from openets.web.standing.forms import form_of
from openets.web.standing.matters import Matter, NoSuchMatter
from openets.web.standing.matters import matter as found_matter
from openets.web.standing.one import (
    Acts,
    history_of,
    matters_on,
    measure_rows,
    offered,
    status_in,
)
from openets.web.standing.page import (
    CAUSE_CHOICES,
    STATE_CHOICES,
    AccountPage,
    AccountRow,
    GovernmentRow,
    HoldingRow,
    LockRow,
    MatterPage,
    is_ordered,
)

PER_PAGE = 50
KIND_CHOICES = [Choice(kind, Said(*ACCOUNT_TITLES[kind])) for kind in PARTICIPANT_KINDS]


@require_safe
@within("registry_account.read")
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts within one's reach, by holder, number, kind and state."""
    acting, today = acting_of(request), clock.today(request)
    found = found_accounts(acting, request.GET.dict(), today)
    page = _page(request, found)
    shown = list(page.object_list)
    states, on = holdings.states_of(shown, today), holdings.amounts(shown)
    page.object_list = [AccountRow(row, states[row.pk], on[row.pk]) for row in shown]
    context = {
        "rows": page,
        "asked": request.GET,
        "kinds": KIND_CHOICES,
        "states": STATE_CHOICES,
    }
    return render(request, "web/standing/accounts.html", context)


def found_accounts(acting: Acting, asked: dict[str, str], day: date) -> QuerySet[RegistryAccount]:
    """The accounts of participants within reach that fit `text`, `kind` and `state`."""
    found = holdings.accounts().filter(
        holder__in=parties.within_reach(acting, "registry_account.read")
    )
    if text := asked.get("text", "").strip():
        found = found.filter(Q(number__icontains=text) | Q(holder__name__icontains=text))
    if (kind := asked.get("kind", "")) in set(PARTICIPANT_KINDS):
        found = found.filter(kind=kind)
    if (state := asked.get("state", "")) in set(AccountState):
        found = holdings.accounts_in(found, AccountState(state), day)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@within("registry_account.read")
def account(request: HttpRequest, number: int) -> HttpResponse:
    """How one account stands; whoever may, freezes, restricts or asks for its closing."""
    row = holdings.account(number)
    if row is None:
        raise Http404(number)
    acting = must_reach(request, "registry_account.read", row.holder)
    held = [h for h in holdings.holdings(row.holder) if h.account == row.number]
    offers = offered(request, row, lot_choices(held), acting)
    for _, form, do in offers:
        leave = acted(request, form, do)
        if leave:
            return leave
    today = clock.today(request)
    page = AccountPage(
        account=row,
        state=holdings.state_of(row, today),
        on=holdings.amounts([row])[row.pk],
        holdings=[HoldingRow(h) for h in held],
        blocks=[b for b in holdings.blocks(row.holder) if b.position.account_id == row.pk],
        measures=measure_rows(holdings.measures(row.holder)),
        matters=matters_on(row),
        history=history_of(row),
        forms=[(label, form) for label, form, _ in offers],
    )
    status = max((form.status for _, form, _ in offers), default=200)
    return render(request, "web/standing/account.html", {"page": page}, status=status)


@require_safe
@within("restriction.read")
def freezes(request: HttpRequest) -> HttpResponse:
    """Every lock within one's reach, with cause, owner and article, in force or all."""
    reach = parties.within_reach(acting_of(request), "restriction.read")
    found = holdings.locks(holders=reach)
    if request.GET.get("when") != "all":
        found = found.filter(lifted_at__isnull=True)
    if cause := request.GET.get("cause"):
        found = found.filter(cause=cause)
    if text := request.GET.get("text", "").strip():
        found = found.filter(position__account__holder__name__icontains=text)
    page = _page(request, found)
    orders = {order.reference: order for order in holdings.lock_orders(holders=reach)}
    page.object_list = [LockRow(lock, _order_href(lock, orders)) for lock in page.object_list]
    stand = casework.states(LOCK, list(orders))
    waiting = [
        (order, Said(*LOCK_TITLES[LockCause(order.cause)]), status_in(LOCK, stand[order.reference]))
        for order in orders.values()
        if stand[order.reference] in {"filed", "lifting"}
    ]
    context = {
        "rows": page,
        "waiting": waiting,
        "asked": request.GET,
        "causes": CAUSE_CHOICES,
        "spans": [Choice("all", Said("含已解除", "Lifted ones too"))],
    }
    return render(request, "web/standing/freezes.html", context)


@require_safe
@within("restriction.read")
def measures(request: HttpRequest) -> HttpResponse:
    """The measures on participants within one's reach."""
    reach = parties.within_reach(acting_of(request), "restriction.read")
    page = _page(request, holdings.measures_of(reach))
    page.object_list = measure_rows(list(page.object_list))
    return render(request, "web/standing/measures.html", {"rows": page})


@require_http_methods(["GET", "HEAD", "POST"])
@within("registry_account.read")
def matter(request: HttpRequest, word: str, number: int) -> HttpResponse:
    """One freeze, measure or closing; whoever's turn it is makes the next move."""
    try:
        found = found_matter(word, number)
    except NoSuchMatter as refusal:
        raise Http404(number) from refusal
    acting = must_reach(request, found.kind.read, found.holder)
    forms = [
        form_of(name, move, documented=name in found.kind.documented).of(request)
        for name, move in found.moves(acting).items()
    ]
    for form in forms:
        leave = acted(request, form, _mover(request, found, form, acting))
        if leave:
            return leave
    page = MatterPage(
        title=Said(found.kind.procedure.zh, found.kind.procedure.en),
        holder=found.holder.name,
        account=getattr(found.row, "account", None),
        state=status_in(found.kind.procedure, found.case.state),
        facts=facts_of(found),
        trail=trail_of(found),
        forms=forms,
        parent=_parent(word),
    )
    status = max((form.status for form in forms), default=200)
    return render(request, "web/standing/matter.html", {"page": page}, status=status)


@require_safe
@guarded("registry_transfer.read")
def government(request: HttpRequest) -> HttpResponse:
    """The reserves by year, the historical reserve, what was bought back, and the ends of units."""
    rows = [
        GovernmentRow(row, on, holdings.reserve_left(row.year) if row.year else None)
        for row, on in holdings.market_accounts()
    ]
    uses = [
        (use, words.use_of_reserve(use.kind), holdings.reserve_left(use.year))
        for use in holdings.reserve_uses()
    ]
    context = {"rows": rows, "uses": uses, "conservation": conservation()}
    return render(request, "web/standing/government.html", context)


def _mover(request: HttpRequest, found: Matter, form: ActForm, acting: Acting) -> Acts:
    def do(data: dict[str, Any]) -> Done:
        found.kind.moves[form.name](found.row, data, acting, clock.now(request))
        return Done(request.path, Said(f"已办理：{form.verb.zh}", f"Done: {form.verb.en}"))

    return do


def _page(request: HttpRequest, found: QuerySet[Any]) -> Page[Any]:
    return Paginator(found, PER_PAGE).get_page(request.GET.get("page"))


def _order_href(lock: Lock, orders: Mapping[str, LockOrder]) -> str:
    order = orders.get(lock.reference) if is_ordered(lock) else None
    return reverse("freeze", args=[order.pk]) if order else ""


def _parent(word: str) -> tuple[Said, str]:
    if word == "closings":
        return Said("账户状态", "Account states"), reverse("standing")
    titles = {"freezes": Said("冻结", "Freezes"), "measures": Said("限制措施", "Measures")}
    return titles[word], reverse(word)
