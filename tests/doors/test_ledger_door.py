"""The door `openets ledger`: every rule of its reference, against a plain ledger of dicts."""

import contextlib
import io
import json
import tempfile
import threading
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from openets.doors import ledger, verify
from openets.doors.models import ReplayAccount, ReplayClock
from openets.doors.replay import ACTING, Replay
from openets.doors.replay_rows import chunks, code_of, id_of
from openets.kernel.clock import at
from openets.ledger import operations, queries
from openets.ledger.models import Account, Transfer
from openets.ledger.posting import LARGEST, Kind
from openets.ledger.posting import Transfer as Event

pytestmark = pytest.mark.django_db

SUMS = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")
NOON = at(date(2023, 12, 1), 12)


def account(name, kind="unit", **more):
    return {"op": "account", "id": name, "kind": kind, **more}


def transfer(name, debit="a", credit="b", amount=10, **more):
    return {
        "op": "transfer",
        "id": name,
        "debit": debit,
        "credit": credit,
        "amount": amount,
        **more,
    }


def post(name, pending, **more):
    return {"op": "post", "id": name, "pending_id": pending, **more}


def void(name, pending, **more):
    return {"op": "void", "id": name, "pending_id": pending, **more}


def advance(seconds, **more):
    return {"op": "advance", "seconds": seconds, **more}


def lookup(*ids, **more):
    return {"op": "lookup", "ids": list(ids), **more}


OPENED = [
    account("bank", "cash", may_go_negative=True),
    account("a"),
    account("b", "credit"),
    transfer("fund", "bank", "a", 100),
]


def run(*lines):
    """Replay events or raw lines; give status, answers and refusals."""
    rows = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    out, err = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        path.write_bytes(b"\n".join(rows))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = ledger.main(["replay", str(path)])
    told, refused = ([json.loads(x) for x in s.getvalue().splitlines()] for s in (out, err))
    return status, told, refused


def results(*lines):
    return [told.get("result", told.get("accounts")) for told in run(*lines)[1]]


def sums(*ids):
    [found] = results(lookup(*ids))
    return {one.pop("id"): tuple(one.values()) for one in found}


@pytest.fixture
def opened():
    assert run(*OPENED)[0] == 0


class TestAccounts:
    def test_an_account_is_opened_once_and_exists_when_repeated(self):
        assert results(account("a"), account("a"), account("b")) == ["created", "exists", "created"]
        assert results(account("a")) == ["exists"]

    @pytest.mark.parametrize("other", [{"kind": "other"}, {"may_go_negative": True}])
    @pytest.mark.parametrize("later", [False, True])
    def test_an_account_with_other_content_is_refused(self, other, later):
        first = [account("a")]
        if later:
            run(*first)
            first = []
        assert results(*first, account("a") | other)[-1] == "key_reused"
        assert results(account("a")) == ["exists"]

    def test_kind_and_may_go_negative_may_be_left_out(self):
        assert results({"op": "account", "id": "a"}, account("a", "", may_go_negative=False)) == [
            "created",
            "exists",
        ]

    @pytest.mark.usefixtures("opened")
    def test_accounts_of_different_kinds_transfer_to_each_other(self):
        assert (
            results(transfer("t", "a", "b", 40), transfer("u", "b", "bank", 15)) == ["created"] * 2
        )
        assert sums("a", "b") == {"a": (0, 40, 0, 100), "b": (0, 15, 0, 40)}

    @pytest.mark.usefixtures("opened")
    def test_only_an_account_that_may_falls_below_zero(self):
        assert results(transfer("t", amount=101), transfer("u", amount=100)) == [
            "insufficient",
            "created",
        ]
        assert results(transfer("v", "bank", "b", LARGEST)) == ["too_large"]

    @pytest.mark.usefixtures("opened")
    def test_an_account_and_a_transfer_may_bear_the_same_id(self):
        assert results(transfer("a")) == ["created"]

    def test_a_number_and_a_text_are_two_ids_and_come_out_as_they_went_in(self):
        lines = [account(1, may_go_negative=True), account("1"), transfer(7, 1, "1", 5)]
        _, told, _ = run(*lines, lookup("1", 1))
        assert [one.get("id") for one in told[:3]] == [1, "1", 7]
        assert [(one["id"], one["credits_posted"]) for one in told[3]["accounts"]] == [
            ("1", 5),
            (1, 0),
        ]

    def test_a_transfer_before_its_account_is_refused_though_the_account_follows(self):
        bank = account("bank", may_go_negative=True)
        late = [transfer("t", "bank", "a"), account("a"), transfer("u", "bank", "a")]
        assert results(bank, *late) == ["created", "account_not_found", "created", "created"]


