"""The doors of the bank's files and of the clearing statements."""

import json

import pytest

from openets.banking import queries
from openets.banking.files import ADVICE_COLUMNS, written
from openets.doors import bank, clearing
from openets.settlement import queries as money
from tests.banking.bank import linked, money_market
from tests.exchange import DAY, TEN, open_floor, pay_in, trading_market
from tests.web.people import goes_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(tmp_path):
    made = linked(money_market(), tmp_path)
    goes_to(TEN)
    return made


def told(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_round_takes_in_and_hands_over(link, capsys):
    link.pay_in("I1", 5_000)
    link.bank.work(at=TEN)
    assert bank.main(["--folder", str(link.root), "run", "--once"]) == 0
    assert [row["state"] for row in told(capsys)] == ["booked"]
    link.ask(1_000)
    assert bank.main(["--folder", str(link.root), "export"]) == 0
    (row,) = told(capsys)
    assert (row["out"], row["rows"]) == (True, 1)
    assert list(link.port.outbox.iterdir())


def test_a_simulated_bank_takes_over_the_markets_money_and_answers(link, capsys):
    pay_in(link.market, "I1", 50)
    order = link.ask(1_000)
    for _ in range(4):
        bank.main(
            ["--folder", str(link.root / "new"), "run", "--once", "--simulate", "--seed", "3"]
        )
    assert queries.request(order.pk).state in {"paid", "rejected"}
    assert money.conservation().holds


def test_a_participant_pays_in_at_the_simulated_bank(link, capsys):
    folder = str(link.root / "other")
    assert bank.main(["--folder", folder, "pay-in", "--holder", "I1", "--fen", "700"]) == 0
    for _ in range(3):
        bank.main(["--folder", folder, "run", "--once", "--simulate"])
    assert link.available() == 700
    assert bank.main(["--folder", folder, "pay-in", "--holder", "V1", "--fen", "1"]) == 2


def test_one_file_is_imported_and_a_broken_one_refused(link, tmp_path, capsys):
    row = ("B7", "deposit", "", 9, "62220001", link.market["I1"].name, TEN.isoformat(), "")
    file = tmp_path / "advices-20231204-0007.csv"
    file.write_bytes(written(ADVICE_COLUMNS, [row]))
    assert bank.main(["import", str(file)]) == 0
    file = tmp_path / "advices-20231204-0008.csv"
    file.write_bytes(b"\xff")
    capsys.readouterr()
    assert bank.main(["import", str(file)]) == 2
    (row,) = told(capsys)
    assert row["faults"][0]["code"] == "not_utf8"
    assert link.available() == 9


def test_a_bank_is_simulated_in_the_demo_only(link, settings):
    settings.DEMO = False
    assert bank.main(["--folder", str(link.root), "run", "--once", "--simulate"]) == 2


def test_the_statements_of_the_last_day_are_served(capsys):
    market = trading_market(1)
    assert clearing.main([]) == 2
    with open_floor(market) as floor:
        floor.close_day(at=TEN.replace(hour=15, minute=5))
    capsys.readouterr()
    assert clearing.main(["--date", str(DAY)]) == 0
    (row,) = told(capsys)
    assert (row["day"], row["statements"]) == (str(DAY), 1)
