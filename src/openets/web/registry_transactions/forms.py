"""What holders, the registry operator and the bureau send about movements of units."""

from collections.abc import Sequence
from typing import Any

from django import forms

from openets.registry.basis import BASIS_TITLES, Basis
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, UnitKind
from openets.web import words
from openets.web.forms import ActForm, LotsField, TonnesField
from openets.web.language import Said, spoken
from openets.web.parts import Choice

_WAYS = ("move_to_trading", "move_to_registry")
_LINES = {"rows": 3}


def _choices(titles: Sequence[tuple[str, tuple[str, str]]]) -> list[tuple[str, Any]]:
    return [(value, spoken(*words_of)) for value, words_of in titles]


def _bases() -> list[tuple[str, Any]]:
    return _choices([(basis.value, title) for basis, title in BASIS_TITLES.items()])


class _OfOwnUnits(ActForm):
    """A form about units that its sender holds."""

    units = forms.ChoiceField(label=spoken("品种", "Units"))
    amount = TonnesField(label=spoken("数量", "Amount"))
    lots = LotsField()

    def __init__(
        self, *data: Any, held: Sequence[Choice], lots: Sequence[Choice], **given: Any
    ) -> None:
        """Offer what is held, by class and by lot."""
        super().__init__(*data, **given)
        choices = [(choice.value, choice.label) for choice in held]
        self.fields["units"].choices = choices  # type: ignore[attr-defined]
        self.fields["lots"].offer(lots)  # type: ignore[attr-defined]


class MoveForm(_OfOwnUnits):
    """Move units between one's own accounts."""

    name = "move"
    verb = Said("划转", "Move")

    kind = forms.ChoiceField(
        label=spoken("方向", "Direction"),
        choices=_choices([(k, (TRANSACTION_KINDS[k].zh, TRANSACTION_KINDS[k].en)) for k in _WAYS]),
    )
    field_order = ("kind", "units", "amount", "lots")


class CancelForm(_OfOwnUnits):
    """Cancel own units for good."""

    name = "cancel"
    verb = Said("自愿注销", "Cancel for good")
    tone = "secondary"

    beneficiary = forms.CharField(
        label=spoken("受益人或活动", "For whom or what"), max_length=120, required=False
    )
    reason = forms.CharField(
        label=spoken("注销说明", "Why"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs=_LINES),
        help_text=spoken(
            "注销后不可恢复，并生成任何人可按编号核验的证书；说明和受益人会公开显示。",
            "Units never come back. Anyone may look the certificate up; both texts are public.",
        ),
    )
    field_order = ("units", "amount", "lots", "beneficiary", "reason")


class _Grounded(ActForm):
    """A form that rests on a legal basis and its paper."""

    basis = forms.ChoiceField(label=spoken("法定依据", "Legal basis"), choices=_bases)
    document = forms.CharField(label=spoken("依据文书文号", "Its paper"), max_length=200)
    reason = forms.CharField(
        label=spoken("说明", "Remarks"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs=_LINES),
    )


class FileForm(_Grounded):
    """File a transfer, a compulsory cancellation or a withdrawal."""

    name = "file"
    verb = Said("提交审批", "File for approval")

    kind = forms.ChoiceField(label=spoken("业务种类", "Kind"))
    holder = forms.CharField(
        label=spoken("转出方", "From"),
        max_length=40,
        help_text=spoken(
            "单位代码、名录序号或统一社会信用代码", "Its code, number on the list or credit code"
        ),
    )
    account = forms.ChoiceField(
        label=spoken("转出账户", "Account"),
        choices=_choices(
            [
                (AccountKind.REGISTRY.value, ("注册登记账户", "Registry account")),
                (AccountKind.TRADING.value, ("交易账户", "Trading account")),
            ]
        ),
    )
    receiver = forms.CharField(
        label=spoken("接收方（仅过户）", "To (transfers only)"), max_length=40, required=False
    )
    unit = forms.ChoiceField(
        label=spoken("单位种类", "Units"),
        choices=_choices(
            [(unit.value, (words.UNITS[unit].zh, words.UNITS[unit].en)) for unit in UnitKind]
        ),
    )
    vintage_year = forms.IntegerField(
        label=spoken("年度（可不填）", "Vintage (or any)"),
        required=False,
        min_value=2000,
        max_value=2100,
    )
    amount = TonnesField(label=spoken("数量", "Amount"))
    lots = forms.CharField(
        label=spoken("批次（可不填）", "Lots (or any)"),
        max_length=500,
        required=False,
        help_text=spoken(
            "批次代码，以空格分隔；不填则先进先出",
            "Codes with spaces between; without any, first in, first out",
        ),
    )
    field_order = (
        *("kind", "holder", "account", "receiver", "unit", "vintage_year", "amount", "lots"),
        *("basis", "document", "reason"),
    )

    def __init__(self, *data: Any, kinds: Sequence[str], **given: Any) -> None:
        """Offer the kinds that the sender may file."""
        super().__init__(*data, **given)
        rows = [(k, (TRANSACTION_KINDS[k].zh, TRANSACTION_KINDS[k].en)) for k in kinds]
        self.fields["kind"].choices = _choices(rows)  # type: ignore[attr-defined]

    def clean_lots(self) -> list[str]:
        """The codes one by one."""
        codes: str = self.cleaned_data["lots"]
        return codes.split()


class OppositeForm(_Grounded):
    """File the opposite entry of a movement."""

    name = "opposite"
    verb = Said("提交审批", "File for approval")
    tone = "secondary"

    kind = forms.ChoiceField(label=spoken("种类", "Kind"))
    amount = TonnesField(label=spoken("数量", "Amount"))
    field_order = ("kind", "amount", "basis", "document", "reason")

    def __init__(self, *data: Any, kinds: Sequence[str], **given: Any) -> None:
        """Offer the kinds that are an opposite of the movement."""
        super().__init__(*data, **given)
        rows = [(k, (TRANSACTION_KINDS[k].zh, TRANSACTION_KINDS[k].en)) for k in kinds]
        self.fields["kind"].choices = _choices(rows)  # type: ignore[attr-defined]
        self.fields["basis"].initial = Basis.ERROR.value


class ApproveForm(ActForm):
    """Approve what was filed."""

    name = "approve"
    verb = Said("批准", "Approve")


class RejectForm(ActForm):
    """Do not approve what was filed."""

    name = "reject"
    verb = Said("不予批准", "Reject")
    tone = "secondary"

    why = forms.CharField(
        label=spoken("理由", "Reasons"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs=_LINES),
    )


class WithdrawForm(ActForm):
    """Take back what one filed."""

    name = "withdraw"
    verb = Said("撤回", "Withdraw")
    tone = "secondary"
