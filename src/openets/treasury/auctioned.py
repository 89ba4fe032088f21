"""Paid issue by auction: what bidders won is paid and issued, each both or neither (竞价发放)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.kernel.quantity import Fen, Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.treasury.models import AuctionedSale, PaidApplication, PaidIssue
from openets.treasury.procedures import PAID_ISSUE


class NotForAuction(Refusal):
    """Only a paid issue that was decided and opened is auctioned."""

    code = "not_for_auction"
    article = "CQ208-A1.4.2"
    zh = "{subject} 未经批准以竞价方式有偿发放（当前：{state_zh}）"
    en = "{subject} is not open as a paid issue by auction (it stands at “{state_en}”)"
    remedy_zh = "请先由市生态环境局拟定竞价方案并由另一人批准"
    remedy_en = "The city bureau draws it up as one by auction, and another person opens it"


@dataclass(frozen=True, slots=True)
class Won:
    """What a bidder won, at which price a tonne, and who bid for it."""

    organisation: Organisation
    amount_t: Tonnes
    price_fen: Fen
    reference: str
    acting: Acting


@transaction.atomic
def sell_at_auction(
    *, issue: PaidIssue, winners: Sequence[Won], law: Law, acting: Acting, at: datetime
) -> None:
    """Let every winner pay and receive what it won of a paid issue (竞价成交).

    Each acts by its bid. The money is owed to the treasury in full. Source: CQETS-12, CQETS-19.

    Raises:
        NotYourRole, NotForAuction, and what paying and issuing refuse.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.MARKET_CLOCK, article="CQETS-17")
    row = PaidIssue.objects.select_for_update().get(pk=issue.pk)
    must_be_for_auction(row)
    for won in winners:
        price_fen = Fen(won.amount_t * won.price_fen)
        settlement.pay_for_sale(
            buyer=won.organisation,
            amount_fen=price_fen,
            reference=won.reference,
            acting=won.acting,
            at=at,
        )
        registry.sell_reserve(
            holder=won.organisation,
            amount_t=won.amount_t,
            year=row.year,
            reference=won.reference,
            law=law,
            acting=won.acting,
            at=at,
        )
        AuctionedSale.objects.create(
            issue=row,
            organisation=won.organisation,
            amount_t=won.amount_t,
            price_fen=won.price_fen,
            reference=won.reference,
            at=at,
        )


def must_be_for_auction(issue: PaidIssue) -> None:
    """Refuse a paid issue that is not open, or not to be auctioned.

    Raises:
        NotForAuction.
    """
    state = cases.states(PAID_ISSUE, [issue.subject])[issue.subject]
    if not issue.by_auction or state != "open":
        told = PAID_ISSUE.states[state]
        raise NotForAuction(subject=issue.subject, state_zh=told.zh, state_en=told.en)


def left_to_auction_t(issue: PaidIssue) -> Tonnes:
    """Tonnes of a paid issue by auction that no auction sold yet."""
    sold = issue.auctioned.aggregate(t=Sum("amount_t"))["t"] or 0
    return Tonnes(issue.quantity_t - sold)


def bought_t(organisation: Organisation, year: int) -> Tonnes:
    """Tonnes of a year's reserve an organisation bought so far, in whatever way."""
    applied = PaidApplication.objects.filter(
        organisation=organisation, year=year, bought_at__isnull=False
    ).aggregate(t=Sum("awarded_t"))["t"]
    won = AuctionedSale.objects.filter(organisation=organisation, issue__year=year)
    return Tonnes((applied or 0) + (won.aggregate(t=Sum("amount_t"))["t"] or 0))
