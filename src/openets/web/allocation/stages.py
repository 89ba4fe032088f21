"""The steps of the authority's year: how far each is, what waits, and the form that does it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.urls import reverse

from openets.allocation import plans, runs
from openets.allocation import queries as allowances
from openets.allocation.models import YearTotal
from openets.allocation.procedures import DETERMINATION, OPEN_STATES, PLAN
from openets.casework import queries as cases
from openets.web.allocation.page import Stage
from openets.web.forms import ActForm
from openets.web.language import Said
from openets.web.parts import Status, Step, StepState

AHEAD = Status(Said("未到", "Not yet"))
NOW = Status(Said("待办", "To do"), "warn")
DONE = Status(Said("已完成", "Done"), "good")


@dataclass(frozen=True, slots=True)
class Year:
    """How many determinations of a year stand in which state, and the forms of who looks."""

    year: int
    counts: Mapping[str, int]
    total: YearTotal | None
    forms: Mapping[str, ActForm]
    may_run: bool

    @property
    def has_results(self) -> bool:
        """Whether anything was put forward."""
        return any(self.counts.values())

    @property
    def told(self) -> int:
        """How many entities know their allowance."""
        return sum(self.counts.values()) - self.counts["calculated"] - self.counts["determined"]

    @property
    def is_final(self) -> bool:
        """Whether everybody knows and nobody may object any more."""
        return bool(self.told) and not any(self.counts[state] for state in OPEN_STATES)

    def waiting(self, move: str) -> int:
        """How many wait for a move."""
        return sum(self.counts[state] for state in DETERMINATION.moves[move].sources)

    def form(self, move: str) -> ActForm | None:
        """The form of a move, if it is the viewer's and somebody waits for it."""
        form = self.forms.get(move)
        return form if form is not None and (self.waiting(move) or form.is_bound) else None


def stages(of: Year) -> list[Stage]:
    """All steps, from the plan to what is carried into later years."""
    return [
        _plan(of),
        _trial(of),
        _compare(of),
        _determine(of),
        _notify(of),
        _objections(of),
        _issue(of),
        _reserve(of),
        _claims(),
    ]


def steps(found: list[Stage]) -> list[Step]:
    """The bar: what waits is running, and what lies behind everything that waits is ahead."""
    names: dict[str, StepState] = {"good": "done", "warn": "now"}
    bar = [Step(stage.label, names.get(stage.state.tone, "ahead")) for stage in found]
    first = next((n for n, step in enumerate(bar) if step.state == "now"), None)
    return [
        replace(step, state="ahead") if step.state == "now" and n != first else step
        for n, step in enumerate(bar)
    ]


def _plan(of: Year) -> Stage:
    plan = plans.binding(of.year)
    drafts = cases.in_state(PLAN, of.year, "draft").count()
    binds = (
        Said(f"已批准第 {plan.version} 版", f"version {plan.version} binds")
        if plan
        else Said("尚无已批准的方案", "none approved yet")
    )
    return Stage(
        Said("方案", "Plan"),
        DONE if plan else NOW,
        Said(f"{binds.zh}，草案 {drafts} 份", f"{binds.en}, {drafts} drafts"),
        "CQETS-11",
        href=reverse("allocation_plan", args=[of.year]) if of.may_run else "",
        go=Said("方案", "The plan"),
    )


def _trial(of: Year) -> Stage:
    finished = [run for run in runs.runs_of(of.year) if run.finished_at]
    trials = _trials_of(of.year)
    others = len(finished) - trials
    return Stage(
        Said("试算", "Trial"),
        DONE if trials or of.has_results else NOW,
        Said(f"试算 {trials} 次，测算 {others} 次", f"{trials} trials, {others} what-ifs"),
        "CQ208-1",
        href=reverse("allocation_runs", args=[of.year]) if of.may_run else "",
        go=Said("试算与测算", "Runs"),
    )


def _compare(of: Year) -> Stage:
    is_there = bool(_trials_of(of.year)) or of.has_results
    return Stage(
        Said("比对", "Compare"),
        DONE if of.has_results else NOW if is_there else AHEAD,
        Said("与上次试算、上年度比对", "Against the last run and last year"),
        "CQ208-1",
        href=reverse("allocation_compare", args=[of.year]) if of.may_run and is_there else "",
        go=Said("比对", "Compare"),
    )


def _trials_of(year: int) -> int:
    return sum(run.kind == runs.TRIAL for run in runs.runs_of(year) if run.finished_at)


def _determine(of: Year) -> Stage:
    waiting, done = of.waiting("determine"), of.told + of.counts["determined"]
    return Stage(
        Said("核定", "Determine"),
        _state(waiting, done),
        Said(f"待核定 {waiting} 家，已核定 {done} 家", f"{waiting} wait, {done} determined"),
        "CQETS-11b",
        form=of.form("determine"),
    )


def _notify(of: Year) -> Stage:
    waiting = of.waiting("notify")
    return Stage(
        Said("告知", "Notify"),
        _state(waiting, of.told),
        Said(f"待告知 {waiting} 家，已告知 {of.told} 家", f"{waiting} wait, {of.told} notified"),
        "CQ208-1",
        form=of.form("notify"),
    )


def _objections(of: Year) -> Stage:
    may_object, reviewed = of.counts["notified"], of.counts["under_review"]
    return Stage(
        Said("异议", "Objections"),
        _state(may_object + reviewed, of.told),
        Said(
            f"异议期内 {may_object} 家，复核中 {reviewed} 家",
            f"{may_object} may object, {reviewed} under review",
        ),
        "CQETS-11.2",
        href=f"{reverse('cases')}?procedure=determination&year={of.year}",
        go=Said("查看事项", "See the cases"),
    )


def _issue(of: Year) -> Stage:
    ready, asked, issued = (of.counts[n] for n in ("accepted", "issue_requested", "issued"))
    are_all = issued == sum(of.counts.values())
    return Stage(
        Said("发放", "Issue"),
        _state(ready + asked, issued if are_all else 0),
        Said(
            f"待提交 {ready} 家，待复核 {asked} 家，已发放 {issued} 家",
            f"{ready} to ask for, {asked} to approve, {issued} issued",
        ),
        "CQ208-A1.5.1",
        form=of.form("issue") or of.form("request_issue"),
    )


def _reserve(of: Year) -> Stage:
    is_set_aside = of.total is not None and of.total.reserve_issued_at is not None
    is_due = of.total is not None and not is_set_aside and of.is_final
    form = of.forms.get("reserve")
    return Stage(
        Said("预留", "Reserve"),
        DONE if is_set_aside else NOW if is_due else AHEAD,
        Said("已设立", "Set aside") if is_set_aside else Said("尚未设立", "Not set aside yet"),
        "CQ208-A1.2",
        form=form if form and (is_due or form.is_bound) else None,
    )


def _claims() -> Stage:
    claims = allowances.open_claims()
    left_t = sum(claim.left_t for claim in claims)
    return Stage(
        Said("扣回", "Adjust"),
        NOW if claims else AHEAD,
        Said(
            f"待扣回 {len(claims)} 笔，共 {left_t:,} 吨",
            f"{len(claims)} claims wait for later years, {left_t:,} t",
        ),
        "CQ208-4.2c",
    )


def _state(waiting: int, done: int) -> Status:
    if waiting:
        return NOW
    return DONE if done else AHEAD
