"""Districts: who answers for timely surrender, and how far it came (区县责任与考核)."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.db import transaction

from openets.compliance import queries as compliance
from openets.compliance.duty import Status
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation, Person
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.supervision.models import DistrictLead

ARTICLE = "CQ208-5.1"


class NotYourBureau(Refusal):
    """A district bureau names its own person."""

    code = "not_your_bureau"
    article = ARTICLE
    zh = "{bureau} 的责任人由其自行明确"
    en = "{bureau} itself names who is responsible"
    remedy_zh = "请由该区县局办理"
    remedy_en = "Let that bureau do it"


class NotOfTheBureau(Refusal):
    """Who is responsible works at the bureau."""

    code = "not_of_the_bureau"
    article = ARTICLE
    zh = "{person} 不是 {bureau} 的在任人员，不能作为责任人"
    en = "{person} does not work at {bureau} and cannot be responsible"
    remedy_zh = "请指定本局人员"
    remedy_en = "Name somebody of the bureau"


@dataclass(frozen=True, slots=True)
class Completion:
    """How many of a district's entities met a year's duty in time, and who is responsible."""

    district: str
    entities: int
    fulfilled: int
    lead: Person | None

    @property
    def ratio(self) -> Fraction:
        """The share that fulfilled; a district of the table has entities."""
        return Fraction(self.fulfilled, self.entities)


@transaction.atomic
def name_lead(
    *, bureau: Organisation, person: Person, acting: Acting, at: datetime
) -> DistrictLead:
    """Name who is responsible for surrender in a bureau's district from today (明确专人负责).

    The former one is kept with its last day; the same again changes nothing. Source: CQ208-5.1.

    Raises:
        NotYourRole, NotYourBureau, NotOfTheBureau.
    """
    acting.must_be(Role.DISTRICT_BUREAU, article=ARTICLE)
    if acting.organisation != bureau.code:
        raise NotYourBureau(bureau=bureau.name)
    today = market_date(at)
    if not parties.memberships(today).filter(person=person, organisation=bureau).exists():
        raise NotOfTheBureau(field="person", person=person.display_name, bureau=bureau.name)
    locked = Organisation.objects.select_for_update(no_key=True).get(pk=bureau.pk)
    current = DistrictLead.objects.filter(bureau=locked, until_date=None).first()
    if current and current.person == person:
        return current
    if current:
        current.until_date = today
        current.save(update_fields=["until_date"])
    journal.record(
        operation="supervision.name_lead",
        subject=bureau.code,
        acting=acting,
        at=at,
        article=ARTICLE,
        content={"person": person.username},
    )
    return DistrictLead.objects.create(bureau=locked, person=person, from_date=today)


def assessment_year(year: int, law: Law) -> int:
    """The year in whose assessment of the districts the surrender of a year counts.

    Source: CQ208-5.1.

    Raises:
        NoValueForTime: the surrender of the year counts in none.
    """
    return law.for_year("supervision.assessment_year", year).whole


def completion(
    year: int, law: Law, *, on: date, among: Collection[int] | None = None
) -> list[Completion]:
    """The completion table (清缴完成情况) of a year as it stands on a day, a row a district.

    `among` are the ids of the only entities to count. A duty met after its deadline is not
    fulfilled in time. Source: CQ208-5.1.
    """
    listed = parties.entities(year)
    if among is not None:
        listed = listed.filter(pk__in=among)
    district_of = dict(listed.values_list("code", "district"))
    standings = compliance.standings(year, law, on=on)
    met = [s.entity for s in standings if s.status == Status.FULFILLED and s.entity in district_of]
    fulfilled = Counter(district_of[code] for code in met)
    leads = _leads()
    return [
        Completion(district, count, fulfilled[district], leads.get(district))
        for district, count in sorted(Counter(district_of.values()).items())
    ]


def _leads() -> dict[str, Person]:
    rows = DistrictLead.objects.filter(until_date=None).select_related("bureau", "person")
    return {row.bureau.district: row.person for row in rows}
