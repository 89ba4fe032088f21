"""Sums of accounted lines: by source, in all, and without the captive power plant."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from openets.kernel.quantity import Tonnes, half_up_tonnes
from openets.mrv.accounting.account import AccountedLine, exact_text
from openets.mrv.accounting.activity import CaptiveAboveTotal, Source

TOTAL_ROUNDING = "exact sum, half-up to whole tonnes (AMB-03)"


@dataclass(frozen=True, slots=True)
class Totals:
    """Exact sums in tCO2e, and the whole tonnes they come to."""

    by_source: dict[Source, Fraction]
    captive_exact: Fraction

    @property
    def direct_exact(self) -> Fraction:
        """What the enterprise itself emits, less what its products keep (直接排放)."""
        return self._sum(energy=False)

    @property
    def indirect_exact(self) -> Fraction:
        """Of electricity and heat, bought less sold (间接排放)."""
        return self._sum(energy=True)

    @property
    def exact(self) -> Fraction:
        """All of it."""
        return self.direct_exact + self.indirect_exact

    @property
    def total_t(self) -> Tonnes:
        """The total, rounded once from the exact sum. Source: AMB-03."""
        return half_up_tonnes(self.exact)

    @property
    def managed_exact(self) -> Fraction:
        """What is left of the total when the captive power plant's part is deducted."""
        return self.exact - self.captive_exact

    @property
    def managed_t(self) -> Tonnes:
        """What is left, rounded once. Source: CQ208-A1.1.1b, AMB-03."""
        return half_up_tonnes(self.managed_exact)

    @property
    def captive_t(self) -> Tonnes:
        """The difference of the two rounded figures, so that the three always add up."""
        return Tonnes(self.total_t - self.managed_t)

    def _sum(self, *, energy: bool) -> Fraction:
        found = (one for source, one in self.by_source.items() if source.is_energy is energy)
        return sum(found, Fraction(0))


def total_of(lines: Iterable[AccountedLine]) -> Totals:
    """Add up lines by source and split off the captive power plant (自备电厂).

    Source: CQETS-24, CQ208-A1.1.1b.

    Raises:
        CaptiveAboveTotal: deductions leave less than the captive plant alone emits.
    """
    by_source: dict[Source, Fraction] = {}
    captive = Fraction(0)
    for line in lines:
        source = line.activity.source
        by_source[source] = by_source.get(source, Fraction(0)) + line.tco2e
        captive += line.captive_tco2e
    totals = Totals(by_source, captive)
    if captive > max(totals.exact, Fraction(0)):
        raise CaptiveAboveTotal(
            field="captive_quantity",
            captive=exact_text(captive),
            total=exact_text(totals.exact),
            unit="tCO2e",
        )
    return totals
