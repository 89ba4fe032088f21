"""The offset core against a twin that tries every part of an application."""

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openets.compliance.reduction import Origin
from openets.compliance.serials import Serials, Taken
from tests.compliance.offering import codes, examine, passed_t, unit

amounts = st.integers(0, 12)
mixes = st.tuples(st.integers(0, 40), st.integers(0, 6), st.integers(0, 10))


def passes(city, circle, elsewhere, *, used, cap_t, open_t, per_application):
    """The four limits as the text says them, in tenths."""
    offered_t = city + circle + elsewhere
    if sum(used) + offered_t > cap_t or offered_t > open_t:
        return False
    before = (0, 0, 0) if per_application else used
    total_t = sum(before) + offered_t
    return 10 * (before[0] + city) >= 8 * total_t and 10 * (before[1] + circle) <= total_t


@settings(deadline=None)
@given(mixes, mixes, st.integers(0, 1_250), st.integers(0, 60), st.booleans())
@example((9, 2, 0), (0, 0, 0), 1_000, 50, False)
@example((29, 6, 0), (0, 0, 0), 1_000, 50, False)
@example((30, 3, 9), (4, 1, 0), 1_000, 50, True)
@example((40, 0, 10), (0, 0, 0), 1_000, 50, False)
@example((40, 6, 10), (0, 4, 1), 1_250, 60, False)
def test_what_is_cut_is_the_largest_part_that_passes(offered, used, verified_t, open_t, single):
    limits = {
        "used": used,
        "cap_t": verified_t * 8 // 100,
        "open_t": open_t,
        "per_application": single,
    }
    parts = product(*(range(tonnes + 1) for tonnes in offered))
    best_t = max((sum(part) for part in parts if passes(*part, **limits)), default=0)
    given_units = [unit(t, o) for t, o in zip(offered, Origin, strict=True) if t]
    used_units = [unit(t, o) for t, o in zip(used, Origin, strict=True) if t]
    case = {
        "verified_t": verified_t,
        "open_t": open_t,
        "used": used_units,
        "composition_test": "per_application" if single else "cumulative",
    }

    cut = examine(*given_units, cut=True, **case)
    assert sum(passed_t(cut)) == best_t
    kept = dict.fromkeys(Origin, 0)
    for part in cut.accepted:
        kept[part.unit.origin] += part.amount_t
    assert best_t == 0 or passes(*kept.values(), **limits)

    whole = examine(*given_units, **case)
    if not given_units or passes(*offered, **limits):
        assert sum(passed_t(whole)) == sum(offered)
    else:
        assert passed_t(whole) == []
        assert sum(part.would_pass_t for part in whole.refused) == best_t


@settings(deadline=None)
@given(st.lists(st.tuples(amounts, st.sampled_from(Origin)), max_size=8), st.integers(0, 500))
def test_accepted_and_refused_parts_are_exactly_what_was_offered(rows, verified_t):
    offered = [unit(tonnes, origin) for tonnes, origin in rows if tonnes]
    outcome = examine(*offered, verified_t=verified_t, cut=True)
    numbers = sorted(
        (part.serials.series, number)
        for part in (*outcome.accepted, *outcome.refused)
        for number in range(part.serials.first, part.serials.last + 1)
    )
    assert numbers == sorted(
        (one.serials.series, n) for one in offered for n in range(1, one.amount_t + 1)
    )
    assert all(part.serials.count == part.amount_t for part in outcome.accepted)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), max_size=20))
def test_a_run_is_taken_only_when_all_its_numbers_are_free(runs):
    taken, seen = Taken(), set()
    for first, count in runs:
        numbers = set(range(first, first + count))
        assert taken.take(Serials("A", first, first + count - 1)) == (not numbers & seen)
        if not numbers & seen:
            seen |= numbers


def test_a_cut_takes_the_city_first_and_splits_the_row_at_the_limit():
    outcome = examine(unit(900, "circle"), unit(7_500), unit(600), cut=True)
    assert passed_t(outcome) == [7_500, 500]
    assert codes(outcome) == ["above_cap", "above_cap"]
    tail = outcome.refused[1]
    assert (tail.serials.first, tail.serials.last, tail.amount_t) == (501, 600, 100)


def test_a_bad_unit_does_not_spoil_the_others_and_the_shares_are_tested_without_it():
    outcome = examine(unit(80, project_type="hydropower"), unit(20), unit(3, "circle"))
    assert codes(outcome) == [
        "project_type_not_admitted",
        "above_circle_share",
        "above_circle_share",
    ]
    assert [part.would_pass_t for part in outcome.refused] == [0, 20, 2]


@pytest.mark.parametrize(
    ("origin", "place", "refused"),
    [
        ("circle", "四川省成都市", []),
        ("circle", "成都", []),
        ("circle", "贵阳", ["origin_contradicts_place"]),
        ("elsewhere", "成都", ["origin_contradicts_place"]),
        ("city", "成都", ["origin_contradicts_place"]),
        ("city", "渝北区", []),
    ],
)
def test_a_list_of_places_must_agree_with_the_class_of_origin(origin, place, refused):
    outcome = examine(
        unit(100), unit(10, origin, place=place), unit(1, place="涪陵区"), places=["成都市"]
    )
    assert codes(outcome) == refused


def test_a_row_refused_for_its_type_keeps_its_serials_from_a_second_row():
    outcome = examine(unit(10, first=1, project_type="hydropower"), unit(10, first=1))
    assert codes(outcome) == ["project_type_not_admitted", "serials_used_twice"]
