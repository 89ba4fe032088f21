"""`openets statuses`: write docs/reference/statuses.md, every procedure's states and moves."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from openets.allocation import procedures as allocation
from openets.banking import procedures as banking
from openets.casework.procedure import Procedure, State
from openets.clearing import procedures as clearing
from openets.compliance import procedures as compliance
from openets.doors.generated import line, table, write
from openets.doors.refusals import Parser
from openets.mrv import procedures as mrv
from openets.opening import procedures as opening
from openets.parties.roles import TITLES
from openets.registry import procedures as registry
from openets.roster import procedures as roster
from openets.supervision import procedures as supervision
from openets.surveillance import procedures as surveillance
from openets.trading import procedures as trading
from openets.treasury import procedures as treasury
from openets.verification import procedures as verification

PAGE = Path("docs") / "reference" / "statuses.md"
ROOMS = {
    "roster": roster,
    "registry": registry,
    "opening": opening,
    "mrv": mrv,
    "verification": verification,
    "allocation": allocation,
    "banking": banking,
    "trading": trading,
    "clearing": clearing,
    "surveillance": surveillance,
    "compliance": compliance,
    "supervision": supervision,
    "treasury": treasury,
}
"""The rooms with tables, in the order of the compliance year."""
PROCEDURES = {
    room: [table for table in vars(module).values() if isinstance(table, Procedure)]
    for room, module in ROOMS.items()
}


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page, or with --check say whether it is current: 0 when it is, else 1."""
    parser = Parser("openets statuses", __doc__ or "")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when stale")
    parser.add_argument("--root", type=Path, default=Path(), help="folder with docs")
    options = parser.parse_args(argv)
    return write(options.root / PAGE, render(), command="openets statuses", check=options.check)


def render() -> str:
    """The page as Markdown; the same tables always give the same text."""
    lines = [
        "# Procedures: states and moves",
        "",
        "Written by `openets statuses` from the procedure tables; do not edit. A case begins in",
        "the first state of its table; a final state has no way out. Where *not by* names a move,",
        "the person who made it may not make this one. *Working days* names the card with the days",
        "a state gives. How a case moves is told by [casework](../concepts/casework.md).",
        "",
    ]
    for room, procedures in PROCEDURES.items():
        for procedure in procedures:
            lines += _section(room, procedure)
    return "\n".join(lines)


def _section(room: str, procedure: Procedure) -> Iterator[str]:
    yield f"## {procedure.en} {procedure.zh}"
    yield ""
    yield f"`{procedure.name}`, room [{room}](../concepts/{room}.md)."
    yield ""
    yield from table("state", "", "", "next", "working days")
    for name, state in procedure.states.items():
        following = _following(procedure, name, state)
        yield line(f"`{name}`", state.en, state.zh, following, _clock(state))
    yield ""
    yield from table("move", "", "from", "to", "who may", "not by", "article")
    for name, move in procedure.moves.items():
        yield line(
            f"`{name}`",
            f"{move.en} {move.zh}",
            ", ".join(f"`{source}`" for source in move.sources),
            f"`{move.target}`",
            ", ".join(TITLES[role][1] for role in move.roles),
            _not_by(move.second_eyes),
            move.article,
        )
    yield ""


def _following(procedure: Procedure, name: str, state: State) -> str:
    moves = ", ".join(f"`{move}`" for move in procedure.moves_from(name))
    return "final" if state.final else moves


def _clock(state: State) -> str:
    return f"`{state.due.days}`, {state.due.article}" if state.due else ""


def _not_by(second_eyes: str) -> str:
    return {"": "", "open": "who opened the case"}.get(second_eyes, f"who made `{second_eyes}`")
