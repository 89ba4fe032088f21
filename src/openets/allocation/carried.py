"""What earlier years leave to an allowance: its own pre-allocation, and claims. Pure."""

from dataclasses import dataclass

from openets.allocation.relief import true_up
from openets.kernel.citation import Citation
from openets.kernel.explain import Step, given
from openets.kernel.quantity import Tonnes
from openets.rulebook.load import Law

CARRY = "alloc.deduction_carry_remainder"
"""Whether what claims exceed an allowance is carried to the years after (AMB-26)."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Whole tonnes: issued before, deducted for claims, left to issue, and claimed anew.

    `lapsed_t` is what of the claims is neither deducted nor carried on.
    """

    pre_issued_t: Tonnes
    deducted_t: Tonnes
    to_issue_t: Tonnes
    claim_t: Tonnes
    lapsed_t: Tonnes
    steps: tuple[Step, ...]


def carry(
    *,
    determined_t: int,
    pre_issued_t: int,
    claims_t: int,
    estimates_t: int = 0,
    year: int,
    law: Law,
) -> Carried:
    """Settle an allowance against its pre-allocation and the claims of earlier years.

    The rest is issued, never less than nothing; what claims exceed stays a claim or, under the
    other reading, lapses. `estimates_t` is the part of the claims that was decided after estimates.
    Source: CQ208-4.2c, CNETS-43b, AMB-23, AMB-26, AMB-62.
    """
    left_t, claim_t, steps = determined_t, 0, []
    if pre_issued_t:
        settled = true_up(
            final_t=Tonnes(determined_t),
            pre_allocated_t=Tonnes(pre_issued_t),
            year=year,
            law=law,
        )
        left_t, claim_t = settled.issue_t, settled.claim_t
        reading = law.for_year("alloc.prealloc_trueup", year)
        steps.append(
            Step(
                title="Pre-allocation of the year settled",
                title_zh="与预分配配额结算",
                formula="allowance - pre-allocated; below zero it is a claim",
                given=(
                    given("allowance", determined_t, "tCO2e"),
                    given("pre-allocated", pre_issued_t, "tCO2e"),
                ),
                result=str(determined_t - pre_issued_t),
                unit="tCO2e",
                cites=(reading.cite,),
            )
        )
    deducted_t = min(claims_t, left_t)
    lapsed_t = 0
    if claims_t:
        carrying = law.for_year(CARRY, year)
        lapsed_t = 0 if carrying.flag else claims_t - deducted_t
        steps.append(
            Step(
                title="Claims of earlier years deducted",
                title_zh="抵扣以前年度应扣回配额",
                formula="the claims, up to what is left to issue",
                given=(
                    given("claims", claims_t, "tCO2e"),
                    given("of them after an estimate", estimates_t, "tCO2e"),
                    given("left to issue", left_t, "tCO2e"),
                ),
                result=str(-deducted_t),
                unit="tCO2e",
                cites=(*_sources(claims_t, estimates_t), carrying.cite),
                note=f"{lapsed_t} t lapse" if lapsed_t else "",
            )
        )
    return Carried(
        Tonnes(pre_issued_t),
        Tonnes(deducted_t),
        Tonnes(left_t - deducted_t),
        Tonnes(claim_t),
        Tonnes(lapsed_t),
        tuple(steps),
    )


def _sources(claims_t: int, estimates_t: int) -> tuple[Citation, ...]:
    found = [Citation(source="CQ208-4.2c")] if claims_t > estimates_t else []
    return (*found, Citation(source="CNETS-43b")) if estimates_t else tuple(found)
