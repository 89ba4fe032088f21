"""What each form on the page of a work does: one operation of the room."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from openets.casework.documents import add_document
from openets.kernel.acting import Acting
from openets.paper import operations as papers
from openets.rulebook.load import law
from openets.verification import operations as verification
from openets.verification.models import Work
from openets.verification.operations import Asked
from openets.verification.procedures import WORK
from openets.web import clock
from openets.web.cases.access import store
from openets.web.forms import ActForm, Done
from openets.web.guards import acting_of
from openets.web.language import Said
from openets.web.paper.issue import issued_at, printing
from openets.web.verification.forms import (
    DeclareForm,
    FindingForm,
    MarkForm,
    PaperForm,
    TeamForm,
    VisitForm,
)


class Given(TypedDict):
    """What every operation of a work is given."""

    work: Work
    acting: Acting
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkActs:
    """The acts on one work, for whoever asks; `form` is the one that was sent."""

    request: HttpRequest
    work: Work
    form: ActForm

    def do(self, data: dict[str, Any]) -> Done:
        """Do what the form asks with its fields; raises what the operation refuses."""
        match self.form:
            case TeamForm():
                return self._here(self._name_team(self.form, data))
            case DeclareForm():
                return self._here(self._declare())
            case MarkForm():
                return self._here(self._mark(data))
            case VisitForm():
                return self._here(self._record_visit(data))
            case FindingForm():
                return self._here(self._raise_finding(self.form, data))
            case PaperForm():
                return self._print_report(data)
        raise AssertionError(f"no act of a work: {type(self.form).__name__}")

    @property
    def _given(self) -> Given:
        return {"work": self.work, "acting": acting_of(self.request), "at": clock.now(self.request)}

    def _here(self, said: Said) -> Done:
        return Done(reverse("verification_work", args=[self.work.pk]), said)

    def _name_team(self, form: TeamForm, data: dict[str, Any]) -> Said:
        verification.name_team(
            lead=form.people[data["lead"]],
            members=[form.people[key] for key in data["members"]],
            reviewer=form.people[data["reviewer"]],
            law=law(settings.JURISDICTION),
            **self._given,
        )
        return Said("核查组已组建", "The team is named")

    def _declare(self) -> Said:
        verification.declare_own_independence(**self._given)
        return Said("已声明", "Declared")

    def _mark(self, data: dict[str, Any]) -> Said:
        verification.mark_item(
            item=data["item"], is_right=data["is_right"], note=data["note"], **self._given
        )
        return Said("评审结论已记录", "The mark is kept")

    @transaction.atomic
    def _record_visit(self, data: dict[str, Any]) -> Said:
        verification.record_visit(
            place=data["place"],
            began_at=data["began_at"],
            ended_at=data["ended_at"],
            questions=[Asked(data["person"], data["question"], data["answer"])],
            reference=data["reference"],
            **self._given,
        )
        if data["photo"]:
            self._file_photo(data["photo"])
        return Said("现场核查已记录", "The visit is recorded")

    def _file_photo(self, photo: Any) -> None:
        add_document(
            WORK,
            self.work.subject,
            kind="site_photo",
            name=photo.name or "",
            content=photo.read(),
            store=store(),
            law=law(settings.JURISDICTION),
            acting=acting_of(self.request),
            at=clock.now(self.request),
        )

    def _raise_finding(self, form: FindingForm, data: dict[str, Any]) -> Said:
        line, product, figure = form.figures.get(data["figure"], ("", "", ""))
        raised = verification.raise_finding(
            kind=data["kind"],
            text=data["text"],
            line=line,
            product=product,
            figure=figure,
            candidate=data["candidate"],
            reference=data["reference"],
            **self._given,
        )
        return Said(f"发现 {raised.number} 已提出", f"Finding {raised.number} is raised")

    def _print_report(self, data: dict[str, Any]) -> Done:
        issued = papers.issue_verification_report(
            printing=printing(self.request, data["reference"]), **self._given
        )
        return Done(issued_at(issued), Said("核查报告已出具", "The report is issued"))
