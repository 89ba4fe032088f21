"""Negotiated and block deals, intents and picks: held, confirmed, settled at once, or refused."""

from datetime import date

import pytest
from django.db import transaction

from openets.casework import queries as cases
from openets.deals import operations as deals
from openets.deals import queries
from openets.deals.models import Deal
from openets.deals.terms import (
    DealNotOpen,
    DealReferenceUsed,
    DealWithOneself,
    NotAParticipant,
    NotYourDeal,
    TooLargeToPick,
    TooSmallForBlock,
)
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.parties.queries import OutsideYourScope
from openets.registry.kinds import AccountKind
from openets.registry.measures import Bar
from openets.registry.standing import AccountRestricted
from openets.trading import queries as trading
from openets.trading.dealing import NotAmongTheBest
from openets.trading.limits import OffLot, OffTick, OutsidePriceLimit
from openets.trading.models import DailySheet, Method, Trade
from openets.trading.orders import (
    DayClosed,
    MethodNotEnabled,
    NotEnoughCash,
    NotEnoughToSell,
    ProductNotListed,
)
from openets.trading.session import MarketClosed
from tests.deals.making import confirms, free_fen, picks, proposes
from tests.exchange import (
    DAY,
    PRICE,
    PRODUCT,
    TEN,
    bar,
    held_t,
    must_be_sound,
    must_hold_what_orders_hold,
    open_floor,
    order,
    trading_market,
)
from tests.markets import CQ, FOUNDER

