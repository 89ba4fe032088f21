"""The list for programs: who is on it, candidates, removals, standards, changes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.casework import queries as casework
from openets.casework.procedure import Procedure
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes as WholeTonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.roster import operations as roster
from openets.roster import queries as lists
from openets.roster.inclusion import YearEmissions
from openets.roster.plan import ChangeKind, Plan, Share
from openets.roster.procedures import CHANGE, LISTING
from openets.roster.removal import BelowScale, Ceased, Ground, National
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import acting_of, public, within
from openets.web.refusals import NotUnderstood
from openets.web.schemas import Exact, StepOut, Tonnes, answers, steps_out

router = Router(tags=["roster"])


class EntityOut(Schema):
    """An entity on the list; `state` and `case` where its place is a case."""

    code: str
    number: int | None
    name: str
    district: str
    industry: str
    state: str | None
    case: int | None


class YearIn(Schema):
    """What an enterprise emitted in a reference year."""

    year: int
    total_tco2e: Exact
    power_tco2e: Exact = Decimal(0)
    energy_tce: Exact | None = None


class CandidateIn(Schema):
    """An enterprise put forward for the list of a year."""

    entity: str
    year: int
    industrial: bool
    emissions: list[YearIn]


class TestedOut(Schema):
    """The case opened, and the working of the test."""

    case: int
    managed_tco2e: Exact
    flagged: bool
    working: list[StepOut] | None


class RemovalIn(Schema):
    """A ground of removal: below_scale, ceased or national, with what the ground needs."""

    entity: str
    effective_year: int
    ground: str
    evidence: str = ""
    ceased_date: date | None = None
    emissions_tco2e: Exact | None = None
    from_year: int | None = None
    remaining_tco2e: Exact = Decimal(0)


class CaseNumberOut(Schema):
    """The case that was opened or moved; further moves under /api/cases."""

    case: int


class StandardIn(Schema):
    """A scale, what it rests on, and its approval."""

    threshold_tco2e: Tonnes
    effective_year: int
    basis: str
    approval_reference: str
    approval_date: date


class StandardOut(StandardIn):
    """An adopted scale."""


class YearOut(Schema):
    """How many entities the year's list has, or gained."""

    year: int
    entities: int


class ShareIn(Schema):
    """Tonnes of a class of units that go from one organisation to another, by their codes."""

    predecessor: str
    successor: str
    unit: str
    vintage_year: int
    amount_t: Tonnes


class ChangeIn(Schema):
    """A rename, merger or division, reported by the entity that signs in."""

    kind: ChangeKind
    reason: str
    name: str = ""
    predecessors: list[str] = Field(default_factory=list)
    successors: list[str] = Field(default_factory=list)
    takes_duties: str = ""
    shares: list[ShareIn] = Field(default_factory=list)


class ChangeOut(Schema):
    """A reported change and its case."""

    case: int
    entity: str
    kind: str
    state: str
    reported_at: datetime
    plan: dict[str, Any]


@router.get("/lists/{year}", response=answers(list[EntityOut]))
@within("entity_list.read")
def listed(request: HttpRequest, year: int) -> list[EntityOut]:
    """The list of a year as it stands, of the entities within reach."""
    reach = parties.within_reach(acting_of(request), "entity_list.read")
    entities = list(parties.entities(year).filter(pk__in=reach))
    places = lists.places(entities)
    return [_entity(entity, places.get(entity.pk)) for entity in entities]


@router.get("/places/{state}", response=answers(list[EntityOut]))
@within("entity_list.read")
def in_state(request: HttpRequest, state: str) -> list[EntityOut]:
    """The places in a state, such as candidate or removal_proposed, within reach."""
    if state not in LISTING.states:
        raise NotUnderstood(field="state", name="state", why=", ".join(LISTING.states))
    reach = parties.within_reach(acting_of(request), "entity_list.read")
    mine = set(reach.values_list("pk", flat=True))
    return [
        _entity(place.candidacy.organisation, place)
        for place in lists.in_state(state)
        if place.candidacy.organisation_id in mine
    ]


@router.post("/candidates", response=answers(TestedOut))
@within("roster.propose_entities")
def propose(request: HttpRequest, body: CandidateIn) -> TestedOut:
    """Put an enterprise forward; one that stands already is refused, so that it is done once."""
    entity = _organisation(body.entity)
    figures = {
        row.year: YearEmissions(row.total_tco2e, row.power_tco2e, row.energy_tce)
        for row in body.emissions
    }
    (tested,) = roster.propose_entities(
        [roster.Candidate(entity, figures, industrial=body.industrial)],
        year=body.year,
        **_by(request),
    )
    return TestedOut(
        case=_number(LISTING, f"{entity.code}/{body.year}"),
        managed_tco2e=tested.managed_tco2e,
        flagged=tested.flagged,
        working=steps_out(tested.explanation.as_json()),
    )


