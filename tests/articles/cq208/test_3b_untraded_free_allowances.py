"""Section 3: free allowances of 2013 to 2020 that were never traded do not count."""

import pytest

from openets.compliance.usable import UntradedFreeAllowance, check_usable
from openets.rulebook.load import NoValueForTime, law

CQ = law("cq")


@pytest.mark.requirement("CQ208-3b")
@pytest.mark.parametrize("vintage", [2013, 2018, 2020])
def test_free_and_untraded_units_of_these_vintages_are_rejected(vintage):
    for year in (2021, 2022):
        with pytest.raises(UntradedFreeAllowance):
            check_usable(law=CQ, year=year, vintage=vintage, is_free=True, was_traded=False)


@pytest.mark.requirement("CQ208-3b")
@pytest.mark.parametrize(
    ("vintage", "is_free", "was_traded"),
    [(2018, True, True), (2018, False, False), (2012, True, False), (2021, True, False)],
)
def test_bought_paid_and_other_vintages_are_accepted(vintage, is_free, was_traded):
    check_usable(law=CQ, year=2021, vintage=vintage, is_free=is_free, was_traded=was_traded)


@pytest.mark.requirement("CQ208-3b")
def test_the_rule_of_2022_is_not_used_for_2023():
    with pytest.raises(NoValueForTime):
        check_usable(law=CQ, year=2023, vintage=2018, is_free=True, was_traded=False)
