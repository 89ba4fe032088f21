"""What institutions and the bureau do to a market day."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.web.forms import ActForm
from openets.web.language import Said, spoken


class ReconcileForm(ActForm):
    """Compare the four books."""

    name = "reconcile"
    verb = Said("对账", "Reconcile")


class ConfirmForm(ActForm):
    """Confirm the day for the exchange."""

    name = "confirm"
    verb = Said("交易机构确认", "Confirm for the exchange")


class CloseForm(ActForm):
    """Close the day for the registry."""

    name = "close"
    verb = Said("登记机构日结", "Close for the registry")


class ReopenForm(ActForm):
    """Open a closed day again."""

    name = "reopen"
    verb = Said("重新打开", "Reopen")
    tone = "secondary"

    reasons = forms.CharField(
        label=spoken("理由", "Reasons"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )


class OfDifference(ActForm):
    """About one of the day's differences."""

    number = forms.TypedChoiceField(label=spoken("差异", "Difference"), coerce=int)

    def __init__(self, *given: Any, differences: Sequence[tuple[int, str]], **options: Any) -> None:
        """Offer the day's standing differences."""
        super().__init__(*given, **options)
        self.fields["number"].choices = differences  # type: ignore[attr-defined]


class ExplainForm(OfDifference):
    """Explain a difference and name its correction."""

    name = "explain"
    verb = Said("提交说明", "Explain")

    note = forms.CharField(
        label=spoken("差异原因", "Cause"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )
    correction = forms.CharField(
        label=spoken("更正业务编号", "Correcting movement"),
        required=False,
        max_length=200,
        help_text=spoken(
            "日志中的业务编号，例如 deposit/E001/2023-12-05；未更正的由市生态环境局决定延后",
            "As the journal names it; what is not corrected yet the city bureau may defer",
        ),
    )


class DeferForm(OfDifference):
    """Decide that a correction may wait."""

    name = "defer"
    verb = Said("决定延后处理", "Defer the correction")
    tone = "secondary"

    reasons = forms.CharField(
        label=spoken("决定理由", "Reasons of the decision"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )
