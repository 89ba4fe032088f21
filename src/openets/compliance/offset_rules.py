"""The offset (抵销) rule of a jurisdiction and year, and the cap it gives."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from openets.kernel.quantity import Tonnes, floor_tonnes
from openets.rulebook.load import Law, Rule


@dataclass(frozen=True, slots=True)
class OffsetRules:
    """The offset rule of one jurisdiction and year; None where it sets no such limit."""

    kinds: Rule
    ratio: Rule
    cap_share: Rule
    cap_base: Rule
    city_share_min: Rule | None
    circle_share_max: Rule | None
    elsewhere: Rule | None
    composition_test: Rule | None
    types_allow: Rule | None
    types_deny: Rule | None

    @classmethod
    def of(cls, law: Law, year: int) -> Self:
        """Read the rule of a year. Source: CQETS-27, CQVER-26.2, AMB-34, AMB-35, AMB-36.

        Raises:
            NoValueForTime, NotSet, DraftOnly, UnknownRule: no rule, no offset.
        """

        def optional(name: str) -> Rule | None:
            key = f"offset.{name}"
            return law.for_year(key, year) if key in law and law.is_set(key) else None

        return cls(
            cap_share=law.for_year("offset.cap_share", year),
            cap_base=law.for_year("offset.cap_base", year),
            ratio=law.for_year("offset.ratio", year),
            kinds=law.for_year("offset.kinds", year),
            city_share_min=optional("in_city_share_min"),
            circle_share_max=optional("circle_share_max"),
            elsewhere=optional("elsewhere"),
            composition_test=optional("composition_test"),
            types_allow=optional("types_allow"),
            types_deny=optional("types_deny"),
        )


def offset_cap_t(*, rules: OffsetRules, verified_t: Tonnes) -> Tonnes:
    """The most reductions (抵销比例) an entity may use for the year, rounded down.

    Source: CQ208-A1.5.2b, CNETS-31, BJETS-28, AMB-03, AMB-34.
    """
    share = Fraction(rules.cap_share.number)
    if rules.cap_base.text == "after_offset":
        # x <= share * (verified - x): the base is what stays to be surrendered after the offset.
        share /= 1 + share
    return floor_tonnes(share * verified_t)
