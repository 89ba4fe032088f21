"""What a what-if may change: the parameters of allocation, each within its kind and range. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from openets.allocation.lines import PROCESSES
from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, NoValueForTime, Rule

Kind = Literal["choice", "flag", "share", "number", "whole", "years", "processes"]

_HIGHEST = {"days/year": Decimal(366), "decimals": Decimal(10)}
OUTLIER_RATIO = "alloc.outlier_ratio"
"""How results are looked at; no part of a plan."""
PAID_SHARE = "alloc.paid_share"
"""What is allocated against payment. Source: CQETS-12."""
CLAIM_ADVANCED = "registry.prealloc_cancel_claim_advanced"
"""Whether what was used of a cancelled pre-allocation is claimed. Source: CQ208-4.2c, AMB-62."""
_OTHER = {
    *("alloc.objection_days", "alloc.review_decision_days", "alloc.reserve_cancel_date"),
    *("alloc.deduction_carry_remainder", "alloc.inventory_years", "alloc.restate_factors"),
    *("alloc.prealloc_trueup", OUTLIER_RATIO, PAID_SHARE),
}
"""They change no figure of a run: it tells what a year gives, and settles nothing given before."""
_FLAGS = {"true": True, "false": False}


class NotALever(Refusal):
    """A what-if changes parameters of allocation only."""

    code = "not_a_lever"
    article = "CQETS-11"
    zh = "“{key}”不是可测算的分配参数"
    en = "“{key}” is no parameter of allocation that a what-if may change"
    remedy_zh = "请从列出的参数中选择"
    remedy_en = "Choose one of the listed parameters"


class OutOfRange(Refusal):
    """The value is not of the parameter's kind or outside its range."""

    code = "lever_out_of_range"
    article = "CQETS-11"
    zh = "“{title_zh}”不能取“{value}”，允许：{range_zh}"
    en = "“{title}” cannot be “{value}”; allowed: {range}"
    remedy_zh = "请按允许的类型和范围填写"
    remedy_en = "Give a value of that kind and range"


class NotChanges(Refusal):
    """A file of changes is a JSON object that names them, of the year it is read for."""

    code = "not_changes"
    article = "CQETS-11"
    zh = "文件不是 {year} 年度的测算参数：{problem}"
    en = "The file holds no changes of parameters for {year}: {problem}"
    remedy_zh = '请提供 JSON：{{"year": {year}, "changes": {{"参数": "取值"}}}}，或已导出的测算'
    remedy_en = 'Give JSON: {{"year": {year}, "changes": {{"key": "value"}}}}, or an exported run'


class NothingChanged(Refusal):
    """A what-if asks about at least one other value."""

    code = "nothing_changed"
    article = "CQETS-11"
    zh = "未改动任何参数，测算与试算相同"
    en = "No parameter differs, so this is no what-if"
    remedy_zh = "请至少改动一个参数，或运行试算"
    remedy_en = "Change a parameter, or start a trial run"


@dataclass(frozen=True, slots=True)
class Lever:
    """A parameter with its value of the year, and what it may be changed to."""

    rule: Rule
    kind: Kind
    lowest: Decimal | None = None
    highest: Decimal | None = None

    @property
    def key(self) -> str:
        """The card."""
        return self.rule.key

    @property
    def value(self) -> str:
        """The value of the law, as a person writes it."""
        if self.kind in {"years", "processes"}:
            return ", ".join(str(item) for item in self.rule.items)
        return str(self.rule.flag).lower() if self.kind == "flag" else self.rule.text

    @property
    def options(self) -> tuple[str, ...]:
        """What may be chosen of, as it is written; empty for figures."""
        if self.kind == "flag":
            return tuple(_FLAGS)
        if self.kind == "processes":
            return tuple(sorted(PROCESSES))
        return tuple(map(str, self.rule.options)) if self.kind == "choice" else ()

    @property
    def range(self) -> tuple[str, str]:
        """What is allowed, in Chinese and English."""
        if self.options:
            return ", ".join(self.options), ", ".join(self.options)
        if self.kind == "years":
            return "年度，以逗号分隔", "years, separated by commas"
        zh, en = ("整数", "whole number") if self.kind == "whole" else ("数值", "number")
        if self.kind == "share":
            return "不小于 0 且小于 1", "from 0 to below 1"
        if self.highest is None:
            return f"{zh}，不小于 {self.lowest}", f"{en}, not below {self.lowest}"
        return (
            f"{zh}，{self.lowest} 至 {self.highest}",
            f"{en} from {self.lowest} to {self.highest}",
        )


def parameters(law: Law) -> list[str]:
    """The keys of the cards that allocation reads, in their order. Source: CQETS-11."""
    found = dict.fromkeys(rule.key for rule in law if rule.key.startswith("alloc."))
    return [*found, *([CLAIM_ADVANCED] if CLAIM_ADVANCED in law else [])]


