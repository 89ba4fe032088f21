"""The published list, and the pages on which it is made: candidates, removals, standards."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework.models import Case
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.roster import operations as roster
from openets.roster import queries as lists
from openets.roster.inclusion import YearEmissions
from openets.roster.models import Publication
from openets.roster.procedures import LISTING
from openets.roster.queries import Place
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.cases.action import Asking
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, guarded, must_reach, within
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.roster.casework import GROUNDS, place_facts
from openets.web.roster.forms import (
    BelowScaleForm,
    CeasedForm,
    ContinueForm,
    NationalForm,
    ProposeForm,
    PublishForm,
    RemovalForm,
    StandardForm,
)
from openets.web.roster.page import EntityPlacePage, PlaceRow, RosterPage, StandardsPage
from openets.web.tables import csv_file
from openets.web.units import unit

PER_PAGE = 50
PROPOSE, PROPOSE_REMOVAL = "roster.propose_entities", "listing.propose_removal"
ON_THE_LIST = Said("已列入", "Listed")
Data = dict[str, Any]
Acts = Sequence[tuple[ActForm, Callable[[Data], Done]]]


@require_safe
@guarded("disclosure.read")
def published_lists(request: HttpRequest) -> HttpResponse:
    """The way to the latest published list, or that there is none yet."""
    years = lists.published_years()
    if not years:
        return render(request, "web/roster/unpublished.html")
    return redirect("published_list", year=years[0])


@require_safe
@guarded("disclosure.read")
def published(request: HttpRequest, year: int) -> HttpResponse:
    """The list of a year as last published (名录公布)."""
    context = {"published": _published(year), "years": lists.published_years()}
    return render(request, "web/roster/published.html", context)


@require_safe
@guarded("disclosure.read")
def published_csv(request: HttpRequest, year: int) -> HttpResponse:
    """The same as CSV."""
    return csv_file(lists.published_csv(_published(year)), f"list-{year}")


@require_http_methods(["GET", "HEAD", "POST"])
@within("entity_list.read")
def the_list(request: HttpRequest) -> HttpResponse:
    """The list of a year as it stands, its candidates and proposed removals, within reach.

    Source: CQETS-4.6, CQETS-7, CQETS-10.
    """
    acting, known = acting_of(request), sorted(parties.entity_counts())
    asked = request.GET.get("of", "")
    year = int(asked) if asked.isdecimal() and int(asked) in known else max(known, default=0)
    acts = _list_acts(request, acting, year) if acting.role == Role.CITY_BUREAU else ()
    answer = first_done(request, acts)
    if answer:
        return answer
    reach = parties.within_reach(acting, "entity_list.read")
    name = request.GET.get("name", "").strip()
    listed = parties.entities(year).filter(pk__in=reach, name__icontains=name)
    shown: Page[Any] = Paginator(listed, PER_PAGE).get_page(request.GET.get("page"))
    places = lists.places(list(shown.object_list))
    shown.object_list = [_row(o, places.get(o.pk)) for o in shown.object_list]
    mine = set(reach.values_list("pk", flat=True))
    latest = lists.published_list(year)
    page = RosterPage(
        year=year,
        years=known,
        is_published=latest is not None,
        candidates=_standing("candidate", mine),
        removals=_standing("removal_proposed", mine),
        rows=shown,
        name=name,
        forms=[form for form, _ in acts],
        may_propose=acting.role in {Role.CITY_BUREAU, Role.DISTRICT_BUREAU},
    )
    status = max((form.status for form, _ in acts), default=200)
    return render(request, "web/roster/list.html", {"page": page}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@within(PROPOSE)
def propose(request: HttpRequest) -> HttpResponse:
    """Put an enterprise forward for the list of a year: first which, then its figures.

    Source: CQETS-7, CQ208-A1.1.1, CQ208-A1.1.1b.
    """
    acting = acting_of(request)
    reach = parties.within_reach(acting, PROPOSE).filter(role=Role.KEY_EMITTING_ENTITY)
    chosen = reach.filter(code=request.GET.get("entity", "")).first()
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() else clock.today(request).year
    context: dict[str, Any] = {
        "entities": [o for o in reach if not _stands(o)],
        "chosen": chosen,
        "year": year,
    }
    if chosen is None:
        return render(request, "web/roster/propose.html", context)
    rules = lists.with_standards(law(settings.JURISDICTION))
    try:
        years = rules.for_year("list.reference_years", year).items
        context["scale"] = rules.for_year("list.threshold_tco2e", year)
    except Refusal as refusal:
        return render(
            request, "web/roster/propose.html", context | {"refused": refusal}, status=422
        )
    form = ProposeForm.of(request, years=years, known=_known(chosen))

    def do(data: Data) -> Done:
        new = roster.Candidate(chosen, form.emissions(), industrial=data["industrial"])
        roster.propose_entities([new], year=year, law=rules, acting=acting, at=clock.now(request))
        said = Said(f"已提出列入：{chosen.name}", f"Proposed: {chosen.name}")
        return Done(reverse("roster_entity", args=[chosen.code]), said)

    answer = acted(request, form, do)
    return answer or render(
        request, "web/roster/propose.html", context | {"form": form}, status=form.status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@within("entity_list.read")
def entity(request: HttpRequest, code: str) -> HttpResponse:
    """An entity's place on the list with its evidence, and the three grounds of removal.

    Source: CQETS-10.
    """
    found = parties.organisations([code]).first()
    if found is None:
        raise Http404(code)
    acting = must_reach(request, "entity_list.read", found)
    place = lists.places([found]).get(found.pk)
    acts: Acts = ()
    may_propose = parties.may(acting, PROPOSE_REMOVAL, found)
    if may_propose and place and (request.method == "POST" or place.case.state == "listed"):
        acts = _removal_acts(request, found, acting)
    answer = first_done(request, acts)
    if answer:
        return answer
    rules, today = law(settings.JURISDICTION), clock.today(request)
    case = place.case if place else Case(organisation=found)
    page = EntityPlacePage(
        code=found.code,
        name=found.name,
        number=found.number,
        district=found.district,
        industry=found.industry,
        years=parties.listed_years(found),
        state=words.state_of(LISTING, place.case.state) if place else None,
        case=place.case.pk if place else None,
        facts=list(place_facts(Asking(case, acting, rules, today))),
        forms=[(GROUNDS[_article(form)], _article(form), form) for form, _ in acts],
    )
    status = max((form.status for form, _ in acts), default=200)
    return render(request, "web/roster/entity.html", {"page": page}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@within("entity_list.read")
def standards(request: HttpRequest) -> HttpResponse:
    """The scales of the list by year, and the adoption of a new one. Source: CQETS-8."""
    acting, form = acting_of(request), None
    if acting.role == Role.CITY_BUREAU:
        form = StandardForm.of(request)

        def do(data: Data) -> Done:
            names = (
                *("threshold_tco2e", "effective_year", "basis"),
                *("approval_reference", "approval_date"),
            )
            new = roster.NewStandard(**{name: data[name] for name in names})
            roster.adopt_standard(standard=new, acting=acting, at=clock.now(request))
            return Done(reverse("standards"), Said("新标准已施行", "The standard is adopted"))

        answer = acted(request, form, do)
        if answer:
            return answer
    rules = lists.with_standards(law(settings.JURISDICTION))
    page = StandardsPage(
        standards=lists.standards(),
        scales=[
            (
                str(rule.period.start.year) if rule.period else "",
                f"{grouped(rule.number)} {unit(rule.unit)}",
                rule.cite.source,
                rule.cite.quote,
            )
            for rule in rules
            if rule.key == "list.threshold_tco2e"
        ],
        form=form,
    )
    status = form.status if form else 200
    return render(request, "web/roster/standards.html", {"page": page}, status=status)


def first_done(request: HttpRequest, acts: Acts) -> HttpResponse | None:
    """Do what the one sent form of a page asks, if any was sent and is not refused."""
    for form, do in acts:
        answer = acted(request, form, do)
        if answer:
            return answer
    return None


def _list_acts(request: HttpRequest, acting: Acting, year: int) -> Acts:
    rules, at = law(settings.JURISDICTION), clock.now(request)
    publication, following = PublishForm.of(request), ContinueForm.of(request)

    def publish(data: Data) -> Done:
        roster.publish_list(year=year, acting=acting, at=at)
        said = Said(f"{year} 年度名录已公布", f"The list of {year} is published")
        return Done(reverse("published_list", args=[year]), said)

    def go_on(data: Data) -> Done:
        new = roster.continue_list(year=year + 1, law=rules, acting=acting, at=at)
        said = Said(f"{year + 1} 年度名录新增 {new} 家", f"{new} are new on the list of {year + 1}")
        return Done(f"{reverse('roster')}?of={year + 1}", said)

    return ((publication, publish), (following, go_on))


def _removal_acts(request: HttpRequest, organisation: Organisation, acting: Acting) -> Acts:
    year = max(parties.listed_years(organisation), default=clock.today(request).year) + 1
    made = (BelowScaleForm, CeasedForm, NationalForm)
    return tuple(
        (form, _proposer(request, organisation, acting, form))
        for form in (kind.of(request, initial={"effective_year": year}) for kind in made)
    )


def _proposer(
    request: HttpRequest, organisation: Organisation, acting: Acting, form: RemovalForm
) -> Callable[[Data], Done]:
    def do(data: Data) -> Done:
        roster.propose_removal(
            organisation=organisation,
            ground=form.ground(),
            effective_year=data["effective_year"],
            law=law(settings.JURISDICTION),
            acting=acting,
            at=clock.now(request),
        )
        said = Said("已提出移出", "The removal is proposed")
        return Done(reverse("roster_entity", args=[organisation.code]), said)

    return do


def _article(form: ActForm) -> str:
    return {"below_scale": "CQETS-10.i1", "ceased": "CQETS-10.i2", "national": "CQETS-10.i3"}[
        form.name
    ]


def _stands(organisation: Organisation) -> bool:
    place = lists.places([organisation]).get(organisation.pk)
    return place is not None and not LISTING.states[place.case.state].final


def _known(organisation: Organisation) -> dict[int, YearEmissions]:
    """What the system knows of an enterprise's years: its totals, and its energy as supplied."""
    energy = {
        figure.year: figure.value.normalize()
        for figure in lists.supplied_figures(organisation)
        if figure.measure == "energy_tce"
    }
    return {
        year.year: YearEmissions(Decimal(year.total_tco2e), energy_tce=energy.get(year.year))
        for year in mrv.reported_years(organisation)
    }


