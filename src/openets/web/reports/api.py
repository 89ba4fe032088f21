"""Reports for programs: a draft and its check, submission, plans, what is published.

A draft is saved against the revision it was made from, so the same request sent twice is done once.
"""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from openets.casework import queries as casework
from openets.kernel.workbook import Fault
from openets.mrv import drafts, plans, report_queries
from openets.mrv.disclosure import Withheld
from openets.mrv.evidence import NoSuchEvidence
from openets.mrv.grid import Checked
from openets.mrv.models import ReportDraft
from openets.mrv.plan import check_plan
from openets.mrv.procedures import REPORT
from openets.mrv.sheets import FIRST_ROW
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.rulebook.load import law
from openets.web import clock
from openets.web.cases.access import store
from openets.web.cases.views import download
from openets.web.guards import must_reach, public, within
from openets.web.reports.evidence import readable
from openets.web.reports.reach import reached
from openets.web.schemas import RefusalOut, StepOut, Tonnes, answers

router = Router(tags=["reports"])

Sheets = dict[str, list[dict[str, str]]]


class ReportDraftIn(Schema):
    """The sheets of a report, rows of texts by column each; `revision` 0 for the first draft."""

    factors: str
    revision: int = Field(ge=0)
    sheets: Sheets


class MonitoringPlanIn(Schema):
    """The sheets of a plan; `revision` 0 for a new draft."""

    revision: int = Field(ge=0)
    sheets: Sheets


class SubmitReportIn(Schema):
    """The revision that was read and is signed."""

    revision: int
    statement: bool


class WithdrawIn(Schema):
    """Why."""

    reasons: str


class FilePlanIn(Schema):
    """The drafted revision to file, from when, and what changed."""

    revision: int
    from_date: date
    reasons: str = ""


class CellFaultOut(Schema):
    """What is wrong, at its sheet, row and column as in the exported workbook."""

    sheet: str
    row: int | None
    column: str
    refusal: RefusalOut


class AccountedRowOut(Schema):
    """The emissions of a row and why."""

    row: int
    emissions_t: str
    explanation: list[StepOut]


class ChangedFigureOut(Schema):
    """A figure beside last year's; `asks` where it must be explained."""

    sheet: str
    row: int
    before: str
    after: str
    percent: str
    asks: bool
    answered: bool


class ReportDraftOut(Schema):
    """A draft with what its check found."""

    revision: int
    factors: str
    sheets: Sheets
    faults: list[CellFaultOut]
    warnings: list[CellFaultOut]
    changes: list[ChangedFigureOut]
    lines: list[AccountedRowOut]
    total_tco2e: Tonnes | None
    may_be_submitted: bool


class ReportVersionOut(Schema):
    """A submitted version; `digest` is what the statement is about."""

    version: int
    submitted_at: datetime
    statement_by: str
    total_tco2e: Tonnes
    estimated: bool
    factors: str
    digest: str


class MonitoringPlanOut(Schema):
    """A version of a plan with what its check found."""

    version: int
    revision: int
    filing_number: str
    from_date: date | None
    change_reason: str
    sheets: Sheets
    faults: list[CellFaultOut]
    warnings: list[CellFaultOut]


class PublishedReportOut(Schema):
    """A report as published; a withheld value is null and its field is named in `withheld`."""

    entity: str
    name: str
    year: int
    total_tco2e: Tonnes
    estimated: bool
    rows: list[dict[str, str | None]]
    withheld: list[str]


class EvidenceOut(Schema):
    """A filed document; `removable_from` is null until the report is submitted, or no more kept."""

    number: int
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    removable_from: date | None


class WithdrawnOut(Schema):
    """It is done."""

    done: bool = True


@router.get("/published/{year}", response=answers(list[PublishedReportOut]))
@public
def published(request: HttpRequest, year: int) -> list[PublishedReportOut]:
    """The published reports of a year, without what is secret. Source: CQETS-24.3."""
    found = []
    for report in report_queries.published(year):
        view = report_queries.public_view(report)
        found.append(
            PublishedReportOut(
                entity=report.organisation.code,
                name=report.organisation.name,
                year=view.year,
                total_tco2e=view.total_tco2e,
                estimated=view.estimated,
                rows=[{name: _open(value) for name, value in row.items()} for row in view.rows],
                withheld=list(view.withheld),
            )
        )
    return found


