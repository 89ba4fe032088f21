"""Load a jurisdiction's cards and answer what the law says for a year or on a date.

A value holds for `years`, or `from` a day (`until` another, exclusive), or `always`, or it is a
`draft` without a date of effect. A card that the texts leave open has `values: []` and `not_set`
with the article that leaves it open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from openets.kernel.calendar import Calendar
from openets.kernel.citation import Citation
from openets.kernel.period import Period
from openets.kernel.refusal import Refusal

Value = Any
"""A scalar or list as written in the card; numbers with a point are strings, read as Decimal."""

ALWAYS = Period(date.min)


class NoValueForTime(Refusal):
    """The rule has no value for the year or date asked for; a neighbour's is never used."""

    code = "no_value_for_time"
    zh = "{place_zh}没有适用于 {time} 的“{title_zh}”（{key}）"
    en = "{place} has no value of “{title}” ({key}) for {time}"
    remedy_zh = "请先录入该年度已公布的参数；系统不会沿用其他年度的数值"
    remedy_en = "Enter the published value of that year; another year's value is never used"


class NotSet(Refusal):
    """The texts leave the value open and nobody has set it (AMB-04, AMB-37)."""

    code = "not_set"
    zh = "{place_zh}的“{title_zh}”（{key}）尚未设定，法规文本未给出数值"
    en = "“{title}” ({key}) is not set in {place}; the texts leave it open"
    remedy_zh = "请由主管部门确定并录入数值及依据"
    remedy_en = "Have the competent authority set the value and record its basis"


class DraftOnly(Refusal):
    """The value stands in a draft without a date of effect (AMB-05)."""

    code = "draft_only"
    zh = "{place_zh}的“{title_zh}”（{key}）仅见于征求意见稿，尚无施行日期"
    en = "“{title}” ({key}) of {place} stands in a draft without a date of effect"
    remedy_zh = "请先指定施行日期，再按草案测算"
    remedy_en = "Give a date of effect first to calculate by the draft"


class UnknownRule(Refusal):
    """The jurisdiction's rulebook has no such card."""

    code = "unknown_rule"
    zh = "{place_zh}的规则库中没有“{key}”"
    en = "The rulebook of {place} has no card “{key}”"
    remedy_zh = "请核对参数名称，或为该辖区补充规则"
    remedy_en = "Check the key, or add the card to the jurisdiction"


class UnknownJurisdiction(Refusal):
    """No rulebook folder of that name exists."""

    code = "unknown_jurisdiction"
    zh = "没有辖区“{jurisdiction}”的规则库"
    en = "There is no rulebook for the jurisdiction “{jurisdiction}”"
    remedy_zh = "可用的辖区：{known}"
    remedy_en = "Known jurisdictions: {known}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One value of the law: what it is, for which time, and where it stands."""

    key: str
    title: str
    title_zh: str
    value: Value
    unit: str
    comparison: str
    cite: Citation
    years: frozenset[int]
    period: Period | None
    reading: str
    options: tuple[Value, ...]
    catalogue: str
    note: str
    confidence: str

    @property
    def is_set(self) -> bool:
        """Whether the card has a value at all."""
        return self.value is not None

    @property
    def is_draft(self) -> bool:
        """Whether the value waits for a date of effect."""
        return self.is_set and not self.years and self.period is None

    @property
    def flag(self) -> bool:
        """The value as yes or no; anything else is a fault of the card."""
        assert isinstance(self.value, bool), f"{self.key} is not yes or no"
        return self.value

    @property
    def number(self) -> Decimal:
        """The value as an exact decimal."""
        return Decimal(str(self.value))

    @property
    def whole(self) -> int:
        """The value as an integer; anything else is a fault of the card."""
        assert self.number == int(self.number), f"{self.key} is not whole"
        return int(self.number)

    @property
    def text(self) -> str:
        """The value as written."""
        return str(self.value)

    @property
    def day(self) -> date:
        """The value as a date."""
        return self.value if isinstance(self.value, date) else date.fromisoformat(str(self.value))

    @property
    def items(self) -> tuple[Any, ...]:
        """The value as a list."""
        assert isinstance(self.value, list), f"{self.key} is not a list"
        return tuple(self.value)


