"""Who the synthetic participants are: their tempers, and the institutions beside the entities."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from openets.simulation.calibration import read
from openets.simulation.draw import Draw


@dataclass(frozen=True, slots=True)
class Habits:
    """What all participants share; ratios are shares of a price, a quantity or of days."""

    home_fen: int
    memory: Decimal
    lowest: Decimal
    highest: Decimal
    half_days: int
    least_move: int
    """Units move between accounts when more than one part in so many would."""
    quiet: Decimal
    rush: Decimal
    view: Decimal
    ranges: Mapping[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class Temper:
    """What one participant is like, for the whole simulation."""

    participant: str
    activity: Decimal
    view: Decimal
    """What it thinks the right price is, against everybody's."""
    slice: Decimal
    premium: Decimal
    pressure: Decimal
    relief: Decimal
    kept: Decimal
    crossing: Decimal


@dataclass(frozen=True, slots=True)
class Trader:
    """A synthetic institution (合成机构) that trades without a duty."""

    code: str
    name_zh: str
    makes_market: bool
    cash_fen: int
    units_t: int
    width: Decimal
    """Distance of its quotes from the reference price."""
    activity: Decimal


@cache
def habits() -> Habits:
    """Read the shared habits from `agents.yaml`."""
    card = read("agents.yaml")
    price, tempers = card["price"], card["tempers"]
    return Habits(
        home_fen=price["home_fen"],
        memory=Decimal(price["memory"]),
        lowest=Decimal(price["lowest"]),
        highest=Decimal(price["highest"]),
        half_days=card["urgency"]["half_days"],
        least_move=card["moves"]["least"],
        quiet=Decimal(tempers["quiet"]),
        rush=Decimal(tempers["rush"]),
        view=Decimal(tempers["view"]),
        ranges={
            name: (Decimal(pair[0]), Decimal(pair[1]))
            for name, pair in tempers.items()
            if isinstance(pair, list)
        },
    )


def draw_temper(*, participant: str, seed: int) -> Temper:
    """Draw the temper of a participant, named by any stable text such as its list number."""
    shared = habits()
    drawn = {
        name: Draw(seed, participant, "temper", name).between(*limits)
        for name, limits in shared.ranges.items()
    }
    view = 1 + Draw(seed, participant, "temper", "view").bell(shared.view)
    return Temper(participant=participant, view=view, **drawn)


def draw_traders(*, seed: int) -> tuple[Trader, ...]:
    """Draw the institutions with cash and units between half and one and a half of the usual."""
    return tuple(
        _trader(card, place, seed)
        for card in read("agents.yaml")["traders"]
        for place in range(1, card["count"] + 1)
    )


def _trader(card: Mapping[str, Any], place: int, seed: int) -> Trader:
    code = f"{card['code']}{place:02d}"
    draw = Draw(seed, code, "trader")
    size = draw.between(Decimal("0.5"), Decimal("1.5"))
    return Trader(
        code=code,
        name_zh=f"{card['name_zh']}{place:02d}",
        makes_market=card["makes"],
        cash_fen=int(card["cash_yuan"] * 100 * size),
        units_t=int(card["units_t"] * size),
        width=Decimal(card["width"]),
        activity=Decimal(card["activity"]),
    )