def _standing(state: str, mine: set[int]) -> list[PlaceRow]:
    found = [place for place in lists.in_state(state) if place.candidacy.organisation_id in mine]
    return [_row(place.candidacy.organisation, place) for place in found]


def _row(organisation: Organisation, place: Place | None) -> PlaceRow:
    article, basis, working = "", Said("", ""), None
    if place:
        candidacy = place.candidacy
        article, working = candidacy.source, candidacy.working
        if candidacy.managed_tco2e is not None:
            tested = grouped(candidacy.managed_tco2e)
            basis = Said(f"{tested} tCO₂e", f"{tested} tCO₂e")
        removal = candidacy.removals.last() if place.case.state == "removal_proposed" else None
        if removal:
            article, working = removal.article, removal.working
            basis = GROUNDS[removal.article]
    return PlaceRow(
        code=organisation.code,
        name=organisation.name,
        number=organisation.number,
        district=organisation.district,
        industry=organisation.industry,
        year=place.candidacy.year if place else None,
        case=place.case.pk if place else None,
        state=words.state_of(LISTING, place.case.state) if place else ON_THE_LIST,
        basis=basis,
        article=article,
        working=working,
    )


def _published(year: int) -> Publication:
    found = lists.published_list(year)
    if found is None:
        raise Http404(year)
    return found
