"""Whether an account may be used: the one check that every movement passes."""

from datetime import datetime

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.registry.measures import BAR_TITLES, MEASURES, Bar, MeasureKind
from openets.registry.models import Measure, RegistryAccount


class AccountClosed(Refusal):
    """A closed account takes part in nothing."""

    code = "account_closed"
    article = "AMB-33"
    zh = "账户 {account} 已于 {closed_at} 销户，不能办理业务"
    en = "The account {account} was closed on {closed_at}"
    remedy_zh = "如需继续办理，请重新开户"
    remedy_en = "Open a new account"


class AccountRestricted(Refusal):
    """A measure on the participant bars what it asks for."""

    code = "account_restricted"
    article = "CQETS-30"
    zh = "{holder} 被采取“{measure_zh}”措施（{decision}，{from_date}至{until_zh}），不得{bar_zh}"
    en = "{holder} is under {measure_en} ({decision}, {from_date} to {until_en}): no {bar_en}"
    remedy_zh = "请按决定整改，措施解除后再办理；清缴不受影响的，仍可清缴"
    remedy_en = "Put right what the decision asks for; what the measure allows may still be done"


def must_be_usable(account: RegistryAccount, kind: str, *, acting: Acting, at: datetime) -> None:
    """Refuse a movement of a kind that the account may not take part in now.

    Measures bar what the holder itself does; what an authority or operator does to the account
    goes on. Source: CQETS-30, AMB-33.

    Raises:
        AccountClosed, AccountRestricted.
    """
    if account.closed_at:
        raise AccountClosed(account=account.number, closed_at=market_date(account.closed_at))
    if not account.measured or acting.organisation != account.holder.code:
        return
    for measure in Measure.objects.on(market_date(at)).filter(holder=account.holder_id):
        if Bar.TRANSFER in measure.bars and kind not in measure.allows:
            raise barred(measure, Bar.TRANSFER)


def barred(measure: Measure, bar: Bar) -> AccountRestricted:
    """The refusal of what a measure bars."""
    rule = MEASURES[MeasureKind(measure.kind)]
    until = measure.until_date
    return AccountRestricted(
        article=rule.article,
        holder=measure.holder.name,
        measure_zh=rule.zh,
        measure_en=rule.en.lower(),
        decision=measure.decision,
        from_date=measure.from_date,
        until_zh=until or "解除",
        until_en=until or "its lifting",
        bar_zh=BAR_TITLES[bar][0],
        bar_en=BAR_TITLES[bar][1],
    )
