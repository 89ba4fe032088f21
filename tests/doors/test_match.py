import json

import pytest

from openets.doors.match import main

TICK = ("--tick", "0.01", "--lot", "1")


@pytest.fixture
def match(tmp_path, capsys):
    """Run lines, given as objects or raw text, and give status, events and refusals."""

    def run(*lines, options=TICK):
        path = tmp_path / "orders.jsonl"
        text = "".join(
            (line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines
        )
        path.write_text(text, encoding="utf-8")
        status = main([str(path), *options])
        out, err = capsys.readouterr()
        return (
            status,
            [json.loads(line) for line in out.splitlines()],
            [json.loads(line) for line in err.splitlines()],
        )

    return run


def new(order_id, side, price, qty, **more):
    kind = "market" if price is None else "limit"
    return {
        "op": "new",
        "id": order_id,
        "side": side,
        "type": kind,
        "price": price,
        "qty": qty,
        "tif": "day",
        "owner": "x",
        **more,
    }


def accepted(order_id):
    return {"event": "accepted", "id": order_id}


def expired(order_id, qty):
    return {"event": "expired", "id": order_id, "qty": qty}


def trade(buy, sell, price, qty):
    return {"event": "trade", "buy": buy, "sell": sell, "price": price, "qty": qty}


def codes(events):
    return [(event["id"], event["code"]) for event in events if event["event"] == "refused"]


def test_continuous_bidding_trades_at_the_resting_price(match):
    status, events, refusals = match(
        new("s", "sell", "40.00", 5),
        new("b", "buy", "40.01", 8),
        {"op": "depth"},
    )
    assert (status, refusals) == (0, [])
    assert events[:-1] == [
        accepted("s"),
        accepted("b"),
        trade("b", "s", "40.00", 5),
        {"event": "depth", "bids": [["40.01", 1, 3]], "asks": []},
    ]


def test_the_last_line_is_the_state_and_equal_files_have_equal_states(match):
    lines = (new("s", "sell", "40.00", 5), new("b", "buy", "39.99", 8))
    _, first, _ = match(*lines)
    _, again, _ = match(*lines)
    _, other, _ = match(*lines, {"op": "withdraw", "id": "b"})
    assert set(first[-1]) == {"event", "hash"}
    assert first[-1]["event"] == "state"
    assert first[-1] == again[-1] != other[-1]


def test_an_empty_file_has_only_a_state(match):
    status, events, _ = match()
    assert (status, [event["event"] for event in events]) == (0, ["state"])


def test_what_is_left_of_market_and_immediate_orders_expires(match):
    _, events, _ = match(
        new("s", "sell", "40.00", 5),
        new("m", "buy", None, 7),
        new("t", "sell", "40.00", 5),
        new("i", "buy", "40.00", 6, tif="ioc"),
        new("k", "buy", "40.00", 6, tif="fok"),
        {"op": "depth"},
    )
    assert events[1:-1] == [
        accepted("m"),
        trade("m", "s", "40.00", 5),
        expired("m", 2),
        accepted("t"),
        accepted("i"),
        trade("i", "t", "40.00", 5),
        expired("i", 1),
        accepted("k"),
        expired("k", 6),
        {"event": "depth", "bids": [], "asks": []},
    ]


def test_a_withdrawal_tells_what_remained(match):
    _, events, _ = match(
        new("s", "sell", "40.00", 5), new("b", "buy", "40.00", 2), {"op": "withdraw", "id": "s"}
    )
    assert events[-2] == {"event": "withdrawn", "id": "s", "qty": 3}


def test_a_replacement_may_trade(match):
    _, events, _ = match(
        new("s", "sell", "40.00", 5),
        new("b", "buy", "39.00", 5),
        {"op": "replace", "id": "b", "price": "40.00", "qty": 6},
        {"op": "depth"},
    )
    assert events[2:-1] == [
        accepted("b"),
        trade("b", "s", "40.00", 5),
        {"event": "depth", "bids": [["40.00", 1, 1]], "asks": []},
    ]


def test_depth_shows_all_levels_best_first_with_their_orders(match):
    _, events, _ = match(
        new(1, "buy", "39.98", 1),
        new(2, "buy", "39.99", 2),
        new(3, "buy", "39.99", 3),
        new(4, "sell", "40.02", 4),
        new(5, "sell", "40.01", 5),
        {"op": "depth"},
    )
    assert events[-2] == {
        "event": "depth",
        "bids": [["39.99", 2, 5], ["39.98", 1, 1]],
        "asks": [["40.01", 1, 5], ["40.02", 1, 4]],
    }


def test_prices_and_quantities_may_be_numbers_or_text_and_come_out_as_text(match):
    status, events, _ = match(
        '{"op":"new","id":"s","side":"sell","type":"limit","price":40.1,"qty":"5"}',
        '{"op":"new","id":"b","side":"buy","type":"limit","price":"40.10","qty":5}',
    )
    assert status == 0
    assert events[2] == trade("b", "s", "40.10", 5)


def test_without_a_tick_a_price_keeps_the_decimals_it_needs_and_two_at_least(match):
    _, events, _ = match(
        new(1, "buy", "40", 1), new(2, "buy", "40.0050", 1), {"op": "depth"}, options=()
    )
    assert events[-2]["bids"] == [["40.005", 1, 1], ["40.00", 1, 1]]


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"price": "40.005"}, "price_off_tick", "price"),
        ({"price": "0"}, "not_positive", "price"),
        ({"price": "-40"}, "not_positive", "price"),
        ({"price": None}, "missing_field", "price"),
        ({"price": "NaN"}, "not_a_number", "price"),
        ({"price": "4e1"}, "not_a_number", "price"),
        ({"price": "40,00"}, "not_a_number", "price"),
        ({"price": ""}, "not_a_number", "price"),
        ({"price": "9" * 41}, "not_a_number", "price"),
        ({"price": True}, "bad_field", "price"),
        ({"price": ["40"]}, "bad_field", "price"),
        ({"qty": 0}, "not_positive", "qty"),
        ({"qty": -5}, "not_positive", "qty"),
        ({"qty": "2.5"}, "quantity_off_lot", "qty"),
        ({"qty": 2.5}, "quantity_off_lot", "qty"),
        ({"qty": None}, "missing_field", "qty"),
        ({"qty": "many"}, "not_a_number", "qty"),
        ({"side": "BUY"}, "bad_field", "side"),
        ({"side": None}, "missing_field", "side"),
        ({"type": "stop"}, "bad_field", "type"),
        ({"type": None}, "missing_field", "type"),
        ({"tif": "gtc"}, "bad_field", "tif"),
        ({"owner": {}}, "bad_field", "owner"),
        ({"op": "buy"}, "unknown_op", "op"),
        ({"op": None}, "missing_field", "op"),
    ],
)
def test_a_bad_order_is_refused_in_the_stream_and_on_standard_error(match, more, code, field):
    status, events, refusals = match(
        new("a", "buy", "39.00", 1), {**new("b", "sell", "40.00", 5), **more}
    )
    assert status == 2
    assert events[1] == {"event": "refused", "id": "b", "code": code}
    assert [(r["row"], r["field"], r["code"]) for r in refusals] == [(2, field, code)]
    assert refusals[0]["remedy"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("not json", "not_json"),
        ("[1]", "not_json"),
        ('{"op":"new","id":"b","price":NaN}', "not_json"),
        ('{"op":"new","id":"b","qty":Infinity}', "not_json"),
        ('{"op":"new","id":"b"', "not_json"),
        ("[" * 100_000, "not_json"),
        ('{"op":"withdraw","id":' + "9" * 5000 + "}", "not_json"),
        ('{"op":"withdraw"}', "missing_field"),
        ('{"op":"withdraw","id":""}', "bad_field"),
        ('{"op":"withdraw","id":1.5}', "bad_field"),
        ('{"op":"withdraw","id":true}', "bad_field"),
        ('{"op":"uncross"}', "not_under_this_rule"),
        ('{"op":"reference","price":"0"}', "not_positive"),
        ('{"op":"reference"}', "missing_field"),
        ('{"id":null}', "missing_field"),
    ],
)
def test_a_line_without_an_order_is_refused_on_standard_error_only(match, line, code):
    status, events, refusals = match(new("a", "buy", "39.00", 1), line, {"op": "depth"})
    assert status == 2
    assert [event["event"] for event in events] == ["accepted", "depth", "state"]
    assert [(r["row"], r["code"]) for r in refusals] == [(2, code)]


