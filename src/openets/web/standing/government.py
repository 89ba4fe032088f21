"""The accounts of the government and the market, and the carry-over of its historical surplus."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.former import former_years
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.rulebook.load import Law, law
from openets.web import clock, words
from openets.web.context import compliance_years
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, guarded
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.overview.views import conservation
from openets.web.standing.forms import CarryOverForm
from openets.web.standing.page import GovernmentRow


class NotAFormerYear(Refusal):
    """A surplus is of a year before the plan's first."""

    code = "not_a_former_year"
    article = "CQ208-A1.5.4"
    zh = "{year} 不是可结转的历史年度（{first}—{last}）"
    en = "{year} is none of the former years ({first}-{last})"
    remedy_zh = "请填写其中一个年度"
    remedy_en = "Give one of them"


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("registry_transfer.read")
def government(request: HttpRequest) -> HttpResponse:
    """The reserves by year, the historical reserve, what was bought back, and the ends of units.

    The registry operator carries the historical surplus over. Source: CQ208-A1.2, CQ208-A1.5.4.
    """
    acting, rules = acting_of(request), law(settings.JURISDICTION)
    carries = parties.may(acting, "transaction.carry_over")
    form = CarryOverForm.of(request) if carries else None

    def carry_over(data: dict[str, Any]) -> Done:
        registry.carry_over_reserve(
            amount_t=Tonnes(data["amount_t"]),
            lot=surplus_lot(data["vintage_year"], rules),
            acting=acting,
            at=clock.now(request),
        )
        held = grouped(historical_reserve_t())
        said = Said(f"已结转，历史结余 {held} 吨", f"Carried over; the surplus is {held} t")
        return Done(reverse("government_accounts"), said)

    leave = acted(request, form, carry_over) if form else None
    if leave:
        return leave
    rows = [
        GovernmentRow(row, on, holdings.reserve_left(row.year) if row.year else None)
        for row, on in holdings.market_accounts()
    ]
    uses = [
        (use, words.use_of_reserve(use.kind), holdings.reserve_left(use.year))
        for use in holdings.reserve_uses()
    ]
    context = {"rows": rows, "uses": uses, "conservation": conservation(), "form": form}
    status = form.status if form else 200
    return render(request, "web/standing/government.html", context, status=status)


def surplus_lot(vintage_year: int, rules: Law) -> registry.LotOf:
    """The lot of the historical surplus (历史结余) of a former year. Source: CQ208-A1.5.4.

    Raises:
        NotAFormerYear.
    """
    years = former_years(rules, min(compliance_years()))
    if vintage_year not in years:
        raise NotAFormerYear(
            field="vintage_year", year=vintage_year, first=min(years), last=max(years)
        )
    return registry.LotOf(rules.jurisdiction, UnitKind.ALLOWANCE, vintage_year, Origin.RESERVED)


def historical_reserve_t() -> Tonnes:
    """What the account of the historical surplus holds."""
    kind = AccountKind.HISTORICAL_RESERVE
    return next(on.held_t for row, on in holdings.market_accounts() if row.kind == kind)