@router.post("/removals", response=answers(CaseNumberOut))
@within("roster.propose_removal")
def propose_removal(request: HttpRequest, body: RemovalIn) -> CaseNumberOut:
    """Propose that an entity leaves the list; one proposed already is refused."""
    removal = roster.propose_removal(
        organisation=_organisation(body.entity),
        ground=_ground(body),
        effective_year=body.effective_year,
        **_by(request),
    )
    return CaseNumberOut(case=_number(LISTING, removal.candidacy.subject))


@router.get("/standards", response=answers(list[StandardOut]))
@public
def standards(request: HttpRequest) -> list[StandardOut]:
    """The scales adopted since the plan."""
    names = StandardOut.model_fields
    return [StandardOut(**{n: getattr(row, n) for n in names}) for row in lists.standards()]


@router.post("/standards", response=answers(StandardOut))
@within("roster.adopt_standard")
def adopt(request: HttpRequest, body: StandardIn) -> StandardOut:
    """Let a new scale take effect; a year has one."""
    given = body.model_dump()
    given["threshold_tco2e"] = WholeTonnes(body.threshold_tco2e)
    by = _by(request)
    roster.adopt_standard(standard=roster.NewStandard(**given), acting=by["acting"], at=by["at"])
    return StandardOut(**given)


@router.post("/lists/{year}/continue", response=answers(YearOut))
@within("parties.list_entities")
def continue_list(request: HttpRequest, year: int) -> YearOut:
    """Build the list of a year from that of the year before; again it gains nobody."""
    return YearOut(year=year, entities=roster.continue_list(year=year, **_by(request)))


@router.post("/lists/{year}/publish", response=answers(YearOut))
@within("roster.publish_list")
def publish(request: HttpRequest, year: int) -> YearOut:
    """Publish the list of a year; one that did not change is refused."""
    by = _by(request)
    made = roster.publish_list(year=year, acting=by["acting"], at=by["at"])
    return YearOut(year=year, entities=len(made.rows))


@router.get("/changes", response=answers(list[ChangeOut]))
@within("change_registration.read")
def changes(request: HttpRequest) -> list[ChangeOut]:
    """The reported changes within reach, newest first."""
    reach = parties.within_reach(acting_of(request), "change_registration.read")
    return [
        ChangeOut(
            case=case.pk,
            entity=change.organisation.code,
            kind=change.kind,
            state=case.state,
            reported_at=change.reported_at,
            plan=change.plan,
        )
        for change, case in lists.changes(reach)
    ]


@router.post("/changes", response=answers(CaseNumberOut))
@within("roster.report_change")
def report(request: HttpRequest, body: ChangeIn) -> CaseNumberOut:
    """Report a change of one's own registration; while one is under way no other is taken."""
    acting = acting_of(request)
    plan = Plan(
        kind=body.kind,
        predecessors=tuple(body.predecessors) or (acting.organisation,),
        successors=tuple(body.successors),
        takes_duties=body.takes_duties,
        shares=tuple(Share(**share.model_dump()) for share in body.shares),
        name=body.name,
    )
    change = roster.report_change(
        organisation=parties.organisation(acting_of(request).organisation),
        plan=plan,
        reason=body.reason,
        acting=acting,
        at=clock.now(request),
    )
    return CaseNumberOut(case=_number(CHANGE, change.subject))


def _by(request: HttpRequest) -> dict[str, Any]:
    acting: Acting = acting_of(request)
    return {"law": law(settings.JURISDICTION), "acting": acting, "at": clock.now(request)}


def _organisation(code: str) -> Organisation:
    found = parties.organisations([code]).first()
    if found is None:
        raise NotUnderstood(field="entity", name="entity", why=code)
    return found


def _number(procedure: Procedure, subject: str) -> int:
    case = casework.case(procedure, subject)
    assert case is not None, "it was opened or moved just now"
    return case.pk


def _ground(body: RemovalIn) -> Ground:
    match body.ground:
        case "below_scale":
            return BelowScale()
        case "ceased" if body.ceased_date is not None and body.emissions_tco2e is not None:
            return Ceased(body.ceased_date, body.emissions_tco2e, body.evidence)
        case "national" if body.from_year is not None:
            return National(body.from_year, body.evidence, body.remaining_tco2e)
    why = "below_scale, ceased with ceased_date and emissions_tco2e, or national with from_year"
    raise NotUnderstood(field="ground", name="ground", why=why)


def _entity(entity: Organisation, place: lists.Place | None) -> EntityOut:
    return EntityOut(
        code=entity.code,
        number=entity.number,
        name=entity.name,
        district=entity.district,
        industry=entity.industry,
        state=place.case.state if place else None,
        case=place.case.pk if place else None,
    )
