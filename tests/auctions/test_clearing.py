"""The pure clearing of an auction, and its slow twin that gives tonne by tonne."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.auctions.clearing import (
    Award,
    Pricing,
    SealedBid,
    Ties,
    apportion,
    clear,
)


def bids(*rows):
    """Bids of A, B, C … by price and quantity, in that order of time."""
    names = "ABCDEFGH"
    return [SealedBid(n, names[n - 1], *row) for n, row in enumerate(rows, 1)]


class TestTheResult:
    def test_one_price_is_the_lowest_accepted(self):
        found = clear(bids((50, 40), (48, 30), (45, 60)), quantity_t=100)
        assert found.price_fen == 45
        assert found.awards == (Award(1, 40, 45), Award(2, 30, 45), Award(3, 30, 45))
        assert found.unsold_t == 0

    def test_pay_as_bid_lets_each_pay_its_own(self):
        found = clear(bids((50, 40), (48, 30)), quantity_t=60, pricing=Pricing.AS_BID)
        assert [award.price_fen for award in found.awards] == [50, 48]
        assert [award.qty_t for award in found.awards] == [40, 20]

    def test_a_price_of_the_margin_goes_to_who_came_first(self):
        found = clear(bids((50, 60), (50, 60)), quantity_t=100)
        assert [award.qty_t for award in found.awards] == [60, 40]

    def test_or_to_all_in_proportion(self):
        found = clear(bids((50, 60), (50, 60), (50, 30)), quantity_t=100, ties=Ties.PRO_RATA)
        assert [award.qty_t for award in found.awards] == [40, 40, 20]

    def test_what_nobody_wants_is_left_over(self):
        assert clear(bids((50, 60)), quantity_t=100).unsold_t == 40
        nothing = clear([], quantity_t=100)
        assert (nothing.price_fen, nothing.awards, nothing.unsold_t) == (None, (), 100)

    def test_nobody_wins_more_than_its_share_and_no_group(self):
        rows = [
            SealedBid(1, "A", 90, 80),
            SealedBid(2, "X", 80, 10, "other"),
            SealedBid(3, "Y", 70, 15, "other"),
            SealedBid(4, "B", 60, 80),
        ]
        found = clear(
            rows,
            quantity_t=100,
            most_of_bidder={"A": 15, "B": 15},
            most_of_group={"other": 20},
        )
        assert [award.qty_t for award in found.awards] == [15, 10, 10, 15]
        assert found.unsold_t == 50

    def test_a_bid_that_may_win_nothing_makes_no_price(self):
        found = clear(bids((50, 10), (40, 10)), quantity_t=20, most_of_bidder={"B": 0})
        assert found.price_fen == 50

    def test_in_a_reverse_auction_the_cheapest_wins(self):
        found = clear(bids((50, 60), (40, 60)), quantity_t=100, is_reverse=True)
        assert found.awards == (Award(2, 60, 50), Award(1, 40, 50))


class TestSharing:
    @pytest.mark.parametrize(
        ("wants", "total", "shares"),
        [
            ([1, 1, 1], 2, [1, 1, 0]),
            ([5, 3, 1], 4, [2, 1, 1]),
            ([10, 20], 100, [10, 20]),
            ([7], 3, [3]),
            ([], 3, []),
        ],
    )
    def test_goes_by_the_largest_remainder(self, wants, total, shares):
        assert apportion(wants, total) == shares

    @given(st.lists(st.integers(0, 50), max_size=8), st.integers(0, 200))
    def test_gives_all_there_is_and_nobody_a_tonne_off_its_part(self, wants, total):
        shares = apportion(wants, total)
        given_away = min(total, sum(wants))
        assert sum(shares) == given_away
        for share, want in zip(shares, wants, strict=True):
            part = Fraction(want * given_away, sum(wants) or 1)
            assert abs(share - part) < 1
            assert share <= want


PRICES = st.integers(1, 4)
ROWS = st.lists(st.tuples(PRICES, st.integers(1, 9), st.sampled_from(["", "other"])), max_size=6)


def tonne_by_tonne(rows, quantity_t, of_bidder, of_group, *, is_reverse):
    """Give every tonne to the best bid that may still have one, the earliest of the best."""
    won = {bid.number: 0 for bid in rows}

    def may_have_one(bid):
        own = sum(won[b.number] for b in rows if b.bidder == bid.bidder)
        group = sum(won[b.number] for b in rows if b.group == bid.group)
        return (
            won[bid.number] < bid.qty_t
            and own < of_bidder.get(bid.bidder, own + 1)
            and group < of_group.get(bid.group, group + 1)
        )

    for _ in range(quantity_t):
        able = [bid for bid in rows if may_have_one(bid)]
        if not able:
            break
        best = (min if is_reverse else max)(bid.price_fen for bid in able)
        won[min(bid.number for bid in able if bid.price_fen == best)] += 1
    return {number: qty for number, qty in won.items() if qty}


@given(
    ROWS,
    st.integers(0, 30),
    st.dictionaries(st.sampled_from("AB"), st.integers(0, 6)),
    st.dictionaries(st.just("other"), st.integers(0, 8)),
    st.booleans(),
    st.sampled_from(Pricing),
)
def test_it_is_as_if_given_tonne_by_tonne(rows, quantity_t, most, group, is_reverse, pricing):
    found_bids = [
        SealedBid(n, "ABC"[n % 3], price, qty, of) for n, (price, qty, of) in enumerate(rows, 1)
    ]
    found = clear(
        found_bids,
        quantity_t=quantity_t,
        pricing=pricing,
        most_of_bidder=most,
        most_of_group=group,
        is_reverse=is_reverse,
    )
    twin = tonne_by_tonne(found_bids, quantity_t, most, group, is_reverse=is_reverse)
    assert {award.number: award.qty_t for award in found.awards} == twin
    assert found.unsold_t == quantity_t - sum(twin.values())
    prices = {bid.number: bid.price_fen for bid in found_bids}
    if twin:
        worst = (max if is_reverse else min)(prices[number] for number in twin)
        assert found.price_fen == worst
        for award in found.awards:
            own = prices[award.number]
            assert award.price_fen == (own if pricing == Pricing.AS_BID else worst)


@given(
    ROWS,
    st.integers(0, 30),
    st.dictionaries(st.sampled_from("AB"), st.integers(0, 6)),
    st.dictionaries(st.just("other"), st.integers(0, 8)),
)
def test_pro_rata_keeps_every_limit_and_the_order_of_prices(rows, quantity_t, most, group):
    found_bids = [
        SealedBid(n, "ABC"[n % 3], price, qty, of) for n, (price, qty, of) in enumerate(rows, 1)
    ]
    limits = {"most_of_bidder": most, "most_of_group": group}
    found = clear(found_bids, quantity_t=quantity_t, ties=Ties.PRO_RATA, **limits)
    won = {award.number: award.qty_t for award in found.awards}
    by_number = {bid.number: bid for bid in found_bids}
    assert sum(won.values()) + found.unsold_t == quantity_t
    for name, limit in most.items():
        assert sum(q for n, q in won.items() if by_number[n].bidder == name) <= limit
    for name, limit in group.items():
        assert sum(q for n, q in won.items() if by_number[n].group == name) <= limit
    assert all(qty <= by_number[number].qty_t for number, qty in won.items())
    if not (most or group):
        by_time = clear(found_bids, quantity_t=quantity_t)
        assert found.price_fen == by_time.price_fen
        assert found.unsold_t == by_time.unsold_t
