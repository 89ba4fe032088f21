"""Files of trading days, read as hostile."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openets.history.queries import shipped
from openets.history.rows import (
    COLUMNS,
    HistoricRow,
    NotADay,
    NotTraded,
    SourceUnclear,
    read_row,
    read_source,
)
from openets.kernel.cells import table_text
from openets.kernel.quantity import NotANumber
from openets.kernel.tables import read_rows

GOOD = {
    "day": "2014-06-19",
    "price_yuan": "30.74",
    "volume_t": "145000",
    "turnover_yuan": "4457500",
}
TOLD = "code: a-1\nzh: 来源\nen: Source\nnote_zh: 说明\nnote_en: Note\n"


def test_a_row_is_read_exactly():
    assert read_row(GOOD) == HistoricRow(date(2014, 6, 19), 3074, 145_000, 445_750_000)


@pytest.mark.parametrize(
    ("column", "cell", "refusal"),
    [
        ("day", "2014-6-19", NotADay),
        ("day", "20140619", NotADay),
        ("day", "2014-02-30", NotADay),
        ("day", "", NotADay),
        ("day", "=NOW()", NotADay),
        ("price_yuan", "0", NotTraded),
        ("price_yuan", "-1", NotTraded),
        ("price_yuan", "30.741", NotTraded),
        ("price_yuan", "1e3", NotANumber),
        ("price_yuan", "NaN", NotANumber),
        ("price_yuan", "３０", NotANumber),
        ("price_yuan", "9" * 16, NotTraded),
        ("volume_t", "1.5", NotTraded),
        ("volume_t", "0", NotTraded),
        ("volume_t", "1,000", NotANumber),
        ("turnover_yuan", "=1+1", NotANumber),
        ("turnover_yuan", "", NotANumber),
    ],
)
def test_a_hostile_cell_is_refused_and_named(column, cell, refusal):
    with pytest.raises(refusal) as refused:
        read_row(GOOD | {column: cell})
    assert refused.value.field == column


@given(
    st.dates(min_value=date(1990, 1, 1)),
    st.integers(1, 10**12),
    st.integers(1, 10**12),
    st.integers(1, 10**14),
)
def test_what_is_written_reads_back(day, price, volume, turnover):
    row = HistoricRow(day, price, volume, turnover)
    text = table_text(COLUMNS, [row.as_cells()])
    (back,) = read_rows(text.encode(), columns=COLUMNS)
    assert read_row(back.cells) == row


def test_the_days_that_come_with_openets_are_those_of_the_source():
    table, told = shipped()
    rows = [read_row(row.cells) for row in read_rows(table, columns=COLUMNS)]
    assert len(rows) == len({row.day for row in rows}) == 567
    assert (rows[0].day, rows[-1].day) == (date(2014, 6, 19), date(2021, 3, 23))
    assert sum(row.volume_t for row in rows) == 8_690_101
    assert sum(row.turnover_fen for row in rows) == 5_309_503_119
    off = [
        row
        for row in rows
        if abs(row.turnover_fen - row.price_fen * row.volume_t) * 2 > row.volume_t
    ]
    assert len(off) == 21, "as the note says"
    source = read_source(told)
    assert "567" in source.note_zh
    assert "21 days" in source.note_en


def test_a_source_is_read():
    assert read_source(TOLD.encode()).en == "Source"


@pytest.mark.parametrize(
    "told",
    [
        "",
        "[1, 2]",
        "code: [",
        TOLD.replace("zh: 来源\n", "", 1),
        TOLD + "more: x\n",
        TOLD.replace("a-1", "../etc"),
        TOLD.replace("a-1", "A 1"),
        TOLD.replace("en: Source", "en: 5"),
        TOLD.replace("en: Source", "en: ''"),
        TOLD.replace("en: Source", 'en: "a\\u0007b"'),
        TOLD.replace("en: Source", f"en: {'x' * 201}"),
        TOLD.replace("en: Source", "en: !!python/object/apply:os.system [ls]"),
        b"\xff\xfe".decode("latin-1"),
    ],
)
def test_an_unclear_source_is_refused(told):
    with pytest.raises(SourceUnclear):
        read_source(told.encode())


def test_a_source_that_is_no_text_is_refused():
    with pytest.raises(SourceUnclear):
        read_source(b"\xff\xfe\x00")
