"""What is published: numbered without gaps, conflated, and given again after a gap. Pure."""

import json
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.gateway.board import Board, Figures, News, Publisher
from openets.gateway.feed import Feed

INTERVAL = 0.05


def news(price=3600, trades=(), bids=None, phase="continuous", product="P"):
    day = {"reference_fen": 3600, "phase": phase}
    return News(product, "t", bids or [(price, 5)], [], day, trades)


def trade(number, price=3600):
    return {"id": number, "price_fen": price}


def publisher(first_seq=100):
    return Publisher(first_seq=first_seq, interval_seconds=INTERVAL)


def test_only_what_changed_is_published_and_each_event_takes_the_next_number():
    made = publisher()
    made.take([news(trades=[trade(1)])])
    first = made.due(0.0)
    assert [(name, data["seq"]) for name, data in first] == [
        ("depth", 101),
        ("trades", 102),
        ("day", 103),
    ]
    made.take([news()])
    assert made.due(1.0) == []
    made.take([news(price=3601)])
    assert made.due(2.0) == [
        ("depth", {"at": "t", "bids": [[3601, 5]], "asks": [], "seq": 104, "product": "P"})
    ]


def test_within_an_interval_depth_is_overwritten_and_trades_gather():
    made = publisher()
    made.take([news(trades=[trade(1)])])
    made.due(0.0)
    for number in (2, 3, 4):
        made.take([news(price=3600 + number, trades=[trade(number)])])
        assert made.due(0.01) == []
    assert made.wait_seconds(0.02) == pytest.approx(0.03)
    (_, depth), (_, trades) = made.due(INTERVAL)
    assert depth["bids"] == [[3604, 5]]
    assert [one["id"] for one in trades["trades"]] == [2, 3, 4]
    assert made.wait_seconds(1.0) is None


def test_figures_of_a_day_are_those_of_its_trades():
    day = Figures(3600)
    for price, qty in ((3610, 2), (3590, 3), (3605, 1)):
        day.add(price, qty)
    assert day.as_json() == {
        "reference_fen": 3600,
        "open_fen": 3610,
        "high_fen": 3610,
        "low_fen": 3590,
        "last_fen": 3605,
        "volume_t": 6,
        "turnover_fen": 2 * 3610 + 3 * 3590 + 3605,
    }


def events_of(text):
    """The events of a stream as a browser reads them."""
    found = []
    for block in text.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        assert int(fields["id"]) == json.loads(fields["data"])["seq"]
        found.append((fields["event"], json.loads(fields["data"])))
    return found


PRICES = st.lists(st.integers(1, 5), min_size=1, max_size=40)


@given(PRICES, st.integers(1, 20), st.lists(st.integers(0, 5), max_size=20), st.integers(0, 60))
def test_whoever_reads_when_they_like_ends_with_the_same_board(prices, kept, pauses, joined):
    """A twin of the obvious: a reader that applies what it is given knows what the floor knows."""
    made, feed = publisher(), Feed("P", kept=kept)
    board, known = Board("P", 0), None
    pause = chain(pauses, repeat(0))
    waits = next(pause)
    for number, price in enumerate(prices):
        made.take([news(price, trades=[trade(number)] if price % 2 else [])])
        for event in made.due(float(number)):
            feed.apply(event)
        waits -= 1
        if waits < 0 and number >= joined % len(prices):
            for event in events_of(feed.since(known)):
                board.apply(event)
            known, waits = feed.seq, next(pause)
    for event in events_of(feed.since(known)):
        board.apply(event)
    assert [board.snapshot()] == made.snapshots()


def test_a_gap_that_is_kept_is_filled_event_by_event_and_another_by_a_snapshot():
    made, feed = publisher(), Feed("P", kept=4)
    for number in range(6):
        made.take([news(3600 + number)])
        for event in made.due(float(number)):
            feed.apply(event)
    head = feed.seq
    assert [data["seq"] for _, data in events_of(feed.since(head - 3))] == [
        head - 2,
        head - 1,
        head,
    ]
    assert feed.since(head) == b""
    for unknown in (None, head - 5, head + 1, 7):
        ((name, data),) = events_of(feed.since(unknown))
        assert (name, data["seq"]) == ("snapshot", head)


def test_another_floor_makes_every_reader_begin_with_a_snapshot():
    feed = Feed("P")
    for first_seq in (100, 5_000):
        made = publisher(first_seq)
        made.take([news()])
        for event in made.due(0.0):
            feed.apply(event)
        before = feed.seq
        (whole,) = made.snapshots()
        feed.apply(whole)
    assert events_of(feed.since(102))[0][0] == "snapshot"
    assert feed.seq == before == 5_002