@pytest.mark.usefixtures("opened")
class TestTransfers:
    @pytest.mark.parametrize(
        ("event", "result"),
        [
            (transfer("t", amount=0), "amount_not_positive"),
            (transfer("t", amount=-1), "amount_not_positive"),
            (transfer("t", amount="0"), "amount_not_positive"),
            (transfer("t", credit="a"), "same_account"),
            (transfer("t", "no", "no"), "same_account"),
            (transfer("t", credit="no"), "account_not_found"),
            (transfer("t", debit="no"), "account_not_found"),
            (transfer("t", amount=10**30), "too_large"),
            (transfer("t", timeout=5), "timeout_invalid"),
            (transfer("t", pending=True, timeout=-1), "timeout_invalid"),
            (transfer("t", pending=True, timeout=2**31), "timeout_invalid"),
            (transfer("fund"), "key_reused"),
            (post("t", "none"), "pending_not_found"),
            (void("t", "none"), "pending_not_found"),
            (post("t", "fund"), "not_pending"),
            (post("t", "fund", amount=0), "amount_not_positive"),
        ],
    )
    def test_a_broken_rule_refuses_and_moves_nothing_and_uses_the_id_up(self, event, result):
        status, [told], [refusal] = run(event)
        assert (status, told) == (2, {"id": event["id"], "result": result})
        assert (refusal["row"], refusal["code"]) == (1, result)
        assert refusal["remedy"]
        assert refusal["numbers"]["id"] == event["id"]
        assert sums("a", "b") == {"a": (0, 0, 0, 100), "b": (0, 0, 0, 0)}
        again = "key_already_refused" if event["id"] == "t" else "created"
        assert results(transfer(event["id"])) in ([again], ["key_reused"])

    def test_a_refusal_for_lack_of_cover_names_the_numbers(self):
        _, _, [refusal] = run(transfer("t", amount=101))
        assert refusal["numbers"] == {
            "id": "t", "result": "insufficient", "debit": "a", "credit": "b", "available": 100, "amount": 101,
        }  # fmt: skip

    def test_amounts_may_be_text(self):
        assert results(transfer("t", amount="10"), transfer("t", amount=10)) == [
            "created",
            "exists",
        ]

    def test_a_repeated_event_exists_and_moves_once(self):
        assert results(transfer("t"), transfer("t")) == ["created", "exists"]
        assert results(transfer("t"), transfer("t", amount=11)) == ["exists", "key_reused"]
        assert sums("b") == {"b": (0, 0, 0, 10)}

    def test_the_id_of_a_refused_event_is_refused_again(self):
        assert results(transfer("t", amount=500), transfer("t")) == [
            "insufficient",
            "key_already_refused",
        ]
        assert results(transfer("t")) == ["key_already_refused"]


