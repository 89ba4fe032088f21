"""What is asked on the pages of the market: days to look at, and orders."""

from datetime import date
from typing import Any

from django import forms

from openets.trading.book import DAY, FOK, IOC
from openets.trading.orders import LARGEST_T
from openets.web.forms import ActForm, DayField, TonnesField, YuanField
from openets.web.language import Said, spoken


class DaysForm(forms.Form):
    """A stretch of days, both included; a wrong one is told beside the field."""

    since = DayField(label=spoken("从", "From"), required=False)
    until = DayField(label=spoken("到", "To"), required=False)

    def clean(self) -> dict[str, Any]:
        """The first day is not behind the last."""
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("since", str(spoken("起始日晚于截止日", "It is behind the last day")))
        return given

    def stretch(self, since: date, until: date) -> tuple[date, date]:
        """The days asked for, or these where none or a wrong one was."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return given.get("since") or since, given.get("until") or until


class OrderForm(ActForm):
    """An order (申报): side, price or any price, tonnes, and how long it stands.

    With `replaces` it takes the place of that open order (改单), whose product, side and validity
    stay.
    """

    name = "order"
    verb = Said("提交申报", "Submit order")

    replaces = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    side = forms.ChoiceField(
        label=spoken("方向", "Side"),
        choices=[("buy", spoken("买入", "Buy")), ("sell", spoken("卖出", "Sell"))],
        widget=forms.RadioSelect,
        initial="buy",
    )
    kind = forms.ChoiceField(
        label=spoken("类型", "Kind"),
        choices=[("limit", spoken("限价", "Limit")), ("market", spoken("市价", "Market"))],
        initial="limit",
    )
    price = YuanField(label=spoken("价格", "Price"), required=False)
    qty = TonnesField(label=spoken("数量", "Quantity"), max_value=LARGEST_T)
    tif = forms.ChoiceField(
        label=spoken("有效方式", "Validity"),
        choices=[
            (DAY, spoken("当日有效", "Day")),
            (IOC, spoken("即时成交剩余撤销", "Immediate or cancel")),
            (FOK, spoken("全部成交或撤销", "Fill or kill")),
        ],
        initial=DAY,
    )

    def clean(self) -> dict[str, Any]:
        """A limit order has a price; of a market order none is read."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == "market":
            given["price"] = None
        elif given.get("price") is None and "price" not in self.errors:
            self.add_error("price", str(spoken("限价申报须填写价格", "A limit order has a price")))
        return given


class WithdrawForm(ActForm):
    """An open order to take back (撤单)."""

    name = "withdraw"
    verb = Said("撤单", "Withdraw")
    tone = "secondary"

    order = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
