"""Where the moves of operating rules and questions are made: on the room's own pages."""

from collections.abc import Mapping

from django.urls import reverse

from openets.casework.models import Case
from openets.supervision.procedures import QUESTION, REGISTRATION_RULES, TRADING_RULES
from openets.web.cases.action import CaseAction, Elsewhere
from openets.web.language import Said


def _rules_page(case: Case) -> str:
    return reverse("operating_rules")


def _assistance_page(case: Case) -> str:
    return reverse("assistance")


ON_THEIR_PAGE = Elsewhere(Said("在业务规则页面办理", "On the page of the rules"), _rules_page)
ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    **{
        (procedure.name, move): ON_THEIR_PAGE
        for procedure in (REGISTRATION_RULES, TRADING_RULES)
        for move in procedure.moves
    },
    **{
        (QUESTION.name, move): Elsewhere(
            Said("由帮扶联系人在帮扶咨询页面答复", "The contact answers it on the assistance page"),
            _assistance_page,
        )
        for move in QUESTION.moves
    },
}
