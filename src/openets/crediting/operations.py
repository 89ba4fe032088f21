"""What may happen to projects and their reductions on the 2023 path."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max

from openets.crediting.models import Filing, Project
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


class AlreadyRegistered(Refusal):
    """A filing is registered once."""

    code = "already_registered"
    article = "CQ208-A5.2.1"
    zh = "{reference} 已完成登记"
    en = "{reference} is registered already"
    remedy_zh = "无需重复登记"
    remedy_en = "Nothing is left to do"


def registration_fee(
    *, amount_t: Tonnes, average_price_yuan: Decimal, law: Law, at: datetime
) -> Fen:
    """The service fee: a share of last year's average price for each tonne, half-up to 0.01 yuan.

    Source: CQ208-A5.2.1b, AMB-52.
    """
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
    """File a project with the bureau (备案). Source: CQ208-A5.2.1."""
    acting.must_be(Role.CITY_BUREAU, article="CQ208-A5.2.1")
    project = Project.objects.create(
        code=code,
        name=name,
        owner=owner,
        project_type=project_type,
        place=place,
        place_class=place_class,
        synthetic=synthetic,
    )
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
    average_price_yuan: Decimal,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Filing:
    """Pass filed reductions (CQCER) on to the platform; the fee is due before registration.

    Serials go on from the last filing; the project's row is locked so that none is given twice.
    Source: CQ208-A5.2.1, CQ208-A5.2.1b.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-A5.2.1")
    Project.objects.select_for_update().get(pk=project.pk)
    used = Filing.objects.filter(project=project).aggregate(
        last=Max(F("serial_from") + F("amount_t"))
    )["last"]
    filing = Filing.objects.create(
        project=project,
        reference=f"{project.code}/{vintage_year}",
        vintage_year=vintage_year,
        amount_t=amount_t,
        serial_from=used or 1,
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
        content={"amount_t": amount_t, "fee_fen": filing.fee_fen},
    )
    return filing


@transaction.atomic
def record_fee(*, filing: Filing, paid_fen: Fen, acting: Acting, at: datetime) -> None:
    """Record that the platform received the fee of a filing, in full. Source: CQ208-A5.2.1b.

    Raises:
        FeeUnpaid: another amount than the fee came in.
    """
    acting.must_be(Role.PLATFORM_OPERATOR, article="CQ208-A5.2.1")
    if paid_fen != filing.fee_fen:
        raise FeeUnpaid(reference=filing.reference, fee=filing.fee_fen)
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
    """
    filing = Filing.objects.select_for_update().select_related("project__owner").get(pk=filing.pk)
    if filing.registered_at:
        raise AlreadyRegistered(reference=filing.reference)
    if filing.fee_paid_at is None:
        raise FeeUnpaid(reference=filing.reference, fee=filing.fee_fen)
    project = filing.project
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
        ),
        reference=filing.reference,
        acting=acting,
        at=at,
    )
    filing.registered_at = at
    filing.save()
