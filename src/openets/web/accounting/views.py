"""The accounting page: rows in, emissions with why; nothing is kept, so everybody may use it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from openets.kernel.refusal import Refusal
from openets.mrv.accounting.factors import factor_set
from openets.web.accounting import page
from openets.web.accounting.forms import AccountingForm
from openets.web.forms import HTTP_UNPROCESSABLE
from openets.web.guards import public


@require_http_methods(["GET", "HEAD", "POST"])
@public
def accounting(request: HttpRequest) -> HttpResponse:
    """Account for the rows that were sent (核算). Source: CQETS-24."""
    form = AccountingForm(request.POST if request.method == "POST" else None)
    chosen = form["factors"].value()
    context: dict[str, Any] = {"form": form, "refused": None}
    if form.is_bound and form.is_valid():
        try:
            context["reports"] = page.shown(**form.cleaned_data)
        except Refusal as refusal:
            context["refused"] = refusal
    is_done = not form.is_bound or "reports" in context
    if not form.errors:
        context["chosen"] = factor_set(chosen)
        context["defaults"] = page.defaults(factor_set(chosen))
    status = 200 if is_done else HTTP_UNPROCESSABLE
    return render(request, "web/accounting/page.html", context, status=status)
