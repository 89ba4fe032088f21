"""What may happen to organisations, people and the list."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from stdnum.cn import uscc

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties.capacity import CAPACITY_TITLES, Capacity
from openets.parties.models import (
    Designation,
    FormerName,
    Listing,
    Membership,
    Organisation,
    Person,
    Succession,
)
from openets.parties.roles import Role
from openets.rulebook.load import Law

DESIGNATED_ROLES = (Role.REGISTRY_OPERATOR, Role.EXCHANGE_OPERATOR)
LOCATED_ROLES = (Role.KEY_EMITTING_ENTITY, Role.DISTRICT_BUREAU)
"""Whoever has a duty or a competence in an area is in one."""


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


class BadCreditCode(Refusal):
    """Not a unified social credit code: its length, its signs or its check digit."""

    code = "bad_credit_code"
    zh = "{name} 的统一社会信用代码“{credit_code}”不正确（应为18位，末位为校验码）"
    en = "“{credit_code}” of {name} is no unified social credit code: 18 signs, the last a check"
    remedy_zh = "请按营业执照核对统一社会信用代码"
    remedy_en = "Check it against the business licence"


class OutsideTheArea(Refusal):
    """An obligated entity is located in the jurisdiction."""

    code = "outside_the_area"
    article = "CQETS-2"
    zh = "{name} 的所在地“{district}”不属于本市行政区域"
    en = "“{district}”, the location of {name}, is no district of this market's area"
    remedy_zh = "请核对所属区县；所在地不在本市的单位不适用本市办法"
    remedy_en = "Check the district; an entity elsewhere is not bound by this market"


class UnknownIndustryLabel(Refusal):
    """The industry is not one the rulebook knows."""

    code = "unknown_industry_label"
    article = "CQ208-A1.L"
    zh = "{name} 的行业“{industry}”不在行业表中"
    en = "“{industry}”, the industry of {name}, is not a label of the rulebook"
    remedy_zh = "请使用名录所列的行业名称，须一字不差"
    remedy_en = "Use a label of the published list, letter by letter"


class NotEligible(Refusal):
    """The rule set does not admit this class of participants."""

    code = "not_eligible"
    article = "CQETS-16"
    zh = "{name} 不符合交易主体条件：{rule_zh}"
    en = "{name} is not eligible to take part; the rule that fails: {rule}"
    remedy_zh = "请查阅本市有关交易规则"
    remedy_en = "See the city's trading rules"


class NotDesignable(Refusal):
    """Only a registration agency or an exchange is designated."""

    code = "not_designable"
    article = "CQETS-5"
    zh = "{name} 登记的角色既不是注册登记机构也不是交易机构，不能指定"
    en = "{name} is registered neither as a registration agency nor as an exchange"
    remedy_zh = "请核对单位登记信息"
    remedy_en = "Check how it is registered"


class TakenOffTheList(Refusal):
    """Whoever was taken off the list of a year is not put on it by the way."""

    code = "taken_off_the_list"
    article = "CQETS-10"
    zh = "{name} 已移出 {year} 年度名录，不能直接重新列入"
    en = "{name} was taken off the list of {year} and cannot simply be put on it again"
    remedy_zh = "如再次达到纳入标准，请按程序重新提出"
    remedy_en = "If it reaches the scale again, propose it for a later list"


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
    credit_code: str = ""


@transaction.atomic
def register_organisations(
    organisations: Sequence[NewOrganisation], *, law: Law, acting: Acting, at: datetime
) -> dict[str, Organisation]:
    """Register organisations; those already registered alike are left as they are.

    Returns all of them by code. Source: CQ208-A1.L, CQETS-2, CQETS-5, CQETS-16.

    Raises:
        BadCreditCode, OutsideTheArea, UnknownIndustryLabel, NotEligible, NotSet.
        CodeTaken: a code, credit code or list number stands for another organisation, or the same
            code for the same organisation in other words.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    for new in organisations:
        _must_be_registrable(new, law, market_date(at))
    codes = [new.code for new in organisations]
    known = {o.code: o for o in Organisation.objects.filter(code__in=codes)}
    owners = _owners(organisations)
    for new in organisations:
        if new.code in known and asdict(new) != _registered(known[new.code]):
            raise CodeTaken(taken=new.code)
        for taken in (new.number, new.credit_code):
            if taken and owners.setdefault(taken, new.code) != new.code:
                raise CodeTaken(taken=taken)
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
def designate(
    *, organisation: Organisation, from_date: date, acting: Acting, at: datetime
) -> Designation:
    """Designate the registration agency or the exchange (确定交易机构) from a day on.

    Source: CQETS-5.

    Raises:
        NotYourRole, NotDesignable.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-5")
    if organisation.role not in DESIGNATED_ROLES:
        raise NotDesignable(name=organisation.name)
    made, _ = Designation.objects.update_or_create(
        role=organisation.role, from_date=from_date, defaults={"organisation": organisation}
    )
    journal.record(
        operation="parties.designate",
        subject=organisation.code,
        acting=acting,
        at=at,
        article="CQETS-5",
        content={"role": organisation.role, "from": from_date.isoformat()},
    )
    return made


@transaction.atomic
def rename_organisation(
    *, organisation: Organisation, name: str, acting: Acting, at: datetime
) -> None:
    """Change an organisation's name (名称变更) and remember the former one. Source: CQETS-14.2.

    Raises:
        NotYourRole: the registration agency changes, on the bureau's notice.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, article="CQETS-14.2")
    lock_organisations([organisation])
    former, organisation.name = organisation.name, name
    organisation.save(update_fields=["name"])
    day = market_date(at)
    FormerName.objects.create(organisation=organisation, name=former, until_date=day)
    journal.record(
        operation="parties.rename_organisation",
        subject=organisation.code,
        acting=acting,
        at=at,
        article="CQETS-14.2",
        content={"from": former, "to": name},
    )


