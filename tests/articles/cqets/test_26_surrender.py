"""Article 26: surrender as much as was verified, in parts, no more."""

from fractions import Fraction

import pytest

from openets.compliance.obligation import (
    AboveObligation,
    ExcessNotConfirmed,
    NotPositive,
    NotWholeTonnes,
    Obligation,
    check_surrender,
    counts_from,
)
from openets.kernel.clock import at
from openets.kernel.quantity import parse_decimal
from openets.rulebook.load import law
from tests.compliance.offering import DAY_BEFORE, NEW_YEAR

REJECT = law("cq").for_year("surrender.excess", 2022)
CONFIRM = law("cn").taking_effect(DAY_BEFORE).on("surrender.excess", NEW_YEAR)
OWED = Obligation(year=2022, verified_t=100_000, offset_t=6_000)


@pytest.mark.requirement("CQETS-26", "AMB-38")
@pytest.mark.parametrize(("surrendered_t", "open_t"), [(94_000, 0), (93_999, 1), (0, 94_000)])
def test_allowances_and_confirmed_offsets_together_fulfil_the_duty(surrendered_t, open_t):
    owed = Obligation(2022, 100_000, surrendered_t=surrendered_t, offset_t=6_000)
    assert owed.open_t == open_t
    assert owed.is_fulfilled == (open_t == 0)


@pytest.mark.requirement("CQETS-26", "AMB-29")
def test_one_tonne_above_the_duty_is_rejected():
    assert check_surrender(obligation=OWED, quantity=94_000, excess=REJECT) == 94_000
    with pytest.raises(AboveObligation) as refusal:
        check_surrender(obligation=OWED, quantity=94_001, excess=REJECT, confirmed=True)
    assert refusal.value.article == "CQETS-26"
    assert refusal.value.numbers["open_t"] == 94_000


@pytest.mark.requirement("AMB-29", "CNETS-30")
def test_where_more_is_allowed_it_takes_a_confirmation():
    with pytest.raises(ExcessNotConfirmed):
        check_surrender(obligation=OWED, quantity=94_001, excess=CONFIRM)
    taken_t = check_surrender(obligation=OWED, quantity=94_001, excess=CONFIRM, confirmed=True)
    assert taken_t == 94_001


@pytest.mark.requirement("CQETS-26")
@pytest.mark.parametrize(
    ("quantity", "refusal"),
    [
        (0, NotPositive),
        (-1, NotPositive),
        (parse_decimal("0.5"), NotWholeTonnes),
        (Fraction(93_999, 2), NotWholeTonnes),
    ],
)
def test_nothing_less_than_nothing_and_a_fraction_are_rejected(quantity, refusal):
    with pytest.raises(refusal):
        check_surrender(obligation=OWED, quantity=quantity, excess=REJECT)


@pytest.mark.requirement("AMB-28")
def test_the_entry_decides_if_the_registry_executes_it():
    entered, executed = at(DAY_BEFORE, 23, 58), at(NEW_YEAR, 0, 1)
    entry = law("cq").for_year("surrender.timestamp", 2021)
    assert counts_from(entered_at=entered, executed_at=executed, timestamp=entry) == entered
    assert counts_from(entered_at=entered, executed_at=None, timestamp=entry) is None
    changed = law("cq").instead({"surrender.timestamp": "execution"})
    execution = changed.for_year("surrender.timestamp", 2021)
    assert counts_from(entered_at=entered, executed_at=executed, timestamp=execution) == executed
