"""One line of activity data (活动数据): what was burned, made, bought, sold or let out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from openets.kernel.refusal import Refusal


class Source(StrEnum):
    """Where the emissions of a line come from."""

    FUEL = "fuel"
    PROCESS = "process"
    PRODUCT = "product"
    """Carbon that leaves in a product (固碳产品): deducted."""
    GAS = "gas"
    ELECTRICITY = "electricity"
    """Bought; what is sold is a line of its own."""
    ELECTRICITY_SOLD = "electricity_sold"
    HEAT = "heat"
    HEAT_SOLD = "heat_sold"

    @property
    def is_deducted(self) -> bool:
        """Whether lines of this source lower the emissions."""
        return self in {Source.PRODUCT, Source.ELECTRICITY_SOLD, Source.HEAT_SOLD}

    @property
    def is_energy(self) -> bool:
        """Whether somebody else's chimney emits it (间接排放), by electricity or heat."""
        return self.table in {"electricity", "heat"}

    @property
    def table(self) -> str:
        """The part of a factor set that knows the items of this source."""
        return self.value.removesuffix("_sold")


class NegativeAmount(Refusal):
    """Nothing measured is below zero."""

    code = "negative_amount"
    article = "CQETS-24"
    zh = "“{item}”的 {name} 为 {value}，不得为负"
    en = "{name} of “{item}” is {value} and may not be negative"
    remedy_zh = "请核对数据；作为产品固定或对外输出的部分请另列一行"
    remedy_en = "Check the figure; what leaves as a product or is sold is a line of its own"


class BoughtAndSoldMixed(Refusal):
    """A negative amount on a line of bought energy stands for something sold, or the reverse."""

    code = "bought_and_sold_mixed"
    article = "CQETS-24"
    zh = "{source} 行的数量为 {value}：购入与输出不得相互抵减后填报"
    en = "A line of {source} holds {value}: bought and sold are not offset within a line"
    remedy_zh = "请将该数量改为正数，填入 {other} 行"
    remedy_en = "Give the amount without its sign on a line of {other}"


class CaptiveAboveTotal(Refusal):
    """A captive power plant cannot emit, or use, more than the whole it is part of."""

    code = "captive_above_total"
    article = "CQ208-A1.1.1b"
    zh = "自备电厂部分为 {captive} {unit}，超过总量 {total} {unit}"
    en = "The captive power plant's part is {captive} {unit}, more than the whole of {total} {unit}"
    remedy_zh = "请核对自备电厂所用数量"
    remedy_en = "Check what the captive power plant used"


class CaptiveOfEnergy(Refusal):
    """A captive plant is told apart by what it burns and emits, not by energy bought or sold."""

    code = "captive_of_energy"
    article = "CQ208-A1.1.1b"
    zh = "{source} 行不得填写自备电厂所用数量"
    en = "A line of {source} has no part of the captive power plant"
    remedy_zh = "请在自备电厂所用燃料、脱硫碳酸盐等直接排放行填写"
    remedy_en = "Say it on the lines of its fuels, carbonates and gases"


@dataclass(frozen=True, slots=True)
class Activity:
    """A quantity of an item in a year at a facility, with what was measured of it.

    `measured` maps the name of a parameter to its value, in the unit that the method states.
    `captive_quantity` is the part of the quantity that the captive power plant used, same unit.
    """

    facility: str
    source: Source
    item: str
    year: int
    quantity: Decimal
    unit: str
    measured: Mapping[str, Decimal] = field(default_factory=dict)
    captive_quantity: Decimal = Decimal(0)
    row: int | None = None

    @property
    def place(self) -> str:
        """Where its figures were read, for the working."""
        return "reported" if self.row is None else f"row {self.row}"


def check_amounts(activity: Activity) -> None:
    """Refuse amounts that cannot be: below zero, or a captive part above the whole.

    Source: CQETS-24, CQ208-A1.1.1b.

    Raises:
        BoughtAndSoldMixed, NegativeAmount, CaptiveOfEnergy, CaptiveAboveTotal.
    """
    source, quantity, captive = activity.source, activity.quantity, activity.captive_quantity
    if quantity < 0 and source.is_energy:
        other = source.table if source.is_deducted else f"{source.table}_sold"
        raise BoughtAndSoldMixed(field="quantity", source=source.value, value=quantity, other=other)
    amounts = {"quantity": quantity, "captive_quantity": captive, **activity.measured}
    for name, value in amounts.items():
        if value < 0:
            raise NegativeAmount(field=name, item=activity.item, name=name, value=value)
    if captive and (source.is_energy or source.is_deducted):
        raise CaptiveOfEnergy(field="captive_quantity", source=source.value)
    if captive > quantity:
        raise CaptiveAboveTotal(
            field="captive_quantity", captive=captive, total=quantity, unit=activity.unit
        )
