"""Restating base years: choose year and set, see the differences, propose; and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.casework.models import Case
from openets.kernel.quantity import half_up
from openets.kernel.refusal import Refusal
from openets.kernel.tables import read_rows
from openets.mrv import restatements, restating
from openets.mrv.accounting.account import LINE_DECIMALS
from openets.mrv.accounting.activity import Source
from openets.mrv.accounting.base_year import LineChange
from openets.mrv.accounting.factors import factor_set
from openets.mrv.accounting.rows import COLUMNS, OPTIONAL
from openets.mrv.models import Restatement
from openets.mrv.procedures import RESTATEMENT
from openets.mrv.restatements import Difference, Impossible
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.rulebook.load import Law, NoValueForTime, law
from openets.web import clock, words
from openets.web.accounting.forms import (
    ChooseRestatement,
    ProposeForm,
    SupplyForm,
    sets_to_choose,
)
from openets.web.accounting.page import SOURCES, Refused, as_csv
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, must_reach, within
from openets.web.language import Said

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line of activity data that the set would change."""

    line: LineChange

    @property
    def before_t(self) -> Decimal:
        """As reported, for show."""
        return half_up(self.line.before.tco2e, LINE_DECIMALS)

    @property
    def change_t(self) -> Decimal:
        """By the other set less as reported, for show."""
        return half_up(self.line.change_tco2e, LINE_DECIMALS)

    @property
    def working(self) -> list[dict[str, Any]]:
        """Its working by the other set."""
        return self.line.after.explanation.as_json()


@dataclass(frozen=True, slots=True)
class Changed:
    """An entity's base year by the other set."""

    difference: Difference

    @property
    def before_t(self) -> Decimal:
        """As it binds now."""
        return sum((row.total_t for row in self.difference.figures.before), Decimal(0))

    @property
    def working(self) -> list[dict[str, Any]]:
        """How the change comes to the rows."""
        return [step.as_json() for step in self.difference.figures.steps]

    @property
    def lines(self) -> list[ChangedLine]:
        """The lines that change."""
        return [ChangedLine(one) for one in self.difference.lines if one.change_tco2e]


@dataclass(frozen=True, slots=True)
class Found:
    """What a set would change of a base year, entity by entity."""

    differences: Sequence[Difference]
    impossible: Sequence[Impossible]
    without: Sequence[Organisation]
    """On the list, with no activity data on file."""
    awaited: Sequence[Organisation]
    """Of those, whose inventory result the data may be supplied to."""

    @property
    def refused(self) -> list[tuple[Organisation, Refused]]:
        """Of whom the set cannot tell, and why, in words."""
        return [(one.organisation, Refused(one.refusal)) for one in self.impossible]

    @property
    def changed(self) -> list[Changed]:
        """The entities it can be told of."""
        return [Changed(one) for one in self.differences]

    @property
    def change_t(self) -> Decimal:
        """What would change, together."""
        return sum((one.figures.change_t for one in self.differences), Decimal(0))


