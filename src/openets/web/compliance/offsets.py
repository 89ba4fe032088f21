"""The page of offset applications: an entity applies on it, everybody within reach looks on."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.casework import queries as cases
from openets.compliance import operations, queries
from openets.compliance.models import OffsetApplication
from openets.compliance.offset_rules import OffsetRules
from openets.compliance.procedures import OFFSET
from openets.kernel.acting import Acting
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import queries as registry
from openets.registry.kinds import AccountKind
from openets.registry.queries import Holding
from openets.rulebook.load import Law, law
from openets.web import clock, words
from openets.web.compliance.forms import OffsetForm
from openets.web.compliance.page import OffsetRow
from openets.web.context import compliance_year
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.parts import Status

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@within("offset.read")
def offsets(request: HttpRequest) -> HttpResponse:
    """The applications of a year within reach; an entity applies with what it holds.

    Source: CQ208-A5.4, CQ208-4.3.
    """
    acting, year = acting_of(request), compliance_year(request)
    if year is None:
        return redirect("overview")
    own = parties.organisation(acting.organisation)
    entity = own if parties.may(acting, "compliance.file_offset", own) else None
    rules = law(settings.JURISDICTION)
    form = OffsetForm.of(request, held=_usable(entity, year, rules)) if entity else None

    def apply(data: dict[str, Any]) -> Done:
        assert entity, "only an entity has the form"
        assert form, "only an entity has the form"
        filed = operations.file_offset(
            organisation=entity,
            year=year,
            offered=form.offered(),
            reference=reference_of(acting, year, data["reference"]),
            law=rules,
            acting=acting,
            at=clock.now(request),
        )
        amount = grouped(filed.amount_t)
        said = Said(f"已申请抵销 {amount} 吨，减排量已冻结", f"Applied for; {amount} t are frozen")
        return Done(f"{reverse('offsets')}?year={year}", said)

    leave = acted(request, form, apply) if form else None
    if leave:
        return leave
    reach = parties.within_reach(acting, "offset.read")
    found = queries.offsets_of_year(year, reach)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": _rows(list(page.object_list)),
        "form": form if form and (form.held or form.is_bound) else None,
        "applies": entity is not None,
        "open_t": queries.obligation(entity, year).open_t if entity else None,
        "year": year,
    }
    status = form.status if form else 200
    return render(request, "web/compliance/offsets.html", context, status=status)


def reference_of(acting: Acting, year: int, reference: str) -> str:
    """The reference of an application: no two entities' are the same."""
    return f"{acting.organisation}/{year}/{reference}"


def _usable(entity: Organisation, year: int, rules: Law) -> list[Holding]:
    """What an entity may apply with: admitted reductions, free, on its registry account."""
    admitted = OffsetRules.of(rules, year).kinds.items
    return [
        held
        for held in registry.holdings(entity)
        if held.lot.kind.upper() in admitted
        and held.account_kind == AccountKind.REGISTRY
        and held.available_t
    ]


def _rows(found: Sequence[OffsetApplication]) -> list[OffsetRow]:
    standing = cases.of_subjects(OFFSET, [application.reference for application in found])
    return [
        OffsetRow(
            application=application,
            status=Status(words.state_of(OFFSET, standing[application.reference].state)),
            case=standing[application.reference].pk,
        )
        for application in found
    ]
