"""The government reserve (政府预留配额) and the market's total (配额总量)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from openets.kernel.explain import Explanation, Step, given
from openets.kernel.quantity import Tonnes, floor_tonnes
from openets.rulebook.load import Law


class Allocated(Protocol):
    """An entity's allowance in whole tonnes: as calculated, and with relief or as decided."""

    @property
    def allowance_t(self) -> int:
        """Before the exemption."""

    @property
    def determined_t(self) -> int:
        """As it is issued."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """The entities' sum, the reserve and their total for a year, in whole tonnes CO2e."""

    entities_sum_t: Tonnes
    reserve_t: Tonnes
    total_t: Tonnes
    explanation: Explanation


def entities_sum(*, allocations: Iterable[Allocated], year: int, law: Law) -> Tonnes:
    """Add up the entities' allowances for the reserve, exemption included unless read otherwise.

    Pre-allocations of the next year are not part of it. Source: CQ208-A1.2 (AMB-24).
    """
    included = law.for_year("alloc.reserve_exemption", year).text == "included"
    return Tonnes(sum(one.determined_t if included else one.allowance_t for one in allocations))


def reserve_of(*, entities_sum_t: Tonnes, year: int, law: Law) -> Reserve:
    """Reckon the reserve as its share of the total that contains it, rounded down.

    Source: CQ208-A1.2 (AMB-24; the other reading takes the share of the entities' sum).
    """
    assert entities_sum_t >= 0, "allowances are not negative"
    share = law.for_year("alloc.reserve_share", year)
    base = law.for_year("alloc.reserve_base", year)
    part = Fraction(share.number)
    if base.text == "total":
        formula, ratio = "entities' sum × share / (1 - share)", part / (1 - part)
    else:
        formula, ratio = "entities' sum × share", part
    reserve_t = floor_tonnes(entities_sum_t * ratio)
    step = Step(
        title="Government reserve",
        title_zh="政府年度预留配额",
        formula=formula,
        given=(
            given("entities' sum", entities_sum_t, "tCO2e"),
            given("share", share.number, share.unit),
        ),
        result=str(reserve_t),
        unit="tCO2e",
        cites=(share.cite, base.cite),
        rounding="rounded down to whole tonnes (AMB-24)",
    )
    total_t = Tonnes(entities_sum_t + reserve_t)
    return Reserve(entities_sum_t, reserve_t, total_t, Explanation((step,)))
