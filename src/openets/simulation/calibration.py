"""The calibration, read once into frozen types."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Product:
    """A product, its unit of output, its usual intensity and the names that hint at it."""

    name_zh: str
    unit: str
    intensity: Decimal
    """Tonnes of CO2 per unit of output in 2019."""
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A small line beside the benchmarked ones, with its share of the entity's emissions."""

    share: Decimal
    trend: Decimal
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Industry:
    """What the entities of one industry label are drawn from."""

    label: str
    process: str
    total_t: int
    concentration: Decimal
    leaders: tuple[int, ...]
    line_t: int
    most_lines: int
    extra_line: Decimal
    trend: Decimal
    level_spread: Decimal
    not_comparable: Decimal
    non_co2_share: Decimal
    non_co2_ratio: Decimal
    downtime_days: tuple[int, int]
    products: tuple[Product, ...]
    side: Side | None


@dataclass(frozen=True, slots=True)
class CaseRule:
    """A special case of annex 1 that the model plants.

    Empty and None leave what is drawn; `entities` says how many get it unless `numbers` names them.
    """

    name: str
    article: str
    industries: tuple[str, ...]
    numbers: tuple[int, ...]
    leaders: bool
    entities: int
    lines: int | None
    products: int | None
    comparable: bool | None
    trend: Decimal | None
    process: str
    commissioned: date | None
    share: Decimal
    shutdown_days: Mapping[int, int]
    intensity_ratio: Mapping[int, Decimal]
    usable_from: date | None
    saved: Decimal


@dataclass(frozen=True, slots=True)
class Calibration:
    """All numbers of the model of what the entities produced and emitted."""

    inventory_years: tuple[int, ...]
    reported_years: tuple[int, ...]
    activity: Mapping[int, Decimal]
    largest_t: int
    size_spread: Decimal
    commissioned_years: tuple[int, int]
    yearly_noise: Decimal
    activity_spread: Decimal
    trend_spread: Decimal
    total_trend: Decimal
    two_products: Decimal
    report_differs: Decimal
    report_spread: Decimal
    report_bias: Decimal
    industries: Mapping[str, Industry]
    cases: tuple[CaseRule, ...]

    @property
    def years(self) -> tuple[int, ...]:
        """Every year drawn."""
        return self.inventory_years + self.reported_years


@cache
def calibration() -> Calibration:
    """Read `calibration.yaml`."""
    card = read("calibration.yaml")
    years, sizes, lines, reports = (card[k] for k in ("years", "sizes", "lines", "reports"))
    return Calibration(
        inventory_years=tuple(years["inventory"]),
        reported_years=tuple(years["reported"]),
        activity=_decimals(years["activity"]),
        largest_t=sizes["largest_t"],
        size_spread=Decimal(sizes["spread"]),
        commissioned_years=(lines["commissioned_from_year"], lines["commissioned_until_year"]),
        yearly_noise=Decimal(lines["yearly_noise"]),
        activity_spread=Decimal(lines["activity_spread"]),
        trend_spread=Decimal(lines["trend_spread"]),
        total_trend=Decimal(lines["total_trend"]),
        two_products=Decimal(lines["two_products"]),
        report_differs=Decimal(reports["differing"]),
        report_spread=Decimal(reports["spread"]),
        report_bias=Decimal(reports["bias"]),
        industries={label: _industry(label, c) for label, c in card["industries"].items()},
        cases=tuple(_case(name, c) for name, c in card["cases"].items()),
    )


def read(name: str) -> Any:
    """Read a YAML file of this room."""
    return yaml.safe_load((files("openets.simulation") / name).read_text("utf-8"))


def _industry(label: str, card: Mapping[str, Any]) -> Industry:
    side = card.get("side")
    return Industry(
        label=label,
        process=card["process"],
        total_t=card["total_t"],
        concentration=Decimal(card["concentration"]),
        leaders=tuple(card["leaders"]),
        line_t=card["line_t"],
        most_lines=card["most_lines"],
        extra_line=Decimal(card["extra_line"]),
        trend=Decimal(card["trend"]),
        level_spread=Decimal(card["level_spread"]),
        not_comparable=Decimal(card["not_comparable"]),
        non_co2_share=Decimal(card["non_co2"]["share"]),
        non_co2_ratio=Decimal(card["non_co2"]["ratio"]),
        downtime_days=(card["downtime_days"][0], card["downtime_days"][1]),
        products=_products(card["products"]),
        side=side
        and Side(Decimal(side["share"]), Decimal(side["trend"]), _products(side["products"])),
    )


def _case(name: str, card: Mapping[str, Any]) -> CaseRule:
    return CaseRule(
        name=name,
        article=card["article"],
        industries=tuple(card["industries"]),
        numbers=tuple(card.get("numbers", ())),
        leaders=card.get("leaders", False),
        entities=card.get("entities", 1),
        lines=card.get("lines"),
        products=card.get("products"),
        comparable=card.get("comparable"),
        trend=Decimal(card["trend"]) if "trend" in card else None,
        process=card.get("process", ""),
        commissioned=card.get("commissioned"),
        share=Decimal(card.get("share", 0)),
        shutdown_days=card.get("shutdown_days", {}),
        intensity_ratio=_decimals(card.get("intensity_ratio", {})),
        usable_from=card.get("usable_from"),
        saved=Decimal(card.get("saved", 0)),
    )


def _products(cards: list[Mapping[str, Any]]) -> tuple[Product, ...]:
    return tuple(
        Product(c["name"], c["unit"], Decimal(c["intensity"]), tuple(c.get("hints", ())))
        for c in cards
    )


def _decimals(card: Mapping[int, str]) -> dict[int, Decimal]:
    return {year: Decimal(text) for year, text in card.items()}
