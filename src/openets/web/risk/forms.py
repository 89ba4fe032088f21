"""What the exchange and a large holder send."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.registry.titles import UNIT_TITLES
from openets.trading.causes import CAUSES, Cause
from openets.web.forms import ActForm, DayField
from openets.web.language import Said, spoken
from openets.web.parts import Choice

WHOLE_MARKET = ""


def _lines(label: Any, help_text: Any = "") -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, widget=box, max_length=2000, help_text=help_text)


class DecisionForm(ActForm):
    """Base of the decisions on the market: of which product, why, and what is announced."""

    product = forms.ChoiceField(label=spoken("范围", "Scope"), required=False)
    cause = forms.ChoiceField(
        label=spoken("情形", "Cause"),
        choices=[(cause.value, Said(*CAUSES[cause])) for cause in Cause],
    )
    reason = _lines(spoken("理由（内部）", "Reason (internal)"))
    announcement = _lines(
        spoken("公告内容", "Announcement"),
        spoken("执行时向市场公布，并通知主管部门。", "Published, and told to the authority."),
    )

    def __init__(self, *sent: Any, products: Sequence[Choice], **given: Any) -> None:
        """Offer the whole market and each product."""
        super().__init__(*sent, **given)
        if "product" in self.fields:
            self.fields["product"].choices = [  # type: ignore[attr-defined]
                (WHOLE_MARKET, Said("全市场", "The whole market")),
                *((choice.value, choice.label) for choice in products),
            ]


class HaltForm(DecisionForm):
    """Decide to halt trading."""

    name = "halt"
    verb = Said("决定暂停，待另一人执行", "Decide to halt, for a second person to carry out")


class WithdrawalForm(DecisionForm):
    """Decide to withdraw all orders of a product, a holder, or the market."""

    name = "withdrawal"
    verb = Said("决定撤单，待另一人执行", "Decide to withdraw, for a second person to carry out")

    holder = forms.CharField(
        label=spoken("交易主体代码（可不填）", "Code of a participant (optional)"),
        required=False,
        max_length=40,
    )


class CancellationForm(DecisionForm):
    """Decide to cancel a trade."""

    name = "cancellation"
    verb = Said("决定取消成交，待另一人执行", "Decide to cancel, for a second person to carry out")

    product = None  # type: ignore[assignment]  # a trade has its product
    trade = forms.IntegerField(label=spoken("成交编号", "Number of the trade"), min_value=1)

    field_order = ("trade",)


class PriceLimitForm(DecisionForm):
    """Decide another price limit."""

    name = "price_limit"
    verb = Said("决定调整，待另一人执行", "Decide, for a second person to carry out")

    ratio = forms.DecimalField(
        label=spoken("涨跌幅限制", "Price limit"),
        max_digits=6,
        decimal_places=4,
        help_text=spoken("0.10 表示 10%", "0.10 stands for 10 %"),
    )
    from_date = DayField(label=spoken("自", "From"))
    until_date = DayField(
        label=spoken("至（可不填）", "Until (optional)"),
        required=False,
    )

    field_order = ("product", "ratio", "from_date", "until_date")


DECISIONS: dict[str, type[DecisionForm]] = {
    form.name: form for form in (HaltForm, WithdrawalForm, CancellationForm, PriceLimitForm)
}


class MeasureTakenForm(ActForm):
    """Close an alert with a measure that was decided on one of its parties."""

    name = "take"
    verb = Said("以该措施办结", "Close with the measure")

    measure = forms.ChoiceField(label=spoken("措施", "Measure"))

    def __init__(self, *sent: Any, measures: Sequence[Choice], **given: Any) -> None:
        """Offer the measures on the parties."""
        super().__init__(*sent, **given)
        self.fields["measure"].choices = [  # type: ignore[attr-defined]
            (choice.value, choice.label) for choice in measures
        ]


class SurveyForm(ActForm):
    """Survey a day that is over."""

    name = "survey"
    verb = Said("日终监察", "Survey the day")
    tone = "secondary"

    day = DayField(label=spoken("交易日", "Day"))


class RelationForm(ActForm):
    """Record that two participants are related."""

    name = "relate"
    verb = Said("登记关联关系", "Record the relation")

    one = forms.CharField(label=spoken("单位代码", "Code of one"), max_length=40)
    other = forms.CharField(label=spoken("关联单位代码", "Code of the other"), max_length=40)
    basis = forms.CharField(label=spoken("依据", "Basis"), max_length=200)


class LargeHolderForm(ActForm):
    """The report of a large holder."""

    name = "file"
    verb = Said("报送大户报告", "File the report")

    purpose = _lines(spoken("持仓目的", "What the position is for"))
    funds = _lines(spoken("资金来源", "Where the money is from"))
    intentions = _lines(spoken("后续交易意向", "What is intended next"))


class WeekForm(ActForm):
    """Report a week to the authorities."""

    name = "week"
    verb = Said("生成并报送周报", "Draw up and report the week")

    start = DayField(label=spoken("星期一", "Monday of the week"))
    remarks = forms.CharField(
        label=spoken("说明（可不填）", "Remarks (optional)"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ListingForm(ActForm):
    """Decide that a product be listed."""

    name = "listing"
    verb = Said("决定挂牌，待另一人执行", "Decide to list, for a second person to carry out")

    code = forms.CharField(label=spoken("产品代码", "Code"), max_length=20)
    unit = forms.ChoiceField(
        label=spoken("单位种类", "Kind of unit"),
        choices=[(str(unit), Said(*title)) for unit, title in UNIT_TITLES.items()],
    )
    vintage_year = forms.IntegerField(
        label=spoken("年度（配额必填）", "Vintage (allowances)"),
        required=False,
        min_value=2000,
        max_value=2100,
    )
    from_date = DayField(label=spoken("挂牌日期", "Listed from"))
    decision = forms.CharField(label=spoken("决定文号", "Decision"), max_length=120)
