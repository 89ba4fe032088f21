"""Two allocations beside each other: differences, groups, what stands out; against a plain twin."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from openets.allocation.compare import Result, by_method, compare

TENTH = Decimal("0.10")


def result(code, determined_t, *, verified_t=1000, industry="水泥", methods=("benchmark",)):
    gap_t = None if determined_t is None else verified_t - determined_t
    return Result(
        code, code, industry, "涪陵区", methods, verified_t, gap_t, determined_t, determined_t
    )


def changes(before, after, **otherwise):
    return compare(before, after, outlier_ratio=TENTH, **otherwise).changes


def test_a_change_of_a_tenth_stands_out_and_one_below_does_not():
    (just_below,) = changes([result("A", 1000)], [result("A", 1099)])
    (at,) = changes([result("A", 1000)], [result("A", 1100)])
    (down,) = changes([result("A", 1000)], [result("A", 900)])
    assert [c.stands_out for c in (just_below, at, down)] == [False, True, True]
    assert (down.difference_t, down.ratio) == (-100, Decimal("-0.1"))


def test_what_stands_out_comes_first_then_the_most_tonnes_or_the_greatest_share():
    before = [result("A", 1_000_000), result("B", 100), result("C", 100), result("D", 200)]
    after = [result("A", 1_050_000), result("B", 120), result("C", 105), result("D", 230)]
    by_tonnes = [c.entity.code for c in changes(before, after)]
    by_ratio = [c.entity.code for c in changes(before, after, order="ratio")]
    assert by_tonnes == ["D", "B", "A", "C"]
    assert by_ratio == ["B", "D", "A", "C"]


def test_who_was_refused_or_is_new_has_no_difference_and_stands_out():
    found = compare([result("A", 10), result("B", None)], [result("A", None)], outlier_ratio=TENTH)
    assert [(c.entity.code, c.difference_t, c.stands_out) for c in found.changes] == [
        ("A", None, True),
        ("B", None, False),
    ]
    assert [c.entity.code for c in found.unknown] == ["A", "B"]


def test_winners_losers_and_the_gaps_that_remain_are_told():
    before = [result("A", 800), result("B", 1200)]
    after = [result("A", 900), result("B", 1100)]
    found = compare(before, after, outlier_ratio=TENTH)
    assert [c.entity.code for c in found.winners] == ["A"]
    assert [c.entity.code for c in found.losers] == ["B"]
    whole = found.whole
    assert (whole.before_t, whole.after_t, whole.difference_t) == (2000, 2000, 0)
    assert (whole.gap_before_t, whole.gap_after_t) == (200, 100), "a surplus fills nobody's gap"


def test_groups_are_named_by_what_is_asked_and_the_most_changed_comes_first():
    before = [result("A", 100), result("B", 100, industry="造纸"), result("C", 100)]
    after = [result("A", 90), result("B", 150, industry="造纸"), result("C", 100)]
    found = compare(before, after, outlier_ratio=TENTH)
    assert [(g.name, g.entities, g.difference_t) for g in found.by(lambda r: r.industry)] == [
        ("造纸", 1, 50),
        ("水泥", 2, -10),
    ]
    assert [g.name for g in found.by(by_method)] == ["benchmark"]


amounts = st.dictionaries(st.sampled_from("ABCDEF"), st.none() | st.integers(0, 10**6), max_size=6)


@given(amounts, amounts)
def test_the_plain_twin_finds_the_same(before, after):
    found = compare(
        [result(code, t) for code, t in before.items()],
        [result(code, t) for code, t in after.items()],
        outlier_ratio=TENTH,
    )
    assert {c.entity.code for c in found.changes} == before.keys() | after.keys()
    outliers = set()
    for code in before.keys() | after.keys():
        then, now = before.get(code), after.get(code)
        if (then is None) != (now is None) or (then == 0 and now):
            outliers.add(code)
        elif then and now is not None:
            # The share as the page shows it, rounded to six places, a half away from nought.
            millionths = (2 * 10**6 * abs(now - then) + then) // (2 * then)
            outliers |= {code} if millionths >= 10**5 else set()
    assert {c.entity.code for c in found.outliers} == outliers
    both = [c for c in before.keys() & after.keys() if None not in (before[c], after[c])]
    assert sum(c.difference_t or 0 for c in found.changes) == sum(
        after[c] - before[c] for c in both
    )
