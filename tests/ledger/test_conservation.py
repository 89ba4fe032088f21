"""Conservation against a forger who made every digest, balance and sum agree with his rows."""

import pytest

from openets.journal.chain import Difference
from openets.ledger import conservation
from openets.ledger.posting import Kind
from openets.ledger.rows import account_line, digest, transfer_line

ISSUE, A, B = 1, 2, 3
CODES = {ISSUE: "issue", A: "a", B: "b"}


def forged(*moves):
    """Accounts, transfers and entries that agree with the moves, whatever the moves are.

    A move is (kind, debit, credit, amount, reservation); its key is its place.
    """
    sums = {number: dict.fromkeys(conservation.SUMS, 0) for number in CODES}
    last = dict.fromkeys(CODES, 0)
    transfers = []

    def posted(number):
        return sums[number]["credits_posted"] - sums[number]["debits_posted"]

    for number, (kind, debit, credit, amount, pending) in enumerate(moves, 1):
        if kind in {Kind.POST, Kind.VOID} and pending:
            held = next(t["amount"] for t in transfers if t["key"] == pending)
            sums[debit]["debits_pending"] -= held
            sums[credit]["credits_pending"] -= held
        state = {Kind.POSTED: "posted", Kind.POST: "posted", Kind.PENDING: "pending"}.get(kind)
        if state:
            sums[debit][f"debits_{state}"] += amount
            sums[credit][f"credits_{state}"] += amount
        transfers.append(
            {
                "id": number,
                "batch": 2,
                "debit": debit,
                "credit": credit,
                "key": str(number),
                "kind": kind,
                "amount": amount,
                "debit_after": posted(debit),
                "credit_after": posted(credit),
                "debit_before": last[debit],
                "credit_before": last[credit],
                "timeout_seconds": 0,
                "pending": pending,
                "reason": "",
            }
        )
        last[debit] = last[credit] = number
    accounts = [
        {
            "id": number,
            "code": code,
            "asset": "t",
            "may_go_negative": number == ISSUE,
            "batch": 1,
            "held": 0,
            "last": last[number],
            **sums[number],
        }
        for number, code in CODES.items()
    ]
    opened = [
        account_line(c, "t", n == ISSUE) for n, c in sorted(CODES.items(), key=lambda i: i[1])
    ]
    lines = [transfer_line(t, CODES[t["debit"]], CODES[t["credit"]]) for t in transfers]
    total = sum(t["amount"] for t in transfers)
    contents = [
        {"accounts": {"count": 3, "sha256": digest(opened)}},
        {"transfers": {"count": len(lines), "total": total, "sha256": digest(lines)}},
    ]
    entries = [
        {"id": number, "operation": "ledger.forged", "content": content}
        for number, content in enumerate(contents, 1)
    ]
    return accounts, transfers, entries


ISSUED = (Kind.POSTED, ISSUE, A, 100, "")
HELD = (Kind.PENDING, A, B, 60, "")


def test_honest_rows_agree():
    rows = forged(ISSUED, HELD, (Kind.POST, A, B, 60, "2"), (Kind.POSTED, A, B, 40, ""))
    assert conservation.verify(*rows) == {"accounts": 3, "assets": 1, "transfers": 4}


@pytest.mark.parametrize(
    ("moves", "difference"),
    [
        ([ISSUED, (Kind.POSTED, A, B, 101, "")], r"transfer 2 \(2\): own balance of account a"),
        ([ISSUED, HELD, (Kind.POSTED, A, B, 41, "")], r"transfer 3 \(3\): own balance"),
        ([ISSUED, HELD, (Kind.POST, A, B, 61, "2")], r"transfer 3 \(3\): at most the reserved"),
        (
            [ISSUED, HELD, (Kind.POST, A, B, 9, "2"), (Kind.VOID, A, B, 60, "2")],
            r"transfer 4 \(4\): open reservation 2",
        ),
        ([ISSUED, (Kind.POST, A, B, 9, "")], r"transfer 2 \(2\): open reservation"),
        ([ISSUED, (Kind.POST, A, B, 9, "1")], r"transfer 2 \(2\): open reservation 1"),
        ([ISSUED, (Kind.POSTED, A, B, -5, "")], r"transfer 2 \(2\): movement"),
        ([ISSUED, (Kind.POSTED, A, A, 5, "")], r"transfer 2 \(2\): movement"),
        ([ISSUED, (Kind.REFUSED, A, B, 5, "")], r"transfer 2 \(2\): movement of a refused event"),
        ([ISSUED, (7, A, B, 5, "")], r"transfer 2 \(2\): kind"),
    ],
)
def test_what_no_posting_would_allow_is_named(moves, difference):
    with pytest.raises(Difference, match=difference):
        conservation.verify(*forged(*moves))


def test_an_asset_on_two_sides_must_be_one():
    accounts, transfers, entries = forged(ISSUED)
    accounts[1]["asset"] = "fen"
    opened = [account_line(r["code"], r["asset"], r["may_go_negative"]) for r in accounts]
    entries[0]["content"]["accounts"]["sha256"] = digest([opened[1], opened[2], opened[0]])
    with pytest.raises(Difference, match=r"transfer 1 \(1\): asset: expected t, found fen"):
        conservation.verify(accounts, transfers, entries)
