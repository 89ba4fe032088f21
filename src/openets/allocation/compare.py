"""Two allocations of the same or of different years beside each other. Pure.

What stands out comes first: relative changes from a threshold on, then the most tonnes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from openets.kernel.quantity import half_up

Order = Literal["tonnes", "ratio"]
RATIO_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Result:
    """What an allocation gave an entity, in whole tonnes; without `determined_t` it was refused."""

    code: str
    name: str
    industry: str
    district: str
    methods: tuple[str, ...]
    verified_t: int | None
    gap_t: int | None
    allowance_t: int | None
    determined_t: int | None
    pre_allocation_t: int | None = None
    claim_limit_t: int | None = None
    """The most that is claimed when the pre-allocation is cancelled after advance use."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entity before and after; either is None where it was not there."""

    before: Result | None
    after: Result | None
    stands_out: bool = False

    @property
    def entity(self) -> Result:
        """Who it is about, as it is known last."""
        found = self.after or self.before
        assert found is not None, "a change is of somebody"
        return found

    @property
    def before_t(self) -> int | None:
        """The former allowance."""
        return self.before.determined_t if self.before else None

    @property
    def after_t(self) -> int | None:
        """The later allowance."""
        return self.after.determined_t if self.after else None

    @property
    def difference_t(self) -> int | None:
        """Later less former; None where one of them is missing."""
        if self.before_t is None or self.after_t is None:
            return None
        return self.after_t - self.before_t

    @property
    def ratio(self) -> Decimal | None:
        """The difference as a share of the former; None where there is none."""
        if self.difference_t is None or not self.before_t:
            return None
        return half_up(Decimal(self.difference_t) / self.before_t, RATIO_DECIMALS)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of entities: how many, what they got before and after, and their gaps."""

    name: str
    entities: int
    before_t: int
    after_t: int
    gap_before_t: int
    gap_after_t: int
    winners: int = 0
    losers: int = 0
    gain_t: int = 0
    """What those who get more, get more."""
    loss_t: int = 0
    """What those who get less, get less; not above nought."""

    @property
    def difference_t(self) -> int:
        """Later less former."""
        return self.after_t - self.before_t

    @property
    def ratio(self) -> Decimal | None:
        """The difference as a share of the former."""
        if not self.before_t:
            return None
        return half_up(Decimal(self.difference_t) / self.before_t, RATIO_DECIMALS)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every change, what stands out first, and who gains, loses or cannot be compared."""

    changes: tuple[Change, ...]

    @property
    def outliers(self) -> tuple[Change, ...]:
        """Those that stand out."""
        return tuple(change for change in self.changes if change.stands_out)

    @property
    def winners(self) -> tuple[Change, ...]:
        """Who gets more."""
        return tuple(change for change in self.changes if (change.difference_t or 0) > 0)

    @property
    def losers(self) -> tuple[Change, ...]:
        """Who gets less."""
        return tuple(change for change in self.changes if (change.difference_t or 0) < 0)

    @property
    def unknown(self) -> tuple[Change, ...]:
        """Whom one of both has no allowance of."""
        return tuple(change for change in self.changes if change.difference_t is None)

    @property
    def pre_allocated_t(self) -> tuple[int, int]:
        """What is pre-allocated for the next year, before and after. Source: CQ208-4.2."""
        before = (change.before for change in self.changes if change.before)
        after = (change.after for change in self.changes if change.after)
        return _ahead(before), _ahead(after)

    @property
    def whole(self) -> Group:
        """All entities together."""
        return _sum("", self.changes)

    def by(self, key: Callable[[Result], str]) -> list[Group]:
        """The sums by a property of the entities, the most changed first."""
        groups: dict[str, list[Change]] = {}
        for change in self.changes:
            groups.setdefault(key(change.entity), []).append(change)
        sums = [_sum(name, group) for name, group in groups.items()]
        return sorted(sums, key=lambda one: (-abs(one.difference_t), one.name))


def compare(
    before: Iterable[Result],
    after: Iterable[Result],
    *,
    outlier_ratio: Decimal,
    order: Order = "tonnes",
) -> Comparison:
    """Put two allocations beside each other, entity by entity.

    A change stands out from `outlier_ratio` on, and so does whoever only one of both could
    allocate. Source: CQETS-11b, CQ208-1.
    """
    then, now = _by_code(before), _by_code(after)
    changes = [
        _marked(Change(then.get(code), now.get(code)), outlier_ratio) for code in {**then, **now}
    ]
    return Comparison(tuple(sorted(changes, key=lambda change: _rank(change, order))))


def by_method(result: Result) -> str:
    """The methods of an entity's lines, joined."""
    return " + ".join(result.methods)


def _marked(change: Change, outlier_ratio: Decimal) -> Change:
    ratio, is_odd = change.ratio, change.before_t is None or change.after_t is None
    if change.before_t is None and change.after_t is None:
        is_odd = False
    if change.before_t == 0 and change.after_t:
        is_odd = True
    stands_out = is_odd or (ratio is not None and abs(ratio) >= outlier_ratio)
    return Change(change.before, change.after, stands_out)


def _rank(change: Change, order: Order) -> tuple[bool, Decimal, int, str]:
    tonnes = abs((change.after_t or 0) - (change.before_t or 0))
    ratio = abs(change.ratio or Decimal(0)) if order == "ratio" else Decimal(0)
    return not change.stands_out, -ratio, -tonnes, change.entity.code


def _by_code(results: Iterable[Result]) -> Mapping[str, Result]:
    return {result.code: result for result in results}


def _sum(name: str, changes: Sequence[Change]) -> Group:
    differences = [change.difference_t or 0 for change in changes]
    return Group(
        name=name,
        entities=len(changes),
        before_t=sum(change.before_t or 0 for change in changes),
        after_t=sum(change.after_t or 0 for change in changes),
        gap_before_t=_gaps(change.before for change in changes),
        gap_after_t=_gaps(change.after for change in changes),
        winners=sum(t > 0 for t in differences),
        losers=sum(t < 0 for t in differences),
        gain_t=sum(t for t in differences if t > 0),
        loss_t=sum(t for t in differences if t < 0),
    )


def _ahead(results: Iterable[Result]) -> int:
    return sum(one.pre_allocation_t or 0 for one in results)


def _gaps(results: Iterable[Result | None]) -> int:
    """What is short after relief; a surplus of one is not another's."""
    return sum(
        max(0, one.verified_t - one.determined_t)
        for one in results
        if one and one.verified_t is not None and one.determined_t is not None
    )
