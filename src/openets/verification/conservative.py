"""What stands for a figure that was questioned: corrected, or the careful value. Pure.

A finding that was closed puts its correction in the figure's place. One that was not puts there,
of all values named, the one that costs the entity: the highest emissions, the lowest output.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from openets.kernel.explain import Explanation, Step, given
from openets.kernel.quantity import plain
from openets.mrv.figures import Figures
from openets.rulebook.load import Rule

QUESTIONABLE = {
    "output": ("产量", "output"),
    "co2_t": ("二氧化碳排放量", "CO₂"),
    "non_co2_t": ("其他温室气体排放量", "other gases"),
}
"""The figures a finding may concern, in words."""
CONSERVATIVE = "conservative"


@dataclass(frozen=True, slots=True)
class Questioned:
    """A finding about one figure: the verifier's value, the entity's, and whether it was closed."""

    number: int
    line: str
    product: str
    figure: str
    candidate: Decimal | None
    corrected: Decimal | None
    closed: bool


def recalculate(
    reported: Sequence[Figures], findings: Sequence[Questioned], rule: Rule
) -> tuple[list[Figures], Explanation]:
    """The figures of the result, and how each that changed came to be.

    Closed findings count in their order, then those left open. `rule` is the card
    verification.unresolved_figures. Emissions in tCO2e, output in its unit.
    """
    rows = {(row.line, row.product): row for row in reported}
    steps = []
    for finding in sorted(findings, key=lambda finding: (not finding.closed, finding.number)):
        row = rows[finding.line, finding.product]
        before: Decimal = getattr(row, finding.figure)
        after = _settled(before, finding) if finding.closed else _careful(before, finding, rule)
        if after != before or not finding.closed:
            changed: dict[str, Any] = {finding.figure: after}
            rows[finding.line, finding.product] = replace(row, **changed)
            steps.append(_step(row, finding, before, after, rule))
    return list(rows.values()), Explanation(tuple(steps))


def _settled(before: Decimal, finding: Questioned) -> Decimal:
    return before if finding.corrected is None else finding.corrected


def _careful(before: Decimal, finding: Questioned, rule: Rule) -> Decimal:
    if rule.text != CONSERVATIVE:
        return before
    named = [v for v in (before, finding.candidate, finding.corrected) if v is not None]
    return min(named) if finding.figure == "output" else max(named)


def _step(row: Figures, finding: Questioned, before: Decimal, after: Decimal, rule: Rule) -> Step:
    unit = row.unit if finding.figure == "output" else "tCO2e"
    named = (
        ("reported or corrected so far", before),
        ("verifier", finding.candidate),
        ("entity", finding.corrected),
    )
    figure_zh, figure = QUESTIONABLE[finding.figure]
    careful = "min" if finding.figure == "output" else "max"
    if finding.closed:
        formula = "as corrected"
    else:
        formula = f"{careful} of the values named" if rule.text == CONSERVATIVE else "as reported"
    return Step(
        title=f"Finding {finding.number}: {figure} of {row.line} {row.product}",
        title_zh=f"发现 {finding.number}：{row.line} {row.product} {figure_zh}",
        formula=formula,
        given=tuple(given(name, value, unit) for name, value in named if value is not None),
        result=plain(after),
        unit=unit,
        cites=() if finding.closed else (rule.cite,),
    )
