"""What may happen to the exchange's products and accounts. Orders go to the floor."""

from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.models import Closing
from openets.rulebook.load import Law
from openets.trading.barring import execute_measure, place_lock, stop_accounts
from openets.trading.cancelling import (
    MoneyMovedOn,
    TradeCancelled,
    TradeDayClosed,
    UnitsMovedOn,
    cancel_trade,
    decide_cancellation,
)
from openets.trading.intervening import (
    ask_resumption,
    change_price_limit,
    decide_halt,
    decide_price_limit,
    decide_withdrawal,
    decline,
    halt,
    keep_halted,
    resume,
    withdraw_all,
)
from openets.trading.listing import (
    ListedFromALaterDay,
    NotAProduct,
    ProductListed,
    carry_out_listing,
    decide_listing,
    decline_listing,
)
from openets.trading.memory import take_turn
from openets.trading.models import Order, OrderState, Product

__all__ = [
    "ListedFromALaterDay",
    "MoneyMovedOn",
    "NotAProduct",
    "ProductListed",
    "TradeCancelled",
    "TradeDayClosed",
    "UnitsMovedOn",
    "ask_resumption",
    "cancel_trade",
    "carry_out_listing",
    "change_price_limit",
    "close_account",
    "decide_cancellation",
    "decide_halt",
    "decide_listing",
    "decide_price_limit",
    "decide_withdrawal",
    "decline",
    "decline_listing",
    "execute_measure",
    "halt",
    "keep_halted",
    "list_products",
    "place_lock",
    "resume",
    "stop_accounts",
    "withdraw_all",
]


@transaction.atomic
def list_products(*, law: Law, acting: Acting, at: datetime) -> list[Product]:
    """List the products the rulebook names (挂牌交易产品). Source: CQETS-15."""
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.CITY_BUREAU, article="CQETS-15")
    day = market_date(at)
    made = []
    for item in law.on("trading.products", day).items:
        product, new = Product.objects.get_or_create(
            code=item["code"],
            defaults={
                "unit": item["kind"].lower(),
                "vintage_year": item.get("vintage_year"),
                "listed_from": day,
            },
        )
        if new:
            made.append(product)
    journal.record(
        operation="trading.list_products",
        subject="products",
        acting=acting,
        at=at,
        article="CQETS-15",
        content={"products": [product.code for product in made]},
    )
    return made


@transaction.atomic
def close_account(*, closing: Closing, law: Law, acting: Acting, at: datetime) -> None:
    """Close an account whose holder has no open orders (销户). Source: AMB-33.

    Raises:
        What `registry.close_account` refuses.
    """
    take_turn()
    orders = Order.objects.filter(holder=closing.account.holder_id, state=OrderState.RESTING)
    registry.close_account(
        closing=closing, open_orders=orders.count(), law=law, acting=acting, at=at
    )
