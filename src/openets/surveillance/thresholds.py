"""From which numbers on a pattern is told: the cards `surveillance.*`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from openets.rulebook.load import Law, NotSet, NoValueForTime

KEYS = (
    *("compared_days", "price_move_ratio", "volume_multiple", "volume_least_t"),
    *("circle_days", "circle_share", "pair_seconds", "pair_times", "related_least_t"),
    *("spoof_multiple", "spoof_seconds", "orders_per_trade", "orders_least"),
    *("close_minutes", "close_move_ratio", "close_share"),
    *("concentration_share", "concentration_least_t"),
)


class ThresholdNotSet(Exception):
    """A pattern asks for a number that nobody has set; it is not looked for."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers of a day by the name of their card; what is not set is absent."""

    numbers: Mapping[str, Fraction]

    @classmethod
    def of(cls, law: Law, day: date) -> "Thresholds":
        """The numbers in force on a day. Source: CQETS-21."""
        found = {}
        for key in KEYS:
            try:
                found[key] = Fraction(law.on(f"surveillance.{key}", day).number)
            except (NotSet, NoValueForTime):
                continue
        return cls(found)

    @property
    def not_set(self) -> tuple[str, ...]:
        """The cards without a value."""
        return tuple(key for key in KEYS if key not in self.numbers)

    def __getitem__(self, key: str) -> Fraction:
        """The number of a card.

        Raises:
            ThresholdNotSet.
        """
        if key not in self.numbers:
            raise ThresholdNotSet(key)
        return self.numbers[key]
