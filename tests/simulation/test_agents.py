from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openets.simulation.agents import cost_fen, entity_intent, trader_intent, urgency
from openets.simulation.positions import Intent, Need, Position, Quote, Stock, Terms
from openets.simulation.tempers import draw_temper, draw_traders

PRODUCTS = ("A", "B")
DAY = date(2023, 12, 20)
TERMS = Terms(tick_fen=1, lot_t=1, largest_t=100_000, fee_ratio=Decimal("0.007"))
QUOTE = Quote(3600, None, None, 2880, 4320)
tonnes = st.integers(0, 3_000_000)
days = st.integers(0, 100)
stocks = st.builds(Stock, tonnes, tonnes, tonnes, tonnes, days)
positions = st.builds(
    Position,
    st.dictionaries(st.sampled_from(PRODUCTS), stocks),
    st.dictionaries(st.sampled_from(PRODUCTS), st.builds(Need, tonnes, days)),
    st.integers(0, 10**10),
    st.integers(0, 10**10),
)
terms_of_a_market = st.builds(
    Terms,
    st.sampled_from([1, 10]),
    st.sampled_from([1, 100]),
    st.sampled_from([10_000, 100_000]),
    st.sampled_from([Decimal(0), Decimal("0.007")]),
)


@st.composite
def quotes(draw):
    reference = draw(st.integers(100, 20_000)) * 10
    floor, ceiling = reference * 8 // 100 * 10, reference * 12 // 100 * 10
    prices = st.none() | st.integers(floor, ceiling)
    return Quote(reference, draw(prices), draw(prices), floor, ceiling)


books = st.dictionaries(st.sampled_from(PRODUCTS), quotes())


def check_orders(intent, position, book, terms):
    spent, sold = 0, defaultdict(int)
    for order in intent.orders:
        quote = book[order.product]
        assert quote.floor_fen <= order.price_fen <= quote.ceiling_fen
        assert order.price_fen % terms.tick_fen == 0
        assert 0 < order.tonnes <= terms.largest_t
        assert order.tonnes % terms.lot_t == 0
        if order.side == "buy":
            spent += cost_fen(order, terms)
        else:
            sold[order.product] += order.tonnes
    assert spent <= position.cash_fen
    for product, quantity in sold.items():
        stock = position.stocks[product]
        assert quantity <= min(stock.trading_t, stock.free_to_sell_t)


@settings(max_examples=150, deadline=None)
@given(positions, books, terms_of_a_market, st.integers(1, 10**6))
def test_an_entity_never_exceeds_cash_holdings_or_limits(position, book, terms, seed):
    temper = replace(draw_temper(participant="37", seed=seed), activity=Decimal(1))
    intent = entity_intent(
        temper=temper, position=position, quotes=book, terms=terms, day=DAY, seed=seed
    )
    check_orders(intent, position, book, terms)
    assert 0 <= intent.deposit_fen <= position.bank_fen
    for order in intent.orders:
        need = position.needs.get(order.product, Need(0, 0))
        if order.side == "buy":
            assert order.tonnes <= need.short_t
        else:
            assert need.short_t == 0
            assert order.tonnes <= position.stocks[order.product].spare_t
    for move in intent.moves:
        stock = position.stocks[move.product]
        source_t = stock.trading_t if move.to == "registry" else stock.registry_t
        assert 0 < move.tonnes <= source_t
        if move.to == "trading":
            assert stock.trading_t + move.tonnes <= min(stock.free_to_sell_t, stock.spare_t)


@settings(max_examples=100, deadline=None)
@given(positions, books, terms_of_a_market, st.integers(1, 10**6))
def test_an_institution_never_exceeds_cash_holdings_or_limits(position, book, terms, seed):
    trader = replace(draw_traders(seed=seed)[0], activity=Decimal(1))
    intent = trader_intent(
        trader=trader, position=position, quotes=book, terms=terms, day=DAY, seed=seed
    )
    check_orders(intent, position, book, terms)
    for product in book:
        own = {order.side: order.price_fen for order in intent.orders if order.product == product}
        assert len(own) < 2 or own["buy"] < own["sell"]


def ask(position, seed=1, quote=QUOTE, **temper):
    drawn = replace(draw_temper(participant="37", seed=seed), activity=Decimal(1), **temper)
    return entity_intent(
        temper=drawn, position=position, quotes={"A": quote}, terms=TERMS, day=DAY, seed=seed
    )


def missing(short_t, days_left, cash_fen=10**12):
    return Position({}, {"A": Need(short_t, days_left)}, cash_fen, 0)


def test_a_wish_is_the_same_however_the_position_is_ordered():
    needs = {"A": Need(5_000, 3), "B": Need(7_000, 20)}
    book = dict.fromkeys(PRODUCTS, QUOTE)
    temper = draw_temper(participant="37", seed=1)
    asked = [
        entity_intent(
            temper=temper,
            position=Position({}, dict(order), 10**8, 0),
            quotes=book,
            terms=TERMS,
            day=DAY,
            seed=1,
        )
        for order in (needs.items(), reversed(needs.items()))
    ]
    assert asked[0] == asked[1]


def test_who_misses_and_spares_nothing_wants_nothing():
    idle = Position({"A": Stock(100, 0, 50, 0, 9)}, {"A": Need(0, 9)}, 10**9, 10**9)
    assert ask(idle) == Intent()


def test_urgency_grows_to_one_on_the_last_day():
    grown = [urgency(left) for left in (90, 30, 10, 1, 0)]
    assert grown == sorted(grown)
    assert grown[-1] == 1


