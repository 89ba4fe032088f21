"""One work as a guided path: what is to do now, and the evidence beside each number."""

from collections.abc import Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.mrv import queries as mrv
from openets.mrv.figures import total_tco2e
from openets.parties.roles import Role
from openets.rulebook.load import law
from openets.verification import queries
from openets.verification.checklist import ITEMS
from openets.verification.models import Work
from openets.verification.procedures import WORK
from openets.verification.queries import NoSuchWork
from openets.verification.team import PARTS, REVIEWER
from openets.web import clock, words
from openets.web.forms import ActForm, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.parts import Step
from openets.web.verification.acts import WorkActs
from openets.web.verification.casework import FIGURES
from openets.web.verification.forms import (
    DeclareForm,
    FindingForm,
    MarkForm,
    PaperForm,
    TeamForm,
    VisitForm,
)
from openets.web.verification.page import FigureRow, FindingRow, MarkRow, WorkPage
from openets.web.verification.reach import work_within
from openets.web.verification.views import finding_row

PATH = (
    ("drawn", Said("独立性声明", "Declare independence")),
    ("declared", Said("确认分派", "Assignment")),
    ("assigned", Said("组建核查组", "Team")),
    ("in_progress", Said("文件评审和现场核查", "Documents and site")),
    ("technical_review", Said("技术复核", "Technical review")),
    ("reviewed", Said("签署提交", "Sign and enter")),
)
"""The way of a work; each step is over when the next begins."""
TO_DO = {
    "drawn": Said(
        "核查机构声明与被核查单位无利益关系，或申请回避。",
        "The body declares that it has no interest in the entity, or declines.",
    ),
    "declared": Said("由市生态环境局另一人员确认。", "A second person of the bureau confirms."),
    "assigned": Said(
        "指定负责人、成员和核查组以外的技术复核人。",
        "Name a lead, members and a reviewer who is not in the team.",
    ),
    "in_progress": Said(
        "逐项评审文件，抽中的单位须到现场；有疑问的数据提出发现。全部完成后由负责人提交。",
        "Go through every item, visit the site where drawn, and raise findings on doubtful "
        "figures. When all is done the lead submits.",
    ),
    "technical_review": Said(
        "技术复核人复核；未关闭的发现按保守取值。",
        "The reviewer approves or returns; findings left open keep the careful value.",
    ),
    "reviewed": Said(
        "负责人签署真实性、准确性、完整性声明并提交结果。",
        "The lead signs the statement and enters the result.",
    ),
    "entered": Said("结果已提交，由市生态环境局告知单位。", "The bureau tells the result."),
    "declined": Said("机构已回避，重新抽取。", "Declined; the entity is drawn again."),
    "rejected": Said("分派未确认，重新抽取。", "Not confirmed; the entity is drawn again."),
    "stopped": Said(
        "主管部门已测算排放量，核查终止。", "The emissions were estimated; the work ended."
    ),
}
"""What is to do in each state."""
TOLD = Said("结果已告知单位并抄送区县。", "The entity and its district were told the result.")


@require_http_methods(["GET", "HEAD", "POST"])
@within("verification_work.read")
def work(request: HttpRequest, number: int) -> HttpResponse:
    """A work, with the forms of whoever works on it."""
    acting = acting_of(request)
    try:
        found = work_within(acting, number)
    except NoSuchWork as none:
        raise Http404(number) from none
    case = casework.case(WORK, found.subject)
    assert case is not None, "every work has its case"
    forms = _forms(request, found, case.state, acting)
    paper = PaperForm.of(request) if case.state == "entered" else None
    every = [*forms, *([paper] if paper else [])]
    for form in every:
        leave = acted(request, form, WorkActs(request, found, form).do)
        if leave:
            return leave
    page = work_page(found, case.pk, case.state, forms, paper, request)
    status = max((form.status for form in every), default=200)
    return render(request, "web/verification/work.html", {"page": page}, status=status)


