"""Listing a product (产品挂牌): one person of the exchange decides, another carries it out."""

from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.registry.grounds import must_have_document
from openets.rulebook.load import Law
from openets.trading.memory import take_turn
from openets.trading.models import Listing, Product
from openets.trading.procedures import PRODUCT_LISTING
from openets.trading.risk import ALLOWANCE

ARTICLE = "CQETS-15"
CODE_LENGTH = 20


class ProductListed(Refusal):
    """A code, or units of a kind and vintage, are listed once."""

    code = "product_listed"
    article = ARTICLE
    zh = "{product} 已挂牌或已决定挂牌"
    en = "{product} is listed already, or its listing is decided"
    remedy_zh = "请核对产品代码、单位种类和年度"
    remedy_en = "Check the code, the kind of unit and the vintage"


class NotAProduct(Refusal):
    """A product stands for units of a kind that may be traded; allowances are listed by vintage."""

    code = "not_a_product"
    article = ARTICLE
    zh = "代码“{product}”、单位种类“{unit}”、年度“{vintage}”不能作为产品挂牌"
    en = "“{product}” of {unit}, vintage {vintage}, cannot be listed"
    remedy_zh = "可挂牌的种类：{known}；配额须写明年度，减排量不分年度"
    remedy_en = "Kinds: {known}; an allowance has a vintage, a reduction has none"


class ListedFromALaterDay(Refusal):
    """A product is listed from a day after the decision is carried out."""

    code = "listed_from_a_later_day"
    article = ARTICLE
    zh = "产品不能自 {from_date} 起挂牌，最早自 {earliest} 起"
    en = "A product cannot be listed from {from_date}; the earliest day is {earliest}"
    remedy_zh = "请选择以后的日期"
    remedy_en = "Choose a later day"


@transaction.atomic
def decide_listing(
    *,
    code: str,
    unit: str,
    vintage_year: int | None,
    from_date: date,
    decision: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Listing:
    """Decide that a product be listed (挂牌) from a later day on; the same again is the earlier.

    `unit` is one of the kinds of the card `trading.product_kinds`. Source: CQETS-15, CQVER-23.

    Raises:
        NotYourRole, DocumentMissing, NotAProduct, ProductListed, ListedFromALaterDay.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article=ARTICLE)
    must_have_document(decision, article=ARTICLE)
    kinds = [str(kind).lower() for kind in law.on("trading.product_kinds", market_date(at)).items]
    by_vintage = unit == ALLOWANCE
    is_fine = 0 < len(code) <= CODE_LENGTH and code.isascii() and code == code.strip()
    if unit not in kinds or by_vintage != (vintage_year is not None) or not is_fine:
        raise NotAProduct(
            field="code", product=code, unit=unit, vintage=vintage_year, known=", ".join(kinds)
        )
    _must_be_later(from_date, at)
    take_turn()
    before = Listing.objects.filter(code=code).first()
    asked = (unit, vintage_year, from_date, decision.strip())
    if before and asked == (before.unit, before.vintage_year, before.from_date, before.decision):
        return before
    same = Product.objects.filter(unit=unit, vintage_year=vintage_year)
    if before or same.exists() or Product.objects.filter(code=code).exists():
        raise ProductListed(field="code", product=code)
    exchange = parties.organisation(acting.organisation)
    new = casework.NewCase(code, exchange, market_date(at).year)
    casework.open_cases(PRODUCT_LISTING, [new], acting=acting, at=at, article=ARTICLE)
    return Listing.objects.create(
        code=code,
        unit=unit,
        vintage_year=vintage_year,
        from_date=from_date,
        decision=decision.strip(),
        decided_at=at,
    )


@transaction.atomic
def carry_out_listing(*, listing: Listing, acting: Acting, at: datetime) -> Product:
    """List a product as decided; its orders are taken from its day on. Source: CQETS-15.

    Raises:
        NotYourRole, WrongState, SamePerson, ListedFromALaterDay, ProductListed.
    """
    take_turn()
    casework.move_cases(PRODUCT_LISTING, "carry_out", [listing.code], acting=acting, at=at)
    _must_be_later(listing.from_date, at)
    same = Product.objects.filter(unit=listing.unit, vintage_year=listing.vintage_year)
    if same.exists() or Product.objects.filter(code=listing.code).exists():
        raise ProductListed(product=listing.code)
    product = Product.objects.create(
        code=listing.code,
        unit=listing.unit,
        vintage_year=listing.vintage_year,
        listed_from=listing.from_date,
    )
    journal.record(
        operation="trading.list_products",
        subject="products",
        acting=acting,
        at=at,
        article=ARTICLE,
        content={"products": [product.code], "decision": listing.decision},
    )
    return product


@transaction.atomic
def decline_listing(*, listing: Listing, reasons: str, acting: Acting, at: datetime) -> None:
    """Leave a product unlisted, with reasons.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    about = [listing.code]
    casework.move_cases(PRODUCT_LISTING, "decline", about, acting=acting, at=at, note=reasons)


def _must_be_later(from_date: date, at: datetime) -> None:
    today = market_date(at)
    if from_date <= today:
        earliest = date.fromordinal(today.toordinal() + 1)
        raise ListedFromALaterDay(field="from_date", from_date=from_date, earliest=earliest)
