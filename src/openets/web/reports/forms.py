"""The forms of reports and plans."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.mrv.accounting.factors import FactorSet
from openets.mrv.disclosure import FIELDS, SECRETS
from openets.mrv.estimating import GROUNDS
from openets.web.forms import ActForm, DayField
from openets.web.language import Said, in_chinese, spoken

REASON_LENGTH = 2000


def _reasons(zh: str, en: str, *, required: bool = False) -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(
        label=spoken(zh, en), max_length=REASON_LENGTH, required=required, widget=box
    )


def _revision() -> forms.IntegerField:
    return forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)


class SaveReportForm(ActForm):
    """Save the grid of a report and check it; its cells stand in the same form."""

    name = "save"
    verb = Said("暂存并校验", "Save and check")
    tone = "secondary"

    revision = _revision()
    factors = forms.ChoiceField(label=spoken("因子集", "Factor set"))
    evidence_row = forms.CharField(
        required=False, max_length=20, label=spoken("用于证明的行", "The row it proves")
    )
    evidence_file = forms.FileField(
        required=False, label=spoken("证据材料（随暂存归档）", "Evidence (filed when you save)")
    )

    def __init__(self, *sent: Any, sets: Sequence[FactorSet], **given: Any) -> None:
        """Offer the sets that cover the year."""
        super().__init__(*sent, **given)
        self.fields["factors"].choices = [  # type: ignore[attr-defined]  # A choice field has them.
            (one.name, one.title_zh if in_chinese() else one.title) for one in sets
        ]


class SavePlanForm(ActForm):
    """Save the grid of a plan."""

    name = "save"
    verb = Said("暂存并校验", "Save and check")
    tone = "secondary"

    revision = _revision()


class ImportForm(ActForm):
    """A workbook to take over."""

    name = "import"
    verb = Said("导入", "Import")
    tone = "secondary"

    revision = _revision()
    workbook = forms.FileField(
        label=spoken("Excel 文件", "Excel file"), widget=forms.FileInput(attrs={"accept": ".xlsx"})
    )


class SubmitReportForm(ActForm):
    """Sign and submit."""

    name = "submit"
    verb = Said("签署并提交", "Sign and submit")

    revision = _revision()
    statement = forms.BooleanField(
        required=False,
        label=spoken(
            "本单位对报告数据的真实性、完整性、准确性负责",
            "We answer for the truth, completeness and accuracy of these data",
        ),
    )


class WithdrawForm(ActForm):
    """Take a submitted report back."""

    name = "withdraw"
    verb = Said("撤回", "Withdraw")
    tone = "secondary"

    reasons = _reasons("撤回理由", "Why")


class FilePlanForm(ActForm):
    """File the drafted version of a plan."""

    name = "file"
    verb = Said("提交备案", "File")

    revision = _revision()
    from_date = DayField(label=spoken("生效日期", "In force from"))
    reasons = _reasons("变更内容和理由（首版可不填）", "What changed and why (not for the first)")


class MarkForm(ActForm):
    """Withhold a field from the public."""

    name = "mark"
    verb = Said("标为保密", "Withhold")
    tone = "secondary"

    field = forms.ChoiceField(
        label=spoken("内容", "Field"),
        choices=[(name, spoken(*words)) for name, words in FIELDS.items()],
    )
    kind = forms.ChoiceField(
        label=spoken("保密类别", "Kind of secret"),
        choices=[(kind.value, spoken(*words)) for kind, words in reversed(SECRETS.items())],
    )
    reason = _reasons("理由（不公开）", "Reason (not published)")


class LiftForm(ActForm):
    """Let a field be published after all."""

    name = "lift"
    verb = Said("取消保密", "Lift")
    tone = "quiet"

    field = forms.CharField(widget=forms.HiddenInput, max_length=40)


class OrderForm(ActForm):
    """Order an entity to correct its report."""

    name = "order"
    verb = Said("责令限期改正", "Order to correct")
    tone = "secondary"

    ground = forms.ChoiceField(
        label=spoken("事由", "Ground"),
        choices=[(ground.value, spoken(*words)) for ground, words in GROUNDS.items()],
    )
    due_date = DayField(label=spoken("改正期限", "Limit"))
    reasons = _reasons("理由", "Reasons")


class DeductionForm(ActForm):
    """Decide on the equal deduction from the next year's allocation."""

    name = "deduct"
    verb = Said("作出决定", "Decide")
    tone = "secondary"

    amount_t = forms.IntegerField(
        label=spoken("次年核减量（吨）", "Deducted next year, t"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "number"}),
    )
    reasons = _reasons("理由", "Reasons")


class NationalForm(ActForm):
    """Record what the national market manages."""

    name = "national"
    verb = Said("登记", "Record")
    tone = "secondary"

    whole = forms.ChoiceField(
        label=spoken("该年度是否由全国碳市场管理", "Is the year managed by the national market"),
        choices=[
            (
                "yes",
                spoken("是：本市不分配、不要求清缴", "Yes: nothing is allocated or claimed here"),
            ),
            ("no", spoken("否", "No")),
        ],
    )
    basis = _reasons("依据（如全国名录文号）", "Basis, such as the national list")


class PublishForm(ActForm):
    """Publish the confirmed reports of a year."""

    name = "publish"
    verb = Said("公开已确认的报告", "Publish what is confirmed")
    tone = "secondary"
