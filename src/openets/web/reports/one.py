"""The page of an entity's report of a year: its grid, its versions, what is secret, its order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.casework.models import Case, TrailLine
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.kernel.workbook import MOST_BYTES, Fault
from openets.mrv import drafts, estimating, national, publishing, report_queries
from openets.mrv import queries as mrv
from openets.mrv.accounting.factors import factor_sets
from openets.mrv.disclosure import FIELDS, SECRETS, Secret
from openets.mrv.estimating import Ground, deductible_t
from openets.mrv.evidence import EvidenceWithoutRow
from openets.mrv.models import Report, ReportContent, ReportDraft
from openets.mrv.procedures import REPORT, REPORT_CORRECTION
from openets.mrv.records import report_subject
from openets.mrv.report_sheets import KINDS, LINES, lines_grid
from openets.mrv.sheets import Grid, cleaned
from openets.mrv.workbook import read_grid, template
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law, law
from openets.web import clock, words
from openets.web.cases.access import store
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import within
from openets.web.language import Said, in_chinese
from openets.web.reports import forms
from openets.web.reports.evidence import EvidenceRow, evidence_rows, filed_with
from openets.web.reports.grid import (
    Beside,
    Filed,
    accounted_now,
    accounted_then,
    changed,
    choices_of,
    place_of,
    posted,
    sheets_of,
    told,
)
from openets.web.reports.reach import reached
from openets.web.tables import TYPES

YEARS = range(2000, 2100)
EMPTY: Grid = cleaned(KINDS, {})


@dataclass(slots=True)
class _Desk:
    """What is known of a report while its page is made."""

    request: HttpRequest
    organisation: Organisation
    year: int
    acting: Acting
    law: Law

    @property
    def address(self) -> str:
        return reverse("report", args=[self.organisation.code, self.year])

    @property
    def of(self) -> dict[str, Any]:
        return {"organisation": self.organisation, "year": self.year}

    @property
    def signed(self) -> dict[str, Any]:
        return {"acting": self.acting, "at": clock.now(self.request)}

    @property
    def is_own(self) -> bool:
        """Whether whoever looks is the entity itself; nobody else sees its draft."""
        is_entity = self.acting.role == Role.KEY_EMITTING_ENTITY
        return is_entity and self.acting.organisation == self.organisation.code


@require_http_methods(["GET", "HEAD", "POST"])
@within("emission_report.read")
def report(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The report of an entity and year. Source: CQETS-24, CQETS-24.2, CQETS-24.3."""
    desk = _desk(request, code, year)
    case = casework.case(REPORT, report_subject(desk.organisation, year))
    draft = report_queries.draft_of(desk.organisation, year) if desk.is_own else None
    is_listed = year in parties.listed_years(desk.organisation)
    editable = desk.is_own and is_listed and (case is None or case.state == REPORT.start)
    doing = _Doing(desk, draft)
    offered = doing.offered(case.state if case else "", editable=editable)
    for form, do in offered.values():
        leave = acted(request, form, do)
        if leave:
            return leave
    versions = list(report_queries.versions(desk.organisation, year))
    context = {
        "desk": desk,
        "organisation": desk.organisation,
        "year": year,
        "case": case,
        "state": words.state_of(REPORT, case.state) if case else None,
        "standing": mrv.report_standing(
            desk.organisation, year, law=desk.law, today=clock.today(request)
        ),
        "draft": draft,
        "editable": editable,
        "is_listed": is_listed,
        "forms": {name: form for name, (form, _) in offered.items()},
        "lifts": _lifts(request, desk, editable=desk.is_own),
        "versions": versions,
        "import_faults": told(KINDS, doing.import_faults),
        **_shown(desk, draft, versions, editable=editable),
        **_comparison(request, draft, versions),
        **_orders(desk),
        "sent_back": _sent_back(case),
        "national": mrv.national_part(desk.organisation, year),
    }
    status = max([form.status for form, _ in offered.values()], default=200)
    return render(request, "web/reports/report.html", context, status=status)


