"""CQETS article 10: the three grounds on which an entity leaves the list, and who decides."""

from datetime import date
from decimal import Decimal

import pytest

from openets.casework.operations import SamePerson, WrongState
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.parties import queries as parties
from openets.parties.operations import NotOnTheList, TakenOffTheList
from openets.parties.queries import OutsideYourScope
from openets.roster import operations, queries
from openets.roster.operations import NeverListed, NobodyListed
from openets.roster.removal import (
    BelowScale,
    Ceased,
    National,
    NoGroundForRemoval,
    check_ground,
    years_below,
)
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDER, small_market
from tests.roster.enterprises import DISTRICT, SECOND, adopted, founded

ON = date(2024, 6, 3)
NOW = at(ON)
CLOSED = Ceased(date(2022, 8, 31), Decimal(0), "关停证明")
NATIONAL = National(2023, "全国名录2023年版")


def below(emissions, *, before_year=2024, law=CQ):
    return years_below(emissions, before_year=before_year, on=ON, law=law)


@pytest.mark.requirement("CQETS-10.i1")
@pytest.mark.parametrize(
    ("emissions", "years"),
    [
        ({2021: 12_999, 2022: 12_500}, [2021, 2022]),
        ({2021: 12_999, 2022: 12_999}, [2021, 2022]),
        ({2021: 12_999, 2022: 13_000}, []),
        ({2021: 13_000, 2022: 12_999}, []),
        ({2021: 12_000, 2022: 13_500, 2023: 12_000}, []),
        ({2021: 12_000, 2022: 12_000, 2023: 13_000}, []),
        ({2022: 12_000}, []),
        ({}, []),
    ],
)
def test_two_years_in_a_row_must_lie_below(emissions, years) -> None:
    assert below(emissions) == years


@pytest.mark.requirement("CQETS-10.i1")
def test_a_year_without_a_scale_breaks_the_row() -> None:
    assert below({2020: 12_000, 2021: 12_000}) == []


@pytest.mark.requirement("CQETS-10.i1")
def test_years_from_the_effective_one_on_do_not_count() -> None:
    assert below({2021: 12_000, 2022: 12_000}, before_year=2022) == []


@pytest.mark.requirement("AMB-11")
@pytest.mark.parametrize(("reading", "years"), [("breaks", []), ("ignored", [2021, 2023])])
def test_a_year_without_figures_breaks_the_row_unless_read_otherwise(reading, years) -> None:
    law = CQ.instead({"list.removal_missing_year": reading})
    assert below({2021: 12_900, 2023: 12_800}, law=law) == years


def check(ground, *, effective_year=2023, emissions=None):
    return check_ground(
        ground, emissions=emissions or {}, effective_year=effective_year, on=ON, law=CQ
    )


@pytest.mark.requirement("CQETS-10.i2")
@pytest.mark.parametrize("emissions", ["2000", "0.0001"])
def test_a_unit_that_still_emits_has_not_ceased(emissions: str) -> None:
    with pytest.raises(NoGroundForRemoval) as no:
        check(Ceased(date(2022, 8, 31), Decimal(emissions), "一条线停产"))
    assert no.value.article == "CQETS-10.i2"


@pytest.mark.requirement("CQETS-10.i2")
def test_an_end_that_lies_ahead_or_is_not_evidenced_is_none() -> None:
    check(Ceased(ON, Decimal(0), "关停证明"))
    for ground in (
        Ceased(date(2024, 6, 4), Decimal(0), "关停证明"),
        Ceased(ON, Decimal(0), " "),
    ):
        with pytest.raises(NoGroundForRemoval):
            check(ground)


@pytest.mark.requirement("CQETS-10.i3")
@pytest.mark.parametrize(("remaining", "stays"), [(12_999, False), (13_000, True)])
def test_an_enterprise_stays_with_its_part_outside_the_national_market(remaining, stays) -> None:
    ground = National(2023, "全国名录", Decimal(remaining))
    if not stays:
        check(ground)
        return
    with pytest.raises(NoGroundForRemoval):
        check(ground)


@pytest.mark.requirement("CQETS-10.i3")
def test_the_national_list_counts_from_its_year_on() -> None:
    check(NATIONAL, effective_year=2023)
    with pytest.raises(NoGroundForRemoval):
        check(NATIONAL, effective_year=2022)


def propose(firm, ground, *, effective_year=2023, acting=FOUNDER):
    return operations.propose_removal(
        organisation=firm,
        ground=ground,
        effective_year=effective_year,
        law=CQ,
        acting=acting,
        at=NOW,
    )


def remove(firm, *, acting=SECOND):
    return operations.remove_entity(organisation=firm, acting=acting, at=NOW)


