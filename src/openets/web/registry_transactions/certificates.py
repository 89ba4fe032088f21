"""The public look at a certificate of voluntary cancellation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from openets.registry import queries as registry
from openets.registry.certificates import NoSuchCertificate, read_code
from openets.web.guards import public
from openets.web.registry_transactions.page import part_rows

NOT_FOUND = 404


@require_safe
@public
def ask(request: HttpRequest) -> HttpResponse:
    """A box to type a code into."""
    code = read_code(request.GET.get("code", ""))
    if code:
        return redirect("certificate", code=code)
    return render(request, "web/registry_transactions/certificate.html", {"code": ""})


@require_safe
@public
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """What was cancelled under a code, held against the journal (证书核验). Source: CQETS-5.2c."""
    template = "web/registry_transactions/certificate.html"
    try:
        shown = registry.certificate(code)
    except NoSuchCertificate as refusal:
        context = {"code": code, "refused": refusal}
        return render(request, template, context, status=NOT_FOUND)
    parts = part_rows(shown.cancelled)
    return render(request, template, {"code": shown.code, "shown": shown, "parts": parts})
