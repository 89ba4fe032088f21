"""Pages of the operating rules: every version with its review, and one version."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.kernel.acting import Acting
from openets.parties.roles import Role
from openets.supervision import operations, rules
from openets.supervision.models import RuleVersion
from openets.web import clock, words
from openets.web.forms import ActForm, Done, acted
from openets.web.guards import acting_of, public
from openets.web.language import Said
from openets.web.supervision.forms import (
    ApproveForm,
    DraftForm,
    PublishForm,
    ReturnForm,
    SubmitForm,
)

APPROVERS = {
    "registration": (Role.CITY_BUREAU,),
    "trading": (Role.CITY_BUREAU, Role.FINANCIAL_REGULATOR),
}


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version with where its review stands."""

    version: RuleVersion
    kind: Said
    article: str
    state: Said
    in_force: bool


def kinds_seen(acting: Acting) -> dict[str, bool]:
    """Which kinds of rules somebody sees, and whether drafts too: their own, or the reviewers'."""
    return {
        name: acting.role == kind.role or acting.role in APPROVERS[name]
        for name, kind in rules.KINDS.items()
    }


def rows(acting: Acting, today: date) -> list[VersionRow]:
    """Every version somebody may see, the newest first of each kind."""
    found = []
    for name, drafts in kinds_seen(acting).items():
        current = rules.in_force(name, today)
        for version in RuleVersion.objects.filter(kind=name).order_by("-number"):
            row = _row(version, current)
            if drafts or rules.state(version) == "published":
                found.append(row)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@public
def versions(request: HttpRequest) -> HttpResponse:
    """The published rules for everybody, drafts for their author and their reviewers."""
    acting = acting_of(request)
    own = next((name for name, kind in rules.KINDS.items() if kind.role == acting.role), "")
    form = DraftForm.of(request) if own else None

    def draft(data: dict[str, Any]) -> Done:
        version = operations.draft_rules(
            kind=own, title=data["title"], text=data["text"], acting=acting, at=clock.now(request)
        )
        return Done(_address(version), Said("草案已保存", "The draft is saved"))

    leave = acted(request, form, draft) if form else None
    if leave:
        return leave
    context = {"rows": rows(acting, clock.today(request)), "form": form}
    return render(
        request, "web/supervision/rules.html", context, status=form.status if form else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@public
def version(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """One version: its text, its review, and what may be done with it now."""
    acting = acting_of(request)
    if kind not in rules.KINDS:
        raise Http404(kind)
    found = get_object_or_404(RuleVersion, kind=kind, number=number)
    stands = rules.state(found)
    if stands != "published" and not kinds_seen(acting)[kind]:
        raise Http404(number)
    forms = _forms(request, found, stands, acting)
    for form in forms:
        leave = acted(request, form, _act(request, found, form, acting))
        if leave:
            return leave
    row = _row(found, rules.in_force(kind, clock.today(request)))
    status = max((form.status for form in forms), default=200)
    return render(
        request, "web/supervision/version.html", {"row": row, "forms": forms}, status=status
    )


def _forms(request: HttpRequest, found: RuleVersion, stands: str, acting: Acting) -> list[ActForm]:
    kind = rules.KINDS[found.kind]
    wanted: list[type[ActForm]] = []
    if acting.role == kind.role and stands == "draft":
        wanted = [SubmitForm]
    elif acting.role == kind.role and stands == "approved":
        wanted = [PublishForm]
    elif acting.role in APPROVERS[found.kind] and stands not in {"draft", "approved", "published"}:
        wanted = [ApproveForm, ReturnForm]
    return [form.of(request) for form in wanted]


def _act(request: HttpRequest, found: RuleVersion, form: ActForm, acting: Acting) -> Any:
    moment = clock.now(request)

    def do(data: dict[str, Any]) -> Done:
        given: dict[str, Any] = {"version": found, "acting": acting, "at": moment}
        if isinstance(form, ApproveForm):
            operations.approve_rules(effective_date=data["effective_date"], **given)
        elif isinstance(form, ReturnForm):
            operations.return_rules(reasons=data["reasons"], **given)
        elif isinstance(form, PublishForm):
            operations.publish_rules(**given)
        else:
            operations.submit_rules(**given)
        return Done(_address(found), Said(f"已办理：{form.verb.zh}", f"Done: {form.verb.en}"))

    return do


def _row(version: RuleVersion, current: RuleVersion | None) -> VersionRow:
    kind = rules.KINDS[version.kind]
    return VersionRow(
        version=version,
        kind=Said(kind.zh, kind.en),
        article=kind.article,
        state=words.state_of(kind.procedure, rules.state(version)),
        in_force=version == current,
    )


def _address(version: RuleVersion) -> str:
    return reverse("rule_version", args=[version.kind, version.number])
