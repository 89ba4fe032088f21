"""Draws that are the same on every machine, Python version and order of asking.

Only `random.Random.random` is used, whose sequence Python guarantees, and only additions and
multiplications on its floats, which IEEE 754 fixes; every draw leaves as an integer or as a Decimal
of six places (half-up).
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from random import Random
from typing import TypeVar

PLACES = Decimal("0.000001")
T = TypeVar("T")


class Draw:
    """A stream of draws belonging to a seed and a purpose, independent of every other stream."""

    def __init__(self, seed: int, *purpose: object) -> None:
        """`purpose` says what is drawn and for whom, such as (37, "lines")."""
        text = "/".join(str(part) for part in (seed, *purpose))
        digest = sha256(text.encode("utf-8")).digest()
        self._random = Random(int.from_bytes(digest, "big"))  # noqa: S311 - a model, no secret

    def share(self) -> Decimal:
        """Draw evenly from 0 up to and without 1."""
        return Decimal(int(self._random.random() * 1_000_000)) * PLACES

    def between(self, low: Decimal, high: Decimal) -> Decimal:
        """Draw evenly from `low` up to `high`."""
        return fixed(low + (high - low) * self.share())

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from `low` up to and with `high`."""
        return low + int(self._random.random() * (high - low + 1))

    def bell(self, spread: Decimal) -> Decimal:
        """Draw from a bell around 0 with the standard deviation `spread`, cut at three of them.

        Twelve even draws added up have the variance 1 and need no logarithm, whose last digit
        differs between machines.
        """
        total = 0.0
        for _ in range(12):
            total += self._random.random()
        height = Decimal(int((total - 6.0) * 1_000_000)) * PLACES
        return fixed(max(Decimal(-3), min(Decimal(3), height)) * spread)

    def happens(self, share: Decimal) -> bool:
        """Draw whether something of the probability `share` happens."""
        return self.share() < share

    def pick(self, items: Sequence[T]) -> T:
        """Draw one of `items`."""
        return items[self.whole(0, len(items) - 1)]


def fixed(value: Decimal) -> Decimal:
    """Round half-up to the six places of every draw."""
    return value.quantize(PLACES, ROUND_HALF_UP)