@require_safe
@within("emission_report.read")
def workbook(request: HttpRequest, code: str, year: int) -> HttpResponse:
    """The report as an Excel workbook that imports again; without content it is the template."""
    desk = _desk(request, code, year)
    grid: Grid | None = None
    draft = report_queries.draft_of(desk.organisation, year) if desk.is_own else None
    latest = report_queries.versions(desk.organisation, year).filter(content__isnull=False).last()
    if "empty" not in request.GET:
        kept = draft or (latest.content if latest else None)
        grid = report_queries.grid_of(kept) if kept else None
    answer = HttpResponse(template(KINDS, grid), content_type=TYPES["xlsx"])
    answer["Content-Disposition"] = f'attachment; filename="report-{code}-{year}.xlsx"'
    return answer


def _desk(request: HttpRequest, code: str, year: int) -> _Desk:
    if year not in YEARS:
        raise Http404(year)
    organisation, acting = reached(request, "emission_report.read", code, year)
    return _Desk(request, organisation, year, acting, law(settings.JURISDICTION))


class _Doing:
    """What the forms of the page do."""

    def __init__(self, desk: _Desk, draft: ReportDraft | None) -> None:
        self.desk, self.draft = desk, draft
        self.import_faults: tuple[Fault, ...] = ()

    def offered(self, state: str, *, editable: bool) -> dict[str, tuple[ActForm, Any]]:
        """The forms that make sense now, with what each does."""
        request, desk = self.desk.request, self.desk
        revision = {"revision": self.draft.revision if self.draft else 0}
        found: dict[str, tuple[ActForm, Any]] = {}
        if editable:
            sets = report_queries.sets_for(desk.year)
            chosen = {"factors": self.draft.factors} if self.draft else {}
            save = forms.SaveReportForm.of(request, sets=sets, initial=revision | chosen)
            found["save"] = (save, self.save)
            found["import"] = (forms.ImportForm.of(request, initial=revision), self.take_over)
        if editable and self.draft:
            submit = forms.SubmitReportForm.of(request, initial=revision)
            found["submit"] = (submit, self.submit)
        if desk.is_own and state == "submitted":
            found["withdraw"] = (forms.WithdrawForm.of(request), self.withdraw)
        if desk.is_own:
            found["mark"] = (forms.MarkForm.of(request), self.mark)
            found["lift"] = (forms.LiftForm.of(request), self.lift)
        if desk.acting.role == Role.CITY_BUREAU:
            found["national"] = (forms.NationalForm.of(request), self.record_national)
            found |= self._of_the_bureau()
        return found

    def _of_the_bureau(self) -> dict[str, tuple[ActForm, Any]]:
        desk = self.desk
        estimate = report_queries.estimate_of(desk.organisation, desk.year)
        if estimate and estimate.deduction_tco2e is None:
            return {"deduct": (forms.DeductionForm.of(desk.request), self.deduct)}
        if report_queries.order_of(desk.organisation, desk.year) is None:
            return {"order": (forms.OrderForm.of(desk.request), self.order)}
        return {}

    def save(self, data: Mapping[str, Any]) -> Done:
        sent = self.desk.request.POST
        content = posted(KINDS, sent, kept=_grid_of(self.draft))
        attached = []
        if data["evidence_file"]:
            place = place_of(KINDS, sent, data["evidence_row"])
            if place is None:
                raise EvidenceWithoutRow(field="evidence_row")
            file = data["evidence_file"]
            attached.append(drafts.Attached(*place, file.name or "", file.read()))
        return self._saved(content, data["revision"], data["factors"], attached)

    def take_over(self, data: Mapping[str, Any]) -> Done | None:
        read = read_grid(KINDS, data["workbook"].read(MOST_BYTES + 1))
        if read.faults:
            self.import_faults = read.faults
            raise WorkbookHasFaults(faults=len(read.faults))
        sets = report_queries.sets_for(self.desk.year)
        factors = self.draft.factors if self.draft else _usual(sets)
        return self._saved(read.grid, data["revision"], factors)

    def _saved(
        self,
        content: Mapping[str, Any],
        revision: int,
        factors: str,
        attached: Sequence[drafts.Attached] = (),
    ) -> Done:
        desk = self.desk
        drafts.save_draft(
            **desk.of,
            factors=factors,
            content=content,
            revision=revision,
            law=desk.law,
            **desk.signed,
            attached=attached,
            store=store(),
        )
        saved = Said("草稿已保存，校验结果见下", "Saved; what was found is below")
        return Done(desk.address, saved)

    def submit(self, data: Mapping[str, Any]) -> Done:
        desk = self.desk
        drafts.submit_draft(
            **desk.of,
            revision=data["revision"],
            statement=data["statement"],
            synthetic=settings.DEMO,
            law=desk.law,
            **desk.signed,
        )
        told_so = Said("报告已在线提交，请同步报送纸质件", "Submitted; send the written copy too")
        return Done(desk.address, told_so)

    def withdraw(self, data: Mapping[str, Any]) -> Done:
        drafts.withdraw_report(**self.desk.of, reasons=data["reasons"], **self.desk.signed)
        return Done(self.desk.address, Said("报告已撤回，可以修改", "Withdrawn; it may be changed"))

    def mark(self, data: Mapping[str, Any]) -> Done:
        given = {name: data[name] for name in ("field", "kind", "reason")}
        publishing.mark_secret(**self.desk.of, **given, **self.desk.signed)
        return Done(self.desk.address, Said("已标为保密", "It will be withheld"))

    def lift(self, data: Mapping[str, Any]) -> Done:
        publishing.lift_mark(**self.desk.of, field=data["field"], **self.desk.signed)
        return Done(self.desk.address, Said("已取消保密", "It will be published"))

    def record_national(self, data: Mapping[str, Any]) -> Done:
        national.record_national(
            **self.desk.of, whole=data["whole"] == "yes", basis=data["basis"], **self.desk.signed
        )
        return Done(self.desk.address, Said("已登记", "Recorded"))

    def order(self, data: Mapping[str, Any]) -> Done:
        estimating.order_correction(
            **self.desk.of,
            ground=Ground(data["ground"]),
            reasons=data["reasons"],
            due_date=data["due_date"],
            law=self.desk.law,
            **self.desk.signed,
        )
        return Done(self.desk.address, Said("已责令限期改正", "The correction is ordered"))

    def deduct(self, data: Mapping[str, Any]) -> Done:
        estimating.decide_deduction(
            **self.desk.of,
            amount_t=Tonnes(data["amount_t"]),
            reasons=data["reasons"],
            law=self.desk.law,
            **self.desk.signed,
        )
        return Done(self.desk.address, Said("已作出核减决定", "The deduction is decided"))