@pytest.mark.django_db
class TestRemoval:
    @pytest.fixture
    def firm(self):
        market = founded()
        adopted(market["E1"], market["E2"])
        return market["E1"]

    @pytest.mark.requirement("CQETS-10")
    def test_without_a_ground_nothing_is_removed(self, firm):
        with pytest.raises(NoGroundForRemoval):
            propose(firm, BelowScale())
        assert queries.removals(firm) == []
        with pytest.raises(WrongState):
            remove(firm)

    @pytest.mark.requirement("CQETS-10")
    def test_one_ground_is_enough_and_all_of_it_is_recorded(self, firm):
        propose(firm, CLOSED)
        removal = remove(firm)
        assert (removal.article, removal.effective_year) == ("CQETS-10.i2", 2023)
        assert (removal.decided_by, removal.removed) == ("bureau-2", True)
        assert removal.working[0]["given"][0]["value"] == "关停证明"

    @pytest.mark.requirement("CQETS-10")
    def test_whoever_proposes_does_not_decide(self, firm):
        propose(firm, CLOSED)
        with pytest.raises(SamePerson):
            remove(firm, acting=FOUNDER)
        assert queries.removals(firm)[0].decided_at is None

    @pytest.mark.requirement("CQETS-4.6")
    def test_a_district_proposes_for_its_own_area_and_decides_nothing(self, firm):
        with pytest.raises(OutsideYourScope):
            propose(parties.organisation("E2"), CLOSED, acting=DISTRICT)
        propose(firm, CLOSED, acting=DISTRICT)
        with pytest.raises(NotYourRole):
            remove(firm, acting=DISTRICT)

    def test_a_proposal_not_confirmed_leaves_it_listed_and_may_come_again(self, firm):
        propose(firm, CLOSED)
        operations.keep_entity(organisation=firm, acting=SECOND, at=NOW)
        assert parties.listed_years(firm) == [2021, 2022]
        propose(firm, NATIONAL)
        remove(firm)
        assert [r.removed for r in queries.removals(firm)] == [False, True]

    @pytest.mark.requirement("CQETS-10", "CQETS-10.i3")
    def test_the_next_list_is_without_it_and_earlier_years_stay(self, firm):
        propose(firm, NATIONAL)
        assert operations.continue_list(year=2023, law=CQ, acting=FOUNDER, at=NOW) == 2
        remove(firm)
        assert [o.code for o in parties.entities(2023)] == ["E2"]
        assert parties.entity_counts()[2023] == 1
        assert parties.listed_years(firm) == [2021, 2022]
        parties.must_be_listed(firm, 2022)
        with pytest.raises(NotOnTheList):
            parties.must_be_listed(firm, 2023)

    @pytest.mark.requirement("CQETS-10.i3")
    def test_the_list_built_after_the_removal_is_without_it(self, firm):
        propose(firm, NATIONAL)
        remove(firm)
        assert operations.continue_list(year=2023, law=CQ, acting=FOUNDER, at=NOW) == 1
        assert operations.continue_list(year=2024, law=CQ, acting=FOUNDER, at=NOW) == 1
        assert parties.listed_years(firm) == [2021, 2022]

    @pytest.mark.requirement("CQETS-10")
    def test_a_removal_of_a_later_year_leaves_the_list_in_between(self, firm):
        propose(firm, NATIONAL, effective_year=2024)
        remove(firm)
        operations.continue_list(year=2023, law=CQ, acting=FOUNDER, at=NOW)
        operations.continue_list(year=2024, law=CQ, acting=FOUNDER, at=NOW)
        assert parties.listed_years(firm) == [2021, 2022, 2023]

    def test_the_list_it_was_taken_off_does_not_take_it_back(self, firm):
        propose(firm, CLOSED, effective_year=2022)
        remove(firm)
        assert parties.listed_years(firm) == [2021]
        with pytest.raises(TakenOffTheList):
            adopted(firm, years=(2022,))
        adopted(firm, years=(2023,))
        assert parties.listed_years(firm) == [2021, 2023]

    @pytest.mark.usefixtures("firm")
    def test_who_never_stood_on_the_list_is_not_removed(self):
        with pytest.raises(NeverListed):
            propose(parties.organisation("E3"), CLOSED)

    @pytest.mark.usefixtures("firm")
    def test_there_is_no_list_to_go_on_from_before_the_first(self):
        with pytest.raises(NobodyListed):
            operations.continue_list(year=2031, law=CQ, acting=FOUNDER, at=NOW)


@pytest.mark.django_db
@pytest.mark.requirement("CQETS-10.i1")
def test_removal_is_proposed_on_two_verified_years_below_the_scale() -> None:
    emissions = ((13_000, 13_000, 13_000, 12_999, 12_500), (13_000, 13_000, 13_000, 12_999, 13_000))
    market = small_market(2, emissions)
    low, high = market.entities
    adopted(low, high)
    with pytest.raises(NoGroundForRemoval) as no:
        propose(high, BelowScale())
    assert no.value.article == "CQETS-10.i1"
    removal = propose(low, BelowScale())
    assert [step["given"][0]["value"] for step in removal.working] == ["12999", "12500"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("CQETS-10")
def test_two_decisions_at_once_are_one() -> None:
    market = founded()
    adopted(market["E1"])
    propose(market["E1"], CLOSED)

    def keep():
        operations.keep_entity(organisation=market["E1"], acting=SECOND, at=NOW)

    done = at_once(lambda: remove(market["E1"]), keep)
    assert sorted(done) == ["done", "wrong_state"]


@pytest.mark.django_db
@pytest.mark.requirement("CQETS-10.i3")
@pytest.mark.requirement("AMB-10")
def test_the_surrender_of_a_year_before_the_move_is_still_due() -> None:
    market = small_market(1)
    (firm,) = market.entities
    adopted(firm)
    propose(firm, NATIONAL)
    remove(firm)
    compliance.open_duties(year=2022, law=CQ, acting=FOUNDER, at=NOW)
    (standing,) = duties.standings(2022, CQ, on=ON)
    assert standing.verified_t == 100_000
