"""Responsibility of the districts, for programs."""

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.supervision import districts, operations
from openets.web import clock
from openets.web.guards import acting_of, within
from openets.web.schemas import answers
from openets.web.supervision.districts import lead_of, percent_of, rows_of

router = Router(tags=["supervision"])


class DistrictOut(Schema):
    """A row of the completion table; `responsible` is empty where nobody is named."""

    district: str
    entities: int
    fulfilled: int
    fulfilled_percent: str
    responsible: str


class CompletionOut(Schema):
    """The table of a year and the assessment in which it counts."""

    year: int
    assessment_year: int
    items: list[DistrictOut]


class LeadIn(Schema):
    """The account of the person; naming the same again changes nothing."""

    person: str = Field(max_length=150)


class LeadOut(Schema):
    """Who is responsible now."""

    bureau: str
    person: str


@router.get("/district-completion/{year}", response=answers(CompletionOut))
@within("district_assessment.read")
def completion(request: HttpRequest, year: int) -> CompletionOut:
    """How many entities of each district within reach met a year's duty in time."""
    return CompletionOut(
        year=year,
        assessment_year=districts.assessment_year(year, law(settings.JURISDICTION)),
        items=[
            DistrictOut(
                district=row.district,
                entities=row.entities,
                fulfilled=row.fulfilled,
                fulfilled_percent=percent_of(row),
                responsible=lead_of(row),
            )
            for row in rows_of(request, acting_of(request), year)
        ],
    )


@router.post("/district-lead", response=answers(LeadOut))
@within("supervision.name_lead")
def name_lead(request: HttpRequest, body: LeadIn) -> LeadOut:
    """Name who is responsible for surrender in the district of the bureau one acts for."""
    acting = acting_of(request)
    bureau = parties.organisation(acting.organisation)
    lead = operations.name_lead(
        bureau=bureau,
        person=parties.member(bureau, body.person),
        acting=acting,
        at=clock.now(request),
    )
    return LeadOut(bureau=bureau.code, person=lead.person.username)