class WorkbookHasFaults(Refusal):
    """A workbook with cells that cannot be taken at their word is not taken over."""

    code = "workbook_has_faults"
    article = "CQETS-24"
    zh = "文件中有 {faults} 处无法读取，未导入任何内容"
    en = "{faults} cells cannot be read; nothing was imported"
    remedy_zh = "请按清单更正后重新导入"
    remedy_en = "Correct those of the list, then import it again"


def _usual(sets: Any) -> str:
    if not sets:
        raise Http404("no factor set covers the year")
    return str(sets[0].name)


def _sent_back(case: Case | None) -> TrailLine | None:
    """The step by which a report came back to be changed, if that was its last."""
    last = case.trail.last() if case else None
    return last if last and last.move in {"return", "withdraw"} else None


def _lifts(
    request: HttpRequest, desk: _Desk, *, editable: bool
) -> list[tuple[Said, Said, Any, Any]]:
    """The marks of the report in words, each with the form that lifts it."""
    found = []
    for mark in report_queries.marks(desk.organisation, desk.year) if editable else ():
        form = forms.LiftForm(initial={"field": mark.field})
        form.auto_id = f"lift_{mark.field}_%s"
        found.append((Said(*FIELDS[mark.field]), Said(*SECRETS[Secret(mark.kind)]), mark, form))
    return found


def _grid_of(draft: ReportDraft | None) -> Grid | None:
    return report_queries.grid_of(draft) if draft else None