def work_page(
    found: Work,
    case: int,
    state: str,
    forms: Sequence[ActForm],
    paper: ActForm | None,
    request: HttpRequest,
) -> WorkPage:
    """Everything a page of a work shows."""
    rules, today = law(settings.JURISDICTION), clock.today(request)
    findings = [finding_row(one) for one in queries.findings(found)]
    figures, explanation = queries.result(found, law=rules, on=today)
    reported = mrv.reported_figures(found.organisation, found.year)
    marks = queries.marks(found)
    is_told = bool(mrv.results_told(found.organisation, found.year))
    return WorkPage(
        work=found,
        case=case,
        state=words.state_of(WORK, state),
        steps=_steps(state),
        to_do=TOLD if state == "entered" and is_told else TO_DO[state],
        missing=_missing(found, state, findings),
        is_over=WORK.states[state].final,
        is_told=is_told,
        team=[
            (Said(*PARTS[member.part]), member)
            for member in found.team.select_related("verifier__person")
        ],
        marks=[
            MarkRow(
                item=Said(*words_of),
                is_right=marks[name].is_right if name in marks else None,
                note=marks[name].note if name in marks else "",
                person=marks[name].person if name in marks else "",
                at=marks[name].at if name in marks else None,
            )
            for name, words_of in ITEMS.items()
        ],
        visits=list(found.visits.all()),
        photographs=queries.photographs(found),
        findings=findings,
        figures=[
            FigureRow(
                line=row.line,
                product=row.product,
                figure=label,
                unit=row.unit if name == "output" else "tCO₂e",
                reported=getattr(row, name),
                found=getattr(after, name),
                findings=_about(findings, row.line, row.product, name),
            )
            for row, after in zip(reported, figures, strict=True)
            for name, label in FIGURES.items()
            if getattr(row, name) or getattr(after, name)
        ],
        reported_tco2e=total_tco2e(reported),
        found_tco2e=found.verified_tco2e or total_tco2e(figures),
        working=(found.explanation or explanation.as_json()) or None,
        forms=forms,
        paper=paper,
    )


def _missing(found: Work, state: str, findings: Sequence[FindingRow]) -> list[Said]:
    """What stands between the work and its next step, in words."""
    missing = []
    if found.team.exists() and state != "entered":
        for member in found.team.filter(declared_at=None).select_related("verifier__person"):
            name = member.verifier.person.display_name
            missing.append(Said(f"{name} 的独立性声明", f"Declaration of {name}"))
    if state != "in_progress":
        return missing
    marked = queries.marks(found)
    count = sum(item not in marked for item in ITEMS)
    if count:
        missing.append(Said(f"文件评审 {count} 项", f"{count} items of the document review"))
    if found.in_depth and not found.visits.exists():
        missing.append(Said("现场核查记录", "The record of the visit"))
    unresolved = sum(row.is_open for row in findings)
    if unresolved:
        missing.append(
            Said(
                f"未关闭的发现 {unresolved} 项（届时按保守取值）",
                f"{unresolved} open findings (else the careful value)",
            )
        )
    return missing


def _about(
    findings: Sequence[FindingRow], line: str, product: str, figure: str
) -> list[FindingRow]:
    wanted = (line, product, figure)
    return [
        row
        for row in findings
        if (row.finding.line, row.finding.product, row.finding.figure) == wanted
    ]


def _steps(state: str) -> list[Step]:
    names = [name for name, _ in PATH]
    # Ended without a result it came to the declaration; with one, past the last step.
    now = names.index(state) if state in names else len(names) if state == "entered" else 0
    return [
        Step(label, "done" if n < now else "now" if n == now else "ahead")
        for n, (_, label) in enumerate(PATH)
    ]


def _forms(request: HttpRequest, found: Work, state: str, acting: Acting) -> list[ActForm]:
    if acting.role != Role.VERIFICATION_BODY:
        return []
    forms: list[ActForm] = []
    own = found.team.filter(verifier__person__username=acting.person)
    if state in {"in_progress", "technical_review", "reviewed"}:
        forms += [DeclareForm.of(request)] * own.filter(declared_at=None).exists()
    if state == "in_progress" and own.filter(declared_at__isnull=False).exclude(part=REVIEWER):
        reported = mrv.reported_figures(found.organisation, found.year)
        finding = FindingForm.of(request, reported=reported)
        forms += [MarkForm.of(request), VisitForm.of(request), finding]
    if state in {"assigned", "in_progress"}:
        today = clock.today(request)
        people = queries.verifiers(found.body, found.organisation.industry, today)
        forms.append(TeamForm.of(request, people=people))
    return forms
