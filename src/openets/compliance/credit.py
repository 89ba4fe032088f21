"""The surrender status handed to the environmental credit evaluation (信用评价)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from openets.compliance import duties
from openets.compliance.duty import Standing, Status
from openets.compliance.obligation import is_on_time, surrender_deadline
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law


class CreditStatus(StrEnum):
    """How an entity met a duty, as the evaluation asks."""

    FULFILLED = "fulfilled"
    LATE = "late"
    NOT_FULFILLED = "not_fulfilled"


class CreditNotDue(Refusal):
    """How a duty was met is known after its deadline."""

    code = "credit_not_due"
    article = "CQETS-32"
    zh = "{year} 年度清缴期限 {deadline} 尚未届满，不能推送清缴情况"
    en = "The deadline of {year}, {deadline}, has not passed; there is no status to hand over"
    remedy_zh = "请于期限次日办理"
    remedy_en = "Do it the day after"


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One entity and year: how the duty was met, and what is open still, in tonnes."""

    organisation: Organisation
    year: int
    status: CreditStatus
    open_t: Tonnes


@transaction.atomic
def export_credit(*, year: int, law: Law, acting: Acting, at: datetime) -> list[CreditRow]:
    """Hand over how every entity met its duty of a year; each time is journalled with its content.

    Entities taken off the list have no duty and no row, nor has yet whoever was given a later
    deadline. Source: CQETS-32, CQ208-5.1b, AMB-31.

    Raises:
        NotYourRole, CreditNotDue.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-32")
    deadline, today = surrender_deadline(law=law, year=year), market_date(at)
    if deadline is None or is_on_time(moment=at, deadline=deadline):
        raise CreditNotDue(year=year, deadline=deadline)
    at_deadline = duties.standings(year, law, on=today, at_deadline=True)
    now = {standing.entity: standing for standing in duties.standings(year, law, on=today)}
    rows = _rows(year, [(then, now[then.entity]) for then in at_deadline])
    journal.record(
        operation="compliance.export_credit",
        subject=f"credit/{year}",
        acting=acting,
        at=at,
        article="CQETS-32",
        content={"rows": [[r.organisation.code, r.status.value, r.open_t] for r in rows]},
    )
    return rows


def _rows(year: int, standings: Sequence[tuple[Standing, Standing]]) -> list[CreditRow]:
    found = parties.organisations([then.entity for then, _ in standings])
    organisations = {organisation.code: organisation for organisation in found}
    return [
        CreditRow(organisations[then.entity], year, _status(then, now), now.open_t)
        for then, now in standings
        if now.status in {Status.FULFILLED, Status.OVERDUE}
    ]


def _status(then: Standing, now: Standing) -> CreditStatus:
    if now.status != Status.FULFILLED:
        return CreditStatus.NOT_FULFILLED
    return CreditStatus.FULFILLED if then.status == Status.FULFILLED else CreditStatus.LATE
