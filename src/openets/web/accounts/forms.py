"""What is asked for on the pages of accounts."""

from django import forms

from openets.web.forms import ActForm
from openets.web.language import Said, spoken

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HoldingForm(ActForm):
    """Ask for a holding statement."""

    name = "holding"
    verb = Said("出具持有证明", "Issue a holding statement")

    day = forms.DateField(
        label=spoken("截至日期（空＝现在）", "As of the end of (empty: now)"),
        required=False,
        widget=DAY,
    )


class PeriodForm(ActForm):
    """Ask for the statement of an account over a period."""

    name = "period"
    verb = Said("出具 PDF 对账单", "Issue the statement as PDF")

    since = forms.DateField(label=spoken("起始日", "From"), widget=DAY)
    until = forms.DateField(label=spoken("截止日（含）", "To (inclusive)"), widget=DAY)


class ReceiptForm(ActForm):
    """Ask for the receipt of a transaction."""

    name = "receipt"
    verb = Said("出具业务回单", "Issue the receipt")


class CertificateForm(ActForm):
    """Ask for the certificate of a cancellation as PDF."""

    name = "certificate"
    verb = Said("出具 PDF 注销证书", "Issue the certificate as PDF")
