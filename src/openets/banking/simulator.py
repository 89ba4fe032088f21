"""A bank that is none: it answers our orders by files, with the faults of a real one.

For the demo and for tests. It keeps its own books in a file of its folder, so that it is not
the market that says what the bank has. Faults come by the seed, the same for the same seed.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from openets.banking import files
from openets.banking.files import Line, Told
from openets.banking.folder import FolderBank, write_whole
from openets.kernel.cells import restore_cell
from openets.kernel.clock import MARKET_ZONE

_OF_A_HUNDRED = 100
_HIDDEN = ".bank.json"


@dataclass(frozen=True, slots=True)
class Faults:
    """Of a hundred orders or files, how many go wrong in which way."""

    rejects: int = 0
    """Orders that are refused for no fault of theirs."""
    delays: int = 0
    """Orders that are answered one round later, and so out of order."""
    repeats: int = 0
    """Advices told again in the next file."""
    breaks: int = 0
    """Files that are first sent cut off, then whole under the next number."""


@dataclass
class _Books:
    accounts: dict[str, list[Any]] = field(default_factory=dict)
    """Name and fen of each customer's account, by number."""
    ours_fen: int = 0
    """What stands on the exchange's settlement account (专用结算账户)."""
    day_opening_fen: int = 0
    lines: list[list[Any]] = field(default_factory=list)
    """Of the day: reference and fen."""
    queue: list[list[Any]] = field(default_factory=list)
    """Advices to be told in the next file."""
    late: list[list[Any]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    """Orders that were carried out or refused."""
    read: list[str] = field(default_factory=list)
    references: int = 0
    numbers: dict[str, int] = field(default_factory=dict)


class SimulatedBank:
    """The other side of the two folders."""

    def __init__(self, root: Path, *, seed: int = 0, faults: Faults | None = None) -> None:
        """Go on with the books that stand in the folder."""
        self._port, self._kept = FolderBank(root), root / _HIDDEN
        self._seed, self._faults = seed, faults or Faults()
        kept = json.loads(self._kept.read_text("utf-8")) if self._kept.exists() else {}
        self._books = _Books(**kept)

    @property
    def ours_fen(self) -> int:
        """What stands on the exchange's settlement account."""
        return self._books.ours_fen

    @property
    def is_new(self) -> bool:
        """Whether nothing has happened at it yet."""
        return not self._kept.exists()

    def begin(self, *, ours_fen: int, accounts: Mapping[str, str], fen: int) -> None:
        """Take over a market that ran without it: its money, and its participants' accounts."""
        self._books.ours_fen = self._books.day_opening_fen = ours_fen
        for number, name in accounts.items():
            self._books.accounts[number] = [name, fen]
        self._keep()

    def open_account(self, *, number: str, name: str, fen: int) -> None:
        """Let a customer have an account; one that exists stays as it is."""
        self._books.accounts.setdefault(number, [name, fen])
        self._keep()

    def pay_in(self, *, number: str, name: str, amount_fen: int, at: datetime) -> str:
        """Let a customer transfer money to the settlement account; tells the bank's reference."""
        account = self._books.accounts.setdefault(number, [name, amount_fen])
        account[1] -= amount_fen
        reference = self._move(amount_fen)
        self._tell(reference, Told.DEPOSIT, "", amount_fen, number, name, at, "")
        self._keep()
        return reference

    def work(self, *, at: datetime) -> list[str]:
        """Read what lies in the outbox and answer it; tells the names of the files written."""
        due, self._books.late = self._books.late, []
        for name in sorted(path.name for path in self._port.outbox.glob("instructions-*.csv")):
            if name not in self._books.read:
                due += [
                    [*order, True] for order in _orders((self._port.outbox / name).read_bytes())
                ]
                self._books.read.append(name)
        for *order, may_wait in due:
            if may_wait and self._goes_wrong("delay", order[0], self._faults.delays):
                self._books.late.append([*order, False])
            elif order[0] not in self._books.seen:
                self._books.seen.append(order[0])
                self._answer(*order, at=at)
        return self._send_advices(at)

    def end_day(self, day: date) -> str:
        """Write the statement of a day and begin the next; tells the name of the file."""
        opening, lines = self._books.day_opening_fen, self._books.lines
        rows: list[Sequence[object]] = [("", Line.OPENING, 0, opening)]
        balance = opening
        for reference, fen in lines:
            balance += fen
            rows.append((reference, Line.IN if fen > 0 else Line.OUT, fen, balance))
        rows.append(("", Line.CLOSING, 0, balance))
        name = f"statement-{day:%Y%m%d}.csv"
        write_whole(self._port.inbox / name, files.written(files.STATEMENT_COLUMNS, rows))
        self._books.day_opening_fen, self._books.lines = balance, []
        self._keep()
        return name

    def _answer(
        self, ours: str, kind: str, amount: int, number: str, name: str, *, at: datetime
    ) -> None:
        account = self._books.accounts.get(number)
        why = self._why_not(ours, kind, amount, account, name)
        if why or kind == "bind":
            reference = self._reference()
        else:
            assert account is not None, "what is paid out goes somewhere"
            account[1] += amount
            reference = self._move(-amount)
        told = Told.REJECTED if why else Told.DONE
        self._tell(reference, told, ours, amount, number, name, at, why)

    def _why_not(
        self, ours: str, kind: str, amount: int, account: Sequence[Any] | None, name: str
    ) -> str:
        if account is None:
            return "账户不存在"
        if account[0] != name:
            return "户名不符"
        if kind != "bind" and amount > self._books.ours_fen:
            return "余额不足"
        if self._goes_wrong("reject", ours, self._faults.rejects):
            return "不在营业时间内"
        return ""

    def _send_advices(self, at: datetime) -> list[str]:
        told, self._books.queue = self._books.queue, []
        names: list[str] = []
        if told:
            key = str(told[0][0])
            if self._goes_wrong("break", key, self._faults.breaks):
                names.append(self._write(at, told, cut=True))
            names.append(self._write(at, told))
            self._books.queue = [
                row
                for row in told
                if self._goes_wrong("repeat", str(row[0]), self._faults.repeats)
                and row[0] not in self._books.seen
            ]
            self._books.seen += [str(row[0]) for row in self._books.queue]
        self._keep()
        return names

    def _write(self, at: datetime, rows: Sequence[Sequence[Any]], *, cut: bool = False) -> str:
        day = f"{at.astimezone(MARKET_ZONE):%Y%m%d}"
        number = self._books.numbers[day] = self._books.numbers.get(day, 0) + 1
        name = f"advices-{day}-{number:04}.csv"
        content = files.written(files.ADVICE_COLUMNS, rows)
        if cut:
            content = content[: content.rindex(b"\nend") + 1]
        write_whole(self._port.inbox / name, content)
        return name

    def _tell(self, *cells: Any) -> None:
        reference, kind, ours, amount, number, name, at, why = cells
        moment = at.astimezone(MARKET_ZONE).isoformat(timespec="seconds")
        self._books.queue.append([reference, str(kind), ours, amount, number, name, moment, why])

    def _move(self, fen: int) -> str:
        reference = self._reference()
        self._books.ours_fen += fen
        self._books.lines.append([reference, fen])
        return reference

    def _reference(self) -> str:
        self._books.references += 1
        return f"B{self._seed:02}{self._books.references:010}"

    def _goes_wrong(self, how: str, what: str, of_a_hundred: int) -> bool:
        drawn = sha256(f"{self._seed}/{how}/{what}".encode()).digest()
        return int.from_bytes(drawn[:4]) % _OF_A_HUNDRED < of_a_hundred

    def _keep(self) -> None:
        content = json.dumps(vars(self._books), ensure_ascii=False).encode()
        write_whole(self._kept, content)


def _orders(content: bytes) -> list[list[Any]]:
    """The orders of a file of ours, without its end row."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
    return [
        [
            row["reference"],
            row["kind"],
            int(row["amount_fen"]),
            row["account_number"],
            restore_cell(row["account_name"]),
        ]
        for row in rows
        if not _is_end(row)
    ]


def _is_end(row: Mapping[str, str]) -> bool:
    return row["reference"] == "end"
