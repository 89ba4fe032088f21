"""What the participants want on a trading day: orders, moves of units, deposits of cash.

An agent is a pure function of its temper, its position, the market and the day. It never spends
more than its cash, sells more than it may, or leaves the day's price limits. Orders are meant for
one day: what is not matched expires, and the agent thinks again tomorrow. Moves and deposits serve
the next trading day, so that today's orders are covered without them.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from openets.simulation.draw import Draw
from openets.simulation.positions import Intent, Move, Need, Order, Position, Quote, Stock, Terms
from openets.simulation.tempers import Temper, Trader, habits


def urgency(days_left: int) -> Decimal:
    """How pressing a deadline is: 1 on its last day, towards 0 far from it."""
    half = habits().half_days
    return Decimal(half) / (half + max(0, days_left))


def entity_intent(
    *,
    temper: Temper,
    position: Position,
    quotes: Mapping[str, Quote],
    terms: Terms,
    day: date,
    seed: int,
) -> Intent:
    """What a key emitting entity wants: buy what it misses, sell a part of what it can spare.

    A product it needs it does not sell. `quotes` must know every product of the position that is
    open for trading; others are left alone.
    """
    orders: list[Order] = []
    cash_fen = position.cash_fen
    for product, need in sorted(position.needs.items()):
        if product in quotes and need.short_t > 0:
            draw = Draw(seed, temper.participant, day.isoformat(), product, "buy")
            order = _purchase(
                temper,
                need,
                product=product,
                quote=quotes[product],
                terms=terms,
                cash_fen=cash_fen,
                draw=draw,
            )
            if order:
                cash_fen -= cost_fen(order, terms)
                orders.append(order)
    for product, stock in sorted(position.stocks.items()):
        if product in quotes and not _is_short(position, product):
            draw = Draw(seed, temper.participant, day.isoformat(), product, "sell")
            order = _sale(
                temper, stock, product=product, quote=quotes[product], terms=terms, draw=draw
            )
            if order:
                orders.append(order)
    return Intent(tuple(orders), _moves(temper, position), _deposit_fen(position, quotes, terms))


def trader_intent(
    *,
    trader: Trader,
    position: Position,
    quotes: Mapping[str, Quote],
    terms: Terms,
    day: date,
    seed: int,
) -> Intent:
    """What an institution wants: quotes on both sides of the reference.

    The quotes lean down when it holds more than it began with and up when it holds less.
    """
    orders: list[Order] = []
    cash_fen = position.cash_fen
    per_product_t = max(1, trader.units_t // max(1, len(quotes)))
    for product, quote in sorted(quotes.items()):
        draw = Draw(seed, trader.code, day.isoformat(), product)
        if not draw.happens(trader.activity):
            continue
        stock = position.stocks.get(product)
        held_t = stock.trading_t if stock else 0
        saleable_t = min(held_t, stock.free_to_sell_t) if stock else 0
        lean = Decimal(per_product_t - held_t) / per_product_t * trader.width
        middle = _anchor_fen(quote) * (1 + max(-trader.width, min(trader.width, lean)))
        wanted_t = int(per_product_t * draw.between(Decimal("0.02"), Decimal("0.08"))) + 1
        buy = _price(middle * (1 - trader.width), quote, terms)
        sell = max(_price(middle * (1 + trader.width), quote, terms), buy + terms.tick_fen)
        tonnes = _lots(min(wanted_t, _affordable_t(cash_fen, buy, terms)), terms)
        if tonnes and _is_plausible(buy, terms):
            orders.append(Order("buy", product, buy, tonnes))
            cash_fen -= cost_fen(orders[-1], terms)
        tonnes = _lots(min(wanted_t, saleable_t), terms)
        if tonnes and sell <= quote.ceiling_fen and _is_plausible(sell, terms):
            orders.append(Order("sell", product, sell, tonnes))
    return Intent(tuple(orders))


def cost_fen(order: Order, terms: Terms) -> int:
    """Cash that a purchase may take at most, fee included and rounded up."""
    return -int(-order.price_fen * order.tonnes * (1 + terms.fee_ratio) // 1)


def _purchase(
    temper: Temper,
    need: Need,
    *,
    product: str,
    quote: Quote,
    terms: Terms,
    cash_fen: int,
    draw: Draw,
) -> Order | None:
    pressing = urgency(need.days_left)
    if not draw.happens(_activity(temper, pressing)):
        return None
    worth = _anchor_fen(quote) * temper.view
    price = _price(worth * (1 - temper.premium + pressing * temper.pressure), quote, terms)
    if quote.ask_fen is not None and pressing >= temper.crossing:
        price = max(price, _price(Decimal(quote.ask_fen), quote, terms))
    wanted_t = _slice_t(need.short_t, temper, pressing)
    tonnes = _lots(min(wanted_t, _affordable_t(cash_fen, price, terms)), terms)
    return Order("buy", product, price, tonnes) if tonnes and _is_plausible(price, terms) else None


def _sale(
    temper: Temper, stock: Stock, *, product: str, quote: Quote, terms: Terms, draw: Draw
) -> Order | None:
    pressing = urgency(stock.days_left)
    saleable_t = min(stock.trading_t, _for_sale_t(temper, stock))
    if saleable_t <= 0 or not draw.happens(_activity(temper, pressing)):
        return None
    worth = _anchor_fen(quote) * temper.view
    price = _price(worth * (1 + temper.premium - pressing * temper.relief), quote, terms)
    if quote.bid_fen is not None and pressing >= temper.crossing:
        price = min(price, _price(Decimal(quote.bid_fen), quote, terms))
    tonnes = _lots(min(saleable_t, _slice_t(saleable_t, temper, pressing)), terms)
    return Order("sell", product, price, tonnes) if tonnes and _is_plausible(price, terms) else None


def _is_short(position: Position, product: str) -> bool:
    need = position.needs.get(product)
    return need is not None and need.short_t > 0


def _for_sale_t(temper: Temper, stock: Stock) -> int:
    """The part of the spare units it would sell, within the holding rule."""
    return min(stock.free_to_sell_t, int(stock.spare_t * (1 - temper.kept)))


def _activity(temper: Temper, pressing: Decimal) -> Decimal:
    shared = habits()
    return temper.activity * (shared.quiet + shared.rush * pressing * pressing)


def _anchor_fen(quote: Quote) -> Decimal:
    shared = habits()
    return quote.reference_fen * shared.memory + shared.home_fen * (1 - shared.memory)


def _slice_t(whole_t: int, temper: Temper, pressing: Decimal) -> int:
    """A part of what is wanted, more of it near the deadline, all of it on the last day."""
    return min(whole_t, int(whole_t * (temper.slice + (1 - temper.slice) * pressing**2)) + 1)


def _price(price_fen: Decimal, quote: Quote, terms: Terms) -> int:
    """Between what nobody leaves, down to the tick, into the day's limits, which stand on ticks."""
    low, high = _plausible_fen()
    ticks = int(max(low, min(high, price_fen)) / terms.tick_fen)
    return max(quote.floor_fen, min(quote.ceiling_fen, ticks * terms.tick_fen))


