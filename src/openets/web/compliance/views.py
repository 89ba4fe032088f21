"""The surrender page: an entity's own duty, or for offices the duties they look after."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.compliance import operations, queries
from openets.compliance.credit import CreditRow, CreditStatus
from openets.compliance.duty import Status as DutyStatus
from openets.compliance.obligation import surrender_deadline
from openets.compliance.status import Kind
from openets.compliance.usable import is_usable
from openets.kernel.acting import Acting
from openets.kernel.cells import safe_cell, table_text
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import queries as registry
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.registry.queries import Holding
from openets.rulebook.load import Law, law
from openets.web import clock, words
from openets.web.cases.due import Days
from openets.web.compliance.forms import CreditForm, FreezeForm, SurrenderForm
from openets.web.compliance.page import DutyRow, OwnDuty, OwnPage, Receipt
from openets.web.context import compliance_year
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, guarded, within
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.registry_transactions.page import lot_choices
from openets.web.tables import csv_file

PER_PAGE = 50
CREDIT_COLUMNS = ("单位名称", "统一社会信用代码", "履约年度", "清缴情况", "未清缴量（吨）")
CREDIT = {
    CreditStatus.FULFILLED: "按期完成",
    CreditStatus.LATE: "逾期完成",
    CreditStatus.NOT_FULFILLED: "未完成",
}


@require_http_methods(["GET", "HEAD", "POST"])
@within("surrender.read")
def surrender(request: HttpRequest) -> HttpResponse:
    """An entity surrenders for the chosen year; an office sees the duties within its reach."""
    acting, year = acting_of(request), compliance_year(request)
    if year is None:
        return redirect("overview")
    if acting.role == Role.KEY_EMITTING_ENTITY:
        return _own(request, acting, year)
    return _office(request, acting, year)


@require_http_methods(["POST"])
@guarded("compliance.export_credit")
def credit(request: HttpRequest, year: int) -> HttpResponse:
    """How each duty of a year was met, as CSV for the credit evaluation; each time is journalled.

    Source: CQETS-32, CQ208-5.1b.
    """
    try:
        rows = operations.export_credit(
            year=year,
            law=law(settings.JURISDICTION),
            acting=acting_of(request),
            at=clock.now(request),
        )
    except Refusal as refusal:
        page = _office_context(request, acting_of(request), year)
        page["credit"].refused = refusal
        return render(request, "web/compliance/duties.html", page, status=422)
    return csv_file(table_text(CREDIT_COLUMNS, map(_credit_cells, rows)), f"credit-{year}")


def _own(request: HttpRequest, acting: Acting, year: int) -> HttpResponse:
    rules = law(settings.JURISDICTION)
    entity = parties.organisation(acting.organisation)
    usable = [h for h in registry.holdings(entity) if _may_serve(h, year, rules)]
    form = SurrenderForm.of(request, lots=lot_choices(usable))

    def hand_in(data: dict[str, Any]) -> Done:
        left = operations.surrender(
            organisation=entity,
            year=year,
            amount_t=data["amount"],
            reference=data["reference"],
            lots=data["lots"],
            law=rules,
            acting=acting,
            at=clock.now(request),
        )
        done, rest = grouped(data["amount"]), grouped(left.open_t)
        return Done(
            f"{reverse('surrender')}?year={year}",
            Said(f"已清缴 {done} 吨，尚需清缴 {rest} 吨", f"{done} t surrendered; {rest} t open"),
        )

    leave = acted(request, form, hand_in)
    if leave:
        return leave
    page = _own_page(entity, year, rules, clock.today(request), usable, form)
    return render(request, "web/compliance/surrender.html", {"page": page}, status=form.status)


def _own_page(
    entity: Organisation,
    year: int,
    rules: Law,
    today: date,
    usable: Sequence[Holding],
    form: SurrenderForm,
) -> OwnPage:
    duty = _own_duty(entity, year, rules, today)
    return OwnPage(
        organisation=entity.name,
        duty=duty,
        year=year,
        usable=[(words.lot_label(h.lot), words.lot_note(h.lot), h) for h in usable],
        usable_t=Tonnes(sum(h.available_t for h in usable)),
        form=form if duty and duty.open_t else None,
    )


def _may_serve(held: Holding, year: int, rules: Law) -> bool:
    lot = held.lot
    if held.account_kind != AccountKind.REGISTRY or lot.kind != UnitKind.ALLOWANCE:
        return False
    any_vintage = rules.for_year("registry.surrender_vintage", year).text == "any"
    return (any_vintage or lot.vintage_year <= year) and is_usable(
        law=rules,
        year=year,
        vintage=lot.vintage_year,
        is_free=lot.origin == Origin.FREE,
        was_traded=held.traded,
    )


def _own_duty(entity: Organisation, year: int, rules: Law, today: date) -> OwnDuty | None:
    found = queries.duty(entity, year, rules, on=today)
    if found is None:
        return None
    standing, deadline = found.standing, found.deadline
    return OwnDuty(
        year=year,
        deadline=deadline,
        working_days_left=(
            Days(today, settings.JURISDICTION).left(deadline)
            if deadline and today <= deadline
            else None
        ),
        status=words.STATUSES[standing.status],
        verified_t=standing.verified_t,
        counted_t=standing.counted_t,
        open_t=standing.open_t,
        receipts=[
            Receipt(event.day, Tonnes(event.amount_t or 0), event.reference, event.registry_entry)
            for event in queries.events(entity)
            if event.kind == Kind.SURRENDERED and event.year == year
        ],
    )


def _office(request: HttpRequest, acting: Acting, year: int) -> HttpResponse:
    form = FreezeForm.of(request)

    def freeze(data: dict[str, Any]) -> Done:
        counts = operations.freeze_status(
            year=year, law=law(settings.JURISDICTION), acting=acting, at=clock.now(request)
        )
        total = sum(counts.values())
        return Done(
            f"{reverse('surrender')}?year={year}",
            Said(f"已固定 {total} 家单位的期限日状态", f"The status of {total} duties is frozen"),
        )

    leave = acted(request, form, freeze)
    if leave:
        return leave
    context = _office_context(request, acting, year) | {"freeze": form}
    return render(request, "web/compliance/duties.html", context, status=form.status)


def _office_context(request: HttpRequest, acting: Acting, year: int) -> dict[str, Any]:
    rules, today = law(settings.JURISDICTION), clock.today(request)
    reach = {o.code: o for o in parties.within_reach(acting, "surrender.read")}
    frozen = queries.frozen(year)
    wanted = request.GET.get("status", "")
    standings = queries.standings(
        year, rules, on=today, organisations=[entity.pk for entity in reach.values()]
    )
    rows = [
        DutyRow(
            number=reach[s.entity].number or 0,
            name=reach[s.entity].name,
            district=reach[s.entity].district,
            status=words.STATUSES[s.status],
            verified_t=s.verified_t,
            counted_t=s.counted_t,
            open_t=s.open_t,
            at_deadline=_frozen_status(frozen.get(reach[s.entity].pk)),
        )
        for s in standings
        if wanted in ("", s.status)
    ]
    rows.sort(key=lambda row: (-row.open_t, row.number))
    deadline = surrender_deadline(law=rules, year=year)
    return {
        "rows": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "year": year,
        "deadline": deadline,
        "is_over": deadline is not None and today > deadline,
        "open_t": sum(standing.open_t for standing in standings),
        "counted_t": sum(standing.counted_t for standing in standings),
        "choices": words.STATUS_CHOICES,
        "chosen": wanted,
        "decides": parties.may(acting, "compliance.export_credit"),
        "is_frozen": queries.is_frozen(year, today),
        "freeze": FreezeForm.of(request),
        "credit": CreditForm(),
    }


def _frozen_status(row: Any) -> Any:
    return words.STATUSES[DutyStatus(row.status)] if row else None


def _credit_cells(row: CreditRow) -> list[str]:
    entity = row.organisation
    names = (safe_cell(entity.name), safe_cell(entity.credit_code))
    return [*names, str(row.year), CREDIT[row.status], str(row.open_t)]
