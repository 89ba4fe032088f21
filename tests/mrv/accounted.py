"""Short words for accounting tests."""

from decimal import Decimal
from typing import Any

from openets.mrv.accounting.account import AccountedLine, account_line
from openets.mrv.accounting.activity import Activity, Source
from openets.mrv.accounting.factors import FactorSet, factor_set


def activity(
    source: str, item: str, quantity: Any, unit: str = "t", year: int = 2024, **measured: Any
) -> Activity:
    captive = Decimal(str(measured.pop("captive", 0)))
    return Activity(
        facility=measured.pop("facility", "F"),
        source=Source(source),
        item=item,
        year=year,
        quantity=Decimal(str(quantity)),
        unit=unit,
        measured={name: Decimal(str(value)) for name, value in measured.items()},
        captive_quantity=captive,
    )


def line(*given: Any, factors: str | FactorSet = "steel-2024", **measured: Any) -> AccountedLine:
    chosen = factor_set(factors) if isinstance(factors, str) else factors
    return account_line(activity=activity(*given, **measured), factors=chosen)


def tonnes(*given: Any, **measured: Any) -> Any:
    """The emissions of a line, to be compared with a Fraction or a whole number."""
    return line(*given, **measured).tco2e
