"""The way from a page to the market floor."""

from collections.abc import Sequence

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.trading.orders import Answer, NewOrder, Withdrawal


class FloorNotRunning(Refusal):
    """Orders are matched by the floor, a process of its own; without it nothing is taken."""

    code = "floor_not_running"
    article = "CQETS-17"
    zh = "撮合服务未运行，申报没有送达"
    en = "The floor is not running; the order did not arrive"
    remedy_zh = "请稍后重试，或联系交易机构"
    remedy_en = "Try again later, or ask the exchange"


def send_to_floor(commands: Sequence[NewOrder | Withdrawal], *, acting: Acting) -> list[Answer]:
    """Hand commands to the floor and wait for its answers, one each.

    Raises:
        FloorNotRunning.
    """
    raise FloorNotRunning
