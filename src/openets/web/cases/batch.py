"""Decisions on a selected list of cases (批量办理): all or none, by each room's own operation."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from openets.allocation import operations as allocation
from openets.casework import operations as casework
from openets.casework.models import Case
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.mrv import operations as mrv
from openets.rulebook.load import Law

Decide = Callable[[Case, str, Law, Acting, datetime], object]


class NotInBatches(Refusal):
    """A decision that needs more than one reason for all is made case by case."""

    code = "not_in_batches"
    zh = "“{procedure}”的“{move}”不能批量办理"
    en = "“{move}” of “{procedure}” is not decided in batches"
    remedy_zh = "可批量办理：{known}"
    remedy_en = "Decided in batches: {known}"


def _receive_paper(case: Case, reason: str, law: Law, acting: Acting, at: datetime) -> None:
    mrv.receive_paper(organisations=[case.organisation], year=case.year, acting=acting, at=at)


def _return_report(case: Case, reason: str, law: Law, acting: Acting, at: datetime) -> None:
    mrv.return_report(
        organisation=case.organisation, year=case.year, reasons=reason, acting=acting, at=at
    )


def _notify_result(case: Case, reason: str, law: Law, acting: Acting, at: datetime) -> None:
    mrv.notify_results(
        organisations=[case.organisation], year=case.year, law=law, acting=acting, at=at
    )


def _uphold_result(case: Case, reason: str, law: Law, acting: Acting, at: datetime) -> None:
    mrv.decide_objection(
        organisation=case.organisation,
        year=case.year,
        corrected=None,
        reasons=reason,
        acting=acting,
        at=at,
    )


def _uphold_allowance(case: Case, reason: str, law: Law, acting: Acting, at: datetime) -> None:
    allocation.decide_objection(
        organisation=case.organisation,
        year=case.year,
        determined_t=None,
        reasons=reason,
        law=law,
        acting=acting,
        at=at,
    )


def _dismiss_risk(case: Case, reason: str, law: Law, acting: Acting, at: datetime) -> None:
    allocation.dismiss_risk(
        organisation=case.organisation, year=case.year, reasons=reason, acting=acting, at=at
    )


DECISIONS: Mapping[tuple[str, str], Decide] = {
    ("emission_report", "receive_paper"): _receive_paper,
    ("emission_report", "return"): _return_report,
    ("verification", "notify"): _notify_result,
    ("verification", "decide"): _uphold_result,
    ("determination", "decide"): _uphold_allowance,
    ("pre_allocation", "dismiss_risk"): _dismiss_risk,
}
"""What may be decided for many at once. A review decided so upholds; a correction has figures."""


@transaction.atomic
def decide(
    procedure: str,
    move: str,
    numbers: Sequence[int],
    *,
    reason: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> int:
    """Make one decision on every case of the list, with one reason, or on none; tell how many.

    Raises:
        NotInBatches, NoSuchCase.
        Refusal: the first one of the rooms, its `row` being the place on the list.
    """
    if (procedure, move) not in DECISIONS:
        known = ", ".join(f"{name}/{step}" for name, step in DECISIONS)
        raise NotInBatches(procedure=procedure, move=move, known=known)
    wanted = list(dict.fromkeys(numbers))
    cases = {case.pk: case for case in casework.lock_cases(procedure, wanted)}
    for row, number in enumerate(wanted, start=1):
        if number not in cases:
            raise casework.NoSuchCase(row=row, procedure=procedure, subject=number)
        try:
            DECISIONS[procedure, move](cases[number], reason, law, acting, at)
        except Refusal as refusal:
            refusal.row = row
            raise
    return len(wanted)
