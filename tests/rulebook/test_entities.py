"""Reading a list that is not the published one."""

import pytest

from openets.rulebook.entities import UnknownDistrict, UnknownIndustry, listed_entities, read_list
from openets.rulebook.load import NoValueForTime, law

HEAD = "no,name,district,industry"
GOOD = "1,甲水泥有限公司,涪陵区,水泥制造行业"


def test_a_label_that_is_not_of_the_list_is_refused_with_its_line() -> None:
    lines = [HEAD, GOOD, "2,乙水泥有限公司,涪陵区,水泥行业"]
    with pytest.raises(UnknownIndustry) as refused:
        read_list(lines, rules=law("cq"), year=2021)
    assert (refused.value.row, refused.value.field) == (3, "industry")


def test_a_district_is_refused_before_the_industry_is_looked_at() -> None:
    with pytest.raises(UnknownDistrict):
        read_list([HEAD, "1,甲,成都,水泥行业"], rules=law("cq"), year=2021)


def test_the_list_is_refused_for_a_year_it_was_not_made_for() -> None:
    with pytest.raises(NoValueForTime):
        listed_entities("cq", 2023)


def test_the_districts_and_labels_of_the_cards_are_those_of_the_list() -> None:
    entities = listed_entities("cq", 2022)
    rules = law("cq")
    assert {e.district for e in entities} == set(rules.for_year("list.districts", 2022).items)
    assert {e.industry for e in entities} == set(rules.for_year("list.industries", 2022).items)
