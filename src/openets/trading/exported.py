"""The exchange's tables as a verifier or an export holds them."""

from openets.journal.queries import exported
from openets.trading.models import DailySheet, FloorBatch, Order, Product, Trade

TABLES = {
    "trading_product": exported(Product, "code", "unit", "vintage_year"),
    "trading_order": exported(
        Order,
        "id",
        "buy",
        "price_fen",
        "qty",
        "remaining",
        "state",
        "held_accounts",
        "held_amounts",
        "entered_at",
        product="product__code",
        holder="holder__code",
        batch="batch_id",
    ),
    "trading_trade": exported(
        Trade,
        "id",
        "price_fen",
        "qty",
        "turnover_fen",
        "at",
        "day",
        "method",
        "cancelled_at",
        product="product__code",
        buy="buy_id",
        sell="sell_id",
        buyer="buyer__code",
        seller="seller__code",
        batch="batch_id",
    ),
    "trading_floor_batch": exported(FloorBatch, "number", "at", "trades", "state_hash"),
    "trading_daily_sheet": exported(
        DailySheet,
        "day",
        "reference_fen",
        "open_fen",
        "high_fen",
        "low_fen",
        "close_fen",
        "volume_t",
        "turnover_fen",
        "trades",
        "deal_volume_t",
        "deal_turnover_fen",
        "deals",
        product="product__code",
    ),
}
"""What gives the rows of each table."""
