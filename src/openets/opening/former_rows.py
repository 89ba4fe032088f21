"""Rows of an export of the former register (原登记簿), read and checked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from stdnum.cn import uscc

from openets.kernel.quantity import Tonnes, parse_decimal
from openets.kernel.refusal import Refusal

COLUMNS = ("account", "holder", "credit_code", "password", "paid_holdings")
YEAR_DIGITS = 4


class FormerCellMissing(Refusal):
    """A former account has a name, a holder and a password."""

    code = "former_cell_missing"
    article = "CQ208-A3.1.3"
    zh = "缺少“{name}”"
    en = "“{name}” is missing"
    remedy_zh = "请补充该单元格"
    remedy_en = "Fill in the cell"


class BadFormerCode(Refusal):
    """Not a unified social credit code."""

    code = "bad_credit_code"
    article = "CQ208-A3.0"
    zh = "统一社会信用代码“{credit_code}”不正确（应为18位，末位为校验码）"
    en = "“{credit_code}” is no unified social credit code: 18 signs, the last a check"
    remedy_zh = "请核对；不详的可留空"
    remedy_en = "Check it, or leave it empty where it is not known"


class BadPaidHoldings(Refusal):
    """Paid holdings are whole tonnes by vintage."""

    code = "bad_paid_holdings"
    article = "CQ208-A1.5.4"
    zh = "有偿持有量“{value}”无效，应为“年度:吨数”，多项以分号分隔"
    en = "“{value}” are no paid holdings; write vintage:tonnes, several with semicolons"
    remedy_zh = "例如 2018:1200;2019:800；没有的留空"
    remedy_en = "For example 2018:1200;2019:800; leave it empty where there are none"


@dataclass(frozen=True, slots=True)
class FormerRow:
    """An account of the former register with what its holder obtained for payment, by vintage."""

    account: str
    holder: str
    credit_code: str
    password: str
    paid: Mapping[int, Tonnes]


def read_row(cells: Mapping[str, str]) -> FormerRow:
    """Read the cells of one row, the columns being `COLUMNS`. Source: CQ208-A3.1.3.

    Raises:
        FormerCellMissing, BadFormerCode, BadPaidHoldings, NotANumber.
    """
    given = {name: cells[name].strip() for name in COLUMNS}
    for name in ("account", "holder", "password"):
        if not given[name]:
            raise FormerCellMissing(field=name, name=name)
    code = given["credit_code"]
    if code and not uscc.is_valid(code):
        raise BadFormerCode(field="credit_code", credit_code=code)
    return FormerRow(
        account=given["account"],
        holder=given["holder"],
        credit_code=code,
        # A password may begin or end with a blank.
        password=cells["password"],
        paid=_paid(given["paid_holdings"]),
    )


def _paid(text: str) -> dict[int, Tonnes]:
    found: dict[int, Tonnes] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        year, colon, amount = part.partition(":")
        tonnes = parse_decimal(amount, field="paid_holdings") if colon else None
        is_year = year.isascii() and year.isdigit() and len(year) == YEAR_DIGITS
        if tonnes is None or not is_year or tonnes != int(tonnes) or tonnes < 1:
            raise BadPaidHoldings(field="paid_holdings", value=text)
        if int(year) in found:
            raise BadPaidHoldings(field="paid_holdings", value=text)
        found[int(year)] = Tonnes(int(tonnes))
    return found
