"""CQ208, annex 1's annex 1: the list of key emitting entities of 2021 and 2022."""

from collections import Counter

import pytest

from openets.parties import operations
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.roster import operations as roster
from openets.rulebook.entities import UnknownDistrict, listed_entities, read_list
from openets.rulebook.load import law
from tests.markets import CQ, FOUNDED, FOUNDER

YEARS = pytest.mark.parametrize("year", [2021, 2022])


@YEARS
@pytest.mark.requirement("CQ208-A1.L", "CQ208-A1.1.2")
def test_the_list_has_308_entities_numbered_without_gap_and_named_once(year: int) -> None:
    entities = listed_entities("cq", year)
    assert [entity.number for entity in entities] == list(range(1, 309))
    assert len({entity.name for entity in entities}) == 308


@YEARS
@pytest.mark.requirement("CQ208-A1.L")
def test_the_list_counts_districts_and_industries_as_the_text_does(year: int) -> None:
    districts = Counter(entity.district for entity in listed_entities("cq", year))
    industries = Counter(entity.industry for entity in listed_entities("cq", year))
    assert (districts["涪陵区"], districts["长寿区"], len(districts)) == (34, 34, 38)
    assert (industries["化工行业"], industries["生活垃圾焚烧行业"], len(industries)) == (58, 7, 15)


@pytest.mark.django_db
@pytest.mark.requirement("CQ208-A1.L", "CQ208-A1.1.2")
def test_loaded_twice_there_are_308_entities_on_the_list_of_each_year_and_no_duplicates() -> None:
    for _ in range(2):
        for year in (2021, 2022):
            load(year)
    assert Organisation.objects.filter(role=Role.KEY_EMITTING_ENTITY).count() == 308
    assert parties.entity_counts() == {2021: 308, 2022: 308}
    listed = parties.entities(2022)
    assert listed.filter(district="涪陵区").count() == 34
    assert listed.filter(industry="化工行业").count() == 58


def load(year: int) -> None:
    given = {"law": CQ, "acting": FOUNDER, "at": FOUNDED}
    new = [
        NewOrganisation(
            f"E{e.number:03}", e.name, Role.KEY_EMITTING_ENTITY, e.district, e.industry, e.number
        )
        for e in listed_entities("cq", year)
    ]
    made = operations.register_organisations(new, **given)
    roster.adopt_list(organisations=list(made.values()), year=year, source="CQ208-A1.L", **given)


@pytest.mark.requirement("CQ208-A1.L")
def test_a_row_with_an_unknown_district_is_refused() -> None:
    lines = ["no,name,district,industry", "1,甲水泥有限公司,成都市,水泥制造行业"]
    with pytest.raises(UnknownDistrict) as refused:
        read_list(lines, rules=law("cq"), year=2021)
    assert refused.value.article == "CQ208-A1.L"
    assert "成都市" in refused.value.message("zh")


@pytest.mark.requirement("AMB-08")
def test_the_plan_states_17_industries_and_the_list_has_15_labels() -> None:
    rules = law("cq")
    assert rules.for_year("list.industry_count_stated", 2021).whole == 17
    assert len(rules.for_year("list.industries", 2021).items) == 15
