"""What may be asked of the floor from outside, by whom, and what it answers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.roles import Role

TRADERS = (Role.KEY_EMITTING_ENTITY, Role.PROJECT_OWNER, Role.INVESTOR, Role.INDIVIDUAL)
ARTICLE = "CQETS-16"
REFUSED = "refused"


class FloorBusy(Refusal):
    """More waits at the floor than it may keep waiting."""

    code = "floor_busy"
    article = "CQETS-5.4b"
    zh = "撮合繁忙：已有 {waiting} 笔申报等待处理"
    en = "The floor is busy: {waiting} orders wait already"
    remedy_zh = "请稍后以同一申报编号重新发送，不会重复成交"
    remedy_en = "Send it again with the same key; it happens once"


class FloorAway(Refusal):
    """No floor answers; whether the order arrived is told when its key is sent again."""

    code = "floor_away"
    article = "CQETS-5.4b"
    zh = "暂无撮合服务应答"
    en = "No floor answers"
    remedy_zh = "请稍后以同一申报编号重新发送，不会重复成交"
    remedy_en = "Send it again with the same key; it happens once"


class FloorFault(Refusal):
    """The floor met a fault of its own at this order alone, and wrote nothing of it."""

    code = "floor_fault"
    article = "CQETS-5.4b"
    zh = "系统故障，申报未被接受"
    en = "A fault of the system; the order was not taken"
    remedy_zh = "请联系交易机构"
    remedy_en = "Tell the exchange"


class Act(StrEnum):
    """What is asked."""

    ENTER = "enter"
    WITHDRAW = "withdraw"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Request:
    """An order to enter, to withdraw or to replace, and who asks for it, for whom.

    `key` is the holder's own and makes it happen once; `order` is the number of the order meant.
    No price: a market order. A replacement keeps product and side.
    """

    act: Act
    key: str
    acting: Acting
    order: int = 0
    product: str = ""
    buy: bool = False
    qty: int = 0
    price_fen: int | None = None
    tif: str = "day"


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a request; `refusal` is its JSON."""

    key: str
    order: int
    state: str
    traded_t: int
    refusal: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape of an answer to programs."""
        return {
            "key": self.key,
            "order": self.order,
            "state": self.state,
            "traded_t": self.traded_t,
            "refusal": self.refusal,
        }


def enter_order(
    *,
    key: str,
    product: str,
    buy: bool,
    qty: int,
    price_fen: int | None,
    tif: str,
    acting: Acting,
) -> Request:
    """Ask for an order (申报) of one's own organisation. Source: CQETS-16, CQETS-17.

    `qty` is in tonnes; `tif` is day, ioc or fok.

    Raises:
        NotYourRole.
    """
    acting.must_be(*TRADERS, article=ARTICLE)
    return Request(Act.ENTER, key, acting, 0, product, buy, qty, price_fen, tif)


def withdraw_order(*, key: str, order: int, acting: Acting) -> Request:
    """Ask to take an open order of one's own organisation back (撤单). Source: CQETS-17.

    Raises:
        NotYourRole.
    """
    acting.must_be(*TRADERS, article=ARTICLE)
    return Request(Act.WITHDRAW, key, acting, order)


def replace_order(
    *, key: str, order: int, qty: int, price_fen: int | None, acting: Acting
) -> Request:
    """Ask to put another order in the place of an open one (改单). Source: CQETS-17.

    The new one, of `qty` tonnes, takes the last place in time.

    Raises:
        NotYourRole.
    """
    acting.must_be(*TRADERS, article=ARTICLE)
    return Request(Act.REPLACE, key, acting, order, qty=qty, price_fen=price_fen)


def refused(request: Request, refusal: Refusal) -> Reply:
    """The answer to a request that got no further."""
    return Reply(request.key, request.order, REFUSED, 0, told(refusal))


def told(refusal: Refusal) -> dict[str, Any]:
    """A refusal in an answer: code, article, numbers, and its words in both languages."""
    shape = refusal.as_json()
    return {
        "code": shape["code"],
        "article": shape["article"],
        "field": shape["field"],
        "numbers": shape["numbers"],
        "zh": shape["message_zh"],
        "en": shape["message"],
        "remedy_zh": shape["remedy_zh"],
        "remedy_en": shape["remedy"],
    }


def refusal_of(told: Mapping[str, Any]) -> Refusal:
    """The refusal that an answer tells, to be raised and shown like one of this process."""
    refusal = Refusal(field=told["field"], article=told["article"], **told["numbers"])
    refusal.code = told["code"]
    for name in ("zh", "en", "remedy_zh", "remedy_en"):
        # The numbers stand in the words already; a brace in them is a brace.
        setattr(refusal, name, told[name].replace("{", "{{").replace("}", "}}"))
    return refusal
