"""What the pages of people and organisations show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from allauth.usersessions.models import UserSession

from openets.parties import queries as parties
from openets.parties.capacity import CAPACITY_TITLES, Capacity
from openets.parties.models import (
    Designation,
    FormerName,
    Membership,
    Organisation,
    Succession,
)
from openets.parties.roles import TITLES, Role
from openets.web.language import Said
from openets.web.parts import Status


@dataclass(frozen=True, slots=True)
class Door:
    """A way into the demo: one person for each role."""

    membership: int
    role: Said
    organisation: str
    person: str


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A membership one may act in."""

    number: int
    organisation: str
    code: str
    role: Said
    capacity: Said
    from_date: date
    until_date: date | None
    is_chosen: bool

    @classmethod
    def of(cls, membership: Membership, *, is_chosen: bool) -> Self:
        """The row of a membership."""
        return cls(
            number=membership.pk,
            organisation=membership.organisation.name,
            code=membership.organisation.code,
            role=Said(*TITLES[Role(membership.role)]),
            capacity=Said(*CAPACITY_TITLES[Capacity(membership.capacity)]),
            from_date=membership.from_date,
            until_date=membership.until_date,
            is_chosen=is_chosen,
        )


BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux")
"""What a browser says it is; the more special word stands before one that others use too."""


def _device(agent: str) -> str:
    """A browser and its system in two words; anything unknown as it calls itself."""
    found = [next((word for word in known if word in agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(found).replace("Edg", "Edge").replace("OPR", "Opera") if all(found) else agent


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Where and since when a person is signed in."""

    address: str
    device: str
    began_at: datetime
    is_this: bool

    @classmethod
    def of(cls, session: UserSession) -> Self:
        """The row of a session."""
        return cls(
            session.ip, _device(session.user_agent), session.created_at, session.is_current()
        )


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation in the directory."""

    code: str
    name: str
    role: Said
    district: str
    industry: str
    credit_code: str

    @classmethod
    def of(cls, one: Organisation) -> Self:
        """The row of an organisation."""
        role = Said(*TITLES[Role(one.role)])
        return cls(one.code, one.name, role, one.district, one.industry, one.credit_code)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person in one membership of an organisation."""

    organisation: str
    code: str
    username: str
    name: str
    mobile: str
    email: str
    capacity: Said
    basis: str
    from_date: date
    until_date: date | None
    status: Status

    @classmethod
    def of(cls, membership: Membership, today: date) -> Self:
        """The row of a membership as it stands on a day."""
        person = membership.person
        return cls(
            organisation=membership.organisation.name,
            code=membership.organisation.code,
            username=person.username,
            name=person.display_name,
            mobile=person.mobile,
            email=person.email,
            capacity=Said(*CAPACITY_TITLES[Capacity(membership.capacity)]),
            basis=membership.basis,
            from_date=membership.from_date,
            until_date=membership.until_date,
            status=_standing(membership, today),
        )


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """Everything registered of an organisation, and its people."""

    row: OrganisationRow
    number: int | None
    former_names: Sequence[FormerName]
    successions: Sequence[Succession]
    designations: Sequence[Designation]
    people: Sequence[MemberRow]

    @classmethod
    def of(cls, one: Organisation, *, today: date) -> Self:
        """The page of an organisation on a day."""
        return cls(
            row=OrganisationRow.of(one),
            number=one.number,
            former_names=list(one.former_names.all()),
            successions=parties.successors(one),
            designations=parties.designations(one),
            people=[MemberRow.of(membership, today) for membership in parties.people_of(one)],
        )


def _standing(membership: Membership, today: date) -> Status:
    if membership.is_in_force(today):
        return Status(Said("有效", "in force"), "good")
    if today < membership.from_date:
        return Status(Said("未开始", "not yet"), "info")
    return Status(Said("已终止", "ended"))