@router.get("/plans/{code}", response=answers(list[MonitoringPlanOut]))
@within("monitoring_plan.read")
def plan_versions(request: HttpRequest, code: str) -> list[MonitoringPlanOut]:
    """The versions of an entity's plan, the newest first; its draft only for itself."""
    organisation, acting = reached(request, "monitoring_plan.read", code)
    own = acting.organisation == organisation.code
    kept = report_queries.plans(organisation) if own else report_queries.filed_plans(organisation)
    return [_plan(one, request) for one in kept]


@router.put("/plans/{code}/draft", response=answers(MonitoringPlanOut))
@within("mrv.save_plan")
def save_plan(request: HttpRequest, code: str, body: MonitoringPlanIn) -> MonitoringPlanOut:
    """Save the draft of a plan. Source: CNETS-24."""
    given = _by(request, code, "mrv.save_plan")
    return _plan(plans.save_plan(content=body.sheets, revision=body.revision, **given), request)


@router.post("/plans/{code}/file", response=answers(MonitoringPlanOut))
@within("monitoring_plan.file")
def file_plan(request: HttpRequest, code: str, body: FilePlanIn) -> MonitoringPlanOut:
    """File the drafted version of a plan. Source: CNETS-24, CNETS-25."""
    given = _by(request, code, "monitoring_plan.file")
    return _plan(plans.file_plan(**body.dict(), **given), request)


@router.get("/{code}/{year}", response=answers(list[ReportVersionOut]))
@within("emission_report.read")
def versions(request: HttpRequest, code: str, year: int) -> list[ReportVersionOut]:
    """The submitted versions of a report."""
    organisation, _ = reached(request, "emission_report.read", code, year)
    return [
        ReportVersionOut(
            version=one.version,
            submitted_at=one.submitted_at,
            statement_by=one.statement_by,
            total_tco2e=one.total_tco2e,
            estimated=one.estimated,
            factors=one.content.factors if hasattr(one, "content") else "",
            digest=one.content.digest if hasattr(one, "content") else one.digest,
        )
        for one in report_queries.versions(organisation, year)
    ]


@router.put("/{code}/{year}/draft", response=answers(ReportDraftOut))
@within("mrv.save_draft")
def save_draft(request: HttpRequest, code: str, year: int, body: ReportDraftIn) -> ReportDraftOut:
    """Save a draft and tell what its check found. Source: CQETS-24."""
    given = _by(request, code, "mrv.save_draft")
    draft = drafts.save_draft(
        year=year,
        factors=body.factors,
        content=body.sheets,
        revision=body.revision,
        law=law(settings.JURISDICTION),
        **given,
    )
    return _draft(given["organisation"], draft)


@router.post("/{code}/{year}/draft/evidence", response=answers(ReportDraftOut))
@within("mrv.attach_evidence")
def attach_evidence(
    request: HttpRequest,
    code: str,
    year: int,
    sheet: Form[str],
    row: Form[int],
    revision: Form[int],
    file: File[UploadedFile],
) -> ReportDraftOut:
    """File evidence beside a row of the draft, counted as in the workbook. Source: CQETS-24b."""
    given = _by(request, code, "mrv.attach_evidence")
    draft = drafts.attach_evidence(
        year=year,
        file=drafts.Attached(sheet, row - FIRST_ROW, file.name or "", file.read()),
        revision=revision,
        law=law(settings.JURISDICTION),
        store=store(),
        **given,
    )
    return _draft(given["organisation"], draft)


@router.get("/{code}/{year}/evidence", response=answers(list[EvidenceOut]))
@within("emission_report.read")
def evidence(request: HttpRequest, code: str, year: int) -> list[EvidenceOut]:
    """What is filed with a report: all to its entity, to others what was submitted."""
    organisation, acting = reached(request, "emission_report.read", code, year)
    rules, today = law(settings.JURISDICTION), clock.today(request)
    kept = casework.kept_documents([REPORT], organisation, law=rules, today=today)
    until = {one.document.pk: one.removable_from for one in kept}
    names = ("name", "media_type", "size_bytes", "sha256")
    return [
        EvidenceOut(
            number=number,
            removable_from=until.get(number),
            **{name: getattr(document, name) for name in names},
        )
        for number, document in readable(organisation, year, acting).items()
    ]


