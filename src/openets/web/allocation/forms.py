"""The forms of the allocation workspace."""

from collections.abc import Mapping
from typing import Any

from django import forms

from openets.allocation.levers import Lever
from openets.allocation.plans import FACTORS
from openets.web.forms import ActForm
from openets.web.language import Said, spoken
from openets.web.workings import worded

TEXT_LENGTH = 2000
NAME_LENGTH = 60


def _text(label: Any, **given: Any) -> forms.CharField:
    box = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=label, max_length=TEXT_LENGTH, widget=box, **given)


class PlanForm(ActForm):
    """Drafts the plan of a year: its basis, what was weighed; the values are the rulebook's."""

    name = "plan"
    verb = Said("拟定方案", "Draft the plan")
    basis = _text(spoken("温室气体排放控制要求及依据", "Control requirement and basis"))

    def __init__(self, *sent: Any, may_supersede: bool, **given: Any) -> None:
        """Ask for a note on each factor, and whether the plan replaces the approved one."""
        super().__init__(*sent, **given)
        for name, (zh, en) in FACTORS.items():
            self.fields[name] = _text(spoken(zh, en), required=False)
        if may_supersede:
            self.fields["supersedes"] = forms.BooleanField(
                label=spoken("取代已批准的方案", "Supersedes the approved plan"), required=False
            )

    def factors(self) -> dict[str, str]:
        """What was weighed, by factor."""
        return {name: self.cleaned_data[name] for name in FACTORS}


class ApprovePlanForm(ActForm):
    """Approves a drafted plan."""

    name = "approve"
    verb = Said("批准方案（冻结参数）", "Approve: the parameters freeze")


class PublishPlanForm(ActForm):
    """Publishes an approved plan."""

    name = "publish"
    verb = Said("公布方案", "Publish the plan")


class TrialForm(ActForm):
    """Starts a trial run."""

    name = "trial"
    verb = Said("开始试算", "Start the trial")
    title = forms.CharField(label=spoken("名称", "Name"), max_length=NAME_LENGTH)


class WhatIfForm(ActForm):
    """Starts a what-if: every parameter with its value of the year, to be changed."""

    name = "what_if"
    verb = Said("开始测算", "Start the what-if")
    title = forms.CharField(label=spoken("名称", "Name"), max_length=NAME_LENGTH)

    def __init__(
        self,
        *sent: Any,
        levers: Mapping[str, Lever],
        begun: Mapping[str, str] | None = None,
        **given: Any,
    ) -> None:
        """A field a parameter, as `begun` or else the law has it; a reading offers its options."""
        super().__init__(*sent, **given)
        self.levers = levers
        for key, lever in levers.items():
            self.fields[key] = _field(lever, (begun or {}).get(key, lever.value))

    @property
    def numbers(self) -> list[Any]:
        """The fields of figures and lists."""
        return [self[key] for key, lever in self.levers.items() if lever.kind not in CHOSEN]

    @property
    def readings(self) -> list[Any]:
        """The fields of readings."""
        return [self[key] for key, lever in self.levers.items() if lever.kind in CHOSEN]

    def changes(self) -> dict[str, str]:
        """Every parameter as written."""
        return {key: _written(self.cleaned_data[key]) for key in self.levers}


class ImportForm(ActForm):
    """Starts a what-if from a file of changes, such as an exported run."""

    name = "import"
    verb = Said("导入并测算", "Import and start")
    title = forms.CharField(label=spoken("名称", "Name"), max_length=NAME_LENGTH)
    file = forms.FileField(
        label=spoken("测算参数（JSON）", "Changes (JSON)"), widget=forms.FileInput()
    )


CHOSEN = {"choice", "flag"}
YES_NO = {"true": Said("是", "yes"), "false": Said("否", "no")}


def said_value(lever: Lever, text: str) -> str:
    """A value of a parameter in words, where it has any."""
    if lever.kind == "flag":
        return str(YES_NO[text])
    return worded(text) if lever.options else text


def _field(lever: Lever, value: str) -> forms.Field:
    label = spoken(lever.rule.title_zh, lever.rule.title)
    options = [(option, said_value(lever, option)) for option in lever.options]
    law = said_value(lever, lever.value)
    if lever.kind in CHOSEN:
        told = spoken(f"现行：{law}", f"law: {law}")
        return forms.ChoiceField(label=label, choices=options, initial=value, help_text=told)
    if lever.kind == "processes":
        return forms.MultipleChoiceField(
            label=label,
            choices=options,
            initial=value.split(", "),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
    zh, en = lever.range
    return forms.CharField(
        label=label,
        initial=value,
        help_text=spoken(f"现行 {law}；{zh}", f"law: {law}; {en}"),
    )


def _written(value: str | list[str]) -> str:
    return ", ".join(value) if isinstance(value, list) else value


class AdvanceForm(ActForm):
    """Lets a run go on; the page sends it by itself until the run is over."""

    name = "advance"
    verb = Said("继续", "Go on")


class StopForm(ActForm):
    """Gives a run up that is not finished."""

    name = "stop"
    verb = Said("停止", "Stop")
    tone = "secondary"


class ProposeForm(ActForm):
    """Puts a trial run forward."""

    name = "propose"
    verb = Said("据此提交核定", "Put forward for determination")


class DetermineForm(ActForm):
    """Determines what was put forward."""

    name = "determine"
    verb = Said("核定", "Determine")


class NotifyForm(ActForm):
    """Tells everybody."""

    name = "notify"
    verb = Said("批量告知", "Notify all")


class RequestIssueForm(ActForm):
    """Asks for the issue."""

    name = "request_issue"
    verb = Said("提交发放", "Ask for the issue")


class IssueForm(ActForm):
    """Approves the issue."""

    name = "issue"
    verb = Said("复核并发放", "Approve and issue")


class ReserveForm(ActForm):
    """Sets the reserve aside."""

    name = "reserve"
    verb = Said("设立政府预留配额", "Set the reserve aside")


class SheetForm(ActForm):
    """Asks for the sheet as PDF."""

    name = "sheet"
    verb = Said("出具 PDF 核定通知单", "Issue the sheet as PDF")


class RiskForm(ActForm):
    """Reports that an entity may not comply."""

    name = "risk"
    verb = Said("反馈履约风险", "Report the risk")
    grounds = _text(spoken("核实情况", "What was found"))
