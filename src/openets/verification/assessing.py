"""The yearly assessment of bodies (考评): scored, maybe appealed, published."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.clocks import last_day
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import plain
from openets.kernel.refusal import Refusal
from openets.mrv.operations import NotABody
from openets.mrv.records import NotYourOwn
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.verification.models import Assessment
from openets.verification.procedures import ASSESSMENT
from openets.verification.scoring import total_score


class AssessedAlready(Refusal):
    """A body is assessed once a year; an appeal may change it."""

    code = "assessed_already"
    article = "CQETS-31"
    zh = "{name} {year} 年度已考评"
    en = "{name} is assessed for {year} already"
    remedy_zh = "更正须经机构异议办理"
    remedy_en = "It changes by a decision on the body's appeal"


class StillOpenToAppeal(Refusal):
    """A score is published when its body was heard or let the time pass."""

    code = "still_open_to_appeal"
    article = "CQETS-31"
    zh = "{name} 的异议期至 {last_day}，期内不能公布"
    en = "{name} may appeal until {last_day}; nothing is published before"
    remedy_zh = "期满无异议，或异议处理后公布"
    remedy_en = "Publish when the time is over or the appeal is decided"


@transaction.atomic
def score_body(
    *,
    body: Organisation,
    year: int,
    scores: Mapping[str, Decimal],
    law: Law,
    acting: Acting,
    at: datetime,
) -> Assessment:
    """Score a body for a year by the criteria and weights of the rulebook. Source: CQETS-31.

    Raises:
        NotYourRole, NotABody, AssessedAlready, WeightsNotWhole, NotAScore.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-31")
    if body.role != Role.VERIFICATION_BODY:
        raise NotABody(name=body.name)
    parties.lock_organisations([body])
    if Assessment.objects.filter(body=body, year=year).exists():
        raise AssessedAlready(name=body.name, year=year)
    weights = weights_on(law, market_date(at))
    assessment = Assessment.objects.create(
        body=body,
        year=year,
        weights=_plain(weights),
        scores=_plain(scores),
        result=total_score(weights, scores),
        scored_at=at,
    )
    due = ASSESSMENT.states["scored"].due
    assert due is not None, "a score is open to appeal"
    calendar = cases.calendar(law.jurisdiction)
    until = last_day(due, start=market_date(at), law=law, calendar=calendar)
    new = casework.NewCase(assessment.subject, body, year, due_date=until, handler=body)
    casework.open_cases(ASSESSMENT, [new], acting=acting, at=at, article="CQETS-31")
    _journal("score_body", assessment, acting, at)
    return assessment


@transaction.atomic
def appeal_score(*, assessment: Assessment, grounds: str, acting: Acting, at: datetime) -> None:
    """Appeal against one's own score (异议) within its time. Source: CQETS-31.

    Raises:
        NotYourRole, NotYourOwn, ReasonsMissing, ObjectionTooLate, WrongState.
    """
    acting.must_be(Role.VERIFICATION_BODY, article="CQETS-31")
    if acting.organisation != assessment.body.code:
        raise NotYourOwn(
            article="CQETS-31", organisation=acting.organisation, subject=assessment.subject
        )
    casework.move_cases(
        ASSESSMENT, "appeal", [assessment.subject], acting=acting, at=at, note=grounds
    )
    Assessment.objects.filter(pk=assessment.pk).update(appeal=grounds.strip())


@transaction.atomic
def decide_appeal(
    *,
    assessment: Assessment,
    scores: Mapping[str, Decimal] | None,
    reasons: str,
    acting: Acting,
    at: datetime,
) -> Assessment:
    """Decide an appeal: keep the scores, or put others by the same weights. Source: CQETS-31.

    Raises:
        NotYourRole, ReasonsMissing, WrongState, NotAScore.
    """
    casework.move_cases(
        ASSESSMENT, "decide", [assessment.subject], acting=acting, at=at, note=reasons
    )
    found = Assessment.objects.select_for_update().get(pk=assessment.pk)
    found.decision = reasons.strip()
    found.save(update_fields=["decision"])
    if scores is not None:
        weights = {name: Decimal(weight) for name, weight in found.weights.items()}
        found.result = total_score(weights, scores)
        found.scores = _plain(scores)
        found.save(update_fields=["result", "scores"])
        _journal("change_score", found, acting, at)
    return found


@transaction.atomic
def publish_scores(*, assessments: Sequence[Assessment], acting: Acting, at: datetime) -> None:
    """Publish assessments (公布), by another person than the one who scored. Source: CQETS-31.

    Raises:
        NotYourRole, StillOpenToAppeal, SamePerson, WrongState.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-31")
    subjects = [assessment.subject for assessment in assessments]
    found = cases.of_subjects(ASSESSMENT, subjects)
    for assessment in assessments:
        case = found[assessment.subject]
        if case.state == "scored" and case.due_date and market_date(at) <= case.due_date:
            last = case.due_date.isoformat()
            raise StillOpenToAppeal(name=assessment.body.name, last_day=last)
    casework.move_cases(ASSESSMENT, "publish", subjects, acting=acting, at=at)
    rows = Assessment.objects.filter(pk__in=[assessment.pk for assessment in assessments])
    rows.update(published_at=at)


def weights_on(law: Law, day: date) -> dict[str, Decimal]:
    """The criteria of a day with their weights, in percent. Source: CQETS-31."""
    names = law.on("verification.score_criteria", day).items
    weights = law.on("verification.score_weights", day).items
    return {name: Decimal(str(weight)) for name, weight in zip(names, weights, strict=True)}


def _plain(values: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: plain(value) for name, value in values.items()}


def _journal(operation: str, assessment: Assessment, acting: Acting, at: datetime) -> None:
    journal.record(
        operation=f"verification.{operation}",
        subject=f"assessment/{assessment.subject}",
        acting=acting,
        at=at,
        article="CQETS-31",
        content={"scores": assessment.scores, "result": plain(assessment.result)},
    )
