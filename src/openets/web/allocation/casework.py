"""What may be done about allowances and pre-allocations on the page of their case."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from openets.allocation import operations as allocation
from openets.allocation import plans
from openets.allocation import queries as allowances
from openets.parties.roles import Role
from openets.web.cases.action import (
    WHEN_THE_WINDOW_ENDS,
    Asking,
    CaseAction,
    Documented,
    Elsewhere,
    Fact,
    Given,
    Reasoned,
    Tell,
)
from openets.web.forms import TonnesField
from openets.web.language import Said, spoken
from openets.web.numbers import grouped

UPHOLD, CHANGE = "uphold", "change"
OUTCOMES = (
    (UPHOLD, spoken("维持原核定量", "Uphold the allowance")),
    (CHANGE, spoken("更正核定量", "Set another allowance")),
)


class DecideAllowance(Reasoned):
    """Asks whether an allowance stands, else for the corrected one, and why."""

    outcome = forms.ChoiceField(
        label=spoken("决定", "Decision"), choices=OUTCOMES, widget=forms.RadioSelect, initial=UPHOLD
    )
    determined_t = TonnesField(
        label=spoken("更正后的配额", "Corrected allowance"), min_value=0, required=False
    )
    field_order = ("reference", "outcome", "determined_t", "reason")

    def clean(self) -> dict[str, Any]:
        """A change names the new figure; what is upheld has none."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        changes = data.get("outcome") == CHANGE
        if changes and data.get("determined_t") is None:
            self.add_error("determined_t", spoken("请填写更正后的配额", "Give the new allowance"))
        return data if changes else data | {"determined_t": None}


def _determine(given: Given) -> None:
    allocation.determine(year=given.case.year, law=given.law, acting=given.acting, at=given.at)


def _notify(given: Given) -> None:
    allocation.notify(year=given.case.year, law=given.law, acting=given.acting, at=given.at)


def _issue(given: Given) -> None:
    allocation.issue(year=given.case.year, law=given.law, acting=given.acting, at=given.at)


def _request_issue(given: Given) -> None:
    allocation.request_issue(year=given.case.year, law=given.law, acting=given.acting, at=given.at)


def _approve_plan(given: Given) -> None:
    year, version = _plan_of(given)
    plans.approve_plan(year=year, version=version, law=given.law, acting=given.acting, at=given.at)


def _publish_plan(given: Given) -> None:
    year, version = _plan_of(given)
    plans.publish_plan(year=year, version=version, acting=given.acting, at=given.at)


def _plan_of(given: Given) -> tuple[int, int]:
    return given.case.year, int(given.case.subject.rsplit("/", 1)[1])


def _accept(given: Given) -> None:
    allocation.accept(
        organisation=given.case.organisation,
        year=given.case.year,
        acting=given.acting,
        at=given.at,
    )


def _object(given: Given) -> None:
    allocation.object_to_result(
        organisation=given.case.organisation,
        year=given.case.year,
        grounds=given.reason,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _decide(given: Given) -> None:
    allocation.decide_objection(
        organisation=given.case.organisation,
        year=given.case.year,
        determined_t=given.data.get("determined_t"),
        reasons=given.reason,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _report_risk(given: Given) -> None:
    allocation.report_risk(
        organisation=given.case.organisation,
        year=given.case.year,
        grounds=given.reason,
        acting=given.acting,
        at=given.at,
    )


def _dismiss_risk(given: Given) -> None:
    allocation.dismiss_risk(
        organisation=given.case.organisation,
        year=given.case.year,
        reasons=given.reason,
        acting=given.acting,
        at=given.at,
    )


WHOLE_YEAR = Said(
    "本步骤一次办理该年度全部处于此状态的单位",
    "This step is made for every entity of the year in this state at once",
)
ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    ("determination", "determine"): CaseAction(_determine, effect=WHOLE_YEAR),
    ("determination", "notify"): CaseAction(_notify, effect=WHOLE_YEAR),
    ("determination", "object"): CaseAction(_object, Documented),
    ("determination", "decide"): CaseAction(_decide, DecideAllowance, for_many=Reasoned),
    ("determination", "accept"): CaseAction(_accept),
    ("determination", "let_stand"): WHEN_THE_WINDOW_ENDS,
    ("determination", "request_issue"): CaseAction(_request_issue, effect=WHOLE_YEAR),
    ("determination", "issue"): CaseAction(_issue, effect=WHOLE_YEAR),
    ("allocation_plan", "approve"): CaseAction(_approve_plan),
    ("allocation_plan", "publish"): CaseAction(_publish_plan),
    ("allocation_plan", "supersede"): Elsewhere(
        Said(
            "批准取代它的新方案时自动办理", "Comes with the approval of the plan that supersedes it"
        )
    ),
    ("pre_allocation", "report_risk"): CaseAction(_report_risk, Documented),
    ("pre_allocation", "dismiss_risk"): CaseAction(_dismiss_risk, Reasoned, for_many=Reasoned),
    ("pre_allocation", "cancel"): Elsewhere(
        Said(
            "由市生态环境局决定，并由注册登记机构同时注销，在注册登记业务中办理",
            "Decided by the bureau and booked by the registry operator at once, in the registry",
        )
    ),
    ("pre_allocation", "release"): Elsewhere(
        Said("清缴完成后统一解除冻结", "Released for all once their duties are fulfilled")
    ),
}


def _determination_facts(asking: Asking) -> Sequence[Fact]:
    found = allowances.determination(asking.case.organisation, asking.case.year)
    is_draft = found is None or found.notified_at is None
    if found is None or (is_draft and asking.acting.role == Role.KEY_EMITTING_ENTITY):
        return []
    return [
        Fact(Said("核查排放量", "Verified"), f"{grouped(found.verified_t)} tCO₂e", "CQ208-1"),
        Fact(
            Said("核定配额", "Allowance"),
            Said(f"{grouped(found.determined_t)} 吨", f"{grouped(found.determined_t)} t"),
            "CQETS-11b",
            working=found.explanation,
        ),
    ]


def _pre_allocation_facts(asking: Asking) -> Sequence[Fact]:
    found = allowances.determination(asking.case.organisation, asking.case.year - 1)
    if found is None or found.pre_allocation_t is None:
        return []
    given_t = grouped(found.pre_allocation_t)
    return [
        Fact(Said("预分配量", "Pre-allocated"), Said(f"{given_t} 吨", f"{given_t} t"), "CQ208-4.2")
    ]


FACTS: Mapping[str, Tell] = {
    "determination": _determination_facts,
    "pre_allocation": _pre_allocation_facts,
}
