"""Changes of registration (变更登记), their report, and the data other departments supply."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.casework import queries as casework
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.roster import operations as roster
from openets.roster import queries as lists
from openets.roster.plan import ChangeKind, UnitClass
from openets.roster.procedures import CHANGE
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.parts import Choice
from openets.web.roster.casework import KINDS
from openets.web.roster.forms import (
    ChangeForm,
    DivisionForm,
    FiguresForm,
    MergerForm,
    RenameForm,
)
from openets.web.roster.page import ChangeRow, HeldRow, ReportPage

REPORT, SUPPLY = "roster.report_change", "roster.supply_figures"
FEWEST_SUCCESSORS = 2


@require_safe
@within("change_registration.read")
def changes(request: HttpRequest) -> HttpResponse:
    """The reported changes within reach. Source: CQETS-14.2."""
    acting = acting_of(request)
    reach = parties.within_reach(acting, "change_registration.read")
    rows = [
        ChangeRow(
            change=change,
            case=case.pk,
            kind=KINDS[ChangeKind(change.kind)],
            organisation=change.organisation.name,
            state=words.state_of(CHANGE, case.state),
        )
        for change, case in lists.changes(reach)
    ]
    context = {"rows": rows, "may_report": acting.role == Role.KEY_EMITTING_ENTITY}
    return render(request, "web/roster/changes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@within(REPORT)
def report(request: HttpRequest) -> HttpResponse:
    """An entity reports a change: its kind, for a division the successors, then the form.

    Source: CQETS-14.2.
    """
    acting = acting_of(request)
    own = parties.organisation(acting.organisation)
    kind = request.GET.get("kind", ChangeKind.RENAME.value)
    entities = list(parties.of_role(Role.KEY_EMITTING_ENTITY))
    wanted = [code for code in request.GET.getlist("successor") if code]
    chosen = [o for o in entities if o.code in wanted]
    held = lists.held_t(own)
    form = _form(request, kind, acting, entities, chosen, held)
    if form:

        def do(data: dict[str, Any]) -> Done:
            change = roster.report_change(
                organisation=own,
                plan=form.plan(),
                reason=data["reason"],
                acting=acting,
                at=clock.now(request),
            )
            case = casework.case(CHANGE, change.subject)
            assert case is not None, "it was opened with the report"
            said = Said("变更已报告市生态环境局", "The change is reported to the city bureau")
            return Done(reverse("case", args=[case.pk]), said)

        answer = acted(request, form, do)
        if answer:
            return answer
    page = ReportPage(
        kind=kind,
        kinds=[Choice(name.value, label) for name, label in KINDS.items()],
        held=[
            HeldRow(words.unit_label(unit, vintage, "free"), held_t)
            for (unit, vintage), held_t in sorted(held.items())
        ],
        organisations=[Choice(o.code, o.name) for o in entities],
        chosen=[o.code for o in chosen],
        form=form,
    )
    status = form.status if form else 200
    return render(request, "web/roster/report.html", {"page": page}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@within(SUPPLY)
def figures(request: HttpRequest) -> HttpResponse:
    """A department supplies statistics or base data of its sector. Source: CQETS-4.3, CQETS-4.5.

    Rows that cannot stand are told with their numbers; the others are kept.
    """
    acting, form = acting_of(request), FiguresForm.of(request)
    context: dict[str, Any] = {"form": form}

    def do(data: dict[str, Any]) -> Done:
        text = data["file"].read().decode("utf-8-sig", errors="replace")
        supplied = roster.supply_figures(
            text.splitlines(),
            source=parties.organisation(acting.organisation),
            law=law(settings.JURISDICTION),
            acting=acting,
            at=clock.now(request),
        )
        context["supplied"] = supplied
        kept = len(supplied.figures)
        return Done(reverse("figures"), Said(f"已接收 {kept} 条", f"{kept} rows are kept"))

    answer = acted(request, form, do)
    if answer and not context["supplied"].rejected:
        return answer
    status = 200 if "supplied" in context else form.status
    return render(request, "web/roster/figures.html", context, status=status)


def _form(
    request: HttpRequest,
    kind: str,
    acting: Acting,
    entities: list[Organisation],
    chosen: list[Organisation],
    held: Mapping[UnitClass, Tonnes],
) -> ChangeForm | None:
    """The form of a kind of change; that of a division follows once its successors are chosen."""
    match kind:
        case ChangeKind.RENAME:
            return RenameForm.of(request, own=acting.organisation)
        case ChangeKind.MERGER:
            return MergerForm.of(
                request, own=acting.organisation, organisations=entities, held=_held_by
            )
        case ChangeKind.DIVISION if len(chosen) >= FEWEST_SUCCESSORS:
            return DivisionForm.of(request, own=acting.organisation, successors=chosen, held=held)
    return None


def _held_by(code: str) -> Mapping[UnitClass, Tonnes]:
    return lists.held_t(parties.organisation(code))
