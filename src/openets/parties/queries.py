"""What may be asked about organisations, people, their rights and the list."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Count, Min, Q, QuerySet

from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.refusal import Refusal
from openets.parties.capacity import Capacity
from openets.parties.matrix import Scope, matter_of, scope
from openets.parties.models import (
    AccessToken,
    Designation,
    Invitation,
    Listing,
    Membership,
    Organisation,
    Person,
    Succession,
)
from openets.parties.operations import NotOnTheList
from openets.parties.roles import TITLES, Role
from openets.parties.secret import digest_of
from openets.parties.staff import StaffMustNotTrade as StaffMustNotTrade  # noqa: PLC0414 - passed on
from openets.parties.staff import barred_among as barred_among  # noqa: PLC0414 - passed on
from openets.parties.staff import must_not_be_staff as must_not_be_staff  # noqa: PLC0414 - passed on
from openets.select import Select

_TOKEN = Select(
    AccessToken,
    "t.digest = %s",
    along=["membership", "membership__person", "membership__organisation"],
)

PUBLIC = Acting("", Role.PUBLIC, "")
"""Whoever looks without signing in."""


class NotDesignated(Refusal):
    """Nobody holds the designation on the day."""

    code = "not_designated"
    article = "CQETS-5"
    zh = "{day} 尚未指定{role_zh}"
    en = "No {role_en} is designated on {day}"
    remedy_zh = "请由市生态环境局先行指定"
    remedy_en = "Let the city bureau designate one first"


class OutsideYourScope(Refusal):
    """The role may do this, but not for that organisation."""

    code = "outside_your_scope"
    article = "CQETS-4.6"
    zh = "{organisation} 不属于本单位或本辖区，无权办理“{matter_zh}”"
    en = "{organisation} is neither yours nor in your area; you may not do “{matter_en}” for it"
    remedy_zh = "只能办理本单位、本辖区的事项"
    remedy_en = "Act on your own matters or those of your own area"


class NoSuchOrganisation(Refusal):
    """Nobody is registered under this code."""

    code = "no_such_organisation"
    article = "CQETS-4"
    zh = "没有编号为 {organisation} 的单位"
    en = "No organisation has the code {organisation}"
    remedy_zh = "请在单位目录中查找"
    remedy_en = "Look it up in the directory"


class NoSuchPerson(Refusal):
    """Nobody signs in by this name, or not for this organisation."""

    code = "no_such_person"
    article = "CQETS-4"
    zh = "{organisation} 没有人员 {person}"
    en = "{organisation} has nobody called {person}"
    remedy_zh = "请核对账号"
    remedy_en = "Check the user name"


class NoSuchEntity(Refusal):
    """The list has no entity of this number."""

    code = "no_such_entity"
    article = "CQ208-A1.L"
    zh = "名录中没有序号为 {number} 的重点排放单位"
    en = "The list has no key emitting entity of the number {number}"
    remedy_zh = "请在名录中查找该单位"
    remedy_en = "Look the entity up in the list"


def organisation(code: str) -> Organisation:
    """The organisation of a code; Organisation.DoesNotExist when there is none."""
    return Organisation.objects.get(code=code)


def registered(code: str) -> Organisation:
    """The organisation of a code that somebody typed.

    Raises:
        NoSuchOrganisation.
    """
    one = Organisation.objects.filter(code=code).first()
    if one is None:
        raise NoSuchOrganisation(organisation=code)
    return one


def entity(number: int) -> Organisation:
    """The key emitting entity of a number on the list.

    Raises:
        NoSuchEntity.
    """
    found = Organisation.objects.filter(number=number, role=Role.KEY_EMITTING_ENTITY).first()
    if found is None:
        raise NoSuchEntity(number=number)
    return found


def everybody() -> QuerySet[Organisation]:
    """Every organisation, in the order of the list, then by code."""
    return Organisation.objects.order_by("number", "code")


def named(name: str) -> Organisation | None:
    """Who has this code, credit code, or number on the list; None where nobody has."""
    by_name = Q(code=name) | Q(credit_code=name) & ~Q(credit_code="")
    if name.isascii() and name.isdecimal():
        by_name |= Q(number=int(name))
    return Organisation.objects.filter(by_name).order_by("id").first()


def organisations(codes: Collection[str]) -> QuerySet[Organisation]:
    """The organisations of these codes."""
    return Organisation.objects.filter(code__in=codes).order_by("code")


def found(among: QuerySet[Organisation], text: str, role: str = "") -> QuerySet[Organisation]:
    """The organisations whose name, code or credit code has the text, in a role if one is asked."""
    if text:
        among = among.filter(
            Q(name__icontains=text) | Q(code__icontains=text) | Q(credit_code__icontains=text)
        )
    return among.filter(role=role) if role else among


def of_role(role: Role) -> QuerySet[Organisation]:
    """The organisations of a role, in the order of the list."""
    return Organisation.objects.filter(role=role).order_by("number", "code")


def with_credit_code() -> QuerySet[Organisation]:
    """The organisations whose unified social credit code is on file."""
    return Organisation.objects.exclude(credit_code="").order_by("code")


def designated(role: Role, on: date) -> Organisation | None:
    """Who is designated as registration agency or exchange on a day. Source: CQETS-5."""
    rows = Designation.objects.filter(role=role, from_date__lte=on).select_related("organisation")
    latest = rows.order_by("-from_date").first()
    return latest.organisation if latest else None


def must_be_designated(role: Role, on: date) -> Organisation:
    """Refuse what only a designated institution may carry on. Source: CQETS-5.

    Raises:
        NotDesignated.
    """
    found = designated(role, on)
    if found is None:
        raise NotDesignated(role_zh=TITLES[role][0], role_en=TITLES[role][1].lower(), day=on)
    return found


def entities(year: int) -> QuerySet[Organisation]:
    """The key emitting entities on the list of a year, in the order of the list."""
    on_list = Listing.objects.filter(year=year, removed_at__isnull=True)
    return Organisation.objects.filter(listings__in=on_list).order_by("number")


def list_labels(year: int) -> tuple[list[str], list[str]]:
    """The districts and the industries on the list of a year, in the order of the list."""
    pairs = entities(year).values("district", "industry").annotate(first=Min("number"))
    rows = list(pairs.order_by("first").values_list("district", "industry"))
    districts, industries = ([row[n] for row in rows] for n in (0, 1))
    return list(dict.fromkeys(districts)), list(dict.fromkeys(industries))


def entity_counts() -> dict[int, int]:
    """How many entities are on the list of each year."""
    rows = Listing.objects.filter(removed_at__isnull=True)
    return dict(rows.order_by("year").values_list("year").annotate(n=Count("id")))


def listed_since(organisation: Organisation) -> datetime | None:
    """When an entity was first put on the list (列入名录)."""
    rows = Listing.objects.filter(organisation=organisation, removed_at__isnull=True)
    first = rows.order_by("listed_at").first()
    return first.listed_at if first else None


def listed_years(organisation: Organisation) -> list[int]:
    """The years in which an entity is on the list."""
    rows = Listing.objects.filter(organisation=organisation, removed_at__isnull=True)
    return sorted(rows.values_list("year", flat=True))


def left_list_at(organisation: Organisation) -> datetime | None:
    """When an entity left the list (移出名录), if the last list it stood on has it no more."""
    last = Listing.objects.filter(organisation=organisation).order_by("-year").first()
    return last.removed_at if last else None


def must_be_listed(organisation: Organisation, year: int) -> None:
    """Refuse a unit that is not on the list of the year.

    Raises:
        NotOnTheList.
    """
    if year not in listed_years(organisation):
        raise NotOnTheList(name=organisation.name, year=year)


def successors(organisation: Organisation) -> list[Succession]:
    """Who followed an organisation by merger or division, and who took its duties."""
    return list(organisation.successions.select_related("successor"))


def memberships(on: date) -> QuerySet[Membership]:
    """Who acts for whom on a day: from the first day, and until the last, exclusive."""
    return _in_force(on).select_related("person", "organisation")


def memberships_of(person: Person, on: date) -> list[Membership]:
    """All memberships of a person in force on a day; one is chosen to act in."""
    found = list(_in_force(on).filter(person=person).select_related("organisation"))
    for membership in found:
        membership.person = person
    return found


def membership_of(person: Person, on: date) -> Membership | None:
    """The first of a person's memberships in force on a day, in which they act."""
    return _in_force(on).filter(person=person).select_related("organisation").first()