@pytest.mark.usefixtures("opened")
class TestReservations:
    def test_a_reservation_keeps_its_amount_from_other_transfers(self):
        assert results(transfer("h", amount=60, pending=True), transfer("t", amount=41)) == [
            "created",
            "insufficient",
        ]
        assert sums("a", "b") == {"a": (60, 0, 0, 100), "b": (0, 0, 60, 0)}

    @pytest.mark.parametrize(
        ("resolution", "posted"),
        [(post("p", "h"), 60), (post("p", "h", amount=25), 25), (void("p", "h"), 0)],
    )
    def test_it_is_posted_whole_or_in_part_or_voided(self, resolution, posted):
        hold = transfer("h", amount=60, pending=True)
        assert results(hold, resolution, resolution, hold) == [*["created"] * 2, *["exists"] * 2]
        assert sums("a", "b") == {"a": (0, posted, 0, 100), "b": (0, 0, 0, posted)}
        after = "already_posted" if posted else "already_voided"
        assert results(post("again", "h"), void("again2", "h")) == [after] * 2

    def test_more_than_reserved_is_not_posted(self):
        hold = transfer("h", amount=60, pending=True)
        assert results(hold, post("p", "h", amount=61)) == ["created", "exceeds_pending"]

    def test_it_expires_when_its_time_has_passed_and_not_before(self):
        hold = transfer("h", amount=60, pending=True, timeout=10)
        assert results(hold, advance(9)) == ["created", "created"]
        assert sums("a") == {"a": (60, 0, 0, 100)}
        assert results(advance(1)) == ["created"]
        assert sums("a", "b") == {"a": (0, 0, 0, 100), "b": (0, 0, 0, 0)}
        assert results(post("p", "h"), void("v", "h"), hold) == ["expired", "expired", "exists"]

    def test_it_does_not_expire_by_the_clock_on_the_wall(self):
        ReplayClock.objects.update(at=NOON)
        run(transfer("h", pending=True, timeout=1))
        assert results(post("p", "h")) == ["created"]

    def test_without_a_timeout_it_stays(self):
        assert (
            results(transfer("h", pending=True), advance(10**9), post("p", "h")) == ["created"] * 3
        )

    def test_the_markets_reservations_keep_their_own_time(self):
        specs = [operations.AccountSpec(name, "CNY", True) for name in ("cash/x", "cash/y")]
        ids = operations.open_accounts(specs, acting=ACTING, at=NOON)
        hold = Event("m", ids["cash/x"], ids["cash/y"], 5, Kind.PENDING, timeout_seconds=1)
        operations.post([hold], acting=ACTING, at=NOON, article="", subject="test")
        assert results(advance(10**9)) == ["created"]
        assert queries.pending("m").resolved is None

    def test_the_clock_ends_with_the_calendar(self):
        ReplayClock.objects.update(at=at(date(8999, 12, 1)))
        assert results(advance(2**31 - 1), advance(1)) == ["timeout_invalid", "created"]


