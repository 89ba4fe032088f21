"""The draw (双随机): which body verifies whom, and who is visited. Pure.

Everything follows from the seed: whoever has it and the record can draw again and must come to the
same lots. Source: CNETS-27.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from math import ceil
from typing import Any


@dataclass(frozen=True, slots=True)
class Lot:
    """What was drawn for one entity.

    `among` are the bodies between which the seed decided: those not barred that had the fewest
    works so far. `body` is empty where every body is barred.
    """

    entity: str
    body: str
    among: tuple[str, ...]
    load: int
    in_depth: bool
    barred: Mapping[str, str]
    """Why the other bodies could not be drawn."""

    def as_json(self) -> dict[str, Any]:
        """Shape in the record of the draw."""
        return {
            "entity": self.entity,
            "body": self.body,
            "among": list(self.among),
            "load": self.load,
            "in_depth": self.in_depth,
            "barred": dict(self.barred),
        }


def draw(
    *,
    seed: str,
    entities: Collection[str],
    bodies: Collection[str],
    barred: Mapping[str, Mapping[str, str]],
    loads: Mapping[str, int],
    depth_share: Decimal,
) -> list[Lot]:
    """Draw a body for each entity, and the entities that are visited, in the order drawn.

    Whoever can be verified by the fewest bodies comes first, so that nobody is left without; among
    equals the seed decides. Of the bodies that are not barred those with the fewest works are in
    the lot. `barred` tells for an entity the bodies that may not and why; `loads` the works that
    bodies have already. Of all entities the share `depth_share`, rounded up, is visited.
    """
    load = {body: loads.get(body, 0) for body in bodies}
    visited = set(_shuffled(seed, "visit", entities)[: _rounded_up(len(entities), depth_share)])
    left = {e: [b for b in bodies if b not in barred.get(e, {})] for e in entities}
    lots = []
    for entity in sorted(_shuffled(seed, "order", entities), key=lambda entity: len(left[entity])):
        least = min((load[body] for body in left[entity]), default=0)
        among = sorted(body for body in left[entity] if load[body] == least)
        drawn = _shuffled(seed, entity, among)[0] if among else ""
        if drawn:
            load[drawn] += 1
        lots.append(
            Lot(entity, drawn, tuple(among), least, entity in visited, barred.get(entity, {}))
        )
    return lots


def _shuffled(seed: str, purpose: str, items: Collection[str]) -> Sequence[str]:
    """The items in an order that nobody can tell without the seed."""
    return sorted(items, key=lambda item: sha256(f"{seed}/{purpose}/{item}".encode()).digest())


def _rounded_up(count: int, share: Decimal) -> int:
    return ceil(count * share)