def levers(law: Law, year: int) -> dict[str, Lever]:
    """The parameters a what-if of `year` may change, by key in the order of the cards.

    Those of the pre-allocation are of the year after. Source: CQETS-11.
    """
    found = {}
    for key in parameters(law):
        rule = _rule(law, key, year)
        if rule is not None and key not in _OTHER:
            found[key] = _lever(rule)
    return found


def changed(law: Law, year: int, changes: Mapping[str, str]) -> Law:
    """The law with some values changed as written, for `year` and what follows from it.

    Source: CQETS-11.

    Raises:
        NotALever, OutOfRange.
    """
    known = levers(law, year)
    values = {}
    for key, text in changes.items():
        if key not in known:
            raise NotALever(field=key, key=key)
        values[key] = parsed(known[key], text, year)
    return law.instead(values)


def differing(law: Law, year: int, changes: Mapping[str, str]) -> dict[str, str]:
    """The changes that say something else than the law, checked.

    Raises:
        NotALever, OutOfRange, NothingChanged.
    """
    known = levers(law, year)
    found = {}
    for key, text in changes.items():
        if key not in known:
            raise NotALever(field=key, key=key)
        lever = known[key]
        if not _same(parsed(lever, text, year), parsed(lever, lever.value, year)):
            found[key] = text.strip()
    if not found:
        raise NothingChanged
    return found


def parsed(lever: Lever, text: str, year: int) -> Any:
    """A value as written, read as the parameter's kind.

    Raises:
        OutOfRange.
    """
    text = text.strip()
    refused = OutOfRange(
        field=lever.key,
        title=lever.rule.title,
        title_zh=lever.rule.title_zh,
        value=text,
        range=lever.range[1],
        range_zh=lever.range[0],
    )
    if lever.kind in {"choice", "flag"}:
        if text not in lever.options:
            raise refused
        return _FLAGS[text] if lever.kind == "flag" else text
    items = [item.strip() for item in text.replace("，", ",").split(",") if item.strip()]
    if lever.kind == "processes":
        if not set(items) <= set(PROCESSES):
            raise refused
        return items
    if lever.kind == "years":
        if not items or not all(i.isascii() and i.isdigit() and int(i) <= year for i in items):
            raise refused
        return sorted({int(item) for item in items})
    return _number(lever, text, refused)


def read_changes(content: bytes, year: int) -> dict[str, str]:
    """The changes of a file, as a run is exported: what else it holds is left aside.

    Source: CQETS-11.

    Raises:
        NotChanges.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise NotChanges(field="file", year=year, problem="not JSON") from fault
    changes = found.get("changes") if isinstance(found, dict) else None
    if not isinstance(changes, dict):
        raise NotChanges(field="file", year=year, problem='no object "changes"')
    if found.get("year", year) != year:
        raise NotChanges(field="file", year=year, problem=f"year {str(found['year'])[:20]}")
    return {str(key): _written(value) for key, value in changes.items()}


def _written(value: object) -> str:
    """A value of a file as a person writes it; JSON has lists, numbers and yes or no as well."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same(one: Any, other: Any) -> bool:
    """Whether two values say the same; a number may be written with more or fewer noughts."""
    try:
        return Decimal(one) == Decimal(other)
    except (InvalidOperation, TypeError, ValueError):
        return bool(one == other)


def _number(lever: Lever, text: str, refused: OutOfRange) -> str | int:
    try:
        number = Decimal(text)
    except InvalidOperation as fault:
        raise refused from fault
    if not number.is_finite() or (lever.kind == "whole" and number != int(number)):
        raise refused
    if lever.lowest is not None and number < lever.lowest:
        raise refused
    if lever.highest is not None and number > lever.highest:
        raise refused
    if lever.kind == "share" and number >= 1:
        raise refused
    return int(number) if lever.kind == "whole" else str(number)


def _rule(law: Law, key: str, year: int) -> Rule | None:
    for when in (year, year + 1):
        try:
            return law.for_year(key, when)
        except NoValueForTime:
            continue
    return None


def _lever(rule: Rule) -> Lever:
    """The kind and range that a card's options, value and unit mean."""
    if rule.options:
        return Lever(rule, "flag" if isinstance(rule.value, bool) else "choice")
    if isinstance(rule.value, list):
        return Lever(rule, "years" if rule.unit == "year" else "processes")
    if rule.unit.startswith("share"):
        return Lever(rule, "share", Decimal(0))
    is_whole = rule.unit in {"tCO2e", "years", "products", *_HIGHEST}
    return Lever(rule, "whole" if is_whole else "number", Decimal(0), _HIGHEST.get(rule.unit))
