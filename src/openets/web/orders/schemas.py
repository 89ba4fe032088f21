"""Orders and answers as programs send and get them, by request or over a socket."""

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from openets.trading.orders import KEY_LENGTH, LARGEST_FEN, LARGEST_T
from openets.web.schemas import Fen, Tonnes

Key = Annotated[
    str,
    Field(
        min_length=1,
        max_length=KEY_LENGTH,
        description="the holder's own; sent twice, it happens once",
    ),
]
Number = Annotated[int, Field(ge=1, lt=2**63, description="of the order, as it was answered")]
Quantity = Annotated[Tonnes, Field(ge=1, le=LARGEST_T, description="tonnes")]
Price = Annotated[
    Annotated[Fen, Field(ge=1, le=LARGEST_FEN)] | None,
    Field(description="fen a tonne; none: at any price within the day's limits"),
]


class OrderIn(Schema):
    """An order of one's own organisation."""

    key: Key
    product: Annotated[str, Field(max_length=20)]
    buy: bool
    qty: Quantity
    price_fen: Price = None
    tif: Annotated[
        Literal["day", "ioc", "fok"],
        Field(description="until the close; what trades at once; all at once or nothing"),
    ] = "day"


class ReplacementIn(Schema):
    """What an open order is replaced by; product and side stay."""

    key: Key
    qty: Quantity
    price_fen: Price = None


class RefusedOut(Schema):
    """Why an order was refused."""

    code: str
    article: str
    field: str | None
    numbers: dict[str, Any]
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


class AnswerOut(Schema):
    """What became of a request; durable when given."""

    key: str
    order: int = Field(description="its number; 0 where nothing is kept")
    state: Literal["resting", "filled", "withdrawn", "expired", "refused"]
    traded_t: Tonnes
    refusal: RefusedOut | None
