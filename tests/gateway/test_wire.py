"""The line's language, and the floor's clocks. Pure."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.environment import _floor_of
from openets.gateway import wire
from openets.gateway.address import address_of
from openets.gateway.clock import PlayedClock, WallClock
from openets.gateway.requests import Act, Reply, Request
from openets.kernel.acting import Acting

TEXT = st.text(max_size=30)
ACTING = st.builds(Acting, TEXT, TEXT, TEXT)
WHOLE = st.integers(0, 2**62)
REQUESTS = st.one_of(
    st.builds(
        Request,
        st.just(Act.ENTER),
        TEXT,
        ACTING,
        WHOLE,
        TEXT,
        st.booleans(),
        WHOLE,
        st.none() | WHOLE,
        TEXT,
    ),
    st.builds(Request, st.just(Act.WITHDRAW), TEXT, ACTING, WHOLE),
    st.builds(
        Request, st.just(Act.REPLACE), TEXT, ACTING, WHOLE, qty=WHOLE, price_fen=st.none() | WHOLE
    ),
)


@given(st.lists(REQUESTS, max_size=5), st.lists(st.integers(1, 50), max_size=30))
def test_what_is_asked_arrives_as_asked_however_the_stream_is_cut(requests, cuts):
    text = b"".join(wire.asked(number, request) for number, request in enumerate(requests))
    lines, arrived = wire.Lines(), []
    for cut in [*cuts, len(text)]:
        arrived += [wire.request_of(said) for said in lines.fed(text[:cut])]
        text = text[cut:]
    assert arrived == list(enumerate(requests))


def test_an_answer_arrives_as_given():
    reply = Reply("k", 7, "refused", 3, {"code": "c", "zh": "否"})
    assert wire.reply_of(wire.heard(wire.answered(5, reply))) == (5, reply)


@pytest.mark.parametrize(
    "text", [b"{", b"[1]", b'{"id":1}', b'{"id":1,"do":"fly","key":"","who":["","",""],"order":0}']
)
def test_whatever_is_not_ours_is_told_apart(text):
    with pytest.raises(wire.NotOurs):
        wire.request_of(wire.heard(text))


def test_a_line_that_does_not_end_is_not_kept():
    lines = wire.Lines()
    list(lines.fed(b"x" * wire.LONGEST_LINE))
    with pytest.raises(wire.NotOurs):
        list(lines.fed(b"x"))


def test_a_proof_holds_for_its_side_nonce_and_secret_only():
    shown = wire.proof("s", wire.ASKING, "n")
    right = {"secret": "s", "side": wire.ASKING, "nonce": "n"}
    assert wire.is_proof(shown, **right)
    for wrong in ({"secret": "t"}, {"side": wire.FLOOR}, {"nonce": "m"}):
        assert not wire.is_proof(shown, **(right | wrong))
    assert not wire.is_proof(None, **right)
    assert "s" not in json.loads(wire.line({"proof": shown}))


def test_addresses_are_read_as_written():
    for text in ("unix:/var/openets/floor.sock", "127.0.0.1:8100"):
        assert str(address_of(text)) == text


def test_a_played_clock_goes_on_faster_from_the_markets_last_moment_and_skips_rests():
    seconds = [100.0]
    last = datetime(2024, 1, 2, 2, 0, tzinfo=UTC)
    clock = PlayedClock(speed=60, seconds=lambda: seconds[0], start=last - timedelta(days=9))
    clock.begin(None)
    assert clock.now() == last - timedelta(days=9)
    clock.begin(last)
    seconds[0] += 10
    assert clock.now() == last + timedelta(minutes=10)
    clock.rest_until(last + timedelta(hours=3))
    assert clock.now() == last + timedelta(hours=3)
    clock.rest_until(last)
    assert clock.now() == last + timedelta(hours=3)


def test_the_wall_is_the_wall():
    now = datetime(2024, 1, 2, tzinfo=UTC)
    clock = WallClock(lambda: now)
    clock.begin(None)
    clock.rest_until(now + timedelta(days=1))
    assert clock.now() == now
    assert clock.now().utcoffset() == timedelta(hours=8)


def test_the_floor_listens_in_the_home_folder_unless_its_path_is_too_long():
    assert _floor_of(Path("/srv/market")) == "unix:/srv/market/floor.sock"
    elsewhere = [_floor_of(Path("/srv") / (letter * 120)) for letter in "ab"]
    assert all(len(path) < 108 for path in elsewhere)
    assert elsewhere[0] != elsewhere[1]
