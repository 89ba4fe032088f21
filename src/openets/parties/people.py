"""People: who acts for which organisation, from which day until which."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties.capacity import CAPACITY_TITLES, Capacity
from openets.parties.models import Membership, Organisation, Person
from openets.parties.organisations import lock_organisations, one_at_a_time
from openets.parties.roles import PARTICIPANTS, Role
from openets.parties.staff import must_not_be_staff
from openets.rulebook.load import Law


class SharedAccount(Refusal):
    """One person has one account, and one account one person."""

    code = "shared_account"
    zh = "账号 {taken} 已属于 {owner}，不得共用"
    en = "{taken} belongs to {owner}; accounts are not shared"
    remedy_zh = "一人一号：请使用本人已有账号，或为新人员另设账号"
    remedy_en = "One person, one account: use the person's own, or make one for the new person"


class RepresentativeExists(Refusal):
    """An organisation has one primary representative at a time."""

    code = "representative_exists"
    zh = "{organisation} 在 {day} 已有主要联系人 {person}"
    en = "{organisation} has the primary representative {person} on {day}"
    remedy_zh = "请办理交接，或登记为备用联系人"
    remedy_en = "Hand over, or register an alternate"


class ActsOtherwise(Refusal):
    """The person acts for the organisation at that time, in another capacity or span."""

    code = "acts_otherwise"
    zh = "{person} 已自 {day} 起以“{capacity_zh}”身份代表该单位"
    en = "{person} acts for the organisation as {capacity_en} from {day} already"
    remedy_zh = "请先终止原授权，再登记新的授权"
    remedy_en = "End the standing authority first, then register the new one"


class NoMembership(Refusal):
    """The person does not act for the organisation on that day."""

    code = "no_membership"
    zh = "{person} 在 {day} 未被授权代表 {organisation}"
    en = "{person} does not act for {organisation} on {day}"
    remedy_zh = "请核对人员和日期"
    remedy_en = "Check the person and the day"


class EndsInThePast(Refusal):
    """What somebody was allowed to do yesterday is not taken back today."""

    code = "ends_in_the_past"
    zh = "授权不能追溯到 {day} 终止，最早为 {earliest}"
    en = "Authority cannot end on {day}, in the past; the earliest day is {earliest}"
    remedy_zh = "请选择当日或以后的日期"
    remedy_en = "Choose today or a later day"


@transaction.atomic
def add_member(
    *,
    username: str,
    display_name: str,
    organisation: Organisation,
    acting: Acting,
    at: datetime,
    capacity: Capacity = Capacity.MEMBER,
    mobile: str = "",
    email: str = "",
    basis: str = "",
    from_date: date | None = None,
    until_date: date | None = None,
) -> Person:
    """Let a person act for an organisation in its role; the person gets no password here.

    The authority (授权) begins today unless `from_date` says otherwise, and ends on `until_date`:
    on that day the person no longer acts. A person who may do so already is left as they are.
    Source: CQETS-4, CQETS-5.

    Raises:
        NotYourRole: only the city bureau assigns people.
        SharedAccount: the account is another person's, or the person has another account.
        ActsOtherwise: the person acts for the organisation then, on other terms.
        RepresentativeExists.
        StaffMustNotTrade: the organisation trades, and the person works for an operator.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    lock_organisations([organisation])
    person = _person(username, display_name, mobile, email)
    begins = from_date or market_date(at)
    standing = _overlapping(organisation, begins, until_date).filter(person=person).first()
    if standing:
        same = standing.capacity == capacity and standing.until_date == until_date
        if standing.from_date > begins or not same:
            raise _acts_otherwise(standing)
        return person
    _join(
        Membership(
            person=person,
            organisation=organisation,
            role=organisation.role,
            capacity=capacity,
            basis=basis,
            from_date=begins,
            until_date=until_date,
        )
    )
    _note("add_member", organisation, acting, at, person=username)
    return person


@transaction.atomic
def end_membership(
    *,
    person: Person,
    organisation: Organisation,
    until_date: date,
    acting: Acting,
    at: datetime,
) -> None:
    """End a person's authority on a day; from that day on they do not act. Source: CQETS-4.

    Raises:
        NotYourRole, NoMembership, EndsInThePast.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    lock_organisations([organisation])
    _end(person, organisation, until_date, at)
    _note(
        "end_membership",
        organisation,
        acting,
        at,
        person=person.username,
        until=until_date.isoformat(),
    )


@transaction.atomic
def hand_over(
    *,
    leaving: Person,
    username: str,
    display_name: str,
    organisation: Organisation,
    on_date: date,
    acting: Acting,
    at: datetime,
    mobile: str = "",
    email: str = "",
    basis: str = "",
) -> Person:
    """Let one person follow another in the same capacity (交接): the day parts them.

    Until the day before the one acts, from the day on the other. Source: CQETS-4.

    Raises:
        NotYourRole, NoMembership, EndsInThePast, SharedAccount, ActsOtherwise, StaffMustNotTrade.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    lock_organisations([organisation])
    ended = _end(leaving, organisation, on_date, at)
    person = _person(username, display_name, mobile, email)
    # Who acted in another capacity until now gives that up for the one they take over.
    rows = _overlapping(organisation, on_date, None).filter(person=person)
    rows.filter(from_date__lte=on_date).update(until_date=on_date)
    later = rows.first()
    if later:
        raise _acts_otherwise(later)
    _join(
        Membership(
            person=person,
            organisation=organisation,
            role=organisation.role,
            capacity=ended.capacity,
            basis=basis,
            from_date=on_date,
        )
    )
    _note(
        "hand_over",
        organisation,
        acting,
        at,
        leaving=leaving.username,
        person=username,
        on=on_date.isoformat(),
    )
    return person


