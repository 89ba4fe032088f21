"""The five texts and the cards that name their dates."""

from datetime import date, timedelta

import pytest

from openets.rulebook.instruments import NotInForce, instruments, rule_set, rule_sets
from openets.rulebook.load import law
from openets.rulebook.requirements import SOURCES, requirements_by_id


def test_there_is_an_instrument_for_each_source_of_the_catalogue() -> None:
    assert set(instruments()) == set(SOURCES)
    assert all(text.source in requirements_by_id() for text in instruments().values())


@pytest.mark.parametrize(
    ("instrument", "jurisdiction", "key"),
    [
        ("CQETS", "cq", "profile.effective_from"),
        ("CQVER", "cq", "crediting.effective_from"),
        ("BJETS", "bj", "profile.effective_from"),
    ],
)
def test_an_instrument_takes_effect_on_the_day_of_its_card(
    instrument: str, jurisdiction: str, key: str
) -> None:
    effective = instruments()[instrument].effective
    assert effective is not None
    assert law(jurisdiction).on(key, effective).day == effective


def test_the_notice_of_2023_is_dated_as_its_card_says() -> None:
    assert instruments()["CQ208"].issued == law("cq").for_year("notice208.date", 2021).day


def test_the_national_text_is_a_draft_that_is_never_in_force() -> None:
    assert law("cn").on("profile.status", date(2024, 1, 1)).text == "draft"
    assert rule_sets(jurisdiction="cn", day=date(2099, 1, 1)) == ()
    with pytest.raises(NotInForce):
        rule_set("CNETS", day=date(2099, 1, 1))


def test_rule_sets_gather_as_they_take_effect() -> None:
    def in_force(day: date) -> list[str]:
        return [text.id for text in rule_sets(jurisdiction="cq", day=day)]

    day_of_cqver = date(2024, 9, 1)
    assert in_force(day_of_cqver - timedelta(days=1)) == ["CQ208", "CQETS"]
    assert in_force(day_of_cqver) == ["CQ208", "CQETS", "CQVER"]
