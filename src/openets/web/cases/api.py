"""Cases for programs: the trail, comments, documents, the inbox, decisions on a list."""

from datetime import date, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from openets.casework import documents, notices
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.models import Document, Notice
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.web import clock
from openets.web.cases import deciding
from openets.web.cases.access import case_for, store
from openets.web.cases.actions import action_of
from openets.web.cases.one import makeable, trail_rows
from openets.web.cases.views import download
from openets.web.guards import acting_of, signed_in
from openets.web.refusals import NotUnderstood
from openets.web.schemas import answers

router = Router(tags=["cases"])


class StepOut(Schema):
    """A step of a trail; `working_days` is null where the calendar does not know a year."""

    at: datetime
    move: str
    state: str
    person: str
    role: str
    organisation: str
    article: str
    note: str
    waited: str
    working_days: int | None


class CaseOut(Schema):
    """A case as it stands, with its trail."""

    number: int
    procedure: str
    subject: str
    organisation: str
    year: int
    state: str
    due_date: date | None
    moves: list[str] = Field(description="what whoever asks may do now, by name")
    trail: list[StepOut]


class DecisionIn(Schema):
    """One reason for every case of the list, and what else the form of the move asks for."""

    cases: list[int] = Field(min_length=1, max_length=1000)
    reason: str = ""
    fields: dict[str, str] = Field(default_factory=dict)


class MoveIn(Schema):
    """What the form of the move asks for, by the names of its fields."""

    fields: dict[str, str] = Field(default_factory=dict)


class MovedOut(Schema):
    """Where the case stands now."""

    state: str
    due_date: date | None


class DecidedOut(Schema):
    """How many cases moved: all of the list."""

    decided: int


class CommentIn(Schema):
    """What is said; the same reference again is said once."""

    text: str = Field(max_length=4000)
    reference: str = Field(default="", max_length=40)


class SaidOut(Schema):
    """When it was said, in the market's time."""

    at: datetime


class DocumentOut(Schema):
    """A filed document."""

    number: int
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    scan: str


class NoticeOut(Schema):
    """A notice in the inbox."""

    number: int
    zh: str
    en: str
    article: str
    delivered_at: datetime
    opened_at: datetime | None


@router.get("/inbox", response=answers(list[NoticeOut]))
@signed_in
def inbox(request: HttpRequest) -> list[NoticeOut]:
    """The newest notices of the organisation one acts for."""
    mine = parties.organisation(acting_of(request).organisation)
    return [_notice(notice) for notice in cases.inbox(mine)[:200]]


@router.post("/inbox/{number}/open", response=answers(NoticeOut))
@signed_in
def open_notice(request: HttpRequest, number: int) -> NoticeOut:
    """Open a notice; the first opening is kept."""
    opened = notices.open_notice(
        notice=number,
        law=law(settings.JURISDICTION),
        acting=acting_of(request),
        at=clock.now(request),
    )
    return _notice(opened)


@router.post("/decisions/{procedure}/{move}", response=answers(DecidedOut))
@signed_in
def decide(request: HttpRequest, procedure: str, move: str, body: DecisionIn) -> DecidedOut:
    """Decide every case of a list, or none; the refusal's `row` is the place on the list."""
    acting = acting_of(request)
    form = deciding.form_for_many(procedure, move)
    data = deciding.understood(form, {"reason": body.reason, **body.fields}, [])
    by = deciding.Maker(law(settings.JURISDICTION), acting, clock.now(request))
    return DecidedOut(decided=deciding.decide(procedure, move, body.cases, data, by=by))


@router.get("/{number}", response=answers(CaseOut))
@signed_in
def case(request: HttpRequest, number: int) -> CaseOut:
    """A case with its trail, for whoever takes part in it."""
    acting = acting_of(request)
    procedure, found = case_for(number, acting)
    return CaseOut(
        number=found.pk,
        procedure=found.procedure,
        subject=found.subject,
        organisation=found.organisation.code,
        year=found.year,
        state=found.state,
        due_date=found.due_date,
        moves=makeable(procedure, found, acting),
        trail=[
            StepOut(
                at=row.at,
                move=str(row.move),
                state=str(row.state),
                person=row.person,
                role=str(row.role),
                organisation=row.organisation,
                article=row.article,
                note=str(row.note),
                waited=str(row.waited),
                working_days=row.working_days,
            )
            for row in trail_rows(procedure, found)
        ],
    )


@router.post("/{number}/moves/{move}", response=answers(MovedOut))
@signed_in
def make(request: HttpRequest, number: int, move: str, body: MoveIn) -> MovedOut:
    """Make a move of a case; a move made before is refused, so that it is made once."""
    acting = acting_of(request)
    procedure, found = case_for(number, acting)
    action = action_of(procedure.name, move)
    data = deciding.understood(deciding.form_for(found, move), body.fields, [found])
    by = deciding.Maker(law(settings.JURISDICTION), acting, clock.now(request))
    deciding.make_move(found, action, data, by=by)
    found.refresh_from_db()
    return MovedOut(state=found.state, due_date=found.due_date)


@router.post("/{number}/comments", response=answers(SaidOut))
@signed_in
def comment(request: HttpRequest, number: int, body: CommentIn) -> SaidOut:
    """Say something about a case."""
    acting = acting_of(request)
    procedure, found = case_for(number, acting)
    said = casework.comment(
        procedure,
        found.subject,
        text=body.text,
        acting=acting,
        at=clock.now(request),
        reference=body.reference,
    )
    return SaidOut(at=said.at)


@router.post("/{number}/documents", response=answers(DocumentOut))
@signed_in
def add_document(
    request: HttpRequest, number: int, kind: Form[str], file: File[UploadedFile]
) -> DocumentOut:
    """File a document with a case."""
    acting = acting_of(request)
    procedure, found = case_for(number, acting)
    if kind not in procedure.documents:
        known = ", ".join(procedure.documents)
        raise NotUnderstood(field="kind", name="kind", why=known)
    filed = documents.add_document(
        procedure,
        found.subject,
        kind=kind,
        name=file.name or "",
        content=file.read(),
        store=store(),
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _document(filed)


@router.get("/{number}/documents/{document}", response=answers(bytes))
@signed_in
def read_document(request: HttpRequest, number: int, document: int) -> HttpResponse:
    """The content of a document, always as a download."""
    acting = acting_of(request)
    procedure, _ = case_for(number, acting)
    found, content = documents.read_document(procedure, document, store=store(), acting=acting)
    return download(found, content)


@router.delete("/{number}/documents/{document}", response=answers(DocumentOut))
@signed_in
def remove_document(request: HttpRequest, number: int, document: int) -> DocumentOut:
    """Remove a document whose years are over; one removed before is refused."""
    acting = acting_of(request)
    procedure, _ = case_for(number, acting)
    gone = documents.remove_document(
        procedure,
        document,
        store=store(),
        law=law(settings.JURISDICTION),
        acting=acting,
        at=clock.now(request),
    )
    return _document(gone)


def _document(document: Document) -> DocumentOut:
    names = ("name", "media_type", "size_bytes", "sha256", "scan")
    return DocumentOut(number=document.pk, **{name: getattr(document, name) for name in names})


def _notice(notice: Notice) -> NoticeOut:
    names = ("zh", "en", "article", "delivered_at", "opened_at")
    return NoticeOut(number=notice.pk, **{name: getattr(notice, name) for name in names})
