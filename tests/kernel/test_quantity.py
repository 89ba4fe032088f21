"""Roundings by name, and numbers read as written or not at all."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.kernel.quantity import (
    NotANumber,
    ceil_tonnes,
    fen,
    floor_tonnes,
    half_up,
    half_up_tonnes,
    parse_decimal,
    plain,
    yuan,
)

NUMBERS = st.decimals(
    min_value=-(10**12), max_value=10**12, places=6, allow_nan=False, allow_infinity=False
)


@pytest.mark.requirement("AMB-03")
def test_the_examples_of_the_reading():
    assert half_up_tonnes(Decimal("10.4") * 2) == 21
    assert floor_tonnes(Decimal("8000.8")) == 8000
    assert ceil_tonnes(Decimal("5000.5")) == 5001
    assert half_up(Fraction(116_000, 62_000), 4) == Decimal("1.8710")


@given(NUMBERS, st.integers(0, 4))
def test_half_up_is_the_nearest_and_a_half_goes_away_from_zero(number, decimals):
    rounded, step = half_up(number, decimals), Fraction(1, 10**decimals)
    distance = abs(Fraction(rounded) - Fraction(number))
    assert distance <= step / 2
    if distance == step / 2:
        assert abs(rounded) > abs(number)


@given(NUMBERS)
def test_a_floor_is_never_above_and_a_ceiling_never_below(number):
    assert floor_tonnes(number) <= number <= ceil_tonnes(number)
    assert ceil_tonnes(number) - floor_tonnes(number) in {0, 1}


def test_a_number_beyond_the_usual_precision_is_kept_exactly():
    assert half_up(10**30 + Fraction(1, 2)) == 10**30 + 1


@given(st.integers(-(10**15), 10**15))
def test_fen_and_yuan_are_each_other_again(amount):
    assert fen(yuan(amount)) == amount


@given(NUMBERS)
def test_a_plainly_written_number_is_read_again(number):
    assert parse_decimal(plain(number)) == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "1,000", "1e5", "NaN", "inf", "１２", "1.", ".5", "--1", "+-1", "=1", "9" * 41],
)
def test_what_is_no_plain_number_is_refused_with_its_place(text):
    with pytest.raises(NotANumber) as refused:
        parse_decimal(text, field="output", row=7)
    assert (refused.value.field, refused.value.row) == ("output", 7)