def _shown(
    desk: _Desk, draft: ReportDraft | None, versions: list[Report], *, editable: bool
) -> dict[str, Any]:
    """The grid: of the draft with its check, or of the latest version as it was submitted."""
    filed = filed_with(desk.organisation, desk.year)
    if not editable:
        return _submitted(desk, versions, filed)
    shown: dict[str, Any] = {"choices": choices_of(KINDS)}
    request = desk.request
    if request.POST.get("form") == "save":
        rows = posted(KINDS, request.POST, kept=_grid_of(draft))
        sent: Grid = {name: tuple(found) for name, found in rows.items()}
        return shown | {"sheets": sheets_of(KINDS, sent, Beside(filed=filed), editable=True)}
    if draft is None:
        return shown | {"sheets": sheets_of(KINDS, EMPTY, Beside(), editable=True)}
    grid = report_queries.grid_of(draft)
    found = report_queries.check_draft(
        desk.organisation, desk.year, grid=grid, factors=draft.factors, law=desk.law
    )
    checked = found.checked
    problems = (*checked.faults, *checked.questions)
    beside = Beside(
        (*problems, *found.warnings), accounted_now(checked.lines), checked.changes, filed
    )
    return shown | {
        "sheets": sheets_of(KINDS, grid, beside, editable=True),
        "evidence": _evidence(desk, grid),
        "problems": told(KINDS, problems),
        "warnings": told(KINDS, found.warnings),
        "checked": checked,
        "facilities": checked.accounted.facilities,
        "totals": checked.totals,
    }


def _submitted(desk: _Desk, versions: list[Report], filed: Mapping[int, Filed]) -> dict[str, Any]:
    latest = next((v for v in reversed(versions) if hasattr(v, "content")), None)
    if latest is None or versions[-1].estimated:
        return _figures_only(desk, versions)
    content: ReportContent = latest.content
    grid = report_queries.grid_of(content)
    beside = Beside(accounted=accounted_then(content.accounted), filed=filed)
    warnings = report_queries.plan_warnings(
        desk.organisation, desk.year, desk.law, plan=content.plan
    )
    return {
        "sheets": sheets_of(KINDS, grid, beside, editable=False),
        "evidence": [row for row in _evidence(desk, grid) if desk.is_own or row.places],
        "warnings": told(KINDS, warnings),
        "content": content,
        "factors_name": _set_name(content.factors),
    }


def _set_name(name: str) -> str:
    found = factor_sets().get(name)
    return name if found is None else found.title_zh if in_chinese() else found.title


def _figures_only(desk: _Desk, versions: list[Report]) -> dict[str, Any]:
    """A version without activity data: its rows per line and product."""
    if not versions:
        return {"sheets": []}
    grid = lines_grid(mrv.reported_figures(desk.organisation, desk.year))
    return {"sheets": sheets_of([LINES], grid, Beside(), editable=False)}


def _evidence(desk: _Desk, grid: Grid) -> list[EvidenceRow]:
    today = clock.today(desk.request)
    return evidence_rows(desk.organisation, desk.year, grid, law=desk.law, today=today)


def _comparison(
    request: HttpRequest, draft: ReportDraft | None, versions: list[Report]
) -> dict[str, Any]:
    """The cells that differ between two versions, where both were chosen (版本比较)."""
    kept: dict[str, ReportContent | ReportDraft] = {
        str(version.version): version.content for version in versions if hasattr(version, "content")
    }
    if draft:
        kept["draft"] = draft
    last = dict(zip(("before", "after"), list(kept)[-2:], strict=False))
    chosen = last | request.GET.dict()
    asked = {name: request.GET.get(name, "") for name in ("before", "after")}
    before, after = kept.get(asked["before"]), kept.get(asked["after"])
    found = None
    if isinstance(before, ReportContent) and after:
        found = changed(KINDS, report_queries.compared(before, after))
    return {"comparable": list(kept), "differences": found, "chosen": chosen}


def _orders(desk: _Desk) -> dict[str, Any]:
    order = report_queries.order_of(desk.organisation, desk.year)
    estimate = report_queries.estimate_of(desk.organisation, desk.year)
    subject = estimating.correction_subject(desk.organisation, desk.year)
    return {
        "order": order,
        "order_case": casework.case(REPORT_CORRECTION, subject) if order else None,
        "estimate": estimate,
        "deductible_t": deductible_t(estimate, law=desk.law) if estimate else None,
    }
