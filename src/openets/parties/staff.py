"""Staff of authorities and operators take no part in trading (从业人员禁止交易)."""

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from openets.kernel.refusal import Refusal
from openets.parties.models import Membership
from openets.parties.roles import STAFF


class StaffMustNotTrade(Refusal):
    """Who works for an authority or an operator of the market takes no part in trading."""

    code = "staff_must_not_trade"
    article = "CQVER-37"
    zh = "{person} 是 {organisation} 的工作人员，不得参与交易，也不得为交易主体办理交易业务"
    en = "{person} works for {organisation} and may not trade, nor act for a participant"
    remedy_zh = "请由与主管部门和运行机构无任职关系的人员办理"
    remedy_en = "Let somebody act who works for no authority and no operator"


def must_not_be_staff(username: str, on: date) -> None:
    """Refuse a person who works for an authority or operator on a day (从业人员禁止交易).

    Asked before a person trades, applies for a trading account or comes to act for a participant.
    Source: CQVER-37, CNETS-12.2.

    Raises:
        StaffMustNotTrade.
    """
    for refusal in barred_among([username], on).values():
        raise refusal


def barred_among(usernames: Collection[str], on: date) -> dict[str, StaffMustNotTrade]:
    """Who of these works for an authority or operator on a day, each with the refusal.

    Source: CQVER-37, CNETS-12.2.
    """
    rows = Membership.objects.filter(role__in=STAFF, from_date__lte=on)
    rows = rows.filter(Q(until_date=None) | Q(until_date__gt=on), person__username__in=usernames)
    return {
        row.person.username: StaffMustNotTrade(
            person=row.person.display_name, organisation=row.organisation.name
        )
        for row in rows.select_related("person", "organisation")
    }
