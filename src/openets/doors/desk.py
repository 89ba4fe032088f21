"""The desk behind `openets match`: commands in, events out, one book between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any

from openets.doors.commands import (
    Command,
    Depth,
    New,
    OrderId,
    Reference,
    Replace,
    Uncross,
    Withdraw,
)
from openets.doors.rows import MissingField
from openets.kernel.quantity import plain
from openets.kernel.refusal import Refusal
from openets.trading.auction import DEFAULT_TIE_BREAKS, clear
from openets.trading.book import (
    BUY_AT_ANY_PRICE,
    DAY,
    FOK,
    IOC,
    SELL_AT_ANY_PRICE,
    Book,
    DepthLevel,
    Trade,
    is_any_price,
)
from openets.trading.limits import Limits, NotPositive, OffLot, OffTick, PriceBand, price_band

CONTINUOUS = "continuous"
CALL = "call"

FINEST_DECIMALS = 8
"""Decimals a price may have where no tick is given."""

MONEY_DECIMALS = 2
"""Decimals a price is written with at least where no tick is given."""

Event = dict[str, Any]


class DuplicateId(Refusal):
    """An accepted order had that id already."""

    code = "duplicate_id"
    zh = "订单编号 {id} 已使用"
    en = "The order id {id} has been used"
    remedy_zh = "请使用新的订单编号"
    remedy_en = "Give the order an id of its own"


class UnknownOrder(Refusal):
    """No open order has that id."""

    code = "unknown_order"
    zh = "没有编号为 {id} 的未完成订单"
    en = "There is no open order {id}"
    remedy_zh = "该订单可能已成交、撤单或失效，请核对编号"
    remedy_en = "It may have traded, been withdrawn or expired; check the id"


class NotUnderThisRule(Refusal):
    """The operation belongs to the other way of matching."""

    code = "not_under_this_rule"
    article = "CQETS-17"
    zh = "“{what}”不适用于 {rule} 撮合方式"
    en = "“{what}” does not exist under the rule {rule}"
    remedy_zh = "请更换撮合方式（--rule）或删除该行"
    remedy_en = "Choose the other rule (--rule) or leave the line out"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the command line sets: prices in yuan, the lot in tonnes, None where nothing is set."""

    tick: Decimal | None = None
    lot: int = 1
    reference: Decimal | None = None
    limit_ratio: Decimal | None = None
    rule: str = CONTINUOUS
    tie_breaks: tuple[str, ...] = DEFAULT_TIE_BREAKS


@dataclass(slots=True)
class Placed:
    """An accepted order as it was given; the book knows it by a number and what is left of it."""

    id: OrderId
    buy: bool
    price: int
    owner: OrderId
    tif: str

    @property
    def at_market(self) -> bool:
        """Whether it takes any price."""
        return is_any_price(self.price)

    @property
    def may_rest(self) -> bool:
        """Whether what is left of it stays in the book."""
        return self.tif == DAY and not self.at_market