def test_bytes_that_are_not_utf8_are_refused_and_the_rest_goes_on(tmp_path, capsys):
    path = tmp_path / "orders.jsonl"
    good = json.dumps(new("a", "buy", "39.00", 1)).encode()
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\n\n\xff\xfe\n")
    assert main([str(path)]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[0]) == accepted("a")
    assert (json.loads(err)["row"], json.loads(err)["code"]) == (3, "not_json")


def test_an_accepted_id_is_never_used_again_and_a_refused_one_may_be(match):
    status, events, refusals = match(
        new("a", "buy", "39.00", 1),
        {"op": "withdraw", "id": "a"},
        new("a", "buy", "39.00", 1),
        new("b", "buy", "39.005", 1),
        new("b", "buy", "39.00", 1),
    )
    assert status == 2
    assert codes(events) == [("a", "duplicate_id"), ("b", "price_off_tick")]
    assert [r["row"] for r in refusals] == [3, 4]
    assert events[-2] == accepted("b")


@pytest.mark.parametrize(
    "line", [{"op": "withdraw", "id": "z"}, {"op": "replace", "id": "z", "price": "1", "qty": 1}]
)
def test_an_order_that_is_not_open_cannot_be_withdrawn_or_replaced(match, line):
    status, events, _ = match(line)
    assert (status, codes(events)) == (2, [("z", "unknown_order")])


