"""A procedure as data: its states, and who may move a case from which to which."""

from collections.abc import Mapping
from dataclasses import dataclass

from openets.parties.roles import Role


@dataclass(frozen=True, slots=True)
class State:
    """Where a case can stand, in both languages; `final` states have no way out.

    The due day of a case is the last day of a duty, or in a `window` of a right: a window that
    ends is nobody's delay.
    """

    zh: str
    en: str
    final: bool = False
    window: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A step from some states to one.

    `second_eyes` names an earlier move, or "open": whoever made it may not make this one.
    """

    sources: tuple[str, ...]
    target: str
    roles: tuple[Role, ...]
    article: str
    zh: str
    en: str
    second_eyes: str = ""


@dataclass(frozen=True)
class Procedure:
    """The table of one kind of case; a new case stands in the first state."""

    name: str
    zh: str
    en: str
    states: Mapping[str, State]
    moves: Mapping[str, Move]

    def __post_init__(self) -> None:
        """A table that leads nowhere or comes from nowhere is our own fault."""
        for name, move in self.moves.items():
            known = {move.target, *move.sources} <= self.states.keys()
            assert known, f"{self.name}.{name} names an unknown state"
            assert not any(self.states[s].final for s in move.sources), f"{name} leaves a final"
            assert move.second_eyes in {"", "open", *self.moves}
        reached = {move.target for move in self.moves.values()} | {self.start}
        assert reached == self.states.keys(), f"{self.name} has a state nobody reaches"

    @property
    def start(self) -> str:
        """The state of a new case."""
        return next(iter(self.states))

    def moves_from(self, state: str) -> dict[str, Move]:
        """The moves that may be made next."""
        return {name: move for name, move in self.moves.items() if state in move.sources}
