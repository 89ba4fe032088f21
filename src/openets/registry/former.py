"""The export of the former register, row by row: what is carried over and what stays behind."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from openets.kernel.quantity import Tonnes, parse_decimal
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.registry.kinds import Origin
from openets.rulebook.load import Law

COLUMNS = ("former_account", "holder", "vintage_year", "origin", "traded", "amount_t")
_FLAGS = {"yes": True, "no": False, "是": True, "否": False}
_ORIGINS = {"free": Origin.FREE, "paid": Origin.PAID, "免费": Origin.FREE, "有偿": Origin.PAID}


class FormerRowRefused(Refusal):
    """A row of the export does not say what was held."""

    code = "former_row_refused"
    article = "CQ208-A1.5.4"
    zh = "“{value}”无效：{expected_zh}"
    en = "“{value}” is not {expected}"
    remedy_zh = "请更正该行后重新导入整个文件；未导入任何一行"
    remedy_en = "Correct the row and import the whole file again; nothing of it was imported"


class FormerRowTwice(Refusal):
    """A lot of a former account stands once in the export."""

    code = "former_row_twice"
    article = "CQ208-A1.5.4"
    zh = "原账户 {former_account} 的同一批次已在第 {first} 行出现"
    en = "This lot of the former account {former_account} stands in row {first} already"
    remedy_zh = "请合并或删除重复的行"
    remedy_en = "Merge or delete the duplicate"


@dataclass(frozen=True, slots=True)
class FormerLot:
    """Units of a former account that are alike; `origin` is None where nobody knows it."""

    row: int
    former_account: str
    holder: Organisation
    vintage_year: int
    origin: Origin | None
    traded: bool
    amount_t: Tonnes

    @property
    def is_undecided(self) -> bool:
        """Whether its provenance is missing, so that somebody has to decide. Source: AMB-30."""
        return self.origin is None and not self.traded

    @property
    def stays_behind(self) -> bool:
        """Whether it was obtained free and never traded. Source: CQ208-A1.5.4b."""
        return self.origin == Origin.FREE and not self.traded


def read_row(
    row: int,
    cells: Mapping[str, str],
    *,
    holders: Mapping[str, Organisation],
    years: Collection[int],
) -> FormerLot:
    """Read a row of the export; `holders` are known by credit code, number on the list and code.

    Source: CQ208-A1.5.4.

    Raises:
        FormerRowRefused, NotANumber.
    """
    holder = holders.get(cells["holder"].strip())
    if holder is None:
        raise _refused(row, "holder", cells, "a known holder", "须为已登记单位的信用代码或名录序号")
    if not cells["former_account"].strip():
        raise _refused(row, "former_account", cells, "an account", "须填写原账户号")
    vintage = _whole(row, "vintage_year", cells)
    if vintage not in years:
        span = f"{min(years)}-{max(years)}"
        raise _refused(row, "vintage_year", cells, f"a vintage of {span}", f"须为 {span} 年度")
    amount = _whole(row, "amount_t", cells)
    if amount < 1:
        raise _refused(row, "amount_t", cells, "whole tonnes, at least one", "须为正整数吨")
    origin = cells["origin"].strip()
    if origin and origin not in _ORIGINS:
        raise _refused(row, "origin", cells, "free or paid", "须为 free（免费）或 paid（有偿）")
    if cells["traded"].strip() not in _FLAGS:
        raise _refused(row, "traded", cells, "yes or no", "须为 yes（是）或 no（否）")
    return FormerLot(
        row=row,
        former_account=cells["former_account"].strip(),
        holder=holder,
        vintage_year=vintage,
        origin=_ORIGINS.get(origin),
        traded=_FLAGS[cells["traded"].strip()],
        amount_t=Tonnes(amount),
    )


def must_stand_once(lots: Collection[FormerLot]) -> list[Refusal]:
    """A refusal for each row that repeats a lot of a former account."""
    first: dict[tuple[str, int, Origin | None, bool], int] = {}
    refused: list[Refusal] = []
    for lot in lots:
        key = lot.former_account, lot.vintage_year, lot.origin, lot.traded
        if key in first:
            refused.append(
                FormerRowTwice(row=lot.row, former_account=lot.former_account, first=first[key])
            )
        first.setdefault(key, lot.row)
    return refused


def former_years(law: Law, year: int) -> tuple[int, ...]:
    """The vintages of the former register. Source: CQ208-A1.5.4b."""
    return law.for_year("registry.carryover_excluded_years", year).items


def _whole(row: int, field: str, cells: Mapping[str, str]) -> int:
    number = parse_decimal(cells[field], field=field, row=row)
    if number != int(number):
        raise _refused(row, field, cells, "a whole number", "须为整数")
    return int(number)


def _refused(
    row: int, field: str, cells: Mapping[str, str], expected: str, expected_zh: str
) -> Refusal:
    return FormerRowRefused(
        row=row, field=field, value=cells[field][:40], expected=expected, expected_zh=expected_zh
    )