def _is_plausible(price_fen: int, terms: Terms) -> bool:
    """Whether the day's limits leave a price that anybody would want."""
    low, high = _plausible_fen()
    return low - terms.tick_fen < price_fen <= high


def _plausible_fen() -> tuple[Decimal, Decimal]:
    shared = habits()
    return shared.home_fen * shared.lowest, shared.home_fen * shared.highest


def _lots(tonnes: int, terms: Terms) -> int:
    return max(0, min(tonnes, terms.largest_t)) // terms.lot_t * terms.lot_t


def _affordable_t(cash_fen: int, price_fen: int, terms: Terms) -> int:
    return int(max(0, cash_fen) / (price_fen * (1 + terms.fee_ratio)))


def _moves(temper: Temper, position: Position) -> tuple[Move, ...]:
    """Units for the own duty go to the registry, units for sale to the trading account."""
    moves: list[Move] = []
    for product, stock in sorted(position.stocks.items()):
        for_sale_t = 0 if _is_short(position, product) else max(0, _for_sale_t(temper, stock))
        if (stock.trading_t - for_sale_t) * habits().least_move > stock.trading_t:
            moves.append(Move(product, stock.trading_t - for_sale_t, "registry"))
        tonnes = min(stock.registry_t, for_sale_t - stock.trading_t)
        if tonnes * habits().least_move > for_sale_t:
            moves.append(Move(product, tonnes, "trading"))
    return tuple(moves)


def _deposit_fen(position: Position, quotes: Mapping[str, Quote], terms: Terms) -> int:
    """Cash for all it misses at the day's highest price, as far as its bank account reaches."""
    wanted_fen = sum(
        cost_fen(Order("buy", product, quotes[product].ceiling_fen, need.short_t), terms)
        for product, need in position.needs.items()
        if product in quotes and need.short_t > 0
    )
    return max(0, min(position.bank_fen, wanted_fen - position.cash_fen))
