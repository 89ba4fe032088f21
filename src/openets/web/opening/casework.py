"""Where the moves of an opening are made: on the applicant's pages, or on the office's review."""

from collections.abc import Mapping

from django.urls import reverse

from openets.casework.models import Case
from openets.casework.procedure import Move
from openets.opening.procedures import (
    PLATFORM_CERTIFICATION,
    REGISTRY_OPENING,
    TRADING_OPENING,
)
from openets.parties.roles import Role
from openets.web.cases.action import CaseAction, Elsewhere
from openets.web.language import Said

OFFICES = {Role.REGISTRY_OPERATOR, Role.EXCHANGE_OPERATOR, Role.PLATFORM_OPERATOR}


def _review(case: Case) -> str:
    return reverse("opening_review", args=[case.pk])


def _own(case: Case) -> str:
    return reverse("opening")


REVIEWED = Elsewhere(Said("在开户审核页面办理", "On the page of the review"), _review)
APPLIED = Elsewhere(
    Said("由申请人在开户页面办理", "The applicant does it on the opening page"), _own
)
BY_THE_CLOCK = Elsewhere(Said("到期由系统办理", "The clock does it when the day comes"))


def _place(move: Move) -> Elsewhere:
    if OFFICES & set(move.roles):
        return REVIEWED
    return BY_THE_CLOCK if set(move.roles) == {Role.MARKET_CLOCK} else APPLIED


ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    (procedure.name, name): _place(move)
    for procedure in (REGISTRY_OPENING, TRADING_OPENING, PLATFORM_CERTIFICATION)
    for name, move in procedure.moves.items()
}
