"""What may happen to organisations, people and the list."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
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
    article = "CQETS-4"
    zh = "编号 {taken} 已被其他单位使用"
    en = "{taken} belongs to another organisation"
    remedy_zh = "请核对编号；同一单位不得重复登记"
    remedy_en = "Check the code and number; an organisation is registered once"


class NotAnEntity(Refusal):
    """Only emitters stand on the list."""

    code = "not_an_entity"
    article = "CQETS-7"
    zh = "{name} 登记的角色不是重点排放单位，不能列入名录"
    en = "{name} is registered in another role and cannot be a key emitting entity"
    remedy_zh = "请核对单位登记信息"
    remedy_en = "Check how it is registered"


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
        CodeTaken: a code or list number stands for another organisation, or the same code for
            the same organisation in other words.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    codes = [new.code for new in organisations]
    numbers = [new.number for new in organisations if new.number is not None]
    known = {o.code: o for o in Organisation.objects.filter(code__in=codes)}
    owners = dict(Organisation.objects.filter(number__in=numbers).values_list("number", "code"))
    for new in organisations:
        if new.code in known and asdict(new) != _registered(known[new.code]):
            raise CodeTaken(taken=new.code)
        if new.number is not None and owners.setdefault(new.number, new.code) != new.code:
            raise CodeTaken(taken=new.number)
    fresh = [Organisation(**asdict(new)) for new in organisations if new.code not in known]
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

    Entities already on the list stay as they are.

    Raises:
        NotYourRole: only the city bureau lists.
        NotAnEntity: one of them is registered in another role.
        NoValueForTime: the year has no inclusion threshold.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4.6")
    threshold = law.for_year("list.threshold_tco2e", year)
    for organisation in organisations:
        if organisation.role != Role.KEY_EMITTING_ENTITY:
            raise NotAnEntity(name=organisation.name)
    lock_organisations(organisations)
    on_list = set(Listing.objects.filter(year=year).values_list("organisation_id", flat=True))
    fresh = [o for o in organisations if o.pk not in on_list]
    if not fresh:
        return 0
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
    """Let a person act for an organisation in its role; the person gets no password here.

    A person who may do so already is left as they are. Source: CQETS-4.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    person, made = Person.objects.get_or_create(
        username=username, defaults={"display_name": display_name}
    )
    if made:
        person.set_unusable_password()
        person.save()
    _, joined = Membership.objects.get_or_create(
        person=person, organisation=organisation, role=organisation.role
    )
    if joined:
        journal.record(
            operation="parties.add_member",
            subject=organisation.code,
            acting=acting,
            at=at,
            article="CQETS-4",
            content={"person": username},
        )
    return person


def lock_organisations(organisations: Collection[Organisation]) -> None:
    """Let whoever writes about these organisations wait for each other until the commit.

    For operations that add a first row, where there is no row of their own to lock yet.
    """
    rows = Organisation.objects.select_for_update(no_key=True)
    # In the order of ids, so that no two wait for each other; evaluated for the locks alone.
    list(rows.filter(pk__in=[o.pk for o in organisations]).order_by("pk").values_list("pk"))


def _registered(organisation: Organisation) -> dict[str, object]:
    return {name: getattr(organisation, name) for name in NewOrganisation.__dataclass_fields__}
