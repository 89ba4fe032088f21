"""What may happen to a place on the list: candidates, decisions, continuation, publication."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.operations import NewCase
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import plain
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.roster.inclusion import Inclusion, YearEmissions, inclusion
from openets.roster.models import Candidacy, Publication, Removal
from openets.roster.procedures import LISTING
from openets.roster.queries import published_list, with_standards
from openets.rulebook.load import Law


class BelowInclusionScale(Refusal):
    """The enterprise does not meet the standard of the list."""

    code = "below_inclusion_scale"
    article = "CQETS-7"
    zh = "{name}（{industry_zh}）各参照年度最高 {largest} 吨，不符合 {year} 年度纳入标准 {scale} 吨"
    en = "{name}, {industry_en}, has at most {largest} t; the scale of {year} is {scale} t"
    remedy_zh = "须为工业企业且任一参照年度达到标准；请核对排放量和行业"
    remedy_en = "It takes an industrial enterprise and one reference year at the scale; check both"


class StandsAlready(Refusal):
    """An entity stands for the list once; it stays until it is removed."""

    code = "stands_already"
    article = "CQETS-7"
    zh = "{name} 自 {year} 年度起已在名录或拟列入，无须重复提出"
    en = "{name} is on the list, or a candidate, since {year}"
    remedy_zh = "名录逐年延续，直至按规定移出"
    remedy_en = "A place on the list goes on until the entity is removed"


class NeverListed(Refusal):
    """There is nothing to remove the entity from."""

    code = "never_listed"
    article = "CQETS-10"
    zh = "{name} 未列入重点排放单位名录"
    en = "{name} does not stand on the list"
    remedy_zh = "请核对单位"
    remedy_en = "Check the entity"


class NobodyListed(Refusal):
    """An empty list is not published or continued."""

    code = "nobody_listed"
    article = "CQETS-29"
    zh = "{year} 年度名录为空"
    en = "Nobody is on the list of {year}"
    remedy_zh = "请先列入重点排放单位"
    remedy_en = "List the entities first"


class PublishedAsItStands(Refusal):
    """A list is published again only when it changed."""

    code = "published_as_it_stands"
    article = "CQETS-29"
    zh = "{year} 年度名录已于 {day} 公布，此后没有变化"
    en = "The list of {year} was published on {day} and has not changed since"
    remedy_zh = "名录变化后再行公布"
    remedy_en = "Publish it again when it has changed"


_PUBLISHING = 0x6C69_7374
"""Key of the advisory lock that makes two publications of a year one after the other."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enterprise to be tested for the list, with its figures by year."""

    organisation: Organisation
    emissions: Mapping[int, YearEmissions]
    industrial: bool
    """Whether it is an industrial enterprise (工业企业): only those are covered."""


@transaction.atomic
def propose_entities(
    candidates: Sequence[Candidate], *, year: int, law: Law, acting: Acting, at: datetime
) -> list[Inclusion]:
    """Put enterprises that meet the standard forward for the list of a year (拟列入), all or none.

    A district bureau does so for its own area. The working of each test is kept.
    Source: CQETS-4.6, CQETS-7, CQ208-A1.1.1.

    Raises:
        NotYourRole, OutsideYourScope, BelowInclusionScale, StandsAlready, NoValueForTime.
    """
    acting.must_be(Role.CITY_BUREAU, Role.DISTRICT_BUREAU, article="CQETS-4.6")
    organisations = [candidate.organisation for candidate in candidates]
    for organisation in organisations:
        people.must_be_allowed(acting, "roster.propose_entities", organisation)
    parties.lock_organisations(organisations)
    _must_not_stand(organisations)
    in_force = with_standards(law)
    tested = [_tested(candidate, year, in_force) for candidate in candidates]
    _open(
        [
            Candidacy(
                organisation=candidate.organisation,
                year=year,
                source="CQETS-7",
                managed_tco2e=test.managed_tco2e,
                flagged=test.flagged,
                working=test.explanation.as_json(),
                proposed_at=at,
            )
            for candidate, test in zip(candidates, tested, strict=True)
        ],
        acting,
        at,
    )
    return tested


@transaction.atomic
def include_entities(
    *, organisations: Sequence[Organisation], law: Law, acting: Acting, at: datetime
) -> None:
    """Decide that candidates come onto the list of their year (列入名录). Source: CQETS-7.

    Raises:
        NotYourRole, NeverListed, WrongState.
        SamePerson: who put an entity forward does not decide on it.
    """
    candidacies = [candidacy_of(organisation) for organisation in organisations]
    subjects = [candidacy.subject for candidacy in candidacies]
    casework.move_cases(LISTING, "include", subjects, acting=acting, at=at)
    for year in sorted({candidacy.year for candidacy in candidacies}):
        parties.list_entities(
            organisations=[c.organisation for c in candidacies if c.year == year],
            year=year,
            source="CQETS-7",
            law=law,
            acting=acting,
            at=at,
        )


