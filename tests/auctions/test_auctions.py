"""Auctions of the reserve, of a holder's lot, and of a buy-back, from announcement to result."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from openets.auctions import operations as auctions
from openets.auctions import queries, rules
from openets.auctions.bidding import AlreadyBid, BidNotIn
from openets.auctions.deciding import StillOpen
from openets.auctions.standing import AuctionReferenceUsed, WrongAuctionState
from openets.casework import queries as cases
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.parties.queries import OutsideYourScope
from openets.registry.kinds import AccountKind
from openets.registry.measures import Bar
from openets.settlement import queries as money
from openets.trading import queries as trading
from openets.trading.limits import OutsidePriceLimit
from openets.trading.models import Trade
from openets.trading.orders import MethodNotEnabled, NotEnoughCash, NotEnoughToSell
from openets.treasury import operations as treasury
from openets.treasury import queries as sales
from tests.auctions.making import (
    AFTER,
    AUCTION_DAY,
    BIDDING,
    CLOSES,
    OPENS,
    SMALL,
    announced,
    auction_market,
    bids,
    cleared,
    decided,
    offered,
    put_up,
    wanted,
)
from tests.exchange import (
    DAY,
    PRICE,
    PRODUCT,
    TEN,
    bar,
    close_books,
    held_t,
    must_be_sound,
    must_hold_what_orders_hold,
    open_floor,
    order,
)
from tests.markets import CQ
from tests.treasury.offers import government_t, sells

pytestmark = pytest.mark.django_db
OPEN_TO_ALL = CQ.instead(
    {
        "auction.own_gap_only": False,
        "auction.investor_share_ratio": "0.03",
        "auction.investors_share_ratio": "0.05",
        "auction.entity_share_ratio": "0.15",
    }
)


@pytest.fixture(scope="module")
def market(django_db_setup, django_db_blocker):
    """The market, built once; what a test does to it is rolled back after the test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield auction_market()
        transaction.set_rollback(True)


def free_fen(market, code):
    return money.cash(market[code]).available_fen


class TestTheReserve:
    @pytest.mark.requirement("CQETS-19")
    def test_is_paid_and_issued_and_its_proceeds_are_owed_in_full(self, market, capsys):
        issue = decided(market)
        auction = announced(market, issue)
        before, cash = held_t(market, "E002")[2022], free_fen(market, "E002")
        bids(market, auction, qty=500, price_fen=PRICE + 100)
        done = cleared(market, auction)
        assert (done.price_fen, done.sold_t) == (PRICE + 100, 500)
        assert held_t(market, "E002")[2022] == before + 500
        assert free_fen(market, "E002") == cash - 500 * (PRICE + 100)
        ((proceeds, state),) = sales.proceeds(issue.pk)
        assert (proceeds.sold_t, proceeds.owed_fen) == (500, 500 * (PRICE + 100))
        assert state == "open"
        with pytest.raises(treasury.NotPaidInFull):
            treasury.pay_over(
                issue=issue,
                amount_fen=Fen(proceeds.owed_fen - 1),
                receipt="K1",
                acting=market.acts("finance"),
                at=AFTER,
            )
        assert sales.left_to_auction_t(issue) == 1_500
        assert sales.promised_t(2022) == 1_500
        must_be_sound(capsys)

    def test_is_not_an_exchange_trade_of_the_day(self, market):
        auction = announced(market)
        bids(market, auction)
        cleared(market, auction)
        assert not Trade.objects.exists()

    def test_decided_again_it_is_as_it_was(self, market):
        auction = announced(market)
        bids(market, auction)
        cash = [(cleared(market, auction).sold_t, free_fen(market, "E002")) for _ in range(2)]
        assert cash[0] == cash[1]

    def test_without_bids_nothing_is_sold(self, market, capsys):
        done = cleared(market, announced(market))
        assert (done.price_fen, done.sold_t, done.state) == (None, 0, "cleared")
        must_be_sound(capsys)

    def test_needs_the_bureaus_decision_by_two(self, market):
        issue = treasury.prepare_sale(
            year=2021,
            quantity_t=Tonnes(100),
            price_fen=Fen(PRICE),
            last_date=date(2023, 12, 29),
            terms="x",
            awards=None,
            reference="s9",
            acting=market.acts("bureau"),
            at=TEN,
        )
        with pytest.raises(treasury.NotForAuction):
            announced(market, issue, 100)

    def test_is_no_more_than_decided(self, market):
        issue = decided(market)
        with pytest.raises(rules.TooMuchForAuction):
            announced(market, issue, 2_001)
        announced(market, issue, 1_999)
        with pytest.raises(rules.TooMuchForAuction):
            announced(market, issue, 2, reference="a2")
        announced(market, issue, 1, reference="a2")

    def test_closes_by_the_last_day_of_the_decision(self, market):
        issue = decided(market)
        late = issue.last_date + timedelta(days=3)
        with pytest.raises(rules.AfterTheLastDay):
            announced(market, issue, opens_at=at(late, 10), closes_at=at(late, 11))


