"""Which allowances may be surrendered for which year."""

from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law


class UntradedFreeAllowance(Refusal):
    """Old free allowances that never changed hands in the market do not count."""

    code = "untraded_free_allowance"
    article = "CQ208-3b"
    zh = "{vintage} 年度无偿取得且未在市场中交易过的配额，不得用于 {year} 年度清缴"
    en = "Free allowances of {vintage} never traded in the market cannot be surrendered for {year}"
    remedy_zh = "请使用其他配额清缴，或在市场中购买配额"
    remedy_en = "Surrender other allowances, or buy some in the market"


def is_usable(*, law: Law, year: int, vintage: int, is_free: bool, was_traded: bool) -> bool:
    """Whether a lot of allowances may serve the surrender (清缴) of `year`.

    Source: CQ208-3b, CQETS-26.2b, AMB-30.

    Raises:
        NoValueForTime: a year without the rule.
    """
    if law.for_year("registry.carryover_rule", year).text == "general_rule_only":
        return True
    excluded = law.for_year("registry.carryover_excluded_years", year).items
    return not is_free or was_traded or vintage not in excluded


def check_usable(*, law: Law, year: int, vintage: int, is_free: bool, was_traded: bool) -> None:
    """Refuse a lot of allowances that may not serve the surrender (清缴) of `year`.

    Source: CQ208-3b, AMB-30.

    Raises:
        UntradedFreeAllowance; NoValueForTime for a year without the rule.
    """
    if not is_usable(law=law, year=year, vintage=vintage, is_free=is_free, was_traded=was_traded):
        raise UntradedFreeAllowance(vintage=vintage, year=year)
