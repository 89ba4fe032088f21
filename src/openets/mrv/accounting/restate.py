"""Restating: accounted lines once more with another factor set, both versions kept (修正)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from openets.kernel.citation import Citation
from openets.kernel.explain import Given, Step, given
from openets.kernel.refusal import Refusal
from openets.mrv.accounting.account import AccountedLine, exact_text, worked_line
from openets.mrv.accounting.factors import FactorSet


class NothingToRestate(Refusal):
    """Without stored activity data a restatement cannot be made."""

    code = "nothing_to_restate"
    article = "CQ208-A1.M.2.2d"
    zh = "无法修正：没有可用于重新核算的活动数据"
    en = "Correction impossible: there are no stored activity data to account for again"
    remedy_zh = "请补充该年度的活动数据"
    remedy_en = "Supply the activity data of that year"


@dataclass(frozen=True, slots=True)
class Restated:
    """The lines as reported, untouched, the same lines by another set, and the change."""

    reported: tuple[AccountedLine, ...]
    restated: tuple[AccountedLine, ...]
    step: Step

    @property
    def change_tco2e(self) -> Fraction:
        """Restated less reported, exactly."""
        return _sum(self.restated) - _sum(self.reported)


def restate(*, reported: Sequence[AccountedLine], factors: FactorSet) -> Restated:
    """Account for reported lines again with the `factors` of another year.

    What was measured stays measured; only defaults move. This is the one operation that uses a
    set for a year it does not cover. Source: CQ208-A1.M.2.2d, CQ208-A1.M.3.2d, AMB-18.

    Raises:
        NothingToRestate: there are no lines.
        UnknownItem, NoDefault: the other set lacks a factor, and the calculation stops.
    """
    if not reported:
        raise NothingToRestate
    restated = tuple(worked_line(activity=one.activity, factors=factors) for one in reported)
    before, after = _sum(reported), _sum(restated)
    step = Step(
        title="Restatement with another factor set",
        title_zh="以其他因子集修正",
        formula="restated - reported",
        given=(
            given("restated", exact_text(after), "tCO2e", _set(factors)),
            *_reported(reported, before),
        ),
        result=exact_text(after - before),
        unit="tCO2e",
        cites=(Citation(source="CQ208-A1.M.2.2d"),),
        rounding="none",
    )
    return Restated(tuple(reported), restated, step)


def _reported(lines: Sequence[AccountedLine], before: Fraction) -> tuple[Given, ...]:
    sets = dict.fromkeys(_set(line.factors) for line in lines)
    return (given("reported", exact_text(before), "tCO2e", "; ".join(sets)),)


def _set(factors: FactorSet) -> str:
    return f"factor set {factors.name}, sha256 {factors.digest[:16]}, GWP {factors.gwp.name}"


def _sum(lines: Sequence[AccountedLine]) -> Fraction:
    return sum((line.tco2e for line in lines), Fraction(0))