@pytest.mark.usefixtures("opened")
class TestChains:
    def test_a_chain_is_all_or_nothing(self):
        chain = [transfer("t", linked=True), transfer("u", amount=91)]
        assert results(*chain) == ["linked_event_failed", "insufficient"]
        assert sums("b") == {"b": (0, 0, 0, 0)}
        assert results(transfer("t")) == ["key_already_refused"]

    def test_a_chain_of_any_ops_stands_or_falls_together(self):
        chain = [
            account("c", linked=True),
            transfer("h", "a", "c", 30, pending=True, timeout=60, linked=True),
            post("p", "h", amount=20, linked=True),
            lookup("c", linked=True),
            advance(5),
        ]
        told = results(*chain)
        assert told[:3] == ["created"] * 3
        assert [tuple(one.values()) for one in told[3]] == [("c", 0, 0, 0, 20)]
        assert results(*chain)[:3] == ["exists"] * 3

    def test_an_account_of_a_failed_chain_does_not_exist(self):
        before = ReplayClock.objects.get().at
        chain = [
            account("c", linked=True),
            transfer("t", "a", "c", linked=True),
            advance(60, linked=True),
            lookup("a", "c", linked=True),
            transfer("u", "c", "b", 11),
        ]
        told = results(*chain)
        assert told[:3] == ["linked_event_failed"] * 3
        assert [one["id"] for one in told[3]] == ["a"]
        assert told[4] == "insufficient"
        assert ReplayClock.objects.get().at == before
        assert sums("a", "c") == {"a": (0, 0, 0, 100)}
        assert not Account.objects.filter(code=code_of("c")).exists()
        assert results(account("c"), transfer("x", "a", "c")) == [
            "key_already_refused",
            "account_not_found",
        ]

    def test_an_account_that_existed_outlives_a_failed_chain(self):
        chain = [account("a", linked=True), transfer("t", amount=500)]
        assert results(*chain, account("a")) == ["linked_event_failed", "insufficient", "exists"]

    @pytest.mark.parametrize(
        "first", [transfer("t", linked=True), account("c", linked=True), advance(5, linked=True)]
    )
    def test_an_open_chain_is_refused(self, first):
        status, told, _ = run(first, transfer("u", linked=True))
        assert status == 2
        assert [one["result"] for one in told] == ["linked_event_failed", "linked_chain_open"]
        assert sums("a", "c") == {"a": (0, 0, 0, 100)}
        assert results(transfer("u")) == ["key_already_refused"]

    def test_a_single_open_event_is_refused(self):
        assert results(account("c", linked=True)) == ["linked_chain_open"]
        assert results(account("c")) == ["key_already_refused"]

    def test_a_repeated_chain_exists(self):
        chain = [transfer("t", linked=True), transfer("u", linked=True), transfer("v")]
        assert results(*chain, *chain) == ["created"] * 3 + ["exists"] * 3
        assert results(*chain) == ["exists"] * 3
        assert sums("b") == {"b": (0, 0, 0, 30)}

    @pytest.mark.parametrize("bad", [b"nope", transfer("u", amount="x"), {"op": "dance"}])
    @pytest.mark.parametrize("first", [transfer("t", linked=True), account("c", linked=True)])
    def test_a_line_that_cannot_be_read_fails_its_chain(self, first, bad):
        told = results(first, bad, transfer("after"))
        assert (told[0], told[2]) == ("linked_event_failed", "created")

    def test_a_chain_may_be_longer_than_a_transaction_takes(self, monkeypatch):
        monkeypatch.setattr(ledger, "CHUNK", 2)
        chain = [transfer(f"t{n}", amount=1, linked=True) for n in range(5)]
        assert results(*chain, transfer("end", amount=96)) == ["linked_event_failed"] * 5 + [
            "insufficient"
        ]


HOSTILE = [
    (b"{", "not_json"),
    (b"[1]", "not_json"),
    (b"\xff\xfe", "not_json"),
    (b"[" * 100_000, "not_json"),
    (b'{"op": "transfer", "op": "void"}', "not_json"),
    (b'{"op": "advance", "seconds": NaN}', "not_json"),
    (b'{"op": "advance", "seconds": ' + b"9" * 5000 + b"}", "not_json"),
    ({"op": "dance", "id": "t"}, "unknown_op"),
    ({"op": ["account"], "id": "t"}, "unknown_op"),
    ({"op": "\ud800", "id": "t"}, "unknown_op"),
    ({"id": "t"}, "missing_field"),
    ({"op": "account"}, "missing_field"),
    (account("c", kind="a\0b"), "bad_field"),
    (account("c", kind=["x"]), "bad_field"),
    (account("c", may_go_negative="yes"), "bad_field"),
    (account("c\0"), "bad_field"),
    (account("\ud800"), "bad_field"),
    (account("c\\n"), "bad_field"),
    (account("x" * 94), "bad_field"),
    (account(""), "bad_field"),
    (account(True), "bad_field"),
    (account(1.5), "bad_field"),
    (transfer("t", debit="a\0"), "bad_field"),
    (transfer("t", debit=None), "missing_field"),
    (transfer("t", amount=None), "missing_field"),
    (transfer("t", amount=1.5), "bad_field"),
    (transfer("t", amount="1e3"), "not_a_number"),
    (transfer("t", amount="一"), "not_a_number"),
    (transfer("t", amount=True), "bad_field"),
    (transfer("t", pending="false"), "bad_field"),
    (transfer("t", linked=1), "bad_field"),
    (transfer("t", pending=True, timeout="soon"), "not_a_number"),
    (post("t", "\0"), "bad_field"),
    (post("t", None), "missing_field"),
    (advance(-1), "bad_field"),
    (advance(2**31), "bad_field"),
    (advance(10**400), "bad_field"),
    (advance(None), "missing_field"),
    ({"op": "lookup"}, "missing_field"),
    ({"op": "lookup", "ids": "a"}, "bad_field"),
    (lookup("a", None), "missing_field"),
    (lookup("a", ["a"]), "bad_field"),
]


