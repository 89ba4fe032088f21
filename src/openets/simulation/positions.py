"""What an agent is shown and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Terms:
    """The exchange's terms, from the rulebook."""

    tick_fen: int
    lot_t: int
    largest_t: int
    """Largest order."""
    fee_ratio: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """A product's market before the order: top of the book, reference, limits; fen a tonne."""

    reference_fen: int
    bid_fen: int | None
    ask_fen: int | None
    floor_fen: int
    ceiling_fen: int


@dataclass(frozen=True, slots=True)
class Stock:
    """Units of a product: where they stand, and what may and need not be kept."""

    registry_t: int
    trading_t: int
    free_to_sell_t: int
    """What the holding rule lets go, on both accounts. Source: CQETS-26."""
    spare_t: int
    """What the owner does not need for its own duty."""
    days_left: int
    """Trading days to the deadline after which the units are worth less."""


@dataclass(frozen=True, slots=True)
class Need:
    """Units of a product still missing for a duty, with the trading days left."""

    short_t: int
    days_left: int


@dataclass(frozen=True, slots=True)
class Position:
    """What a participant has and misses, by product."""

    stocks: Mapping[str, Stock]
    needs: Mapping[str, Need]
    cash_fen: int
    """Free cash on the exchange's cash account."""
    bank_fen: int
    """Cash it could still deposit."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order the participant wants to submit (申报)."""

    side: Literal["buy", "sell"]
    product: str
    price_fen: int
    tonnes: int


@dataclass(frozen=True, slots=True)
class Move:
    """Units the owner wants to move between its registry and trading account (划转)."""

    product: str
    tonnes: int
    to: Literal["registry", "trading"]


@dataclass(frozen=True, slots=True)
class Intent:
    """All that a participant wants on a day."""

    orders: tuple[Order, ...] = ()
    moves: tuple[Move, ...] = ()
    deposit_fen: int = 0