@dataclass(frozen=True, slots=True)
class Listed:
    """A restatement with its case."""

    restatement: Restatement
    case: Case | None

    @property
    def organisation(self) -> Organisation:
        """Whose base year it is."""
        return self.restatement.report.organisation

    @property
    def state(self) -> Said | None:
        """Where it stands, in words."""
        return words.state_of(RESTATEMENT, self.case.state) if self.case else None

    @property
    def change_t(self) -> Decimal:
        """Restated less reported."""
        return self.restatement.after_t - self.restatement.before_t

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its lines of activity data, with figures and the words of their source."""
        return [
            {
                **one,
                "source": SOURCES[Source(one["source"])],
                "before_t": Decimal(one["before_exact"]),
                "after_t": Decimal(one["after_exact"]),
                "change_t": half_up(
                    Fraction(one["after_exact"]) - Fraction(one["before_exact"]), LINE_DECIMALS
                ),
            }
            for one in self.restatement.lines
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@within("restatement.read")
def listed(request: HttpRequest) -> HttpResponse:
    """The restatements of everybody one reaches; the bureau proposes them here.

    Source: CQ208-A1.M.2.2d.
    """
    acting, rules = acting_of(request), law(settings.JURISDICTION)
    decides = parties.may(acting, "mrv.propose_restatements")
    reach = parties.within_reach(acting, "restatement.read")
    rows = restatements.restatements().filter(report__organisation__in=reach.values("pk"))
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page_of": page,
        "rows": [_listed(one) for one in page.object_list],
        "decides": decides,
        "refused": None,
    }
    if not decides:
        return render(request, "web/accounting/restatements.html", context)
    chosen = ChooseRestatement(request.GET or None, years=base_years(rules))
    context["choose"] = chosen
    form = None
    if chosen.is_bound and chosen.is_valid():
        of = chosen.cleaned_data
        found, context["refused"] = _found(of, rules)
        if found:
            context |= {"found": found, "of": of, "factors": _factors(of)}
            form = ProposeForm.of(request)

    def propose(data: dict[str, Any]) -> Done:
        of = chosen.cleaned_data
        assert found is not None, "the form is offered with what was found"
        sent = restatements.restatements().filter(reference=data["reference"])
        before = [one.report.organisation for one in sent]
        made = restating.propose_restatements(
            organisations=before or [one.organisation for one in found.differences],
            year=of["year"],
            factors=of["factors"],
            gwp=of["gwp"],
            from_year=of["from_year"],
            reasons=data["reasons"],
            reference=data["reference"],
            law=rules,
            acting=acting,
            at=clock.now(request),
        )
        said = Said(
            f"已对 {len(made)} 家单位提出修正，待另一人确认",
            f"Restatements of {len(made)} entities are proposed; somebody else confirms them",
        )
        return Done(reverse("restatements"), said)

    leave = acted(request, form, propose) if form else None
    context["form"] = form
    return leave or render(
        request, "web/accounting/restatements.html", context, status=form.status if form else 200
    )


@require_safe
@within("restatement.read")
def one(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    """A restatement: both versions of every line, each with its working.

    Source: CQ208-A1.M.2.2d.
    """
    organisation = Organisation.objects.filter(code=code).first()
    found = restatements.of_subject(f"{code}/{year}/{number}")
    if organisation is None or found is None:
        raise Http404(code)
    must_reach(request, "restatement.read", organisation)
    context = {"one": _listed(found), "in_force": restatements.is_in_force(found)}
    return render(request, "web/accounting/restatement.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@within("mrv.supply_activity")
def supply(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """Supply the activity data behind an inventory result. Source: CQ208-A1.M.2.2d."""
    organisation = restatements.awaited(Organisation.objects.filter(code=code), year).first()
    if organisation is None:
        raise Http404(code)
    acting = must_reach(request, "mrv.supply_activity", organisation)
    form = SupplyForm.of(request, sets=sets_to_choose(year))

    def do(data: dict[str, Any]) -> Done:
        restating.supply_activity(
            organisation=organisation,
            year=year,
            factors=data["factors"],
            rows=_rows(data["rows"]),
            acting=acting,
            at=clock.now(request),
        )
        return Done(
            reverse("restatements"),
            Said("活动数据已存档", "The activity data are on file"),
        )

    context = {
        "form": form,
        "organisation": organisation,
        "year": year,
        "figures": restatements.binding(organisation, year),
    }
    return acted(request, form, do) or render(
        request, "web/accounting/supply.html", context, status=form.status
    )


def base_years(rules: Law) -> dict[int, Sequence[int]]:
    """The base years of every allocation year of which the rulebook knows them."""
    found: dict[int, Sequence[int]] = {}
    for year in parties.entity_counts():
        try:
            found[year] = rules.for_year("alloc.base_years", year).items
        except NoValueForTime:
            continue
    return found


def _found(of: dict[str, Any], rules: Law) -> tuple[Found | None, Refusal | None]:
    try:
        restating.must_be_base_year(of["year"], of["from_year"], rules)
    except Refusal as refusal:
        return None, refusal
    listed = parties.entities(of["from_year"])
    able = restatements.with_activity(listed, of["year"])
    differences, impossible = restatements.differences_of(
        list(able), of["year"], _factors(of), from_year=of["from_year"]
    )
    without = listed.exclude(pk__in=able.values("pk"))
    awaited = list(restatements.awaited(without, of["year"]))
    return Found(differences, impossible, list(without), awaited), None


def _factors(of: dict[str, Any]) -> Any:
    chosen = factor_set(of["factors"])
    return chosen.with_gwp(of["gwp"]) if of["gwp"] else chosen


def _listed(one: Restatement) -> Listed:
    return Listed(one, casework.case(RESTATEMENT, one.subject))


def _rows(text: str) -> list[dict[str, str]]:
    """Pasted rows, by the reader of the accounting page."""
    table = read_rows(as_csv(text).encode(), columns=COLUMNS, optional=OPTIONAL)
    rows = []
    for row in table:
        if row.refusal:
            raise row.refusal
        rows.append(dict(row.cells))
    return rows
