"""The page of one case, on which it is moved, commented and documented, and its documents."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import documents
from openets.casework import operations as casework
from openets.casework.documents import DocumentDamaged, NoSuchDocument
from openets.casework.models import Case, Document
from openets.casework.procedure import Procedure
from openets.casework.scope import NotYourCase
from openets.kernel.acting import Acting
from openets.rulebook.load import law
from openets.web import clock
from openets.web.cases.access import case_for, store, takes_part
from openets.web.cases.action import Asking, CaseAction, MoveForm
from openets.web.cases.actions import ACTIONS
from openets.web.cases.deciding import Maker, form_for, make_move
from openets.web.cases.due import Days
from openets.web.cases.forms import CommentForm, DocumentForm, RemovalForm
from openets.web.cases.one import case_page, makeable, removable
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, signed_in
from openets.web.language import Said

Data = dict[str, Any]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def case(request: HttpRequest, number: int) -> HttpResponse:
    """Everything remembered of a case, and what whoever looks may do about it now."""
    acting = acting_of(request)
    procedure, found = _case(number, acting)
    asking = Asking(found, acting, law(settings.JURISDICTION), clock.today(request))
    if not takes_part(procedure, found, acting):
        page = case_page(
            procedure,
            asking,
            _days(request),
            forms={},
            comment_form=None,
            document_form=None,
            removal_form=None,
        )
        return render(request, "web/cases/case.html", {"page": page})
    forms = _move_forms(request, procedure, found, acting)
    comment, document = CommentForm.of(request), _document_form(request, procedure, asking)
    old = removable(procedure, asking)
    removal = RemovalForm.of(request, removable=old)
    for form, do in (
        *((form, _mover(request, asking, name)) for name, form in forms.items()),
        (comment, _commenter(request, procedure, asking)),
        (document, _filer(request, procedure, asking)),
        (removal, _remover(request, procedure, asking)),
    ):
        answer = acted(request, form, do)
        if answer:
            return answer
    page = case_page(
        procedure,
        asking,
        _days(request),
        forms=forms,
        comment_form=comment,
        document_form=document,
        removal_form=removal if old or removal.is_bound else None,
    )
    status = max(form.status for form in (*forms.values(), comment, document, removal))
    return render(request, "web/cases/case.html", {"page": page}, status=status)


@require_safe
@signed_in
def document(request: HttpRequest, number: int, document: int) -> HttpResponse:
    """The content of a document, as a download."""
    acting = acting_of(request)
    procedure, _ = _case(number, acting)
    try:
        found, content = documents.read_document(procedure, document, store=store(), acting=acting)
    except NotYourCase as refusal:
        raise PermissionDenied from refusal
    except (NoSuchDocument, DocumentDamaged) as refusal:
        raise Http404(str(refusal)) from refusal
    return download(found, content)


def download(document: Document, content: bytes) -> HttpResponse:
    """A document under its own name, never shown in the page."""
    answer = HttpResponse(content, content_type=document.media_type)
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=document.name
    )
    return answer


def _case(number: int, acting: Acting) -> tuple[Procedure, Case]:
    try:
        return case_for(number, acting)
    except NotYourCase as refusal:
        raise PermissionDenied from refusal


def _days(request: HttpRequest) -> Days:
    return Days(clock.today(request), settings.JURISDICTION)


def _move_forms(
    request: HttpRequest, procedure: Procedure, case: Case, acting: Acting
) -> dict[str, MoveForm]:
    """The forms of what may be done now, and of what was sent although it may not be any more.

    The operation refuses the latter, so that a form sent twice is done once.
    """
    sent = request.POST.get("form", "")
    names = makeable(procedure, case, acting)
    if sent in procedure.moves and isinstance(ACTIONS.get((procedure.name, sent)), CaseAction):
        names = [*dict.fromkeys([*names, sent])]
    return {name: form_for(case, name).of(request, cases=[case]) for name in names}


def _document_form(request: HttpRequest, procedure: Procedure, asking: Asking) -> DocumentForm:
    return DocumentForm.of(
        request,
        procedure=procedure,
        types=asking.law.on("casework.document_types", asking.today),
        most_bytes=asking.law.on("casework.document_max_bytes", asking.today),
    )


def _mover(request: HttpRequest, asking: Asking, name: str) -> Callable[[Data], Done]:
    case = asking.case

    def do(data: Data) -> Done:
        action = ACTIONS[case.procedure, name]
        assert isinstance(action, CaseAction), "the form came from it"
        by = Maker(asking.law, asking.acting, clock.now(request))
        make_move(case, action, data, by=by)
        verb = form_for(case, name).verb
        return Done(_address(case), Said(f"已办理：{verb.zh}", f"Done: {verb.en}"))

    return do


def _commenter(
    request: HttpRequest, procedure: Procedure, asking: Asking
) -> Callable[[Data], Done]:
    def do(data: Data) -> Done:
        casework.comment(
            procedure,
            asking.case.subject,
            text=data["text"],
            acting=asking.acting,
            at=clock.now(request),
            reference=data["reference"],
        )
        return Done(f"{_address(asking.case)}#comments", Said("已留言", "Your comment is kept"))

    return do


def _filer(request: HttpRequest, procedure: Procedure, asking: Asking) -> Callable[[Data], Done]:
    def do(data: Data) -> Done:
        filed = documents.add_document(
            procedure,
            asking.case.subject,
            kind=data["kind"],
            name=data["file"].name or "",
            content=data["file"].read(),
            store=store(),
            law=asking.law,
            acting=asking.acting,
            at=clock.now(request),
        )
        said = Said(f"已归档：{filed.name}", f"Filed: {filed.name}")
        return Done(f"{_address(asking.case)}#documents", said)

    return do


def _remover(request: HttpRequest, procedure: Procedure, asking: Asking) -> Callable[[Data], Done]:
    def do(data: Data) -> Done:
        gone = documents.remove_document(
            procedure,
            data["document"],
            store=store(),
            law=asking.law,
            acting=asking.acting,
            at=clock.now(request),
        )
        said = Said(f"已删除：{gone.name}", f"Removed: {gone.name}")
        return Done(f"{_address(asking.case)}#documents", said)

    return do


def _address(case: Case) -> str:
    return reverse("case", args=[case.pk])
