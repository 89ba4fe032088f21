"""What participants and the exchange send about auctions."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.kernel.clock import MARKET_ZONE
from openets.trading.models import Product
from openets.web.forms import ActForm, TonnesField, YuanField
from openets.web.language import Said, spoken

_LONG = 2000


def _choose(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    form.fields[name].choices = choices  # type: ignore[attr-defined]  # A choice field has them.


class MomentField(forms.DateTimeField):
    """A moment of the market, chosen from the browser's own calendar."""

    def __init__(self, **given: Any) -> None:
        """Speak ISO 8601 whatever the page's language."""
        box = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(widget=box, input_formats=formats, **given)

    def clean(self, value: Any) -> Any:
        """The moment in the market's time zone, whatever that of whoever writes."""
        found = super().clean(value)
        return found and found.replace(tzinfo=MARKET_ZONE)


class OfferForm(ActForm):
    """A lot of one's own."""

    name = "offer"
    title = Said("申请单向竞价", "Apply for an auction of your own")
    verb = Said("提交申请", "Apply")

    product = forms.ChoiceField(label=spoken("产品", "Product"))
    quantity_t = TonnesField(label=spoken("数量", "Quantity"))
    floor = YuanField(label=spoken("底价（每吨）", "Floor a tonne"))

    def __init__(self, *sent: Any, products: Sequence[Product], **given: Any) -> None:
        """Offer the listed products."""
        super().__init__(*sent, **given)
        _choose(self, "product", [(p.code, p.code) for p in products])


class WithHours(ActForm):
    """When an auction takes place, and what else applies."""

    opens_at = MomentField(label=spoken("开始时间", "Opens at"))
    closes_at = MomentField(label=spoken("结束时间", "Closes at"))
    terms = forms.CharField(
        label=spoken("公告内容", "Terms"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=_LONG,
    )


class AnnounceLotForm(WithHours):
    """The announcement of a holder's lot."""

    name = "announce_lot"
    title = Said("发布竞价公告", "Announce the auction")
    verb = Said("发布公告", "Announce")


class AnnounceForm(WithHours):
    """The announcement of a paid issue or a buy-back by auction."""

    name = "announce"
    title = Said("发布政府配额竞价公告", "Announce an auction of the government")
    verb = Said("发布公告", "Announce")

    plan = forms.ChoiceField(label=spoken("方案", "Decided as"))
    product = forms.ChoiceField(
        label=spoken("产品（仅回购）", "Product (of a buy-back)"), required=False
    )
    quantity_t = TonnesField(label=spoken("数量", "Quantity"))
    field_order = ("plan", "product", "quantity_t", "opens_at", "closes_at", "terms")

    def __init__(
        self,
        *sent: Any,
        plans: Sequence[tuple[str, str]],
        products: Sequence[Product],
        **given: Any,
    ) -> None:
        """Offer what was decided and is left."""
        super().__init__(*sent, **given)
        _choose(self, "plan", plans)
        _choose(self, "product", [("", "—"), *((p.code, p.code) for p in products)])


class CancelForm(ActForm):
    """The exchange cancels."""

    name = "cancel"
    title = Said("终止竞价", "Cancel the auction")
    verb = Said("终止", "Cancel it")
    tone = "secondary"

    reasons = forms.CharField(label=spoken("理由", "Reasons"), max_length=200)


class ClearForm(ActForm):
    """The exchange decides."""

    name = "clear"
    title = Said("出清", "Decide the auction")
    verb = Said("出清并交收", "Decide and settle")


class BidForm(ActForm):
    """A sealed bid."""

    name = "bid"
    title = Said("报价", "Bid")
    verb = Said("提交报价", "Submit the bid")

    price = YuanField(label=spoken("价格（每吨）", "Price a tonne"))
    qty = TonnesField(label=spoken("数量", "Quantity"))


class ChangeForm(BidForm):
    """Another bid in its place."""

    name = "change"
    title = Said("改价", "Change the bid")
    verb = Said("修改报价", "Change it")


class WithdrawForm(ActForm):
    """One's bid is taken back."""

    name = "withdraw"
    title = Said("撤回报价", "Take the bid back")
    verb = Said("撤回报价", "Take it back")
    tone = "secondary"
