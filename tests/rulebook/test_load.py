"""How the loader answers for a year and on a day."""

from datetime import date
from decimal import Decimal

import pytest

from openets.kernel.refusal import Refusal
from openets.rulebook.load import (
    DraftOnly,
    NotSet,
    NoValueForTime,
    UnknownJurisdiction,
    UnknownRule,
    law,
)

LAST_DAY = date(2024, 8, 31)
FIRST_DAY = date(2024, 9, 1)


class TestTimes:
    def test_a_value_of_a_year_is_told_for_that_year(self) -> None:
        assert law("cq").for_year("offset.cap_share", 2021).number == Decimal("0.08")

    def test_a_value_of_a_year_is_refused_on_a_day(self) -> None:
        with pytest.raises(NoValueForTime):
            law("cq").on("offset.cap_share", date(2022, 6, 1))

    def test_a_value_begins_on_its_first_day(self) -> None:
        with pytest.raises(NoValueForTime):
            law("cq").on("points.validity_max_years", LAST_DAY)
        assert law("cq").on("points.validity_max_years", FIRST_DAY).whole == 5

    def test_the_end_of_a_value_is_exclusive(self) -> None:
        assert law("cq").on("crediting.fee_enabled", LAST_DAY).flag is True
        assert law("cq").on("crediting.fee_enabled", FIRST_DAY).flag is False

    def test_a_reading_holds_always(self) -> None:
        assert law("cq").for_year("rounding.mode", 1990).text == "half_up"
        assert law("cq").on("rounding.mode", date(2090, 1, 1)).text == "half_up"


class TestNotSet:
    def test_a_value_left_open_by_the_text_is_refused_with_its_article(self) -> None:
        with pytest.raises(NotSet) as refused:
            law("cq").for_year("offset.class_share", 2022)
        assert refused.value.article == "CQVER-24"
        assert "另行" not in refused.value.message("zh")
        assert "尚未设定" in refused.value.message("zh")

    def test_an_open_card_can_be_asked_whether_it_is_set(self) -> None:
        assert not law("cq").is_set("offset.class_share")
        assert law("cq").is_set("offset.cap_share")

    def test_an_open_card_set_by_hand_answers_and_says_so(self) -> None:
        changed = law("cq").instead({"offset.circle_places": ["成都"]})
        rule = changed.for_year("offset.circle_places", 2022)
        assert rule.items == ("成都",)
        assert rule.cite.assumed
        assert not law("cq").is_set("offset.circle_places")

    def test_the_circle_has_no_places_by_law_and_fifteen_by_proposal(self) -> None:
        with pytest.raises(NotSet):
            law("cq").for_year("offset.circle_places", 2022)
        assert len(law("cq").for_year("offset.circle_places_outline", 2022).items) == 15


class TestDraft:
    def test_a_draft_value_is_refused_until_a_day_is_given(self) -> None:
        with pytest.raises(DraftOnly):
            law("cn").for_year("offset.cap_share", 2024)
        in_force = law("cn").taking_effect(date(2024, 1, 1))
        assert in_force.for_year("offset.cap_share", 2024).number == Decimal("0.05")

    def test_a_draft_taking_effect_stays_silent_about_the_years_before(self) -> None:
        with pytest.raises(NoValueForTime):
            law("cn").taking_effect(date(2024, 1, 1)).for_year("offset.cap_share", 2023)

    def test_a_draft_taking_effect_sets_nothing_that_the_text_leaves_open(self) -> None:
        with pytest.raises(NotSet):
            law("cn").taking_effect(date(2024, 1, 1)).on("mrv.appeal_days", date(2024, 6, 1))


class TestUnknown:
    @pytest.mark.parametrize("name", ["xx", "../cq", ""])
    def test_an_unknown_jurisdiction_is_refused(self, name: str) -> None:
        with pytest.raises(UnknownJurisdiction):
            law(name)

    def test_an_unknown_card_is_refused(self) -> None:
        with pytest.raises(UnknownRule):
            law("cq").for_year("offset.magic", 2021)

    @pytest.mark.parametrize("refusal", [NotSet, DraftOnly, NoValueForTime])
    def test_each_refusal_says_what_to_do_in_both_languages(self, refusal: type[Refusal]) -> None:
        assert refusal.remedy_en.isascii()
        assert not refusal.remedy_zh.isascii()


def test_a_changed_value_no_longer_cites_the_law() -> None:
    changed = law("cq").instead({"offset.cap_share": "0.05"}).for_year("offset.cap_share", 2022)
    assert changed.number == Decimal("0.05")
    assert changed.cite.assumed == "changed from 0.08"
