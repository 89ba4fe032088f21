"""The three grounds on which an entity leaves the list, and what each needs. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openets.kernel.explain import Explanation, Step, given
from openets.kernel.quantity import Exact, plain
from openets.kernel.refusal import Refusal
from openets.roster.inclusion import reaches_scale
from openets.rulebook.load import Law, NotSet, NoValueForTime


class NoGroundForRemoval(Refusal):
    """None of the conditions is met."""

    code = "no_ground_for_removal"
    article = "CQETS-10"
    zh = "不符合移出名录的条件：{why_zh}"
    en = "The condition for removal is not met: {why_en}"
    remedy_zh = "须连续两年低于标准、停产关闭且不再排放，或已纳入全国市场名录，并提交依据"
    remedy_en = "Show years below the scale, an end of all emissions, or the national list"


@dataclass(frozen=True, slots=True)
class BelowScale:
    """Years in a row below the scale (连续两年未达到), shown by verified emissions."""

    article = "CQETS-10.i1"


@dataclass(frozen=True, slots=True)
class Ceased:
    """Production ended and with it all emissions (停业、关闭). Both are needed."""

    ceased_date: date
    emissions_tco2e: Decimal
    evidence: str

    article = "CQETS-10.i2"


@dataclass(frozen=True, slots=True)
class National:
    """On the national market's list from a year on (纳入全国碳市场)."""

    from_year: int
    evidence: str
    remaining_tco2e: Decimal = Decimal(0)
    """What stays outside the national market, as of an enterprise with a captive power plant."""

    article = "CQETS-10.i3"


Ground = BelowScale | Ceased | National


def years_below(
    emissions: Mapping[int, Exact], *, before_year: int, on: date, law: Law
) -> list[int]:
    """The years in a row below the scale that end with the last year known, or none.

    `emissions` are final verified tCO2e by year. Each year is held against the scale in force for
    it; a year without a scale breaks the row, and so does one without figures unless the rules
    ignore it. Source: CQETS-10.i1, AMB-11.
    """
    needed = law.on("list.removal_years_below", on).whole
    ignores_gaps = law.on("list.removal_missing_year", on).text == "ignored"
    known = sorted(year for year in emissions if year < before_year)
    row: list[int] = []
    for year in reversed(range(known[0], known[-1] + 1) if known else ()):
        if year not in emissions and ignores_gaps:
            continue
        if year not in emissions or not _is_below(emissions[year], year, law):
            break
        row.insert(0, year)
        if len(row) == needed:
            return row
    return []


def check_ground(
    ground: Ground, *, emissions: Mapping[int, Exact], effective_year: int, on: date, law: Law
) -> Explanation:
    """Show that an entity may leave the list on this ground (移出条件).

    Source: CQETS-10, CQETS-10.i1, CQETS-10.i2, CQETS-10.i3.

    Raises:
        NoGroundForRemoval.
    """
    match ground:
        case BelowScale():
            return _below_scale(emissions, effective_year, on, law)
        case Ceased():
            return _ceased(ground, on)
        case National():
            return _national(ground, effective_year, law)


def _below_scale(
    emissions: Mapping[int, Exact], effective_year: int, on: date, law: Law
) -> Explanation:
    years = years_below(emissions, before_year=effective_year, on=on, law=law)
    if not years:
        needed = law.on("list.removal_years_below", on).whole
        told = ", ".join(f"{y}: {plain(t)} t" for y, t in sorted(emissions.items()))
        raise NoGroundForRemoval(
            article=BelowScale.article,
            why_zh=f"未连续 {needed} 年低于标准（{told}）",
            why_en=f"not below the scale for {needed} years in a row ({told})",
        )
    steps = (
        Step(
            title=f"Verified emissions of {year} below the scale",
            title_zh=f"{year}年度经核查排放量低于纳入标准",
            formula="emissions < scale",
            given=(given("emissions", emissions[year], "tCO2e", "verified report"),),
            result=plain(law.for_year("list.threshold_tco2e", year).number),
            unit="tCO2e",
            cites=(law.for_year("list.threshold_tco2e", year).cite,),
        )
        for year in years
    )
    return Explanation(tuple(steps))


def _ceased(ground: Ceased, on: date) -> Explanation:
    if ground.emissions_tco2e != 0:
        raise NoGroundForRemoval(
            article=Ceased.article,
            why_zh=f"仍有排放 {plain(ground.emissions_tco2e)} 吨",
            why_en=f"it still emits {plain(ground.emissions_tco2e)} t",
        )
    if ground.ceased_date > on or not ground.evidence.strip():
        raise NoGroundForRemoval(
            article=Ceased.article,
            why_zh="停产尚未发生或没有依据",
            why_en="the end of production lies ahead or is not evidenced",
        )
    return _stated("Production ended", "停产关闭", ground.ceased_date.isoformat(), ground.evidence)


def _national(ground: National, effective_year: int, law: Law) -> Explanation:
    if effective_year < ground.from_year or not ground.evidence.strip():
        raise NoGroundForRemoval(
            article=National.article,
            why_zh=f"{effective_year} 年度尚未纳入全国市场名录或没有依据",
            why_en=f"it is not on the national list of {effective_year}, or without evidence",
        )
    if reaches_scale(ground.remaining_tco2e, year=effective_year, law=law):
        raise NoGroundForRemoval(
            article=National.article,
            why_zh=f"其余部分 {plain(ground.remaining_tco2e)} 吨仍达到标准",
            why_en=f"the rest, {plain(ground.remaining_tco2e)} t, still reaches the scale",
        )
    return _stated("On the national list", "纳入全国市场", str(ground.from_year), ground.evidence)


def _stated(title: str, title_zh: str, result: str, evidence: str) -> Explanation:
    origin = (given("evidence", evidence),)
    return Explanation(
        (Step(title=title, title_zh=title_zh, formula="as shown", result=result, given=origin),)
    )


def _is_below(emissions: Exact, year: int, law: Law) -> bool:
    try:
        return not reaches_scale(emissions, year=year, law=law)
    except (NoValueForTime, NotSet):
        return False