class TestTheAnnouncement:
    def test_comes_five_working_days_before(self, market):
        issue = decided(market)
        friday = at(AUCTION_DAY - timedelta(days=3), 10)
        with pytest.raises(rules.NoticeTooShort) as refused:
            announced(market, issue, opens_at=friday, closes_at=friday + timedelta(hours=1))
        assert refused.value.numbers["first"] == date(2023, 12, 9)
        assert announced(market, issue).state == "announced"

    @pytest.mark.parametrize(
        ("opens", "closes"),
        [
            (at(date(2023, 12, 9), 10), at(date(2023, 12, 9), 11)),
            (at(date(2023, 12, 12), 10), at(date(2023, 12, 13), 11)),
            (CLOSES, OPENS),
        ],
    )
    def test_names_hours_of_one_trading_day(self, market, opens, closes):
        with pytest.raises(rules.NotAnAuctionDay):
            announced(market, opens_at=opens, closes_at=closes)

    def test_is_the_exchanges(self, market):
        issue = decided(market)
        for code in ("E001", "bureau", "registry"):
            with pytest.raises(NotYourRole):
                announced(market, issue, acting=market.acts(code))

    def test_is_refused_where_the_market_has_no_auctions(self, market):
        law = CQ.instead({"trading.methods": ["open_bidding"]})
        with pytest.raises(MethodNotEnabled):
            announced(market, law=law)

    def test_sent_again_is_the_same(self, market):
        issue = decided(market)
        assert announced(market, issue).pk == announced(market, issue).pk
        with pytest.raises(AuctionReferenceUsed):
            announced(market, issue, 1_000)

    def test_reaches_every_participant(self, market):
        auction = announced(market)
        for code in ("E001", "E002", "I1", "bureau"):
            assert cases.inbox(market[code]).filter(page=f"/auctions/{auction.pk}").exists()


class TestTheFloor:
    def test_is_what_the_bureau_asks_where_nothing_traded(self, market):
        assert announced(market, decided(market, price_fen=4_000)).limit_fen == 4_000

    def test_is_the_weighted_average_of_the_last_months(self, market):
        with open_floor(market) as floor:
            for price, qty in ((PRICE, 100), (PRICE + 60, 200)):
                floor.submit([order(market, "E001", "sell", qty, price)], at=TEN)
                floor.submit([order(market, "I1", "buy", qty, price)], at=TEN)
        later = at(date(2023, 12, 5), 10)
        product = trading.product(PRODUCT)
        on = {"product": product, "least_fen": 1, "law": CQ}
        assert rules.floor_fen(announced=later.date(), **on) == PRICE + 40
        assert rules.floor_fen(announced=DAY, **on) == 1, "the day itself does not count"
        assert rules.floor_fen(announced=date(2024, 6, 4), **on) == PRICE + 40
        assert rules.floor_fen(announced=date(2024, 6, 5), **on) == 1

    def test_is_kept_at_equality(self, market):
        auction = announced(market)
        with pytest.raises(rules.BeyondTheLimit):
            bids(market, auction, price_fen=auction.limit_fen - 1)
        assert bids(market, auction, price_fen=auction.limit_fen).state == "in"


