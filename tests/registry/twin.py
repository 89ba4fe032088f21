"""A registry in plain numbers, slow and obvious, to disagree with the real one.

Units stand on places: an account by its holder and kind, a lot by vintage and origin, traded or
not. Each place knows its tonnes and which of them are kept for what.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from openets.registry.kinds import TRANSACTION_KINDS

HALF = 2
YEAR = 2021


class No(Exception):
    """A refusal, by its code."""


class Place(NamedTuple):
    """Where units stand."""

    holder: str
    account: str
    lot: tuple[int, str]
    traded: bool

    def at(self, holder: str, account: str) -> "Place":
        return self._replace(holder=holder, account=account)


Parts = list[tuple[Place, int]]
SYSTEM = "registry"


@dataclass(eq=False)
class Moved:
    """A movement that happened: its kind, its parts as they stood before, and where they went."""

    kind: str
    parts: Parts
    to: tuple[str, str]
    undone: bool = False


@dataclass(eq=False)
class Filed:
    """A movement that waits: its units are kept."""

    kind: str
    parts: Parts
    to: tuple[str, str]
    undoes: Moved | None = None
    open: bool = True


@dataclass
class Twin:
    """All units of a small market."""

    units: Counter = field(default_factory=Counter)
    kept: dict[str, Parts] = field(default_factory=dict)
    lots: list[tuple[int, str]] = field(default_factory=list)
    free: Counter = field(default_factory=Counter)
    surrendered: Counter = field(default_factory=Counter)
    done: list[Moved] = field(default_factory=list)
    filed: list[Filed] = field(default_factory=list)

    def kept_t(self, place: Place) -> int:
        return sum(t for parts in self.kept.values() for at, t in parts if at == place)

    def own(self, place: Place) -> int:
        return self.units[place] - self.kept_t(place)

    def issue(self, holder: str, year: int, t: int, *, frozen: bool) -> None:
        place = self._new(holder, (year, "free"), traded=False, t=t)
        if frozen:
            self.kept.setdefault(f"pre_allocation/{holder}", []).append((place, t))
        else:
            self.free[holder, year] += t
        self.done.append(Moved("issue", [(self._issued(place), t)], (holder, "registry")))

    def carry_over(self, holder: str, year: int, t: int) -> None:
        place = self._new(holder, (year, "paid"), traded=True, t=t)
        self.done.append(Moved("carry_over", [(self._issued(place), t)], (holder, "registry")))

    def move(self, holder: str, way: tuple[str, str], year: int, t: int) -> None:
        source, target = way
        parts = self._take(holder, source, t, year)
        if source == "registry":
            self._must_keep(holder, parts)
        self._go(f"move_to_{target}", parts, (holder, target))

    def surrender(self, holder: str, t: int) -> None:
        parts = self._take(holder, "registry", t, None)
        self._go("surrender", parts, (SYSTEM, "surrendered"))
        self.surrendered[holder, YEAR] += t

    def cancel(self, holder: str, year: int, t: int) -> None:
        parts = self._take(holder, "registry", t, year)
        self._must_keep(holder, parts)
        self._go("voluntary_cancellation", parts, (SYSTEM, "cancelled"))

    def lock(self, holder: str, year: int, t: int) -> None:
        parts = self._take(holder, "registry", t, year)
        self.kept.setdefault(f"offset/{holder}", []).extend(parts)

    def release(self, holder: str, cause: str) -> None:
        for place, t in self.kept.pop(f"{cause}/{holder}", []):
            self.free[holder, place.lot[0]] += t

    def file(self, kind: str, holder: str, to: tuple[str, str], year: int, t: int) -> None:
        parts = self._take(holder, "registry", t, year)
        if kind == "transfer":
            self._must_keep(holder, parts)
        self._keep(Filed(kind, parts, to))

    def undo(self, kind: str, moved: Moved, t: int) -> None:
        if moved.kind not in TRANSACTION_KINDS[kind].undoes:
            raise No("cannot_be_undone")
        waits = any(filed.undoes is moved and filed.open for filed in self.filed)
        if moved.undone or waits:
            raise No("undone_before")
        parts = self._back(moved, t)
        source = moved.parts[0][0]
        self._keep(Filed(kind, parts, (source.holder, source.account), moved))

    def give_back(self, moved: Moved, t: int) -> None:
        if moved.kind != "surrender":
            raise No("cannot_be_undone")
        if moved.undone:
            raise No("undone_before")
        parts, source = self._back(moved, t), moved.parts[0][0]
        if self.surrendered[source.holder, YEAR] < t:
            raise No("record_handed_on")
        moved.undone = True
        self.surrendered[source.holder, YEAR] -= t
        self._go("return_surrendered", parts, (source.holder, source.account))

    def approve(self, filed: Filed) -> None:
        if not filed.open:
            raise No("wrong_state")
        if filed.undoes and filed.undoes.kind == "issue":
            for year in {place.lot[0] for place, _ in filed.parts}:
                gone = sum(t for place, t in filed.parts if place.lot[0] == year)
                holder = filed.undoes.to[0]
                if self.free[holder, year] < gone:
                    raise No("record_handed_on")
                self.free[holder, year] -= gone
        self._let_go(filed)
        if filed.undoes:
            filed.undoes.undone = True
        self._go(filed.kind, filed.parts, filed.to)

    def reject(self, filed: Filed) -> None:
        if not filed.open:
            raise No("wrong_state")
        self._let_go(filed)

    def merge(self, gone: str, heir: str) -> None:
        own = {place for place in self.units if place.holder == gone}
        for name, parts in self.kept.items():
            waits = not name.startswith("pre_allocation/")
            if waits and any(place in own for place, _ in parts):
                raise No("units_await_decision")
        for place in own:
            self.units[place.at(heir, place.account)] += self.units.pop(place)
        moved = self.kept.pop(f"pre_allocation/{gone}", [])
        again = [(place.at(heir, place.account), t) for place, t in moved]
        if again:
            self.kept.setdefault(f"pre_allocation/{heir}", []).extend(again)
        for record in (self.free, self.surrendered):
            for holder, year in [key for key in record if key[0] == gone]:
                record[heir, year] += record.pop((holder, year))

    def _new(self, holder: str, lot: tuple[int, str], *, traded: bool, t: int) -> Place:
        if t < 1:
            raise No("not_an_amount")
        if lot not in self.lots:
            self.lots.append(lot)
        place = Place(holder, "registry", lot, traded)
        self.units[place] += t
        self.units[self._issued(place)] -= t
        return place

    def _issued(self, place: Place) -> Place:
        return place.at(SYSTEM, "issued")

    def _take(self, holder: str, account: str, t: int, year: int | None) -> Parts:
        if t < 1:
            raise No("not_an_amount")
        fits = [
            place
            for place in self.units
            if (place.holder, place.account) == (holder, account) and year in {None, place.lot[0]}
        ]
        fits.sort(key=lambda p: (p.lot[0], self.lots.index(p.lot), p.traded))
        parts: Parts = []
        for place in fits:
            take = min(t, self.own(place))
            if take:
                parts.append((place, take))
                t -= take
        if t:
            raise No("not_enough_units")
        return parts

    def _back(self, moved: Moved, t: int) -> Parts:
        if t < 1:
            raise No("not_an_amount")
        if t > sum(amount for _, amount in moved.parts):
            raise No("more_than_moved")
        parts: Parts = []
        for place, amount in moved.parts:
            there, take = place.at(*moved.to), min(t, amount)
            if take > self.own(there):
                raise No("not_enough_units")
            if take:
                parts.append((there, take))
                t -= take
        return parts

    def _must_keep(self, holder: str, parts: Parts) -> None:
        free = sum(t for (of, _), t in self.free.items() if of == holder)
        surrendered = sum(t for (of, _), t in self.surrendered.items() if of == holder)
        places = [p for p in self.units if (p.holder, p.account) == (holder, "registry")]
        # What is frozen stays in the account; what was pre-allocated or filed does not count.
        frozen = [p for name, p in self.kept.items() if name.startswith("offset/")]
        stays = sum(self.own(p) for p in places) - sum(t for _, t in parts)
        stays += sum(t for kept in frozen for place, t in kept if place in places)
        if -(-free // HALF) > stays + surrendered:
            raise No("below_minimum_holding")

    def _keep(self, filed: Filed) -> None:
        self.kept[f"transaction/{len(self.filed)}"] = filed.parts
        self.filed.append(filed)

    def _let_go(self, filed: Filed) -> None:
        filed.open = False
        del self.kept[f"transaction/{self.filed.index(filed)}"]

    def _go(self, kind: str, parts: Parts, to: tuple[str, str]) -> None:
        for place, t in parts:
            self.units[place] -= t
            self.units[place.at(*to)] += t
        self.done.append(Moved(kind, parts, to))
