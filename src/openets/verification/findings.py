"""Findings (核查发现): raised by the team, answered by the entity, closed by a second verifier."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import plain
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.mrv.records import NotYourOwn
from openets.parties.roles import Role
from openets.verification.conservative import QUESTIONABLE
from openets.verification.models import Finding, Work
from openets.verification.procedures import FINDING
from openets.verification.team import must_be_in_progress, must_be_in_team

KINDS = {
    "nonconformity": ("不符合项", "Nonconformity"),
    "clarification": ("澄清项", "Clarification"),
}
"""The kinds of findings in words."""
OPEN_STATES = ("raised", "answered")


class NoSuchFigure(Refusal):
    """A finding is about a figure that was reported, or about none."""

    code = "no_such_figure"
    article = "CQETS-25.3"
    zh = "排放报告没有生产线 {line} 产品“{product}”的 {figure}"
    en = "The report has no {figure} of line {line}, product “{product}”"
    remedy_zh = "请选择报告中的数据；不涉及具体数据的，三项均留空"
    remedy_en = "Choose a figure of the report, or leave all three empty"


class FindingIncomplete(Refusal):
    """A finding says what was found, an answer gives the cause and the correction."""

    code = "finding_incomplete"
    article = "CQETS-25.3"
    zh = "缺少{missing_zh}"
    en = "It lacks {missing}"
    remedy_zh = "请补充后提交"
    remedy_en = "Add it"


class EvidenceMissing(Refusal):
    """A nonconformity is closed on evidence."""

    code = "evidence_missing"
    article = "CQETS-25.3"
    zh = "发现 {subject} 没有佐证材料，不能关闭"
    en = "There is no evidence on file for the finding {subject}; it cannot be closed"
    remedy_zh = "请单位补充佐证材料"
    remedy_en = "Have the entity file the evidence"


@transaction.atomic
def raise_finding(
    *,
    work: Work,
    kind: str,
    text: str,
    line: str = "",
    product: str = "",
    figure: str = "",
    candidate: Decimal | None = None,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Finding:
    """Raise a finding, with the figure it concerns and the value held possible; once a reference.

    Emissions in tCO2e, output in its unit. Source: CQETS-25.3.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, NotInProgress, FindingIncomplete, NoSuchFigure.
    """
    must_be_in_team(work, acting, at)
    assert kind in KINDS, kind
    must_be_in_progress(work)
    before = Finding.objects.filter(work=work, reference=reference).first()
    if before:
        return before
    if not text.strip():
        raise FindingIncomplete(field="text", missing_zh="发现内容", missing="what was found")
    _must_be_reported(work, line, product, figure)
    if candidate is not None and (candidate < 0 or not figure):
        raise NoSuchFigure(field="candidate", line=line, product=product, figure=figure or "—")
    finding = Finding.objects.create(
        work=work,
        number=work.findings.count() + 1,
        reference=reference,
        kind=kind,
        text=text.strip(),
        line=line,
        product=product,
        figure=figure,
        candidate=candidate,
    )
    new = casework.NewCase(finding.subject, work.organisation, work.year, handler=work.body)
    casework.open_cases(FINDING, [new], acting=acting, at=at, article="CQETS-25.3")
    _journal("raise_finding", finding, acting, at, text=finding.text, value=_said(candidate))
    return finding


@transaction.atomic
def answer_finding(
    *,
    finding: Finding,
    cause: str,
    correction: str,
    corrected: Decimal | None,
    acting: Acting,
    at: datetime,
) -> None:
    """Answer a finding with its cause (原因) and correction (整改), maybe with another value.

    Evidence is filed as a document of the finding's case. Source: CQETS-24.2, CQETS-25.

    Raises:
        NotYourRole, NotYourOwn, NotInProgress, FindingIncomplete, NoSuchFigure, WrongState.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQETS-24.2")
    work = finding.work
    if acting.organisation != work.organisation.code:
        raise NotYourOwn(organisation=acting.organisation, subject=finding.subject)
    must_be_in_progress(work)
    for field, text, missing_zh in (
        ("cause", cause, "原因"),
        ("correction", correction, "整改措施"),
    ):
        if not text.strip():
            raise FindingIncomplete(field=field, missing_zh=missing_zh, missing=f"the {field}")
    if corrected is not None and (corrected < 0 or not finding.figure):
        raise NoSuchFigure(
            field="corrected",
            line=finding.line,
            product=finding.product,
            figure=finding.figure or "—",
        )
    casework.move_cases(FINDING, "answer", [finding.subject], acting=acting, at=at, note=cause)
    Finding.objects.filter(pk=finding.pk).update(
        cause=cause.strip(), correction=correction.strip(), corrected=corrected
    )
    _journal("answer_finding", finding, acting, at, text=correction, value=_said(corrected))


@transaction.atomic
def ask_again(*, finding: Finding, reasons: str, acting: Acting, at: datetime) -> None:
    """Ask the entity again, with reasons. Source: CQETS-25.3.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, NotInProgress, ReasonsMissing, WrongState.
    """
    must_be_in_team(finding.work, acting, at)
    must_be_in_progress(finding.work)
    casework.move_cases(FINDING, "ask_again", [finding.subject], acting=acting, at=at, note=reasons)


@transaction.atomic
def close_finding(*, finding: Finding, note: str, acting: Acting, at: datetime) -> None:
    """Close an answered finding (关闭), by another verifier than the one who raised it.

    A nonconformity needs evidence on file. Source: CQETS-25.3.

    Raises:
        NotYourRole, NotYourOwn, NotYourPart, NotInProgress, EvidenceMissing, SamePerson,
        WrongState.
    """
    must_be_in_team(finding.work, acting, at)
    must_be_in_progress(finding.work)
    (case,) = casework.move_cases(
        FINDING, "close", [finding.subject], acting=acting, at=at, note=note
    )
    if finding.kind == "nonconformity" and not cases.documents(case):
        raise EvidenceMissing(subject=finding.subject)


def carry_open(work: Work, *, acting: Acting, at: datetime) -> int:
    """Let the careful value stand for every finding left open; tell how many.

    The caller has approved the work. Source: CQETS-25.3.
    """
    subjects = [finding.subject for finding in work.findings.select_related("work__organisation")]
    states = cases.states(FINDING, subjects)
    left = [subject for subject in subjects if states[subject] in OPEN_STATES]
    if left:
        casework.move_cases(FINDING, "carry", left, acting=acting, at=at)
    return len(left)


def _must_be_reported(work: Work, line: str, product: str, figure: str) -> None:
    if not (line or product or figure):
        return
    reported = {
        (row.line, row.product) for row in mrv.reported_figures(work.organisation, work.year)
    }
    if (line, product) not in reported or figure not in QUESTIONABLE:
        raise NoSuchFigure(field="figure", line=line, product=product, figure=figure)


def _said(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _journal(
    operation: str, finding: Finding, acting: Acting, at: datetime, *, text: str, value: str
) -> None:
    journal.record(
        operation=f"verification.{operation}",
        subject=finding.subject,
        acting=acting,
        at=at,
        article="CQETS-25.3",
        content={"figure": finding.figure, "text": text.strip(), "value": value},
    )