def acting_as(person: Person, on: date) -> Acting | None:
    """How a person acts on a day: in the first of their memberships in force, or not at all."""
    membership = membership_of(person, on)
    if membership is None:
        return None
    return Acting(person.username, membership.role, membership.organisation.code)


def latest_membership(username: str) -> Membership | None:
    """For whom a person acts or last acted; none for a name that is nobody's."""
    rows = Membership.objects.filter(person__username=username)
    return rows.select_related("person", "organisation").order_by("-from_date", "-id").first()


def person_called(name: str) -> Person | None:
    """Who signs in by this user name, mobile number or mail address."""
    return Person.objects.called(name)


def invitation_of(person: Person, at: datetime) -> Invitation | None:
    """The invitation a person has not used yet, if its link still works."""
    return person.invitations.filter(used_at=None, expires_at__gt=at).first()


def invited(secret: str, at: datetime) -> Person | None:
    """Whom the link of an invitation still lets set a password."""
    rows = Invitation.objects.filter(digest=digest_of(secret), used_at=None, expires_at__gt=at)
    found = rows.select_related("person").filter(person__is_active=True).first()
    return found.person if found else None


def token_holder(token: str, on: date) -> Membership | None:
    """In whose membership a program asks that shows this token, by one short query."""
    found = _TOKEN.first(digest_of(token))
    if found is None or not found.is_valid(on) or not found.membership.person.is_active:
        return None
    return found.membership


