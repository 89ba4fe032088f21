"""What may happen to projects and their reductions on the 2023 path."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max

from openets.crediting import queries
from openets.crediting.models import Certification, Filing, Project
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen, Tonnes, fen
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.kinds import Origin, UnitKind
from openets.rulebook.load import Law


class FeeUnpaid(Refusal):
    """The platform registers after the fee is paid."""

    code = "fee_unpaid"
    article = "CQ208-A5.2.1"
    zh = "{reference} 的登记服务费 {fee} 分尚未支付"
    en = "The registration fee of {reference}, {fee} fen, is not paid"
    remedy_zh = "请先支付登记服务费"
    remedy_en = "Pay the fee first"


class WrongFee(Refusal):
    """The fee is paid in full and once."""

    code = "wrong_fee"
    article = "CQ208-A5.2.1b"
    zh = "{reference} 的登记服务费应付 {fee} 分、已付 {before} 分，本次支付 {paid} 分有误"
    en = "{reference} owes a fee of {fee} fen, {before} fen of it paid; {paid} fen do not fit"
    remedy_zh = "请一次足额支付；多付的应予退回"
    remedy_en = "Pay the whole fee once; what is too much goes back"


class PriceUnknown(Refusal):
    """The fee follows from last year's average price, told by a notice."""

    code = "price_unknown"
    article = "CQ208-A5.2.1b"
    zh = "尚无上年度碳排放权交易平均价格，不能计算登记服务费"
    en = "Last year's average price is not known, so the fee cannot be computed"
    remedy_zh = "请待平均价格告知书发布后办理"
    remedy_en = "Wait for the notice of the average price"


class AlreadyFiled(Refusal):
    """A project's code, and its reductions of a year, are filed once."""

    code = "already_filed"
    article = "CQ208-A5.2.1"
    zh = "{reference} 已备案"
    en = "{reference} is filed already"
    remedy_zh = "请核对编号和年度"
    remedy_en = "Check the code and the year"


class NothingToFile(Refusal):
    """Reductions are filed in whole tonnes, at least one."""

    code = "nothing_to_file"
    article = "CQ208-A5.2.1"
    zh = "减排量 {amount} 吨无效：必须是不小于 1 的整数吨"
    en = "{amount} t are no reductions: whole tonnes, at least one"
    remedy_zh = "请填写备案的减排量"
    remedy_en = "Give the filed amount"


class AlreadyRegistered(Refusal):
    """A filing is registered once."""

    code = "already_registered"
    article = "CQ208-A5.2.1"
    zh = "{reference} 已完成登记"
    en = "{reference} is registered already"
    remedy_zh = "无需重复登记"
    remedy_en = "Nothing is left to do"


class NotCertified(Refusal):
    """The platform's functions are for certified companies."""

    code = "not_certified"
    article = "CQ208-A5.1.2"
    zh = "{organisation} 尚未通过“碳惠通”平台企业认证，不能办理 CQCER 业务"
    en = "{organisation} is not certified on the Tanhuitong platform; CQCER functions are closed"
    remedy_zh = "请先在“企业认证信息”中申请认证"
    remedy_en = "Apply for certification first"


def must_be_certified(organisation: Organisation) -> None:
    """Refuse CQCER functions to a company the platform has not certified. Source: CQ208-A5.1.2.

    Raises:
        NotCertified.
    """
    if not queries.is_certified(organisation):
        raise NotCertified(organisation=organisation.name)


@transaction.atomic
def certify(*, organisations: Sequence[Organisation], acting: Acting, at: datetime) -> None:
    """Remember that the platform certified companies (企业认证); a certified one stays as it is.

    Source: CQ208-A5.1.5.

    Raises:
        NotYourRole.
    """
    acting.must_be(Role.PLATFORM_OPERATOR, article="CQ208-A5.1.5")
    rows = Certification.objects.filter(organisation__in=organisations)
    have = set(rows.values_list("organisation_id", flat=True))
    made = Certification.objects.bulk_create(
        Certification(organisation=organisation, certified_at=at)
        for organisation in organisations
        if organisation.pk not in have
    )
    journal.record_many(
        [
            journal.Record(
                operation="crediting.certify",
                subject=certification.organisation.code,
                acting=acting,
                at=at,
                article="CQ208-A5.1.5",
                content={},
            )
            for certification in made
        ]
    )


def registration_fee(
    *, amount_t: Tonnes, average_price_yuan: Decimal | None, law: Law, at: datetime
) -> Fen:
    """The service fee: a share of last year's average price for each tonne, half-up to 0.01 yuan.

    The price is that of the official notice, None before there is one.
    Source: CQ208-A5.2.1b, AMB-52.

    Raises:
        PriceUnknown.
        NoValueForTime: the day lies outside the time of the 2023 path (AMB-51).
    """
    if average_price_yuan is None or average_price_yuan <= 0:
        raise PriceUnknown
    share = law.on("crediting.registration_fee_share", market_date(at))
    return fen(average_price_yuan * share.number * amount_t)


