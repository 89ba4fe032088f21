"""CQETS article 7 and CQ208 annex 1, part 1: who belongs on the list."""

from decimal import Decimal

import pytest

from openets.casework.operations import SamePerson
from openets.kernel.acting import NotYourRole
from openets.parties import queries as parties
from openets.parties.queries import OutsideYourScope
from openets.roster import operations, queries
from openets.roster.inclusion import YearEmissions, inclusion, reaches_scale
from openets.roster.operations import BelowInclusionScale, StandsAlready
from openets.rulebook.load import NoValueForTime
from tests.markets import CQ, FOUNDED, FOUNDER
from tests.roster.enterprises import DISTRICT, SECOND, candidate, emitted, founded


def is_included(emissions, *, industrial=True, year=2022, law=CQ) -> bool:
    return inclusion(emissions, industrial=industrial, year=year, law=law).included


@pytest.mark.requirement("CQETS-7", "CQ208-A1.1.1")
@pytest.mark.parametrize("year", [2021, 2022])
@pytest.mark.parametrize(("tonnes", "included"), [(12_999, False), (13_000, True), (13_001, True)])
def test_the_scale_is_reached_at_13000_t(tonnes: int, included: bool, year: int) -> None:
    assert is_included(emitted(0, 0, tonnes), year=year) is included


@pytest.mark.requirement("CQETS-7", "CQ208-A1.1.1")
def test_part_of_a_tonne_below_the_scale_is_below_it() -> None:
    assert not is_included(emitted("12999.9999"))


@pytest.mark.requirement("CQETS-7", "CQ208-A1.1.1")
@pytest.mark.parametrize("tonnes", [20_000, 50_000])
def test_a_unit_that_is_not_industrial_is_not_covered(tonnes: int) -> None:
    assert not is_included(emitted(tonnes), industrial=False)


@pytest.mark.requirement("CQ208-A1.1.2")
@pytest.mark.parametrize(
    ("totals", "included"),
    [((12_000, 13_000, 11_000), True), ((12_999,) * 3, False), ((0, 0, 0, 90_000), False)],
)
def test_any_of_the_three_reference_years_counts_and_no_other(totals, included) -> None:
    assert is_included(emitted(*totals)) is included
    assert is_included(emitted(*totals), year=2021) is included


@pytest.mark.requirement("CQ208-A1.1.1")
def test_the_scale_holds_for_lists_from_2021_on_and_for_none_before() -> None:
    with pytest.raises(NoValueForTime) as no:
        reaches_scale(50_000, year=2020, law=CQ)
    assert no.value.article == "CQ208-A1.1.1"
    assert reaches_scale(13_000, year=2021, law=CQ)
    assert not reaches_scale(12_999, year=2021, law=CQ)


@pytest.mark.requirement("CQ208-A1.1.1")
def test_a_list_of_2020_has_no_scale_and_one_of_2023_no_reference_years() -> None:
    for year in (2020, 2023):
        with pytest.raises(NoValueForTime):
            is_included(emitted(50_000), year=year)


@pytest.mark.requirement("CQ208-A1.1.1b")
@pytest.mark.parametrize(
    ("power", "included", "managed"), [(100_000, True, 13_000), (100_001, False, 12_999)]
)
def test_the_power_part_is_deducted_before_the_test(power, included, managed) -> None:
    test = inclusion(emitted(113_000, power=power), industrial=True, year=2022, law=CQ)
    assert (test.included, test.managed_tco2e) == (included, managed)


@pytest.mark.requirement("CQ208-A1.1.1b")
@pytest.mark.parametrize("reading", ["net", "gross"])
def test_a_pure_power_plant_is_not_included_by_any_reading(reading: str) -> None:
    law = CQ.instead({"list.captive_power_test": reading})
    assert not is_included(emitted(113_000, power=113_000), law=law)


@pytest.mark.requirement("CQETS-7")
def test_an_enterprise_of_which_nothing_is_known_is_not_included() -> None:
    assert not is_included({})


@pytest.mark.requirement("AMB-09")
@pytest.mark.parametrize(("reading", "included"), [("net", False), ("gross", True)])
def test_a_captive_plant_is_deducted_before_or_after_the_test(reading, included) -> None:
    law = CQ.instead({"list.captive_power_test": reading})
    test = inclusion(emitted(113_000, power=105_000), industrial=True, year=2022, law=law)
    assert (test.included, test.managed_tco2e) == (included, 8_000)


@pytest.mark.requirement("AMB-07")
@pytest.mark.parametrize(("operator", "included"), [(">=", True), (">", False)])
def test_reaching_or_exceeding_differs_at_equality(operator, included) -> None:
    law = CQ.instead({"list.threshold_operator": operator})
    assert is_included(emitted(13_000), law=law) is included


