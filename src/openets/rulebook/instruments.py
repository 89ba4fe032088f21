"""The legal texts themselves: number, issuer, dates, and which of them is in force on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from openets.kernel.refusal import Refusal


class NotInForce(Refusal):
    """The text is not in force on the day asked for."""

    code = "instrument_not_in_force"
    zh = "{day} 时《{title_zh}》（{instrument}）尚未施行"
    en = "{instrument} ({title}) is not in force on {day}"
    remedy_zh = "请按当时有效的规定办理"
    remedy_en = "Act by the rules in force on that day"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One legal text. Dates are empty where the text, being a draft, gives none."""

    id: str
    jurisdiction: str
    title: str
    title_zh: str
    number: str
    issuer: str
    issuer_zh: str
    issued: date | None
    effective: date | None
    status: Literal["in_force", "draft"]
    source: str
    repeals: tuple[str, ...]

    def is_in_force(self, day: date) -> bool:
        """Whether the text governs acts of a day."""
        return self.effective is not None and self.effective <= day


@cache
def instruments() -> Mapping[str, Instrument]:
    """The legal texts by id, in the order of their ids."""
    folder = files("openets.rulebook") / "instruments"
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    texts = [_instrument(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)) for path in paths]
    return {text.id: text for text in texts}


def rule_sets(*, jurisdiction: str, day: date) -> tuple[Instrument, ...]:
    """The texts of a jurisdiction in force on a day; none when the day lies before all of them.

    Source: CQETS-34, CQVER-44, BJETS-36, CNETS-51.
    """
    texts = instruments().values()
    return tuple(t for t in texts if t.jurisdiction == jurisdiction and t.is_in_force(day))


def rule_set(instrument: str, *, day: date) -> Instrument:
    """One text by its id, if it is in force on a day.

    Source: CQETS-34, CQVER-44, BJETS-36, CNETS-51.

    Raises:
        NotInForce: the day lies before its effect, or the text is a draft.
    """
    text = instruments()[instrument]
    if not text.is_in_force(day):
        raise NotInForce(
            article=text.source,
            instrument=text.id,
            title=text.title,
            title_zh=text.title_zh,
            number=text.number,
            day=day.isoformat(),
        )
    return text


def _instrument(text: Mapping[str, Any]) -> Instrument:
    return Instrument(**{**text, "repeals": tuple(text["repeals"])})
