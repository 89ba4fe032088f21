"""What softens a gap: exemption (配额缺口豁免), advance use (预支) and pre-allocation (预分配)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from openets.kernel.explain import Step, given
from openets.kernel.quantity import Tonnes, floor_tonnes, half_up, half_up_tonnes, plain
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, NoValueForTime

ReliefKind = Literal["none", "share", "tonnes"]


class NegativeVerifiedAmount(Refusal):
    """Verified emissions below zero cannot be measured against."""

    code = "negative_verified_amount"
    article = "CQ208-A1.5.3"
    zh = "经核查年度排放量为负数：{verified_t} 吨"
    en = "The verified emissions are negative: {verified_t} t"
    remedy_zh = "请更正核查结果"
    remedy_en = "Correct the verification result"


class AdvanceAboveLimit(Refusal):
    """More is asked in advance than the gap above the limit, or than is left frozen."""

    code = "advance_above_limit"
    article = "CQ208-A1.5.3b"
    zh = (
        "申请预支 {requested_t} 吨，超过可预支的 {limit_t} 吨"
        "（按缺口 {by_gap_t} 吨，冻结余额 {frozen_t} 吨）"
    )
    en = (
        "{requested_t} t asked in advance exceed the {limit_t} t allowed "
        "({by_gap_t} t by the gap, {frozen_t} t left frozen)"
    )
    remedy_zh = "请将申请量减至 {limit_t} 吨以内"
    remedy_en = "Ask for {limit_t} t at most"


@dataclass(frozen=True, slots=True)
class Relief:
    """The gap of an entity and year, and the allowance determined after the exemption."""

    kind: ReliefKind
    gap_t: Tonnes
    gap_ratio: Decimal | None
    determined_t: Tonnes
    steps: tuple[Step, ...]


def relieve(*, verified_t: Tonnes, allowance_t: Tonnes, year: int, law: Law) -> Relief:
    """Test the gap (配额缺口) of whole tonnes against both limits and add what the plan adds.

    Gap = verified emissions - allowance, negative where there is a surplus; its ratio to the
    verified emissions has 6 decimals and none where nothing was emitted.
    Source: CQ208-4.1, CQ208-A1.5.3 (AMB-21).

    Raises:
        NegativeVerifiedAmount.
    """
    if verified_t < 0:
        raise NegativeVerifiedAmount(verified_t=verified_t)
    gap_t = Tonnes(verified_t - allowance_t)
    share = law.for_year("alloc.gap_exempt_share", year)
    tonnes = law.for_year("alloc.gap_exempt_tonnes", year)
    floor_share = law.for_year("alloc.gap_exempt_floor_share", year)
    floor_minus = law.for_year("alloc.gap_exempt_floor_minus_tonnes", year)
    mode = law.for_year("alloc.gap_exempt_mode", year)
    kind, due_t = _due(
        mode.text,
        over_share=gap_t > Fraction(share.number) * verified_t,
        over_tonnes=gap_t > tonnes.number,
        by_share_t=half_up_tonnes(Fraction(floor_share.number) * verified_t),
        by_tonnes_t=Tonnes(verified_t - floor_minus.whole),
    )
    determined_t = allowance_t if due_t is None else max(allowance_t, due_t)
    ratio = half_up(Fraction(gap_t, verified_t), 6) if verified_t else None
    gap_step = Step(
        title="Gap",
        title_zh="配额缺口",
        formula="verified emissions - allowance",
        given=(
            given("verified emissions", verified_t, "tCO2e"),
            given("allowance", allowance_t, "tCO2e"),
        ),
        result=str(gap_t),
        unit="tCO2e",
        cites=(share.cite,),
        note="" if ratio is None else f"ratio to the verified emissions {format(ratio, 'f')}",
    )
    relief_step = Step(
        title="Gap exemption",
        title_zh="配额缺口豁免",
        formula="gap > limit: allowance = max(allowance, share of verified, verified - tonnes)",
        given=(
            given("limit, share", share.number, share.unit),
            given("limit, tonnes", tonnes.number, tonnes.unit),
            given("resulting share", floor_share.number, floor_share.unit),
            given("resulting difference", floor_minus.number, floor_minus.unit),
            given("reading", mode.text),
        ),
        result=str(determined_t),
        unit="tCO2e",
        cites=(share.cite, tonnes.cite, floor_share.cite, floor_minus.cite, mode.cite),
        rounding="limits compared exactly; share of verified emissions half-up to whole tonnes",
        note=f"exemption +{determined_t - allowance_t} t, relief: {kind}",
    )
    return Relief(kind, gap_t, ratio, determined_t, (gap_step, relief_step))


def _due(
    mode: str, *, over_share: bool, over_tonnes: bool, by_share_t: Tonnes, by_tonnes_t: Tonnes
) -> tuple[ReliefKind, Tonnes | None]:
    """Which limb binds and the allowance due by it. Where both give the same, it is the share."""
    if mode == "most_favourable" and (over_share or over_tonnes):
        return ("share", by_share_t) if by_share_t >= by_tonnes_t else ("tonnes", by_tonnes_t)
    if mode == "share_only" and over_share:
        return "share", by_share_t
    if mode == "tonnes_only" and over_tonnes:
        return "tonnes", by_tonnes_t
    if mode == "both_required" and over_share and over_tonnes:
        return ("share", by_share_t) if by_share_t <= by_tonnes_t else ("tonnes", by_tonnes_t)
    return "none", None


def advance_limit(
    *, verified_t: Tonnes, allowance_t: Tonnes, determined_t: Tonnes, year: int, law: Law
) -> tuple[Tonnes, Step]:
    """The part of the gap that the next year's pre-allocation may cover (预支), rounded down.

    Measured after the exemption unless the reading says before. The frozen quantity left limits
    it further: see `share_out_frozen`. Source: CQ208-A1.5.3b (AMB-22).
    """
    share = law.for_year("alloc.advance_gap_share", year)
    basis = law.for_year("alloc.advance_gap_basis", year)
    held_t = determined_t if basis.text == "after_exemption" else allowance_t
    limit_t = floor_tonnes(
        max(Fraction(0), verified_t - held_t - Fraction(share.number) * verified_t)
    )
    return limit_t, Step(
        title="Advance use, at most",
        title_zh="可预支上限",
        formula="max(0, verified emissions - allowance - share × verified emissions)",
        given=(
            given("verified emissions", verified_t, "tCO2e"),
            given(f"allowance {basis.text.replace('_', ' ')}", held_t, "tCO2e"),
            given("share", share.number, share.unit),
        ),
        result=str(limit_t),
        unit="tCO2e",
        cites=(share.cite, basis.cite),
        rounding="rounded down to whole tonnes (AMB-03)",
    )


def share_out_frozen(*, limits_t: Mapping[int, Tonnes], frozen_t: Tonnes) -> dict[int, Tonnes]:
    """Grant advances from the frozen pre-allocation, the earlier year first (AMB-22)."""
    granted, left = {}, frozen_t
    for year in sorted(limits_t):
        granted[year] = Tonnes(min(limits_t[year], left))
        left = Tonnes(left - granted[year])
    return granted


def check_advance(*, requested_t: Tonnes, limit_t: Tonnes, frozen_t: Tonnes) -> None:
    """Refuse a request for advance use above its limit. Source: CQ208-A1.5.3b.

    Raises:
        AdvanceAboveLimit.
    """
    allowed = min(limit_t, frozen_t)
    if requested_t > allowed:
        raise AdvanceAboveLimit(
            requested_t=requested_t, limit_t=allowed, by_gap_t=limit_t, frozen_t=frozen_t
        )


def pre_allocation(
    *, allowance_t: Tonnes, determined_t: Tonnes, year: int, law: Law
) -> tuple[Tonnes, Step] | None:
    """The frozen allocation of the year after `year`, whole tonnes half-up; none without a rule.

    Source: CQ208-A1.4b, CQ208-4.2 (AMB-23).
    """
    try:
        share = law.for_year("alloc.preallocation_share", year + 1)
    except NoValueForTime:
        return None
    base = law.for_year("alloc.prealloc_base", year + 1)
    of_t = determined_t if base.text == "determined" else allowance_t
    exact = share.number * of_t
    amount_t = half_up_tonnes(exact)
    return amount_t, Step(
        title=f"Pre-allocation of {year + 1}",
        title_zh=f"{year + 1} 年度预分配配额",
        formula="share × allowance",
        given=(
            given("share", share.number, share.unit),
            given(f"allowance, {base.text}", of_t, "tCO2e"),
        ),
        result=str(amount_t),
        unit="tCO2e",
        cites=(share.cite, base.cite),
        rounding=f"half-up to whole tonnes from {plain(exact)} (AMB-03)",
    )


@dataclass(frozen=True, slots=True)
class TrueUp:
    """What the final allowance still brings, or what it leaves owed."""

    issue_t: Tonnes
    claim_t: Tonnes


def true_up(*, final_t: Tonnes, pre_allocated_t: Tonnes, year: int, law: Law) -> TrueUp:
    """Settle a pre-allocation against the final allowance of its `year` (AMB-23).

    The excess of the final allowance is issued; a shortfall is a claim, or dropped if the reading
    says none.
    """
    difference = final_t - pre_allocated_t
    claims = law.for_year("alloc.prealloc_trueup", year).text == "claim"
    return TrueUp(
        issue_t=Tonnes(max(0, difference)),
        claim_t=Tonnes(max(0, -difference) if claims else 0),
    )
