"""The door `openets casework`: the daily round, and a file of holidays."""

import json
from datetime import date

import pytest

from openets.allocation.procedures import DETERMINATION
from openets.casework import queries
from openets.doors import casework
from openets.kernel.clock import at
from openets.parties import operations as parties
from tests.markets import FOUNDED, FOUNDER, notified_market

pytestmark = pytest.mark.django_db

HEADER = "date,kind,name\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "2027.csv"


def imported(file, text, capsys, person="bureau-1"):
    file.write_text(text, "utf-8")
    words = [
        "holidays",
        "--file",
        str(file),
        "--year",
        "2027",
        "--notice",
        "合成通知",
        "--person",
        person,
    ]
    status = casework.main(words)
    told = capsys.readouterr()
    return status, json.loads(told.out or told.err)


@pytest.fixture
def market():
    market = notified_market(entities=2)
    parties.add_member(
        username="bureau-1",
        display_name="经办",
        organisation=market["bureau"],
        acting=FOUNDER,
        at=FOUNDED,
    )
    return market


def test_the_round_reminds_whoever_has_a_window_and_counts_what_it_sent(market):
    before = queries.inbox(market["E001"]).count()
    done = casework.daily_round(at(date(2023, 11, 21)))
    others = (
        *("unopposed", "lapsed", "authorities_ending"),
        *("sent", "not_sent", "executed", "expired"),
    )
    assert done == {"reminded": 4} | dict.fromkeys(others, 0)
    assert queries.inbox(market["E001"]).count() == before + 2
    assert casework.daily_round(at(date(2023, 11, 21), 10))["reminded"] == 0


@pytest.mark.requirement("CQETS-11.2", "CQ208-A1.4")
def test_the_round_lets_stand_what_nobody_opposed_the_day_after_the_window(market):
    assert casework.daily_round(at(date(2023, 11, 23)))["unopposed"] == 0
    assert casework.daily_round(at(date(2023, 11, 24)))["unopposed"] == 4
    assert queries.counts(DETERMINATION, 2022)["accepted"] == 2


@pytest.mark.usefixtures("market")
class TestHolidays:
    def test_a_file_is_imported_in_a_person_s_name(self, file, capsys):
        told = imported(file, HEADER + "2027-01-01,off,元旦\n", capsys)
        assert told == (0, {"year": 2027, "imported": 1})
        assert not queries.calendar("cq").is_working_day(date(2027, 1, 1))

    def test_a_bad_row_is_told_by_its_line_of_the_file(self, file, capsys):
        text = HEADER + "2027-01-01,off,元旦\n2027-02-30,off,春节\n"
        status, refusal = imported(file, text, capsys)
        assert (status, refusal["code"], refusal["row"]) == (2, "bad_holiday", 3)

    def test_nobody_imports_in_the_name_of_a_stranger(self, file, capsys):
        text = HEADER + "2027-01-01,off,元旦\n"
        status, refusal = imported(file, text, capsys, person="stranger")
        assert (status, refusal["code"]) == (2, "nobody_acts")


def test_an_import_needs_all_its_options(capsys):
    assert casework.main(["holidays", "--year", "2027"]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "bad_arguments"


def test_the_round_tells_once_whose_authority_ends_within_a_month(market, capsys):
    for username, until in (("x-1", date(2023, 12, 21)), ("x-2", date(2023, 12, 22))):
        parties.add_member(
            username=username,
            display_name="经办",
            organisation=market["bank"],
            email=f"{username}@example.org",
            until_date=until,
            acting=FOUNDER,
            at=FOUNDED,
        )
    done = casework.daily_round(at(date(2023, 11, 21)))
    assert (done["authorities_ending"], done["sent"]) == (1, 1)
    mail = json.loads(capsys.readouterr().out)
    assert mail["address"] == "x-1@example.org"
    assert "2023-12-21" in mail["zh"]
    assert casework.daily_round(at(date(2023, 11, 21)))["authorities_ending"] == 0
    assert casework.daily_round(at(date(2023, 11, 22)))["authorities_ending"] == 1