@pytest.mark.requirement("AMB-07")
@pytest.mark.parametrize(
    ("mode", "tce", "included"),
    [("indicative", 4_999, True), ("both", 4_999, False), ("both", 5_000, True)],
)
def test_as_a_second_condition_the_coal_equivalent_is_reached_as_well_amb_07(mode, tce, included):
    law = CQ.instead({"list.tce_mode": mode})
    figures = {2020: YearEmissions(Decimal(13_000), energy_tce=Decimal(tce))}
    assert inclusion(figures, industrial=True, year=2022, law=law).included is included


@pytest.mark.requirement("AMB-07")
@pytest.mark.parametrize(
    ("mode", "tce", "included"),
    [
        ("indicative", 5_100, False),
        ("alternative", 5_000, True),
        ("alternative", 4_999, False),
        ("both", 5_100, False),
    ],
)
def test_the_coal_equivalent_is_a_flag_unless_it_is_read_as_a_condition(mode, tce, included):
    law = CQ.instead({"list.tce_mode": mode})
    figures = {2020: YearEmissions(Decimal(12_990), energy_tce=Decimal(tce))}
    test = inclusion(figures, industrial=True, year=2022, law=law)
    assert test.included is included
    assert test.flagged is (tce >= 5_000)


def test_both_conditions_together_take_both() -> None:
    law = CQ.instead({"list.tce_mode": "both"})
    figures = {2020: YearEmissions(Decimal(13_000), energy_tce=Decimal(4_999))}
    assert not is_included(figures, law=law)
    assert is_included({2020: YearEmissions(Decimal(13_000), energy_tce=Decimal(5_000))}, law=law)


@pytest.mark.requirement("CQETS-7")
def test_the_working_names_the_scale_with_its_article() -> None:
    test = inclusion(emitted(13_000), industrial=True, year=2022, law=CQ)
    (step,) = test.explanation.as_json()
    assert step["cites"][0]["source"] == "CQ208-A1.1.1"
    assert (step["result"], step["unit"]) == ("13000", "tCO2e")


def propose(*candidates, acting=FOUNDER, year=2022):
    return operations.propose_entities(candidates, year=year, law=CQ, acting=acting, at=FOUNDED)


def include(*organisations, acting=SECOND):
    operations.include_entities(organisations=organisations, law=CQ, acting=acting, at=FOUNDED)


@pytest.mark.django_db
class TestCandidates:
    @pytest.mark.requirement("CQETS-7")
    def test_a_cement_unit_at_the_scale_is_proposed_and_listed_by_somebody_else(self):
        firm = founded()["E1"]
        propose(candidate(firm, 0, 0, 13_000))
        assert parties.listed_years(firm) == []
        with pytest.raises(SamePerson):
            include(firm, acting=FOUNDER)
        include(firm)
        assert parties.listed_years(firm) == [2022]
        (kept,) = queries.candidacies(firm)
        assert (kept.managed_tco2e, kept.source) == (13_000, "CQETS-7")

    @pytest.mark.requirement("CQETS-7")
    @pytest.mark.parametrize(("tonnes", "industrial"), [(12_999, True), (50_000, False)])
    def test_a_unit_below_the_scale_or_not_covered_is_not_proposed(self, tonnes, industrial):
        market = founded()
        with pytest.raises(BelowInclusionScale) as no:
            propose(
                candidate(market["E2"], 50_000),
                candidate(market["E1"], tonnes, industrial=industrial),
            )
        assert no.value.numbers["largest"] == str(tonnes)
        assert queries.candidacies(market["E2"]) == []

    @pytest.mark.requirement("CQETS-4.6")
    def test_a_district_proposes_its_own_and_lists_nobody(self):
        market = founded()
        propose(candidate(market["E1"], 13_000), acting=DISTRICT)
        with pytest.raises(OutsideYourScope):
            propose(candidate(market["E2"], 13_000), acting=DISTRICT)
        with pytest.raises(NotYourRole):
            include(market["E1"], acting=DISTRICT)

    def test_a_declined_candidate_is_not_listed_and_may_stand_for_a_later_list(self):
        firm = founded()["E1"]
        propose(candidate(firm, 13_000), year=2021)
        with pytest.raises(StandsAlready):
            propose(candidate(firm, 13_000), year=2022)
        operations.decline_entities(
            organisations=[firm], why="排放量有误", acting=SECOND, at=FOUNDED
        )
        assert parties.listed_years(firm) == []
        propose(candidate(firm, 13_000), year=2022)
        include(firm)
        assert parties.listed_years(firm) == [2022]
