"""The catalogue: what the five texts ask of a carbon market, and how ambiguous words are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

SOURCES = ("CQETS", "CQVER", "CQ208", "CNETS", "BJETS")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One article, paragraph, item or separate duty of a text, and the cases that accept it."""

    id: str
    source: str
    article: str
    title: str
    title_zh: str
    kind: str
    system: str
    jurisdictions: tuple[str, ...]
    actors: tuple[str, ...]
    requirement: str
    accept: tuple[str, ...]

    @property
    def is_software(self) -> bool:
        """Whether software can carry it at all."""
        return self.kind != "not-software"

    @property
    def reason(self) -> str:
        """Why software does not carry it; empty for all others."""
        return "" if self.is_software else self.requirement.removeprefix("Not software. Reason: ")


@dataclass(frozen=True, slots=True)
class Reading:
    """One ambiguity of the texts: the words, the possible readings, the one taken and why."""

    id: str
    title: str
    title_zh: str
    text: str
    default: str
    example: str
    readings: str = ""
    why: str = ""


@cache
def requirements() -> tuple[Requirement, ...]:
    """Every requirement, by source and then in the order of the text."""
    return tuple(_requirement(source, row) for source in SOURCES for row in _rows(source.lower()))


@cache
def requirements_by_id() -> Mapping[str, Requirement]:
    """The requirements by catalogue id, such as CQ208-A1.5.2b."""
    return {row.id: row for row in requirements()}


@cache
def readings() -> tuple[Reading, ...]:
    """The documented readings AMB-01 to AMB-64, in order."""
    return tuple(Reading(**row) for row in _rows("readings"))


@cache
def titles() -> Mapping[str, tuple[str, str]]:
    """What every citable id is called, in Chinese and in English."""
    rows: tuple[Requirement | Reading, ...] = (*requirements(), *readings())
    return {row.id: (row.title_zh, row.title) for row in rows}


@cache
def citable() -> frozenset[str]:
    """Every id that code, cards and tests may cite."""
    return frozenset(titles())


def _rows(name: str) -> list[dict[str, Any]]:
    path = files("openets.rulebook") / "requirements" / f"{name}.yaml"
    rows: list[dict[str, Any]] = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return rows


def _requirement(source: str, row: dict[str, Any]) -> Requirement:
    lists = {key: tuple(row[key]) for key in ("jurisdictions", "actors", "accept")}
    return Requirement(**{**row, **lists, "source": source})
