"""Files of the bank as drawn: what is written is read back, what is cut off is never believed."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from openets.banking.files import (
    ADVICE_COLUMNS,
    STATEMENT_COLUMNS,
    Told,
    read_advices,
    read_statement,
    written,
)

AT = datetime(2023, 12, 4, 2, tzinfo=UTC)
names = st.text(
    st.characters(blacklist_categories=["C", "Z"], whitelist_characters="=+-@'"),
    min_size=1,
    max_size=30,
)
numbers = st.from_regex(r"[0-9]{8,32}", fullmatch=True)
references = st.from_regex(r"[A-Za-z0-9._/-]{1,60}", fullmatch=True)


@st.composite
def rows(draw):
    kind = draw(st.sampled_from(list(Told)))
    return (
        draw(references),
        kind.value,
        "" if kind == Told.DEPOSIT else draw(references),
        draw(st.integers(1, 10**14)),
        draw(numbers),
        draw(names),
        AT.isoformat(),
        draw(names),
    )


@given(st.lists(rows(), max_size=6))
def test_advices_are_read_as_they_were_written(told):
    found, faults = read_advices(written(ADVICE_COLUMNS, told))
    assert faults == []
    again = [
        (a.bank_reference, a.kind, a.reference, a.amount_fen, a.account_number, a.account_name)
        for a in found
    ]
    assert again == [row[:6] for row in told]
    assert [a.reason for a in found] == [row[7] for row in told]


@given(st.lists(rows(), min_size=1, max_size=4), st.data())
def test_a_file_that_was_cut_off_is_refused(told, data):
    content = written(ADVICE_COLUMNS, told)
    end = content.rindex(b"\nend") + 1
    cut = content[: data.draw(st.integers(0, end))]
    found, faults = read_advices(cut)
    assert found == []
    assert faults


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(-(10**9), 10**9).filter(bool)))
def test_a_statement_leads_from_its_opening_to_its_closing(opening, moved):
    balance, lines = opening, [("", "opening", 0, opening)]
    for number, fen in enumerate(moved):
        balance += fen
        lines.append((f"B{number}", "in" if fen > 0 else "out", fen, balance))
    lines.append(("", "closing", 0, balance))
    found, faults = read_statement(written(STATEMENT_COLUMNS, lines))
    assert faults == []
    assert found is not None
    assert (found.opening_fen, found.closing_fen) == (opening, opening + sum(moved))
    assert [line.amount_fen for line in found.lines] == moved
    broken = [*lines[:-1], ("", "closing", 0, balance + 1)]
    assert read_statement(written(STATEMENT_COLUMNS, broken))[0] is None
