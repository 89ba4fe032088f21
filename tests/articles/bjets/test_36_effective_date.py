"""BJETS article 36: the measures are in force from 1 May 2024."""

from datetime import date

import pytest

from openets.rulebook.instruments import rule_sets


@pytest.mark.requirement("BJETS-36")
def test_the_measures_govern_from_the_first_of_may_and_not_the_day_before() -> None:
    [measures] = rule_sets(jurisdiction="bj", day=date(2024, 5, 1))
    assert measures.repeals == ("京政发〔2014〕14号", "京政发〔2015〕65号")
    assert rule_sets(jurisdiction="bj", day=date(2024, 4, 30)) == ()
