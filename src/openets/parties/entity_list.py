"""The list of key emitting entities (重点排放单位名录): who is put on it and taken off it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.models import Listing, Organisation
from openets.parties.organisations import lock_organisations
from openets.parties.roles import Role
from openets.rulebook.load import Law


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


class TakenOffTheList(Refusal):
    """Whoever was taken off the list of a year is not put on it by the way."""

    code = "taken_off_the_list"
    article = "CQETS-10"
    zh = "{name} 已移出 {year} 年度名录，不能直接重新列入"
    en = "{name} was taken off the list of {year} and cannot simply be put on it again"
    remedy_zh = "如再次达到纳入标准，请按程序重新提出"
    remedy_en = "If it reaches the scale again, propose it for a later list"


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
        TakenOffTheList: one of them was removed from the list of this year.
        NoValueForTime: the year has no inclusion threshold.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4.6")
    threshold = law.for_year("list.threshold_tco2e", year)
    for organisation in organisations:
        if organisation.role != Role.KEY_EMITTING_ENTITY:
            raise NotAnEntity(name=organisation.name)
    lock_organisations(organisations)
    rows = Listing.objects.filter(year=year, organisation__in=organisations)
    removed = rows.filter(removed_at__isnull=False).select_related("organisation").first()
    if removed:
        raise TakenOffTheList(name=removed.organisation.name, year=year)
    on_list = set(rows.values_list("organisation_id", flat=True))
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
def delist_entity(
    *, organisation: Organisation, from_year: int, article: str, acting: Acting, at: datetime
) -> list[int]:
    """Take an entity off the lists of a year and later (移出名录); tell the years it was on.

    The lists of earlier years, and the duties that come with them, stay. Source: CQETS-10, AMB-10.

    Raises:
        NotYourRole: only the city bureau removes.
    """
    acting.must_be(Role.CITY_BUREAU, article=article)
    lock_organisations([organisation])
    rows = Listing.objects.filter(
        organisation=organisation, year__gte=from_year, removed_at__isnull=True
    )
    years = sorted(rows.values_list("year", flat=True))
    rows.update(removed_at=at)
    journal.record(
        operation="parties.delist",
        subject=organisation.code,
        acting=acting,
        at=at,
        article=article,
        content={"from_year": from_year, "years": years},
    )
    return years
