"""The terms of a product on a day: reference, limits, hours, fee. Read once a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openets.kernel.quantity import ceil_tonnes, half_up
from openets.rulebook.load import Law
from openets.select import Select
from openets.settlement import fees
from openets.trading.halts import changed_price_limits
from openets.trading.limits import Limits, price_band
from openets.trading.models import DailySheet, Product
from openets.trading.session import Phase, phases

_LAST_SHEETS = Select(
    DailySheet,
    """(product_id, day) in (select product_id, max(day) from trading_dailysheet
                             where product_id = any(%s) and day < %s group by product_id)""",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order of a product must meet today, and what it costs."""

    reference_fen: int
    limits: Limits
    phases: tuple[Phase, ...]
    fee_ratio: Decimal
    turnaround: bool
    """Whether units bought today may not be sold today."""
    prevent_own_trades: bool

    def fee_fen(self, turnover_fen: int) -> int:
        """Each side's fee (手续费) on a trade, half-up to the fen (AMB-03)."""
        return int(half_up(turnover_fen * self.fee_ratio))

    def hold_fen(self, price_fen: int | None, qty: int) -> int:
        """Money a buy of `qty` tonnes holds: price and fee, the fee rounded up a tonne.

        So that however it is filled, the sum of its fees is covered. A market order holds the
        upper price limit.
        """
        price = self.limits.band.high if price_fen is None and self.limits.band else price_fen
        assert price is not None, "without a price limit there are no market orders"
        return qty * (price + ceil_tonnes(price * self.fee_ratio))


def hours(*, law: Law, day: date) -> tuple[Phase, ...]:
    """The phases of a trading day as the rulebook sets them. Source: CQETS-17."""
    return phases({"continuous": law.on("trading.sessions", day).items})


def read_terms(*, products: Iterable[Product], law: Law, day: date) -> dict[str, Terms]:
    """The terms of each product on a day, by its code. Source: CQETS-17.2, CQETS-21."""
    tick, lot = law.on("trading.tick_fen", day).whole, law.on("trading.lot_t", day).whole
    ratio = law.on("trading.price_limit_ratio", day).number
    opening = law.on("trading.opening_reference_fen", day).whole
    day_phases = hours(law=law, day=day)
    asked = list(products)
    changed = changed_price_limits(asked, day)
    sheets = _LAST_SHEETS.rows([product.pk for product in asked], day)
    closes = {sheet.product_id: sheet.close_fen for sheet in sheets}
    found = {}
    for product in asked:
        reference = closes.get(product.pk, opening)
        found[product.code] = Terms(
            reference_fen=reference,
            limits=Limits(
                tick=tick,
                lot=lot,
                band=price_band(
                    reference=reference, limit_ratio=changed.get(product.pk, ratio), tick=tick
                ),
            ),
            phases=day_phases,
            fee_ratio=fees.ratio(law, day),
            turnaround=law.on("trading.turnaround_trading_days", day).whole > 0,
            prevent_own_trades=law.on("trading.own_trade_prevention", day).flag,
        )
    return found
