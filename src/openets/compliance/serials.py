"""Serial numbers (序列号) of reductions: one unit, one number, used once."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Serials:
    """A run of serial numbers of one series, `first` to `last`, both included."""

    series: str
    first: int
    last: int

    def __post_init__(self) -> None:
        """A reversed run is our own fault; a door refuses it before."""
        assert self.first <= self.last, "a run of serials ends after it starts"

    @property
    def count(self) -> int:
        """How many units the run has."""
        return self.last - self.first + 1

    def split(self, count: int) -> tuple["Serials | None", "Serials | None"]:
        """The first `count` units and the rest; None for an empty part."""
        assert 0 <= count <= self.count, "a part is no larger than the whole"
        middle = self.first + count
        head = Serials(self.series, self.first, middle - 1) if count else None
        tail = Serials(self.series, middle, self.last) if count < self.count else None
        return head, tail


class Taken:
    """The serial numbers seen so far."""

    def __init__(self) -> None:
        """Nothing is taken at first."""
        self._runs: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def take(self, serials: Serials) -> bool:
        """Take a run, unless one of its numbers was taken before; say whether it was free."""
        runs = self._runs[serials.series]
        place = bisect_right(runs, (serials.first, serials.last))
        before, after = runs[max(0, place - 1) : place], runs[place : place + 1]
        if any(last >= serials.first for _, last in before):
            return False
        if any(first <= serials.last for first, _ in after):
            return False
        runs.insert(place, (serials.first, serials.last))
        return True
