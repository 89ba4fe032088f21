"""Factor sets (排放因子集): default factors by sector and year, each with source and confidence.

A set stands in `mrv/factors/NAME.yaml`. It may take the factors of others; every factor keeps the
set it was written in. A set is a value: a result keeps it, and another set is another value.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from openets.kernel.quantity import plain
from openets.kernel.refusal import Refusal

TABLES = ("fuel", "process", "product", "electricity", "heat")
OTHER = "other"
"""The item that no set lists: everything it needs is measured."""


class UnknownFactorSet(Refusal):
    """No factor set of that name exists."""

    code = "unknown_factor_set"
    article = "CQETS-24"
    zh = "没有名为“{name}”的因子集"
    en = "There is no factor set “{name}”"
    remedy_zh = "可用的因子集：{known}"
    remedy_en = "Known sets: {known}"


class UnknownGwpSet(Refusal):
    """No set of global warming potentials of that name exists."""

    code = "unknown_gwp_set"
    article = "CQETS-24"
    zh = "没有名为“{name}”的全球增温潜势集"
    en = "There is no set of global warming potentials “{name}”"
    remedy_zh = "可用：{known}"
    remedy_en = "Known: {known}"


class UnknownItem(Refusal):
    """The set knows no such fuel, process, product, grid or heat."""

    code = "unknown_item"
    article = "CQETS-24"
    zh = "因子集 {set} 的“{table}”中没有“{item}”"
    en = "The factor set {set} has no {table} “{item}”"
    remedy_zh = "可用：{known_zh}；其余品种请填 other 并提供全部实测参数"
    remedy_en = "Known: {known}; anything else is “other”, with all its parameters measured"


class UnknownGas(Refusal):
    """The gas is not one of the seven, or its kind is named where the gas itself is needed."""

    code = "unknown_gas"
    article = "CQETS-33.i1"
    zh = "“{gas}”不是可核算的温室气体"
    en = "“{gas}” is no greenhouse gas that can be accounted for"
    remedy_zh = "请填写具体气体：{known}"
    remedy_en = "Name one of these: {known}"


class YearNotCovered(Refusal):
    """The set is not for activity data of that year."""

    code = "year_not_covered"
    article = "CQETS-24"
    zh = "因子集 {set} 适用于 {years} 年，不适用于 {year} 年"
    en = "The factor set {set} is for {years}, not for {year}"
    remedy_zh = "请选用该年度的因子集；以其他年度因子修正历史数据须使用修正操作"
    remedy_en = "Choose a set of that year; to use another year's is a restatement"


@dataclass(frozen=True, slots=True)
class Factor:
    """The defaults of one item. `values` in the units that the method states."""

    table: str
    key: str
    zh: str
    method: str
    unit: str
    values: Mapping[str, Decimal]
    set: str
    source: str
    confidence: str
    note: str = ""

    @property
    def origin(self) -> str:
        """Where a default of this item comes from, for the working."""
        note = f"; {self.note}" if self.note else ""
        return f"{self.set}: {self.source} (confidence {self.confidence}){note}"


@dataclass(frozen=True, slots=True)
class Gas:
    """A gas, and which of the seven kinds it is."""

    key: str
    kind: str
    zh: str


@dataclass(frozen=True, slots=True)
class GwpSet:
    """Global warming potentials (全球增温潜势) of one report, tonnes CO2e a tonne of gas."""

    name: str
    title: str
    title_zh: str
    confidence: str
    values: Mapping[str, Decimal]
    lent: Mapping[str, str]
    """The gases the report has no potential of, and the set that lends it."""

    def origin(self, gas: str) -> str:
        """Where the potential of a gas comes from, for the working."""
        lender = f"; {gas} as in {self.lent[gas]}" if gas in self.lent else ""
        return f"{self.name}: {self.title} (confidence {self.confidence}){lender}"

    def of(self, gas: str) -> Decimal:
        """The potential of a gas. Source: CQETS-33.i1.

        Raises:
            UnknownGas.
        """
        if gas not in gases():
            raise UnknownGas(field="item", gas=gas[:40], known=", ".join(gases()))
        return self.values[gas]


@dataclass(frozen=True)
class FactorSet:
    """The factors of a sector for some years of activity data."""

    name: str
    title: str
    title_zh: str
    sector: str
    years: tuple[int, ...]
    source: str
    confidence: str
    note: str
    gwp: GwpSet
    factors: tuple[Factor, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that can move a result, so that a set proves which one it was."""
        content = {
            "years": self.years,
            "gwp": {self.gwp.name: {g: plain(v) for g, v in self.gwp.values.items()}},
            "factors": [
                [f.table, f.key, f.method, f.unit, {n: plain(v) for n, v in f.values.items()}]
                for f in sorted(self.factors, key=lambda f: (f.table, f.key))
            ],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Factor]:
        return {
            (f.table, name.casefold()): f for f in self.factors for name in (f.key, f.zh) if name
        }

    def find(self, table: str, item: str) -> Factor:
        """The defaults of an item by its key or its Chinese name; of `other` there are none.

        Raises:
            UnknownItem.
        """
        if item.casefold() == OTHER:
            return Factor(table, OTHER, "其他", "", "", {}, self.name, "measured", "")
        factor = self._by_name.get((table, item.casefold()))
        if factor is None:
            known = [f for f in self.factors if f.table == table]
            raise UnknownItem(
                field="item",
                set=self.name,
                table=table,
                item=item[:40],
                known=", ".join(f.key for f in known) or OTHER,
                known_zh="、".join(f.zh for f in known) or OTHER,
            )
        return factor

    def must_cover(self, year: int) -> None:
        """Refuse activity data of a year that the set is not for. Source: CQETS-24.

        Raises:
            YearNotCovered.
        """
        if year not in self.years:
            years = ", ".join(str(one) for one in self.years) or "-"
            raise YearNotCovered(field="year", set=self.name, years=years, year=year)

    def with_gwp(self, name: str) -> "FactorSet":
        """This set with other global warming potentials; the set itself does not change.

        Raises:
            UnknownGwpSet.
        """
        return replace(self, gwp=gwp_set(name))


