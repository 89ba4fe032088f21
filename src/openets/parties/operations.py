"""What may happen to organisations, people and the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.models import Listing, Membership, Organisation, Person
from openets.parties.roles import Role
from openets.rulebook.load import Law


class CodeTaken(Refusal):
    """An organisation's code or list number is in use for something else."""

    code = "organisation_code_taken"
    zh = "编号 {taken} 已被其他单位使用"
    en = "The code {taken} belongs to another organisation"
    remedy_zh = "请核对编号；同一单位不得重复登记"
    remedy_en = "Check the code; an organisation is registered once"


class NotOnTheList(Refusal):
    """The unit is no key emitting entity of the year."""

    code = "not_listed"
    article = "CQETS-7"
    zh = "{name} 不在 {year} 年度重点排放单位名录内"
    en = "{name} is not on the list of key emitting entities of {year}"
    remedy_zh = "如应纳入，请由市生态环境局先列入名录"
    remedy_en = "If it should be, the city bureau lists it first"


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """What is registered of an organisation."""

    code: str
    name: str
    role: Role
    district: str = ""
    industry: str = ""
    number: int | None = None
    synthetic: bool = False


@transaction.atomic
def register_organisations(
    organisations: Sequence[NewOrganisation], *, acting: Acting, at: datetime
) -> dict[str, Organisation]:
    """Register organisations; those already registered alike are left as they are.

    Returns all of them by code. Source: CQ208-A1.L, CQETS-5.

    Raises:
        CodeTaken: a code stands for another organisation.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    codes = [new.code for new in organisations]
    known = {o.code: o for o in Organisation.objects.select_for_update().filter(code__in=codes)}
    for new in organisations:
        if new.code in known and known[new.code].name != new.name:
            raise CodeTaken(taken=new.code)
    fresh = [
        Organisation(
            code=new.code,
            name=new.name,
            role=new.role,
            district=new.district,
            industry=new.industry,
            number=new.number,
            synthetic=new.synthetic,
        )
        for new in organisations
        if new.code not in known
    ]
    known |= {made.code: made for made in Organisation.objects.bulk_create(fresh)}
    journal.record_many(
        [
            journal.Record(
                operation="parties.register",
                subject=made.code,
                acting=acting,
                at=at,
                article="CQETS-4",
                content={"name": made.name, "role": made.role, "district": made.district},
            )
            for made in fresh
        ]
    )
    return known


@transaction.atomic
def list_entities(
    *,
    organisations: Sequence[Organisation],
    year: int,
    source: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> int:
    """Put entities on the list (名录) of a year; tell how many were new. Source: CQETS-7.

    Raises:
        NotYourRole: only the city bureau lists.
        NoValueForTime: the year has no inclusion threshold.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4.6")
    threshold = law.for_year("list.threshold_tco2e", year)
    on_list = set(Listing.objects.filter(year=year).values_list("organisation_id", flat=True))
    fresh = [o for o in organisations if o.pk not in on_list]
    Listing.objects.bulk_create(
        Listing(organisation=o, year=year, listed_at=at, source=source) for o in fresh
    )
    journal.record(
        operation="parties.list",
        subject=f"list/{year}",
        acting=acting,
        at=at,
        article=source,
        content={"entities": [o.code for o in fresh], "threshold_tco2e": threshold.text},
    )
    return len(fresh)


@transaction.atomic
def add_member(
    *, username: str, display_name: str, organisation: Organisation, acting: Acting, at: datetime
) -> Person:
    """Let a person act for an organisation in its role; the person gets no password here."""
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    person, made = Person.objects.get_or_create(
        username=username, defaults={"display_name": display_name}
    )
    if made:
        person.set_unusable_password()
        person.save()
    Membership.objects.get_or_create(
        person=person, organisation=organisation, role=organisation.role
    )
    journal.record(
        operation="parties.add_member",
        subject=organisation.code,
        acting=acting,
        at=at,
        article="CQETS-4",
        content={"person": username},
    )
    return person
