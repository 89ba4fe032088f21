from openets.simulation.failures import KINDS, failures


def test_each_kind_of_failure_happens_to_another_entity():
    drawn = failures(numbers=range(1, 309), short=range(40, 80), seed=2023)
    assert {failure.kind for failure in drawn} == set(KINDS)
    assert len({failure.entity for failure in drawn}) == len(KINDS)
    assert all(f.entity in range(40, 80) for f in drawn if f.kind.needs_gap)


def test_the_order_of_the_numbers_does_not_matter():
    drawn = failures(numbers=[3, 1, 2, 9, 8], short=[1, 9], seed=1)
    assert drawn == failures(numbers=[9, 8, 3, 2, 1], short=[9, 1], seed=1)


def test_a_kind_that_needs_a_gap_is_left_out_where_nobody_is_short():
    drawn = failures(numbers=range(1, 10), short=[], seed=1)
    assert {f.kind.name for f in drawn} == {k.name for k in KINDS if not k.needs_gap}
