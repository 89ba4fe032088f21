"""What participants and the settlement desk send."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.clearing.reports import PeriodKind
from openets.web.forms import ActForm, DayField, YuanField
from openets.web.language import Said, spoken

_LONG = 2000
Choices = Sequence[tuple[str, str]]


def _paragraph(zh: str, en: str) -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=spoken(zh, en), widget=box, max_length=_LONG)


class Choosing(ActForm):
    """About one of several."""

    number = forms.ChoiceField(label=spoken("事项", "Which"))

    def __init__(self, *given: Any, choices: Choices, **options: Any) -> None:
        """Offer what may be chosen."""
        super().__init__(*given, **options)
        self.fields["number"].choices = choices  # type: ignore[attr-defined]


class WithdrawForm(ActForm):
    """A withdrawal."""

    name = "withdraw"
    title = Said("申请出金", "Withdraw money")
    verb = Said("提交申请", "Ask for it")

    amount = YuanField(label=spoken("金额", "Amount"))


class CancelForm(Choosing):
    """Take a withdrawal back."""

    name = "cancel"
    title = Said("撤回出金申请", "Take a withdrawal back")
    verb = Said("撤回", "Take back")
    tone = "secondary"


class ApproveForm(Choosing):
    """Approve a large withdrawal."""

    name = "approve"
    title = Said("复核出金", "Approve a withdrawal")
    verb = Said("复核通过", "Approve")


class BindForm(ActForm):
    """The bank account to be bound."""

    name = "bind"
    title = Said("绑定银行账户", "Bind a bank account")
    verb = Said("提交银行核验", "Let the bank check it")
    tone = "secondary"

    holder_name = forms.CharField(
        label=spoken("银行账户户名", "Name of the account"), max_length=200
    )
    number = forms.CharField(label=spoken("银行账号", "Account number"), max_length=40)


class ObjectForm(ActForm):
    """An objection."""

    name = "object"
    title = Said("提出异议", "Object")
    verb = Said("提交异议", "Object")
    tone = "secondary"

    text = _paragraph("异议事项和理由", "What is wrong, and why")


class PaperForm(ActForm):
    """Ask for the PDF."""

    name = "paper"
    title = Said("出具 PDF", "PDF")
    verb = Said("出具清算单 PDF", "Issue the PDF")
    tone = "secondary"


class ReportPaperForm(ActForm):
    """Ask for the PDF of a report."""

    name = "paper"
    title = Said("出具 PDF", "PDF")
    verb = Said("出具报告 PDF", "Issue the PDF")
    tone = "secondary"


class BookForm(Choosing):
    """Propose whose money it is."""

    name = "propose_booking"
    title = Said("拟入账", "Propose to book")
    verb = Said("提出入账", "Propose")

    holder = forms.CharField(label=spoken("入账单位代码", "Code of the participant"), max_length=50)
    reasons = _paragraph("依据", "Reasons")


class ReturnForm(Choosing):
    """Propose to send it back."""

    name = "propose_return"
    title = Said("拟退回", "Propose to return")
    verb = Said("提出退回", "Propose")

    reasons = _paragraph("依据", "Reasons")


class ConfirmForm(Choosing):
    """Agree with a proposal."""

    name = "confirm"
    title = Said("复核", "Agree, as another person")
    verb = Said("复核通过", "Agree")


class DropForm(Choosing):
    """Do not agree."""

    name = "drop"
    title = Said("不同意", "Do not agree")
    verb = Said("不同意", "Do not agree")
    tone = "secondary"

    reasons = _paragraph("理由", "Reasons")


class ServeForm(ActForm):
    """Serve the statements of a day."""

    name = "serve"
    title = Said("出具清算单", "Serve the statements")
    verb = Said("出具当日清算单", "Serve them")

    day = DayField(label=spoken("市场日", "Market day"))


class DecideForm(Choosing):
    """Decide an objection."""

    name = "decide"
    title = Said("决定异议", "Decide an objection")
    verb = Said("作出决定", "Decide")

    upheld = forms.TypedChoiceField(
        label=spoken("决定", "Decision"),
        choices=[
            ("no", spoken("异议不成立", "Rejected")),
            ("yes", spoken("异议成立", "Upheld")),
        ],
        coerce=lambda text: text == "yes",
    )
    reasons = _paragraph("理由", "Reasons")


class UseForm(ActForm):
    """Propose a use of the reserve."""

    name = "use"
    title = Said("提出使用", "Propose a use")
    verb = Said("提出使用", "Propose")

    creditor = forms.CharField(label=spoken("受偿单位代码", "Who is paid (code)"), max_length=50)
    debtor = forms.CharField(label=spoken("违约单位代码", "Who defaulted (code)"), max_length=50)
    amount = YuanField(label=spoken("金额", "Amount"))


class RecoverForm(Choosing):
    """Take back from whoever defaulted."""

    name = "recover"
    title = Said("追偿", "Recover")
    verb = Said("登记追偿", "Recover")
    tone = "secondary"

    amount = YuanField(label=spoken("金额", "Amount"))


class PublishForm(ActForm):
    """Publish a report."""

    name = "publish"
    title = Said("公布交易情况报告", "Publish a report")
    verb = Said("公布并报送", "Publish and submit")

    kind = forms.ChoiceField(
        label=spoken("报告期", "Period"),
        choices=[
            (PeriodKind.WEEK.value, spoken("周报", "Week")),
            (PeriodKind.MONTH.value, spoken("月报", "Month")),
            (PeriodKind.YEAR.value, spoken("年报", "Year")),
        ],
    )
    day = DayField(label=spoken("期内任一日", "Any day of it"))
    analysis = forms.CharField(
        label=spoken("市场分析", "Analysis of the market"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=_LONG,
        required=False,
    )
