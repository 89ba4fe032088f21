"""The page of the assistance group: ask, answer, assign."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Person
from openets.parties.roles import Role
from openets.supervision import assistance, operations
from openets.supervision.models import Question
from openets.web import clock
from openets.web.context import compliance_year
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.supervision.forms import AnswerForm, AskForm, AssignForm

PER_PAGE = 50


class NoSuchPerson(Refusal):
    """Nobody has the account."""

    code = "no_such_person"
    zh = "没有账号 {account}"
    en = "There is no account {account}"
    remedy_zh = "请核对账号"
    remedy_en = "Check the account"


@require_http_methods(["GET", "HEAD", "POST"])
@within("assistance.read")
def page(request: HttpRequest) -> HttpResponse:
    """An entity asks its contact; contacts answer; the city bureau assigns them."""
    acting = acting_of(request)
    if acting.role == Role.KEY_EMITTING_ENTITY:
        return _entity(request, acting)
    return _bureau(request, acting)


def _entity(request: HttpRequest, acting: Acting) -> HttpResponse:
    entity, form = parties.organisation(acting.organisation), AskForm.of(request)

    def ask(data: dict[str, Any]) -> Done:
        operations.ask(
            organisation=entity,
            text=data["text"],
            reference=data["reference"],
            acting=acting,
            at=clock.now(request),
        )
        return Done(reverse("assistance"), Said("咨询已提交", "Your question is sent"))

    leave = acted(request, form, ask)
    if leave:
        return leave
    context = {
        "contact": assistance.contact_of(entity),
        "questions": assistance.questions_of(entity),
        "form": form,
    }
    return render(request, "web/supervision/ask.html", context, status=form.status)


def _bureau(request: HttpRequest, acting: Acting) -> HttpResponse:
    answer_form, assign_form = AnswerForm.of(request), AssignForm.of(request)

    def answer(data: dict[str, Any]) -> Done:
        question = Question.objects.filter(pk=data["question"]).first()
        if question is None:
            raise Http404
        operations.answer(
            question=question, text=data["text"], acting=acting, at=clock.now(request)
        )
        return Done(reverse("assistance"), Said("已答复", "Answered"))

    def assign(data: dict[str, Any]) -> Done:
        contact = Person.objects.filter(username=data["contact"]).first()
        if contact is None:
            raise NoSuchPerson(field="contact", account=data["contact"])
        entity = parties.entity(data["number"])
        operations.assign_contact(
            organisation=entity, contact=contact, acting=acting, at=clock.now(request)
        )
        who = contact.display_name
        said = Said(f"{entity.name} 的联系人：{who}", f"{who} helps {entity.name}")
        return Done(reverse("assistance"), said)

    assigns = acting.role == Role.CITY_BUREAU
    leave = acted(request, answer_form, answer) or (
        acted(request, assign_form, assign) if assigns else None
    )
    if leave:
        return leave
    waiting = [
        (question, _answer_form(request, question, answer_form))
        for question in assistance.questions_for(acting.person)
    ]
    year = compliance_year(request)
    without = assistance.without_contact(year) if year and assigns else Person.objects.none()
    context = {
        "waiting": waiting,
        "assign": assign_form if assigns else None,
        "without": Paginator(without, PER_PAGE).get_page(request.GET.get("page")),
        "year": year,
        "synthetic": settings.DEMO,
    }
    status = max(answer_form.status, assign_form.status)
    return render(request, "web/supervision/assist.html", context, status=status)


def _answer_form(request: HttpRequest, question: Question, sent: AnswerForm) -> AnswerForm:
    """The form under a question: as sent, if it was this question's."""
    if sent.is_bound and str(sent.data.get("question")) == str(question.pk):
        return sent
    fresh = AnswerForm(initial={"question": question.pk})
    fresh.auto_id = f"answer{question.pk}_%s"
    return fresh
