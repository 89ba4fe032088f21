"""What the pages of the daily reconciliation show, and the words for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from openets.reconciliation.books import Book
from openets.reconciliation.findings import Kind
from openets.web.forms import ActForm
from openets.web.language import Said, say
from openets.web.numbers import grouped, money
from openets.web.parts import Event, Status, Tone

Unit = Literal["", "t", "fen"]

BOOKS = {
    Book.EXCHANGE: Said("交易", "Exchange"),
    Book.REGISTRY: Said("登记", "Registry"),
    Book.CASH: Said("资金", "Cash"),
    Book.JOURNAL: Said("日志", "Journal"),
    Book.BANK: Said("银行", "Bank"),
}
TONES: Mapping[str, Tone] = {
    "open": "warn",
    "reconciled": "info",
    "differences": "bad",
    "confirmed": "info",
    "closed": "good",
}
FIGURES = {
    "trades": Said("成交笔数", "Trades"),
    "volume_t": Said("成交量（吨）", "Volume (t)"),
    "turnover_fen": Said("成交额（元）", "Turnover (yuan)"),
    "fees_fen": Said("手续费（元）", "Fees (yuan)"),
    "open_orders": Said("未了结申报", "Open orders"),
    "movements": Said("登记业务笔数", "Movements of units"),
    "payments": Said("资金收付笔数", "Payments"),
    "bank_fen": Said("专用结算账户余额（元）", "Balance of the settlement account (yuan)"),
    "bank_lines": Said("银行流水笔数", "Lines of the bank's statement"),
    "transfers": Said("分录条数", "Ledger transfers"),
    "entries": Said("日志条数", "Journal entries"),
}
KINDS = {
    Kind.JOURNAL_CHAIN: (
        Said("日志链不连续", "Journal chain broken"),
        Said(
            "保全现场并报告市局；以备份或导出文件核对该批日志",
            "Keep everything as it is, tell the bureau, compare the batch with a backup",
        ),
    ),
    Kind.TRANSFERS: (
        Said("分录与日志不符", "Transfers differ from the journal"),
        Said("运行 openets verify 核对该批分录", "Run openets verify on the batch"),
    ),
    Kind.FLOOR_BATCH: (
        Said("撮合批次缺失或不符", "Floor batch missing or different"),
        Said("请交易机构补传该批次", "Ask the exchange for the batch again"),
    ),
    Kind.TRADE: (
        Said("成交记录与日志不符", "Trade differs from the journal"),
        Said("以日志为准更正成交记录", "Correct the trade as the journal tells it"),
    ),
    Kind.TRADE_UNITS: (
        Said("成交与配额交收不符", "Trade and delivery of units differ"),
        Said("以登记为准，更正交易系统", "The registry prevails; correct the exchange"),
    ),
    Kind.TRADE_CASH: (
        Said("成交与资金交收不符", "Trade and payment differ"),
        Said("与结算银行核对后补记或冲正", "Check with the bank, then pay or reverse"),
    ),
    Kind.LEG_WITHOUT_TRADE: (
        Said("有交收无成交", "Delivery without a trade"),
        Said("查明来源，冲正该笔划转", "Find where it came from and reverse it"),
    ),
    Kind.TRANSACTION: (
        Said("登记业务与日志不符", "Movement of units differs"),
        Said("以日志和分录为准更正登记业务", "Correct it as journal and transfers tell"),
    ),
    Kind.PAYMENT: (
        Said("出入金与分录不符", "Payment differs"),
        Said("与结算银行核对后更正", "Check with the bank and correct it"),
    ),
    Kind.BALANCE: (
        Said("余额不等于上日余额加本日发生", "Balance is not the day before plus the day"),
        Said("核对该账户流水，恢复余额", "Check the account's statement, restore the balance"),
    ),
    Kind.HOLD: (
        Said("占用与未了结申报不符", "Hold without its order"),
        Said("以登记为准，释放占用或撤销申报", "Release the hold or withdraw the order"),
    ),
    Kind.LOT: (
        Said("批次数量不守恒", "Units of a lot not conserved"),
        Said("停止该批次业务并报告市局", "Stop movements of the lot, tell the bureau"),
    ),
    Kind.MONEY: (
        Said("资金不守恒", "Money not conserved"),
        Said("与结算银行对账单逐笔核对", "Check against the bank's statement line by line"),
    ),
    Kind.WITHDRAWAL_HOLD: (
        Said("出金冻结与申请不符", "Money kept back without its withdrawal"),
        Said("核对未答复的出金申请，解冻多余部分", "Check open withdrawals, free the rest"),
    ),
    Kind.BANK_STATEMENT: (
        Said("银行对账单缺失或不连续", "Bank statement missing or not continuous"),
        Said("请结算银行发送当日对账单", "Ask the bank for the statement of the day"),
    ),
    Kind.BANK_ITEM: (
        Said("银行流水与账务不符", "A line of the bank and the books differ"),
        Said("与结算银行核对该笔；未入账的补记", "Check it with the bank; book what is missing"),
    ),
    Kind.BANK_BALANCE: (
        Said("银行余额与账务不符", "Balance at the bank differs"),
        Said("逐笔核对银行流水；各笔说明后日结", "Check line by line; explain each, then close"),
    ),
}


UNCOUNTED = (Kind.JOURNAL_CHAIN, Kind.TRANSFERS, Kind.FLOOR_BATCH, Kind.TRADE)
"""Differences whose numbers are neither tonnes nor money."""

WHATS = {
    "closing and opening": "上日期末与本日期初",
    "units delivered": "交付数量",
    "units of the product": "所交产品",
    "units received": "收到的批次",
    "accounts of the units": "交收账户",
    "accounts of the money": "收付账户",
    "money paid": "支付金额",
    "fee of the other side": "对方手续费",
    "legs": "交收分录",
    "balance": "余额",
    "reserved": "冻结数量",
    "amount": "金额",
    "accounts": "账户",
    "sum of its transfers": "分录合计",
    "movement": "业务内容",
    "digest of its entries": "日志摘要",
    "digest of the batch before": "前一批摘要",
    "count of entries": "日志条数",
    "issued, and held, surrendered, cancelled or withdrawn": "签发；持有、清缴、注销与收回之和",
    "paid in, and on all accounts": "净入金；各账户余额之和",
}
"""What of a thing differs, as the rooms' checks name it, in Chinese."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """A market day in the list."""

    day: date
    status: Status
    trades: int | None
    volume_t: int | None
    turnover_fen: int | None
    differences: int
    confirmed_by: str
    closed_by: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure as each book has it; those that have none of it say nothing."""

    label: Said
    values: tuple[int | None, ...]
    is_money: bool

    @property
    def agrees(self) -> bool | None:
        """Whether all who have the figure have the same; None where only one has it."""
        known = [value for value in self.values if value is not None]
        return len(set(known)) == 1 if len(known) > 1 else None


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference, what each of the two books says, and how it is settled."""

    number: int
    title: Said
    remedy: Said
    subject: str
    participant: str
    account: str
    product: str
    what: Said
    one: Said
    one_says: str
    other: Said
    other_says: str
    entry: int | None
    note: str
    explained_by: str
    correction: str
    deferral: str
    deferred_by: str
    status: Status


@dataclass(frozen=True, slots=True)
class DayPage:
    """One market day."""

    day: date
    status: Status
    reconciled_at: datetime | None
    head: str
    books: list[Said]
    figures: list[FigureRow]
    lots: list[tuple[Said, Mapping[str, Any]]]
    money: Mapping[str, int]
    differences: list[DifferenceRow]
    gone: int
    trail: list[Event]
    forms: list[ActForm]


def shown(value: object, unit: Unit = "") -> str:
    """What a book says, for people: amounts with their unit, nothing as a dash."""
    if value is None:
        return "—"
    if isinstance(value, int) and not isinstance(value, bool):
        if unit == "fen":
            return f"{money(value)} {say('元', 'yuan')}"
        return grouped(value) + (f" {say('吨', 't')}" if unit else "")
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(part)}" for name, part in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
