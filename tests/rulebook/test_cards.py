"""What every card owes its reader."""

from collections.abc import Callable
from itertools import chain

import yaml

from openets.rulebook.load import Rule, Value, data_folder, law
from openets.rulebook.requirements import citable, readings

JURISDICTIONS = ("bj", "cn", "cq")
RULES = [(f"{place}:{rule.key}", rule) for place in JURISDICTIONS for rule in law(place)]
CARD_FIELDS = {
    *("title", "title_zh", "unit", "comparison", "reading", "options", "values", "not_set"),
}
ENTRY_FIELDS = {
    *("years", "from", "until", "always", "draft", "value"),
    *("source", "quote", "catalogue", "assumed", "confidence", "note"),
}


def offenders(is_right: Callable[[Rule], bool]) -> list[str]:
    return [name for name, rule in RULES if not is_right(rule)]


def chosen(rule: Rule) -> list[Value]:
    return rule.value if isinstance(rule.value, list) else [rule.value]


def test_a_card_has_an_english_title_that_begins_like_one() -> None:
    assert offenders(lambda rule: rule.title.isascii() and rule.title[0].isupper()) == []


def test_a_card_has_a_chinese_title_and_either_a_unit_or_options() -> None:
    def is_measured(rule: Rule) -> bool:
        return bool(rule.unit or rule.options)

    assert offenders(lambda rule: not rule.title_zh.isascii() and is_measured(rule)) == []


def test_a_value_quotes_its_article_or_says_how_surely_it_is_assumed() -> None:
    def has_origin(rule: Rule) -> bool:
        if rule.cite.assumed:
            return bool(rule.reading) or rule.confidence in {"high", "medium", "low"}
        return bool(rule.cite.quote) and not rule.confidence

    assert offenders(has_origin) == []


def test_a_card_cites_rows_of_the_catalogue() -> None:
    assert offenders(lambda rule: {rule.cite.source, rule.reading} - {""} <= citable()) == []


def test_a_choice_is_one_of_its_options() -> None:
    def is_offered(rule: Rule) -> bool:
        return not rule.options or all(value in rule.options for value in chosen(rule))

    assert offenders(is_offered) == []


def test_no_value_is_a_binary_float() -> None:
    assert offenders(lambda rule: not any(isinstance(v, float) for v in chosen(rule))) == []


def test_a_card_has_no_field_that_nobody_reads() -> None:
    for path in data_folder().glob("*/*.yaml"):
        for name, card in yaml.safe_load(path.read_text("utf-8")).items():
            assert set(card) <= CARD_FIELDS, name
            entries = chain(card["values"], [card["not_set"]] if "not_set" in card else [])
            assert all(set(entry) <= ENTRY_FIELDS for entry in entries), name


def test_a_value_names_its_time() -> None:
    for path in data_folder().glob("*/*.yaml"):
        for name, card in yaml.safe_load(path.read_text("utf-8")).items():
            for entry in card["values"]:
                named = entry.keys() & {"years", "from", "always", "draft"}
                assert len(named) == 1, f"{path.stem}.{name}"
                assert "until" not in entry or named == {"from"}, f"{path.stem}.{name}"


def test_a_key_means_the_same_kind_of_thing_in_every_jurisdiction() -> None:
    choices: dict[str, set[str]] = {}
    for rule in (rule for place in JURISDICTIONS for rule in law(place) if rule.options):
        choices.setdefault(rule.key, set()).add(str(rule.options))
    assert all(len(options) == 1 for options in choices.values())


def test_every_reading_outside_allocation_that_can_be_chosen_stands_on_a_card() -> None:
    carried = {rule.reading for place in JURISDICTIONS for rule in law(place)}
    # AMB-12 is no choice of a value: the process of a line says whether it is shale gas.
    of_allocation = {f"AMB-{number}" for number in range(12, 26)}
    missing = {reading.id for reading in readings()} - carried - of_allocation
    assert missing == set()