@pytest.mark.parametrize(("line", "code"), HOSTILE)
def test_a_line_that_cannot_be_read_is_refused_by_its_number_and_the_rest_is_run(
    opened, line, code
):
    status, told, [refusal] = run(line, transfer("good"))
    assert (status, refusal["row"], refusal["code"]) == (2, 1, code)
    assert [one["result"] for one in told] == [code, "created"]
    name = line.get("id") if isinstance(line, dict) else None
    assert told[0]["id"] in (name, None)


def test_the_id_of_a_line_that_could_not_be_read_is_used_up(opened):
    lines = [transfer("t", amount="x"), transfer("t"), account("c", kind=7.5), account("c")]
    assert results(*lines) == [
        "not_a_number",
        "key_already_refused",
        "bad_field",
        "key_already_refused",
    ]
    assert Transfer.objects.get(key=code_of("t")).reason == "not_a_number"
    assert ReplayAccount.objects.get(code=code_of("c")).reason == "bad_field"


def test_every_line_is_answered_by_a_line_in_its_place(opened):
    lines = [advance(1), b"", lookup("a"), b"  ", account("z"), b"{", transfer("t")]
    status, told, refused = run(*lines)
    assert [tuple(one) for one in told] == [
        ("id", "result"),
        ("accounts",),
        *[("id", "result")] * 3,
    ]
    assert told[0] == {"id": None, "result": "created"}
    assert (status, refused[0]["row"]) == (2, 6)


def test_lookup_tells_the_four_sums_in_the_order_asked(opened):
    [told] = run(lookup("b", "a", "nobody", "b"))[1]
    assert [one["id"] for one in told["accounts"]] == ["b", "a", "b"]
    assert tuple(told["accounts"][1]) == ("id", *SUMS)


