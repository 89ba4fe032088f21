"""How large the entities are, and which of them get a special case."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from openets.kernel.quantity import half_up
from openets.simulation.calibration import Calibration, CaseRule, Industry
from openets.simulation.draw import Draw


class Entity(Protocol):
    """A key emitting entity (重点排放单位) as the list names it."""

    @property
    def number(self) -> int:
        """Number in the list."""

    @property
    def name(self) -> str:
        """Chinese name."""

    @property
    def district(self) -> str:
        """District of the city."""

    @property
    def industry(self) -> str:
        """Industry label of the list."""


def by_industry(entities: Iterable[Entity]) -> dict[str, list[Entity]]:
    """Group the entities by industry label, in the order of their numbers."""
    groups: dict[str, list[Entity]] = defaultdict(list)
    for entity in sorted(entities, key=lambda each: each.number):
        groups[entity.industry].append(entity)
    return dict(groups)


def peak_sizes(
    *, entities: Iterable[Entity], model: Calibration, seed: int, smallest_t: int
) -> dict[int, Decimal]:
    """Draw each entity's emissions of its strongest inventory year, in whole tonnes CO2e.

    Within an industry the k-th entity weighs k to the power of minus the concentration, times a
    bell; the weights share the industry's total. Cut to `smallest_t` and the largest size.
    """
    sizes: dict[int, Decimal] = {}
    for label, members in by_industry(entities).items():
        industry = model.industries[label]
        weights = {
            number: _weight(rank, number, industry=industry, model=model, seed=seed)
            for rank, number in enumerate(_order(members, industry, seed), start=1)
        }
        whole = sum(weights.values())
        for number, weight in weights.items():
            size = half_up(industry.total_t * weight / whole)
            sizes[number] = max(Decimal(smallest_t), min(Decimal(model.largest_t), size))
    return sizes


def assign_cases(
    *, entities: Iterable[Entity], model: Calibration, seed: int
) -> dict[int, CaseRule]:
    """Draw which entity gets which special case; at most one each."""
    groups = by_industry(entities)
    taken: dict[int, CaseRule] = {}
    for rule in model.cases:
        for number in _chosen(rule, groups, taken, model=model, seed=seed):
            taken[number] = rule
    return taken


def _weight(
    rank: int, number: int, *, industry: Industry, model: Calibration, seed: int
) -> Decimal:
    noise = 1 + Draw(seed, number, "size").bell(model.size_spread)
    return Decimal(rank) ** -industry.concentration * noise


def _order(members: Sequence[Entity], industry: Industry, seed: int) -> list[int]:
    numbers = [entity.number for entity in members]
    first = [number for number in industry.leaders if number in numbers]
    rest = [number for number in numbers if number not in first]
    return first + sorted(rest, key=lambda number: (Draw(seed, number, "rank").share(), number))


def _chosen(
    rule: CaseRule,
    groups: Mapping[str, Sequence[Entity]],
    taken: Mapping[int, CaseRule],
    *,
    model: Calibration,
    seed: int,
) -> list[int]:
    open_to = [
        entity.number
        for label in rule.industries
        for entity in groups.get(label, ())
        if entity.number not in taken
        and (entity.number in model.industries[label].leaders) == rule.leaders
    ]
    if rule.numbers:
        listed = {entity.number for members in groups.values() for entity in members}
        return [number for number in rule.numbers if number in listed]
    open_to.sort(key=lambda number: (Draw(seed, number, "case", rule.name).share(), number))
    return open_to[: rule.entities]
