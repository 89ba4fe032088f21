"""Whether an entity belongs on the list: its industry and its scale. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from openets.kernel.explain import Explanation, Step, given
from openets.kernel.quantity import Exact, plain
from openets.rulebook.load import Law


@dataclass(frozen=True, slots=True)
class YearEmissions:
    """What an enterprise emitted in a year, in tCO2e, and its energy use in tonnes of coal."""

    total_tco2e: Decimal
    power_tco2e: Decimal = Decimal(0)
    """Of its power plants, captive ones included (自备电厂): managed by the national market."""
    energy_tce: Decimal | None = None

    @property
    def managed_tco2e(self) -> Decimal:
        """The part that belongs to this market."""
        return self.total_tco2e - self.power_tco2e


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Whether the standard is met, by which year, and with what working."""

    included: bool
    flagged: bool
    """The coal equivalent says otherwise than the emissions: a person should look."""
    year: int | None
    """The year with the largest part managed here, in which the standard is tested."""
    managed_tco2e: Decimal
    explanation: Explanation


def reaches_scale(tested_tco2e: Exact, *, year: int, law: Law) -> bool:
    """Whether emissions in tCO2e reach the scale in force for a year (达到纳入标准).

    Source: CQETS-7, CQ208-A1.1.1, AMB-07.

    Raises:
        NoValueForTime: no scale was in force.
    """
    threshold = law.for_year("list.threshold_tco2e", year).number
    exceeds_only = law.for_year("list.threshold_operator", year).text == ">"
    return tested_tco2e > threshold if exceeds_only else tested_tco2e >= threshold


def inclusion(
    emissions: Mapping[int, YearEmissions], *, industrial: bool, year: int, law: Law
) -> Inclusion:
    """Test an enterprise for the list of a year by its emissions of the reference years.

    One year that reaches the scale is enough. What its power plants emit is deducted before the
    test, or after it where the rules say so; an enterprise of which nothing is left is not
    included. Source: CQETS-7, CQ208-A1.1.1, CQ208-A1.1.1b, CQ208-A1.1.2, AMB-07, AMB-09.

    Raises:
        NoValueForTime: the list of that year has no scale or no reference years.
    """
    scale = law.for_year("list.threshold_tco2e", year)
    years = law.for_year("list.reference_years", year).items
    found = {y: emissions[y] for y in years if y in emissions}
    steps = []
    flagged = included = False
    for tested_year, figures in found.items():
        reached, coal = _tests(figures, year, law)
        met = industrial and figures.managed_tco2e > 0 and _meets(reached, coal, year, law)
        included |= met
        flagged |= coal is not None and coal != reached
        steps.append(
            Step(
                title=f"Inclusion test of {tested_year}",
                title_zh=f"{tested_year}年度纳入测算",
                formula="total - power",
                given=(
                    given("total", figures.total_tco2e, "tCO2e"),
                    given("power", figures.power_tco2e, "tCO2e"),
                    given("scale", scale.number, "tCO2e"),
                    given("industrial", "yes" if industrial else "no"),
                ),
                result=plain(figures.managed_tco2e),
                unit="tCO2e",
                cites=(scale.cite,),
                note="meets the standard" if met else "does not meet the standard",
            )
        )
    largest = max(found, key=lambda y: found[y].managed_tco2e, default=None)
    return Inclusion(
        included=included,
        flagged=flagged,
        year=largest,
        managed_tco2e=found[largest].managed_tco2e if largest else Decimal(0),
        explanation=Explanation(tuple(steps)),
    )


def _tests(figures: YearEmissions, year: int, law: Law) -> tuple[bool, bool | None]:
    """Whether the emissions reach the scale, and whether the coal equivalent does, if known."""
    before_deduction = law.for_year("list.captive_power_test", year).text == "gross"
    tested = figures.total_tco2e if before_deduction else figures.managed_tco2e
    reached = reaches_scale(tested, year=year, law=law)
    if figures.energy_tce is None:
        return reached, None
    return reached, figures.energy_tce >= law.for_year("list.threshold_tce_indicative", year).number


def _meets(reached: bool, coal: bool | None, year: int, law: Law) -> bool:
    match law.for_year("list.tce_mode", year).text:
        case "alternative":
            return reached or bool(coal)
        case "both":
            return reached and bool(coal)
        case _:
            return reached
