"""The forms on the pages of the list."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.registry.kinds import UnitKind
from openets.roster.inclusion import YearEmissions
from openets.roster.plan import ChangeKind, Plan, Share, UnitClass
from openets.roster.removal import BelowScale, Ceased, Ground, National
from openets.web import words
from openets.web.forms import ActForm, TonnesField
from openets.web.language import Said, spoken

FIRST_YEAR, LAST_YEAR = 2000, 2999
TEXT_LENGTH = 2000
REFERENCE_LENGTH = 60
NAME_LENGTH = 120


def _amount(label: Any, **given: Any) -> forms.DecimalField:
    box = forms.TextInput(attrs={"inputmode": "decimal", "class": "number"})
    return forms.DecimalField(label=label, min_value=0, widget=box, **given)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}))


def _year(label: Any, **given: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=FIRST_YEAR, max_value=LAST_YEAR, **given)


def _text(label: Any, **given: Any) -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=TEXT_LENGTH, widget=box, **given)


class ProposeForm(ActForm):
    """Puts an enterprise forward: its emissions of each reference year, tested by the standard."""

    name = "propose"
    verb = Said("提出列入", "Propose")
    industrial = forms.BooleanField(
        label=spoken("属于工业企业", "It is an industrial enterprise"), required=False, initial=True
    )

    def __init__(
        self,
        *sent: Any,
        years: Sequence[int],
        known: Mapping[int, YearEmissions],
        **given: Any,
    ) -> None:
        """Ask for every reference year; what is `known` stands there already."""
        super().__init__(*sent, **given)
        self.years = years
        for year in years:
            told = known.get(year)
            self.fields[f"total_{year}"] = _amount(
                spoken(f"{year} 年排放总量（tCO₂e）", f"Emissions of {year}, tCO₂e"),
                required=False,
                initial=told.total_tco2e if told else None,
            )
            self.fields[f"power_{year}"] = _amount(
                spoken(f"{year} 年其中自备电厂等发电排放", f"of these from power plants, {year}"),
                required=False,
            )
            self.fields[f"energy_{year}"] = _amount(
                spoken(
                    f"{year} 年综合能源消费量（tce，参考）", f"Energy of {year}, tce, indicative"
                ),
                required=False,
                initial=told.energy_tce if told else None,
            )

    def emissions(self) -> dict[int, YearEmissions]:
        """What was given, by year; a year without a total is left out."""
        data = self.cleaned_data
        return {
            year: YearEmissions(
                data[f"total_{year}"], data[f"power_{year}"] or Decimal(0), data[f"energy_{year}"]
            )
            for year in self.years
            if data[f"total_{year}"] is not None
        }


class RemovalForm(ActForm):
    """Base of the three grounds; each tells from which list on the entity is off."""

    tone = "secondary"
    verb = Said("提出移出", "Propose removal")
    effective_year = _year(spoken("自哪一年度名录起移出", "Off the lists from the year"))

    def ground(self) -> Ground:
        """The ground as filled in."""
        return BelowScale()


class BelowScaleForm(RemovalForm):
    """Two years in a row below the scale: shown by the verified emissions on file."""

    name = "below_scale"


class CeasedForm(RemovalForm):
    """Production ended and with it all emissions."""

    name = "ceased"
    ceased_date = _day(spoken("停业、关闭日期", "Day production ended"))
    emissions_tco2e = _amount(spoken("目前排放量（tCO₂e）", "Emissions now, tCO₂e"), initial=0)
    evidence = _text(spoken("依据（文件名称、文号）", "Evidence: document and number"))
    field_order = ("reference", "ceased_date", "emissions_tco2e", "evidence", "effective_year")

    def ground(self) -> Ground:
        """The ground as filled in."""
        data = self.cleaned_data
        return Ceased(data["ceased_date"], data["emissions_tco2e"], data["evidence"])


class NationalForm(RemovalForm):
    """On the list of the national market; what remains outside it lies below the scale."""

    name = "national"
    from_year = _year(spoken("纳入全国名录的年度", "On the national list from"))
    remaining_tco2e = _amount(
        spoken("未纳入部分的排放量（tCO₂e）", "Emissions that stay outside it, tCO₂e"), initial=0
    )
    evidence = _text(spoken("依据（全国名录名称、文号）", "Evidence: the national list"))
    field_order = ("reference", "from_year", "remaining_tco2e", "evidence", "effective_year")

    def ground(self) -> Ground:
        """The ground as filled in."""
        data = self.cleaned_data
        return National(data["from_year"], data["evidence"], data["remaining_tco2e"])


class StandardForm(ActForm):
    """A new scale of the list, as the city government approved it."""

    name = "standard"
    verb = Said("施行新标准", "Adopt the standard")
    threshold_tco2e = TonnesField(
        label=spoken("年排放规模（二氧化碳当量）", "Scale, CO₂ equivalent a year")
    )
    effective_year = _year(spoken("自哪一年度起施行", "From the list of"))
    basis = _text(spoken("制定依据", "What it rests on"), required=False)
    approval_reference = forms.CharField(
        label=spoken("市政府批准文号", "Approval of the city government"),
        max_length=REFERENCE_LENGTH,
        required=False,
    )
    approval_date = _day(spoken("批准日期", "Day of the approval"))


class ContinueForm(ActForm):
    """Builds the next year's list."""

    name = "continue"
    verb = Said("延续为下一年度名录", "Continue it as the next year's")
    tone = "secondary"


