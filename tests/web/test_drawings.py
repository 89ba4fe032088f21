from decimal import Decimal

import pytest

from openets.web.drawings import bar, spark


def test_a_line_needs_two_points():
    assert spark([], "none") == ""
    assert spark([3800], "one") == ""


def test_a_line_rises_upwards_and_spans_the_width():
    drawn = spark([100, 200], "prices", width=100, height=50)
    assert 'points="4.0,46.0 96.0,4.0"' in drawn
    assert 'aria-label="prices"' in drawn


def test_equal_values_lie_flat():
    assert 'points="4.0,46.0 96.0,46.0"' in spark([7, 7], "flat", width=100, height=50)


@pytest.mark.parametrize(
    ("part", "whole", "width"),
    [(1, 4, "25.00"), (4, 4, "100.00"), (5, 4, "100.00"), (-1, 4, "0.00"), (1, 0, "0.00")],
)
def test_a_bar_stays_within_its_whole(part, whole, width):
    assert f'class="part" width="{width}"' in bar(part, whole)


def test_a_bar_takes_ratios():
    assert 'class="part" width="33.03"' in bar(Decimal("0.3303"), 1)


def test_labels_are_escaped():
    assert "<b>" not in spark([1, 2], "<b>")