@transaction.atomic
def remind_of_endings(*, law: Law, acting: Acting, at: datetime) -> list[Membership]:
    """Remember whose authority ends soon and tell them once; returns those not reminded before.

    Source: CQETS-4.

    Raises:
        NotYourRole.
    """
    acting.must_be(Role.MARKET_CLOCK, Role.CITY_BUREAU, article="CQETS-4")
    today = market_date(at)
    until = today + timedelta(days=law.on("people.authority_notice_days", today).whole)
    rows = Membership.objects.filter(from_date__lte=today, until_date__gt=today)
    rows = rows.filter(until_date__lte=until).exclude(reminded_of_date=F("until_date"))
    ending = list(rows.select_for_update(of=("self",)).select_related("person", "organisation"))
    for membership in ending:
        membership.reminded_of_date = membership.until_date
        assert membership.until_date is not None, "the filter asks for one"
        _note(
            "remind_of_endings",
            membership.organisation,
            acting,
            at,
            person=membership.person.username,
            until=membership.until_date.isoformat(),
        )
    Membership.objects.bulk_update(ending, ["reminded_of_date"])
    return ending


def _person(username: str, display_name: str, mobile: str, email: str) -> Person:
    """The one account of a person, made if there is none; a contact it lacks is filled in."""
    one_at_a_time("parties.person")
    for name in (username, mobile, email):
        owner = Person.objects.called(name)
        if owner and owner.username != username:
            raise SharedAccount(taken=name, owner=owner.username)
    given = {"display_name": display_name, "mobile": mobile, "email": email}
    person, made = Person.objects.get_or_create(username=username, defaults=given)
    if made:
        person.set_unusable_password()
    elif any(value and getattr(person, key) not in {"", value} for key, value in given.items()):
        raise SharedAccount(taken=username, owner=person.display_name)
    for key, value in given.items():
        setattr(person, key, value or getattr(person, key))
    person.save()
    return person


def _overlapping(
    organisation: Organisation, begins: date, ends: date | None
) -> QuerySet[Membership]:
    """The memberships of an organisation that share a day with this span."""
    rows = Membership.objects.filter(organisation=organisation)
    rows = rows.filter(Q(until_date__isnull=True) | Q(until_date__gt=begins))
    return rows if ends is None else rows.filter(from_date__lt=ends)


def _join(membership: Membership) -> None:
    if membership.role in PARTICIPANTS:
        must_not_be_staff(membership.person.username, membership.from_date)
    if membership.capacity == Capacity.REPRESENTATIVE:
        span = membership.organisation, membership.from_date, membership.until_date
        others = _overlapping(*span).filter(capacity=Capacity.REPRESENTATIVE)
        other = others.select_related("person").first()
        if other:
            raise RepresentativeExists(
                organisation=membership.organisation.name,
                person=other.person.display_name,
                day=max(other.from_date, membership.from_date),
            )
    membership.save()


def _acts_otherwise(standing: Membership) -> ActsOtherwise:
    zh, en = CAPACITY_TITLES[Capacity(standing.capacity)]
    return ActsOtherwise(
        person=standing.person.display_name,
        day=standing.from_date,
        capacity_zh=zh,
        capacity_en=en.lower(),
    )


def _end(person: Person, organisation: Organisation, day: date, at: datetime) -> Membership:
    today = market_date(at)
    if day < today:
        raise EndsInThePast(day=day, earliest=today)
    rows = _overlapping(organisation, day, None).filter(person=person, from_date__lte=day)
    membership = rows.first()
    if membership is None:
        raise NoMembership(person=person.display_name, organisation=organisation.name, day=day)
    membership.until_date = day
    membership.save(update_fields=["until_date"])
    return membership


def _note(
    operation: str, organisation: Organisation, acting: Acting, at: datetime, **content: str
) -> None:
    journal.record(
        operation=f"parties.{operation}",
        subject=organisation.code,
        acting=acting,
        at=at,
        article="CQETS-4",
        content=content,
    )