@cache
def factor_sets() -> Mapping[str, FactorSet]:
    """Every set that can be accounted with, by name. Parts that others take are not among them."""
    contents = _contents()
    whole = {name: content for name, content in contents.items() if content["years"]}
    return MappingProxyType({name: _set(name, whole[name], contents) for name in sorted(whole)})


def factor_set(name: str) -> FactorSet:
    """One factor set.

    Raises:
        UnknownFactorSet.
    """
    if name not in factor_sets():
        raise UnknownFactorSet(field="factors", name=name[:40], known=", ".join(factor_sets()))
    return factor_sets()[name]


def gwp_set(name: str) -> GwpSet:
    """One set of global warming potentials.

    Raises:
        UnknownGwpSet.
    """
    sets = gwp_sets()
    if name not in sets:
        raise UnknownGwpSet(field="gwp", name=name[:40], known=", ".join(sets))
    return sets[name]


@cache
def gwp_sets() -> Mapping[str, GwpSet]:
    """Every set of global warming potentials, by name."""
    sets = _read("gwp")["sets"]
    return MappingProxyType({name: _gwp_set(name, sets) for name in sets})


@cache
def gases() -> Mapping[str, Gas]:
    """Every gas that can be accounted for, by name. Source: CQETS-33.i1."""
    listed = _read("gwp")["gases"]
    return MappingProxyType({key: Gas(key, one["kind"], one["zh"]) for key, one in listed.items()})


def _gwp_set(name: str, sets: Mapping[str, Any]) -> GwpSet:
    one = sets[name]
    lent = one.get("lent", {})
    values = one["values"] | {gas: sets[lender]["values"][gas] for gas, lender in lent.items()}
    assert set(values) == set(gases()), f"{name} has a potential of every gas"
    return GwpSet(
        name=name,
        title=one["title"],
        title_zh=one["title_zh"],
        confidence=one["confidence"],
        values={gas: Decimal(value) for gas, value in values.items()},
        lent=lent,
    )


def _contents() -> dict[str, Any]:
    folder = files("openets.mrv").joinpath("factors")
    names = [path.name.removesuffix(".yaml") for path in folder.iterdir()]
    return {name: _read(name) for name in names if name != "gwp"}


def _read(name: str) -> Any:
    text = files("openets.mrv").joinpath("factors", f"{name}.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def _set(name: str, content: dict[str, Any], contents: Mapping[str, Any]) -> FactorSet:
    parts = (name, *content.get("takes", ()))
    factors = tuple(factor for part in parts for factor in _factors(part, contents[part]))
    places = [(factor.table, key) for factor in factors for key in (factor.key, factor.zh)]
    assert len(set(places)) == len(places), f"{name} has a factor twice"
    return FactorSet(
        name=name,
        title=content["title"],
        title_zh=content["title_zh"],
        sector=content["sector"],
        years=tuple(content["years"]),
        source=content["source"],
        confidence=content["confidence"],
        note=content.get("note", ""),
        gwp=gwp_set(content["gwp"]),
        factors=factors,
    )


def _factors(name: str, content: dict[str, Any]) -> list[Factor]:
    return [
        _factor(name, content, table, key, given)
        for table in TABLES
        for key, given in content.get(table, {}).items()
    ]


def _factor(
    name: str, content: dict[str, Any], table: str, key: str, given: dict[str, Any]
) -> Factor:
    words = {"zh", "method", "unit", "source", "confidence", "note", "deductions"}
    values = {word: value for word, value in given.items() if word not in words}
    values |= {f"deduction_{raw}": value for raw, value in given.get("deductions", {}).items()}
    return Factor(
        table=table,
        key=key,
        zh=given["zh"],
        method=given.get("method", ""),
        unit=given.get("unit", ""),
        values={word: Decimal(value) for word, value in values.items()},
        set=name,
        source=given.get("source", content["source"]),
        confidence=given.get("confidence", content["confidence"]),
        note=given.get("note", ""),
    )
