"""The list of key emitting entities as published: facts to seed a market with, no accounts."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from openets.kernel.refusal import Refusal
from openets.rulebook.load import Law, data_folder, law


class UnknownDistrict(Refusal):
    """A row of the list names a district that the jurisdiction does not know."""

    code = "unknown_district"
    article = "CQ208-A1.L"
    zh = "名录第 {no} 号“{name}”的所属区县“{district}”不在区县表中"
    en = "No. {no} of the list, “{name}”, names the unknown district “{district}”"
    remedy_zh = "请核对所属区县的名称"
    remedy_en = "Check the name of the district"


class UnknownIndustry(Refusal):
    """A row of the list names an industry that is not covered."""

    code = "unknown_industry"
    article = "CQ208-A1.L"
    zh = "名录第 {no} 号“{name}”的行业“{industry}”不在行业表中"
    en = "No. {no} of the list, “{name}”, names the unknown industry “{industry}”"
    remedy_zh = "请核对行业名称，名录中的行业名称须一字不差"
    remedy_en = "Check the label of the industry; labels are kept as published"


@dataclass(frozen=True, slots=True)
class ListedEntity:
    """One row of the published list (重点排放单位名录), in the words of the text."""

    number: int
    name: str
    district: str
    industry: str


@cache
def listed_entities(jurisdiction: str, year: int) -> tuple[ListedEntity, ...]:
    """The published list of a compliance year, in its own order.

    Source: CQ208-A1.L, CQ208-A1.1.2.

    Raises:
        UnknownJurisdiction, UnknownRule: the jurisdiction has published no list.
        NoValueForTime: the list does not hold for the year.
    """
    rules = law(jurisdiction)
    count = rules.for_year("list.entity_count", year).whole
    lines = (data_folder() / jurisdiction / "entities.csv").read_text("utf-8").splitlines()
    entities = read_list(lines, rules=rules, year=year)
    assert len(entities) == count, "the list is incomplete"
    return entities


def read_list(lines: Iterable[str], *, rules: Law, year: int) -> tuple[ListedEntity, ...]:
    """Read lines of CSV with the columns no, name, district and industry.

    Source: CQ208-A1.L.

    Raises:
        UnknownDistrict, UnknownIndustry: with the row's number and words.
    """
    districts = frozenset(rules.for_year("list.districts", year).items)
    industries = frozenset(rules.for_year("list.industries", year).items)
    entities = []
    for number, row in enumerate(csv.DictReader(lines), start=2):
        if row["district"] not in districts:
            raise UnknownDistrict(row=number, field="district", **row)
        if row["industry"] not in industries:
            raise UnknownIndustry(row=number, field="industry", **row)
        entities.append(ListedEntity(int(row["no"]), row["name"], row["district"], row["industry"]))
    return tuple(entities)