def test_a_buyer_offers_more_and_for_more_tonnes_as_the_deadline_nears():
    early, late = (ask(missing(10_000, left), view=Decimal(1)).orders[0] for left in (10, 0))
    assert early.price_fen < late.price_fen
    assert early.tonnes < late.tonnes == 10_000


def test_a_pressed_buyer_takes_the_best_ask():
    (order,) = ask(missing(10_000, 0), quote=replace(QUOTE, ask_fen=4_300)).orders
    assert order.price_fen == 4_300


def test_nobody_bids_more_than_the_dearest_way_out():
    quote = Quote(4_400, None, 5_000, 3_520, 5_280)
    (order,) = ask(missing(10_000, 0), quote=quote).orders
    assert order.price_fen == 4_500
    assert ask(missing(10_000, 0), quote=Quote(9_000, None, 9_500, 7_200, 10_800)).orders == ()


def test_nobody_gives_units_away():
    position = Position({"A": Stock(0, 1_000, 1_000, 1_000, 0)}, {}, 0, 0)
    (order,) = ask(
        position, quote=Quote(3_000, 2_700, None, 2_400, 3_600), view=Decimal("0.8")
    ).orders
    assert order.price_fen == 2_988
    assert ask(position, quote=Quote(1_000, 900, None, 800, 1_200)).orders == ()


def test_a_buyer_without_cash_deposits_and_waits():
    position = Position({}, {"A": Need(1_000, 0)}, 0, 10**12)
    intent = ask(position)
    assert intent.orders == ()
    assert intent.deposit_fen == -int(-1_000 * QUOTE.ceiling_fen * Decimal("1.007") // 1)


def test_units_for_sale_move_to_the_trading_account_within_the_holding_rule():
    position = Position({"A": Stock(100_000, 0, 4_000, 20_000, 30)}, {}, 0, 0)
    (move,) = ask(position).moves
    assert (move.to, move.tonnes) == ("trading", 4_000)


def test_bought_units_go_to_the_registry_for_the_duty():
    position = Position({"A": Stock(0, 700, 700, 0, 30)}, {"A": Need(300, 30)}, 0, 0)
    (move,) = ask(position).moves
    assert (move.to, move.tonnes) == ("registry", 700)


def a_year(seed, last=60, entities=300):
    """A naive continuous market for one product; counts of orders, prices, tonnes still missing."""
    gaps = {n: (400_000 // (n + 3)) * (1 if n % 2 else -1) for n in range(entities)}
    tempers = {n: draw_temper(participant=str(n), seed=seed) for n in gaps}
    traders = {t.code: t for t in draw_traders(seed=seed)}
    cash = defaultdict(lambda: 10**12, {code: t.cash_fen for code, t in traders.items()})
    held = {
        **{n: max(0, -gap) for n, gap in gaps.items()},
        **{c: t.units_t for c, t in traders.items()},
    }
    short = {n: max(0, gap) for n, gap in gaps.items()}
    reference, counts, prices = 3600, [], []
    for left in range(last, -1, -1):
        day = date.fromordinal(date(2023, 12, 29).toordinal() - left)
        sides = {"buy": [], "sell": []}
        limits = (reference * 8 // 10, reference * 12 // 10)
        for who, owned_t in held.items():
            stock = Stock(0, owned_t, owned_t, owned_t, left)
            book = {"A": Quote(reference, None, None, *limits)}
            if who in traders:
                position = Position({"A": stock}, {}, cash[who], 0)
                intent = trader_intent(
                    trader=traders[who],
                    position=position,
                    quotes=book,
                    terms=TERMS,
                    day=day,
                    seed=seed,
                )
            else:
                needs = {"A": Need(short[who], left)}
                position = Position({"A": stock}, needs, cash[who], 0)
                intent = entity_intent(
                    temper=tempers[who],
                    position=position,
                    quotes=book,
                    terms=TERMS,
                    day=day,
                    seed=seed,
                )
            for order in intent.orders:
                sides[order.side].append([order.price_fen, order.tonnes, who])
        counts.append(len(sides["buy"]) + len(sides["sell"]))
        bids = sorted(sides["buy"], key=lambda each: -each[0])
        asks = sorted(sides["sell"], key=lambda each: each[0])
        volume = turnover = 0
        while bids and asks and bids[0][0] >= asks[0][0]:
            bid, offer = bids[0], asks[0]
            traded, price = min(bid[1], offer[1]), (bid[0] + offer[0]) // 2
            volume, turnover = volume + traded, turnover + traded * price
            cash[bid[2]] -= traded * price
            cash[offer[2]] += traded * price
            held[offer[2]] -= traded
            if short.get(bid[2]):
                short[bid[2]] -= traded
            else:
                held[bid[2]] += traded
            bid[1] -= traded
            offer[1] -= traded
            bids, asks = [b for b in bids if b[1]], [a for a in asks if a[1]]
        reference = turnover // volume if volume else reference
        prices.append(reference)
    return counts, prices, sum(short.values()) / sum(max(0, gap) for gap in gaps.values())


@pytest.mark.parametrize("seed", [1, 2023])
def test_a_season_is_quiet_first_crowded_last_and_clears_at_a_plausible_price(seed):
    counts, prices, still_missing = a_year(seed)
    assert 40 <= sum(counts) / len(counts) <= 150
    assert sum(counts[-20:-10]) > sum(counts[:10])
    assert min(prices) >= 2900
    assert max(prices) <= 4600
    assert still_missing < 0.15
