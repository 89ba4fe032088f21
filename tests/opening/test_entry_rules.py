"""Who may become a participant: entry rules by form, at exactly the number of the card."""

from datetime import date

import pytest

from openets.opening.entry_rules import BelowEntryRule, Means, NoEntryRule, must_meet_entry_rules
from openets.rulebook.load import law

RULES = law("cq").on("participants.entry_rules", date(2023, 12, 4)).items


@pytest.mark.requirement("CQETS-16")
@pytest.mark.parametrize(
    ("role", "form", "least"),
    [
        ("investor", "company", 1_000_000),
        ("investor", "partnership", 500_000),
        ("individual", "person", 100_000),
    ],
)
def test_an_applicant_with_the_least_is_admitted_and_with_a_yuan_less_refused(role, form, least):
    must_meet_entry_rules(role, Means(form, least), RULES)
    with pytest.raises(BelowEntryRule) as no:
        must_meet_entry_rules(role, Means(form, least - 1), RULES)
    assert (no.value.numbers["given"], no.value.numbers["least"]) == (least - 1, least)


@pytest.mark.requirement("CQETS-16")
@pytest.mark.parametrize("means", [None, Means("person", 10**9), Means("trust", 10**9)])
def test_an_institution_of_no_admitted_form_is_refused_with_those_that_are(means):
    with pytest.raises(NoEntryRule) as no:
        must_meet_entry_rules("investor", means, RULES)
    assert no.value.numbers["known"] == "company, partnership"


def test_a_key_emitting_entity_takes_part_by_law():
    must_meet_entry_rules("key_emitting_entity", None, RULES)


def test_where_no_rules_are_set_nobody_is_refused():
    must_meet_entry_rules("investor", None, ())
