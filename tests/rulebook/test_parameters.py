"""The parameters of the law, read off the texts a second time, against the cards.

`parameters.csv` was written from the texts alone; the cards must say the same, value for value.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from openets.rulebook.load import ALWAYS, Rule, data_folder, law

LIST = Path(__file__).parent / "parameters.csv"
ROWS = list(csv.DictReader(LIST.read_text("utf-8").splitlines()))
CASES = [(place.lower(), row) for row in ROWS for place in row["jurisdiction"].split(";")]


def carried(jurisdiction: str, key: str) -> list[Rule]:
    return [rule for rule in law(jurisdiction) if rule.catalogue == key]


def spelled(rule: Rule) -> str:
    if not rule.is_set:
        return ""
    if isinstance(rule.value, list):
        return ",".join(str(item) for item in rule.value)
    return rule.text


def expanded(value: str) -> str:
    first, dash, last = value.partition("-")
    if dash and len(value) == len("2013-2020"):
        return ",".join(str(year) for year in range(int(first), int(last) + 1))
    return value


def times(rule: Rule) -> Iterator[str]:
    if not rule.is_set:
        yield from ("not given", "CN effective date")
    elif rule.is_draft:
        yield "CN effective date"
    elif rule.years:
        yield ";".join(str(year) for year in sorted(rule.years))
    elif rule.period == ALWAYS:
        yield from ("always", "history")
    else:
        assert rule.period
        yield f"from {rule.period.start}"
        yield f"from year {rule.period.start.year}"


@pytest.mark.parametrize(("jurisdiction", "row"), CASES, ids=[row["key"] for _, row in CASES])
def test_each_parameter_of_the_texts_stands_on_exactly_one_card(
    jurisdiction: str, row: dict[str, str]
) -> None:
    subject = "ghg" if "ghg" in row["key"] or row["key"] == "bj.gases" else row["key"].split(".")[1]
    if not (data_folder() / jurisdiction / f"{subject}.yaml").exists():
        pytest.skip(f"{jurisdiction}/{subject}.yaml is not part of this tree")
    [rule] = carried(jurisdiction, row["key"])
    assert spelled(rule) == expanded(row["value"])
    assert rule.cite.source == row["source"]
    assert rule.unit == row["unit"]
    assert rule.comparison == (row["comparison"] or "=")
    assert row["applies_to"] in times(rule)


def test_no_card_claims_a_parameter_that_the_texts_do_not_have() -> None:
    known = {row["key"] for row in ROWS}
    claimed = {rule.catalogue for place in ("cq", "cn", "bj") for rule in law(place)}
    assert claimed - {""} <= known


@pytest.mark.parametrize("year", [2021, 2022])
def test_every_subject_bound_to_2021_and_2022_has_a_value_in_each_year(year: int) -> None:
    bound = {rule.key for rule in law("cq") if rule.years & {2021, 2022}}
    assert len(bound) > 20
    assert all(law("cq").for_year(key, year).is_set for key in bound)


@pytest.mark.parametrize("jurisdiction", ["cq", "cn", "bj"])
def test_no_year_and_no_day_has_two_values(jurisdiction: str) -> None:
    keys = {rule.key for rule in law(jurisdiction)}
    for key in keys:
        values = [rule for rule in law(jurisdiction) if rule.key == key]
        for year in range(2010, 2031):
            assert sum(year in rule.years for rule in values) <= 1, key
            for day in (date(year, 1, 1), date(year, 9, 1), date(year, 12, 31)):
                assert sum(bool(r.period and day in r.period) for r in values) <= 1, key
