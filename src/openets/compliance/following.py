"""What follows for a duty and its offset cap when the verified result is corrected (AMB-31)."""

from datetime import datetime

from openets.compliance import duties
from openets.compliance.amending import correct_duty
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.kernel.acting import Acting
from openets.mrv.corrections import Correction, Followed
from openets.rulebook.load import Law


def follow_by_duty(correction: Correction, law: Law, acting: Acting, at: datetime) -> Followed:
    """Put the corrected amount in the place of the notified one; an excess opens its case.

    Source: CQETS-25.2b, AMB-31.
    """
    before_t = duties.lock(correction.organisation, correction.year).verified_t
    if before_t is None:
        return Followed("尚无清缴义务", "There is no duty yet")
    duty = correct_duty(
        organisation=correction.organisation, year=correction.year, law=law, acting=acting, at=at
    )
    excess = duty.excess_t
    return Followed(
        f"应清缴量已更正{f'，多缴 {excess} 吨待退还' if excess else ''}",
        f"The duty is corrected{f'; {excess} t in excess wait for their return' if excess else ''}",
        before_t,
        duty.verified_t,
    )


def follow_by_cap(correction: Correction, law: Law, _acting: Acting, _at: datetime) -> Followed:
    """Tell the offset cap that follows; offsets confirmed above it stay, and are named.

    The cap itself is never kept: it follows from the duty. Source: CQ208-A1.5.2b, AMB-34.
    """
    duty = duties.obligation(correction.organisation, correction.year)
    if duty.verified_t is None:
        return Followed("尚无清缴义务", "There is no duty yet")
    rules = OffsetRules.of(law, correction.year)
    before_t = offset_cap_t(rules=rules, verified_t=correction.before_tco2e)
    after_t = offset_cap_t(rules=rules, verified_t=duty.verified_t)
    above_t = max(0, duty.offset_t * rules.ratio.whole - after_t)
    return Followed(
        f"抵销上限已更正{f'，已确认抵销超出 {above_t} 吨' if above_t else ''}",
        f"The offset cap is corrected{f'; {above_t} t confirmed exceed it' if above_t else ''}",
        before_t,
        after_t,
    )