class PublishForm(ActForm):
    """Publishes the list of a year as it stands."""

    name = "publish"
    verb = Said("公布本年度名录", "Publish the list of the year")


class ChangeForm(ActForm):
    """Base of the report of a change: why."""

    verb = Said("报告变更", "Report the change")
    reason = _text(spoken("变更理由和依据", "Reason and evidence"))

    def __init__(self, *sent: Any, own: str, **given: Any) -> None:
        """Keep the code of whoever reports."""
        super().__init__(*sent, **given)
        self.own = own

    def plan(self) -> Plan:
        """The plan as filled in."""
        raise NotImplementedError


class RenameForm(ChangeForm):
    """A new name."""

    name = "rename"
    new_name = forms.CharField(label=spoken("新名称", "New name"), max_length=NAME_LENGTH)
    field_order = ("reference", "new_name", "reason")

    def plan(self) -> Plan:
        """The plan as filled in."""
        return Plan(ChangeKind.RENAME, (self.own,), name=self.cleaned_data["new_name"].strip())


class MergerForm(ChangeForm):
    """Several into one: everything they hold goes to the successor, which owes what is open."""

    name = "merger"
    successor = forms.ChoiceField(label=spoken("承继单位", "Successor"))
    others = forms.MultipleChoiceField(
        label=spoken("一并合并的其他单位（可多选）", "Others that merge as well"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    field_order = ("reference", "successor", "others", "reason")

    def __init__(
        self,
        *sent: Any,
        organisations: Sequence[Organisation],
        held: Callable[[str], Mapping[UnitClass, Tonnes]],
        **given: Any,
    ) -> None:
        """Offer the registered entities; `held` tells what each of them holds when asked."""
        super().__init__(*sent, **given)
        self.held = held
        offered = [(o.code, o.name) for o in organisations if o.code != self.own]
        for name in ("successor", "others"):
            self.fields[name].choices = offered  # type: ignore[attr-defined]  # Both are choices.

    def plan(self) -> Plan:
        """The plan as filled in: all that the predecessors hold goes to the successor."""
        successor = self.cleaned_data["successor"]
        gone = (self.own, *self.cleaned_data["others"])
        shares = tuple(
            Share(code, successor, unit, vintage, amount_t)
            for code in gone
            for (unit, vintage), amount_t in self.held(code).items()
            if amount_t
        )
        return Plan(ChangeKind.MERGER, gone, (successor,), successor, shares)


class DivisionForm(ChangeForm):
    """One into several: how many tonnes of each class go to whom, and who owes what is open."""

    name = "division"
    takes_duties = forms.ChoiceField(
        label=spoken("承担未履行义务的单位", "Who takes the open duties")
    )

    def __init__(
        self,
        *sent: Any,
        successors: Sequence[Organisation],
        held: Mapping[UnitClass, Tonnes],
        **given: Any,
    ) -> None:
        """Ask for a share of every class for every successor."""
        super().__init__(*sent, **given)
        self.successors, self.held = successors, held
        self.fields["takes_duties"].choices = [(o.code, o.name) for o in successors]  # type: ignore[attr-defined]  # A choice field has them.
        for (unit, vintage), held_t in held.items():
            label = words.UNITS[UnitKind(unit)]
            for n, successor in enumerate(successors):
                self.fields[_share(unit, vintage, n)] = TonnesField(
                    label=spoken(
                        f"{vintage} 年{label.zh}（共 {held_t:,} 吨）→ {successor.name}",
                        f"{vintage} {label.en} ({held_t:,} t in all) → {successor.name}",
                    ),
                    min_value=0,
                    required=False,
                )
        self.order_fields(("reference", "takes_duties"))
        self.fields["reason"] = self.fields.pop("reason")

    def plan(self) -> Plan:
        """The plan as filled in; a share left empty is none."""
        data = self.cleaned_data
        shares = tuple(
            Share(self.own, successor.code, unit, vintage, amount_t)
            for unit, vintage in self.held
            for n, successor in enumerate(self.successors)
            if (amount_t := data[_share(unit, vintage, n)])
        )
        codes = tuple(successor.code for successor in self.successors)
        return Plan(ChangeKind.DIVISION, (self.own,), codes, data["takes_duties"], shares)


class FiguresForm(ActForm):
    """A file of statistics or base data of a sector."""

    name = "figures"
    verb = Said("报送", "Supply")
    file = forms.FileField(
        label=spoken("数据文件", "File"),
        help_text=spoken(
            "CSV，列为 credit_code、year 和 energy_tce 或 output_t",
            "CSV with the columns credit_code, year and energy_tce or output_t",
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv"}),
    )


def _share(unit: str, vintage: int, n: int) -> str:
    return f"share_{unit}_{vintage}_{n}"
