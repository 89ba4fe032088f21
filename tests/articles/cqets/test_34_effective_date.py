"""CQETS article 34: the measures take effect on the day of issue."""

from datetime import date

import pytest

from openets.rulebook.instruments import NotInForce, rule_set, rule_sets

ISSUED = date(2023, 2, 20)
DAY_BEFORE = date(2023, 2, 19)


@pytest.mark.requirement("CQETS-34")
def test_an_act_of_the_day_of_issue_falls_under_the_measures() -> None:
    assert rule_set("CQETS", day=ISSUED).number == "渝府发〔2023〕6号"
    assert "渝府发〔2014〕17号" in rule_set("CQETS", day=ISSUED).repeals


@pytest.mark.requirement("CQETS-34")
def test_the_day_before_no_rule_set_is_in_force() -> None:
    assert rule_sets(jurisdiction="cq", day=DAY_BEFORE) == ()
    with pytest.raises(NotInForce) as refused:
        rule_set("CQETS", day=DAY_BEFORE)
    assert refused.value.article == "CQETS-34"
    assert "2023-02-19" in refused.value.message("zh")