class TestABid:
    def test_holds_its_whole_price_as_deposit(self, market):
        auction, cash = announced(market), free_fen(market, "E002")
        bids(market, auction, qty=500)
        assert free_fen(market, "E002") == cash - 500 * PRICE
        must_hold_what_orders_hold()

    @pytest.mark.parametrize(
        ("moment", "is_taken"),
        [
            (OPENS - timedelta(seconds=1), False),
            (OPENS, True),
            (CLOSES - timedelta(seconds=1), True),
            (CLOSES, False),
        ],
    )
    def test_is_taken_from_the_opening_to_before_the_close(self, market, moment, is_taken):
        auction = announced(market)
        if is_taken:
            assert bids(market, auction, at=moment).state == "in"
        else:
            with pytest.raises(rules.BidsNotTaken):
                bids(market, auction, at=moment)

    @pytest.mark.requirement("CQ208-4.4")
    def test_is_for_no_more_than_the_own_gap(self, market, monkeypatch):
        auction = announced(market)
        monkeypatch.setattr(rules, "own_gap_t", lambda *_: Tonnes(700))
        with pytest.raises(rules.MoreThanOwnGap):
            bids(market, auction, qty=701)
        assert bids(market, auction, qty=700).state == "in"

    def test_counts_what_was_bought_before_against_the_gap(self, market):
        gap = queries.own_gap_t(market["E002"], 2022)
        assert gap == 20_000
        auction = announced(market)
        bids(market, auction)
        cleared(market, auction)
        assert queries.own_gap_t(market["E002"], 2022) == gap - 500

    def test_is_for_those_who_are_short(self, market):
        auction = announced(market)
        for code in ("E003", "I1"):
            with pytest.raises(rules.NotEligible):
                bids(market, auction, code)

    def test_is_for_no_more_than_a_share(self, market):
        auction = announced(market, law=OPEN_TO_ALL)
        with pytest.raises(rules.MoreThanShare):
            bids(market, auction, qty=301, law=OPEN_TO_ALL)
        with pytest.raises(rules.MoreThanShare):
            bids(market, auction, "I1", qty=61, law=OPEN_TO_ALL)
        bids(market, auction, qty=300, law=OPEN_TO_ALL)
        bids(market, auction, "I1", qty=60, law=OPEN_TO_ALL)

    def test_needs_its_money(self, market):
        with pytest.raises(NotEnoughCash):
            bids(market, announced(market), qty=500, price_fen=10**6)

    def test_is_ones_own_and_one(self, market):
        auction = announced(market)
        with pytest.raises(OutsideYourScope):
            bids(market, auction, acting=market.acts("E003"))
        with pytest.raises(NotYourRole):
            bids(market, auction, acting=market.acts("bureau"))
        first = bids(market, auction)
        assert bids(market, auction).pk == first.pk
        with pytest.raises(AlreadyBid):
            bids(market, auction, qty=1)
        with pytest.raises(AuctionReferenceUsed):
            bids(market, auction, qty=1, reference=first.reference)

    def test_stays_sealed_until_the_decision(self, market):
        auction = announced(market)
        bids(market, auction)
        assert queries.results(auction) == []
        assert queries.demand(auction) == []
        (step,) = queries.demand(cleared(market, auction))
        assert (step.price_fen, step.cumulated_t, step.won_t) == (PRICE, 500, 500)

    def test_is_changed_and_withdrawn_before_the_close(self, market, capsys):
        auction, cash = announced(market), free_fen(market, "E002")
        given = {"law": CQ, "acting": market.acts("E002")}
        bid = bids(market, auction)
        changed = {"bid": bid, "price_fen": Fen(PRICE + 1), "qty": Tonnes(100), "reference": "c"}
        for _ in range(2):
            found = auctions.change_bid(**changed, **given, at=BIDDING)
        assert (found.pk, found.qty) == (bid.pk, 100)
        assert free_fen(market, "E002") == cash - 100 * (PRICE + 1)
        with pytest.raises(rules.BidsNotTaken):
            auctions.withdraw_bid(bid=bid, **given, at=CLOSES)
        with pytest.raises(BidNotIn):
            auctions.withdraw_bid(bid=bid, law=CQ, acting=market.acts("E003"), at=BIDDING)
        auctions.withdraw_bid(bid=bid, **given, at=BIDDING)
        assert free_fen(market, "E002") == cash
        with pytest.raises(BidNotIn):
            auctions.withdraw_bid(bid=bid, **given, at=BIDDING)
        assert cleared(market, auction).sold_t == 0
        must_be_sound(capsys)

    def test_outlasts_the_days_close(self, market):
        auction = announced(market)
        bids(market, auction)
        with open_floor(market, day=AUCTION_DAY) as floor:
            floor.close_day(at=at(AUCTION_DAY, 15, 5))
        close_books(market.acts, AUCTION_DAY)
        must_hold_what_orders_hold()
        assert cleared(market, auction, moment=at(date(2023, 12, 12), 10)).sold_t == 500


class TestTheDecision:
    def test_comes_after_the_close_by_exchange_or_clock(self, market):
        auction = announced(market)
        with pytest.raises(StillOpen):
            cleared(market, auction, moment=CLOSES - timedelta(seconds=1))
        for code in ("bureau", "E002"):
            with pytest.raises(NotYourRole):
                cleared(market, auction, code=code)
        assert cleared(market, auction, code="clock", moment=CLOSES).state == "cleared"

    def test_is_not_that_of_a_cancelled_auction(self, market, capsys):
        auction, cash = announced(market), free_fen(market, "E002")
        bids(market, auction)
        given = {"law": CQ, "acting": market.acts("exchange"), "at": BIDDING}
        with pytest.raises(rules.ReasonsNeeded):
            auctions.cancel(auction=auction, reasons=" ", **given)
        auctions.cancel(auction=auction, reasons="系统故障", **given)
        assert free_fen(market, "E002") == cash
        with pytest.raises(WrongAuctionState):
            cleared(market, auction)
        must_be_sound(capsys)

    def test_is_told_to_bidders_and_organiser(self, market):
        auction = announced(market)
        bids(market, auction)
        cleared(market, auction)
        for code in ("E002", "bureau"):
            assert cases.inbox(market[code]).filter(page=f"/auctions/{auction.pk}").count() == 2