class Law:
    """The rulebook of one jurisdiction."""

    def __init__(self, jurisdiction: str, rules: Mapping[str, tuple[Rule, ...]]) -> None:
        """`rules` maps a key such as alloc.reserve_share to its values over time."""
        self.jurisdiction = jurisdiction
        self._rules = dict(rules)

    def __iter__(self) -> Iterator[Rule]:
        """Every value of every card, in the order of the files."""
        return (rule for values in self._rules.values() for rule in values)

    def __contains__(self, key: str) -> bool:
        """Whether a card of that key exists."""
        return key in self._rules

    def is_set(self, key: str) -> bool:
        """Whether the card has any value; one that the texts leave open may have none.

        Raises:
            UnknownRule.
        """
        return self._card(key)[0].is_set

    def for_year(self, key: str, year: int) -> Rule:
        """The value that applies to a compliance year.

        Source: AMB-05.

        Raises:
            UnknownRule, NoValueForTime, NotSet, DraftOnly.
        """
        rules = self._card(key)
        for rule in rules:
            if year in rule.years:
                return rule
        for rule in rules:
            if rule.period and not rule.years and date(year, 12, 31) in rule.period:
                return rule
        raise self._no_value(rules[0], year)

    def on(self, key: str, day: date) -> Rule:
        """The value in force on a date.

        Source: AMB-05.

        Raises:
            UnknownRule, NoValueForTime, NotSet, DraftOnly.
        """
        rules = self._card(key)
        for rule in rules:
            if rule.period and day in rule.period:
                return rule
        raise self._no_value(rules[0], day)

    def instead(self, changes: Mapping[str, Value]) -> "Law":
        """This law with some values changed everywhere they apply: for what-if and readings.

        Raises:
            UnknownRule: a key without a card.
        """
        rules = dict(self._rules)
        for key, value in changes.items():
            rules[key] = tuple(_changed(rule, value) for rule in self._card(key))
        return Law(self.jurisdiction, rules)

    def amended(self, key: str, value: Value, *, start: date, cite: Citation) -> "Law":
        """This law with a new value of a card from a day on; until then the former one holds.

        Raises:
            UnknownRule.
        """
        former = self._card(key)
        before = [
            replace(rule, period=Period(rule.period.start, start))
            if rule.period and start in rule.period and rule.period.start < start
            else rule
            for rule in former
            if not (rule.period and rule.period.start >= start)
        ]
        new = replace(former[-1], value=value, period=Period(start), cite=cite, years=frozenset())
        return Law(self.jurisdiction, self._rules | {key: (*before, new)})

    def taking_effect(self, day: date) -> "Law":
        """This law with its draft values in force from a day. Source: CNETS-51."""
        rules = {
            key: tuple(
                replace(rule, period=Period(day)) if rule.is_draft else rule for rule in card
            )
            for key, card in self._rules.items()
        }
        return Law(self.jurisdiction, rules)

    def _names(self) -> dict[str, Any]:
        """The jurisdiction by its folder and by its name in both languages."""
        names: dict[str, Any] = {"jurisdiction": self.jurisdiction}
        for name, key in (("place", "profile.name"), ("place_zh", "profile.name_zh")):
            names[name] = self._rules[key][0].text if key in self._rules else self.jurisdiction
        return names

    def _card(self, key: str) -> tuple[Rule, ...]:
        if key not in self._rules:
            raise UnknownRule(**self._names(), key=key)
        return self._rules[key]

    def _no_value(self, rule: Rule, time: object) -> Refusal:
        refusal = NoValueForTime if rule.is_set else NotSet
        return (DraftOnly if rule.is_draft else refusal)(
            article=rule.cite.source,
            **self._names(),
            key=rule.key,
            title=rule.title,
            title_zh=rule.title_zh,
            time=str(time),
        )


@cache
def law(jurisdiction: str) -> Law:
    """Load the cards of a jurisdiction from its folder of data.

    Raises:
        UnknownJurisdiction: there is no such folder.
    """
    folder = data_folder() / jurisdiction
    if not jurisdiction.isalpha() or not folder.is_dir():
        known = ", ".join(sorted(path.name for path in data_folder().iterdir() if path.is_dir()))
        raise UnknownJurisdiction(jurisdiction=jurisdiction, known=known)
    rules: dict[str, tuple[Rule, ...]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for name, card in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).items():
            key = f"{path.stem}.{name}"
            entries = card["values"] or [{"value": None, **card["not_set"]}]
            rules[key] = tuple(_rule(key, card, entry) for entry in entries)
    return Law(jurisdiction, rules)


@cache
def calendar(jurisdiction: str) -> Calendar:
    """The working and trading days a jurisdiction counts by: the State Council's calendar.

    Source: AMB-01; a jurisdiction without a calendar file of its own uses the national one.
    """
    law(jurisdiction)
    own = data_folder() / jurisdiction / "holidays.csv"
    path = own if own.exists() else data_folder() / "cn" / "holidays.csv"
    lines = path.read_text("utf-8").splitlines()
    return Calendar.from_rows(
        dict(zip(("date", "kind", "name"), line.split(","), strict=True)) for line in lines[1:]
    )


def data_folder() -> Path:
    """Where the jurisdictions' folders lie."""
    return Path(str(files("openets.rulebook"))) / "data"


def _rule(key: str, card: Mapping[str, Any], entry: Mapping[str, Any]) -> Rule:
    return Rule(
        key=key,
        title=card["title"],
        title_zh=card["title_zh"],
        value=entry["value"],
        unit=card.get("unit", ""),
        comparison=card.get("comparison", "="),
        cite=Citation(
            source=entry.get("source", ""),
            quote=entry.get("quote", ""),
            assumed=entry.get("assumed", ""),
        ),
        years=frozenset(entry.get("years", ())),
        period=_period(entry),
        reading=card.get("reading", ""),
        options=tuple(card.get("options", ())),
        catalogue=entry.get("catalogue", ""),
        note=entry.get("note", ""),
        confidence=entry.get("confidence", ""),
    )


def _period(entry: Mapping[str, Any]) -> Period | None:
    if entry.get("always"):
        return ALWAYS
    return Period(entry["from"], entry.get("until")) if "from" in entry else None


def _changed(rule: Rule, value: Value) -> Rule:
    if not rule.is_set:
        return replace(rule, value=value, period=ALWAYS, cite=Citation(assumed="set by hand"))
    return replace(rule, value=value, cite=Citation(assumed=f"changed from {rule.value}"))