pytestmark = pytest.mark.django_db
BAND = (PRICE * 7 // 10, PRICE * 13 // 10)
SMALL_BLOCKS = CQ.instead({"deals.block_least_t": 1_000})


@pytest.fixture(scope="module")
def market(django_db_setup, django_db_blocker):
    """The market, built once; what a test does to it is rolled back after the test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield trading_market(2)
        transaction.set_rollback(True)


class TestAConfirmedDeal:
    @pytest.mark.requirement("CQETS-17")
    def test_is_executed_once_both_have_confirmed(self, market, capsys):
        deal = proposes(market)
        assert not Trade.objects.exists()
        confirms(market, deal)
        trade = Trade.objects.get()
        assert (trade.method, trade.qty, trade.price_fen) == ("negotiated_transfer", 500, PRICE)
        assert (trade.seller, trade.buyer) == (market["E001"], market["I1"])
        fee = 500 * PRICE * 7 // 1000
        assert free_fen(market, "I1") == 10**9 - 500 * PRICE - fee
        assert free_fen(market, "E001") == 500 * PRICE - fee
        assert held_t(market, "I1", AccountKind.TRADING) == {2021: 500}
        assert queries.deal(deal.pk).state == "confirmed"
        must_be_sound(capsys)

    def test_a_buyer_may_propose_too(self, market):
        deal = proposes(market, "I1", "E001", buys=True)
        confirms(market, deal, "E001")
        assert held_t(market, "I1", AccountKind.TRADING) == {2021: 500}
        must_hold_what_orders_hold()

    def test_the_proposal_holds_units_and_the_purchase_money_until_then(self, market):
        proposes(market)
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 49_500}
        proposes(market, "I1", "E001", buys=True)
        assert free_fen(market, "I1") == 10**9 - 500 * (PRICE + 26)
        must_hold_what_orders_hold()

    def test_confirmed_again_it_trades_once(self, market):
        deal = proposes(market)
        assert [confirms(market, deal).pk for _ in range(2)] == [deal.pk] * 2
        assert Trade.objects.count() == 1

    def test_bought_today_is_not_sold_today(self, market):
        confirms(market, proposes(market))
        with pytest.raises(NotEnoughToSell):
            proposes(market, "I1", "E001")

    def test_both_sides_are_told(self, market):
        deal = proposes(market)
        confirms(market, deal)
        for code, count in (("I1", 2), ("E001", 2)):
            told = cases.inbox(market[code]).filter(page=f"/deals/{deal.pk}")
            assert told.count() == count

    def test_a_running_floor_goes_on_with_the_books_as_they_are(self, market):
        with open_floor(market) as floor:
            floor.submit([order(market, "E001", "sell", 100, PRICE)], at=TEN)
            deal = proposes(market)
            confirms(market, deal)
            (bought,) = floor.submit([order(market, "I1", "buy", 100, PRICE)], at=TEN)
            assert (bought.state, bought.traded_t) == ("filled", 100)
        assert sorted(t.method for t in Trade.objects.all()) == [
            "negotiated_transfer",
            "open_bidding",
        ]


class TestAProposalIsRefused:
    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"price_fen": Fen(BAND[1] + 1)}, OutsidePriceLimit),
            ({"price_fen": Fen(BAND[0] - 1)}, OutsidePriceLimit),
            ({"qty": Tonnes(50_001)}, NotEnoughToSell),
            ({"product": "CQEA-1999"}, ProductNotListed),
            ({"at": at(DAY, 12)}, MarketClosed),
            ({"at": at(date(2023, 12, 3), 10)}, MarketClosed),
            ({"method": Method.BLOCK}, TooSmallForBlock),
            ({"law": CQ.instead({"trading.methods": ["open_bidding"]})}, MethodNotEnabled),
            ({"law": CQ.instead({"trading.lot_t": 3})}, OffLot),
            ({"law": CQ.instead({"trading.tick_fen": 7})}, OffTick),
            ({"acting": FOUNDER}, NotYourRole),
        ],
    )
    def test_that_misses_a_rule(self, market, changed, refusal):
        with pytest.raises(refusal):
            proposes(market, **changed)
        assert not Deal.objects.exists()
        must_hold_what_orders_hold()

    @pytest.mark.parametrize("price_fen", BAND)
    def test_not_at_exactly_the_bounds_of_its_band(self, market, price_fen):
        assert proposes(market, price_fen=Fen(price_fen)).state == "open"

    def test_to_oneself_or_to_who_does_not_trade(self, market):
        with pytest.raises(DealWithOneself):
            proposes(market, to="E001")
        with pytest.raises(NotAParticipant):
            proposes(market, to="exchange")

    def test_for_somebody_else(self, market):
        with pytest.raises(OutsideYourScope):
            proposes(market, acting=market.acts("E002"))

    def test_of_another_deal_under_the_same_reference(self, market):
        first = proposes(market)
        assert proposes(market).pk == first.pk
        with pytest.raises(DealReferenceUsed):
            proposes(market, qty=Tonnes(501))

    def test_a_buyer_without_the_money(self, market):
        with pytest.raises(NotEnoughCash):
            proposes(market, "E002", "I1", buys=True)

    def test_after_the_day_is_closed(self, market):
        with open_floor(market) as floor:
            floor.close_day(at=at(DAY, 14))
        with pytest.raises(DayClosed):
            proposes(market, at=at(DAY, 14, 30))


class TestABlock:
    def test_has_the_size_of_a_block_or_more(self, market):
        with pytest.raises(TooSmallForBlock):
            proposes(market, method=Method.BLOCK, qty=Tonnes(999), law=SMALL_BLOCKS)
        deal = proposes(market, method=Method.BLOCK, qty=Tonnes(1_000), law=SMALL_BLOCKS)
        confirms(market, deal, law=SMALL_BLOCKS)
        assert Trade.objects.get().method == "block_deal"

    @pytest.mark.parametrize(("minute", "is_open"), [(29, True), (30, False)])
    def test_is_dealt_until_half_past_three(self, market, minute, is_open):
        moment = at(DAY, 15, minute)
        given = {"qty": Tonnes(1_000), "law": SMALL_BLOCKS, "at": moment}
        if is_open:
            assert proposes(market, method=Method.BLOCK, **given).state == "open"
        else:
            with pytest.raises(MarketClosed):
                proposes(market, method=Method.BLOCK, **given)

    def test_counts_apart_and_moves_no_price(self, market, capsys):
        with open_floor(market) as floor:
            floor.submit([order(market, "E001", "sell", 100, PRICE)], at=TEN)
            floor.submit([order(market, "I1", "buy", 100, PRICE)], at=TEN)
            given = {"qty": Tonnes(1_000), "law": SMALL_BLOCKS, "price_fen": Fen(BAND[1])}
            deal = proposes(market, method=Method.BLOCK, **given)
            confirms(market, deal, law=SMALL_BLOCKS)
            floor.close_day(at=at(DAY, 15, 40))
        sheet = DailySheet.objects.get(product__code=PRODUCT)
        assert (sheet.high_fen, sheet.close_fen, sheet.volume_t) == (PRICE, PRICE, 100)
        assert (sheet.deal_volume_t, sheet.deals) == (1_000, 1)
        assert sheet.deal_turnover_fen == 1_000 * BAND[1]
        must_be_sound(capsys)


class TestAnAnswer:
    def test_is_the_counterpartys(self, market):
        deal = proposes(market)
        for act in (
            lambda who: confirms(market, deal, who),
            lambda who: deals.refuse(deal=deal, note="", law=CQ, acting=market.acts(who), at=TEN),
        ):
            for who in ("E001", "E002"):
                with pytest.raises(NotYourDeal):
                    act(who)
        with pytest.raises(NotYourDeal):
            deals.withdraw(deal=deal, law=CQ, acting=market.acts("I1"), at=TEN)

    def test_no_frees_what_was_held(self, market):
        deal = proposes(market)
        refused = deals.refuse(deal=deal, note="价高", law=CQ, acting=market.acts("I1"), at=TEN)
        assert (refused.state, refused.answer_note) == ("refused", "价高")
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 50_000}
        with pytest.raises(DealNotOpen):
            confirms(market, deal)
        must_hold_what_orders_hold()

    def test_withdrawn_it_is_free_and_cannot_be_confirmed(self, market, capsys):
        deal = proposes(market)
        for _ in range(2):
            deals.withdraw(deal=deal, law=CQ, acting=market.acts("E001"), at=TEN)
        with pytest.raises(DealNotOpen):
            confirms(market, deal)
        must_be_sound(capsys)

    def test_a_counter_proposal_turns_the_sides_round(self, market):
        deal = proposes(market)

        def counters():
            return deals.counter(
                deal=queries.deal(deal.pk),
                price_fen=Fen(PRICE - 100),
                qty=Tonnes(400),
                reference="c1",
                law=CQ,
                acting=market.acts("I1"),
                at=TEN,
            )

        made = counters()
        assert counters().pk == made.pk
        assert (made.proposer, made.proposer_buys, made.counter_to) == (market["I1"], True, deal)
        assert queries.deal(deal.pk).state == "countered"
        confirms(market, made, "E001")
        assert Trade.objects.get().turnover_fen == 400 * (PRICE - 100)
        must_hold_what_orders_hold()

    def test_a_counter_proposal_that_is_refused_leaves_the_first_open(self, market):
        deal = proposes(market)
        with pytest.raises(OutsidePriceLimit):
            deals.counter(
                deal=deal,
                price_fen=Fen(1),
                qty=Tonnes(1),
                reference="c1",
                law=CQ,
                acting=market.acts("I1"),
                at=TEN,
            )
        assert queries.deal(deal.pk).state == "open"

    def test_without_one_it_lapses_when_the_day_closes(self, market):
        deal = proposes(market)
        with open_floor(market) as floor:
            floor.close_day(at=at(DAY, 15, 5))
        assert queries.deal(deal.pk).state == "lapsed"
        with pytest.raises(DealNotOpen):
            confirms(market, deal, moment=at(date(2023, 12, 5), 10))
        must_hold_what_orders_hold()

    def test_a_counterparty_without_money_cannot_confirm(self, market):
        deal = proposes(market, to="E002")
        with pytest.raises(NotEnoughCash):
            confirms(market, deal, "E002")
        assert queries.deal(deal.pk).state == "open"
        must_hold_what_orders_hold()


class TestAMeasure:
    @pytest.mark.requirement("CQETS-30")
    def test_takes_the_proposal_out_and_none_is_made_any_more(self, market, capsys):
        deal = proposes(market)
        bar(market, "E001", Bar.SELL)
        assert queries.deal(deal.pk).state == "withdrawn"
        with pytest.raises(DealNotOpen):
            confirms(market, deal)
        with pytest.raises(AccountRestricted):
            proposes(market, reference="d2")
        must_be_sound(capsys)

    @pytest.mark.requirement("CQETS-30")
    def test_keeps_the_other_side_from_confirming(self, market):
        deal = proposes(market)
        bar(market, "I1", Bar.BUY)
        with pytest.raises(AccountRestricted):
            confirms(market, deal)
        assert queries.deal(deal.pk).state == "open"


class TestAPick:
    @pytest.fixture
    def listed(self, market):
        with open_floor(market) as floor:
            for n in range(6):
                floor.submit([order(market, "E001", "sell", 100, PRICE + n)], at=TEN)
        return market

    def test_takes_the_listed_prices_from_the_best_on(self, listed, capsys):
        picked = picks(listed, price_fen=Fen(PRICE + 1), qty=Tonnes(150))
        assert picked.state == "filled"
        rows = Trade.objects.values_list("method", "price_fen", "qty")
        assert list(rows) == [("listed_price", PRICE, 100), ("listed_price", PRICE + 1, 50)]
        must_be_sound(capsys)

    def test_leaves_nothing_in_the_book(self, listed):
        picked = picks(listed, qty=Tonnes(150))
        assert (picked.state, picked.remaining) == ("expired", 50)
        assert trading.depth(trading.product(PRODUCT))[0] == []
        must_hold_what_orders_hold()

    def test_is_of_the_best_five_levels(self, listed):
        with pytest.raises(NotAmongTheBest):
            picks(listed, price_fen=Fen(PRICE + 5))
        assert picks(listed, price_fen=Fen(PRICE + 4)).state == "filled"

    def test_is_smaller_than_a_block(self, listed):
        law = CQ.instead({"deals.block_least_t": 100})
        with pytest.raises(TooLargeToPick):
            picks(listed, law=law)
        assert picks(listed, law=law, qty=Tonnes(99)).state == "filled"

    def test_sent_again_is_picked_once(self, listed):
        assert picks(listed).id == picks(listed).id
        assert Trade.objects.count() == 1

    def test_counts_in_the_days_prices(self, listed):
        picks(listed)
        assert trading.day_so_far(trading.product(PRODUCT), DAY, PRICE).volume_t == 100


class TestAnIntent:
    def posts(self, market, code="E001", **otherwise):
        given = {"product": PRODUCT, "buys": False, "qty": Tonnes(900), "price_fen": None}
        given |= {"reference": "i1", "acting": market.acts(code), "at": TEN, **otherwise}
        return deals.post_intent(holder=market[code], **given)

    def test_binds_nobody_and_is_seen_that_day(self, market):
        made = self.posts(market)
        assert self.posts(market).pk == made.pk
        assert [one.pk for one in queries.intents(DAY)] == [made.pk]
        assert list(queries.intents(date(2023, 12, 5))) == []
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 50_000}

    def test_is_taken_back_by_its_holder(self, market):
        made = self.posts(market)
        with pytest.raises(NotYourDeal):
            deals.withdraw_intent(intent=made, acting=market.acts("E002"), at=TEN)
        deals.withdraw_intent(intent=made, acting=market.acts("E001"), at=TEN)
        assert list(queries.intents(DAY)) == []

    def test_of_something_else_needs_a_reference_of_its_own(self, market):
        self.posts(market)
        with pytest.raises(DealReferenceUsed):
            self.posts(market, qty=Tonnes(1))
