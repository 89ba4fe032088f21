"""Units in the language of the page."""

import pytest
from django.utils.translation import override

from openets.rulebook.load import law
from openets.web.units import SYMBOLS, UNITS, unit


def is_number(text):
    return text.removeprefix("-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize("jurisdiction", ["cq", "bj", "cn"])
def test_every_unit_of_a_number_of_the_law_is_known_in_chinese(jurisdiction):
    units = {rule.unit for rule in law(jurisdiction) if rule.is_set and is_number(rule.text)}
    assert units - set(UNITS) <= SYMBOLS


def test_a_unit_is_told_in_the_language_of_the_page():
    with override("zh-hans"):
        assert [unit("working days"), unit("tCO2e")] == ["个工作日", "tCO2e"]
    with override("en"):
        assert unit("working days") == "working days"