class Desk:
    """Runs commands on a book whose price unit is a power of ten that the tick is a multiple of."""

    def __init__(self, terms: Terms) -> None:
        """A desk with an empty book."""
        self._terms = terms
        self._decimals = FINEST_DECIMALS if terms.tick is None else _decimals(terms.tick)
        self._scale = 10**self._decimals
        self._tick = None if terms.tick is None else int(Fraction(terms.tick) * self._scale)
        self._book = Book()
        self._numbers: dict[OrderId, int] = {}
        self._placed: list[Placed] = []
        self._refer(terms.reference)

    def do(self, command: Command) -> list[Event]:
        """Run one command; a refused one changes nothing.

        Raises:
            DuplicateId, UnknownOrder, NotUnderThisRule, MissingField, NotPositive, OffTick,
            OffLot, OutsidePriceLimit.
        """
        match command:
            case New():
                return self._new(command)
            case Withdraw():
                return self._withdraw(command)
            case Replace():
                return self._replace(command)
            case Reference():
                if command.price <= 0:
                    raise NotPositive(field="price", name="price", value=plain(command.price))
                self._refer(command.price)
                return []
            case Uncross():
                return self._uncross()
            case Depth():
                return [self._depth()]

    def state(self) -> Event:
        """The event that closes the output."""
        told = [
            (placed.id, placed.buy, placed.price, qty, placed.owner, placed.tif)
            for number, qty in self._book.left.items()
            for placed in (self._placed[number],)
        ]
        return {"event": "state", "hash": sha256(ascii(told).encode("ascii")).hexdigest()}

    @property
    def _calling(self) -> bool:
        return self._terms.rule == CALL

    def _refer(self, reference: Decimal | None) -> None:
        self._reference = None if reference is None else Fraction(reference) * self._scale
        self._limits = Limits(
            tick=self._tick or 1,
            lot=self._terms.lot,
            band=self._band(),
            unit_yuan=Decimal(f"1E-{self._decimals}"),
        )

    def _band(self) -> PriceBand | None:
        ratio = self._terms.limit_ratio
        if self._reference is None or ratio is None:
            return None
        return price_band(reference=self._reference, limit_ratio=ratio, tick=self._tick or 1)

    def _new(self, new: New) -> list[Event]:
        if new.id in self._numbers:
            raise DuplicateId(field="id", id=new.id)
        if self._calling and new.tif == FOK:
            raise NotUnderThisRule(field="tif", what=new.tif, rule=self._terms.rule)
        price, qty = self._checked(new.price, new.qty)
        if price is None:
            price = BUY_AT_ANY_PRICE if new.buy else SELL_AT_ANY_PRICE
        number = self._numbers[new.id] = len(self._placed)
        placed = Placed(new.id, new.buy, price, new.owner, new.tif)
        self._placed.append(placed)
        if self._calling:
            self._book.rest(number, new.buy, price, qty, new.owner)
            return [_event("accepted", new.id)]
        tif = IOC if placed.at_market and new.tif == DAY else new.tif
        trades = self._book.enter(number, new.buy, price, qty, new.owner, tif)
        events = [_event("accepted", new.id), *self._traded(trades)]
        left = qty - sum(traded for *_, traded in trades)
        if left and number not in self._book.left:
            events.append(_event("expired", new.id, left))
        return events

    def _withdraw(self, command: Withdraw) -> list[Event]:
        qty = self._book.withdraw(self._open(command.id))
        return [_event("withdrawn", command.id, qty)]

    def _replace(self, command: Replace) -> list[Event]:
        number = self._open(command.id)
        placed = self._placed[number]
        if command.price is None and not placed.at_market:
            raise MissingField(field="price", name="price")
        price, qty = self._checked(None if placed.at_market else command.price, command.qty)
        at, placed.price = placed.price, placed.price if price is None else price
        trades = self._book.replace(
            number,
            buy=placed.buy,
            at=at,
            price=placed.price,
            qty=qty,
            owner=placed.owner,
            matching=not self._calling,
        )
        assert trades is not None
        return [_event("accepted", command.id), *self._traded(trades)]

    def _open(self, order_id: OrderId) -> int:
        number = self._numbers.get(order_id)
        if number is None or number not in self._book.left:
            raise UnknownOrder(field="id", id=order_id)
        return number

    def _uncross(self) -> list[Event]:
        if not self._calling:
            raise NotUnderThisRule(field="op", what="uncross", rule=self._terms.rule)
        bids, asks = self._book.depth()
        found = clear(
            bids=bids,
            asks=asks,
            reference=self._reference,
            tick=self._tick,
            tie_breaks=self._terms.tie_breaks,
        )
        uncross = {
            "event": "uncross",
            "price": None if found.price is None else self._written(found.price),
            "volume": found.volume,
            "surplus": found.surplus,
            "decided_by": found.decided_by,
        }
        trades = [] if found.price is None else self._book.cross(found.price, found.volume)
        lapsed = [number for number in self._book.left if not self._placed[number].may_rest]
        expired = [
            _event("expired", self._placed[number].id, self._book.withdraw(number))
            for number in lapsed
        ]
        return [
            uncross,
            *(self._trade(buy, sell, price, qty) for buy, sell, price, qty in trades),
            *expired,
        ]

    def _depth(self) -> Event:
        bids, asks = self._book.depth()
        return {"event": "depth", "bids": self._levels(bids), "asks": self._levels(asks)}

    def _levels(self, levels: list[DepthLevel]) -> list[list[object]]:
        return [
            [None if price is None else self._written(price), orders, qty]
            for price, orders, qty in levels
        ]

    def _traded(self, trades: Sequence[Trade]) -> list[Event]:
        return [
            self._trade(taker, maker, price, qty)
            if self._placed[taker].buy
            else self._trade(maker, taker, price, qty)
            for maker, taker, price, qty in trades
        ]

    def _trade(self, buy: int, sell: int, price: int, qty: int) -> Event:
        return {
            "event": "trade",
            "buy": self._placed[buy].id,
            "sell": self._placed[sell].id,
            "price": self._written(price),
            "qty": qty,
        }

    def _checked(self, price: Decimal | None, qty: Decimal) -> tuple[int | None, int]:
        scaled = None if price is None else self._in_units(price)
        whole = Fraction(qty)
        if whole.denominator != 1:
            raise OffLot(field="qty", qty=plain(qty), lot=self._terms.lot)
        self._limits.check(scaled, int(whole))
        return scaled, int(whole)

    def _in_units(self, price: Decimal) -> int:
        scaled = Fraction(price) * self._scale
        if scaled.denominator != 1:
            tick = self._terms.tick or self._limits.unit_yuan
            raise OffTick(field="price", price=plain(price), tick=plain(tick))
        return int(scaled)

    def _written(self, price: int) -> str:
        text = f"{Decimal(f'{price}E-{self._decimals}'):f}"
        if self._tick is not None:
            return text
        yuan, _, part = text.partition(".")
        return f"{yuan}.{part.rstrip('0').ljust(MONEY_DECIMALS, '0')}"


def _event(kind: str, order_id: OrderId, qty: int | None = None) -> Event:
    event: Event = {"event": kind, "id": order_id}
    return event if qty is None else {**event, "qty": qty}


def _decimals(tick: Decimal) -> int:
    return len(f"{tick:f}".partition(".")[2])
