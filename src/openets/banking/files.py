"""The files of the bank: written, and read as what they are, hostile until proven otherwise. Pure.

CSV in UTF-8. The last row begins with `end`, tells how many rows came before it and what their
amounts add up to, so that a file that was cut off is not taken for a short one.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from openets.kernel.cells import safe_cell, table_text
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.kernel.tables import TableRow, read_rows

ARTICLE = "CQ208-A4.1.3"
INSTRUCTION_COLUMNS = ("reference", "kind", "amount_fen", "account_number", "account_name")
ADVICE_COLUMNS = (
    *("bank_reference", "kind", "reference", "amount_fen"),
    *("account_number", "account_name", "at", "reason"),
)
STATEMENT_COLUMNS = ("bank_reference", "kind", "amount_fen", "balance_fen")
MOST_ROWS = 20_000
Row = TypeVar("Row")
_END = "end"
_NAME = re.compile(r"(advices)-(\d{8})-(\d{4})\.csv|(statement)-(\d{8})\.csv")
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,14})")
_REFERENCE = re.compile(r"[A-Za-z0-9._/-]{1,60}")
_NUMBER = re.compile(r"\d{8,32}")
_LONGEST_NAME = 200


class Told(StrEnum):
    """What the bank tells: money came in, an order was carried out, or was not."""

    DEPOSIT = "deposit"
    DONE = "done"
    REJECTED = "rejected"


class Line(StrEnum):
    """The lines of a statement."""

    OPENING = "opening"
    IN = "in"
    OUT = "out"
    CLOSING = "closing"


class NotABankFile(Refusal):
    """The name says neither advices nor statement of a day."""

    code = "not_a_bank_file"
    article = ARTICLE
    zh = "文件名“{name}”不是银行文件的名称"
    en = "“{name}” is no name of a file of the bank"
    remedy_zh = "文件名应为 advices-YYYYMMDD-NNNN.csv 或 statement-YYYYMMDD.csv"
    remedy_en = "Name it advices-YYYYMMDD-NNNN.csv or statement-YYYYMMDD.csv"


class BankFileTooLarge(Refusal):
    """The file is longer than any day of a bank."""

    code = "bank_file_too_large"
    article = ARTICLE
    zh = "文件过大：最多 {most_bytes} 字节、{most_rows} 行"
    en = "The file is too large: at most {most_bytes} bytes and {most_rows} rows"
    remedy_zh = "请分成几个文件发送"
    remedy_en = "Send it in several files"


class NoEnd(Refusal):
    """The last row must be the end of the file."""

    code = "bank_file_cut_off"
    article = ARTICLE
    zh = "缺少结束行，文件可能不完整"
    en = "There is no end row; the file may have been cut off"
    remedy_zh = "请银行重新发送完整文件"
    remedy_en = "Ask the bank for the whole file"


class EndDiffers(Refusal):
    """The end row tells other sums than the rows have."""

    code = "bank_file_end_differs"
    article = ARTICLE
    zh = "结束行为 {told_rows} 行、{told_fen} 分，实际为 {rows} 行、{fen} 分"
    en = "The end row tells {told_rows} rows and {told_fen} fen; there are {rows} and {fen}"
    remedy_zh = "请银行核对后重新发送"
    remedy_en = "Ask the bank to check it and send it again"


class BadBankCell(Refusal):
    """A cell does not hold what its column asks for."""

    code = "bad_bank_cell"
    article = ARTICLE
    zh = "“{column}”列的值“{value}”无效：应为{wanted_zh}"
    en = "“{value}” is no value of the column “{column}”: it takes {wanted}"
    remedy_zh = "请银行更正该单元格后以新的文件名重新发送整个文件"
    remedy_en = "Ask the bank to mend the cell and send the whole file under a new name"


class WrongBalance(Refusal):
    """The lines of a statement do not lead from its opening to its closing balance."""

    code = "wrong_statement_balance"
    article = ARTICLE
    zh = "对账单余额不连续：应为 {must} 分，所载为 {said} 分"
    en = "The balance of the statement should be {must} fen here, it says {said}"
    remedy_zh = "请银行更正后重新发送"
    remedy_en = "Ask the bank to mend it and send it again"


@dataclass(frozen=True, slots=True)
class Advice:
    """A row of advices: the bank's own reference makes it happen once."""

    row: int
    bank_reference: str
    kind: Told
    reference: str
    """Of our order, where it answers one."""
    amount_fen: Fen
    account_number: str
    account_name: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Money that moved at the bank; out is below 0."""

    bank_reference: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A day at the bank (银行对账单): what stood there before, what moved, what stood after."""

    opening_fen: int
    closing_fen: int
    lines: Sequence[StatementLine]


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of a file says."""

    kind: str
    day: date
    number: int = 0


@dataclass
class _Cells:
    """The cells of a row, read column by column; what is wrong is collected."""

    row: TableRow
    faults: list[Refusal] = field(default_factory=list)

    def text(self, column: str, *, pattern: re.Pattern[str] | None, wanted: tuple[str, str]) -> str:
        value = self.row.cells[column].strip()
        good = len(value) <= _LONGEST_NAME and (pattern is None or pattern.fullmatch(value))
        if not good:
            self.fault(column, value, *wanted)
        return value

    def fen(self, column: str, *, least: int | None = None) -> int:
        value = self.row.cells[column].strip()
        if not value.isascii() or not _WHOLE.fullmatch(value):
            self.fault(column, value, "整数分", "whole fen")
            return 0
        amount = int(value)
        if least is not None and amount < least:
            self.fault(column, value, f"不小于 {least} 的整数分", f"at least {least} fen")
        return amount

    def one_of(self, column: str, among: type[StrEnum]) -> str:
        value = self.row.cells[column].strip()
        if value not in set(among):
            names = "、".join(among)
            self.fault(column, value, names, ", ".join(among))
        return value

    def moment(self, column: str) -> datetime | None:
        value = self.row.cells[column].strip()
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            wanted = "带时区的时刻，如 2023-12-04T10:00:00+08:00", "a moment with its zone"
            self.fault(column, value, *wanted)
            return None
        return found

    def fault(self, column: str, value: str, zh: str, en: str) -> None:
        shown = value[:40]
        self.faults.append(
            BadBankCell(
                field=column,
                row=self.row.number,
                column=column,
                value=shown,
                wanted_zh=zh,
                wanted=en,
            )
        )


def read_name(name: str) -> Name:
    """What the name of a file says it is. Raises: NotABankFile."""
    found = _NAME.fullmatch(name)
    try:
        if found and found[1]:
            return Name("advices", _day(found[2]), int(found[3]))
        if found:
            return Name("statement", _day(found[5]))
    except ValueError:
        pass
    raise NotABankFile(name=name[:60])


def read_advices(content: bytes) -> tuple[list[Advice], list[Refusal]]:
    """The advices of a file, or all that is wrong with it; then nothing of it counts.

    Source: CQ208-A4.1.3.
    """
    return _read(content, ADVICE_COLUMNS, _advice)


def read_statement(content: bytes) -> tuple[Statement | None, list[Refusal]]:
    """The statement of a day, or all that is wrong with it. Source: CQ208-A4.1.3."""
    lines, faults = _read(content, STATEMENT_COLUMNS, _line)
    if faults:
        return None, faults
    kinds = [kind for _, kind, _, _ in lines]
    middle = set(kinds[1:-1])
    ends = kinds[:1] == [Line.OPENING] and kinds[-1:] == [Line.CLOSING] and len(kinds) > 1
    if not ends or not middle <= {Line.IN, Line.OUT}:
        return None, [NoEnd()]
    balance = lines[0][3]
    for number, (_, _, amount, said) in enumerate(lines[1:], 3):
        balance += amount
        if balance != said:
            return None, [WrongBalance(row=number, must=balance, said=said)]
    moved = [StatementLine(reference, amount) for reference, _, amount, _ in lines[1:-1]]
    return Statement(lines[0][3], balance, moved), []


def written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A file with its end row; a name that looks like a formula is no formula in it."""
    cells = [[str(cell) for cell in row] for row in rows]
    amount = columns.index("amount_fen")
    total = sum(int(row[amount]) for row in cells)
    end = [""] * len(columns)
    end[0], end[1], end[amount] = _END, str(len(cells)), str(total)
    # Amounts may be negative and are told as numbers; only words are made safe.
    numbers = {n for n, name in enumerate(columns) if name.endswith("_fen")}
    safe = [
        [cell if n in numbers else safe_cell(cell) for n, cell in enumerate(row)] for row in cells
    ]
    return table_text(columns, [*safe, end]).encode()


