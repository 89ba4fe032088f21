"""The yearly scores of the bodies: published for everybody, drafts for the bureau and the body."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.kernel.quantity import plain
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.assessing import weights_on
from openets.verification.models import Assessment
from openets.verification.procedures import ASSESSMENT
from openets.verification.scoring import CRITERIA
from openets.web import clock, words
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, public
from openets.web.language import Said
from openets.web.tables import Column, Form, Table, download
from openets.web.verification.forms import ScoreForm
from openets.web.verification.views import bodies_offered

COLUMNS = (
    Column("body", "核查机构"),
    Column("year", "年度"),
    Column("result", "考评结果"),
    Column("appeal", "机构异议"),
    Column("decision", "异议处理"),
    Column("published_at", "公布时间"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@public
def scores(request: HttpRequest) -> HttpResponse:
    """What is published, and for the bureau and the bodies what is not yet. Source: CQETS-31."""
    acting = acting_of(request)
    weights = weights_on(law(settings.JURISDICTION), clock.today(request))
    form = None
    if acting.role == Role.CITY_BUREAU:
        form = ScoreForm.of(request, bodies=bodies_offered(), criteria=list(weights))

    def score(data: dict[str, Any]) -> Done:
        found = verification.score_body(
            body=parties.organisation(data["body"]),
            year=data["year"],
            scores={name: data[name] for name in weights},
            law=law(settings.JURISDICTION),
            acting=acting,
            at=clock.now(request),
        )
        result = plain(found.result)
        said = Said(f"{found.body.name} 得 {result} 分", f"{found.body.name} scores {result}")
        return Done(reverse("verification_scores"), said)

    leave = acted(request, form, score) if form else None
    if leave:
        return leave
    context = {
        "published": _by_year(queries.published_scores()),
        "drafts": _drafts(acting),
        "criteria": [(Said(*CRITERIA[name]), weight) for name, weight in weights.items()],
        "form": form,
    }
    status = form.status if form else 200
    return render(request, "web/verification/scores.html", context, status=status)


def _by_year(published: Sequence[Assessment]) -> list[tuple[int, list[Assessment]]]:
    return [(year, list(rows)) for year, rows in groupby(published, key=lambda one: one.year)]


@require_safe
@public
def table(request: HttpRequest, form: Form) -> HttpResponse:
    """The published scores as a table to take away. Source: CQETS-31."""
    rows = [
        (one.body.name, one.year, plain(one.result), one.appeal, one.decision, one.published_at)
        for one in queries.published_scores()
    ]
    return download(Table("body-scores", COLUMNS, rows), form)


def _drafts(acting: Acting) -> list[tuple[Any, Said, int]]:
    """The unpublished assessments within reach, with where they stand and their cases."""
    reached = parties.within_reach(acting, "body_assessment.read")
    found = [
        (one, state)
        for one, state in queries.assessments()
        if one.published_at is None and reached.filter(pk=one.body_id).exists()
    ]
    cases = casework.of_subjects(ASSESSMENT, [one.subject for one, _ in found])
    return [(one, words.state_of(ASSESSMENT, state), cases[one.subject].pk) for one, state in found]
