"""Patterns of unusual trading (异常交易) in the orders and trades of a day. Pure.

Each detector takes a day of a product and the thresholds and tells every case of its pattern. A
pattern is a reason to look, not a finding against anybody. Source: CQETS-21, CQVER-25.2.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from openets.surveillance.facts import Dealt, Entered, Signal, TradingDay
from openets.surveillance.thresholds import ThresholdNotSet, Thresholds


def price_move(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """A trade further from the reference than the threshold; exactly on it is none."""
    most = limits["price_move_ratio"]
    far = [t for t in day.trades if abs(t.price_fen - day.reference_fen) > most * day.reference_fen]
    if far:
        worst = max(far, key=lambda trade: abs(trade.price_fen - day.reference_fen))
        figures = {"reference_fen": day.reference_fen, "price_fen": worst.price_fen}
        yield _signal("price_move", day.product, (), figures, far)


def volume(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """More traded than a multiple of the mean of the days before."""
    multiple, least = limits["volume_multiple"], limits["volume_least_t"]
    compared = day.former[-int(limits["compared_days"]) :]
    if not compared or day.volume_t < least:
        return
    mean = Fraction(sum(former.volume_t for former in compared), len(compared))
    if day.volume_t > multiple * mean:
        figures = {"volume_t": day.volume_t, "mean_t": int(mean), "days": len(compared)}
        yield _signal("volume", day.product, (), figures, day.trades)


def circle(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """Units that go from A to B to C and back to A, about as many at each step.

    The step that closes it is of the day; one circle is told for the same three.
    """
    share = limits["circle_share"]
    window = timedelta(days=int(limits["circle_days"]))
    steps: dict[tuple[str, str], list[Dealt]] = defaultdict(list)
    buyers: dict[str, set[str]] = defaultdict(set)
    for trade in (*day.trades_before, *day.trades):
        steps[trade.seller, trade.buyer].append(trade)
        buyers[trade.seller].add(trade.buyer)
    told: set[frozenset[str]] = set()
    for last in day.trades:
        third, first = last.seller, last.buyer
        for second in sorted(buyers[first]):
            three = frozenset((first, second, third))
            if len(three) < len("ABC") or three in told:
                continue
            found = _closed_by(last, steps[first, second], steps[second, third], share, window)
            if found:
                told.add(three)
                quantities = [trade.qty for trade in found]
                figures = {"least_t": min(quantities), "most_t": max(quantities)}
                parties = (first, second, third)
                yield _signal("circle", "-".join(sorted(three)), parties, figures, found)


def arranged_pairs(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """The same two parties, with orders of one size and price within seconds, repeatedly."""
    seconds, times = limits["pair_seconds"], limits["pair_times"]
    pairs: dict[frozenset[str], list[Dealt]] = defaultdict(list)
    for trade in day.trades:
        buy, sell = day.orders.get(trade.buy), day.orders.get(trade.sell)
        if buy and sell and _are_alike(buy, sell, trade.qty, seconds):
            pairs[frozenset((trade.buyer, trade.seller))].append(trade)
    for pair, found in pairs.items():
        if len(found) >= times and len(pair) > 1:
            names = tuple(sorted(pair))
            figures = {"times": len(found), "qty_t": sum(trade.qty for trade in found)}
            yield _signal("arranged_pairs", "-".join(names), names, figures, found)


def related_accounts(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """Trades between accounts that belong together (关联账户互为对手). Source: CQVER-25.2."""
    least = limits["related_least_t"]
    pairs: dict[frozenset[str], list[Dealt]] = defaultdict(list)
    for trade in day.trades:
        pair = frozenset((trade.buyer, trade.seller))
        if pair in day.related or len(pair) == 1:
            pairs[pair].append(trade)
    for pair, found in pairs.items():
        qty = sum(trade.qty for trade in found)
        if qty >= least:
            names = tuple(sorted(pair))
            yield _signal("related_accounts", "-".join(names), names, {"qty_t": qty}, found)


def spoofing(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """A large order withdrawn unfilled soon after its holder traded on the other side.

    Several of one holder are one signal (layering).
    """
    if not day.orders:
        return
    mean = Fraction(sum(order.qty for order in day.orders.values()), len(day.orders))
    large = limits["spoof_multiple"] * mean
    soon = timedelta(seconds=int(limits["spoof_seconds"]))
    filled = {number for trade in day.trades for number in (trade.buy, trade.sell)}
    found: dict[str, tuple[list[int], list[Dealt], list[datetime]]] = {}
    for number, gone_at in sorted(day.withdrawn_at.items()):
        order = day.orders.get(number)
        if order is None or number in filled or order.qty < large:
            continue
        others = [
            trade
            for trade in day.trades
            if (trade.seller if order.buy else trade.buyer) == order.holder
            and order.at <= trade.at <= gone_at <= trade.at + soon
        ]
        if others:
            numbers, trades, moments = found.setdefault(order.holder, ([], [], []))
            numbers.append(number)
            trades += [trade for trade in others if trade not in trades]
            moments += [order.at, gone_at]
    for holder, (numbers, trades, moments) in found.items():
        figures = {
            "orders": len(numbers),
            "withdrawn_t": sum(day.orders[number].qty for number in numbers),
            "traded_t": sum(trade.qty for trade in trades),
        }
        yield _signal("spoofing", holder, (holder,), figures, trades, numbers, moments)


def order_ratio(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """Many orders for few trades (申报成交比)."""
    most, least = limits["orders_per_trade"], limits["orders_least"]
    entered = Counter(order.holder for order in day.orders.values())
    dealt = Counter(name for trade in day.trades for name in {trade.buyer, trade.seller})
    for holder, count in sorted(entered.items()):
        if count >= least and count > most * max(1, dealt[holder]):
            own = [order for order in day.orders.values() if order.holder == holder]
            figures = {"orders": count, "trades": dealt[holder]}
            moments = [order.at for order in own]
            numbers = [order.id for order in own]
            yield _signal("order_ratio", holder, (holder,), figures, (), numbers, moments)


def marking_the_close(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """A price that moves in the last minutes by trades of which one participant has most."""
    if day.closes_at is None:
        return
    begins = day.closes_at - timedelta(minutes=int(limits["close_minutes"]))
    late = [trade for trade in day.trades if trade.at >= begins]
    early = [trade for trade in day.trades if trade.at < begins]
    before = early[-1].price_fen if early else day.reference_fen
    if not late:
        return
    moved = late[-1].price_fen - before
    if abs(moved) <= limits["close_move_ratio"] * before:
        return
    # Who pushes a price up buys above it, who pushes it down sells below.
    pushing = Counter[str]()
    for trade in late:
        if (trade.price_fen - before) * moved > 0:
            pushing[trade.buyer if moved > 0 else trade.seller] += trade.qty
    holder, qty = max(sorted(pushing.items()), key=lambda item: item[1])
    total = sum(trade.qty for trade in late)
    if qty >= limits["close_share"] * total:
        own = [t for t in late if holder == (t.buyer if moved > 0 else t.seller)]
        figures = {
            "before_fen": before,
            "last_fen": late[-1].price_fen,
            "qty_t": qty,
            "total_t": total,
        }
        yield _signal("marking_the_close", holder, (holder,), figures, own)


def concentration(day: TradingDay, limits: Thresholds) -> Iterator[Signal]:
    """One participant has most of a side of the day."""
    share = limits["concentration_share"]
    if day.volume_t < limits["concentration_least_t"]:
        return
    for side in ("buyer", "seller"):
        sums = Counter[str]()
        for trade in day.trades:
            sums[getattr(trade, side)] += trade.qty
        for holder, qty in sorted(sums.items()):
            if qty > share * day.volume_t:
                own = [trade for trade in day.trades if getattr(trade, side) == holder]
                figures = {"qty_t": qty, "total_t": day.volume_t}
                yield _signal("concentration", f"{side}/{holder}", (holder,), figures, own)


Detector = Callable[[TradingDay, Thresholds], Iterator[Signal]]

PATTERNS: Mapping[str, tuple[str, str, Detector]] = {
    "price_move": ("价格异常波动", "Unusual price move", price_move),
    "volume": ("成交量异常", "Unusual volume", volume),
    "circle": ("循环交易", "Circular trading", circle),
    "arranged_pairs": ("约定交易", "Pre-arranged pairs", arranged_pairs),
    "related_accounts": ("关联账户对倒", "Trades of related accounts", related_accounts),
    "spoofing": ("虚假申报", "Spoofing or layering", spoofing),
    "order_ratio": ("频繁申报撤单", "Many orders, few trades", order_ratio),
    "marking_the_close": ("尾盘异常", "Marking the close", marking_the_close),
    "concentration": ("成交集中", "Concentration", concentration),
}


def signals(day: TradingDay, limits: Thresholds) -> tuple[list[Signal], list[str]]:
    """Every pattern found in a product's day, and the patterns whose thresholds are not set.

    Source: CQETS-21, CQVER-25.2.
    """
    found: list[Signal] = []
    not_looked_for = []
    for name, (_, _, detector) in PATTERNS.items():
        try:
            found += detector(day, limits)
        except ThresholdNotSet:
            not_looked_for.append(name)
    return found, not_looked_for


def _signal(
    pattern: str,
    subject: str,
    parties: tuple[str, ...],
    figures: Mapping[str, str | int],
    trades: Sequence[Dealt],
    orders: Sequence[int] = (),
    moments: Sequence[datetime] = (),
) -> Signal:
    times = [*(trade.at for trade in trades), *moments]
    numbers = {number for trade in trades for number in (trade.buy, trade.sell)} | set(orders)
    return Signal(
        pattern=pattern,
        subject=subject,
        parties=parties,
        figures=figures,
        orders=tuple(sorted(orders or numbers)),
        trades=tuple(trade.id for trade in trades),
        from_at=min(times),
        until_at=max(times),
    )


def _closed_by(
    last: Dealt,
    firsts: Sequence[Dealt],
    seconds: Sequence[Dealt],
    share: Fraction,
    window: timedelta,
) -> list[Dealt] | None:
    """A first and a second step before `last` with about its quantity, or None."""
    for first in firsts:
        if first.id >= last.id or last.at - first.at > window or not _near(first, last, share):
            continue
        for second in seconds:
            between = first.id < second.id < last.id
            if between and _near(first, second, share) and _near(second, last, share):
                return [first, second, last]
    return None


def _near(one: Dealt, other: Dealt, share: Fraction) -> bool:
    return min(one.qty, other.qty) >= share * max(one.qty, other.qty)


def _are_alike(buy: Entered, sell: Entered, qty: int, seconds: Fraction) -> bool:
    same = (buy.qty, buy.price_fen) == (sell.qty, sell.price_fen) == (qty, buy.price_fen)
    return same and abs((buy.at - sell.at).total_seconds()) <= seconds
