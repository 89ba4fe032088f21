"""Stopping the accounts of a unit that left the list and did not close them in time (停止使用)."""

from datetime import date, datetime, timedelta

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import locks
from openets.registry.kinds import PARTICIPANT_KINDS, LockCause
from openets.registry.measures import MeasureKind
from openets.registry.models import Measure, Position, RegistryAccount
from openets.registry.orders import OpenOrders
from openets.registry.parts import Part
from openets.registry.restricting import Decision, carry_out, decide
from openets.rulebook.load import Law, NotSet, NoValueForTime, UnknownRule

ARTICLE = "BJETS-9.3"


class StillTimeToClose(Refusal):
    """A unit that left the list may close its account until the last day."""

    code = "still_time_to_close"
    article = ARTICLE
    zh = "{holder} 可在 {last_day} 前（含当日）注销账户，尚不能停止使用"
    en = "{holder} may close its account until {last_day}, that day included; it is not stopped yet"
    remedy_zh = "请于期满次日起办理"
    remedy_en = "Come back on the day after"


def last_day_to_close(removed_date: date, *, law: Law) -> date | None:
    """The last day on which a unit that left the list may close its accounts (注销账户).

    None where the law sets no such time. Source: BJETS-9.3.
    """
    try:
        years = law.on("list.account_closing_years", removed_date).whole
    except (NotSet, NoValueForTime, UnknownRule):
        return None
    return _years_later(removed_date, years)


@transaction.atomic
def decide_stop(
    *,
    holder: Organisation,
    removed_date: date,
    decision: str,
    reference: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> Measure:
    """Decide that a unit's accounts are stopped, the time to close them being over (停止使用).

    The last day is the same date `list.account_closing_years` after its removal from the list.
    Source: BJETS-9.3, AMB-33.

    Raises:
        NotYourRole, StillTimeToClose, DocumentMissing, MeasureExists.
    """
    acting.must_be(Role.CITY_BUREAU, article=ARTICLE)
    years = law.on("list.account_closing_years", removed_date).whole
    last_day = _years_later(removed_date, years)
    if market_date(at) <= last_day:
        raise StillTimeToClose(holder=holder.name, last_day=last_day)
    asked = Decision(
        holder=holder,
        kind=MeasureKind.STOP,
        bars=(),
        allows=(),
        reason=f"{removed_date} 移出名录，逾期未注销账户",
        decision=decision,
        from_date=last_day + timedelta(days=1),
        until_date=None,
        reference=reference,
    )
    return decide(asked, acting=acting, at=at)


@transaction.atomic
def stop_accounts(*, measure: Measure, orders: OpenOrders, acting: Acting, at: datetime) -> None:
    """Stop a unit's accounts and lock whatever is on them, for decision. Source: AMB-33.

    Its open orders leave the market first, so that what they held is locked too.

    Raises:
        NotYourRole, WrongState, SamePerson.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, article=ARTICLE)
    carry_out(measure, orders, acting, at)
    found = RegistryAccount.objects.filter(holder=measure.holder, kind__in=PARTICIPANT_KINDS)
    wanted = [(account, _free_parts(account), measure.reference) for account in found]
    held = [each for each in wanted if each[1]]
    if held:
        locks.place(held, LockCause.OTHER, ARTICLE, acting, at)


def _free_parts(account: RegistryAccount) -> tuple[Part, ...]:
    """What stands on an account without a lock or an order."""
    positions = Position.objects.filter(account=account).select_related("lot")
    balances = ledger.locked_balances([p.ledger_account for p in positions])
    return tuple(
        Part(p.lot, p.traded, Tonnes(balances[p.ledger_account].own))
        for p in positions
        if balances[p.ledger_account].own > 0
    )


def _years_later(day: date, years: int) -> date:
    """The same date some years later; of a leap day the last of February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, day.month, day.day - 1)
