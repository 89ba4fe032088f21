"""Organisations: registered, designated, renamed, followed by others."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Q
from stdnum.cn import uscc

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties.models import Designation, FormerName, Organisation, Succession
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.select import Select

_LOCKED = Select(Organisation, "id = any(%s) order by id for no key update")

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


class FollowedAlready(Refusal):
    """An organisation is followed by the same one once, and its duties are taken once."""

    code = "followed_already"
    article = "CQETS-14.2"
    zh = "{name} 已于 {effective_date} 由 {successor} 承继"
    en = "{name} is followed by {successor} since {effective_date}"
    remedy_zh = "请按已办理的变更更正方案后重新报告"
    remedy_en = "Report a plan anew that starts from the change registered"


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
    one_at_a_time("parties.register")
    codes = [new.code for new in organisations]
    known = {o.code: o for o in Organisation.objects.filter(code__in=codes)}
    owners = _owners(organisations)
    for new in organisations:
        if new.code in known and asdict(new) != _registered(known[new.code]):
            raise CodeTaken(field="code", taken=new.code)
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
    organisation.refresh_from_db(fields=["name"])
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
        FollowedAlready.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, article="CQETS-14.2")
    assert takes_duties is None or takes_duties in successors, "one of the successors owes"
    lock_organisations([predecessor, *successors])
    before = predecessor.successions.select_related("successor")
    for earlier in before.filter(Q(takes_duties=True) | Q(successor__in=successors)):
        raise FollowedAlready(
            name=predecessor.name,
            successor=earlier.successor.name,
            effective_date=earlier.effective_date,
        )
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


def one_at_a_time(what: str) -> None:
    """Let whoever does what this names wait for each other until the commit.

    For operations that add rows under names which nobody else may have, where nothing stands yet
    that could be locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [what])


def lock_organisations(organisations: Collection[Organisation]) -> None:
    """Let whoever writes about these organisations wait for each other until the commit.

    For operations that add a first row, where there is no row of their own to lock yet.
    """
    # In the order of ids, so that no two wait for each other; asked for the locks alone.
    _LOCKED.rows([organisation.pk for organisation in organisations])


def _must_be_registrable(new: NewOrganisation, law: Law, day: date) -> None:
    if new.credit_code and not uscc.is_valid(new.credit_code):
        raise BadCreditCode(field="credit_code", name=new.name, credit_code=new.credit_code)
    if new.role in LOCATED_ROLES and new.district not in law.on("coverage.areas", day).items:
        raise OutsideTheArea(field="district", name=new.name, district=new.district)
    if new.role == Role.KEY_EMITTING_ENTITY and new.industry:
        labels = {x for rule in law if rule.key == "list.industries" for x in rule.items}
        if new.industry not in labels:
            raise UnknownIndustryLabel(field="industry", name=new.name, industry=new.industry)
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
