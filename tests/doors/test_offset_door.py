"""The door `openets offset`."""

import json

import pytest

from openets.doors.offset import main


def unit(first, last, origin="city", **changed):
    return {
        "kind": "CQCER",
        "serial_from": first,
        "serial_to": last,
        "amount_t": last - first + 1 if isinstance(first, int) else changed["amount_t"],
        "origin_place": "渝北区",
        "origin_class": origin,
        "project_type": "wind",
        "vintage": 2021,
    } | changed


def application(*offered, **changed):
    return {
        "jurisdiction": "cq",
        "year": 2022,
        "entity": "某水泥厂",
        "verified_t": 100_010,
        "obligation_t": "100010",
        "used_before": [],
        "offered": list(offered),
        "circle_places": [],
    } | changed


@pytest.fixture
def door(tmp_path, capsys):
    """Run the door on an object or on raw bytes; give status, answer and refusals."""

    def run(content):
        path = tmp_path / "application.json"
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(raw)
        status = main([str(path)])
        out, err = capsys.readouterr()
        return status, json.loads(out) if out else None, [json.loads(e) for e in err.splitlines()]

    return run


def test_what_passes_is_accepted_with_its_serials(door):
    assert door(application(unit(1, 8_000))) == (
        0,
        {
            "cap_t": 8_000,
            "accepted": [
                {"kind": "CQCER", "serial_from": 1, "serial_to": 8_000, "amount_t": 8_000}
            ],
            "refused": [],
        },
        [],
    )


@pytest.mark.requirement("CQ208-A1.5.2b")
def test_one_tonne_above_the_cap_refuses_the_whole_and_says_what_would_pass(door):
    status, answer, refusals = door(application(unit(1, 8_001)))
    assert status == 2
    assert answer["accepted"] == []
    (refused,) = answer["refused"]
    assert refused.pop("rule") == "The year's reductions would be 8001 t, above the cap of 8000 t"
    assert refused == {
        "kind": "CQCER",
        "serial_from": 1,
        "serial_to": 8_001,
        "amount_t": 8_001,
        "code": "above_cap",
        "article": "CQ208-A1.5.2b",
        "would_pass_t": 8_000,
    }
    assert [(r["row"], r["code"]) for r in refusals] == [(1, "above_cap")]


def test_a_cut_splits_a_range_and_keeps_the_way_serials_are_written(door):
    offered = unit("CQ-00001", "CQ-09000", amount_t=9_000)
    _, answer, _ = door(application(offered, cut=True))
    ranges = [(p["serial_from"], p["serial_to"]) for p in answer["accepted"] + answer["refused"]]
    assert ranges == [("CQ-00001", "CQ-08000"), ("CQ-08001", "CQ-09000")]
    assert answer["refused"][0]["would_pass_t"] == 0


def test_every_row_of_an_application_over_a_limit_is_refused_by_its_number(door):
    status, answer, refusals = door(application(unit(1, 80), unit(101, 111, "circle")))
    assert status == 2
    assert [refused["would_pass_t"] for refused in answer["refused"]] == [80, 8]
    assert [refusal["row"] for refusal in refusals] == [1, 2]


@pytest.mark.requirement("CQVER-29", "CQ208-A6.3")
def test_serials_used_before_in_another_spelling_are_refused(door):
    used = [unit("cq-0001", "cq-0100", amount_t=100)]
    again = unit("CQ-100", "CQ-101", amount_t=2)
    short = unit("CQ-200", "CQ-202", amount_t=2)
    _, answer, _ = door(application(again, short, used_before=used))
    codes = [refused["code"] for refused in answer["refused"]]
    assert codes == ["serials_used_twice", "serials_do_not_match_amount"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"amount_t": 0.5}, "not_whole_tonnes"),
        ({"amount_t": 0}, "not_positive"),
        ({"amount_t": -3}, "not_positive"),
        ({"amount_t": "1e3"}, "not_a_number"),
        ({"amount_t": True}, "bad_field"),
        ({"amount_t": None}, "missing_field"),
        ({"amount_t": 10**60}, "not_a_number"),
        ({"serial_from": 20}, "serial_unreadable"),
        ({"serial_from": "A1", "serial_to": "B9"}, "serial_unreadable"),
        ({"serial_from": -1}, "serial_unreadable"),
        ({"serial_from": "\ud800"}, "bad_field"),
        ({"serial_from": [1]}, "bad_field"),
        ({"origin_class": "moon"}, "bad_field"),
        ({"kind": None}, "missing_field"),
        ({"kind": "other"}, "kind_not_admitted"),
        ({"project_type": None}, "project_type_missing"),
    ],
)
def test_a_faulty_unit_is_refused_and_the_others_are_examined(door, bad, code):
    status, answer, refusals = door(application(unit(1, 9) | bad, unit(100, 199)))
    assert status == 2
    assert [refused["code"] for refused in answer["refused"]] == [code]
    assert [(refusal["row"], refusal["code"]) for refusal in refusals] == [(1, code)]
    assert [accepted["amount_t"] for accepted in answer["accepted"]] == [100]


def test_a_unit_that_is_no_object_is_refused_by_its_row(door):
    status, answer, refusals = door(application(unit(1, 9), "units"))
    assert (status, refusals[0]["row"]) == (2, 2)
    assert answer["refused"][0]["serial_from"] is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[]", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"year": NaN}', "not_json"),
        (b'{"year": 2021, "year": 2022}', "not_json"),
        (b'{"verified_t": ' + b"9" * 5_000 + b"}", "not_json"),
        (application(jurisdiction="xx"), "unknown_jurisdiction"),
        (application(jurisdiction="../cq"), "unknown_jurisdiction"),
        (application(jurisdiction="cn"), "draft_only"),
        (application(year=2025), "no_value_for_time"),
        (application(year="soon"), "bad_field"),
        (application(entity=None), "missing_field"),
        (application(verified_t=-1), "not_positive"),
        (application(verified_t="12.5"), "not_whole_tonnes"),
        (application(obligation_t=None), "missing_field"),
        (application(offered={}), "bad_field"),
        (application(cut="yes"), "bad_field"),
        (application(circle_places=[None]), "missing_field"),
        (application(circle_places=[""]), "bad_field"),
        (application(used_before=[unit(1, 2), unit(2, 3)]), "serials_used_twice"),
        (application(used_before=[7]), "not_json"),
    ],
)
def test_an_application_that_cannot_be_examined_is_refused_whole(door, content, code):
    status, answer, refusals = door(content)
    assert (status, answer) == (2, None)
    assert [refusal["code"] for refusal in refusals] == [code]


def test_a_missing_file_and_a_place_that_cannot_be_written_are_refused(door, tmp_path, capsys):
    assert main([str(tmp_path / "none.json")]) == 2
    door(application())
    assert main([str(tmp_path / "application.json"), "--out", str(tmp_path)]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "file_not_writable"