def decline_entities(
    *, organisations: Sequence[Organisation], why: str, acting: Acting, at: datetime
) -> None:
    """Decide that candidates do not come onto the list (不予列入). Source: CQETS-7.

    Raises:
        NotYourRole, NeverListed, WrongState.
    """
    subjects = [candidacy_of(organisation).subject for organisation in organisations]
    casework.move_cases(LISTING, "decline", subjects, acting=acting, at=at, note=why)


@transaction.atomic
def adopt_list(
    *,
    organisations: Sequence[Organisation],
    year: int,
    source: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> int:
    """Take over the list of a year as it was published, without testing it again.

    The list itself, `source`, is the decision. Whoever stands on it already goes on. Tells how
    many were new on the list of the year. Source: CQ208-A1.1.2, CQ208-A1.L.

    Raises:
        NotYourRole, NotAnEntity, TakenOffTheList, NoValueForTime.
    """
    parties.lock_organisations(organisations)
    standing = _standing(organisations)
    fresh = [
        Candidacy(organisation=organisation, year=year, source=source, proposed_at=at)
        for organisation in organisations
        if organisation.pk not in standing
    ]
    listed = parties.list_entities(
        organisations=organisations, year=year, source=source, law=law, acting=acting, at=at
    )
    _open(fresh, acting, at)
    waiting = cases.states(LISTING, [c.subject for c in (*fresh, *standing.values())])
    candidates = [subject for subject, state in waiting.items() if state == LISTING.start]
    casework.move_cases(LISTING, "adopt", candidates, acting=acting, at=at)
    return listed


@transaction.atomic
def continue_list(*, year: int, law: Law, acting: Acting, at: datetime) -> int:
    """Build the list of a year from that of the year before, less whoever was removed.

    Tells how many are new on the list of the year. Source: CQETS-7, CQETS-10.

    Raises:
        NotYourRole, NobodyListed, NoValueForTime.
    """
    gone = Removal.objects.filter(removed=True, effective_year=year)
    organisations = list(people.entities(year - 1).exclude(candidacies__removals__in=gone))
    if not organisations:
        raise NobodyListed(year=year)
    return parties.list_entities(
        organisations=organisations, year=year, source="CQETS-7", law=law, acting=acting, at=at
    )


@transaction.atomic
def publish_list(*, year: int, acting: Acting, at: datetime) -> Publication:
    """Publish the list of a year as it stands (公布名录); a later one replaces it.

    Source: CQETS-29.

    Raises:
        NotYourRole, NobodyListed.
        PublishedAsItStands: nothing changed since it was published.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-29")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_PUBLISHING, year])
    columns = ("number", "name", "district", "industry")
    rows = list(people.entities(year).values(*columns))
    if not rows:
        raise NobodyListed(year=year)
    latest = published_list(year)
    if latest is not None and latest.rows == rows:
        raise PublishedAsItStands(year=year, day=market_date(latest.published_at).isoformat())
    journal.record(
        operation="roster.publish_list",
        subject=f"list/{year}",
        acting=acting,
        at=at,
        article="CQETS-29",
        content={"entities": len(rows)},
    )
    return Publication.objects.create(year=year, published_at=at, rows=rows)


def candidacy_of(organisation: Organisation) -> Candidacy:
    """The latest time an entity stood for the list.

    Raises:
        NeverListed.
    """
    latest = Candidacy.objects.filter(organisation=organisation).last()
    if latest is None:
        raise NeverListed(name=organisation.name)
    return latest


def _tested(candidate: Candidate, year: int, law: Law) -> Inclusion:
    test = inclusion(candidate.emissions, industrial=candidate.industrial, year=year, law=law)
    if not test.included:
        raise BelowInclusionScale(
            name=candidate.organisation.name,
            year=year,
            largest=plain(test.managed_tco2e),
            scale=law.for_year("list.threshold_tco2e", year).text,
            industry_zh="工业企业" if candidate.industrial else "非工业企业",
            industry_en="industrial" if candidate.industrial else "not industrial",
        )
    return test


def _open(candidacies: Sequence[Candidacy], acting: Acting, at: datetime) -> None:
    Candidacy.objects.bulk_create(candidacies)
    new = [NewCase(c.subject, c.organisation, c.year) for c in candidacies]
    casework.open_cases(LISTING, new, acting=acting, at=at, article="CQETS-7")


def _standing(organisations: Sequence[Organisation]) -> dict[int, Candidacy]:
    """The candidacy of each organisation that is a candidate or on the list, by its id."""
    rows = Candidacy.objects.filter(organisation__in=organisations).select_related("organisation")
    latest = {candidacy.organisation_id: candidacy for candidacy in rows}
    found = cases.states(LISTING, [candidacy.subject for candidacy in latest.values()])
    return {pk: c for pk, c in latest.items() if not LISTING.states[found[c.subject]].final}


def _must_not_stand(organisations: Sequence[Organisation]) -> None:
    for candidacy in _standing(organisations).values():
        raise StandsAlready(name=candidacy.organisation.name, year=candidacy.year)
