"""openets reconcile: the report of a day, its exit code, and its close by two people."""

import csv
import json

import pytest

from openets.doors import reconcile
from openets.parties import operations as parties
from openets.reconciliation import queries
from tests.exchange import DAY, trading_market
from tests.markets import FOUNDED, FOUNDER
from tests.reconciliation.days import forge, trade

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    market = trading_market(1)
    for code in ("registry", "exchange", "bank"):
        parties.add_member(
            username=f"{code}-1",
            display_name=code,
            organisation=market[code],
            acting=FOUNDER,
            at=FOUNDED,
        )
    trade(market)
    return market


def answered(capsys, *words):
    status = reconcile.main(list(words))
    told = capsys.readouterr()
    return status, json.loads(told.out or told.err)


@pytest.mark.requirement("CQETS-23")
def test_a_clean_day_ends_with_0_and_the_sums_of_the_four_books(market, capsys):
    status, report = answered(capsys)
    assert (status, report["day"], report["state"]) == (0, DAY.isoformat(), "reconciled")
    assert report["differences"] == []
    assert report["sums"]["exchange"]["volume_t"] == report["sums"]["registry"]["volume_t"] == 60
    assert report["head"] == queries.market_day(DAY).result.head_digest


@pytest.mark.requirement("CQETS-23")
def test_differences_are_named_and_end_with_1(market, capsys):
    forge("update ledger_account set held = 7 where code = 'cash/E001'")
    status, report = answered(capsys, "--date", DAY.isoformat())
    assert (status, report["state"]) == (1, "differences")
    (row,) = report["differences"]
    assert (row["kind"], row["account"], row["participant"]) == ("hold", "cash-E001", "E001")
    assert (row["exchange"], row["cash"]) == (0, 7)


def test_two_people_close_it_and_asking_again_only_reports(market, capsys):
    for person, state in (("exchange-1", "confirmed"), ("registry-1", "closed")):
        status, report = answered(capsys, "--close", "--person", person)
        assert (status, report["state"]) == (0, state)
    assert [step["move"] for step in report["steps"]] == ["open", "agree", "confirm", "close"]
    assert answered(capsys) == (0, report)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--close"], "bad_arguments"),
        (["--close", "--person", "nobody"], "nobody_acts"),
        (["--close", "--person", "bank-1"], "not_your_role"),
        (["--date", "2023-12-09"], "no_such_market_day"),
    ],
)
def test_what_cannot_be_done_is_refused(market, capsys, words, code):
    status, refusal = answered(capsys, *words)
    assert (status, refusal["code"]) == (2, code)


def test_a_market_that_never_traded_has_no_day_to_reconcile(db, capsys):
    status, refusal = answered(capsys)
    assert (status, refusal["code"]) == (2, "no_market_day")


@pytest.mark.requirement("CQETS-5.4")
def test_the_report_is_a_table_too(market, tmp_path, capsys):
    path = tmp_path / "day.csv"
    _, report = answered(capsys, "--csv", str(path))
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    figures = {(row["section"], row["name"], row["figure"]): row["value"] for row in rows}
    for book, sums in report["sums"].items():
        if book not in {"lots", "money"}:
            for figure, value in sums.items():
                assert figures["book", book, figure] == str(value)
    assert figures["money", "", "paid_in_fen"] == "1000000000"
    lots = {lot["lot"] for lot in report["sums"]["lots"]}
    assert {name for section, name, _ in figures if section == "lot"} == lots
