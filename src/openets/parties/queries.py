"""What may be asked about organisations and the list."""

from datetime import datetime

from django.db.models import Count, Min, QuerySet

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.models import Listing, Membership, Organisation, Person
from openets.parties.operations import NotOnTheList
from openets.parties.roles import Role


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


def entity(number: int) -> Organisation:
    """The key emitting entity of a number on the list.

    Raises:
        NoSuchEntity.
    """
    found = Organisation.objects.filter(number=number, role=Role.KEY_EMITTING_ENTITY).first()
    if found is None:
        raise NoSuchEntity(number=number)
    return found


def entities(year: int) -> QuerySet[Organisation]:
    """The key emitting entities on the list of a year, in the order of the list."""
    return Organisation.objects.filter(listings__year=year).order_by("number")


def list_labels(year: int) -> tuple[list[str], list[str]]:
    """The districts and the industries on the list of a year, in the order of the list."""
    pairs = entities(year).values("district", "industry").annotate(first=Min("number"))
    rows = list(pairs.order_by("first").values_list("district", "industry"))
    districts, industries = ([row[n] for row in rows] for n in (0, 1))
    return list(dict.fromkeys(districts)), list(dict.fromkeys(industries))


def entity_counts() -> dict[int, int]:
    """How many entities are on the list of each year."""
    return dict(Listing.objects.order_by("year").values_list("year").annotate(n=Count("id")))


def listed_since(organisation: Organisation) -> datetime | None:
    """When an entity was first put on the list (列入名录)."""
    first = Listing.objects.filter(organisation=organisation).order_by("listed_at").first()
    return first.listed_at if first else None


def listed_years(organisation: Organisation) -> list[int]:
    """The years in which an entity is on the list."""
    years = Listing.objects.filter(organisation=organisation).values_list("year", flat=True)
    return sorted(years)


def must_be_listed(organisation: Organisation, year: int) -> None:
    """Refuse a unit that is not on the list of the year.

    Raises:
        NotOnTheList.
    """
    if not Listing.objects.filter(organisation=organisation, year=year).exists():
        raise NotOnTheList(name=organisation.name, year=year)


def membership_of(person: Person) -> Membership | None:
    """The first of a person's memberships, in which they act."""
    own = Membership.objects.select_related("organisation", "person").filter(person=person)
    return own.order_by("id").first()


def acting_as(person: Person) -> Acting | None:
    """How a signed-in person acts: in the first of their memberships, or not at all."""
    membership = membership_of(person)
    if membership is None:
        return None
    return Acting(person.username, membership.role, membership.organisation.code)


def members_by_role() -> list[Membership]:
    """One membership of each role, for the demo's sign-in page."""
    seen: dict[str, Membership] = {}
    for membership in Membership.objects.select_related("person", "organisation").order_by("id"):
        seen.setdefault(membership.role, membership)
    return [seen[role] for role in Role if role in seen]
