"""The words of the pages about money, and what several of them share."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from openets.banking.models import BankFile
from openets.banking.procedures import BINDING, SUSPENSE_ITEM, WITHDRAWAL
from openets.casework.procedure import Procedure
from openets.clearing import queries as clearing
from openets.clearing.procedures import OBJECTION, RESERVE_USE
from openets.web import words
from openets.web.forms import ActForm, Done, acted
from openets.web.language import Said
from openets.web.parts import Status, Tone

Acts = Sequence[tuple[ActForm, Callable[[dict[str, Any]], Done]]]

TONES: Mapping[str, Tone] = {
    "asked": "warn",
    "approved": "info",
    "sent": "info",
    "paid": "good",
    "bound": "good",
    "rejected": "bad",
    "waiting": "warn",
    "booking": "warn",
    "return_proposed": "warn",
    "booked": "good",
    "returning": "info",
    "returned": "good",
    "filed": "warn",
    "upheld": "good",
    "proposed": "warn",
    "used": "good",
    "served": "info",
    "accepted": "good",
}
FILE_STATES = {
    BankFile.State.WRITING: Status(Said("待写出", "To be written"), "warn"),
    BankFile.State.SENT: Status(Said("已发送", "Sent"), "good"),
    BankFile.State.BOOKING: Status(Said("入账中", "Being booked"), "warn"),
    BankFile.State.BOOKED: Status(Said("已入账", "Booked"), "good"),
    BankFile.State.REFUSED: Status(Said("整份退回", "Set aside"), "bad"),
}
MOVEMENTS = {
    "deposit": Said("入金", "Deposit"),
    "withdraw": Said("出金", "Withdrawal"),
    "suspense_booking": Said("待查款项入账", "Booked from suspense"),
    "government_sale": Said("有偿发放付款", "Paid issue"),
    "buy_back": Said("回购款", "Buy-back"),
    "reserve_use": Said("风险准备金受偿", "From the risk reserve"),
    "reserve_recovery": Said("风险准备金追偿", "Recovered for the reserve"),
    "cancelled_trade": Said("成交取消", "Cancelled trade"),
}
SIDES = {
    "buy": Said("买入", "Buy"),
    "sell": Said("卖出", "Sell"),
    "buyer": Said("买方", "Buyer"),
    "seller": Said("卖方", "Seller"),
}
KINDS = {
    "week": Said("周报", "Week"),
    "month": Said("月报", "Month"),
    "year": Said("年报", "Year"),
}
ALL = Said("合计", "All")


def withdrawal(state: str) -> Status:
    """How a withdrawal stands."""
    return _status(WITHDRAWAL, state)


def binding(state: str) -> Status:
    """How a binding stands."""
    return _status(BINDING, state)


def item(state: str) -> Status:
    """How money that is nobody's stands."""
    return _status(SUSPENSE_ITEM, state)


def objection(state: str) -> Status:
    """How an objection stands."""
    return _status(OBJECTION, state)


def use(state: str) -> Status:
    """How a use of the reserve stands."""
    return _status(RESERVE_USE, state)


def statement(state: str) -> Status:
    """How a clearing statement stands."""
    return Status(Said(*clearing.STANDS[state]), TONES[state])


def movement(kind: str) -> Said:
    """Why money moved."""
    return MOVEMENTS.get(kind, Said("资金划转", "Transfer"))


def mode(method: str) -> Said:
    """A trading method in words; all of them together."""
    return ALL if method == "all" else words.MODES.get(method, Said(method, method))


def first(request: HttpRequest, acts: Acts) -> HttpResponse | None:
    """Do what the one form that was sent asks."""
    return next((leave for form, do in acts if (leave := acted(request, form, do))), None)


def status_of(acts: Acts) -> int:
    """The status of a page with these forms."""
    return max((form.status for form, _ in acts), default=200)


def day_of(text: str) -> date:
    """A day of an address; another is not found."""
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Http404(text) from fault


def _status(procedure: Procedure, state: str) -> Status:
    return Status(words.state_of(procedure, state), TONES.get(state, ""))
