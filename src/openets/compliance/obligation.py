"""What must be surrendered (清缴) for a year, by when, and how much of it is done."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from openets.kernel.clock import market_date
from openets.kernel.quantity import Exact, Tonnes, plain
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, NotSet, NoValueForTime, Rule, UnknownRule

NOTHING = Tonnes(0)


class NotWholeTonnes(Refusal):
    """Units are whole tonnes."""

    code = "not_whole_tonnes"
    article = "CQETS-26"
    zh = "数量 {amount} 不是整数吨"
    en = "The quantity {amount} is not a whole number of tonnes"
    remedy_zh = "请填写整数吨"
    remedy_en = "Give whole tonnes"


class NotPositive(Refusal):
    """A quantity of nothing, or less than nothing, is no quantity."""

    code = "not_positive"
    article = "CQETS-26"
    zh = "数量 {amount} 吨过小，至少为 {least} 吨"
    en = "The quantity {amount} t is too small; the least is {least} t"
    remedy_zh = "请填写不小于 {least} 的整数吨"
    remedy_en = "Give {least} t or more"


class NotNotified(Refusal):
    """No verified amount has been told to the entity, so nothing can be surrendered against it."""

    code = "not_notified"
    article = "CQ208-2"
    zh = "{year} 年度经核查排放量尚未告知，不能办理"
    en = "The verified emissions of {year} have not been notified; nothing can be done against them"
    remedy_zh = "请等待核查结果告知后再办理"
    remedy_en = "Wait for the verification result"


class AboveObligation(Refusal):
    """The surrender is more than is owed, and the duty is equality."""

    code = "above_obligation"
    zh = "清缴 {quantity_t} 吨超过 {year} 年度尚需清缴的 {open_t} 吨"
    en = "A surrender of {quantity_t} t is more than the {open_t} t still owed for {year}"
    remedy_zh = "请改为不超过 {open_t} 吨"
    remedy_en = "Surrender {open_t} t or less"


class ExcessNotConfirmed(AboveObligation):
    """More than is owed is accepted, and not returned, once the entity says so."""

    code = "excess_not_confirmed"
    remedy_zh = "请改为不超过 {open_t} 吨，或明确确认超出部分不予退还"
    remedy_en = "Surrender {open_t} t or less, or confirm that the excess is not returned"


class ExtensionNotAllowed(Refusal):
    """The jurisdiction knows no extension for one entity."""

    code = "extension_not_allowed"
    zh = "不得延长清缴期限"
    en = "The surrender deadline may not be extended"


class ExtensionNotLater(Refusal):
    """An extension gives more time, never less."""

    code = "extension_not_later"
    article = "CQ208-2b"
    zh = "延期至 {to} 并不晚于现期限 {deadline}"
    en = "An extension to {to} is not later than the deadline {deadline}"
    remedy_zh = "请填写晚于现期限的日期"
    remedy_en = "Give a day after the present deadline"


@dataclass(frozen=True, slots=True)
class Obligation:
    """The surrender duty (应清缴配额量) of one entity and year, in whole tonnes CO2e.

    `verified_t` is None until the verified amount is notified. Source: CQETS-26, AMB-38.
    """

    year: int
    verified_t: Tonnes | None
    surrendered_t: Tonnes = NOTHING
    offset_t: Tonnes = NOTHING

    @property
    def counted_t(self) -> Tonnes:
        """Allowances surrendered and offsets confirmed."""
        return Tonnes(self.surrendered_t + self.offset_t)

    @property
    def open_t(self) -> Tonnes:
        """What is still owed; nothing before the notification."""
        return Tonnes(max(0, (self.verified_t or 0) - self.counted_t))

    @property
    def excess_t(self) -> Tonnes:
        """What counts beyond the duty, as after a verified amount was lowered (AMB-31)."""
        return Tonnes(max(0, self.counted_t - (self.verified_t or 0)))

    @property
    def is_fulfilled(self) -> bool:
        """Whether a notified duty is met in full."""
        return self.verified_t is not None and self.open_t == 0


def countable(
    amount: Exact, *, least: int = 1, field: str | None = None, row: int | None = None
) -> Tonnes:
    """Take an amount as whole tonnes, never rounding it.

    Source: CQETS-26, CQVER-26.3.

    Raises:
        NotWholeTonnes, NotPositive.
    """
    if Fraction(amount).denominator != 1:
        raise NotWholeTonnes(field=field, row=row, amount=plain(amount))
    if amount < least:
        raise NotPositive(field=field, row=row, amount=plain(amount), least=least)
    return Tonnes(int(amount))


def check_surrender(
    *, obligation: Obligation, quantity: Exact, excess: Rule, confirmed: bool = False
) -> Tonnes:
    """Accept a quantity for surrender (清缴), in whole tonnes.

    `excess` is the card surrender.excess; `confirmed` says that the entity accepts not getting an
    excess back. Source: CQETS-26, CQ208-2, CNETS-30, AMB-29.

    Raises:
        NotWholeTonnes, NotPositive, NotNotified, AboveObligation, ExcessNotConfirmed.
    """
    quantity_t = countable(quantity, field="amount")
    if obligation.verified_t is None:
        raise NotNotified(year=obligation.year)
    if quantity_t > obligation.open_t:
        may_confirm = excess.text == "allow_with_confirmation"
        if not (may_confirm and confirmed):
            refusal = ExcessNotConfirmed if may_confirm else AboveObligation
            raise refusal(
                field="amount",
                article=excess.cite.source,
                year=obligation.year,
                quantity_t=quantity_t,
                open_t=obligation.open_t,
            )
    return quantity_t


def surrender_deadline(*, law: Law, year: int) -> date | None:
    """The last day to surrender (清缴期限) for a year, or None where none is set.

    Source: CQ208-2b, AMB-60.
    """
    try:
        return law.for_year("compliance.deadline", year).day
    except (UnknownRule, NoValueForTime, NotSet):
        return None


def extended_deadline(*, deadline: date, to: date, allowed: Rule) -> date:
    """The deadline after an extension recorded for one entity. Source: AMB-31.

    Raises:
        ExtensionNotAllowed, ExtensionNotLater.
    """
    if not allowed.flag:
        raise ExtensionNotAllowed(article=allowed.cite.source)
    if to <= deadline:
        raise ExtensionNotLater(deadline=deadline.isoformat(), to=to.isoformat())
    return to


def is_on_time(*, moment: datetime, deadline: date | None) -> bool:
    """Whether a moment lies before the end of the deadline's day in the market's time zone.

    Without a deadline nothing is late. Source: CQ208-2b, AMB-60.
    """
    return deadline is None or market_date(moment) <= deadline


def counts_from(
    *, entered_at: datetime, executed_at: datetime | None, timestamp: Rule
) -> datetime | None:
    """The moment a surrender counts from, or None while the registry has not executed it.

    `timestamp` is the card surrender.timestamp. Source: CQETS-26, CQ208-2, AMB-28.
    """
    if executed_at is None:
        return None
    return entered_at if timestamp.text == "entry" else executed_at
