"""What may be asked about deals and intents."""

from datetime import date

from django.db.models import Q, QuerySet

from openets.deals.models import Deal, Intent
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.settlement import queries as money


class NoSuchDeal(Refusal):
    """There is no deal or intent of this number that one may see."""

    code = "no_such_deal"
    article = "CQETS-17"
    zh = "没有编号为 {number} 的申报"
    en = "There is no proposal of the number {number}"
    remedy_zh = "请核对编号"
    remedy_en = "Check the number"


def deals(holder: Organisation | None = None) -> QuerySet[Deal]:
    """Deals, newest first: of one participant on either side, or all."""
    found = Deal.objects.select_related(
        *("product", "proposer", "counterparty", "order", "trade", "counter_to")
    ).order_by("-id")
    return found.filter(Q(proposer=holder) | Q(counterparty=holder)) if holder else found


def deal(number: int, holder: Organisation | None = None) -> Deal:
    """A deal by its number, of one participant or any.

    Raises:
        NoSuchDeal.
    """
    found = deals(holder).filter(pk=number).first()
    if found is None:
        raise NoSuchDeal(number=number)
    return found


def intents(day: date) -> QuerySet[Intent]:
    """The intents of a day that nobody took back, newest first."""
    found = Intent.objects.filter(day=day, withdrawn_at=None)
    return found.select_related("holder", "product").order_by("-id")


def intent(number: int) -> Intent:
    """An intent by its number.

    Raises:
        NoSuchDeal.
    """
    found = Intent.objects.select_related("holder", "product").filter(pk=number).first()
    if found is None:
        raise NoSuchDeal(number=number)
    return found


def counterparties(than: Organisation) -> list[Organisation]:
    """Who may be named in a proposal: everybody else who takes part in trading."""
    return [one for one in money.participants() if one != than]
