"""Real trading days, loaded once, whole, and in somebody's name."""

import json
from datetime import date

import pytest

from openets.doors.main import main
from openets.history import operations, queries
from openets.history.models import HistoricDay, Source
from openets.history.rows import COLUMNS, HistoricRow, SourceText
from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties.roles import Role
from openets.trading.models import DailySheet
from tests.markets import FOUNDED
from tests.web.people import browser

pytestmark = pytest.mark.django_db

EXCHANGE = Acting("exchange-1", Role.EXCHANGE_OPERATOR, "exchange")
TODAY = at(date(2023, 11, 20))
SOURCE = SourceText("book", "来源", "Source", "说明", "Note")
ROWS = {
    2: HistoricRow(date(2020, 5, 7), 2500, 100, 250_000),
    3: HistoricRow(date(2020, 5, 6), 2400, 50, 120_000),
}


def load(rows=ROWS, source=SOURCE, acting=EXCHANGE, moment=TODAY):
    return operations.load(source=source, rows=rows, acting=acting, at=moment)


def told():
    return queries.days(queries.source("book"))


@pytest.mark.requirement("CQETS-20")
def test_days_are_kept_beside_their_source_and_apart_from_this_markets_sheets():
    assert load() == operations.Loaded(new=2, known=0)
    assert told() == [ROWS[3], ROWS[2]]
    assert queries.sources()[0].note_zh == "说明"
    assert not DailySheet.objects.exists()


def test_the_same_again_adds_nothing_and_writes_nothing():
    load()
    entries = journal.trail("history/book").count()
    assert load() == operations.Loaded(new=0, known=2)
    assert journal.trail("history/book").count() == entries == 1


def test_further_days_are_added_and_journalled_with_their_figures():
    load()
    more = {4: HistoricRow(date(2020, 5, 8), 2600, 1, 2600)}
    assert load(ROWS | more) == operations.Loaded(new=1, known=2)
    entry = journal.trail("history/book").last()
    assert entry.content["days"] == [["2020-05-08", "26.00", "1", "26.00"]]
    assert entry.person == "exchange-1"


def test_other_figures_of_a_known_day_are_refused_and_nothing_is_loaded():
    load()
    other = {
        2: HistoricRow(date(2020, 5, 9), 2500, 100, 250_000),
        7: HistoricRow(date(2020, 5, 7), 2501, 100, 250_000),
    }
    with pytest.raises(operations.HistoryDiffers) as refused:
        load(other)
    assert refused.value.row == 7
    assert len(told()) == 2


@pytest.mark.parametrize("role", [Role.REGISTRY_OPERATOR, Role.KEY_EMITTING_ENTITY, Role.BANK])
def test_only_the_exchange_or_the_bureau_loads(role):
    with pytest.raises(NotYourRole):
        load(acting=Acting("x", role, "x"))
    assert not Source.objects.exists()


def test_a_day_twice_or_ahead_is_refused_by_its_row():
    with pytest.raises(operations.DayTwice) as twice:
        load(ROWS | {9: ROWS[2]})
    assert twice.value.row == 9
    ahead = {5: HistoricRow(date(2023, 11, 21), 1, 1, 1)}
    with pytest.raises(operations.DayAhead) as refused:
        load(ahead)
    assert refused.value.row == 5
    assert not HistoricDay.objects.exists()


def test_two_sources_may_tell_the_same_day():
    load()
    load(source=SourceText("other", "另", "Other", "说明", "Note"))
    assert [source.code for source in queries.sources()] == ["book", "other"]
    assert HistoricDay.objects.count() == 4


@pytest.fixture
def exchange():
    """A person of an exchange, who may call the door."""
    from openets.parties import operations as parties
    from openets.parties.operations import NewOrganisation
    from openets.rulebook.load import law
    from tests.markets import FOUNDER

    parties.register_organisations(
        [NewOrganisation("exchange", "交易机构", Role.EXCHANGE_OPERATOR)],
        law=law("cq"),
        acting=FOUNDER,
        at=FOUNDED,
    )
    browser("exchange")
    return "exchange-1"


def test_the_door_loads_the_shipped_days_and_gives_the_same_file_back(exchange, capsys):
    assert main(["history", "load", "--person", exchange]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 567
    assert main(["history", "load", "--person", exchange]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "source": "chongqing-2014-2021",
        "new": 0,
        "known": 567,
    }
    assert main(["history", "export"]) == 0
    assert capsys.readouterr().out.encode() == queries.shipped()[0]


def test_the_door_names_each_hostile_cell_and_loads_nothing(exchange, tmp_path, capsys):
    path = tmp_path / "days.csv"
    lines = [",".join(COLUMNS), "2020-05-06,24,1,24", "=cmd,24,1,24", "2020-05-08,x,1,24"]
    path.write_text("\n".join(lines), "utf-8")
    path.with_suffix(".yaml").write_text(
        "code: book\nzh: 来\nen: S\nnote_zh: 说\nnote_en: N\n", "utf-8"
    )
    assert main(["history", "load", str(path), "--person", exchange]) == 2
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(one["row"], one["field"]) for one in said] == [(3, "day"), (4, "price_yuan")]
    assert not Source.objects.exists()


def test_the_door_refuses_a_file_without_a_source_and_nobody_in_particular(
    exchange, tmp_path, capsys
):
    path = tmp_path / "days.csv"
    path.write_text(",".join(COLUMNS), "utf-8")
    assert main(["history", "load", str(path), "--person", exchange]) == 2
    assert "file_not_readable" in capsys.readouterr().err
    assert main(["history", "load"]) == 2
    assert "bad_arguments" in capsys.readouterr().err
    assert main(["history", "load", "--person", "nobody"]) == 2
    assert "nobody_acts" in capsys.readouterr().err
    assert main(["history", "export", "--source", "none"]) == 2
    assert "no_such_source" in capsys.readouterr().err
