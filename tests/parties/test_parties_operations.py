"""Organisations, people and the list."""

from dataclasses import replace

import pytest

from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.parties import operations, queries
from openets.parties.models import Listing, Membership
from openets.parties.operations import CodeTaken, NewOrganisation, NotAnEntity, NotOnTheList
from openets.parties.roles import Role
from openets.rulebook.load import NoValueForTime
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDED, FOUNDER

FIRM = NewOrganisation("E001", "合成单位1", Role.KEY_EMITTING_ENTITY, "涪陵区", "其他行业", 1)
OTHER = NewOrganisation("E002", "合成单位2", Role.KEY_EMITTING_ENTITY, "长寿区", "其他行业", 2)
DISTRICT = Acting("d-1", Role.DISTRICT_BUREAU, "D-涪陵区")


def register(*new, acting=FOUNDER, law=CQ):
    return operations.register_organisations(new, law=law, acting=acting, at=FOUNDED)


def put_on_list(organisations, *, year=2022, acting=FOUNDER):
    return operations.list_entities(
        organisations=organisations,
        year=year,
        source="CQ208-A1.L",
        law=CQ,
        acting=acting,
        at=FOUNDED,
    )


@pytest.mark.django_db
class TestRegistering:
    def test_an_organisation_is_kept_as_told_and_journalled(self):
        made = register(FIRM)["E001"]
        assert queries.organisation("E001") == made
        assert (made.role, made.district, made.number) == ("key_emitting_entity", "涪陵区", 1)
        (entry,) = journal.trail("E001")
        assert (entry.operation, entry.article) == ("parties.register", "CQETS-4")
        assert entry.content == {"name": FIRM.name, "role": FIRM.role, "district": "涪陵区"}

    @pytest.mark.requirement("CQETS-4")
    def test_a_district_bureau_registers_nobody(self):
        with pytest.raises(NotYourRole) as no:
            register(FIRM, acting=DISTRICT)
        assert no.value.article == "CQETS-4"

    def test_the_same_again_changes_nothing_and_leaves_no_entry(self):
        first = register(FIRM)
        assert register(FIRM, OTHER)["E001"] == first["E001"]
        assert journal.trail("E001").count() == 1

    @pytest.mark.parametrize(
        "changed",
        [
            {"name": "合成单位9"},
            {"role": Role.INVESTOR},
            {"district": "长寿区"},
            {"number": 9},
        ],
    )
    def test_a_code_in_use_for_something_else_is_refused(self, changed):
        register(FIRM)
        with pytest.raises(CodeTaken):
            register(replace(FIRM, **changed))
        assert queries.organisation("E001").name == FIRM.name

    def test_a_list_number_in_use_is_refused(self):
        register(FIRM)
        with pytest.raises(CodeTaken) as no:
            register(replace(OTHER, number=1))
        assert no.value.numbers == {"taken": 1}
        with pytest.raises(CodeTaken):
            register(replace(OTHER, number=8), replace(FIRM, code="E003", number=8))


@pytest.mark.django_db
class TestListing:
    def test_the_list_of_a_year_keeps_its_order(self):
        made = register(OTHER, FIRM)
        assert put_on_list(list(made.values())) == 2
        assert [o.code for o in queries.entities(2022)] == ["E001", "E002"]
        assert queries.listed_years(made["E001"]) == [2022]
        (entry,) = journal.trail("list/2022")
        assert entry.content == {"entities": ["E002", "E001"], "threshold_tco2e": "13000"}

    def test_whoever_is_not_on_the_list_of_the_year_is_named(self):
        firm = register(FIRM)["E001"]
        put_on_list([firm])
        queries.must_be_listed(firm, 2022)
        with pytest.raises(NotOnTheList) as no:
            queries.must_be_listed(firm, 2021)
        assert "2021" in no.value.message("en")
        assert "名录" in no.value.message("zh")

    @pytest.mark.requirement("CQETS-4")
    def test_only_the_city_bureau_lists(self):
        made = register(FIRM)
        with pytest.raises(NotYourRole):
            put_on_list(list(made.values()), acting=DISTRICT)

    def test_an_investor_is_no_key_emitting_entity(self):
        made = register(FIRM, NewOrganisation("I1", "合成投资机构1", Role.INVESTOR))
        with pytest.raises(NotAnEntity):
            put_on_list(list(made.values()))
        assert not Listing.objects.exists()

    def test_the_same_list_again_adds_nobody_and_leaves_no_entry(self):
        made = register(FIRM, OTHER)
        put_on_list([made["E001"]])
        assert put_on_list([made["E001"]]) == 0
        assert put_on_list(list(made.values())) == 1
        assert [e.content["entities"] for e in journal.trail("list/2022")] == [["E001"], ["E002"]]

    @pytest.mark.requirement("CQ208-A1.1.1")
    def test_a_list_of_2020_has_no_inclusion_standard(self):
        made = register(FIRM)
        with pytest.raises(NoValueForTime) as no:
            put_on_list(list(made.values()), year=2020)
        assert no.value.article == "CQ208-A1.1.1"
        assert put_on_list(list(made.values()), year=2021) == 1


@pytest.mark.django_db(transaction=True)
def test_two_lists_at_once_list_everybody_once():
    made = register(FIRM, OTHER)
    both = list(made.values())
    done = at_once(lambda: put_on_list(both), lambda: put_on_list(both))
    assert done == ["done", "done"]
    assert Listing.objects.count() == 2
    assert journal.trail("list/2022").count() == 1


@pytest.mark.django_db
class TestPeople:
    def test_a_person_acts_in_the_role_of_the_organisation(self):
        firm = register(FIRM)["E001"]
        person = operations.add_member(
            username="E001-1",
            display_name="碳管理员",
            organisation=firm,
            acting=FOUNDER,
            at=FOUNDED,
        )
        assert queries.acting_as(person, FOUNDED.date()) == Acting(
            "E001-1", "key_emitting_entity", "E001"
        )
        assert not person.has_usable_password()

    def test_adding_a_person_twice_is_adding_them_once(self):
        firm = register(FIRM)["E001"]
        for _ in range(2):
            operations.add_member(
                username="E001-1",
                display_name="碳管理员",
                organisation=firm,
                acting=FOUNDER,
                at=FOUNDED,
            )
        assert Membership.objects.count() == 1
        added = [e for e in journal.trail("E001") if e.operation == "parties.add_member"]
        assert [entry.content for entry in added] == [{"person": "E001-1"}]

    def test_an_entity_adds_no_people(self):
        firm = register(FIRM)["E001"]
        acting = Acting("E001-1", Role.KEY_EMITTING_ENTITY, "E001")
        with pytest.raises(NotYourRole):
            operations.add_member(
                username="E001-2", display_name="", organisation=firm, acting=acting, at=FOUNDED
            )

    def test_the_sign_in_page_shows_one_person_a_role(self):
        made = register(FIRM, OTHER)
        for code, organisation in made.items():
            operations.add_member(
                username=f"{code}-1",
                display_name="",
                organisation=organisation,
                acting=FOUNDER,
                at=FOUNDED,
            )
        assert [m.person.username for m in queries.members_by_role(FOUNDED.date())] == ["E001-1"]
