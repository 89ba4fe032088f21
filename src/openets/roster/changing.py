"""What may happen to a change of registration: reported, confirmed, noticed, registered."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework.operations import NewCase
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.parties import queries as people
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.operations import Portion
from openets.roster.models import Change
from openets.roster.plan import (
    ChangeKind,
    Plan,
    PlanDoesNotFit,
    UnitClass,
    check_conserved,
    check_plan,
)
from openets.roster.procedures import CHANGE
from openets.roster.queries import changes, held_t


class NotAsConfirmed(Refusal):
    """The registry changes what the bureau confirmed, and nothing else."""

    code = "not_as_confirmed"
    article = "CQETS-14.2"
    zh = "变更 {subject} 与市生态环境局确认并抄告的方案不一致"
    en = "The change {subject} is not the one the bureau confirmed and gave notice of"
    remedy_zh = "请按抄告的方案办理；方案有误的，应重新报告"
    remedy_en = "Apply the plan of the notice; report anew if it is wrong"


class ChangeUnderWay(Refusal):
    """An entity changes one thing after the other: the shares of two plans would not add up."""

    code = "change_under_way"
    article = "CQETS-14.2"
    zh = "{name} 已有办理中的变更事项 {subject}"
    en = "{name} has a change under way: {subject}"
    remedy_zh = "请等待该事项办结后再报告"
    remedy_en = "Report it when that one has ended"


@transaction.atomic
def report_change(
    *, organisation: Organisation, plan: Plan, reason: str, acting: Acting, at: datetime
) -> Change:
    """Report a rename, merger or division to the city bureau (报告变更事项). Source: CQETS-14.2.

    Raises:
        NotYourRole, OutsideYourScope, PlanDoesNotFit, ChangeUnderWay.
        NotConserved: the shares are not what the predecessors hold.
    """
    acting.must_be(Role.KEY_EMITTING_ENTITY, article="CQETS-14.2")
    people.must_be_allowed(acting, "roster.report_change", organisation)
    parties.lock_organisations([organisation])
    _must_have_no_open_change(organisation)
    check_plan(plan)
    if organisation.code not in plan.predecessors:
        raise PlanDoesNotFit
    check_conserved(plan, _held(plan))
    change = Change.objects.create(
        organisation=organisation,
        kind=plan.kind,
        plan=plan.as_json(),
        reason=reason,
        reported_at=at,
    )
    new = NewCase(change.subject, organisation, market_date(at).year)
    casework.open_cases(CHANGE, [new], acting=acting, at=at, article="CQETS-14.2")
    return change


@transaction.atomic
def confirm_change(*, change: Change, acting: Acting, at: datetime) -> None:
    """Confirm a reported change (确认), as long as its shares are what is held. Source: CQETS-14.2.

    Raises:
        NotYourRole, WrongState, NotConserved.
    """
    casework.move_cases(CHANGE, "confirm", [change.subject], acting=acting, at=at)
    plan = Plan.from_json(change.plan)
    check_conserved(plan, _held(plan))


def reject_change(*, change: Change, why: str, acting: Acting, at: datetime) -> None:
    """Do not confirm a reported change (不予确认). Source: CQETS-14.2.

    Raises:
        NotYourRole, WrongState.
    """
    casework.move_cases(CHANGE, "reject", [change.subject], acting=acting, at=at, note=why)


def send_notice(*, change: Change, acting: Acting, at: datetime) -> None:
    """Send the registration agency a copy of the confirmation (抄告). Source: CQETS-14.2.

    Raises:
        NotYourRole, WrongState.
    """
    casework.move_cases(CHANGE, "send_notice", [change.subject], acting=acting, at=at)


@transaction.atomic
def register_change(*, change: Change, applied: Plan, acting: Acting, at: datetime) -> None:
    """Change the registration as the copy notice says (办理变更): names, successors, duties.

    `applied` is what the agency is about to register; it must be the confirmed plan. The units
    move with it: whoever is followed keeps only what the plan leaves. Source: CQETS-14.2.

    Raises:
        NotYourRole, NotAsConfirmed, NoAccount, UnitsInOrders, UnitsAwaitDecision.
        NotConserved: what is held changed since the bureau confirmed.
        WrongState: there is no copy notice.
    """
    casework.move_cases(CHANGE, "register", [change.subject], acting=acting, at=at)
    if applied != Plan.from_json(change.plan):
        raise NotAsConfirmed(subject=change.subject)
    involved = {
        o.code: o for o in people.organisations((*applied.predecessors, *applied.successors))
    }
    if applied.kind == ChangeKind.RENAME:
        parties.rename_organisation(
            organisation=change.organisation, name=applied.name, acting=acting, at=at
        )
        return
    # All at once and in one order: changes of the same entities follow each other.
    parties.lock_organisations(involved.values())
    check_conserved(applied, _held(applied))
    for predecessor in applied.predecessors:
        _move_units(change, applied, predecessor, involved, acting, at)
        followed_by = [involved[code] for code in applied.successors if code != predecessor]
        takes_duties = involved[applied.takes_duties]
        parties.record_succession(
            predecessor=involved[predecessor],
            successors=followed_by,
            takes_duties=takes_duties if takes_duties in followed_by else None,
            acting=acting,
            at=at,
        )


def _move_units(
    change: Change,
    plan: Plan,
    predecessor: str,
    involved: Mapping[str, Organisation],
    acting: Acting,
    at: datetime,
) -> None:
    registry.move_for_change(
        predecessor=involved[predecessor],
        portions=[
            Portion(involved[share.successor], share.unit, share.vintage_year, share.amount_t)
            for share in plan.shares
            if share.predecessor == predecessor != share.successor
        ],
        heir=involved[plan.takes_duties] if plan.takes_duties != predecessor else None,
        reference=change.subject,
        acting=acting,
        at=at,
    )


def _held(plan: Plan) -> dict[str, Mapping[UnitClass, Tonnes]]:
    """What each predecessor holds, by class of units."""
    return {o.code: held_t(o) for o in people.organisations(plan.predecessors)}


def _must_have_no_open_change(organisation: Organisation) -> None:
    for change, case in changes([organisation]):
        if not CHANGE.states[case.state].final:
            raise ChangeUnderWay(name=organisation.name, subject=change.subject)
