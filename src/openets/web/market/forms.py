"""What is asked of the public pages: from which day to which."""

from datetime import date
from typing import Any

from django import forms

from openets.web.forms import DayField
from openets.web.language import spoken


class DaysForm(forms.Form):
    """A stretch of days, both included; a wrong one is told beside the field."""

    since = DayField(label=spoken("从", "From"), required=False)
    until = DayField(label=spoken("到", "To"), required=False)

    def clean(self) -> dict[str, Any]:
        """The first day is not behind the last."""
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("since", str(spoken("起始日晚于截止日", "It is behind the last day")))
        return given

    def stretch(self, since: date, until: date) -> tuple[date, date]:
        """The days asked for, or these where none or a wrong one was."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return given.get("since") or since, given.get("until") or until