@transaction.atomic
def record_succession(
    *,
    predecessor: Organisation,
    successors: Sequence[Organisation],
    takes_duties: Organisation | None,
    acting: Acting,
    at: datetime,
) -> None:
    """Remember who follows an organisation by merger or division, and who takes its duties.

    Nobody takes them from an entity that goes on and keeps them itself.
    Source: CQETS-14.2.

    Raises:
        NotYourRole: the registration agency changes, on the bureau's notice.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, article="CQETS-14.2")
    assert takes_duties is None or takes_duties in successors, "one of the successors owes"
    lock_organisations([predecessor, *successors])
    Succession.objects.bulk_create(
        Succession(
            predecessor=predecessor,
            successor=successor,
            effective_date=market_date(at),
            takes_duties=successor == takes_duties,
        )
        for successor in successors
    )
    journal.record(
        operation="parties.record_succession",
        subject=predecessor.code,
        acting=acting,
        at=at,
        article="CQETS-14.2",
        content={
            "successors": [s.code for s in successors],
            "takes_duties": takes_duties.code if takes_duties else predecessor.code,
        },
    )


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
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    lock_organisations([organisation])
    person = _person(username, display_name, mobile)
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
    basis: str = "",
) -> Person:
    """Let one person follow another in the same capacity (交接): the day parts them.

    Until the day before the one acts, from the day on the other. Source: CQETS-4.

    Raises:
        NotYourRole, NoMembership, EndsInThePast, SharedAccount, ActsOtherwise.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-4")
    lock_organisations([organisation])
    ended = _end(leaving, organisation, on_date, at)
    person = _person(username, display_name, mobile)
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


def lock_organisations(organisations: Collection[Organisation]) -> None:
    """Let whoever writes about these organisations wait for each other until the commit.

    For operations that add a first row, where there is no row of their own to lock yet.
    """
    rows = Organisation.objects.select_for_update(no_key=True)
    # In the order of ids, so that no two wait for each other; evaluated for the locks alone.
    list(rows.filter(pk__in=[o.pk for o in organisations]).order_by("pk").values_list("pk"))


def _must_be_registrable(new: NewOrganisation, law: Law, day: date) -> None:
    if new.credit_code and not uscc.is_valid(new.credit_code):
        raise BadCreditCode(name=new.name, credit_code=new.credit_code)
    if new.role in LOCATED_ROLES and new.district not in law.on("coverage.areas", day).items:
        raise OutsideTheArea(name=new.name, district=new.district)
    if new.role == Role.KEY_EMITTING_ENTITY and new.industry:
        labels = {x for rule in law if rule.key == "list.industries" for x in rule.items}
        if new.industry not in labels:
            raise UnknownIndustryLabel(name=new.name, industry=new.industry)
    sectors = law.on("coverage.sectors", day).value
    if new.role == Role.SECTOR_DEPARTMENT and new.industry not in sectors:
        raise UnknownIndustryLabel(name=new.name, industry=new.industry, article="CQETS-4.5")
    if new.role == Role.INDIVIDUAL:
        enabled = law.on("participants.individual_enabled", day)
        if not enabled.flag:
            raise NotEligible(name=new.name, rule=enabled.title, rule_zh=enabled.title_zh)
        # Without the list of papers nobody can meet it (AMB-40).
        law.on("participants.individual_documents", day)


def _owners(organisations: Sequence[NewOrganisation]) -> dict[int | str, str]:
    """Which organisations have the list numbers and credit codes that new ones ask for."""
    numbers = [new.number for new in organisations if new.number is not None]
    credit_codes = [new.credit_code for new in organisations if new.credit_code]
    rows = Organisation.objects.filter(Q(number__in=numbers) | Q(credit_code__in=credit_codes))
    owners: dict[int | str, str] = {}
    for number, credit_code, code in rows.values_list("number", "credit_code", "code"):
        owners |= {taken: code for taken in (number, credit_code) if taken}
    return owners


def _registered(organisation: Organisation) -> dict[str, object]:
    return {name: getattr(organisation, name) for name in NewOrganisation.__dataclass_fields__}


def _person(username: str, display_name: str, mobile: str) -> Person:
    """The one account of a person, made if there is none."""
    owner = Person.objects.filter(mobile=mobile).first() if mobile else None
    if owner and owner.username != username:
        raise SharedAccount(taken=mobile, owner=owner.username)
    person, made = Person.objects.get_or_create(
        username=username, defaults={"display_name": display_name, "mobile": mobile}
    )
    if made:
        person.set_unusable_password()
        person.save()
    if person.display_name != display_name or (mobile and person.mobile != mobile):
        raise SharedAccount(taken=username, owner=person.display_name)
    return person


def _overlapping(
    organisation: Organisation, begins: date, ends: date | None
) -> QuerySet[Membership]:
    """The memberships of an organisation that share a day with this span."""
    rows = Membership.objects.filter(organisation=organisation)
    rows = rows.filter(Q(until_date__isnull=True) | Q(until_date__gt=begins))
    return rows if ends is None else rows.filter(from_date__lt=ends)


def _join(membership: Membership) -> None:
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
