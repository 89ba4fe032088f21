"""Organisations, their people and who asks, for programs."""

from datetime import date, datetime
from typing import Annotated

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from openets.kernel.acting import Acting
from openets.parties import operations as operating
from openets.parties import queries as parties
from openets.parties.capacity import Capacity
from openets.parties.models import Membership, Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.web import clock
from openets.web.guards import acting_of, must_reach, signed_in, within
from openets.web.people.invited import link_of, send
from openets.web.schemas import answers

router = Router(tags=["organisations and people"])


class ActingOut(Schema):
    """Who asks, in which role and for whom."""

    person: str
    role: str
    organisation: str


class AskedIn(Schema):
    """Filters and page; an empty filter asks for all one reaches."""

    text: str = Field("", description="part of the name, the code or the credit code")
    role: str = ""
    page: Annotated[int, Field(ge=1)] = 1
    size: Annotated[int, Field(ge=1, le=500)] = 100


class OrganisationIn(Schema):
    """What is registered of an organisation; `code` is its reference: sent twice, done once."""

    code: str = Field(max_length=40, pattern=r"^[\w.-]+$")
    name: str = Field(max_length=120)
    role: Role
    district: str = ""
    industry: str = ""
    credit_code: str = Field("", max_length=18)


class OrganisationOut(Schema):
    """An organisation as registered."""

    code: str
    name: str
    role: str
    district: str
    industry: str
    credit_code: str
    number: int | None
    synthetic: bool


class OrganisationsOut(Schema):
    """A page of organisations."""

    count: int
    page: int
    pages: int
    items: list[OrganisationOut]


class MemberOut(Schema):
    """A person in one membership; `until_date` is the first day on which they do not act."""

    username: str
    name: str
    capacity: str
    basis: str
    from_date: date
    until_date: date | None
    in_force: bool


class PersonIn(Schema):
    """Who somebody is: one person, one account, one mobile number."""

    username: str = Field(max_length=150, pattern=r"^[\w.@+-]+$")
    display_name: str = Field(max_length=60)
    mobile: str = Field("", max_length=20)
    email: str = Field("", max_length=254)
    basis: str = Field("", max_length=120, description="the letter of authority")


class MemberIn(PersonIn):
    """Somebody who shall act; the same again changes nothing."""

    capacity: Capacity = Capacity.MEMBER
    from_date: date | None = None
    until_date: date | None = None


class HandOverIn(PersonIn):
    """Who follows, and the first day on which they act."""

    on_date: date


class EndIn(Schema):
    """The first day on which the person no longer acts."""

    until_date: date


class DesignateIn(Schema):
    """From when."""

    from_date: date


class InvitationOut(Schema):
    """The one-time link; it is not shown again."""

    link: str
    expires_at: datetime


@router.get("/me", response=answers(ActingOut))
@signed_in
def me(request: HttpRequest) -> Acting:
    """In which role this session or token asks."""
    return acting_of(request)


@router.get("/organisations", response=answers(OrganisationsOut))
@within("people.read")
def organisations(request: HttpRequest, asked: Query[AskedIn]) -> OrganisationsOut:
    """The organisations one reaches."""
    reach = parties.within_reach(acting_of(request), "people.read")
    rows = Paginator(parties.found(reach, asked.text, asked.role), asked.size)
    shown = rows.get_page(asked.page)
    return OrganisationsOut(
        count=rows.count,
        page=shown.number,
        pages=rows.num_pages,
        items=[OrganisationOut.from_orm(one) for one in shown],
    )


@router.post("/organisations", response=answers(OrganisationOut))
@within("parties.register_organisations")
def register(request: HttpRequest, body: OrganisationIn) -> Organisation:
    """Register an organisation; the same again changes nothing."""
    made = operating.register_organisations(
        [NewOrganisation(**body.dict(), synthetic=settings.DEMO)],
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return made[body.code]


@router.get("/organisations/{code}", response=answers(OrganisationOut))
@within("people.read")
def organisation(request: HttpRequest, code: str) -> Organisation:
    """One organisation."""
    return _reached(request, "people.read", code)[0]


@router.get("/organisations/{code}/people", response=answers(list[MemberOut]))
@within("people.read")
def people(request: HttpRequest, code: str) -> list[MemberOut]:
    """Everybody who acts, will act or acted for an organisation, the latest first."""
    one, _ = _reached(request, "people.read", code)
    return _people(one, clock.today(request))


@router.post("/organisations/{code}/people", response=answers(list[MemberOut]))
@within("parties.add_member")
def add_member(request: HttpRequest, code: str, body: MemberIn) -> list[MemberOut]:
    """Let a person act for an organisation; tells all its people."""
    one, acting = _reached(request, "parties.add_member", code)
    operating.add_member(**body.dict(), organisation=one, acting=acting, at=clock.now(request))
    return _people(one, clock.today(request))


@router.post("/organisations/{code}/people/{username}/end", response=answers(list[MemberOut]))
@within("parties.end_membership")
def end(request: HttpRequest, code: str, username: str, body: EndIn) -> list[MemberOut]:
    """End a person's authority on a day; tells all people of the organisation."""
    one, acting = _reached(request, "parties.end_membership", code)
    operating.end_membership(
        person=parties.member(one, username),
        organisation=one,
        until_date=body.until_date,
        acting=acting,
        at=clock.now(request),
    )
    return _people(one, clock.today(request))


@router.post("/organisations/{code}/people/{username}/hand-over", response=answers(list[MemberOut]))
@within("parties.hand_over")
def hand_over(request: HttpRequest, code: str, username: str, body: HandOverIn) -> list[MemberOut]:
    """Let one person follow another in the same capacity; tells all people."""
    one, acting = _reached(request, "parties.hand_over", code)
    operating.hand_over(
        leaving=parties.member(one, username),
        **body.dict(),
        organisation=one,
        acting=acting,
        at=clock.now(request),
    )
    return _people(one, clock.today(request))


@router.post("/organisations/{code}/people/{username}/invitation", response=answers(InvitationOut))
@within("parties.invite")
def invite(request: HttpRequest, code: str, username: str) -> InvitationOut:
    """Make the link by which a person sets a password; an earlier one no longer works."""
    one, acting = _reached(request, "parties.invite", code)
    person, now = parties.member(one, username), clock.now(request)
    secret = operating.invite(person=person, law=law(settings.JURISDICTION), acting=acting, at=now)
    link, made = link_of(request, secret), parties.invitation_of(person, now)
    assert made is not None, "it was made just now"
    send(person, link)
    return InvitationOut(link=link, expires_at=made.expires_at)


@router.post("/organisations/{code}/designation", response=answers(OrganisationOut))
@within("parties.designate")
def designate(request: HttpRequest, code: str, body: DesignateIn) -> Organisation:
    """Designate the registration agency or the exchange from a day on."""
    one, acting = _reached(request, "parties.designate", code)
    operating.designate(
        organisation=one, from_date=body.from_date, acting=acting, at=clock.now(request)
    )
    return one


def _reached(request: HttpRequest, operation: str, code: str) -> tuple[Organisation, Acting]:
    one = parties.registered(code)
    return one, must_reach(request, operation, one)


def _people(one: Organisation, today: date) -> list[MemberOut]:
    return [_member(membership, today) for membership in parties.people_of(one)]


def _member(membership: Membership, today: date) -> MemberOut:
    return MemberOut(
        username=membership.person.username,
        name=membership.person.display_name,
        capacity=membership.capacity,
        basis=membership.basis,
        from_date=membership.from_date,
        until_date=membership.until_date,
        in_force=membership.is_in_force(today),
    )
