"""Article 27: reductions may be used, under the bureau's rule of the year."""

import pytest

from openets.compliance.offset_rules import OffsetRules
from openets.rulebook.load import NoValueForTime, law
from tests.compliance.offering import codes, examine, unit


@pytest.mark.requirement("CQETS-27", "CQVER-26.2")
@pytest.mark.parametrize("year", [2020, 2023, 2025])
def test_without_a_rule_for_the_year_no_offset_is_possible(year):
    with pytest.raises(NoValueForTime) as refusal:
        OffsetRules.of(law("cq"), year)
    assert refusal.value.numbers["key"] == "offset.cap_share"


@pytest.mark.requirement("CQETS-27")
def test_the_year_2022_is_tested_against_cap_shares_and_hydropower():
    assert codes(examine(unit(8_001))) == ["above_cap"]
    assert codes(examine(unit(79), unit(21, "elsewhere"))) == ["below_city_share"] * 2
    assert codes(examine(unit(89), unit(11, "circle"))) == ["above_circle_share"] * 2
    assert codes(examine(unit(1, project_type="hydropower"))) == ["project_type_not_admitted"]