def tokens_of(person: Person) -> list[AccessToken]:
    """The tokens a person has made, the newest first."""
    rows = AccessToken.objects.filter(membership__person=person)
    return list(rows.select_related("membership__organisation"))


def people_of(organisation: Organisation) -> list[Membership]:
    """Everybody who acts, will act or acted for an organisation, the latest first."""
    rows = Membership.objects.filter(organisation=organisation)
    rows = rows.select_related("person", "organisation")
    return list(rows.order_by("-from_date", "-id"))


def member(organisation: Organisation, username: str) -> Person:
    """Somebody who acts, will act or acted for an organisation.

    Raises:
        NoSuchPerson.
    """
    rows = Person.objects.filter(username=username, memberships__organisation=organisation)
    one = rows.first()
    if one is None:
        raise NoSuchPerson(organisation=organisation.name, person=username)
    return one


def endings(organisations: QuerySet[Organisation], on: date, until: date) -> list[Membership]:
    """Whose authority for these organisations ends after a day and until another, soonest first."""
    rows = memberships(on).filter(organisation__in=organisations, until_date__lte=until)
    return list(rows.order_by("until_date", "id"))


def designations(organisation: Organisation) -> list[Designation]:
    """Since when an organisation was designated as registration agency or exchange."""
    return list(organisation.designations.all())


def representative(organisation: Organisation, on: date) -> Person | None:
    """Who is told and asked first: the primary representative, else the first alternate."""
    rows = memberships(on).filter(organisation=organisation)
    for capacity in (Capacity.REPRESENTATIVE, Capacity.ALTERNATE):
        found = rows.filter(capacity=capacity).first()
        if found:
            return found.person
    return None


def members_by_role(on: date) -> list[Membership]:
    """One membership of each role, for the demo's sign-in page."""
    seen: dict[str, Membership] = {}
    for membership in memberships(on):
        seen.setdefault(membership.role, membership)
    return [seen[role] for role in Role if role in seen]


def may(
    acting: Acting,
    operation: str,
    subject: Organisation | None = None,
    *,
    assigned: Collection[str] = (),
) -> bool:
    """Whether somebody may do an operation for a subject by the roles matrix.

    `operation` is named as in `parties.matrix.matter_of`. Without a subject the answer is about
    everybody's matters at once. `assigned` are the codes of the organisations whose matters the
    acting one was given to work on. Source: CQETS-4, CQETS-4.6.
    """
    reach = scope(Role(acting.role), operation)
    if reach is None or (subject is None and reach != Scope.ALL):
        return False
    match reach:
        case Scope.OWN:
            return _is_own(acting, subject)
        case Scope.ASSIGNED:
            return _is_own(acting, subject) or (subject is not None and subject.code in assigned)
        case Scope.OWN_AREA:
            return subject is not None and subject.district == _area(acting)
        case Scope.ALL:
            return True


def must_be_allowed(
    acting: Acting, operation: str, subject: Organisation, *, assigned: Collection[str] = ()
) -> None:
    """Refuse an operation that the roles matrix does not grant for this subject.

    Raises:
        NotYourRole: the role may not do it for anybody.
        OutsideYourScope: not for this one.
    """
    matter, asked = matter_of(operation)
    if scope(Role(acting.role), operation) is None:
        allowed = (role for role, rights in matter.rights.items() if set(asked) & rights.keys())
        raise NotYourRole(role=acting.role, allowed=", ".join(allowed), article=matter.article)
    if not may(acting, operation, subject, assigned=assigned):
        raise OutsideYourScope(
            organisation=subject.name, matter_zh=matter.zh, matter_en=matter.en.lower()
        )


def within_reach(
    acting: Acting, operation: str, *, assigned: Collection[str] = ()
) -> QuerySet[Organisation]:
    """The organisations for which somebody may do an operation: the scope of every list.

    Source: CQETS-4, CQETS-4.6.
    """
    found = everybody()
    match scope(Role(acting.role), operation):
        case None:
            return found.none()
        case Scope.OWN:
            return found.filter(code=acting.organisation)
        case Scope.ASSIGNED:
            return found.filter(code__in={acting.organisation, *assigned})
        case Scope.OWN_AREA:
            return found.filter(district=_area(acting)).exclude(district="")
        case Scope.ALL:
            return found


def _in_force(on: date) -> QuerySet[Membership]:
    in_force = Q(until_date__isnull=True) | Q(until_date__gt=on)
    return Membership.objects.filter(in_force, from_date__lte=on).order_by("id")


def _is_own(acting: Acting, subject: Organisation | None) -> bool:
    return subject is not None and subject.code == acting.organisation


def _area(acting: Acting) -> str:
    """The district in which the acting organisation is competent."""
    area = organisation(acting.organisation).district
    assert area, "whose rights end at an area has one"
    return area
