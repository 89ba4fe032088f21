"""What operators and the authority send about accounts, and a holder about its own."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from openets.casework.procedure import Move
from openets.registry.kinds import LOCK_TITLES, ORDERED, LockCause
from openets.registry.measures import BAR_TITLES, MEASURES, Bar, MeasureKind
from openets.web.forms import ActForm, LotsField, TonnesField
from openets.web.language import Said, spoken
from openets.web.parts import Choice

LONGEST_DOCUMENT = 120

DECIDED = (MeasureKind.RESTRICTION, MeasureKind.SUSPENSION, MeasureKind.DISQUALIFICATION)
"""The kinds of measure that are decided on a page."""


class DocumentField(forms.CharField):
    """The number of the letter or decision that something rests on."""

    def __init__(self) -> None:
        """Take as much as is remembered."""
        super().__init__(
            label=spoken("依据文书文号", "Document number"), max_length=LONGEST_DOCUMENT
        )


class ReasonField(forms.CharField):
    """Why something is done."""

    def __init__(self) -> None:
        """Leave room for some lines."""
        box = forms.Textarea(attrs={"rows": 3})
        super().__init__(label=spoken("理由", "Reasons"), widget=box)


class LockForm(ActForm):
    """File an order to freeze units of an account."""

    name = "freeze"
    verb = Said("提交冻结，待另一人复核", "File the freeze for a second person")

    cause = forms.ChoiceField(label=spoken("冻结原因", "Cause"))
    amount_t = TonnesField(label=spoken("冻结数量", "Amount"))
    lots = LotsField()
    document = DocumentField()
    reason = ReasonField()

    def __init__(self, *sent: Any, role: str, lots: Sequence[Choice], **given: Any) -> None:
        """Offer the causes of a role and the lots on the account."""
        super().__init__(*sent, **given)
        self.fields["cause"].choices = [  # type: ignore[attr-defined]
            (cause.value, Said(*LOCK_TITLES[cause])) for cause in causes_of(role)
        ]
        self.fields["lots"].offer(lots)  # type: ignore[attr-defined]


class MeasureForm(ActForm):
    """Decide a measure on the accounts of a participant."""

    name = "measure"
    verb = Said("作出决定，待另一人执行", "Decide, for a second person to carry out")

    kind = forms.ChoiceField(
        label=spoken("措施", "Measure"),
        choices=[(kind.value, Said(MEASURES[kind].zh, MEASURES[kind].en)) for kind in DECIDED],
    )
    bars = forms.MultipleChoiceField(
        label=spoken("限制的业务", "What it bars"),
        required=False,
        choices=[(bar.value, Said(*BAR_TITLES[bar])) for bar in Bar],
        widget=forms.CheckboxSelectMultiple,
        help_text=spoken(
            "暂停账户限制全部业务，取消交易资格限制买卖；清缴不受限制。",
            "A suspension bars all, a cancelled qualification buying and selling; surrender stays.",
        ),
    )
    from_date = forms.DateField(
        label=spoken("自", "From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until_date = forms.DateField(
        label=spoken("至", "Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=spoken("含当日；不填则至解除为止。", "That day included; empty: until lifted."),
    )
    document = DocumentField()
    reason = ReasonField()


class StopForm(ActForm):
    """Decide that the accounts of a unit that left the list are stopped."""

    name = "stop"
    verb = Said("决定停止使用，待另一人执行", "Decide to stop, for a second person to carry out")

    document = DocumentField()

    def __init__(self, *sent: Any, removed_date: date, last_day: date, **given: Any) -> None:
        """Say until when the accounts may be closed."""
        super().__init__(*sent, **given)
        self.fields["document"].help_text = spoken(
            f"{removed_date} 移出名录，可在 {last_day} 前（含当日）注销账户；"
            "期满未注销的停止使用，余量冻结待处理。",
            f"Left the list on {removed_date}; may close its accounts until {last_day}. "
            "After that they are stopped and what is on them is locked.",
        )


class CarryOverForm(ActForm):
    """Carry the historical surplus of the government reserve over."""

    name = "carry_over"
    verb = Said("结转历史结余", "Carry the surplus over")

    vintage_year = forms.IntegerField(label=spoken("年份", "Vintage"))
    amount_t = TonnesField(
        label=spoken("数量", "Amount"),
        help_text=spoken(
            "每一年份只结转一次，数量与原登记簿相等。",
            "Once for each vintage, in the quantity of the former register.",
        ),
    )


class ClosingForm(ActForm):
    """Ask for an account to be closed."""

    name = "closing"
    verb = Said("申请销户", "Ask for the closing")
    tone = "secondary"

    reason = ReasonField()


class StepForm(ActForm):
    """A move of a case that asks for nothing more; `hint` says who else must make it."""

    hint: Said | None = None


class ReasonedForm(StepForm):
    """A move of a case that gives reasons."""

    reason = ReasonField()


class DocumentedForm(ReasonedForm):
    """A move of a case that rests on a document and gives reasons."""

    document = DocumentField()
    field_order = ("document", "reason")


def causes_of(role: str) -> list[LockCause]:
    """The causes for which a role may order a freeze."""
    return [cause for cause, roles in ORDERED.items() if role in roles]


def form_of(name: str, move: Move, *, documented: bool) -> type[ActForm]:
    """The form of a move: its button says what the move is called."""
    base = DocumentedForm if documented else ReasonedForm if move.reasons else StepForm
    tone = "secondary" if move.reasons else "primary"
    return type(
        base.__name__, (base,), {"name": name, "verb": Said(move.zh, move.en), "tone": tone}
    )
