"""A procedure as data: its states, and who may move a case from which to which."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from openets.parties.roles import Role


@dataclass(frozen=True, slots=True)
class Due:
    """A clock: the working days a state gives, by the card `days` of the rulebook.

    It runs from the day the case comes to the state, or `from_receipt` of the notice that the move
    there sends (AMB-63).
    """

    days: str
    article: str
    from_receipt: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a case can stand, in both languages; `final` states have no way out.

    The due day of a case is the last day of a duty, or in a `window` of a right: a window that
    ends is nobody's delay. With `due` it follows from the law; else the room may tell it.
    In a state that `rests` a case waits for nobody, though there is a way out.
    """

    zh: str
    en: str
    final: bool = False
    window: bool = False
    rests: bool = False
    due: Due | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A step from some states to one.

    `second_eyes` names an earlier move, or "open": whoever made it may not make this one.
    With `reasons` it is refused without them; `in_time` it is refused after the window of the
    state it leaves. `tells` are the roles who get a notice of it, with its reasons or, where
    there is a `note_told`, with its note: what the note holds fills the gap of these words.
    """

    sources: tuple[str, ...]
    target: str
    roles: tuple[Role, ...]
    article: str
    zh: str
    en: str
    second_eyes: str = ""
    reasons: bool = False
    in_time: bool = False
    tells: tuple[Role, ...] = ()
    note_told: tuple[str, str] | None = None

    def note_in_words(self, note: str) -> tuple[str, str]:
        """A note of this move in both languages, as the trail and a notice tell it."""
        zh, en = self.note_told or ("{}", "{}")
        return (zh.format(note), en.format(note)) if note else ("", "")

    @property
    def comes_by_itself(self) -> bool:
        """Whether the market's clock makes it, so that nobody needs to."""
        return Role.MARKET_CLOCK in self.roles


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """A kind of document a case takes, kept as many years as the card `retention_years` says.

    `retention_start` names the card that tells whether the years run from the day itself or from
    the end of its year (AMB-56); without one they run from the day.
    """

    zh: str
    en: str
    retention_years: str
    retention_start: str = ""


CASE_FILE = DocumentKind("办理材料", "Case file", "casework.file_retention_years")


@dataclass(frozen=True)
class Procedure:
    """The table of one kind of case; a new case stands in the first state.

    Its documents are kept from the day of the move `kept_from`, or without one from the day the
    case ends. `which` tells people the cases of one organisation apart: by the year, the number
    of the case and the parts of its subject, in words where `titles` has any.
    """

    name: str
    zh: str
    en: str
    states: Mapping[str, State]
    moves: Mapping[str, Move]
    documents: Mapping[str, DocumentKind] = field(default_factory=lambda: {"case_file": CASE_FILE})
    kept_from: str = ""
    which_zh: str = "{year} 年度"
    which_en: str = "{year}"
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A table that leads nowhere or comes from nowhere is our own fault."""
        for name, move in self.moves.items():
            known = {move.target, *move.sources} <= self.states.keys()
            assert known, f"{self.name}.{name} names an unknown state"
            assert not any(self.states[s].final for s in move.sources), f"{name} leaves a final"
            assert move.second_eyes in {"", "open", *self.moves}
            windows = all(self.states[s].window for s in move.sources)
            assert windows or not move.in_time, f"{name} has no window to be in time for"
        assert self.kept_from in {"", *self.moves}
        reached = {move.target for move in self.moves.values()} | {self.start}
        assert reached == self.states.keys(), f"{self.name} has a state nobody reaches"

    @property
    def start(self) -> str:
        """The state of a new case."""
        return next(iter(self.states))

    @property
    def roles(self) -> frozenset[Role]:
        """Everybody who may make a move."""
        return frozenset(role for move in self.moves.values() for role in move.roles)

    @property
    def parties(self) -> frozenset[Role]:
        """Everybody who may make a move or is told of one."""
        return self.roles.union(*(move.tells for move in self.moves.values()))

    def starts_retention(self, move_name: str) -> bool:
        """Whether the years for which documents are kept run from this move."""
        if self.kept_from:
            return move_name == self.kept_from
        return self.states[self.moves[move_name].target].final

    def which(self, subject: str, *, year: int, number: int) -> tuple[str, str]:
        """Which of the cases of its organisation one is, in Chinese and English."""
        parts = subject.split("/")
        in_words = [self.titles.get(part, (part, part)) for part in parts]
        zh = self.which_zh.format(*(part[0] for part in in_words), year=year, number=number)
        en = self.which_en.format(*(part[1] for part in in_words), year=year, number=number)
        return zh, en

    def moves_from(self, state: str) -> dict[str, Move]:
        """The moves that may be made next."""
        return {name: move for name, move in self.moves.items() if state in move.sources}
