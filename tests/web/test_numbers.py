from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.kernel.clock import at
from openets.web.numbers import grouped, iso, money, percent, signed


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (-1234567, "−1,234,567"),
        (Decimal("0.9450"), "0.945"),
        (Decimal("1234.5"), "1,234.5"),
        (None, "—"),
    ],
)
def test_figures_are_grouped_and_exact(value, written):
    assert grouped(value) == written


@given(st.integers())
def test_a_grouped_integer_reads_back_as_itself(value):
    assert int(grouped(value).replace(",", "").replace("−", "-")) == value


def test_money_shows_both_decimals():
    assert money(123450) == "1,234.50"
    assert money(-5) == "−0.05"
    assert money(None) == "—"


def test_a_ratio_is_rounded_half_up():
    assert percent(Decimal("0.08")) == "8.00%"
    assert percent(Fraction(1, 3), 1) == "33.3%"
    assert percent(Decimal("0.00125"), 1) == "0.1%"
    assert percent(Decimal("0.00050"), 1) == "0.1%"


def test_a_change_carries_its_sign_but_nought_does_not():
    assert (signed(12), signed(0), signed(-12)) == ("+12", "0", "−12")


def test_a_moment_is_shown_in_the_market_zone():
    assert iso(date(2023, 12, 31)) == "2023-12-31"
    assert iso(at(date(2023, 12, 31), 17, 5)) == "2023-12-31 17:05"
    assert iso(datetime.fromisoformat("2023-12-31T16:30:00+00:00")) == "2024-01-01 00:30"
