"""Countable things are integers with a named unit; everything measured is an exact decimal.

Units are types, so that tonnes never meet fen by accident. No binary float enters here: a
rounding is always named by the function that does it (AMB-03).
"""

from decimal import Decimal
from fractions import Fraction
from typing import NewType

from openets.kernel.refusal import Refusal

Tonnes = NewType("Tonnes", int)
"""Whole units of one tonne CO2e (Chongqing, national): allowances, reductions, duties."""

Fen = NewType("Fen", int)
"""Money, one hundredth of a yuan (分)."""

Exact = int | Decimal | Fraction


class NotANumber(Refusal):
    """A text that should be a plain decimal number is something else."""

    code = "not_a_number"
    zh = "“{value}” 不是有效的数字"
    en = "“{value}” is not a plain decimal number"
    remedy_zh = "请填写不带千分位和单位的十进制数字，例如 1234.5"
    remedy_en = "Write a decimal number without separators or units, for example 1234.5"


def parse_decimal(text: str, *, field: str | None = None, row: int | None = None) -> Decimal:
    """Read a decimal number as people and spreadsheets write it in a file.

    Raises:
        NotANumber: anything but ASCII digits with an optional sign and one decimal point; signs
            of infinity, exponents and full-width digits are refused rather than guessed.
    """
    stripped = text.strip()
    digits = stripped.removeprefix("-").removeprefix("+")
    whole, point, part = digits.partition(".")
    plain = (whole + part).isascii() and (whole + part).isdigit() and bool(whole)
    if not plain or (point and not part) or len(digits) > 40:
        raise NotANumber(field=field, row=row, value=text[:40])
    return Decimal(stripped)


def half_up(value: Exact, decimals: int = 0) -> Decimal:
    """Round to `decimals` places, a half away from zero (四舍五入). Source: AMB-03."""
    part, of = value.as_integer_ratio()
    whole = (abs(part) * 2 * 10**decimals + of) // (2 * of)
    return Decimal(f"{'-' if part < 0 < whole else ''}{whole}E-{decimals}")


def half_up_tonnes(value: Exact) -> Tonnes:
    """Round to whole tonnes, a half away from zero. Source: AMB-03."""
    return Tonnes(int(half_up(value)))


def floor_tonnes(value: Exact) -> Tonnes:
    """Round a maximum down, so that rounding never breaks a cap. Source: AMB-03."""
    part, of = value.as_integer_ratio()
    return Tonnes(part // of)


def ceil_tonnes(value: Exact) -> Tonnes:
    """Round a minimum up, so that rounding never undercuts a floor. Source: AMB-03."""
    part, of = value.as_integer_ratio()
    return Tonnes(-(-part // of))


def yuan(amount: Fen) -> Decimal:
    """Turn fen into yuan with two decimals."""
    return Decimal(f"{amount}E-2")


def fen(amount_yuan: Decimal) -> Fen:
    """Turn yuan into fen, half-up to 0.01 yuan. Source: AMB-03."""
    return Fen(int(half_up(Fraction(amount_yuan) * 100)))


def plain(value: Exact) -> str:
    """Write a number without exponent and without trailing zeros after the point."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
