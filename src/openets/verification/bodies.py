"""The register of verification bodies: what is on file, their people, their interests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.mrv.operations import NotABody
from openets.mrv.records import NotYourOwn
from openets.parties import operations as parties
from openets.parties import queries as directory
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.verification import eligibility
from openets.verification.models import BodyEntry, InterestEntry, Verifier


class NotRegistered(Refusal):
    """A body works once it is in the register."""

    code = "body_not_registered"
    article = "CQETS-25.3"
    zh = "{name} 尚未登记核查机构条件"
    en = "{name} is not in the register of verification bodies"
    remedy_zh = "请先由市生态环境局登记"
    remedy_en = "Let the city bureau register it first"


class UnknownItem(Refusal):
    """The register knows some items by name."""

    code = "unknown_item"
    article = "BJETS-24"
    zh = "登记项目 {item} 不存在"
    en = "The register knows no item {item}"
    remedy_zh = "可用：{known}"
    remedy_en = "Known: {known}"


@dataclass(frozen=True, slots=True)
class NewVerifier:
    """What is registered of a person in an industry."""

    username: str
    industry: str
    since_date: date
    full_time: bool
    may_lead: bool = False
    may_review: bool = False
    carbon_manager: bool = False


@transaction.atomic
def register_body(
    *,
    body: Organisation,
    standing: Collection[str],
    rules: Collection[str],
    reference_projects: int,
    acting: Acting,
    at: datetime,
) -> BodyEntry:
    """Put on file what a verification body (核查机构) shows of itself; later facts replace earlier.

    Source: BJETS-24.i1, BJETS-24.i2, BJETS-24.i3.

    Raises:
        NotYourRole, NotABody, UnknownItem.
    """
    acting.must_be(Role.CITY_BUREAU, article="BJETS-24")
    if body.role != Role.VERIFICATION_BODY:
        raise NotABody(name=body.name)
    _must_be_known(standing, eligibility.STANDING, "standing")
    _must_be_known(rules, eligibility.RULES, "rules")
    parties.lock_organisations([body])
    facts = {
        "standing": sorted(standing),
        "rules": sorted(rules),
        "reference_projects": reference_projects,
    }
    _journal("register_body", body, acting, at, **facts)
    entry, _ = BodyEntry.objects.update_or_create(
        body=body, defaults=facts, create_defaults={**facts, "registered_at": at}
    )
    return entry


@transaction.atomic
def register_verifiers(
    *, body: Organisation, people: Sequence[NewVerifier], acting: Acting, at: datetime
) -> list[Verifier]:
    """Register people of a body with their industries; what stood of them there ends today.

    Source: BJETS-24.i4, BJETS-24.2.

    Raises:
        NotYourRole, NotYourOwn, NoSuchPerson.
    """
    acting.must_be(Role.CITY_BUREAU, Role.VERIFICATION_BODY, article="BJETS-24.i4")
    _must_be_own(acting, body)
    parties.lock_organisations([body])
    made = []
    for new in people:
        person = directory.member(body, new.username)
        standing = Verifier.objects.filter(body=body, person=person, industry=new.industry)
        standing.filter(until_date=None).update(until_date=market_date(at))
        made.append(
            Verifier.objects.create(
                body=body,
                person=person,
                industry=new.industry,
                since_date=new.since_date,
                full_time=new.full_time,
                may_lead=new.may_lead,
                may_review=new.may_review,
                carbon_manager=new.carbon_manager,
            )
        )
    named = [[new.username, new.industry, new.since_date.isoformat()] for new in people]
    _journal("register_verifiers", body, acting, at, people=named)
    return made


@transaction.atomic
def tell_interest(
    *,
    body: Organisation,
    organisation: Organisation,
    kind: str,
    from_date: date,
    until_date: date | None,
    acting: Acting,
    at: datetime,
) -> InterestEntry:
    """Tell of a tie of a body with an entity (利益关系); told again, its end moves.

    Source: BJETS-24.i5.

    Raises:
        NotYourRole, NotYourOwn.
    """
    acting.must_be(Role.CITY_BUREAU, Role.VERIFICATION_BODY, article="BJETS-24.i5")
    _must_be_own(acting, body)
    parties.lock_organisations([body])
    _journal(
        "tell_interest",
        body,
        acting,
        at,
        entity=organisation.code,
        kind=kind,
        since=from_date.isoformat(),
        until=until_date.isoformat() if until_date else "",
    )
    entry, _ = InterestEntry.objects.update_or_create(
        body=body,
        organisation=organisation,
        kind=kind,
        from_date=from_date,
        defaults={"until_date": until_date},
        create_defaults={"until_date": until_date, "told_at": at},
    )
    return entry


def facts_of(bodies: Collection[Organisation], on: date) -> dict[int, eligibility.Body]:
    """What is on file of the bodies of the register on a day, by organisation id."""
    people: dict[int, list[eligibility.Qualified]] = {}
    rows = Verifier.objects.filter(body__in=bodies, since_date__lte=on)
    rows = rows.filter(Q(until_date=None) | Q(until_date__gt=on)).select_related("person")
    for row in rows:
        people.setdefault(row.body_id, []).append(qualified(row))
    return {
        entry.body_id: eligibility.Body(
            standing=frozenset(entry.standing),
            rules=frozenset(entry.rules),
            reference_projects=entry.reference_projects,
            people=people.get(entry.body_id, []),
        )
        for entry in BodyEntry.objects.filter(body__in=bodies)
    }


def qualified(row: Verifier) -> eligibility.Qualified:
    """A registered verifier as the conditions see them."""
    return eligibility.Qualified(
        person=row.person.username,
        industry=row.industry,
        since_date=row.since_date,
        full_time=row.full_time,
        may_lead=row.may_lead,
        may_review=row.may_review,
    )


def interests_of(
    bodies: Collection[Organisation],
) -> dict[tuple[int, int], list[eligibility.Interest]]:
    """The interests told of bodies, by ids of body and entity."""
    found: dict[tuple[int, int], list[eligibility.Interest]] = {}
    for row in InterestEntry.objects.filter(body__in=bodies):
        key = (row.body_id, row.organisation_id)
        found.setdefault(key, []).append(eligibility.Interest(row.kind, row.until_date))
    return found


def conditions(
    body: Organisation, organisation: Organisation, *, law: Law, on: date
) -> list[eligibility.Condition]:
    """Every condition of a body for an entity on a day. Source: BJETS-24.

    Raises:
        NotRegistered.
    """
    facts = facts_of([body], on).get(body.pk)
    if facts is None:
        raise NotRegistered(name=body.name)
    interests = interests_of([body]).get((body.pk, organisation.pk), [])
    return eligibility.check_body(facts, interests, industry=organisation.industry, law=law, on=on)


def _must_be_own(acting: Acting, body: Organisation) -> None:
    if acting.role == Role.VERIFICATION_BODY and acting.organisation != body.code:
        raise NotYourOwn(organisation=acting.organisation, subject=body.name)


def _must_be_known(items: Collection[str], known: Collection[str], field: str) -> None:
    for item in items:
        if item not in known:
            raise UnknownItem(item=item, known=", ".join(known), field=field)


def _journal(
    operation: str, body: Organisation, acting: Acting, at: datetime, **content: object
) -> None:
    journal.record(
        operation=f"verification.{operation}",
        subject=f"body/{body.code}",
        acting=acting,
        at=at,
        article="BJETS-24",
        content=content,
    )
