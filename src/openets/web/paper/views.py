"""Check a paper by its code or its file, see what it said, take it away."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from openets.paper import queries
from openets.paper.models import Paper
from openets.paper.queries import NotIssued
from openets.parties import queries as parties
from openets.web.guards import acting_of, must_reach, public, signed_in
from openets.web.paper.forms import MOST_BYTES, CodeForm, FileForm


@require_http_methods(["GET", "HEAD", "POST"])
@public
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a file; a file is only hashed and not kept. Source: CQETS-5.2b."""
    if request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            return _checked_file(request, form)
        return _asked(request, file=form, status=422)
    if "code" in request.GET:
        return redirect("paper", code=queries.written(request.GET["code"]) or "-")
    return _asked(request)


@require_safe
@public
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a paper of this code was issued, and what it said."""
    try:
        found = queries.by_code(code)
    except NotIssued as refusal:
        return _asked(request, code=code, refused=refusal, status=404)
    return _shown(request, found, is_same_file=None)


@require_safe
@signed_in
def file(request: HttpRequest, code: str) -> HttpResponse:
    """The PDF as it was issued, for those who may read what it says."""
    try:
        found = queries.by_code(code)
    except NotIssued as fault:
        raise Http404(code) from fault
    must_reach(request, queries.readable(found.kind), found.holder)
    answer = HttpResponse(bytes(found.content), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{found.kind}-{found.code}.pdf"'
    return answer


def _checked_file(request: HttpRequest, form: FileForm) -> HttpResponse:
    sent = form.cleaned_data["file"]
    try:
        # What is longer is none of ours; its beginning is nobody's either.
        found = queries.by_content(sent.read(MOST_BYTES))
    except NotIssued as refusal:
        return _asked(request, refused=refusal, status=422)
    return _shown(request, found, is_same_file=True)


def _shown(request: HttpRequest, found: Paper, *, is_same_file: bool | None) -> HttpResponse:
    context = {
        "paper": found,
        "sheet": found.sheet,
        "tables": [_table(table) for table in found.sheet["tables"]],
        "is_same_file": is_same_file,
        "may_take": parties.may(acting_of(request), queries.readable(found.kind), found.holder),
    }
    return render(request, "web/paper/paper.html", context)


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table whose cells know whether they are figures."""
    numbers = [column["number"] for column in table["columns"]]
    return {
        "title": table["title"],
        "columns": table["columns"],
        "rows": [list(zip(row, numbers, strict=True)) for row in table["rows"]],
        "total": list(zip(table["total"], numbers, strict=False)),
    }


def _asked(
    request: HttpRequest,
    *,
    code: str = "",
    file: FileForm | None = None,
    refused: NotIssued | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "code": CodeForm(initial={"code": code}),
        "file": file or FileForm(),
        "refused": refused,
    }
    return render(request, "web/paper/check.html", context, status=status)
