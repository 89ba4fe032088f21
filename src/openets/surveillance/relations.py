"""Which participants belong together (关联账户): by record, or because the same people act."""

from collections import defaultdict
from datetime import date, datetime
from itertools import combinations

from django.db import transaction
from django.db.models import Q

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import operations as party_operations
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry.grounds import must_have_document
from openets.surveillance.models import Relation
from openets.surveillance.procedures import HOLDERS


class AlreadyRelated(Refusal):
    """Two participants are recorded as related once."""

    code = "already_related"
    article = "CQVER-25.2"
    zh = "{one} 与 {other} 的关联关系已登记"
    en = "{one} and {other} are recorded as related already"
    remedy_zh = "无需重复登记；不能与本单位关联"
    remedy_en = "Nothing is to be done; nobody is related to itself"


class NotRelated(Refusal):
    """There is no relation to end."""

    code = "not_related"
    article = "CQVER-25.2"
    zh = "该关联关系已终止"
    en = "The relation has ended already"
    remedy_zh = "无需再次办理"
    remedy_en = "There is nothing left to do"


@transaction.atomic
def relate(
    *, one: Organisation, other: Organisation, basis: str, acting: Acting, at: datetime
) -> Relation:
    """Record that two participants are related (登记关联关系), and on what that rests.

    Source: CQVER-25.2.

    Raises:
        NotYourRole, DocumentMissing, AlreadyRelated.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.CITY_BUREAU, article="CQVER-25.2")
    must_have_document(basis, article="CQVER-25.2")
    first, second = sorted((one, other), key=lambda organisation: organisation.pk)
    party_operations.lock_organisations([first, second])
    if first == second or Relation.objects.filter(one=first, other=second).exists():
        raise AlreadyRelated(one=first.name, other=second.name)
    journal.record(
        operation="surveillance.relate",
        subject=f"relation/{first.code}/{second.code}",
        acting=acting,
        at=at,
        article="CQVER-25.2",
        content={"basis": basis.strip()},
    )
    return Relation.objects.create(
        one=first,
        other=second,
        basis=basis.strip(),
        from_date=market_date(at),
        recorded_at=at,
    )


@transaction.atomic
def end_relation(*, relation: Relation, acting: Acting, at: datetime) -> None:
    """Record that two participants are related no more, from today on. Source: CQVER-25.2.

    Raises:
        NotYourRole, NotRelated.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.CITY_BUREAU, article="CQVER-25.2")
    row = Relation.objects.select_for_update().get(pk=relation.pk)
    if row.until_date:
        raise NotRelated
    row.until_date = market_date(at)
    row.save(update_fields=["until_date"])
    journal.record(
        operation="surveillance.end_relation",
        subject=f"relation/{relation.one.code}/{relation.other.code}",
        acting=acting,
        at=at,
        article="CQVER-25.2",
        content={},
    )


def related_on(day: date) -> set[frozenset[str]]:
    """The pairs that are related on a day: recorded, or with a person who acts for both.

    Source: CQVER-25.2.
    """
    recorded = Relation.objects.filter(Q(until_date=None) | Q(until_date__gt=day))
    found = {
        frozenset(pair)
        for pair in recorded.filter(from_date__lte=day).values_list("one__code", "other__code")
    }
    acts_for: dict[int, set[str]] = defaultdict(set)
    for membership in parties.memberships(day).filter(role__in=HOLDERS):
        acts_for[membership.person_id].add(membership.organisation.code)
    for codes in acts_for.values():
        found |= {frozenset(pair) for pair in combinations(sorted(codes), 2)}
    return found
