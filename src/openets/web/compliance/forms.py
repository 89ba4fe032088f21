"""What an entity and the bureau send about duties."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.registry.models import Lot
from openets.registry.queries import Holding
from openets.web.cases.action import REASON_LENGTH
from openets.web.forms import ActForm, DayField, LotsField, TonnesField
from openets.web.language import Said, spoken
from openets.web.numbers import grouped
from openets.web.parts import Choice
from openets.web.words import lot_label, lot_note


class SurrenderForm(ActForm):
    """Hand in allowances for a year."""

    name = "surrender"
    verb = Said("提交清缴", "Surrender")

    amount = TonnesField(
        label=spoken("清缴数量", "Amount"),
        help_text=spoken(
            "提交后立即从登记账户划入清缴账户，不可撤回；不得超过尚需清缴量。",
            "The units leave the registry account at once and for good; no more than is owed.",
        ),
    )
    lots = LotsField()

    def __init__(self, *data: Any, lots: Sequence[Choice], **given: Any) -> None:
        """Offer the lots that may serve the year."""
        super().__init__(*data, **given)
        self.fields["lots"].offer(lots)  # type: ignore[attr-defined]


class OffsetForm(ActForm):
    """Apply to use reductions for a year: an amount beside each lot one may take from."""

    name = "offset"
    verb = Said("提交履约抵消申请", "Apply for the offset")

    def __init__(self, *sent: Any, held: Sequence[Holding], **given: Any) -> None:
        """Ask for an amount of each lot of which something is free."""
        super().__init__(*sent, **given)
        self.held = {f"lot_{each.lot.pk}": each for each in held}
        for name, each in self.held.items():
            label, note = lot_label(each.lot), lot_note(each.lot)
            free = grouped(each.available_t)
            self.fields[name] = TonnesField(
                label=spoken(label.zh, label.en),
                required=False,
                help_text=spoken(f"可用 {free} 吨 · {note.zh}", f"{free} t free · {note.en}"),
            )

    def offered(self) -> dict[Lot, int]:
        """How much of which lot."""
        amounts = {each.lot: self.cleaned_data.get(name) for name, each in self.held.items()}
        return {lot: amount for lot, amount in amounts.items() if amount}


class NationalExportForm(ActForm):
    """A file of the national register's export."""

    name = "national_export"
    verb = Said("导入", "Import")

    file = forms.FileField(
        label=spoken("抵销信息文件", "Export file"),
        help_text=spoken(
            "CSV，全部行无误才导入；重复的行不再计入。",
            "CSV; imported only when every row stands. A row imported before is passed over.",
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
    )


class ExtendForm(ActForm):
    """Give one entity more time."""

    name = "extend"
    verb = Said("记录延期", "Record the extension")

    to = DayField(label=spoken("延期至", "Until"))
    reason = forms.CharField(
        label=spoken("理由", "Reasons"),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReturnForm(ActForm):
    """Give back what was surrendered beyond a corrected duty."""

    name = "return"
    verb = Said("退还多缴配额", "Return the excess")


class FreezeForm(ActForm):
    """Freeze the status of a year."""

    name = "freeze"
    verb = Said("固定期限日状态", "Freeze the status at the deadline")
    tone = "secondary"


class CreditForm(ActForm):
    """Hand the status of a year over to the credit evaluation."""

    name = "credit"
    verb = Said("导出信用评价清缴情况", "Export for the credit evaluation")
    tone = "secondary"
