"""The 50 % rule on a slower twin: try every amount and see whether enough stays."""

import itertools
from dataclasses import replace
from datetime import date

from hypothesis import assume, given
from hypothesis import strategies as st

from openets.registry.holding import (
    HoldingRule,
    Kept,
    OpenYear,
    free_to_move_t,
    minimums,
)
from openets.rulebook.load import law

DAY = date(2023, 12, 4)


def open_years(free_t, *, least):
    surrendered_t = st.integers(0, 9)
    year = st.builds(OpenYear, st.sampled_from([2021, 2022, 2023]), free_t, surrendered_t)
    return st.lists(year, unique_by=lambda year: year.year, min_size=least, max_size=3)


YEARS = open_years(st.integers(0, 9), least=0)
LARGE_YEARS = open_years(st.integers(100, 200), least=1)
"""More was issued free than twice all that can be kept and surrendered here."""
KEPT = st.lists(
    st.builds(Kept, st.sampled_from([2020, 2021, 2022]), st.booleans(), st.integers(0, 6)),
    unique_by=lambda kept: (kept.vintage_year, kept.bought),
    max_size=3,
)


def rules(*scopes):
    return st.builds(
        lambda scope, bought, surrendered: HoldingRule.of(
            law("cq").instead(
                {
                    "registry.hold50_scope": scope,
                    "registry.hold50_count_purchased": bought,
                    "registry.hold50_count_surrendered": surrendered,
                }
            ),
            DAY,
        ),
        st.sampled_from(scopes),
        st.booleans(),
        st.booleans(),
    )


RULES = rules("open_years_sum", "per_vintage")


def twin_enough(years, kept, rule):
    """Whether every minimum is met, told in plain loops."""
    groups = [[y] for y in years] if rule.per_vintage else ([years] if years else [])
    for group in groups:
        counted = 0
        for units in kept:
            of_group = not rule.per_vintage or units.vintage_year == group[0].year
            if of_group and (rule.count_bought or not units.bought):
                counted += units.amount_t
        for year in group:
            counted += year.surrendered_t if rule.count_surrendered else 0
        if 2 * counted < sum(year.free_t for year in group):
            return False
    return True


@given(YEARS, KEPT, RULES)
def test_as_much_may_leave_as_the_twin_finds_by_trying_everything(years, kept, rule):
    def left(amounts):
        return [replace(u, amount_t=t) for u, t in zip(kept, amounts, strict=True)]

    assume(twin_enough(years, kept, rule))
    stays = itertools.product(*(range(units.amount_t + 1) for units in kept))
    fewest = min(sum(amounts) for amounts in stays if twin_enough(years, left(amounts), rule))
    assert free_to_move_t(years, kept, rule) == sum(u.amount_t for u in kept) - fewest


@given(YEARS, KEPT, RULES)
def test_a_minimum_is_met_exactly_when_the_twin_finds_it_met(years, kept, rule):
    met = all(m.kept_t >= m.required_t for m in minimums(years, kept, rule))
    assert met == twin_enough(years, kept, rule)


@given(LARGE_YEARS, KEPT, rules("open_years_sum"))
def test_where_too_little_is_kept_none_of_what_counts_may_leave(years, kept, rule):
    assert not twin_enough(years, kept, rule)
    counted = sum(u.amount_t for u in kept if rule.count_bought or not u.bought)
    assert free_to_move_t(years, kept, rule) == sum(u.amount_t for u in kept) - counted
