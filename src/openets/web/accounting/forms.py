"""The form of the accounting page: a factor set and rows, typed or pasted from a spreadsheet."""

from typing import Any

from django import forms

from openets.mrv.accounting.factors import factor_sets, gwp_sets
from openets.web.language import in_chinese, say, spoken

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
        sets = [
            (name, one.title_zh if in_chinese() else one.title)
            for name, one in factor_sets().items()
        ]
        none = ("", say("不比较", "None"))
        self.fields["factors"].choices = sets  # type: ignore[attr-defined]
        self.fields["factors"].initial = "steel-2024"
        self.fields["restated"].choices = [none, *sets]  # type: ignore[attr-defined]
        of_set = ("", say("按因子集", "As the set says"))
        self.fields["gwp"].choices = [of_set, *((n, n) for n in gwp_sets())]  # type: ignore[attr-defined]