def _read(
    content: bytes,
    columns: Sequence[str],
    read: Callable[[TableRow], tuple[Row | None, list[Refusal]]],
) -> tuple[list[Row], list[Refusal]]:
    try:
        rows = read_rows(content, columns=columns)
    except Refusal as refusal:
        return [], [refusal]
    if not rows or rows[-1].cells.get(columns[0]) != _END:
        return [], [NoEnd(row=rows[-1].number if rows else 1)]
    *body, last = rows
    found: list[Row] = []
    faults: list[Refusal] = []
    for row in body:
        one, wrong = (None, [row.refusal]) if row.refusal else read(row)
        faults += wrong
        if one is not None and not wrong:
            found.append(one)
    if faults:
        return [], faults
    total = sum(int(row.cells["amount_fen"] or 0) for row in body)
    told = last.cells.get(columns[1], ""), last.cells.get("amount_fen", "")
    if told != (str(len(body)), str(total)):
        return [], [
            EndDiffers(
                row=last.number,
                told_rows=told[0][:20],
                told_fen=told[1][:20],
                rows=len(body),
                fen=total,
            )
        ]
    return found, []


def _advice(row: TableRow) -> tuple[Advice | None, list[Refusal]]:
    cells = _Cells(row)
    reference = cells.text(
        "bank_reference", pattern=_REFERENCE, wanted=("银行流水号", "a reference of the bank")
    )
    kind = cells.one_of("kind", Told)
    ours = cells.text("reference", pattern=None, wanted=("本方编号", "a reference of ours"))
    is_deposit = kind == Told.DEPOSIT
    if not is_deposit and not _REFERENCE.fullmatch(ours):
        cells.text("reference", pattern=_REFERENCE, wanted=("本方编号", "a reference of ours"))
    amount = cells.fen("amount_fen", least=1 if is_deposit else 0)
    number = cells.text("account_number", pattern=_NUMBER, wanted=("银行账号", "an account number"))
    name = cells.text("account_name", pattern=None, wanted=("户名", "a name"))
    moment = cells.moment("at")
    reason = cells.text("reason", pattern=None, wanted=("原因", "a reason"))
    if cells.faults or moment is None:
        return None, cells.faults
    told = (reference, Told(kind), ours, Fen(amount), number, name, moment, reason)
    return Advice(row.number, *told), []


def _line(row: TableRow) -> tuple[tuple[str, str, int, int] | None, list[Refusal]]:
    cells = _Cells(row)
    kind = cells.one_of("kind", Line)
    moves = kind in {Line.IN, Line.OUT}
    reference = row.cells["bank_reference"].strip()
    if moves:
        wanted = "银行流水号", "a reference of the bank"
        reference = cells.text("bank_reference", pattern=_REFERENCE, wanted=wanted)
    amount, balance = cells.fen("amount_fen"), cells.fen("balance_fen")
    signs = {Line.IN: amount > 0, Line.OUT: amount < 0}
    if not cells.faults and not signs.get(Line(kind), amount == 0):
        cells.fault("amount_fen", str(amount), "与种类相符的金额", "an amount that fits the kind")
    return (None, cells.faults) if cells.faults else ((reference, kind, amount, balance), [])


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
