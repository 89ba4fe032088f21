"""What participants send about deals, intents and listed prices."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from openets.parties.models import Organisation
from openets.trading.models import Method, Product
from openets.web.forms import ActForm, TonnesField, YuanField
from openets.web.language import Said, spoken
from openets.web.words import MODES

SIDES = {"buy": Said("买入", "Buy"), "sell": Said("卖出", "Sell")}
_NOTE = 200


def said_choices(choices: Mapping[Any, Said]) -> list[tuple[str, object]]:
    """Choices of a field in both languages."""
    return [(str(key), spoken(text.zh, text.en)) for key, text in choices.items()]


def _side() -> forms.ChoiceField:
    return forms.ChoiceField(label=spoken("方向", "Side"), choices=said_choices(SIDES))


def _price(*, required: bool = True) -> YuanField:
    return YuanField(label=spoken("价格（每吨）", "Price a tonne"), required=required)


def _note() -> forms.CharField:
    return forms.CharField(
        label=spoken("附言（可不填）", "Note (optional)"), max_length=_NOTE, required=False
    )


class OfProducts(ActForm):
    """A form about one of the listed products."""

    product = forms.ChoiceField(label=spoken("产品", "Product"))

    def __init__(self, *sent: object, products: Sequence[Product], **given: object) -> None:
        """Offer the listed products."""
        super().__init__(*sent, **given)  # type: ignore[arg-type]  # As Django's forms take them.
        self.fields["product"].choices = [(p.code, p.code) for p in products]  # type: ignore[attr-defined]  # A choice field has them.


class ProposeForm(OfProducts):
    """A proposal to a named counterparty."""

    name = "propose"
    title = Said("提出成交申报", "Propose a deal")
    verb = Said("提交申报", "Propose")

    method = forms.ChoiceField(label=spoken("方式", "Method"))
    counterparty = forms.ChoiceField(label=spoken("对手方", "Counterparty"))
    side = _side()
    price = _price()
    qty = TonnesField(label=spoken("数量", "Quantity"))
    note = _note()
    field_order = ("method", "product", "counterparty", "side", "price", "qty", "note")

    def __init__(
        self,
        *sent: object,
        methods: Sequence[Method],
        others: Sequence[Organisation],
        **given: object,
    ) -> None:
        """Offer the methods that are enabled, and everybody else who trades."""
        super().__init__(*sent, **given)  # type: ignore[arg-type]  # As Django's forms take them.
        self.fields["method"].choices = said_choices(  # type: ignore[attr-defined]  # A choice field has them.
            {method: MODES[method] for method in methods}
        )
        self.fields["counterparty"].choices = [(o.code, o.name) for o in others]  # type: ignore[attr-defined]  # The same.


class IntentForm(OfProducts):
    """What one would buy or sell."""

    name = "intent"
    title = Said("发布意向申报", "Post an intent")
    verb = Said("发布意向", "Post")
    tone = "secondary"

    side = _side()
    qty = TonnesField(label=spoken("数量", "Quantity"))
    price = _price(required=False)
    field_order = ("product", "side", "qty", "price")


class PickForm(OfProducts):
    """A listed price to take."""

    name = "pick"
    title = Said("挂牌点选", "Pick a listed price")
    verb = Said("点选成交", "Pick")

    side = _side()
    price = _price()
    qty = TonnesField(label=spoken("数量", "Quantity"))
    field_order = ("product", "side", "price", "qty")


class TakeBackForm(ActForm):
    """Take an intent of one's own back."""

    name = "take_back"
    title = Said("撤回意向", "Take an intent back")
    verb = Said("撤回", "Take back")
    tone = "secondary"

    intent = forms.ChoiceField(label=spoken("意向", "Intent"))

    def __init__(self, *sent: object, choices: Sequence[tuple[str, str]], **given: object) -> None:
        """Offer one's own."""
        super().__init__(*sent, **given)  # type: ignore[arg-type]  # As Django's forms take them.
        self.fields["intent"].choices = choices  # type: ignore[attr-defined]  # A choice field has them.


class ConfirmForm(ActForm):
    """The other side agrees."""

    name = "confirm"
    title = Said("确认成交", "Confirm")
    verb = Said("确认成交", "Confirm the deal")


class CounterForm(ActForm):
    """The other side would at another price or quantity."""

    name = "counter"
    title = Said("反报价", "Make a counter-proposal")
    verb = Said("提交反报价", "Propose this instead")
    tone = "secondary"

    price = _price()
    qty = TonnesField(label=spoken("数量", "Quantity"))
    note = _note()


class RefuseForm(ActForm):
    """The other side does not."""

    name = "refuse"
    title = Said("拒绝", "Refuse")
    verb = Said("拒绝", "Refuse")
    tone = "secondary"

    note = _note()


class WithdrawForm(ActForm):
    """Whoever proposed takes it back."""

    name = "withdraw"
    title = Said("撤回申报", "Take the proposal back")
    verb = Said("撤回", "Take back")
    tone = "secondary"
