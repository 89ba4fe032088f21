"""The form of the accounting page: a factor set and rows, typed or pasted from a spreadsheet."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from openets.mrv.accounting.factors import factor_sets, gwp_sets
from openets.web.forms import ActForm
from openets.web.language import Said, in_chinese, say, spoken

LONGEST = 60_000
EXAMPLE = """facility,source,item,quantity,unit,ncv,captive_quantity
一号厂,fuel,烟煤,12000,t,22.8,8000
一号厂,fuel,天然气,35,1e4Nm3,,
一号厂,process,石灰石,900,t,,
一号厂,electricity,重庆,15000,MWh,,
一号厂,electricity_sold,重庆,1200,MWh,,
二号厂,gas,SF6,3.5,kg,,
"""


class AccountingForm(forms.Form):
    """What to account for, and with which factors. It changes nothing, so it has no reference."""

    factors = forms.ChoiceField(label=spoken("因子集", "Factor set"))
    restated = forms.ChoiceField(
        label=spoken("同时按另一因子集核算", "Also by another set"),
        required=False,
        help_text=spoken(
            "用于比较或修正历史数据；两个结果分别列出", "To compare or restate; both stand apart"
        ),
    )
    gwp = forms.ChoiceField(label=spoken("全球增温潜势", "Warming potentials"), required=False)
    rows = forms.CharField(
        label=spoken("活动数据", "Activity data"),
        max_length=LONGEST,
        initial=EXAMPLE,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "code"}),
        help_text=spoken(
            "第一行为表头；可直接输入，或从电子表格整块粘贴",
            "The first line is the header; type, or paste a block from a spreadsheet",
        ),
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        """Offer every set there is."""
        super().__init__(*given, **more)
        sets = sets_to_choose()
        none = ("", say("不比较", "None"))
        self.fields["factors"].choices = sets  # type: ignore[attr-defined]
        self.fields["factors"].initial = "steel-2024"
        self.fields["restated"].choices = [none, *sets]  # type: ignore[attr-defined]
        of_set = ("", say("按因子集", "As the set says"))
        self.fields["gwp"].choices = [of_set, *((n, n) for n in gwp_sets())]  # type: ignore[attr-defined]


REASON_LENGTH = 2000
ROWS = forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "code"})


def sets_to_choose(year: int | None = None) -> list[tuple[str, str]]:
    """The factor sets, or those for a year, each with its title."""
    return [
        (name, one.title_zh if in_chinese() else one.title)
        for name, one in factor_sets().items()
        if year is None or year in one.years
    ]


class ChooseRestatement(forms.Form):
    """Which base year to see by which set; it changes nothing."""

    from_year = forms.TypedChoiceField(
        label=spoken("适用的配额年度（起）", "For allocations from"), coerce=int
    )
    year = forms.TypedChoiceField(label=spoken("历史基准年度", "Base year"), coerce=int)
    factors = forms.ChoiceField(label=spoken("采用的因子集", "Factor set"))
    gwp = forms.ChoiceField(label=spoken("全球增温潜势", "Warming potentials"), required=False)

    def __init__(self, *sent: Any, years: Mapping[int, Sequence[int]], **given: Any) -> None:
        """Offer the allocation years, all their base years, and every set."""
        super().__init__(*sent, **given)
        bases = sorted({year for one in years.values() for year in one})
        offered = {
            "from_year": [(year, str(year)) for year in sorted(years, reverse=True)],
            "year": [(year, str(year)) for year in reversed(bases)],
            "factors": sets_to_choose(),
            "gwp": [("", say("按因子集", "As the set says")), *((n, n) for n in gwp_sets())],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]  # They are choices.


class ProposeForm(ActForm):
    """Propose what the page shows."""

    name = "propose"
    verb = Said("提出修正", "Propose the restatement")

    reasons = forms.CharField(
        label=spoken("修正理由", "Reasons"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SupplyForm(ActForm):
    """Activity data behind an inventory result."""

    name = "supply"
    verb = Said("核对并存档", "Check and file")

    factors = forms.ChoiceField(label=spoken("当时采用的因子集", "The set that was used then"))
    rows = forms.CharField(
        label=spoken("活动数据", "Activity data"),
        max_length=LONGEST,
        widget=ROWS,
        help_text=spoken(
            "第一行为表头 facility,source,item,quantity,unit；设施名称填生产线代码",
            "First line: facility,source,item,quantity,unit; name facilities after their lines",
        ),
    )

    def __init__(self, *sent: Any, sets: Sequence[tuple[str, str]], **given: Any) -> None:
        """Offer the sets of the year."""
        super().__init__(*sent, **given)
        self.fields["factors"].choices = sets  # type: ignore[attr-defined]  # They are choices.
