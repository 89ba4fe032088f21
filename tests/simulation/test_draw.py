from decimal import Decimal

from openets.simulation.draw import Draw


def test_a_stream_is_the_same_whenever_and_wherever_it_is_asked():
    first = Draw(2023, 37, "size")
    assert [first.share() for _ in range(3)] == [
        Decimal("0.478289"),
        Decimal("0.317614"),
        Decimal("0.975903"),
    ]


def test_streams_of_other_seeds_and_purposes_differ():
    seen = {Draw(*key).share() for key in [(1, "a"), (2, "a"), (1, "b"), (1, "a", 1), (1, 1, "a")]}
    assert len(seen) == 5


def test_a_bell_has_its_spread_and_is_cut_at_three_of_them():
    draw = Draw(1, "bell")
    values = [draw.bell(Decimal("0.1")) for _ in range(20_000)]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    assert abs(mean) < Decimal("0.003")
    assert Decimal("0.098") < variance.sqrt() < Decimal("0.102")
    assert max(map(abs, values)) <= Decimal("0.3")


def test_whole_numbers_reach_both_ends_and_never_leave_them():
    draw = Draw(1, "dice")
    assert {draw.whole(1, 6) for _ in range(200)} == {1, 2, 3, 4, 5, 6}


def test_items_are_picked_from_first_to_last():
    draw = Draw(1, "pick")
    assert {draw.pick("abc") for _ in range(100)} == {"a", "b", "c"}
