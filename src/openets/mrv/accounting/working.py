"""What a formula takes in, and the record of it: measured before default, nothing unnamed."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from openets.kernel.explain import Given, given
from openets.kernel.quantity import half_up
from openets.kernel.refusal import Refusal
from openets.mrv.accounting.activity import Activity
from openets.mrv.accounting.factors import Factor, GwpSet
from openets.mrv.accounting.units import in_unit, is_of_kind

CO2_PER_C = Fraction(44, 12)
"""Tonnes of CO2 from a tonne of carbon, exactly."""
TABLE_DECIMALS = 6
"""Decimals in which a value between two of a table is shown."""


class NoDefault(Refusal):
    """A parameter is neither measured nor has the set a default of it."""

    code = "no_default"
    article = "CQETS-24"
    zh = "“{item}”缺少 {name}（{unit}）：未填实测值，因子集 {set} 也没有缺省值"
    en = "“{item}” lacks {name} ({unit}): it is not measured, and {set} has no default"
    remedy_zh = "请填写实测的 {name}，或改用载有缺省值的因子集"
    remedy_en = "Give the measured {name}, or choose a set that has a default"


class RatioAboveOne(Refusal):
    """A share of a whole is more than the whole."""

    code = "ratio_above_one"
    article = "CQETS-24"
    zh = "“{item}”的 {name} 为 {value}，比率不得大于 1"
    en = "{name} of “{item}” is {value}; a ratio is at most 1"
    remedy_zh = "请以小数填写比率，例如 98% 填 0.98"
    remedy_en = "Write the ratio as a decimal: 0.98 for 98 %"


class ParameterNotUsed(Refusal):
    """A measured value that the method does not use would silently change nothing."""

    code = "parameter_not_used"
    article = "CQETS-24"
    zh = "“{item}”的核算方法不使用参数 {name}"
    en = "The method of “{item}” does not use the parameter {name}"
    remedy_zh = "该方法使用：{used}；请更正参数名称或删除"
    remedy_en = "It uses {used}; correct the name or remove it"


class ParametersConflict(Refusal):
    """Two ways to say the same thing are given at once."""

    code = "parameters_conflict"
    article = "CQETS-24"
    zh = "“{item}”同时填写了 {first} 和 {second}"
    en = "“{item}” gives both {first} and {second}"
    remedy_zh = "请只保留其中一种"
    remedy_en = "Keep one of them"


@dataclass(frozen=True, slots=True)
class Worked:
    """What a formula gives: tonnes CO2e, exactly and before any sign, and the kind of gas."""

    tco2e: Fraction
    formula: str
    gas: str = "CO2"


class Inputs:
    """The numbers of one line as a formula asks for them; each is kept for the working."""

    def __init__(self, activity: Activity, factor: Factor, gwp: GwpSet) -> None:
        """`factor` has the defaults, `gwp` the potentials."""
        self._activity, self._factor, self._gwp = activity, factor, gwp
        self._given: dict[str, Given] = {}

    @property
    def taken(self) -> tuple[Given, ...]:
        """Every input used so far, in the order of its use."""
        return tuple(self._given.values())

    def is_measured(self, name: str) -> bool:
        """Whether the line itself gives the parameter."""
        return name in self._activity.measured

    def is_in(self, unit: str) -> bool:
        """Whether the quantity is of the kind that `unit` measures."""
        return is_of_kind(self._activity.unit, unit)

    def quantity(self, *units: str) -> Fraction:
        """The quantity in the main unit of its kind, which must be that of one of `units`.

        Raises:
            UnitMismatch.
        """
        line = self._activity
        amount = in_unit(line.quantity, line.unit, wanted=units, item=line.item)
        self._given["quantity"] = given("quantity", line.quantity, line.unit, line.place)
        return amount

    def number(self, name: str, unit: str) -> Fraction:
        """A parameter: measured, or else the set's default.

        Raises:
            NoDefault.
        """
        line = self._activity
        if name in line.measured:
            return self._take(name, line.measured[name], unit, f"measured, {line.place}")
        if name not in self._factor.values:
            raise NoDefault(field=name, item=line.item, name=name, unit=unit, set=self._factor.set)
        return self._take(name, self._factor.values[name], unit, self._factor.origin)

    def measured(self, name: str, unit: str) -> Decimal:
        """A parameter that no set has a default of, as it was measured.

        Raises:
            NoDefault.
        """
        self.number(name, unit)
        return self._activity.measured[name]

    def looked_up(self, name: str, value: Fraction, unit: str, origin: str) -> Fraction:
        """A value from a table, recorded with its origin."""
        self._given[name] = given(name, half_up(value, TABLE_DECIMALS), unit, origin)
        return value

    def ratio(self, name: str) -> Fraction:
        """A share between 0 and 1.

        Raises:
            NoDefault, RatioAboveOne.
        """
        share = self.number(name, "ratio")
        if share > 1:
            value = self._given[name].value
            raise RatioAboveOne(field=name, item=self._activity.item, name=name, value=value)
        return share

    def amounts(self, prefix: str, unit: str) -> list[tuple[str, Fraction, Fraction]]:
        """The measured amounts for which the set has a default called `prefix` and their name.

        Gives name, amount and default of each.
        """
        found = []
        for name in self._activity.measured:
            if f"{prefix}{name}" in self._factor.values:
                amount = self.number(name, unit)
                found.append((name, amount, self.number(f"{prefix}{name}", f"tCO2/{unit}")))
        return found

    def potential(self, gas: str) -> Fraction:
        """The global warming potential of a gas.

        Raises:
            UnknownGas.
        """
        return self._take(f"GWP {gas}", self._gwp.of(gas), "tCO2e/t", self._gwp.origin(gas))

    def must_not_be_both(self, first: str, *others: str) -> None:
        """Refuse two ways of saying one thing.

        Raises:
            ParametersConflict.
        """
        for second in others:
            if self.is_measured(first) and self.is_measured(second):
                item = self._activity.item
                raise ParametersConflict(field=second, item=item, first=first, second=second)

    def must_be_used_up(self) -> None:
        """Refuse measured values that the formula did not ask for.

        Raises:
            ParameterNotUsed.
        """
        for name in self._activity.measured:
            if name not in self._given:
                used = ", ".join(self._given)
                raise ParameterNotUsed(
                    field=name, item=self._activity.item, name=name[:40], used=used
                )

    def _take(self, name: str, value: Decimal, unit: str, origin: str) -> Fraction:
        self._given[name] = given(name, value, unit, origin)
        return Fraction(value)
