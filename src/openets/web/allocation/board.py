"""The authority's year at a glance: from the plan to what is carried on, with what waits."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.allocation import operations as allocation
from openets.allocation import plans, runs
from openets.allocation import queries as allowances
from openets.allocation.models import YearTotal
from openets.allocation.procedures import DETERMINATION, OPEN_STATES, PLAN
from openets.casework import queries as cases
from openets.kernel.acting import Acting
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.registry import queries as holdings
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.allocation import sources
from openets.web.allocation.forms import (
    DetermineForm,
    IssueForm,
    NotifyForm,
    RequestIssueForm,
    ReserveForm,
)
from openets.web.allocation.page import BoardPage, Stage
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, guarded
from openets.web.language import Said
from openets.web.parts import Status, Step, StepState

Do = Callable[[dict[str, Any]], Done]
Acts = Mapping[str, tuple[ActForm, Do]]

AHEAD = Status(Said("未到", "Not yet"))
NOW = Status(Said("待办", "To do"), "warn")
DONE = Status(Said("已完成", "Done"), "good")


@require_safe
@guarded("allocation.read")
def workspace(request: HttpRequest) -> HttpResponse:
    """The way to the latest year; where there is none, to the year that was reported last."""
    known = sources.years() or sorted(parties.entity_counts())
    return redirect("allocation_year", year=max(known, default=clock.today(request).year))


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("allocation.read")
def board(request: HttpRequest, year: int) -> HttpResponse:
    """The year's steps with counts, and what the viewer may do next. Source: CQETS-11b."""
    acting = acting_of(request)
    acts = _acts(request, year, acting)
    for form, do in acts.values():
        answer = acted(request, form, do)
        if answer:
            return answer
    counts = cases.counts(DETERMINATION, year)
    stages = _stages(year, counts, acting, {name: form for name, (form, _) in acts.items()})
    verified = mrv.verified_emissions(year)
    entities = list(parties.entities(year).values_list("pk", flat=True))
    page = BoardPage(
        year=year,
        years=sorted({*sources.years(), *parties.entity_counts(), year}),
        steps=_steps(stages),
        stages=stages,
        entities=len(entities),
        with_figures=len(verified.keys() & set(entities)),
        total=_total(year),
        relief_t=allowances.relieved(year),
        may_run=acting.role == Role.CITY_BUREAU,
        uses=[
            (words.use_of_reserve(use.kind), use.amount_t)
            for use in holdings.reserve_uses()
            if use.year == year
        ],
        reserve_left_t=holdings.reserve_left(year),
    )
    status = max((form.status for form, _ in acts.values()), default=200)
    return render(request, "web/allocation/board.html", {"page": page}, status=status)


def _acts(request: HttpRequest, year: int, acting: Acting) -> Acts:
    """The forms of the viewer's role, and what each does."""
    rules, at = law(settings.JURISDICTION), clock.now(request)
    here = reverse("allocation_year", args=[year])
    given = {"year": year, "law": rules, "acting": acting, "at": at}

    def doing(operation: Callable[..., Any], said: Said) -> Do:
        def do(_: dict[str, Any]) -> Done:
            operation(**given)
            return Done(here, said)

        return do

    if acting.role == Role.CITY_BUREAU:
        return {
            "determine": (
                DetermineForm.of(request),
                doing(allocation.determine, Said("已核定", "Determined")),
            ),
            "notify": (
                NotifyForm.of(request),
                doing(allocation.notify, Said("已批量告知", "Everybody is notified")),
            ),
        }
    if acting.role != Role.REGISTRY_OPERATOR:
        return {}
    return {
        "request_issue": (
            RequestIssueForm.of(request),
            doing(
                allocation.request_issue,
                Said("已提交发放，待另一人复核", "Asked for; a second person approves it"),
            ),
        ),
        "issue": (IssueForm.of(request), doing(allocation.issue, Said("已发放", "Issued"))),
        "reserve": (
            ReserveForm.of(request),
            doing(allocation.set_aside_reserve, Said("已设立", "Set aside")),
        ),
    }


