"""Who fails on purpose, so that the year shows what the law does then. All of it synthetic."""

from collections.abc import Iterable
from dataclasses import dataclass

from openets.simulation.draw import Draw


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to miss the duty, with the compliance years it concerns."""

    name: str
    years: tuple[int, ...]
    needs_gap: bool
    """Whether it shows only at an entity with fewer allowances than emissions."""
    note: str


KINDS = (
    Kind("never_buys", (2022,), True, "surrenders what it got for both years, buys nothing"),
    Kind("surrenders_too_late", (2021,), False, "surrenders all, the day after the deadline"),
    Kind("one_tonne_short", (2021,), False, "surrenders one tonne less than it owes"),
    Kind("offset_rejected", (2022,), True, "counts on an offset that is rejected at the end"),
    Kind("forgets_second_year", (2022,), False, "fulfils the first year and forgets the second"),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """An entity that fails, and how."""

    entity: int
    kind: Kind


def failures(*, numbers: Iterable[int], short: Iterable[int], seed: int) -> tuple[Failure, ...]:
    """Draw one entity for each kind of failure (未履约), never the same for two.

    `numbers` are the entities of the list that may fail, `short` those of them whose determined
    allowances of both years fall short of their verified emissions. A kind without a candidate
    is left out.
    """
    open_to = sorted(set(numbers))
    short = set(short)
    drawn: list[Failure] = []
    for kind in sorted(KINDS, key=lambda each: not each.needs_gap):
        candidates = [n for n in open_to if not kind.needs_gap or n in short]
        if candidates:
            entity = Draw(seed, "failure", kind.name).pick(candidates)
            open_to.remove(entity)
            drawn.append(Failure(entity, kind))
    return tuple(drawn)
