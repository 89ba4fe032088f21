"""What an order must satisfy before it enters the book: tick, lot and price limit (涨跌幅限制).

The texts ask for effective measures and give no numbers, so every limit is a parameter and off
until it is set.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from openets.kernel.quantity import Exact, half_up, plain
from openets.kernel.refusal import Refusal

FEN_IN_YUAN = Decimal("0.01")


class NotPositive(Refusal):
    """A price, quantity, tick or lot is zero or negative."""

    code = "not_positive"
    zh = "{name} 为 {value}，必须大于零"
    en = "{name} is {value} and must be above zero"
    remedy_zh = "请填写大于零的数"
    remedy_en = "Enter a number above zero"


class OffTick(Refusal):
    """The price is no multiple of the tick."""

    code = "price_off_tick"
    article = "CQETS-21"
    zh = "申报价格 {price} 元不是最小变动价位 {tick} 元的整数倍"
    en = "The price {price} is not a multiple of the tick {tick}"
    remedy_zh = "请按 {tick} 元的整数倍申报价格"
    remedy_en = "Give a price that is a multiple of {tick}"


class OffLot(Refusal):
    """The quantity is no multiple of the lot."""

    code = "quantity_off_lot"
    article = "CQETS-21"
    zh = "申报数量 {qty} 吨不是最小交易单位 {lot} 吨的整数倍"
    en = "The quantity {qty} t is not a multiple of the lot {lot} t"
    remedy_zh = "请按 {lot} 吨的整数倍申报数量"
    remedy_en = "Give a quantity that is a multiple of {lot} t"


class OutsidePriceLimit(Refusal):
    """The price lies outside the day's limits."""

    code = "price_outside_limit"
    article = "CQETS-17.2"
    zh = "申报价格 {price} 元超出涨跌幅限制（{low} 元至 {high} 元）"
    en = "The price {price} is outside the price limit of {low} to {high}"
    remedy_zh = "请在 {low} 元至 {high} 元之间申报"
    remedy_en = "Give a price from {low} to {high}"


@dataclass(frozen=True, slots=True)
class PriceBand:
    """The lowest and the highest price allowed, both included."""

    low: int
    high: int


def price_band(*, reference: Exact, limit_ratio: Exact, tick: int = 1) -> PriceBand:
    """The prices within `limit_ratio` of a reference, each bound rounded half-up to the tick.

    `reference` and `tick` are in one unit, fen on the floor; so are the bounds.
    Source: CQETS-17.2; AMB-03 for the rounding.
    """
    low, high = (
        int(half_up(Fraction(reference) * (1 + sign * Fraction(limit_ratio)) / tick)) * tick
        for sign in (-1, 1)
    )
    return PriceBand(low, high)


@dataclass(frozen=True, slots=True)
class Limits:
    """The tests of one product on one day; a band of None sets no price limit.

    `tick` and prices are whole numbers of `unit_yuan`, which serves to name them in refusals.
    """

    tick: int = 1
    lot: int = 1
    band: PriceBand | None = None
    unit_yuan: Decimal = FEN_IN_YUAN
    # What passed once passes again: most orders of a day name prices and quantities seen before.
    _passed: set[int | None] = field(default_factory=set, init=False, repr=False, compare=False)
    _passed_t: set[int] = field(default_factory=set, init=False, repr=False, compare=False)

    def check(self, price: int | None, qty: int) -> None:
        """Refuse a price off the tick or outside the band, and a quantity (t) off the lot.

        A market order has no price to test. Source: CQETS-17.2, CQETS-21.

        Raises:
            NotPositive, OffTick, OutsidePriceLimit, OffLot.
        """
        if price in self._passed and qty in self._passed_t:
            return
        if price is not None:
            if price <= 0:
                raise NotPositive(field="price", name="price", value=self._spoken(price))
            if price % self.tick:
                raise OffTick(
                    field="price", price=self._spoken(price), tick=self._spoken(self.tick)
                )
            band = self.band
            if band is not None and not band.low <= price <= band.high:
                raise OutsidePriceLimit(
                    field="price",
                    price=self._spoken(price),
                    low=self._spoken(band.low),
                    high=self._spoken(band.high),
                )
        if qty <= 0:
            raise NotPositive(field="qty", name="qty", value=qty)
        if qty % self.lot:
            raise OffLot(field="qty", qty=qty, lot=self.lot)
        self._passed.add(price)
        self._passed_t.add(qty)

    def _spoken(self, price: int) -> str:
        return plain(Fraction(price) * Fraction(self.unit_yuan))
