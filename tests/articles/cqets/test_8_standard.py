"""CQETS article 8: the standard of the list changes with the city government's agreement."""

from dataclasses import replace
from datetime import date

import pytest

from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.roster import operations, queries
from openets.roster.operations import (
    BelowInclusionScale,
    NewStandard,
    NotApproved,
    StandardExists,
)
from openets.rulebook.load import NoValueForTime
from tests.markets import CQ, FOUNDER
from tests.roster.enterprises import DISTRICT, candidate, founded

APPROVED = date(2024, 1, 10)
LOWER = NewStandard(Tonnes(10_000), 2024, "温室气体排放控制目标", "渝府〔2024〕1号", APPROVED)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQETS-8")]


def adopt(standard=LOWER, *, acting=FOUNDER, on=APPROVED):
    return operations.adopt_standard(standard=standard, acting=acting, at=at(on))


def scale(year: int) -> int:
    return queries.with_standards(CQ).for_year("list.threshold_tco2e", year).whole


@pytest.mark.parametrize(
    "changes",
    [{"approval_reference": ""}, {"basis": " "}, {"approval_date": date(2024, 1, 11)}],
)
def test_without_basis_reference_or_approval_no_standard_takes_effect(changes) -> None:
    with pytest.raises(NotApproved):
        adopt(replace(LOWER, **changes))
    assert scale(2024) == 13_000


def test_a_new_standard_holds_from_its_year_and_earlier_years_keep_theirs() -> None:
    adopt()
    assert [scale(year) for year in (2021, 2022, 2023, 2024, 2025)] == [13_000] * 3 + [10_000] * 2
    with pytest.raises(NoValueForTime):
        scale(2020)
    cited = queries.with_standards(CQ).for_year("list.threshold_tco2e", 2024).cite
    assert (cited.source, cited.quote) == ("CQETS-8", "渝府〔2024〕1号")


@pytest.mark.parametrize("tonnes", [10_000, 12_999])
def test_the_list_of_2022_calculated_again_still_uses_the_scale_of_then(tonnes) -> None:
    firms = founded()
    adopt()
    with pytest.raises(BelowInclusionScale) as no:
        propose(firms["E1"], tonnes)
    assert no.value.numbers["scale"] == "13000"
    (test,) = propose(firms["E1"], 13_000)
    assert test.included


def propose(firm, tonnes):
    return operations.propose_entities(
        [candidate(firm, 0, 0, tonnes)], year=2022, law=CQ, acting=FOUNDER, at=at(APPROVED)
    )


def test_a_standard_adopted_later_for_an_earlier_year_holds_between() -> None:
    adopt(replace(LOWER, effective_year=2026, threshold_tco2e=Tonnes(8_000)))
    adopt()
    assert [scale(year) for year in (2023, 2024, 2025, 2026)] == [13_000, 10_000, 10_000, 8_000]


def test_a_year_has_one_standard_and_only_the_bureau_sets_it() -> None:
    adopt()
    with pytest.raises(StandardExists):
        adopt(replace(LOWER, threshold_tco2e=Tonnes(9_000)))
    with pytest.raises(NotYourRole):
        adopt(replace(LOWER, effective_year=2025), acting=DISTRICT)
