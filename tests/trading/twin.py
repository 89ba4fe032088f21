"""A slow, obvious order book: one list, scanned and sorted anew for every step."""

from dataclasses import dataclass

from openets.trading.book import DAY, FOK


@dataclass
class Row:
    id: int
    buy: bool
    price: int | None
    qty: int
    owner: str
    tif: str


class TwinBook:
    def __init__(self, prevent_own_trades=False):
        self.rows: list[Row] = []
        self.prevent_own_trades = prevent_own_trades

    def side(self, buy):
        rows = [row for row in self.rows if row.buy == buy]
        sign = -1 if buy else 1
        return sorted(rows, key=lambda row: (row.price is not None, sign * (row.price or 0)))

    def willing(self, row):
        """The orders `row` may trade with, in order, and whether its owner's own stops it."""
        met = []
        for other in self.side(not row.buy):
            if row.price is not None and other.price is not None:
                gap = row.price - other.price if row.buy else other.price - row.price
                if gap < 0:
                    break
            if self.prevent_own_trades and other.owner and other.owner == row.owner:
                return met, True
            met.append(other)
        return met, False

    def enter(self, row):
        trades = []
        met, stopped = self.willing(row)
        reach = sum(other.qty for other in met)
        if row.tif == FOK and reach < row.qty:
            return trades
        for other in met:
            qty = min(row.qty, other.qty)
            if qty:
                trades.append((other.id, row.id, other.price, qty))
            row.qty -= qty
            other.qty -= qty
        self.rows = [other for other in self.rows if other.qty]
        if row.qty and row.tif == DAY and row.price is not None and not stopped:
            self.rows.append(row)
        return trades

    def find(self, order_id):
        return next((row for row in self.rows if row.id == order_id), None)

    def withdraw(self, order_id):
        row = self.find(order_id)
        if row:
            self.rows.remove(row)
        return row

    def replace(self, order_id, price, qty, matching=True):
        row = self.find(order_id)
        if row is None:
            return None
        if price == row.price and qty < row.qty:
            row.qty = qty
            return []
        self.rows.remove(row)
        again = Row(row.id, row.buy, price, qty, row.owner, row.tif)
        if matching:
            return self.enter(again)
        self.rows.append(again)
        return []

    def cross(self, price, volume):
        trades = []
        while volume:
            buy, sell = self.side(buy=True)[0], self.side(buy=False)[0]
            qty = min(buy.qty, sell.qty, volume)
            trades.append((buy.id, sell.id, price, qty))
            buy.qty -= qty
            sell.qty -= qty
            volume -= qty
            self.rows = [row for row in self.rows if row.qty]
        return trades

    def depth(self):
        sides = []
        for buy in (True, False):
            rows = self.side(buy)
            prices = list(dict.fromkeys(row.price for row in rows))
            sides.append(
                [
                    (price, len(at), sum(row.qty for row in at))
                    for price in prices
                    if (at := [row for row in rows if row.price == price])
                ]
            )
        return tuple(sides)