@pytest.mark.parametrize(
    ("price", "qty", "code"),
    [
        ("40.005", 1, "price_off_tick"),
        ("44.01", 1, "price_outside_limit"),
        ("40.00", 0, "not_positive"),
        (None, 1, "missing_field"),
    ],
)
def test_a_refused_replacement_leaves_the_order_as_it_was(match, price, qty, code):
    options = (*TICK, "--reference", "40.00", "--limit-ratio", "0.10")
    _, events, _ = match(
        new("b", "buy", "39.00", 5),
        {"op": "replace", "id": "b", "price": price, "qty": qty},
        {"op": "depth"},
        options=options,
    )
    assert codes(events) == [("b", code)]
    assert events[-2]["bids"] == [["39.00", 1, 5]]


@pytest.mark.requirement("CQETS-17.2")
def test_prices_on_the_limit_pass_and_one_tick_beyond_are_refused_with_the_numbers(match):
    options = (*TICK, "--reference", "40.05", "--limit-ratio", "0.10")
    status, events, refusals = match(
        new("low", "buy", "36.05", 1),  # 36.045, half-up.
        new("under", "buy", "36.04", 1),
        new("high", "sell", "44.06", 1),  # 44.055, half-up.
        new("over", "sell", "44.07", 1),
        options=options,
    )
    assert status == 2
    assert codes(events) == [
        ("under", "price_outside_limit"),
        ("over", "price_outside_limit"),
    ]
    assert refusals[0]["article"] == "CQETS-17.2"
    assert refusals[0]["numbers"] == {"price": "36.04", "low": "36.05", "high": "44.06"}


def test_a_reference_without_a_ratio_sets_no_limit(match):
    status, _, _ = match(new("a", "buy", "9000.00", 1), options=(*TICK, "--reference", "40.00"))
    assert status == 0


def test_a_new_reference_moves_the_limits_of_what_follows(match):
    _, events, _ = match(
        new("a", "buy", "45.00", 1),
        {"op": "reference", "price": "45.00"},
        new("b", "buy", "45.00", 1),
        options=(*TICK, "--reference", "40.00", "--limit-ratio", "0.10"),
    )
    assert codes(events) == [("a", "price_outside_limit")]
    assert events[1] == accepted("b")


def test_market_orders_know_no_limit_and_their_price_is_not_read(match):
    status, events, _ = match(
        new("s", "sell", "40.00", 5),
        new("m", "buy", "99.999", 5, type="market"),
        options=(*TICK, "--reference", "40.00", "--limit-ratio", "0.10"),
    )
    assert status == 0
    assert events[2] == trade("m", "s", "40.00", 5)


def test_a_lot_is_kept(match):
    _, events, refusals = match(
        new("a", "buy", "40.00", 10), new("b", "buy", "40.00", 15), options=("--lot", "10")
    )
    assert codes(events) == [("b", "quantity_off_lot")]
    assert refusals[0]["numbers"] == {"qty": 15, "lot": 10}


CALL = (*TICK, "--rule", "call")


def test_a_call_collects_orders_and_trades_them_at_one_price(match):
    _, events, _ = match(
        new("b1", "buy", "40.02", 5),
        new("b2", "buy", "40.01", 5),
        new("s1", "sell", "40.00", 7),
        {"op": "uncross"},
        {"op": "depth"},
        options=CALL,
    )
    assert events[3:-1] == [
        {
            "event": "uncross",
            "price": "40.01",
            "volume": 7,
            "surplus": 3,
            "decided_by": "market_pressure",
        },
        trade("b1", "s1", "40.01", 5),
        trade("b2", "s1", "40.01", 2),
        {"event": "depth", "bids": [["40.01", 1, 3]], "asks": []},
    ]