@transaction.atomic
def file_project(
    *,
    code: str,
    name: str,
    owner: Organisation,
    project_type: str,
    place: str,
    place_class: str,
    synthetic: bool,
    acting: Acting,
    at: datetime,
) -> Project:
    """File a project with the bureau (备案). Source: CQ208-A5.2.1.

    Raises:
        AlreadyFiled, NotYourRole.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-A5.2.1")
    project, made = Project.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "owner": owner,
            "project_type": project_type,
            "place": place,
            "place_class": place_class,
            "synthetic": synthetic,
        },
    )
    if not made:
        raise AlreadyFiled(reference=code)
    content = {"owner": owner.code, "type": project_type, "place": place, "class": place_class}
    journal.record(
        operation="crediting.file_project",
        subject=code,
        acting=acting,
        at=at,
        article="CQ208-A5.2.1",
        content=content,
    )
    return project


@transaction.atomic
def file_reductions(
    *,
    project: Project,
    vintage_year: int,
    amount_t: Tonnes,
    average_price_yuan: Decimal | None,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Filing:
    """Pass filed reductions (CQCER) on to the platform; the fee is due before registration.

    Serials go on from the last filing; the project's row is locked so that none is given twice.
    Source: CQ208-A5.2.1, CQ208-A5.2.1b.

    Raises:
        NothingToFile, AlreadyFiled, PriceUnknown, NoValueForTime, NotYourRole.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-A5.2.1")
    reference = f"{project.code}/{vintage_year}"
    if amount_t < 1:
        raise NothingToFile(amount=amount_t)
    Project.objects.select_for_update().get(pk=project.pk)
    if Filing.objects.filter(reference=reference).exists():
        raise AlreadyFiled(reference=reference)
    filing = Filing.objects.create(
        project=project,
        reference=reference,
        vintage_year=vintage_year,
        amount_t=amount_t,
        serial_from=_next_serial(project),
        fee_fen=registration_fee(
            amount_t=amount_t, average_price_yuan=average_price_yuan, law=law, at=at
        ),
        filed_at=at,
    )
    journal.record(
        operation="crediting.file_reductions",
        subject=filing.reference,
        acting=acting,
        at=at,
        article="CQ208-A5.2.1",
        content={
            "amount_t": amount_t,
            "serial_from": filing.serial_from,
            "fee_fen": filing.fee_fen,
        },
    )
    return filing


@transaction.atomic
def record_fee(*, filing: Filing, paid_fen: Fen, acting: Acting, at: datetime) -> None:
    """Record that the platform received the fee of a filing, in full and once.

    Source: CQ208-A5.2.1b.

    Raises:
        WrongFee: another amount than the fee came in, or it came in before.
        NotYourRole.
    """
    acting.must_be(Role.PLATFORM_OPERATOR, article="CQ208-A5.2.1")
    filing = Filing.objects.select_for_update().get(pk=filing.pk)
    before_fen = filing.fee_fen if filing.fee_paid_at else 0
    if before_fen or paid_fen != filing.fee_fen:
        raise WrongFee(
            reference=filing.reference, fee=filing.fee_fen, before=before_fen, paid=paid_fen
        )
    filing.fee_paid_at = at
    filing.save()
    journal.record(
        operation="crediting.record_fee",
        subject=filing.reference,
        acting=acting,
        at=at,
        article="CQ208-A5.2.1b",
        content={"paid_fen": paid_fen},
    )


@transaction.atomic
def register_reductions(*, filing: Filing, law: Law, acting: Acting, at: datetime) -> None:
    """Register filed reductions once their fee is paid: the units come into the owner's account.

    Source: CQ208-A5.2.1.

    Raises:
        FeeUnpaid, AlreadyRegistered, NotYourRole.
        NotCertified: the owner is no certified company of the platform.
        NoAccount: the owner has no registry account.
    """
    acting.must_be(Role.PLATFORM_OPERATOR, article="CQ208-A5.2.1")
    filings = Filing.objects.select_for_update(of=("self",)).select_related("project__owner")
    filing = filings.get(pk=filing.pk)
    if filing.registered_at:
        raise AlreadyRegistered(reference=filing.reference)
    if filing.fee_paid_at is None:
        raise FeeUnpaid(reference=filing.reference, fee=filing.fee_fen)
    project = filing.project
    must_be_certified(project.owner)
    registry.register_credits(
        holder=project.owner,
        lot=registry.LotOf(
            jurisdiction=law.jurisdiction,
            kind=UnitKind.CQCER,
            vintage_year=filing.vintage_year,
            origin=Origin.CREDITED,
            project=project.code,
            project_type=project.project_type,
            origin_place=project.place,
            origin_class=project.place_class,
            serial_from=filing.serial_from,
            serial_to=filing.serial_from + filing.amount_t - 1,
            batch=filing.reference,
        ),
        reference=filing.reference,
        acting=acting,
        at=at,
    )
    filing.registered_at = at
    filing.save()


def _next_serial(project: Project) -> int:
    used = Filing.objects.filter(project=project).aggregate(
        last=Max(F("serial_from") + F("amount_t"))
    )["last"]
    return used or 1
