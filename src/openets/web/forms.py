"""Forms that do something: sent once, refused with their reasons, or done and told so.

A view of one form reads `return acted(request, form, do) or render(...)`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect, QueryDict

from openets.kernel.quantity import fen
from openets.kernel.refusal import Refusal
from openets.web import refusing
from openets.web.language import Said, spoken
from openets.web.parts import Choice

HTTP_SEE_OTHER = 303
HTTP_UNPROCESSABLE = 422


def new_reference() -> str:
    """A name for what one form asks: sent twice, it is done once."""
    return uuid4().hex


class ActForm(forms.Form):
    """Base of every form that acts; texts are `spoken(zh, en)`.

    Several forms may stand on one page: each is bound only by its own button. A field may have a
    `unit`, shown behind it.
    """

    name: ClassVar[str]
    verb: ClassVar[Said]
    """What the button says."""
    tone: ClassVar[str] = "primary"

    reference = forms.CharField(widget=forms.HiddenInput, max_length=40, initial=new_reference)

    refused: Refusal | None = None
    """Why the operation said no."""

    @classmethod
    def of(cls, request: HttpRequest, **given: Any) -> Self:
        """The form as sent, or fresh if another form of the page or none was sent."""
        sent = request.method == "POST" and request.POST.get("form") == cls.name
        data = (request.POST, request.FILES) if sent else (None, None)
        form = cls(*data, **given)
        form.auto_id = f"{cls.name}_%s"
        return form

    def begin_anew(self) -> None:
        """Let the form, as sent, ask for something new when it is sent again."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["reference"] = new_reference()
        self.data = data

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows the form (again)."""
        return HTTP_UNPROCESSABLE if self.is_bound else 200


@dataclass(frozen=True, slots=True)
class Done:
    """Where to look at what was done, and what to say there."""

    address: str
    said: Said


def acted(
    request: HttpRequest, form: ActForm, do: Callable[[dict[str, Any]], Done]
) -> HttpResponseRedirect | None:
    """Do what a sent form asks, and lead on; None when there is nothing to do or it was refused.

    A refusal is kept with the form, and beside the field it names.
    """
    if not form.is_bound or not form.is_valid():
        return None
    try:
        done = do(form.cleaned_data)
    except Refusal as refusal:
        form.refused = refusal
        if refusal.field in form.fields:
            form.add_error(refusal.field, refusing.message(refusal))
        return None
    messages.success(request, str(done.said))
    return HttpResponseRedirect(done.address, status=HTTP_SEE_OTHER)


class TonnesField(forms.IntegerField):
    """Whole tonnes, at least one; people may write separators between thousands."""

    unit = Said("吨", "t")

    def __init__(self, **given: Any) -> None:
        """Expect a text box, so that separators can be written."""
        given.setdefault("min_value", 1)
        box = forms.TextInput(attrs={"inputmode": "numeric", "class": "number"})
        super().__init__(widget=box, **given)

    def to_python(self, value: Any) -> int | None:
        """Read the number without its separators."""
        if isinstance(value, str):
            value = re.sub(r"[,，\s]", "", value)
        return super().to_python(value)


class YuanField(forms.DecimalField):
    """Yuan with at most two decimals, read as whole fen; separators may be written."""

    unit = Said("元", "yuan")

    def __init__(self, **given: Any) -> None:
        """Expect a text box, so that separators can be written."""
        given.setdefault("min_value", Decimal("0.01"))
        box = forms.TextInput(attrs={"inputmode": "decimal", "class": "number"})
        super().__init__(widget=box, max_digits=15, decimal_places=2, **given)

    def clean(self, value: Any) -> Any:
        """The amount in fen, read without its separators."""
        if isinstance(value, str):
            value = re.sub(r"[,，\s]", "", value)
        amount = super().clean(value)
        return None if amount is None else fen(amount)


class LotsField(forms.MultipleChoiceField):
    """The lots that units are taken from; without any it is first in, first out (AMB-30)."""

    def __init__(self) -> None:
        """Offer nothing until a form knows what is held."""
        super().__init__(
            required=False,
            widget=forms.CheckboxSelectMultiple,
            label=spoken("指定批次（可不选）", "Only from these lots (optional)"),
            help_text=spoken(
                "不选则先进先出；选定后只从所选批次划出，不足时不办理。",
                "None chosen: first in, first out. Chosen: only those, and refused if too little.",
            ),
        )

    def offer(self, lots: Sequence[Choice]) -> None:
        """Let these lots be chosen."""
        self.choices = [(lot.value, lot.label) for lot in lots]


class DayField(forms.DateField):
    """A day, chosen from the browser's own calendar."""

    def __init__(self, **given: Any) -> None:
        """Speak ISO 8601 whatever the page's language."""
        box = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=box, input_formats=["%Y-%m-%d"], **given)
