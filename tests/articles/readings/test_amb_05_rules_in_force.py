"""AMB-05: a year without a parameter is refused, never filled from the year before."""

from datetime import date

import pytest

from openets.rulebook.load import DraftOnly, NoValueForTime, law


@pytest.mark.requirement("AMB-05")
@pytest.mark.parametrize("year", [2020, 2023])
@pytest.mark.parametrize("key", ["compliance.deadline", "offset.cap_share", "list.entity_count"])
def test_a_neighbouring_year_is_refused(key: str, year: int) -> None:
    assert law("cq").for_year(key, 2021).is_set
    with pytest.raises(NoValueForTime) as refused:
        law("cq").for_year(key, year)
    assert str(year) in refused.value.message("en")
    assert refused.value.article.startswith("CQ208-")


@pytest.mark.requirement("AMB-05")
def test_each_year_keeps_its_own_surrender_deadline() -> None:
    assert law("cq").for_year("compliance.deadline", 2021).day == date(2023, 12, 31)
    assert law("cq").for_year("compliance.deadline", 2022).day == date(2024, 3, 31)


@pytest.mark.requirement("AMB-05")
def test_the_national_profile_is_marked_as_a_draft_without_a_date() -> None:
    assert law("cn").on("profile.status", date(2024, 1, 1)).text == "draft"
    assert not law("cn").is_set("profile.effective_from")
    with pytest.raises(DraftOnly):
        law("cn").on("list.threshold_tco2e", date(2024, 1, 1))
