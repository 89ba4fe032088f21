"""The settlement desk of the exchange: requests, suspense, files of the bank, day end, reserve."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.banking import operations as banking
from openets.banking import queries as bank
from openets.clearing import operations as clearing
from openets.clearing import queries
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.settlement import queries as money
from openets.web import clock
from openets.web.forms import Done
from openets.web.guards import acting_of, guarded
from openets.web.language import Said
from openets.web.money import forms, page
from openets.web.numbers import money as in_yuan

READ = "settlement_desk.read"
ACTS = ["GET", "HEAD", "POST"]


@require_http_methods(ACTS)
@guarded(READ)
def requests(request: HttpRequest) -> HttpResponse:
    """Where the money is, and what participants ask the bank for."""
    acting, now = acting_of(request), clock.now(request)
    asked = bank.withdrawals()

    def approve(data: dict[str, Any]) -> Done:
        banking.approve_withdrawal(number=int(data["number"]), acting=acting, at=now)
        said = Said("已复核，待发送银行", "Approved; it goes to the bank next")
        return Done(reverse("settlement_desk"), said)

    waiting = [
        (str(r.order.pk), f"{r.order.pk} · {r.order.account_name} · {in_yuan(r.order.amount_fen)}")
        for r in asked
        if r.state == "asked"
    ]
    acts: list[Any] = []
    if waiting and _is_exchange(request):
        acts.append((forms.ApproveForm.of(request, choices=waiting), approve))
    leave = page.first(request, acts)
    if leave:
        return leave
    context = {
        "tab": "requests",
        "money": money.conservation(),
        "held_fen": bank.waiting_withdrawals_fen(),
        "withdrawals": [(r, page.withdrawal(r.state)) for r in asked],
        "bindings": [(r, page.binding(r.state)) for r in bank.bindings()],
        "forms": [form for form, _ in acts],
    }
    return render(request, "web/money/desk.html", context, status=page.status_of(acts))


@require_http_methods(ACTS)
@guarded(READ)
def suspense(request: HttpRequest) -> HttpResponse:
    """Money whose owner is not known: two persons book it or send it back."""
    acting, now, here = acting_of(request), clock.now(request), reverse("suspense")
    items = bank.suspense()

    def book(data: dict[str, Any]) -> Done:
        holder = parties.registered(data["holder"])
        banking.propose_booking(
            number=int(data["number"]),
            holder=holder,
            reasons=data["reasons"],
            acting=acting,
            at=now,
        )
        return Done(here, Said("已提出，待另一人复核", "Proposed; another person agrees or not"))

    def give_back(data: dict[str, Any]) -> Done:
        banking.propose_return(
            number=int(data["number"]), reasons=data["reasons"], acting=acting, at=now
        )
        return Done(here, Said("已提出，待另一人复核", "Proposed; another person agrees or not"))

    def confirm(data: dict[str, Any]) -> Done:
        banking.confirm(number=int(data["number"]), acting=acting, at=now)
        return Done(here, Said("已复核", "Agreed"))

    def drop(data: dict[str, Any]) -> Done:
        banking.drop(number=int(data["number"]), reasons=data["reasons"], acting=acting, at=now)
        return Done(here, Said("已退回待处理", "It waits again"))

    acts: list[Any] = []
    if _is_exchange(request):
        waiting = [_choice(item) for item in items if item.state == "waiting"]
        proposed = [_choice(i) for i in items if i.state in {"booking", "return_proposed"}]
        if waiting:
            acts += [
                (forms.BookForm.of(request, choices=waiting), book),
                (forms.ReturnForm.of(request, choices=waiting), give_back),
            ]
        if proposed:
            acts += [
                (forms.ConfirmForm.of(request, choices=proposed), confirm),
                (forms.DropForm.of(request, choices=proposed), drop),
            ]
    leave = page.first(request, acts)
    if leave:
        return leave
    context = {
        "tab": "suspense",
        "items": [(item, page.item(item.state)) for item in items],
        "suspense_fen": money.conservation().suspense_fen,
        "forms": [form for form, _ in acts],
    }
    return render(request, "web/money/suspense.html", context, status=page.status_of(acts))


@require_safe
@guarded(READ)
def files(request: HttpRequest) -> HttpResponse:
    """The files of both directions, with what is wrong with them."""
    today = clock.today(request)
    context = {
        "tab": "files",
        "files": [(one, page.FILE_STATES[one.State(one.state)]) for one in bank.files()],
        "missing": bank.missing_numbers(today),
        "statement": bank.statement(today),
        "today": today,
        "faulty": list(bank.faulty_advices()[:50]),
    }
    return render(request, "web/money/files.html", context)


@require_safe
@guarded(READ)
def file(request: HttpRequest, number: int) -> HttpResponse:
    """A file, and every fault with its row and remedy."""
    found = bank.file(number)
    if found is None:
        raise Http404
    context = {"file": found, "status": page.FILE_STATES[found.State(found.state)]}
    return render(request, "web/money/file.html", context)


@require_safe
@guarded(READ)
def content(request: HttpRequest, number: int) -> HttpResponse:
    """A file as it was."""
    found = bank.file(number)
    if found is None:
        raise Http404
    answer = HttpResponse(bytes(found.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="bank-file-{number}.csv"'
    return answer


@require_http_methods(ACTS)
@guarded(READ)
def day_end(request: HttpRequest) -> HttpResponse:
    """The statements of each day, and the objections to them."""
    acting, now, here = acting_of(request), clock.now(request), reverse("day_end")
    objections = queries.objections()

    def serve(data: dict[str, Any]) -> Done:
        rules = law(settings.JURISDICTION)
        cleared = clearing.serve(day=data["day"], law=rules, acting=acting, at=now)
        count = cleared.statements.count()
        return Done(here, Said(f"已出具 {count} 份清算单", f"{count} statements are served"))

    def decide(data: dict[str, Any]) -> Done:
        filed = {str(o.objection.pk): o.objection for o in objections}[data["number"]]
        clearing.decide(
            holder=filed.statement.holder,
            day=filed.statement.cleared.day,
            upheld=data["upheld"],
            reasons=data["reasons"],
            acting=acting,
            at=now,
        )
        return Done(here, Said("已决定并告知", "Decided and told"))

    acts: list[Any] = []
    if _is_exchange(request):
        acts.append((forms.ServeForm.of(request, initial={"day": clock.today(request)}), serve))
        waiting = [
            (str(o.objection.pk), o.objection.subject) for o in objections if o.state == "filed"
        ]
        if waiting:
            acts.insert(0, (forms.DecideForm.of(request, choices=waiting), decide))
    leave = page.first(request, acts)
    if leave:
        return leave
    days = queries.days()
    context = {
        "tab": "day_end",
        "days": days,
        "statements": queries.statements_of(days[0].day) if days else [],
        "objections": [(o, page.objection(o.state)) for o in objections],
        "forms": [form for form, _ in acts],
    }
    return render(request, "web/money/day_end.html", context, status=page.status_of(acts))


@require_http_methods(ACTS)
@guarded(READ)
def reserve(request: HttpRequest) -> HttpResponse:
    """The settlement risk reserve: what it has, came from and was used for."""
    acting, now, here = acting_of(request), clock.now(request), reverse("risk_reserve")
    uses = queries.reserve_uses()

    def use(data: dict[str, Any]) -> Done:
        clearing.propose(
            creditor=_participant(data["creditor"]),
            debtor=_participant(data["debtor"]),
            amount_fen=data["amount"],
            reference=data["reference"],
            acting=acting,
            at=now,
        )
        return Done(here, Said("已提出，待另一人批准", "Proposed; another person approves"))

    def approve(data: dict[str, Any]) -> Done:
        clearing.approve(number=int(data["number"]), acting=acting, at=now)
        return Done(here, Said("已批准并支付", "Approved and paid"))

    def drop(data: dict[str, Any]) -> Done:
        clearing.drop(number=int(data["number"]), reasons=data["reasons"], acting=acting, at=now)
        return Done(here, Said("未批准", "Not approved"))

    def recover(data: dict[str, Any]) -> Done:
        clearing.recover(
            number=int(data["number"]),
            amount_fen=data["amount"],
            reference=data["reference"],
            acting=acting,
            at=now,
        )
        return Done(here, Said("已登记追偿", "Recovered"))

    acts: list[Any] = []
    if _is_exchange(request):
        proposed = [_use(one) for one, state in uses if state == "proposed"]
        owed = [
            _use(one)
            for one, state in uses
            if state == "used" and one.recovered_fen < one.amount_fen
        ]
        if proposed:
            acts += [
                (forms.ApproveForm.of(request, choices=proposed), approve),
                (forms.DropForm.of(request, choices=proposed), drop),
            ]
        if owed:
            acts.append((forms.RecoverForm.of(request, choices=owed), recover))
        acts.append((forms.UseForm.of(request), use))
    leave = page.first(request, acts)
    if leave:
        return leave
    today = clock.today(request)
    context = {
        "tab": "reserve",
        "reserve_fen": money.conservation().reserve_fen,
        "ratio": law(settings.JURISDICTION).on("settlement.reserve_fee_ratio", today).number,
        "days": [day for day in queries.days() if day.reserved_fen],
        "uses": [(one, page.use(state)) for one, state in uses],
        "forms": [form for form, _ in acts],
    }
    return render(request, "web/money/reserve.html", context, status=page.status_of(acts))


def _is_exchange(request: HttpRequest) -> bool:
    return acting_of(request).role == Role.EXCHANGE_OPERATOR


def _participant(code: str) -> Organisation:
    return parties.registered(code.strip())


def _choice(item: bank.Item) -> tuple[str, str]:
    one = item.advice
    return str(one.pk), f"{one.pk} · {one.account_name} · {in_yuan(one.amount_fen)}"


def _use(one: Any) -> tuple[str, str]:
    return str(one.pk), f"{one.pk} · {one.creditor.name} · {in_yuan(one.amount_fen)}"
