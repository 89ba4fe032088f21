"""What may be asked about organisations and the list."""

from django.db.models import QuerySet

from openets.kernel.acting import Acting
from openets.parties.models import Listing, Membership, Organisation, Person
from openets.parties.operations import NotOnTheList
from openets.parties.roles import Role


def organisation(code: str) -> Organisation:
    """The organisation of a code; Organisation.DoesNotExist when there is none."""
    return Organisation.objects.get(code=code)


def entities(year: int) -> QuerySet[Organisation]:
    """The key emitting entities on the list of a year, in the order of the list."""
    return Organisation.objects.filter(listings__year=year).order_by("number")


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


def acting_as(person: Person) -> Acting | None:
    """How a signed-in person acts: in the first of their memberships, or not at all."""
    membership = (
        Membership.objects.select_related("organisation").filter(person=person).order_by("id")
    ).first()
    if membership is None:
        return None
    return Acting(person.username, membership.role, membership.organisation.code)


def members_by_role() -> list[Membership]:
    """One membership of each role, for the demo's sign-in page."""
    seen: dict[str, Membership] = {}
    for membership in Membership.objects.select_related("person", "organisation").order_by("id"):
        seen.setdefault(membership.role, membership)
    return [seen[role] for role in Role if role in seen]
