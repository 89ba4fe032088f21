"""A file of the national register's export (抵销信息): every row stands, or none is imported."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from openets.compliance.national import ExportRow, import_national, wrong_rows
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.kernel.tables import read_rows
from openets.parties.roles import Role

ARTICLE = "CQ208-A6.3"
_NUMBERS = ("serial_from", "serial_to", "amount_t")
COLUMNS = ("entity", "project", "series", *_NUMBERS, "day")
_MOST_DIGITS = 18


class WrongExportCell(Refusal):
    """A cell of the export does not say what its column is for."""

    code = "wrong_export_cell"
    article = ARTICLE
    zh = "第 {row_number} 行 {column} 的值“{value}”无效"
    en = "Line {row_number}: “{value}” is no {column}"
    remedy_zh = "序列号和数量填整数，day 填日期（如 2023-11-22），其余不得为空"
    remedy_en = "Write serials and amount as whole numbers, day as 2023-11-22, and leave none empty"


class ExportRowsRefused(Refusal):
    """Rows of the export are wrong, so nothing of it was imported."""

    code = "export_rows_refused"
    article = ARTICLE
    zh = "{count} 行有误，未导入任何一行"
    en = "{count} rows are wrong; nothing was imported"
    remedy_zh = "请更正所列各行后重新导入整个文件"
    remedy_en = "Correct the rows named and import the whole file again"

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        """Keep what is wrong with each row."""
        self.refusals = tuple(refusals)
        super().__init__(count=len(self.refusals))


@transaction.atomic
def import_national_file(*, content: bytes, acting: Acting, at: datetime) -> int:
    """Import a file of the national register's export; tells how many rows were new.

    It is CSV with the `COLUMNS`; a row imported before is passed over. Source: CQ208-A6.3.

    Raises:
        NotYourRole, what `read_rows` refuses.
        ExportRowsRefused: with a refusal for each wrong row; nothing was done.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, article=ARTICLE)
    refusals: list[Refusal] = []
    rows: dict[int, ExportRow] = {}
    for row in read_rows(content, columns=COLUMNS):
        try:
            if row.refusal:
                raise row.refusal
            rows[row.number] = _row(row.cells, row.number)
        except Refusal as refusal:
            refusals.append(refusal)
    refusals += wrong_rows(rows)
    if refusals:
        raise ExportRowsRefused(sorted(refusals, key=lambda refusal: refusal.row or 0))
    return import_national(rows=list(rows.values()), acting=acting, at=at)


def _row(cells: Mapping[str, str], number: int) -> ExportRow:
    texts = {name: cells[name].strip() for name in COLUMNS}
    numbers: dict[str, int] = {}
    for name, text in texts.items():
        if name in _NUMBERS and text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS:
            numbers[name] = int(text)
        elif name in _NUMBERS or not text:
            raise _wrong(number, name, text)
    try:
        day = date.fromisoformat(texts["day"])
    except ValueError:
        raise _wrong(number, "day", texts["day"]) from None
    return ExportRow(
        entity=texts["entity"],
        project=texts["project"],
        series=texts["series"],
        serial_from=numbers["serial_from"],
        serial_to=numbers["serial_to"],
        amount_t=numbers["amount_t"],
        day=day,
    )


def _wrong(number: int, column: str, value: str) -> WrongExportCell:
    return WrongExportCell(
        row=number, field=column, row_number=number, column=column, value=value[:60]
    )
