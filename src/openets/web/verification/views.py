"""The works of a year, and the findings that wait for an entity's answer."""

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.findings import KINDS
from openets.verification.models import DrawRecord, Finding, Work
from openets.verification.procedures import FINDING, WORK
from openets.web import clock, words
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.parts import Choice
from openets.web.verification.casework import FIGURES
from openets.web.verification.forms import ChooseForm, DrawForm
from openets.web.verification.page import DrawRow, FindingRow, LotRow, WorkRow, WorksPage
from openets.web.verification.reach import entities_within, works_within

SEED_BYTES = 16


@require_http_methods(["GET", "HEAD", "POST"])
@within("verification_work.read")
def works(request: HttpRequest) -> HttpResponse:
    """The works of a year; the bureau draws and chooses bodies here."""
    acting = acting_of(request)
    year = year_of(request)
    forms = _forms(request) if acting.role == Role.CITY_BUREAU else []
    for form in forms:
        leave = acted(request, form, _assign(request, form, year))
        if leave:
            return leave
    status = max((form.status for form in forms), default=200)
    page = works_page(acting, year, forms)
    return render(request, "web/verification/works.html", {"page": page}, status=status)


@require_safe
@within("verification_finding.read")
def findings(request: HttpRequest) -> HttpResponse:
    """The findings that wait for an answer, of everybody within reach."""
    acting = acting_of(request)
    reached = entities_within(acting, "verification_finding.read")
    rows = [
        finding_row(found)
        for year in years()
        for work in queries.works(year, reached).filter(ended_at=None)
        if acting.role != Role.VERIFICATION_BODY or work.body.code == acting.organisation
        for found in queries.findings(work)
    ]
    rows.sort(key=lambda row: not row.is_open)
    return render(request, "web/verification/findings.html", {"rows": rows})


def works_page(acting: Acting, year: int, forms: Sequence[ActForm]) -> WorksPage:
    """The works of a year that somebody may see."""
    rows = work_rows(list(works_within(acting, year)))
    counts = Counter(row.state for row in rows)
    states = [words.state_of(WORK, state) for state in WORK.states]
    is_bureau = acting.role == Role.CITY_BUREAU
    seen = set(entities_within(acting).values_list("code", flat=True))
    return WorksPage(
        year=year,
        years=[Choice(str(one), str(one)) for one in years()],
        rows=rows,
        counts=[(state, counts[state]) for state in states if state in counts],
        draws=[]
        if acting.role == Role.VERIFICATION_BODY
        else [draw_row(one, seen) for one in queries.draws(year)],
        waiting=queries.waiting_count(year) if is_bureau else None,
        forms=forms,
    )


def draw_row(record: DrawRecord, seen: Collection[str]) -> DrawRow:
    """A draw with the lots of the entities `seen`, by the names of whom they are about."""
    drawn = [lot for lot in record.lots if lot["entity"] in seen]
    codes = {
        code
        for lot in drawn
        for code in (lot["entity"], lot["body"], *lot["among"], *lot["barred"])
    }
    names = {one.code: one.name for one in parties.organisations(codes)}
    lots = [
        LotRow(
            entity=names[lot["entity"]],
            body=names.get(lot["body"], ""),
            among=[names[code] for code in lot["among"]],
            load=lot["load"],
            in_depth=lot["in_depth"],
            barred=[(names[code], why) for code, why in lot["barred"].items()],
        )
        for lot in drawn
    ]
    return DrawRow(record, lots)


def work_rows(found: Sequence[Work]) -> list[WorkRow]:
    """Works with where they stand."""
    cases = casework.of_subjects(WORK, [one.subject for one in found])
    return [
        WorkRow(
            work=one,
            state=words.state_of(WORK, cases[one.subject].state),
            case=cases[one.subject].pk,
        )
        for one in found
    ]


def finding_row(found: queries.FoundFinding) -> FindingRow:
    """A finding with its words."""
    finding = found.finding
    zh, en = KINDS[finding.kind]
    return FindingRow(
        finding=finding,
        case=found.case,
        kind=Said(zh, en),
        state=words.state_of(FINDING, found.state),
        figure=FIGURES[finding.figure] if finding.figure else None,
        unit=_unit(finding),
        evidence=found.evidence,
        is_open=found.state in {"raised", "answered"},
    )


def _unit(finding: Finding) -> str:
    if finding.figure != "output":
        return "tCO₂e"
    reported = mrv.reported_figures(finding.work.organisation, finding.work.year)
    where = (finding.line, finding.product)
    return next((row.unit for row in reported if (row.line, row.product) == where), "")


def bodies_offered() -> list[tuple[str, str]]:
    """The verification bodies as a choice."""
    return [(body.code, body.name) for body in parties.of_role(Role.VERIFICATION_BODY)]


def _forms(request: HttpRequest) -> list[ActForm]:
    return [DrawForm.of(request), ChooseForm.of(request, bodies=bodies_offered())]


def _assign(request: HttpRequest, form: ActForm, year: int) -> Any:
    given: dict[str, Any] = {
        "year": year,
        "law": law(settings.JURISDICTION),
        "acting": acting_of(request),
        "at": clock.now(request),
    }
    address = f"{reverse('verification')}?year={year}"

    def draw(data: dict[str, Any]) -> Done:
        # Made here, so that nobody knows it before.
        seed = secrets.token_hex(SEED_BYTES)
        record = verification.draw_bodies(seed=seed, reference=data["reference"], **given)
        count = len(record.lots)
        return Done(address, Said(f"已抽取 {count} 家单位", f"{count} entities drawn"))

    def choose(data: dict[str, Any]) -> Done:
        chosen = verification.choose_body(
            organisation=parties.entity(data["entity"]),
            body=parties.organisation(data["body"]),
            reasons=data["reasons"],
            requirement=data["requirement"],
            in_depth=data["in_depth"],
            **given,
        )
        name = chosen.organisation.name
        return Done(address, Said(f"{name} 已指定分派", f"A body is chosen for {name}"))

    return draw if isinstance(form, DrawForm) else choose


def years() -> list[int]:
    """The years of the lists, the latest first."""
    return sorted(parties.entity_counts(), reverse=True)


def year_of(request: HttpRequest) -> int:
    """The year that was asked for, else the latest."""
    known = years()
    asked = request.GET.get("year", "")
    return int(asked) if asked in map(str, known) else max(known, default=0)
