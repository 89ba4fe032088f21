"""Rows of a file of trading days, and the text that says where they are from. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal

import yaml

from openets.kernel.quantity import Fen, Tonnes, fen, parse_decimal, plain, yuan
from openets.kernel.refusal import Refusal

COLUMNS = ("day", "price_yuan", "volume_t", "turnover_yuan")
LARGEST = Decimal(10**15)
LONGEST_NAME, LONGEST_NOTE = 200, 500
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class NotADay(Refusal):
    """A cell that should be a day is something else."""

    code = "not_a_day"
    article = "CQETS-20"
    zh = "“{value}”不是日期"
    en = "“{value}” is not a day"
    remedy_zh = "请按 2014-06-19 的格式填写"
    remedy_en = "Write it as 2014-06-19"


class NotTraded(Refusal):
    """A trading day has a price, a volume and a turnover above nought."""

    code = "not_a_traded_figure"
    article = "CQETS-20"
    zh = "{name} 为 {value}，须大于 0 且不超过 {decimals} 位小数"
    en = "{name} is {value}; it is above 0 and has at most {decimals} decimals"
    remedy_zh = "请核对来源；没有成交的日期不列入"
    remedy_en = "Check the source; days without trades are left out"


class SourceUnclear(Refusal):
    """Nobody shows a figure of which they cannot say where it is from."""

    code = "source_unclear"
    article = "CQETS-20"
    zh = "来源说明有误：{why}"
    en = "The description of the source is wrong: {why}"
    remedy_zh = "请在同名 .yaml 文件中写明 code、zh、en、note_zh、note_en"
    remedy_en = "Say code, zh, en, note_zh and note_en in a .yaml file of the same name"


@dataclass(frozen=True, slots=True)
class HistoricRow:
    """A trading day: the price published for it, tonnes and money traded."""

    day: date
    price_fen: Fen
    volume_t: Tonnes
    turnover_fen: Fen

    def as_cells(self) -> tuple[str, ...]:
        """The row as a file holds it, in the order of `COLUMNS`."""
        money = yuan(self.price_fen), yuan(self.turnover_fen)
        return (self.day.isoformat(), str(money[0]), plain(self.volume_t), str(money[1]))


@dataclass(frozen=True, slots=True)
class SourceText:
    """Where rows are from: a short name and a note on what the figures are, in both languages."""

    code: str
    zh: str
    en: str
    note_zh: str
    note_en: str

    def as_json(self) -> dict[str, str]:
        """Shape in the journal."""
        return asdict(self)


def read_row(cells: Mapping[str, str]) -> HistoricRow:
    """Read the cells of one row, the columns being `COLUMNS`. Source: CQETS-20.

    Raises:
        NotADay, NotTraded, NotANumber.
    """
    return HistoricRow(
        day=_day(cells["day"].strip()),
        price_fen=fen(_figure(cells, "price_yuan", decimals=2)),
        volume_t=Tonnes(int(_figure(cells, "volume_t", decimals=0))),
        turnover_fen=fen(_figure(cells, "turnover_yuan", decimals=2)),
    )


def read_source(content: bytes) -> SourceText:
    """Read the text that says where the rows of a file are from.

    Raises:
        SourceUnclear.
    """
    try:
        said = yaml.load(content, yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise SourceUnclear(why=str(fault)[:200]) from fault
    names = {field.name for field in fields(SourceText)}
    if not isinstance(said, dict) or set(said) != names:
        raise SourceUnclear(why=", ".join(sorted(names)))
    for name, text in said.items():
        most = LONGEST_NOTE if name.startswith("note") else LONGEST_NAME
        if not isinstance(text, str) or not 0 < len(text.strip()) <= most or not text.isprintable():
            raise SourceUnclear(field=name, why=name)
    if not _CODE.fullmatch(said["code"]):
        raise SourceUnclear(field="code", why=said["code"][:40])
    return SourceText(**said)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError as fault:
        raise NotADay(field="day", value=text[:40]) from fault


def _figure(cells: Mapping[str, str], name: str, *, decimals: int) -> Decimal:
    value = parse_decimal(cells[name], field=name)
    if not 0 < value < LARGEST or value != round(value, decimals):
        raise NotTraded(field=name, name=name, value=plain(value), decimals=decimals)
    return value
