"""The lines of `openets ledger replay`, read into events.

A line that cannot be read is an event too, refused from the outset: it fails the chain it stands
in and, where op and id can be told, uses up its id.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from openets.doors.commands import UnknownOp
from openets.doors.rows import bad, flag, identifier, items, json_object, present, text, whole
from openets.kernel.refusal import Refusal
from openets.ledger.posting import KEY_LENGTH, LONGEST_SECONDS, Kind, is_key

TEXT_ID, NUMBER_ID = "replay/", "replay#"
"""How the ledger's codes and keys of this door begin; no key of the market does."""

LONGEST_ID = KEY_LENGTH - len(TEXT_ID)

Id = int | str


class Opening(NamedTuple):
    """Open an account; with a `reason` the event is refused already."""

    code: str
    kind: str = ""
    may_go_negative: bool = False
    reason: str = ""


class Move(NamedTuple):
    """Transfer, reserve, post or void, in the ledger's words; REFUSED for the `reason` given."""

    key: str
    kind: Kind
    debit: str = ""
    credit: str = ""
    amount: int | None = None
    pending: str | None = None
    timeout_seconds: int = 0
    reason: str = ""


class Advance(NamedTuple):
    """Let time pass."""

    seconds: int


class Lookup(NamedTuple):
    """Ask for the sums of accounts."""

    ids: list[Id]


What = Opening | Move | Advance | Lookup


class Event(NamedTuple):
    """One line: its number, its id as given, what it wants, or why it could not be read."""

    row: int
    id: Id | None
    what: What
    linked: bool
    refusal: Refusal | None = None


def code_of(name: Id) -> str:
    """The ledger's code or key of an id."""
    return f"{TEXT_ID}{name}" if isinstance(name, str) else f"{NUMBER_ID}{name}"


def id_of(code: str) -> Id:
    """The id as it was given."""
    if code.startswith(NUMBER_ID):
        return int(code.removeprefix(NUMBER_ID))
    return code.removeprefix(TEXT_ID)


def event(row: int, line: bytes) -> Event:
    """Read a line; what cannot be read becomes an event that bears its refusal."""
    fields: dict[str, Any] = {}
    try:
        fields = json_object(line)
        linked = flag(fields, "linked")
        what = _reader(fields)(fields)
    except Refusal as refusal:
        refusal.row = row
        name = _id_or_none(fields)
        linked = fields.get("linked") is True
        return Event(row, name, _refused(fields, name, refusal.code), linked, refusal)
    return Event(row, _id_or_none(fields), what, linked)


def chunks(lines: Iterable[tuple[int, bytes]], least: int) -> Iterator[list[Event]]:
    """Read the lines in lists of at least so many events that end where a chain does."""
    chunk: list[Event] = []
    for row, line in lines:
        read = event(row, line)
        chunk.append(read)
        if len(chunk) >= least and not read.linked:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _reader(fields: dict[str, Any]) -> Callable[[dict[str, Any]], What]:
    op = present(fields, "op")
    reader = _OPS.get(op) if isinstance(op, str) else None
    if reader is None:
        raise UnknownOp(field="op", value=str(op)[:40], known=_KNOWN)
    return reader


def _opening(fields: dict[str, Any]) -> Opening:
    kind = text(fields, "kind", default="")
    if not kind.isprintable():
        raise bad("kind", kind, "a text on one line")
    return Opening(_code(fields, "id"), kind, flag(fields, "may_go_negative"))


def _transfer(fields: dict[str, Any]) -> Move:
    return Move(
        key=_code(fields, "id"),
        kind=Kind.PENDING if flag(fields, "pending") else Kind.POSTED,
        debit=_code(fields, "debit"),
        credit=_code(fields, "credit"),
        amount=whole(fields, "amount"),
        timeout_seconds=0 if fields.get("timeout") is None else whole(fields, "timeout"),
    )


def _post(fields: dict[str, Any]) -> Move:
    amount = None if fields.get("amount") is None else whole(fields, "amount")
    pending = _code(fields, "pending_id")
    return Move(_code(fields, "id"), Kind.POST, amount=amount, pending=pending)


def _void(fields: dict[str, Any]) -> Move:
    return Move(_code(fields, "id"), Kind.VOID, pending=_code(fields, "pending_id"))


def _advance(fields: dict[str, Any]) -> Advance:
    seconds = whole(fields, "seconds")
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise bad("seconds", seconds, f"0 to {LONGEST_SECONDS}")
    return Advance(seconds)


def _lookup(fields: dict[str, Any]) -> Lookup:
    present(fields, "ids")
    return Lookup([id_of(_code({"ids": name}, "ids")) for name in items(fields, "ids")])


_OPS: dict[str, Callable[[dict[str, Any]], What]] = {
    "account": _opening,
    "transfer": _transfer,
    "post": _post,
    "void": _void,
    "advance": _advance,
    "lookup": _lookup,
}
_KNOWN = ", ".join(_OPS)
_USING_IDS = {"account", "transfer", "post", "void"}


def _code(fields: dict[str, Any], name: str) -> str:
    code = code_of(identifier(fields, name))
    if not is_key(code):
        raise bad(name, fields[name], f"1 to {LONGEST_ID} printable characters, no backslash")
    return code


def _id_or_none(fields: dict[str, Any]) -> Id | None:
    try:
        return identifier(fields, "id")
    except Refusal:
        return None


def _refused(fields: dict[str, Any], name: Id | None, reason: str) -> What:
    """What a line that could not be read uses up: its id, if that and the op are known."""
    op = fields.get("op")
    key = "" if name is None else code_of(name)
    if not is_key(key) or not isinstance(op, str) or op not in _USING_IDS:
        return Move("", Kind.REFUSED, reason=reason)
    if op == "account":
        return Opening(key, reason=reason)
    return Move(key, Kind.REFUSED, reason=reason)