class TestAHoldersLot:
    def test_is_held_from_the_application_and_trades_at_one_price(self, market, capsys):
        lot = offered(market)
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 15_000}
        auction = put_up(market, lot)
        before = free_fen(market, "E001")
        bids(market, auction, "I1", qty=3_000, price_fen=PRICE + 300, law=SMALL)
        bids(market, auction, "E002", qty=1_000, price_fen=PRICE + 100, law=SMALL)
        done = cleared(market, auction, law=SMALL)
        assert (done.price_fen, done.sold_t) == (PRICE + 100, 4_000)
        rows = Trade.objects.values_list("method", "price_fen", "qty")
        assert set(rows) == {
            ("one_way_auction", PRICE + 100, 3_000),
            ("one_way_auction", PRICE + 100, 1_000),
        }
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 16_000}
        fees = sum(qty * (PRICE + 100) * 7 // 1000 for qty in (3_000, 1_000))
        assert free_fen(market, "E001") == before + 4_000 * (PRICE + 100) - fees
        must_be_sound(capsys)

    def test_may_pay_as_bid_and_serve_pro_rata(self, market):
        law = SMALL.instead({"auction.pricing": "as_bid", "auction.ties": "pro_rata"})
        auction = put_up(market, offered(market, law=law), law=law)
        bids(market, auction, "I1", qty=4_000, price_fen=PRICE, law=law)
        bids(market, auction, "E002", qty=4_000, price_fen=PRICE, law=law)
        cleared(market, auction, law=law)
        assert [bid.won_t for bid in queries.results(queries.auction(auction.pk))] == [2_500] * 2

    def test_has_its_least_size_and_is_there(self, market):
        with pytest.raises(rules.LotTooSmall):
            offered(market, quantity_t=Tonnes(999))
        with pytest.raises(NotEnoughToSell):
            offered(market, quantity_t=Tonnes(20_001))
        with pytest.raises(OutsidePriceLimit):
            offered(market, floor_fen=Fen(PRICE * 12 // 10 + 1))
        assert offered(market, quantity_t=Tonnes(1_000)).state == "applied"

    def test_is_not_bid_for_by_its_seller(self, market):
        auction = put_up(market, offered(market))
        with pytest.raises(rules.NotEligible):
            bids(market, auction, "E001", qty=1, law=SMALL)

    def test_that_a_measure_took_out_sells_nothing(self, market, capsys):
        auction = put_up(market, offered(market))
        bids(market, auction, "I1", qty=3_000, law=SMALL)
        bar(market, "E001", Bar.SELL, moment=BIDDING)
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 20_000}
        done = cleared(market, auction, law=SMALL)
        assert (done.sold_t, queries.bids_of(market["I1"]).get().state) == (0, "lost")
        must_be_sound(capsys)

    def test_a_bid_that_a_measure_took_out_wins_nothing(self, market, capsys):
        auction = put_up(market, offered(market))
        bids(market, auction, "E002", qty=1_000, law=SMALL)
        bar(market, "E002", Bar.BUY, moment=BIDDING)
        assert queries.bids_of(market["E002"]).get().state == "withdrawn"
        assert cleared(market, auction, law=SMALL).sold_t == 0
        must_be_sound(capsys)

    def test_is_announced_once(self, market):
        lot = offered(market)
        put_up(market, lot)
        with pytest.raises(WrongAuctionState):
            put_up(market, lot)


@pytest.mark.requirement("CQETS-13.2")
class TestABuyBack:
    def test_takes_the_cheapest_offers_first(self, market, capsys):
        auction = wanted(market)
        before = free_fen(market, "E001")
        bids(market, auction, "E001", qty=700, price_fen=3_300)
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 19_300}
        done = cleared(market, auction)
        assert (done.price_fen, done.sold_t) == (3_300, 700)
        assert government_t(AccountKind.BUY_BACK) == 700
        assert free_fen(market, "E001") == before + 700 * 3_300
        must_be_sound(capsys)

    def test_pays_no_more_than_the_ceiling(self, market):
        auction = wanted(market)
        with pytest.raises(rules.BeyondTheLimit):
            bids(market, auction, "E001", price_fen=3_501)
        assert bids(market, auction, "E001", price_fen=3_500).state == "in"

    def test_by_auction_is_not_sold_to_otherwise(self, market):
        auction = wanted(market)
        with pytest.raises(treasury.NotInForce):
            sells(market, auction.buy_back, 100, code="E001")
