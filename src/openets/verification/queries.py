"""What may be asked about bodies, draws, works, findings and assessments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from openets.casework import queries as cases
from openets.casework.models import Document
from openets.kernel.explain import Explanation
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.mrv.figures import Figures
from openets.mrv.procedures import REPORT
from openets.parties.models import Organisation
from openets.rulebook.load import Law
from openets.verification.conservative import Questioned, recalculate
from openets.verification.models import (
    Assessment,
    BodyEntry,
    CheckMark,
    DrawRecord,
    Finding,
    InterestEntry,
    Verifier,
    Work,
)
from openets.verification.procedures import ASSESSMENT, FINDING, WORK


class NoSuchWork(Refusal):
    """There is no such work, or it is another's."""

    code = "no_such_work"
    article = "CQETS-25.3"
    zh = "没有核查任务 {work}"
    en = "There is no verification work {work}"
    remedy_zh = "请在核查任务列表中查找"
    remedy_en = "Look it up in the list of works"


@dataclass(frozen=True, slots=True)
class FoundFinding:
    """A finding with where it stands and its evidence."""

    finding: Finding
    case: int
    state: str
    evidence: int


def works(year: int, among: QuerySet[Organisation]) -> QuerySet[Work]:
    """The works on the reports of a year of some organisations, by the number on the list."""
    found = Work.objects.filter(year=year, organisation__in=among)
    return found.select_related("organisation", "body", "draw")


def work(number: int) -> Work:
    """The work of a number.

    Raises:
        NoSuchWork.
    """
    found = Work.objects.filter(pk=number).select_related("organisation", "body", "draw").first()
    if found is None:
        raise NoSuchWork(work=number)
    return found


def work_of(subject: str) -> Work:
    """The work that a case is about."""
    code, year, attempt = subject.rsplit("/", 2)
    rows = Work.objects.select_related("organisation", "body", "draw")
    return rows.get(organisation__code=code, year=int(year), attempt=int(attempt))


def finding_of(subject: str) -> Finding:
    """The finding that a case is about."""
    of, number = subject.rsplit("/", 1)
    rows = Finding.objects.select_related("work__organisation", "work__body")
    return rows.get(work=work_of(of), number=int(number))


def assessment_of(subject: str) -> Assessment:
    """The assessment that a case is about."""
    code, year = subject.rsplit("/", 1)
    return Assessment.objects.select_related("body").get(body__code=code, year=int(year))


def waiting_count(year: int) -> int:
    """How many complete reports of a year have no body yet."""
    complete = cases.in_state(REPORT, year, "complete")
    taken = Work.objects.filter(year=year, ended_at=None).values("organisation")
    return complete.exclude(organisation__in=taken).count()


def states(of: Sequence[Work]) -> dict[int, str]:
    """Where each work stands, by its number."""
    found = cases.states(WORK, [one.subject for one in of])
    return {one.pk: found[one.subject] for one in of}


def assigned_codes(body: str) -> list[str]:
    """The codes of the entities that a body was given to verify, ended works left out."""
    rows = Work.objects.filter(body__code=body, ended_at=None)
    return sorted(set(rows.values_list("organisation__code", flat=True)))


def serial(of: Work) -> str:
    """The number of the report that a body signs for a work. Source: BJETS-25."""
    return f"{of.body.code}-{of.year}-{of.organisation.code}-{of.attempt}"


def version(of: Work) -> int:
    """Which signed report of the entity and year it is, the first being 1."""
    signed = Work.objects.filter(organisation=of.organisation, year=of.year)
    return signed.filter(signed_at__isnull=False, attempt__lte=of.attempt).count()


def signed_work(organisation: Organisation, year: int) -> Work | None:
    """The latest signed work on the report of an entity and year."""
    rows = Work.objects.filter(organisation=organisation, year=year, signed_at__isnull=False)
    return rows.select_related("organisation", "body").order_by("-attempt").first()


def photographs(of: Work) -> list[Document]:
    """The photographs of the visits, as filed with the case of the work. Source: CQETS-25.3."""
    case = cases.case(WORK, of.subject)
    assert case is not None, "every work has its case"
    return [one for one in cases.documents(case) if one.kind == "site_photo"]


def marks(of: Work) -> dict[str, CheckMark]:
    """The latest mark of every item of the document review."""
    return {mark.item: mark for mark in of.marks.order_by("id")}


def findings(of: Work) -> list[FoundFinding]:
    """The findings of a work in their order."""
    rows = list(of.findings.select_related("work__organisation", "work__body"))
    found = cases.of_subjects(FINDING, [row.subject for row in rows])
    return [
        FoundFinding(
            finding=row,
            case=found[row.subject].pk,
            state=found[row.subject].state,
            evidence=len(cases.documents(found[row.subject])),
        )
        for row in rows
    ]


def result(of: Work, *, law: Law, on: date) -> tuple[list[Figures], Explanation]:
    """The figures of a work as its findings leave them now, with the working of each change.

    Source: CQETS-25.3.
    """
    return recalculate(
        mrv.reported_figures(of.organisation, of.year),
        [_questioned(row) for row in findings(of) if row.finding.figure],
        law.on("verification.unresolved_figures", on),
    )


def draws(year: int) -> list[DrawRecord]:
    """The random draws of a year, the first first."""
    return list(DrawRecord.objects.filter(year=year))


def register() -> list[BodyEntry]:
    """The register of verification bodies."""
    return list(BodyEntry.objects.select_related("body"))


def verifiers(body: Organisation, industry: str, on: date) -> list[Verifier]:
    """A body's verifiers of an industry on a day."""
    rows = Verifier.objects.filter(body=body, industry=industry, since_date__lte=on)
    standing = rows.exclude(until_date__lte=on)
    return list(standing.select_related("person"))


def people_of(body: Organisation) -> list[Verifier]:
    """Everybody who was registered for a body."""
    return list(Verifier.objects.filter(body=body).select_related("person"))


def interests(body: Organisation) -> list[InterestEntry]:
    """The ties of a body on file. Source: BJETS-24.i5."""
    return list(InterestEntry.objects.filter(body=body).select_related("organisation"))


def assessments(year: int | None = None) -> list[tuple[Assessment, str]]:
    """The assessments of a year or of all, each with where it stands."""
    rows = Assessment.objects.select_related("body")
    chosen = list(rows if year is None else rows.filter(year=year))
    found = cases.states(ASSESSMENT, [one.subject for one in chosen])
    return [(one, found[one.subject]) for one in chosen]


def published_scores() -> list[Assessment]:
    """The published assessments: body, year, result; the newest year first. Source: CQETS-31."""
    return list(Assessment.objects.filter(published_at__isnull=False).select_related("body"))


def _questioned(row: FoundFinding) -> Questioned:
    finding = row.finding
    return Questioned(
        number=finding.number,
        line=finding.line,
        product=finding.product,
        figure=finding.figure,
        candidate=finding.candidate,
        corrected=finding.corrected,
        closed=row.state == "closed",
    )