def _stages(
    year: int, counts: Mapping[str, int], acting: Acting, forms: Mapping[str, ActForm]
) -> list[Stage]:
    waiting = {name: _waiting(name, counts) for name in DETERMINATION.moves}
    before = sum(counts[state] for state in ("calculated", "determined"))
    told, total = sum(counts.values()) - before, _total(year)
    may_run = acting.role == Role.CITY_BUREAU

    def form_of(name: str) -> ActForm | None:
        form = forms.get(name)
        return form if form is not None and (waiting[name] or form.is_bound) else None

    issued, left = counts["issued"], sum(counts.values()) - counts["issued"]
    is_final = bool(told) and not any(counts[state] for state in OPEN_STATES)
    reserve = forms.get("reserve")
    may_set_aside = total is not None and not total.reserve_issued_at and is_final
    return [
        _plan_stage(year, may_run=may_run),
        *_run_stages(year, may_run=may_run, has_results=bool(sum(counts.values()))),
        Stage(
            Said("核定", "Determine"),
            _state(waiting["determine"], told + counts["determined"]),
            Said(
                f"待核定 {waiting['determine']} 家，已核定 {told + counts['determined']} 家",
                f"{waiting['determine']} wait, {told + counts['determined']} determined",
            ),
            "CQETS-11b",
            form=form_of("determine"),
        ),
        Stage(
            Said("告知", "Notify"),
            _state(waiting["notify"], told),
            Said(
                f"待告知 {waiting['notify']} 家，已告知 {told} 家",
                f"{waiting['notify']} wait, {told} notified",
            ),
            "CQ208-1",
            form=form_of("notify"),
        ),
        Stage(
            Said("异议", "Objections"),
            _state(counts["notified"] + counts["under_review"], told),
            Said(
                f"异议期内 {counts['notified']} 家，复核中 {counts['under_review']} 家",
                f"{counts['notified']} may object, {counts['under_review']} under review",
            ),
            "CQETS-11.2",
            href=f"{reverse('cases')}?procedure=determination&year={year}",
            go=Said("查看事项", "See the cases"),
        ),
        Stage(
            Said("发放", "Issue"),
            _state(counts["accepted"] + counts["issue_requested"], issued if not left else 0),
            Said(
                f"待提交 {counts['accepted']} 家，待复核 {counts['issue_requested']} 家，"
                f"已发放 {issued} 家",
                f"{counts['accepted']} to ask for, {counts['issue_requested']} to approve, "
                f"{issued} issued",
            ),
            "CQ208-A1.5.1",
            form=form_of("issue") or form_of("request_issue"),
        ),
        Stage(
            Said("预留", "Reserve"),
            DONE if total and total.reserve_issued_at else NOW if may_set_aside else AHEAD,
            Said(
                "已设立" if total and total.reserve_issued_at else "尚未设立",
                "Set aside" if total and total.reserve_issued_at else "Not set aside yet",
            ),
            "CQ208-A1.2",
            form=reserve if reserve and (may_set_aside or reserve.is_bound) else None,
        ),
        _claims_stage(),
    ]


def _plan_stage(year: int, *, may_run: bool) -> Stage:
    plan = plans.binding(year)
    drafts = cases.in_state(PLAN, year, "draft").count()
    version = plan.version if plan else "—"
    return Stage(
        Said("方案", "Plan"),
        DONE if plan else NOW,
        Said(
            f"已批准第 {version} 版，草案 {drafts} 份", f"version {version} binds, {drafts} drafts"
        ),
        "CQETS-11",
        href=reverse("allocation_plan", args=[year]) if may_run else "",
        go=Said("方案", "The plan"),
    )


def _run_stages(year: int, *, may_run: bool, has_results: bool) -> list[Stage]:
    finished = [run for run in runs.runs_of(year) if run.finished_at]
    trials = [run for run in finished if run.kind == runs.TRIAL]
    state = DONE if trials or has_results else NOW
    others = len(finished) - len(trials)
    compare = reverse("allocation_compare", args=[year])
    return [
        Stage(
            Said("试算", "Trial"),
            state,
            Said(
                f"试算 {len(trials)} 次，测算 {others} 次",
                f"{len(trials)} trials, {others} what-ifs",
            ),
            "CQ208-1",
            href=reverse("allocation_runs", args=[year]) if may_run else "",
            go=Said("试算与测算", "Runs"),
        ),
        Stage(
            Said("比对", "Compare"),
            DONE if has_results else NOW if trials else AHEAD,
            Said("与上次试算、上年度比对", "Against the last run and last year"),
            "CQ208-1",
            href=compare if may_run and (trials or has_results) else "",
            go=Said("比对", "Compare"),
        ),
    ]


def _claims_stage() -> Stage:
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


def _waiting(move: str, counts: Mapping[str, int]) -> int:
    return sum(counts[state] for state in DETERMINATION.moves[move].sources)


def _state(waiting: int, done: int) -> Status:
    if waiting:
        return NOW
    return DONE if done else AHEAD


def _steps(stages: list[Stage]) -> list[Step]:
    """The bar: what waits is running, and what lies behind everything that waits is ahead."""
    names: dict[str, StepState] = {"good": "done", "warn": "now"}
    found = [Step(stage.label, names.get(stage.state.tone, "ahead")) for stage in stages]
    first = next((n for n, step in enumerate(found) if step.state == "now"), None)
    return [
        replace(step, state="ahead") if step.state == "now" and n != first else step
        for n, step in enumerate(found)
    ]


def _total(year: int) -> YearTotal | None:
    return next((row for row in allowances.totals() if row.year == year), None)