@router.get("/{code}/{year}/evidence/{number}", response=answers(bytes))
@within("emission_report.read")
def read_evidence(request: HttpRequest, code: str, year: int, number: int) -> HttpResponse:
    """The content of a document of a report, always as a download."""
    organisation, acting = reached(request, "emission_report.read", code, year)
    found = readable(organisation, year, acting).get(number)
    content = store().content(found.sha256) if found else None
    if found is None or content is None:
        raise NoSuchEvidence(value=number)
    return download(found, content)


@router.post("/{code}/{year}/submit", response=answers(ReportVersionOut))
@within("emission_report.submit")
def submit(request: HttpRequest, code: str, year: int, body: SubmitReportIn) -> ReportVersionOut:
    """Sign and submit a draft. Source: CQETS-24, CQETS-24.2."""
    report = drafts.submit_draft(
        year=year,
        **body.dict(),
        synthetic=settings.DEMO,
        law=law(settings.JURISDICTION),
        **_by(request, code, "emission_report.submit"),
    )
    return ReportVersionOut(
        version=report.version,
        submitted_at=report.submitted_at,
        statement_by=report.statement_by,
        total_tco2e=report.total_tco2e,
        estimated=report.estimated,
        factors=report.content.factors,
        digest=report.content.digest,
    )


@router.post("/{code}/{year}/withdraw", response=answers(WithdrawnOut))
@within("emission_report.withdraw")
def withdraw(request: HttpRequest, code: str, year: int, body: WithdrawIn) -> WithdrawnOut:
    """Take a submitted report back before it is accepted. Source: CQETS-24."""
    given = _by(request, code, "emission_report.withdraw")
    drafts.withdraw_report(year=year, reasons=body.reasons, **given)
    return WithdrawnOut()


def _by(request: HttpRequest, code: str, operation: str) -> dict[str, Any]:
    organisation = parties.registered(code)
    acting = must_reach(request, operation, organisation)
    return {"organisation": organisation, "acting": acting, "at": clock.now(request)}


def _draft(organisation: Organisation, draft: ReportDraft) -> ReportDraftOut:
    found = report_queries.check_draft(
        organisation,
        draft.year,
        grid=report_queries.grid_of(draft),
        factors=draft.factors,
        law=law(settings.JURISDICTION),
    )
    checked = found.checked
    return ReportDraftOut(
        revision=draft.revision,
        factors=draft.factors,
        sheets=draft.content,
        faults=_faults((*checked.faults, *checked.questions)),
        warnings=_faults(found.warnings),
        changes=_changes(checked),
        lines=[
            AccountedRowOut(
                row=at,
                emissions_t=format(line.emissions_t, "f"),
                explanation=[StepOut.model_validate(s) for s in line.explanation.as_json()],
            )
            for at, line in sorted(checked.lines.items())
        ],
        total_tco2e=checked.totals.managed_t if checked.totals else None,
        may_be_submitted=checked.may_be_submitted,
    )


def _changes(checked: Checked) -> list[ChangedFigureOut]:
    return [
        ChangedFigureOut(
            sheet=one.sheet,
            row=one.row,
            before=format(one.before, "f"),
            after=format(one.after, "f"),
            percent=format(one.percent, "f"),
            asks=one.asks,
            answered=one.is_answered,
        )
        for one in checked.changes
    ]


def _plan(plan: Any, request: HttpRequest) -> MonitoringPlanOut:
    found = check_plan(report_queries.plan_grid(plan), today=clock.today(request))
    return MonitoringPlanOut(
        version=plan.version,
        revision=plan.revision,
        filing_number=plan.filing_number,
        from_date=plan.from_date,
        change_reason=plan.change_reason,
        sheets=plan.content,
        faults=_faults(found.faults),
        warnings=_faults(found.warnings),
    )


def _faults(faults: Any) -> list[CellFaultOut]:
    return [_fault(one) for one in faults]


def _fault(fault: Fault) -> CellFaultOut:
    refusal = RefusalOut.model_validate(fault.refusal.as_json())
    return CellFaultOut(sheet=fault.sheet, row=fault.row, column=fault.column, refusal=refusal)


def _open(value: object) -> str | None:
    return None if isinstance(value, Withheld) else str(value)
