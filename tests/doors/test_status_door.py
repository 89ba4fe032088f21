"""The door `openets status`."""

import json

import pytest

from openets.doors.status import main

EVENTS = [
    {"event": "deadline", "date": "2023-12-31", "year": 2021},
    {"event": "verified", "date": "2023-11-14", "entity": "甲厂", "year": 2021, "amount": 100_000},
    {"event": "offset_filed", "date": "2023-12-28", "entity": "甲厂", "year": 2021, "amount": "8000", "id": "F1"},
    {"event": "surrendered", "date": "2023-12-30", "entity": "甲厂", "year": 2021, "amount": 92_000, "id": 7},
    {"event": "offset_confirmed", "date": "2024-01-05", "entity": "甲厂", "year": 2021, "of": "F1"},
]  # fmt: skip


@pytest.fixture
def door(tmp_path, capsys):
    """Run the door on events or raw lines; give status, standings and refusals."""

    def run(lines, *options):
        path = tmp_path / "events.jsonl"
        rows = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines]
        path.write_bytes(b"\n".join(rows))
        status = main([str(path), *options])
        out, err = (stream.splitlines() for stream in capsys.readouterr())
        return status, [json.loads(line) for line in out], [json.loads(line) for line in err]

    return run


@pytest.mark.requirement("AMB-38")
@pytest.mark.parametrize(
    ("options", "status", "counted_t"),
    [
        (["--on", "2023-12-31"], "partly_fulfilled", 92_000),
        (["--on", "2024-01-01"], "overdue", 92_000),
        (["--on", "2024-01-05"], "fulfilled", 100_000),
        (["--on", "2024-01-05", "--at-deadline"], "fulfilled", 100_000),
        (["--on", "2024-01-04", "--at-deadline"], "overdue", 92_000),
    ],
)
def test_the_status_of_a_day_live_and_at_the_deadline(door, options, status, counted_t):
    answer = {
        "entity": "甲厂",
        "year": 2021,
        "status": status,
        "verified_t": 100_000,
        "counted_t": counted_t,
        "open_t": 100_000 - counted_t,
    }
    assert door(EVENTS, *options) == (0, [answer], [])


def test_a_duty_without_a_verified_amount_is_not_yet_due(door):
    event = {"event": "included", "date": "2023-01-01", "entity": "E", "year": 2022}
    _, [standing], _ = door([event], "--on", "2023-06-01")
    assert standing["status"] == "not_yet_due"
    assert standing["verified_t"] is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "not_json"),
        (b"null", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 100_000, "not_json"),
        (EVENTS[1] | {"event": "danced"}, "bad_field"),
        (EVENTS[1] | {"event": ["verified"]}, "bad_field"),
        (EVENTS[1] | {"entity": None}, "missing_field"),
        (EVENTS[1] | {"entity": " "}, "bad_field"),
        (EVENTS[1] | {"entity": "\ud800"}, "bad_field"),
        (EVENTS[1] | {"date": "2023-02-30"}, "bad_field"),
        (EVENTS[1] | {"date": "20230228"}, "bad_field"),
        (EVENTS[1] | {"year": True}, "bad_field"),
        (EVENTS[1] | {"year": "二〇二一"}, "bad_field"),
        (EVENTS[3] | {"date": "2024-02-01", "amount": 1.5, "id": "x"}, "not_whole_tonnes"),
        (EVENTS[3] | {"date": "2024-02-01", "amount": "-1", "id": "x"}, "not_positive"),
        (EVENTS[3] | {"amount": "١", "id": "x"}, "not_a_number"),
        (EVENTS[3] | {"date": "2024-02-01"}, "id_taken"),
        (EVENTS[3] | {"id": "late"}, "out_of_order"),
        (EVENTS[4] | {"date": "2024-01-06"}, "already_decided"),
        (EVENTS[4] | {"date": "2024-01-06", "of": "none"}, "unknown_reference"),
    ],
)
def test_a_bad_line_is_refused_by_its_number_and_the_rest_is_replayed(door, line, code):
    status, [standing], [refusal] = door([*EVENTS, line], "--on", "2024-02-01")
    assert (status, refusal["row"], refusal["code"]) == (2, 6, code)
    assert standing["status"] == "fulfilled"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--on", "someday"], "bad_field"),
        (["--on", "2024-01-01", "--jurisdiction", "xx"], "unknown_jurisdiction"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_read(door, options, code):
    status, standings, [refusal] = door(EVENTS, *options)
    assert (status, standings, refusal["code"]) == (2, [], code)
