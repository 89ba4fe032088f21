"""What may happen to history: trading days are loaded with their source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from openets.history.models import HistoricDay, Source
from openets.history.queries import row_of, shipped
from openets.history.rows import COLUMNS, HistoricRow, SourceText, read_row, read_source
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.kernel.tables import read_rows
from openets.parties import operations as parties
from openets.parties.roles import Role

__all__ = ["DayAhead", "DayTwice", "HistoryDiffers", "Loaded", "load", "load_shipped"]


class DayTwice(Refusal):
    """A day stands once in a file."""

    code = "day_twice"
    article = "CQETS-20"
    zh = "{day} 在文件中出现两次"
    en = "{day} stands twice in the file"
    remedy_zh = "请核对来源，每个交易日只保留一行"
    remedy_en = "Check the source and keep one row a trading day"


class DayAhead(Refusal):
    """History is what was."""

    code = "day_ahead"
    article = "CQETS-20"
    zh = "{day} 尚未到来（今日 {today}）"
    en = "{day} is still ahead; today is {today}"
    remedy_zh = "请核对日期"
    remedy_en = "Check the day"


class HistoryDiffers(Refusal):
    """What a source told of a day does not change silently."""

    code = "history_differs"
    article = "CQETS-20"
    zh = "{day} 已按来源“{source}”载入，且数值不同（{known}）"
    en = "{day} was loaded from “{source}” with other figures ({known})"
    remedy_zh = "请核对来源；修订后的数据请以新的来源代码载入"
    remedy_en = "Check the source; load a revised edition under a code of its own"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many days are new, and how many were known alike."""

    new: int
    known: int


@transaction.atomic
def load(
    *, source: SourceText, rows: Mapping[int, HistoricRow], acting: Acting, at: datetime
) -> Loaded:
    """Load trading days of a source (历史行情), all or none; what is known alike stays.

    `rows` are by their number in the file. Nothing new leaves no entry. Source: CQETS-20.

    Raises:
        NotYourRole, DayTwice, DayAhead, HistoryDiffers.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.CITY_BUREAU, article="CQETS-20")
    parties.one_at_a_time("history")
    kept = Source.objects.filter(code=source.code).first()
    known = {day.day: row_of(day) for day in kept.days.all()} if kept else {}
    fresh = _fresh(rows, known, source, at)
    if not fresh and kept:
        return Loaded(new=0, known=len(rows))
    kept, _ = Source.objects.update_or_create(code=source.code, defaults=source.as_json())
    HistoricDay.objects.bulk_create(
        HistoricDay(
            source=kept,
            day=row.day,
            price_fen=row.price_fen,
            volume_t=row.volume_t,
            turnover_fen=row.turnover_fen,
        )
        for row in fresh
    )
    journal.record(
        operation="history.load",
        subject=f"history/{source.code}",
        acting=acting,
        at=at,
        article="CQETS-20",
        content={"source": source.as_json(), "days": [row.as_cells() for row in fresh]},
    )
    return Loaded(new=len(fresh), known=len(rows) - len(fresh))


def load_shipped(*, acting: Acting, at: datetime) -> Loaded:
    """Load the trading days that come with OpenETS. Source: CQETS-20.

    Raises:
        NotYourRole.
    """
    table, told = shipped()
    rows = {row.number: read_row(row.cells) for row in read_rows(table, columns=COLUMNS)}
    return load(source=read_source(told), rows=rows, acting=acting, at=at)


def _fresh(
    rows: Mapping[int, HistoricRow],
    known: Mapping[date, HistoricRow],
    source: SourceText,
    at: datetime,
) -> list[HistoricRow]:
    """The rows that are not known yet, oldest first."""
    today = market_date(at)
    given: dict[date, HistoricRow] = {}
    for number, row in rows.items():
        before = known.get(row.day, row)
        if row.day in given:
            raise DayTwice(row=number, field="day", day=row.day)
        if row.day > today:
            raise DayAhead(row=number, field="day", day=row.day, today=today)
        if before != row:
            told = ", ".join(before.as_cells()[1:])
            raise HistoryDiffers(row=number, day=row.day, source=source.code, known=told)
        given[row.day] = row
    return [given[day] for day in sorted(given) if day not in known]
