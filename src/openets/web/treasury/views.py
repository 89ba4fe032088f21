"""The pages of paid issue and buy-back, and of the government's money."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.casework import queries as cases
from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.kernel.quantity import Fen, Tonnes
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.registry import queries as holdings
from openets.rulebook.load import law
from openets.treasury import operations as treasury
from openets.treasury import queries
from openets.treasury.procedures import BUY_BACK, PAID_APPLICATION, PAID_ISSUE
from openets.web import clock
from openets.web.context import compliance_year
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.numbers import grouped, money
from openets.web.parts import Status, Tone
from openets.web.treasury import forms

TONES: dict[str, Tone] = {
    "filed": "warn",
    "awarded": "warn",
    "bought": "good",
    "lapsed": "bad",
    "prepared": "warn",
    "bureau_approved": "warn",
    "finance_approved": "warn",
    "open": "info",
    "closed": "good",
    "refused": "bad",
}
Acts = Sequence[tuple[ActForm, Callable[[dict[str, Any]], Done]]]


@require_http_methods(["GET", "HEAD", "POST"])
@within("paid_issue.read")
def paid_issue(request: HttpRequest) -> HttpResponse:
    """Entities apply, pay and sell back; the city bureau decides and draws up."""
    is_entity = acting_of(request).role == Role.KEY_EMITTING_ENTITY
    acts = _of_entity(request) if is_entity else _of_bureau(request)
    leave = _first(request, acts)
    if leave:
        return leave
    acting = acting_of(request)
    holder = parties.organisation(acting.organisation) if is_entity else None
    rows = queries.applications(holder)
    issues, buy_backs = queries.proceeds(), queries.buy_backs()
    year = compliance_year(request) or clock.today(request).year
    context = {
        "forms": [form for form, _ in acts],
        "applications": _standing(PAID_APPLICATION, {row.subject: row for row in rows}),
        "issues": _standing(PAID_ISSUE, {one.issue.subject: one for one, _ in issues}),
        "buy_backs": _standing(BUY_BACK, {one.buy_back.subject: one for one in buy_backs}),
        "is_entity": is_entity,
        "year": year,
        "left_t": holdings.reserve_left(year),
        "promised_t": queries.promised_t(year),
        "synthetic": settings.DEMO,
    }
    status = max((form.status for form, _ in acts), default=200)
    return render(request, "web/treasury/paid_issue.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@within("proceeds.read")
def proceeds(request: HttpRequest) -> HttpResponse:
    """What sales brought and the treasury has; apart, what the market was granted and cost."""
    acting, now = acting_of(request), clock.now(request)
    found = queries.proceeds()
    year = compliance_year(request) or clock.today(request).year
    acts: list[tuple[ActForm, Callable[[dict[str, Any]], Done]]] = []
    issues = {str(one.issue.pk): one for one, _ in found if one.owed_fen}
    if issues and acting.role == Role.FINANCE_BUREAU:
        choices = [
            (key, f"{one.issue.subject} · {money(one.owed_fen)}") for key, one in issues.items()
        ]

        def pay(data: dict[str, Any]) -> Done:
            treasury.pay_over(
                issue=issues[data["issue"]].issue,
                amount_fen=data["amount"],
                receipt=data["receipt"],
                acting=acting,
                at=now,
            )
            return Done(reverse("proceeds"), Said("已登记缴库", "The payment is recorded"))

        acts.append((forms.PayOverForm.of(request, choices=choices), pay))

    def record(data: dict[str, Any]) -> Done:
        treasury.record_budget(
            year=data["year"],
            line=treasury.Line(data["line"]),
            side=treasury.Side(data["side"]),
            amount_fen=data["amount"],
            note=data["note"],
            reference=data["reference"],
            acting=acting,
            at=now,
        )
        return Done(reverse("proceeds"), Said("已登记", "Recorded"))

    acts.append((forms.BudgetForm.of(request, initial={"year": year}), record))
    leave = _first(request, acts)
    if leave:
        return leave
    context = {
        "forms": [form for form, _ in acts],
        "rows": [(one, _status(PAID_ISSUE, state)) for one, state in found],
        "budget": [(forms.LINES[line.line], line) for line in queries.budget(year)],
        "year": year,
        "synthetic": settings.DEMO,
    }
    status = max(form.status for form, _ in acts)
    return render(request, "web/treasury/proceeds.html", context, status=status)


def _of_entity(request: HttpRequest) -> Acts:
    acting, now, rules = acting_of(request), clock.now(request), law(settings.JURISDICTION)
    holder = parties.organisation(acting.organisation)
    open_ones = {
        str(row.buy_back.pk): row.buy_back
        for row in queries.buy_backs()
        if row.state == "open" and not row.buy_back.by_auction
    }

    def apply(data: dict[str, Any]) -> Done:
        treasury.apply(
            organisation=holder,
            year=data["year"],
            amount_t=Tonnes(data["amount_t"]),
            reasons=data["reasons"],
            reference=data["reference"],
            acting=acting,
            at=now,
        )
        return Done(reverse("paid_issue"), Said("申请已提交", "Your application is in"))

    def sell(data: dict[str, Any]) -> Done:
        sold = treasury.sell_back(
            buy_back=open_ones[data["buy_back"]],
            holder=holder,
            amount_t=Tonnes(data["amount_t"]),
            reference=data["reference"],
            law=rules,
            acting=acting,
            at=now,
        )
        amount = grouped(sold.amount_t)
        said = Said(f"已卖出 {amount} 吨，款项已入账", f"{amount} t are sold, the money is booked")
        return Done(reverse("paid_issue"), said)

    year = compliance_year(request)
    acts: list[tuple[ActForm, Callable[[dict[str, Any]], Done]]] = [
        (forms.ApplyForm.of(request, initial={"year": year}), apply)
    ]
    if open_ones:
        choices = [
            (key, f"{row.subject} · {money(row.price_fen)}") for key, row in open_ones.items()
        ]
        acts.append((forms.SellBackForm.of(request, choices=choices), sell))
    return acts


def _of_bureau(request: HttpRequest) -> Acts:
    acting, now, year = acting_of(request), clock.now(request), compliance_year(request)
    if acting.role != Role.CITY_BUREAU:
        return []
    rows = queries.applications()
    stands = queries.states(rows)
    waiting = [row for row in rows if stands[row.subject] == "filed" and row.issue_id is None]
    sale_form = forms.SaleForm.of(request, waiting=waiting, initial={"year": year})

    def decline(data: dict[str, Any]) -> Done:
        count = treasury.decline(year=data["year"], reasons=data["reasons"], acting=acting, at=now)
        said = Said(f"{count} 件申请已办结", f"{count} applications are closed")
        return Done(reverse("paid_issue"), said)

    def prepare(data: dict[str, Any]) -> Done:
        made = treasury.prepare_sale(
            year=data["year"],
            quantity_t=Tonnes(data["quantity_t"]),
            price_fen=Fen(data["price"]),
            last_date=data["last_date"],
            terms=data["terms"],
            awards=sale_form.awards(),
            reference=data["reference"],
            acting=acting,
            at=now,
        )
        said = Said("方案已拟定，须由另一人批准组织", "Drawn up; somebody else opens it")
        return Done(_case(PAID_ISSUE, made.subject), said)

    def prepare_auction(data: dict[str, Any]) -> Done:
        made = treasury.prepare_sale(
            year=data["year"],
            quantity_t=Tonnes(data["quantity_t"]),
            price_fen=Fen(data["price"]),
            last_date=data["last_date"],
            terms=data["terms"],
            awards=None,
            reference=data["reference"],
            acting=acting,
            at=now,
        )
        said = Said(
            "竞价方案已拟定，由另一人批准后交易机构发布公告",
            "Drawn up; once somebody else opens it, the exchange announces it",
        )
        return Done(_case(PAID_ISSUE, made.subject), said)

    def plan(data: dict[str, Any]) -> Done:
        made = treasury.prepare_buy_back(
            quantity_t=Tonnes(data["quantity_t"]),
            price_fen=Fen(data["price"]),
            budget_fen=Fen(data["budget"]),
            last_date=data["last_date"],
            terms=data["terms"],
            by_auction=data["by_auction"],
            reference=data["reference"],
            acting=acting,
            at=now,
        )
        said = Said("回购已拟定，须两部门同意", "Drawn up; both bureaux must agree")
        return Done(_case(BUY_BACK, made.subject), said)

    acts: list[tuple[ActForm, Callable[[dict[str, Any]], Done]]] = []
    if waiting:
        acts.append((sale_form, prepare))
        acts.append((forms.DeclineForm.of(request, initial={"year": year}), decline))
    auction_form = forms.AuctionSaleForm.of(request, initial={"year": year})
    acts.append((auction_form, prepare_auction))
    acts.append((forms.BuyBackForm.of(request), plan))
    return acts


def _first(request: HttpRequest, acts: Acts) -> HttpResponse | None:
    """Do what the one form that was sent asks."""
    return next((leave for form, do in acts if (leave := acted(request, form, do))), None)


def _standing(procedure: Procedure, rows: Mapping[str, Any]) -> list[tuple[Any, Status, str]]:
    """Rows by the subjects of their cases, each with its state and the address of its case."""
    found = cases.of_subjects(procedure, rows)
    return [
        (row, _status(procedure, found[subject].state), _page(found[subject]))
        for subject, row in rows.items()
    ]


def _status(procedure: Procedure, state: str) -> Status:
    told = procedure.states[state]
    return Status(Said(told.zh, told.en), TONES.get(state, ""))


def _case(procedure: Procedure, subject: str) -> str:
    """The address of the case that was just opened."""
    return _page(cases.of_subjects(procedure, [subject])[subject])


def _page(case: Case) -> str:
    return reverse("case", args=[case.pk])
