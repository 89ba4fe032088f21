"""The catalogue as data."""

import re
from collections import Counter

from openets.rulebook.load import data_folder
from openets.rulebook.requirements import (
    citable,
    readings,
    requirements,
    requirements_by_id,
    titles,
)

KINDS = {
    *("operation", "parameter", "formula", "deadline", "right", "permission", "disclosure"),
    *("penalty", "retention", "record", "interface", "definition", "organisation"),
    "not-software",
}


def test_the_catalogue_has_its_436_requirements_each_once() -> None:
    assert len(requirements()) == len(requirements_by_id()) == 436
    assert Counter(row.source for row in requirements()) == {
        "CQETS": 71,
        "CQVER": 111,
        "CQ208": 100,
        "CNETS": 78,
        "BJETS": 76,
    }


def test_an_id_begins_with_its_source_and_the_kinds_are_known() -> None:
    assert all(row.id.startswith(f"{row.source}-") for row in requirements())
    assert {row.kind for row in requirements()} == KINDS


def test_a_requirement_for_software_has_a_case_and_any_other_a_reason() -> None:
    for row in requirements():
        assert bool(row.accept) == row.is_software == (not row.reason), row.id


def test_a_case_is_not_cut_inside_brackets() -> None:
    for row in requirements():
        assert all(case.count("(") == case.count(")") for case in row.accept), row.id


def test_a_jurisdiction_of_the_catalogue_has_a_folder() -> None:
    folders = {path.name.upper() for path in data_folder().iterdir() if path.is_dir()}
    assert {place for row in requirements() for place in row.jurisdictions} == folders


def test_every_citable_id_has_a_short_title_in_both_languages() -> None:
    assert len(titles()) == 436 + 64
    for cited, (title_zh, title) in titles().items():
        assert re.search(r"[\u4e00-\u9fff]", title_zh), cited
        assert 2 <= len(title_zh) <= 24, cited
        assert title, cited


def test_there_are_64_readings_each_with_the_words_and_the_choice() -> None:
    assert [row.id for row in readings()] == [f"AMB-{number:02}" for number in range(1, 65)]
    assert all(row.title and row.text and row.default and row.example for row in readings())


def test_the_ids_that_requirements_name_exist() -> None:
    named = re.compile(r"\b(?:CQETS|CNETS|CQVER|CQ208|BJETS|AMB)-[0-9A-Z][0-9A-Za-z.]*")
    for row in requirements():
        for text in (row.requirement, *row.accept):
            assert {cited.rstrip(".") for cited in named.findall(text)} <= citable(), row.id
