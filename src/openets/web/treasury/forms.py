"""What entities and the bureaux send about the reserve, buy-backs, proceeds and budget."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from openets.kernel.quantity import Tonnes
from openets.treasury.models import PaidApplication
from openets.treasury.operations import Line, Side
from openets.web.forms import ActForm, DayField, TonnesField, YuanField
from openets.web.language import Said, spoken

LINES: Mapping[Line, Said] = {
    Line.BUILDING: Said("市场建设", "Building the market"),
    Line.VERIFICATION: Said("核查", "Verification"),
    Line.REGISTRATION: Said("注册登记", "Registration"),
}
SIDES: Mapping[Side, Said] = {
    Side.GRANTED: Said("安排", "Granted"),
    Side.SPENT: Said("支出", "Spent"),
}
_LONG = 2000


def _texts(said: Mapping[Any, Said]) -> list[tuple[str, Any]]:
    return [(key.value, spoken(text.zh, text.en)) for key, text in said.items()]


def _paragraph(zh: str, en: str) -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=spoken(zh, en), widget=box, max_length=_LONG)


def _year() -> forms.IntegerField:
    return forms.IntegerField(label=spoken("年度", "Year"), min_value=2000, max_value=2100)


class ApplyForm(ActForm):
    """An application for allowances of the reserve."""

    name = "apply"
    title = Said("申请有偿发放", "Apply for a paid issue")
    verb = Said("提交申请", "Apply")

    year = _year()
    amount_t = TonnesField(label=spoken("申请数量", "Quantity"))
    reasons = _paragraph("理由", "Reasons")


class DeclineForm(ActForm):
    """Organise nothing this time."""

    name = "decline"
    title = Said("不组织有偿发放", "Organise no paid issue")
    verb = Said("决定不组织", "Organise nothing")
    tone = "secondary"

    year = _year()
    reasons = _paragraph("理由", "Reasons")


class SaleForm(ActForm):
    """A paid issue: what, at which price, until when, and what each application gets."""

    name = "sale"
    title = Said("组织有偿发放", "Organise a paid issue")
    verb = Said("拟定方案", "Draw up")

    year = _year()
    quantity_t = TonnesField(label=spoken("发放数量", "Quantity"))
    price = YuanField(label=spoken("价格（每吨）", "Price a tonne"))
    last_date = DayField(label=spoken("最后付款日", "Last day to pay"))
    terms = _paragraph("条件", "Terms")

    def __init__(self, *sent: Any, waiting: Sequence[PaidApplication], **given: Any) -> None:
        """Ask for an award of each waiting application."""
        super().__init__(*sent, **given)
        self.waiting = {f"award_{row.pk}": row for row in waiting}
        for name, row in self.waiting.items():
            told = f"{row.organisation.name} · {row.year}"
            self.fields[name] = TonnesField(
                label=spoken(f"获配：{told}", f"Award: {told}"),
                required=False,
                help_text=spoken(f"申请 {row.amount_t:,} 吨", f"applied for {row.amount_t:,} t"),
            )

    def awards(self) -> dict[PaidApplication, Tonnes]:
        """What was written beside each application."""
        found = {row: self.cleaned_data[name] for name, row in self.waiting.items()}
        return {row: Tonnes(amount) for row, amount in found.items() if amount}


class AuctionSaleForm(ActForm):
    """A paid issue whose buyers and price an auction finds."""

    name = "auction_sale"
    title = Said("以竞价方式组织有偿发放", "Organise a paid issue by auction")
    verb = Said("拟定竞价方案", "Draw up")

    year = _year()
    quantity_t = TonnesField(label=spoken("发放数量", "Quantity"))
    price = YuanField(label=spoken("最低价格（每吨）", "Least price a tonne"))
    last_date = DayField(label=spoken("最后日期", "Last day"))
    terms = _paragraph("条件", "Terms")


class BuyBackForm(ActForm):
    """A buy-back: how much, at which price, out of which budget, until when."""

    name = "buy_back"
    title = Said("拟定回购", "Draw up a buy-back")
    verb = Said("拟定回购", "Draw up")

    quantity_t = TonnesField(label=spoken("回购数量", "Quantity"))
    price = YuanField(label=spoken("价格（每吨）", "Price a tonne"))
    budget = YuanField(label=spoken("预算", "Budget"))
    last_date = DayField(label=spoken("最后日期", "Last day"))
    terms = _paragraph("条件", "Terms")
    by_auction = forms.BooleanField(
        label=spoken(
            "以竞价方式回购，价格为最高价", "By reverse auction; the price is the ceiling"
        ),
        required=False,
    )


class SellBackForm(ActForm):
    """Sell to a buy-back that is open."""

    name = "sell_back"
    title = Said("向政府卖出配额", "Sell to the government")
    verb = Said("卖出", "Sell")

    buy_back = forms.ChoiceField(label=spoken("回购", "Buy-back"))
    amount_t = TonnesField(label=spoken("数量", "Quantity"))

    def __init__(self, *sent: Any, choices: Sequence[tuple[str, str]], **given: Any) -> None:
        """Offer the buy-backs that are open."""
        super().__init__(*sent, **given)
        self.fields["buy_back"].choices = choices  # type: ignore[attr-defined]  # A choice field has them.


class PayOverForm(ActForm):
    """The treasury has the proceeds of a paid issue."""

    name = "pay_over"
    title = Said("登记缴库", "Record a payment to the treasury")
    verb = Said("登记缴库", "Record the payment")

    issue = forms.ChoiceField(label=spoken("有偿发放", "Paid issue"))
    amount = YuanField(label=spoken("缴库金额", "Amount"))
    receipt = forms.CharField(label=spoken("缴款书编号", "Receipt number"), max_length=80)

    def __init__(self, *sent: Any, choices: Sequence[tuple[str, str]], **given: Any) -> None:
        """Offer the paid issues that owe something."""
        super().__init__(*sent, **given)
        self.fields["issue"].choices = choices  # type: ignore[attr-defined]  # A choice field has them.


class BudgetForm(ActForm):
    """Money granted for, or spent on, the market."""

    name = "budget"
    title = Said("登记工作经费", "Record budget")
    verb = Said("登记", "Record")

    year = _year()
    line = forms.ChoiceField(label=spoken("项目", "Line"), choices=_texts(LINES))
    side = forms.ChoiceField(label=spoken("收支", "Granted or spent"), choices=_texts(SIDES))
    amount = YuanField(label=spoken("金额", "Amount"))
    note = forms.CharField(label=spoken("说明", "Note"), max_length=200)
