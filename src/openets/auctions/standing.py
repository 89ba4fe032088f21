"""Rows locked for a change, who may change them, and the trace every change leaves."""

from collections.abc import Iterable
from datetime import datetime

from openets.auctions.models import STAGE_TITLES, Auction, AuctionState
from openets.auctions.rules import ARTICLE
from openets.casework import notices
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role

PARTICIPANTS = (
    Role.KEY_EMITTING_ENTITY,
    Role.PROJECT_OWNER,
    Role.INVESTOR,
    Role.INDIVIDUAL,
)
"""Who trades. Source: CQETS-16."""


class WrongAuctionState(Refusal):
    """The step does not lead on from where the auction stands."""

    code = "wrong_auction_state"
    article = ARTICLE
    zh = "第 {number} 号竞价当前为“{state_zh}”，不能办理"
    en = "Auction {number} stands at “{state_en}”; this cannot be done"
    remedy_zh = "请查看竞价当前状态"
    remedy_en = "See where the auction stands"


class AuctionReferenceUsed(Refusal):
    """The reference stands for something else."""

    code = "auction_reference_used"
    article = ARTICLE
    zh = "业务编号 {reference} 已用于其他内容"
    en = "The reference {reference} stands for something else"
    remedy_zh = "请使用新的业务编号"
    remedy_en = "Use a new reference"


def locked(auction: Auction) -> Auction:
    """The auction, which nobody else changes until the transaction ends."""
    rows = Auction.objects.select_for_update(of=("self",))
    rows = rows.select_related("product", "organiser", "issue", "buy_back", "order")
    return rows.get(pk=auction.pk)


def must_stand(auction: Auction, *states: AuctionState) -> None:
    """Refuse unless the auction stands in one of these states.

    Raises:
        WrongAuctionState.
    """
    if auction.state not in states:
        zh, en = STAGE_TITLES[auction.state]
        raise WrongAuctionState(number=auction.pk, state_zh=zh, state_en=en)


def made_before(reference: str, **asked: object) -> Auction | None:
    """The auction of a reference, if it is of the same.

    Raises:
        AuctionReferenceUsed.
    """
    found = Auction.objects.filter(reference=reference).first()
    if found and any(getattr(found, name) != value for name, value in asked.items()):
        raise AuctionReferenceUsed(field="reference", reference=reference)
    return found


def must_be_its_own(acting: Acting, operation: str, holder: Organisation, at: datetime) -> None:
    """Refuse whoever is no participant, acts for another, or works for an authority or operator.

    Raises:
        NotYourRole, OutsideYourScope, StaffMustNotTrade.
    """
    acting.must_be(*PARTICIPANTS, article="CQETS-16")
    parties.must_be_allowed(acting, operation, holder)
    parties.must_not_be_staff(acting.person, market_date(at))


def record(name: str, auction: Auction, acting: Acting, at: datetime, **content: object) -> None:
    """Journal what happened to an auction."""
    journal.record(
        operation=f"auctions.{name}",
        subject=auction.subject,
        acting=acting,
        at=at,
        article=ARTICLE,
        content=content,
    )


def inform(
    auction: Auction, step: str, to: Iterable[Organisation], zh: str, en: str, at: datetime
) -> None:
    """A notice about an auction in the inbox of each."""
    notices.inform(
        to,
        key=f"{auction.subject}/{step}",
        zh=f"第 {auction.pk} 号竞价（{auction.product.code}，{auction.quantity_t:,} 吨）{zh}",
        en=f"Auction {auction.pk} ({auction.product.code}, {auction.quantity_t:,} t) {en}",
        article=ARTICLE,
        page=f"/auctions/{auction.pk}",
        at=at,
    )
