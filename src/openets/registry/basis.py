"""On what a transaction rests that is neither its holder's wish nor a trade. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from openets.kernel.refusal import Refusal


class Basis(StrEnum):
    """The legal basis of a filed transaction (法定依据)."""

    COURT_RULING = "court_ruling"
    CHANGE = "change"
    INHERITANCE = "inheritance"
    ERROR = "error"
    DECISION = "decision"
    SALE = "sale"
    """An ordinary sale: named to be refused, for trading goes through the exchange."""


BASIS_TITLES: Mapping[Basis, tuple[str, str]] = {
    Basis.COURT_RULING: ("法院裁判或协助执行通知", "Court ruling"),
    Basis.CHANGE: ("合并、分立", "Merger or division"),
    Basis.INHERITANCE: ("继承或承继", "Inheritance or succession"),
    Basis.ERROR: ("登记差错", "Error of the registry"),
    Basis.DECISION: ("主管部门决定", "Decision of the authority"),
    Basis.SALE: ("买卖（须通过交易系统）", "Sale (goes through the exchange)"),
}


class SaleGoesThroughTheExchange(Refusal):
    """Units are sold on the exchange and nowhere else."""

    code = "sale_goes_through_the_exchange"
    article = "CQETS-17"
    zh = "买卖须通过交易系统进行，登记系统不办理买卖过户"
    en = "A sale goes through the trading system; the registry transfers nothing for one"
    remedy_zh = "请在交易系统以协议转让、公开竞价等方式交易，成交结果由交易机构提供（第二十二条）"
    remedy_en = "Trade on the exchange; it delivers its results to the registry (article 22)"


class BasisMissing(Refusal):
    """A basis is a paper that can be looked up."""

    code = "basis_missing"
    article = "CQETS-22"
    zh = "缺少依据文书的名称或文号"
    en = "The paper on which it rests is not named"
    remedy_zh = "请填写裁判文书、决定或确认文件的文号"
    remedy_en = "Name the ruling, decision or confirmation by its number"


@dataclass(frozen=True, slots=True)
class Ground:
    """The basis of a filed transaction, the paper that shows it, and what else is to be said."""

    basis: Basis
    document: str
    reason: str = ""


def must_be_grounded(ground: Ground) -> None:
    """Refuse what rests on nothing, or on a sale. Source: CQETS-17, CQETS-22.

    Raises:
        SaleGoesThroughTheExchange, BasisMissing.
    """
    if ground.basis == Basis.SALE:
        raise SaleGoesThroughTheExchange(field="basis")
    if not ground.document.strip():
        raise BasisMissing(field="document")