def test_market_orders_trade_first_in_a_call_and_then_expire(match):
    _, events, _ = match(
        new("b", "buy", "40.00", 5),
        new("m", "buy", None, 4),
        {"op": "depth"},
        new("s", "sell", "40.00", 3),
        new("i", "buy", "39.00", 2, tif="ioc"),
        {"op": "uncross"},
        {"op": "depth"},
        options=CALL,
    )
    assert events[2]["bids"] == [[None, 1, 4], ["40.00", 1, 5]]
    assert events[6:-1] == [
        trade("m", "s", "40.00", 3),
        expired("m", 1),
        expired("i", 2),
        {"event": "depth", "bids": [["40.00", 1, 5]], "asks": []},
    ]


def test_no_cross_gives_no_price_and_no_volume(match):
    _, events, _ = match(
        new("b", "buy", "39.00", 5), new("s", "sell", "40.00", 3), {"op": "uncross"}, options=CALL
    )
    assert events[2] == {
        "event": "uncross",
        "price": None,
        "volume": 0,
        "surplus": None,
        "decided_by": "no_cross",
    }


@pytest.mark.parametrize(
    ("rules", "price", "decided_by"),
    [
        ("market_pressure,closest_to_reference,higher", "40.01", "closest_to_reference"),
        ("higher", "40.02", "higher"),
        ("lower", "40.00", "lower"),
        ("market_pressure", "40.02", "higher"),
    ],
)
def test_the_tie_breaks_are_used_in_the_order_given(match, rules, price, decided_by):
    _, events, _ = match(
        new("b", "buy", "40.02", 5),
        new("s", "sell", "40.00", 5),
        {"op": "uncross"},
        options=(*CALL, "--reference", "40.01", "--tie-break", rules),
    )
    assert (events[2]["price"], events[2]["decided_by"]) == (price, decided_by)


def test_market_orders_alone_trade_at_the_reference(match):
    _, events, _ = match(
        new("b", "buy", None, 5),
        new("s", "sell", None, 3),
        {"op": "uncross"},
        options=(*CALL, "--reference", "40.00"),
    )
    assert events[2]["decided_by"] == "only_market_orders"
    assert events[3:5] == [trade("b", "s", "40.00", 3), expired("b", 2)]


def test_in_a_call_replacements_do_not_trade_and_market_orders_stay_market_orders(match):
    _, events, _ = match(
        new("b", "buy", None, 5),
        new("s", "sell", "41.00", 5),
        {"op": "replace", "id": "s", "price": "40.00", "qty": 5},
        {"op": "replace", "id": "b", "price": None, "qty": 4},
        {"op": "depth"},
        options=CALL,
    )
    assert events[-2] == {
        "event": "depth",
        "bids": [[None, 1, 4]],
        "asks": [["40.00", 1, 5]],
    }


def test_fill_or_kill_is_refused_in_a_call(match):
    _, events, _ = match(new("b", "buy", "40.00", 5, tif="fok"), options=CALL)
    assert codes(events) == [("b", "not_under_this_rule")]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--tick", "0"), "not_positive"),
        (("--tick", "-0.01"), "not_positive"),
        (("--tick", "nan"), "not_a_number"),
        (("--lot", "0.5"), "bad_field"),
        (("--lot", "0"), "not_positive"),
        (("--reference", "0"), "not_positive"),
        (("--limit-ratio", "-0.1"), "not_positive"),
        (("--tie-break", "loudest"), "bad_field"),
        (("--tie-break", ""), "bad_field"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_runs(match, options, code):
    status, events, refusals = match(new("a", "buy", "39.00", 1), options=options)
    assert (status, events, [r["code"] for r in refusals]) == (2, [], [code])


def test_an_unknown_rule_is_refused_as_json(match, capsys):
    with pytest.raises(SystemExit) as left:
        match(options=("--rule", "dutch"))
    assert left.value.code == 2
    assert json.loads(capsys.readouterr().err)["code"] == "bad_arguments"


def test_a_missing_file_is_refused_and_nothing_is_written(tmp_path, capsys):
    out = tmp_path / "events.jsonl"
    assert main([str(tmp_path / "none.jsonl"), "--out", str(out)]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "file_not_readable"
    assert not out.exists()


def test_events_go_to_the_file_named(tmp_path, capsys):
    path, out = tmp_path / "orders.jsonl", tmp_path / "events.jsonl"
    path.write_text(json.dumps(new("甲", "buy", "39.00", 1)), encoding="utf-8")
    assert main([str(path), "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert json.loads(out.read_text("utf-8").splitlines()[0]) == accepted("甲")
