"""Trial runs and what-ifs: started, watched, compared, taken away, and a trial put forward."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from openets.allocation import operations as allocation
from openets.allocation import queries as allowances
from openets.allocation import runs
from openets.allocation.compare import Order
from openets.allocation.levers import OUTLIER_RATIO, levers, read_changes
from openets.allocation.models import Run
from openets.allocation.runs import NoSuchRun
from openets.rulebook.load import law
from openets.web import clock
from openets.web.allocation import sources
from openets.web.allocation.forms import (
    AdvanceForm,
    ImportForm,
    ProposeForm,
    StopForm,
    TrialForm,
    WhatIfForm,
    said_value,
)
from openets.web.allocation.page import ComparisonPart, RunPage
from openets.web.allocation.sources import GROUPS
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, guarded
from openets.web.language import Said
from openets.web.tables import Form, download

STEP = 80
"""Entities that one step of a run calculates, so that a page answers quickly."""
PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("allocation.start_run")
def year_runs(request: HttpRequest, year: int) -> HttpResponse:
    """The runs of a year, and the start of another. Source: CQ208-1, CQETS-11."""
    rules, acting, at = law(settings.JURISDICTION), acting_of(request), clock.now(request)
    trial = TrialForm.of(request)
    what_if = WhatIfForm.of(request, levers=levers(rules, year), begun=_begun(request, year))
    imported = ImportForm.of(request)

    def starting(kind: str, changes: Callable[[], Mapping[str, str]]) -> Any:
        def start(data: dict[str, Any]) -> Done:
            run = runs.start_run(
                reference=data["reference"],
                name=data["title"],
                year=year,
                kind=kind,
                changes=changes(),
                law=rules,
                acting=acting,
                at=at,
            )
            runs.advance_run(number=run.pk, size=STEP, law=rules, acting=acting, at=at)
            return Done(_address(run), Said("已开始", "Started"))

        return start

    def of_file() -> Mapping[str, str]:
        return read_changes(imported.cleaned_data["file"].read(), year)

    acts = (
        (trial, starting(runs.TRIAL, dict)),
        (what_if, starting(runs.WHAT_IF, what_if.changes)),
        (imported, starting(runs.WHAT_IF, of_file)),
    )
    for form, do in acts:
        answer = acted(request, form, do)
        if answer:
            return answer
    context = {
        "year": year,
        "years": sorted({*sources.years(), year}),
        "runs": runs.runs_of(year),
        "trial": trial,
        "what_if": what_if,
        "imported": imported,
    }
    status = max(form.status for form, _ in acts)
    return render(request, "web/allocation/runs.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded("allocation.start_run")
def run(request: HttpRequest, number: int) -> HttpResponse:
    """A run: how far it is, then what it found beside another. Source: CQ208-1, CQETS-11."""
    found = _found(number)
    rules, acting, at = law(settings.JURISDICTION), acting_of(request), clock.now(request)
    here = _address(found)

    def advance(_: dict[str, Any]) -> Done:
        runs.advance_run(number=number, size=STEP, law=rules, acting=acting, at=at)
        return Done(here, Said("已继续", "Gone on"))

    def propose(_: dict[str, Any]) -> Done:
        allocation.propose(run=number, law=rules, acting=acting, at=at)
        said = Said("已提交，由另一人核定", "Put forward; a second person determines it")
        return Done(reverse("allocation_year", args=[found.year]), said)

    def stop(_: dict[str, Any]) -> Done:
        runs.stop_run(number=number, acting=acting, at=at)
        return Done(here, Said("已停止", "Stopped"))

    advancing, stopping = AdvanceForm.of(request), StopForm.of(request)
    proposing = ProposeForm.of(request)
    for form, do in ((advancing, advance), (stopping, stop), (proposing, propose)):
        answer = acted(request, form, do)
        if answer:
            return answer
    forms: list[ActForm] = []
    if found.finished_at and (found.kind == runs.TRIAL or proposing.is_bound):
        forms.append(proposing)
    known = levers(rules, found.year)
    page = RunPage(
        run=found,
        done=found.rows.count(),
        changes=[
            (
                Said(known[key].rule.title_zh, known[key].rule.title),
                said_value(known[key], known[key].value),
                said_value(known[key], value),
            )
            for key, value in found.changes.items()
            if key in known
        ],
        refused=[row for row in found.rows.select_related("organisation") if row.refusal],
        forms=forms,
        advance=None if found.finished_at or found.stopped_at else advancing,
        stop=None if found.finished_at or found.stopped_at else stopping,
        bases=sources.choices(found.year),
        part=_part_of_run(request, found),
    )
    status = max(advancing.status, stopping.status, proposing.status)
    return render(request, "web/allocation/run.html", {"page": page}, status=status)


@require_safe
@guarded("allocation.start_run")
def run_file(request: HttpRequest, number: int) -> HttpResponse:
    """A run to take away, which a what-if can be started from again. Source: CQETS-11."""
    found = _found(number)
    told = {
        "year": found.year,
        "name": found.name,
        "kind": found.kind,
        "changes": found.changes,
        "entities_sum_t": found.entities_sum_t,
        "reserve_t": found.reserve_t,
        "total_t": found.total_t,
        "inputs_sha256": found.inputs_sha256,
        "parameters_sha256": found.parameters_sha256,
    }
    answer = JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="run-{number}.json"'
    return answer


@require_safe
@guarded("allocation.start_run")
def compare(request: HttpRequest, year: int) -> HttpResponse:
    """Two allocations of a year, or of it and the year before, beside each other."""
    known = sources.choices(year)
    keys = [key for key, _ in known]
    of = request.GET.get("of") or next(iter(keys), "")
    base = request.GET.get("with") or next((key for key in keys[1:] if key != of), of)
    context = {
        "year": year,
        "choices": known,
        "of": of,
        "base": base,
        "part": _part(request, base, of, year),
    }
    return render(request, "web/allocation/compare.html", context)


@require_safe
@guarded("allocation.start_run")
def compare_file(request: HttpRequest, year: int, form: Form) -> HttpResponse:
    """The same as a table to take away."""
    of, base = (sources.source_of(request.GET.get(name, "")) for name in ("of", "with"))
    if of is None or base is None:
        raise Http404(year)
    rules, day = law(settings.JURISDICTION), clock.today(request)
    found = sources.compared(base, of, rules, day)
    return download(sources.table_of(found, f"{of.key}-{base.key}"), form)


def _part_of_run(request: HttpRequest, found: Run) -> ComparisonPart | None:
    if not found.finished_at:
        return None
    base = request.GET.get("with") or sources.usual_base(found)
    of = f"run-{found.pk}"
    return _part(request, base, of, found.year) or _part(request, of, of, found.year)


def _part(request: HttpRequest, base_key: str, of_key: str, year: int) -> ComparisonPart | None:
    base, of = sources.source_of(base_key), sources.source_of(of_key)
    if base is None or of is None:
        return None
    rules, day = law(settings.JURISDICTION), clock.today(request)
    order: Order = "ratio" if request.GET.get("order") == "ratio" else "tonnes"
    found = sources.compared(base, of, rules, day, order)
    changes: Any = Paginator(found.changes, PER_PAGE).get_page(request.GET.get("page"))
    changes.object_list = [(one, sources.methods_of(one.entity)) for one in changes.object_list]
    query = urlencode({"of": of.key, "with": base.key})
    has_sheets = year in {row.year for row in allowances.totals()}
    return ComparisonPart(
        base=base,
        of=of,
        found=found,
        whole=found.whole,
        ahead=found.pre_allocated_t,
        groups=[(name, label, found.by(key)) for name, label, key in GROUPS],
        changes=changes,
        threshold=rules.on(OUTLIER_RATIO, day).number,
        order=order,
        year=year if has_sheets else None,
        exports=[
            (name, f"{reverse('allocation_compare', args=[year])}.{form}?{query}")
            for name, form in (("Excel", "xlsx"), ("CSV", "csv"))
        ],
    )


def _begun(request: HttpRequest, year: int) -> Mapping[str, str]:
    """What an earlier what-if of the year changed, to begin another with."""
    asked = request.GET.get("from", "")
    earlier = Run.objects.filter(pk=asked, year=year).first() if asked.isdecimal() else None
    changes: Mapping[str, str] = earlier.changes if earlier else {}
    return changes


def _found(number: int) -> Run:
    try:
        return runs.run_numbered(number)
    except NoSuchRun as fault:
        raise Http404(number) from fault


def _address(found: Run) -> str:
    return reverse("allocation_run", args=[found.pk])