def test_balances_tell_every_account_that_exists(opened, capsys):
    run(account("never", linked=True), account("gone", kind=1.5))
    assert ledger.main(["balances"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    found = {
        one["id"]: one["credits_posted"] - one["debits_posted"]
        for one in json.loads(line)["accounts"]
    }
    assert found == {"bank": -100, "a": 100, "b": 0}


def test_balances_of_nothing_are_an_empty_list(tmp_path, capsys):
    out = tmp_path / "balances.json"
    assert ledger.main(["balances", "--out", str(out)]) == 0
    assert json.loads(out.read_text("utf-8")) == {"accounts": []}


def test_the_answers_may_go_to_a_file_but_never_over_the_events(tmp_path, capsys):
    path, out = tmp_path / "events.jsonl", tmp_path / "answers.jsonl"
    path.write_text(json.dumps(account("a")), "utf-8")
    assert ledger.main(["replay", str(path), "--out", str(path)]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "out_is_input"
    assert not ReplayAccount.objects.exists()
    assert ledger.main(["replay", str(path), "--out", str(out)]) == 0
    assert json.loads(out.read_text("utf-8")) == {"id": "a", "result": "created"}
    assert ledger.main(["replay", str(tmp_path / "none")]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "file_not_readable"


@pytest.mark.parametrize("words", [[], ["dance"], ["replay"], ["balances", "x"]])
def test_a_wrong_command_is_refused(words, capsys):
    with pytest.raises(SystemExit) as left:
        ledger.main(words)
    assert left.value.code == 2
    assert json.loads(capsys.readouterr().err)["code"] == "bad_arguments"


def test_missing_tables_are_made_first(capsys):
    with connection.cursor() as cursor:
        cursor.execute("create schema fresh")
        cursor.execute("set local search_path to fresh")
    assert ledger.main(["balances"]) == 0
    assert json.loads(capsys.readouterr().out) == {"accounts": []}
    assert ReplayAccount._meta.db_table in connection.introspection.table_names()


@pytest.mark.parametrize("name", [1, "1", "#1", "/", -5, "replay#7", "甲"])
def test_ids_survive_the_ledgers_names(name):
    assert id_of(code_of(name)) == name
    assert type(id_of(code_of(name))) is type(name)


@pytest.mark.django_db(transaction=True)
def test_two_replays_of_one_file_take_turns_and_run_every_event_once():
    lines = [
        json.dumps(line).encode()
        for line in (*OPENED, *(transfer(f"t{n}", amount=1) for n in range(90)))
    ]
    told, barrier = [], threading.Barrier(2)

    def replay():
        try:
            barrier.wait()
            one = Replay(at=NOON)
            for chunk in chunks(enumerate(lines), 7):
                told.extend(answer.result for answer in one.take(chunk))
        finally:
            connection.close()

    threads = [threading.Thread(target=replay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (told.count("created"), told.count("exists")) == (len(lines), len(lines))
    assert sums("b") == {"b": (0, 0, 0, 90)}


class Twin:
    """The same ledger as dicts: what was accepted is kept, and every sum is added up anew."""

    def __init__(self):
        self.accounts, self.events, self.clock = {}, {}, 0
        self.refused = set()

    def run(self, lines):
        told, chain = [], []
        for line in lines:
            chain.append(line)
            if not line.get("linked"):
                told += self.run_chain(chain)
                chain = []
        return told + (self.fail(chain, len(chain) - 1, "linked_chain_open") if chain else [])

    def run_chain(self, chain):
        before = dict(self.accounts), dict(self.events), self.clock
        told = []
        for position, line in enumerate(chain):
            told.append(self.accept(line))
            if told[-1] not in ("created", "exists") and not isinstance(told[-1], list):
                self.accounts, self.events, self.clock = before
                return self.fail(chain, position, told[-1])
        return told

    def fail(self, chain, position, why):
        for line in chain:
            known = self.accounts if line["op"] == "account" else self.events
            if line.get("id") not in known:
                self.refused.add((line["op"] == "account", line.get("id")))
        return [
            self.sums(line["ids"])
            if line["op"] == "lookup"
            else "not_a_number"
            if line.get("amount") == "x"
            else why
            if n == position
            else "linked_event_failed"
            for n, line in enumerate(chain)
        ]

    def accept(self, line):
        if line["op"] == "lookup":
            return self.sums(line["ids"])
        if line["op"] == "advance":
            self.clock += line["seconds"]
            return "created"
        is_account = line["op"] == "account"
        if line.get("amount") == "x":
            return "not_a_number"
        if (is_account, line["id"]) in self.refused:
            return "key_already_refused"
        known = self.accounts if is_account else self.events
        content = {k: v for k, v in line.items() if k != "linked"}
        if line["op"] == "post" and line["amount"] is None and line["pending_id"] in self.events:
            content["amount"] = self.events[line["pending_id"]][0].get("amount")
        if line["id"] in known:
            return "exists" if known[line["id"]][0] == content else "key_reused"
        why = None if is_account else self.objection(content)
        if why is None:
            known[line["id"]] = (content, self.clock)
        return why or "created"

    def objection(self, line):  # noqa: PLR0911 - a rule a line
        if line["op"] != "transfer":
            return self.objection_to_resolution(line)
        if line["timeout"] and not line["pending"]:
            return "timeout_invalid"
        if line["debit"] == line["credit"]:
            return "same_account"
        if line["amount"] <= 0:
            return "amount_not_positive"
        if not {line["debit"], line["credit"]} <= self.accounts.keys():
            return "account_not_found"
        found = self.sums([line["debit"]])[0]
        own = found["credits_posted"] - found["debits_posted"] - found["debits_pending"]
        if own < line["amount"] and not self.accounts[line["debit"]][0]["may_go_negative"]:
            return "insufficient"
        return None

    def objection_to_resolution(self, line):  # noqa: PLR0911 - a rule a line
        hold, since = self.events.get(line["pending_id"], (None, 0))
        if line["op"] == "post" and line["amount"] is not None and line["amount"] <= 0:
            return "amount_not_positive"
        if hold is None:
            return "pending_not_found"
        if not hold.get("pending"):
            return "not_pending"
        for other in self.resolutions(line["pending_id"]):
            return "already_posted" if other["op"] == "post" else "already_voided"
        if self.is_over(hold, since):
            return "expired"
        if line["op"] == "post" and line["amount"] > hold["amount"]:
            return "exceeds_pending"
        return None

    def is_over(self, hold, since):
        return bool(hold["timeout"]) and since + hold["timeout"] <= self.clock

    def resolutions(self, name):
        return [e for e, _ in self.events.values() if e.get("pending_id") == name]

    def sums(self, ids):
        found = {name: dict.fromkeys(SUMS, 0) for name in self.accounts}
        for line, since in self.events.values():
            moved, column = line, "posted"
            if line["op"] == "void":
                continue
            if line["op"] == "post":
                moved = self.events[line["pending_id"]][0]
            elif line["pending"]:
                if self.resolutions(line["id"]) or self.is_over(line, since):
                    continue
                column = "pending"
            found[moved["debit"]][f"debits_{column}"] += line["amount"]
            found[moved["credit"]][f"credits_{column}"] += line["amount"]
        return [{"id": name} | found[name] for name in ids if name in found]


NAMES = st.sampled_from(["a", "b", "c", "d", 1])
IDS = st.sampled_from([*"opqrstuvwxyz", 1, 2])
AMOUNTS = st.integers(0, 30)
LINKED = st.sampled_from([False, False, True])
LINES = st.one_of(
    st.fixed_dictionaries(
        {
            "op": st.just("account"),
            "id": NAMES,
            "kind": st.sampled_from(["x", "x", "y"]),
            "may_go_negative": st.sampled_from([False, False, True]),
            "linked": LINKED,
        }
    ),
    *[
        st.fixed_dictionaries(
            {
                "op": st.just("transfer"),
                "id": IDS,
                "debit": NAMES,
                "credit": NAMES,
                "amount": AMOUNTS | AMOUNTS | st.just("x"),
                "pending": st.booleans(),
                "timeout": st.sampled_from([0, 0, 5]),
                "linked": LINKED,
            }
        )
    ]
    * 3,
    st.fixed_dictionaries(
        {
            "op": st.just("post"),
            "id": IDS,
            "pending_id": IDS,
            "amount": st.none() | AMOUNTS,
            "linked": LINKED,
        }
    ),
    st.fixed_dictionaries({"op": st.just("void"), "id": IDS, "pending_id": IDS, "linked": LINKED}),
    st.fixed_dictionaries(
        {"op": st.just("advance"), "seconds": st.integers(0, 4), "linked": LINKED}
    ),
    st.fixed_dictionaries(
        {"op": st.just("lookup"), "ids": st.lists(NAMES, max_size=3), "linked": LINKED}
    ),
)
FIRST = [
    account("a", "x", may_go_negative=True),
    account("b", "x", may_go_negative=False),
    account("c", "y", may_go_negative=False),
    transfer("o", "a", "b", 40, pending=False, timeout=0),
    transfer("p", "b", "c", 20, pending=True, timeout=5),
]


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.lists(LINES, max_size=16), min_size=1, max_size=3), st.sampled_from([1, 3, 8000])
)
def test_the_door_agrees_with_the_plain_ledger(runs, size):
    twin = Twin()
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(ledger, "CHUNK", size)
        for lines in (FIRST, *runs):
            expected = twin.run(lines)
            assert results(*lines) == expected
            assert sums(*"abcd", 1) == {
                one.pop("id"): tuple(one.values()) for one in twin.sums([*"abcd", 1])
            }
        with contextlib.redirect_stdout(io.StringIO()):
            assert verify.main([]) == 0
        transaction.set_rollback(True)
