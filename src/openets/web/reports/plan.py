"""The page of an entity's monitoring plan: its draft, its versions, what changed."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.kernel.acting import Acting
from openets.kernel.workbook import MOST_BYTES, Fault
from openets.mrv import plans, report_queries
from openets.mrv.models import MonitoringPlan
from openets.mrv.plan import KINDS, check_plan
from openets.mrv.sheets import Grid, cleaned
from openets.mrv.workbook import read_grid, template
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.web import clock
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import within
from openets.web.language import Said
from openets.web.reports import forms
from openets.web.reports.grid import Beside, changed, choices_of, posted, sheets_of, told
from openets.web.reports.one import WorkbookHasFaults
from openets.web.reports.reach import reached
from openets.web.tables import TYPES

EMPTY: Grid = cleaned(KINDS, {})


@require_http_methods(["GET", "HEAD", "POST"])
@within("monitoring_plan.read")
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """The plan of an entity. Source: CNETS-24, CNETS-25, BJETS-22b."""
    organisation, acting = reached(request, "monitoring_plan.read", code)
    own = acting.role == Role.KEY_EMITTING_ENTITY and acting.organisation == code
    draft = report_queries.plan_draft(organisation) if own else None
    filed = list(report_queries.filed_plans(organisation))
    doing = _Doing(request, organisation, acting, draft)
    offered = doing.offered() if own else {}
    for form, do in offered.values():
        leave = acted(request, form, do)
        if leave:
            return leave
    context = {
        "organisation": organisation,
        "own": own,
        "draft": draft,
        "filed": filed,
        "forms": {name: form for name, (form, _) in offered.items()},
        "import_faults": told(KINDS, doing.import_faults),
        "choices": choices_of(KINDS),
        **_shown(request, draft, filed, own=own),
        "differences": _changed(request, filed),
    }
    status = max([form.status for form, _ in offered.values()], default=200)
    return render(request, "web/reports/plan.html", context, status=status)


@require_safe
@within("monitoring_plan.read")
def workbook(request: HttpRequest, code: str) -> HttpResponse:
    """The plan as an Excel workbook that imports again; without content it is the template."""
    organisation, acting = reached(request, "monitoring_plan.read", code)
    kept = report_queries.filed_plans(organisation).first()
    if acting.organisation == code:
        kept = report_queries.plan_draft(organisation) or kept
    grid = report_queries.plan_grid(kept) if kept and "empty" not in request.GET else None
    answer = HttpResponse(template(KINDS, grid), content_type=TYPES["xlsx"])
    answer["Content-Disposition"] = f'attachment; filename="plan-{code}.xlsx"'
    return answer


class _Doing:
    """What the forms of the page do."""

    def __init__(
        self,
        request: HttpRequest,
        organisation: Organisation,
        acting: Acting,
        draft: MonitoringPlan | None,
    ) -> None:
        self.request, self.organisation, self.acting = request, organisation, acting
        self.draft = draft
        self.import_faults: tuple[Fault, ...] = ()

    def offered(self) -> dict[str, tuple[ActForm, Any]]:
        """The forms that make sense now, with what each does."""
        revision = {"revision": self.draft.revision if self.draft else 0}
        found: dict[str, tuple[ActForm, Any]] = {
            "save": (forms.SavePlanForm.of(self.request, initial=revision), self.save),
            "import": (forms.ImportForm.of(self.request, initial=revision), self.take_over),
        }
        if self.draft:
            day = {"from_date": clock.today(self.request)}
            file = forms.FilePlanForm.of(self.request, initial=revision | day)
            found["file"] = (file, self.file)
        return found

    def save(self, data: Mapping[str, Any]) -> Done:
        shown = self.draft or report_queries.filed_plans(self.organisation).first()
        kept = report_queries.plan_grid(shown) if shown else None
        return self._saved(posted(KINDS, self.request.POST, kept=kept), data["revision"])

    def take_over(self, data: Mapping[str, Any]) -> Done:
        read = read_grid(KINDS, data["workbook"].read(MOST_BYTES + 1))
        if read.faults:
            self.import_faults = read.faults
            raise WorkbookHasFaults(faults=len(read.faults))
        return self._saved(read.grid, data["revision"])

    def _saved(self, content: Mapping[str, Any], revision: int) -> Done:
        plans.save_plan(
            organisation=self.organisation,
            content=content,
            revision=revision,
            acting=self.acting,
            at=clock.now(self.request),
        )
        saved = Said("草稿已保存，校验结果见下", "Saved; what was found is below")
        return Done(reverse("plan", args=[self.organisation.code]), saved)

    def file(self, data: Mapping[str, Any]) -> Done:
        filed = plans.file_plan(
            organisation=self.organisation,
            revision=data["revision"],
            from_date=data["from_date"],
            reasons=data["reasons"],
            acting=self.acting,
            at=clock.now(self.request),
        )
        number = filed.filing_number
        said = Said(f"已备案，备案号 {number}", f"Filed under the number {number}")
        return Done(reverse("plan", args=[self.organisation.code]), said)


def _shown(
    request: HttpRequest, draft: MonitoringPlan | None, filed: list[MonitoringPlan], *, own: bool
) -> dict[str, Any]:
    """The grid: what is drafted, else the version in force to read or to change."""
    if own and request.POST.get("form") == "save":
        sent = {name: tuple(rows) for name, rows in posted(KINDS, request.POST).items()}
        return {"sheets": sheets_of(KINDS, sent, Beside(), editable=True)}
    shown = draft or next(iter(filed), None)
    grid = report_queries.plan_grid(shown) if shown else EMPTY
    if not own or not shown:
        return {"sheets": sheets_of(KINDS, grid, Beside(), editable=own)}
    found = check_plan(grid, today=clock.today(request))
    beside = Beside((*found.faults, *found.warnings))
    return {
        "sheets": sheets_of(KINDS, grid, beside, editable=True),
        "problems": told(KINDS, found.faults),
        "warnings": told(KINDS, found.warnings),
    }


def _changed(request: HttpRequest, filed: list[MonitoringPlan]) -> Any:
    """What a chosen version changed from the one before."""
    chosen = request.GET.get("version", "")
    for newer, older in pairwise(filed):
        if str(newer.version) == chosen:
            return changed(KINDS, report_queries.plan_differences(older, newer))
    return None
