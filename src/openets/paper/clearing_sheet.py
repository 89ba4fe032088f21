"""The clearing statement and the market report on paper."""

from collections.abc import Sequence
from typing import Any

from openets.clearing.models import ClearingStatement, MarketReport
from openets.clearing.statement import deposits_fen, others_fen, withdrawals_fen
from openets.paper.sheet import Column, Fact, PaperKind, Sheet, Table, Text
from openets.paper.sheets import CREDIT_CODE, HOLDER, TONNES, Setting, grouped
from openets.trading.models import Method

YUAN = "元 yuan"
_FEN = 100


def clearing(setting: Setting, served: ClearingStatement) -> Sheet:
    """The clearing statement of a participant and day (清算单). Source: CQETS-22, CQ208-A4.1.3."""
    content, holder = served.content, served.holder
    money = content["money"]
    trades: list[dict[str, Any]] = content["trades"]
    fees = sum(row["fee_fen"] for row in trades)
    turnover = sum(row["turnover_fen"] for row in trades)
    sums = (
        ("期初余额", "Opening balance", money["opening_fen"]),
        ("成交收付", "Trades", turnover),
        ("手续费", "Fees", fees),
        ("入金", "Deposits", deposits_fen(content)),
        ("出金", "Withdrawals", withdrawals_fen(content)),
        ("其他", "Others", others_fen(content)),
        ("期末余额", "Closing balance", money["closing_fen"]),
        ("其中：申报占用", "of this held for orders", money["orders_hold_fen"]),
        ("其中：出金冻结", "of this held for withdrawals", money["withdrawals_hold_fen"]),
    )
    return Sheet(
        kind=PaperKind.CLEARING,
        market=setting.market,
        synthetic=setting.synthetic,
        facts=[
            Fact(HOLDER, holder.name),
            *([Fact(CREDIT_CODE, holder.credit_code)] if holder.credit_code else []),
            Fact(Text("市场日", "Market day"), content["day"]),
            *(Fact(Text(zh, en), f"{_yuan(fen)} {YUAN}") for zh, en, fen in sums),
        ],
        tables=[table for table in (_trades(trades), _units(content["units"])) if table.rows],
        notes=[
            Text(
                "如有异议，应于下一交易日开市前在本系统书面提出，逾期视为认可。",
                "Object in writing in this system before the next opening; else it is accepted.",
            ),
            Text(f"清算单摘要 {served.sha256}", "Digest of the statement, SHA-256"),
        ],
    )


def market_report(setting: Setting, report: MarketReport) -> Sheet:
    """A published report of a week, month or year (交易情况报告). Source: CQVER-36.2."""
    columns = (
        Column(Text("产品", "Product")),
        Column(Text("方式", "Method"), narrow=True),
        Column(Text("笔数", "Trades"), number=True),
        Column(Text("成交量", "Volume"), TONNES, number=True),
        Column(Text("成交额", "Turnover"), YUAN, number=True),
        Column(Text("均价", "Average"), "元/吨", number=True),
        Column(Text("最高", "High"), "元/吨", number=True),
        Column(Text("最低", "Low"), "元/吨", number=True),
        Column(Text("参与方", "Participants"), number=True),
    )
    methods = {**dict(Method.choices), "all": "合计"}
    lines = [
        [
            "合计 all" if row["product"] == "all" else row["product"],
            methods[row["method"]],
            grouped(row["trades"]),
            grouped(row["volume_t"]),
            *(_yuan(row[name]) for name in ("turnover_fen", "average_fen", "high_fen", "low_fen")),
            grouped(row["participants"]),
        ]
        for row in report.rows
    ]
    return Sheet(
        kind=PaperKind.MARKET_REPORT,
        market=setting.market,
        synthetic=setting.synthetic,
        facts=[
            Fact(Text("报告期", "Period"), f"{report.start_date} — {report.end_date}"),
            *([Fact(Text("市场分析", "Analysis"), report.analysis)] if report.analysis else []),
        ],
        tables=[Table(Text("成交情况", "Trades"), columns, lines)],
    )


def _trades(rows: Sequence[dict[str, Any]]) -> Table:
    columns = (
        Column(Text("成交号", "Trade"), narrow=True),
        Column(Text("产品", "Product")),
        Column(Text("方向", "Side"), narrow=True),
        Column(Text("数量", "Amount"), TONNES, number=True),
        Column(Text("成交价", "Price"), "元/吨", number=True),
        Column(Text("成交金额", "Turnover"), YUAN, number=True),
        Column(Text("手续费", "Fee"), YUAN, number=True),
        Column(Text("净额", "Net"), YUAN, number=True),
    )
    sides = {"buy": "买入 buy", "sell": "卖出 sell"}
    lines = [
        [
            str(row["number"]),
            row["product"],
            sides[row["side"]],
            grouped(row["units_t"]),
            _yuan(row["price_fen"]),
            _yuan(row["turnover_fen"]),
            _yuan(row["fee_fen"]),
            _yuan(row["net_fen"]),
        ]
        for row in rows
    ]
    return Table(Text("成交明细", "Trades"), columns, lines)


def _units(rows: Sequence[dict[str, Any]]) -> Table:
    names = (
        ("opening_t", "期初", "Opening"),
        ("bought_t", "买入", "Bought"),
        ("sold_t", "卖出", "Sold"),
        ("moved_t", "划转", "Moved"),
        ("closing_t", "期末", "Closing"),
    )
    columns = (
        Column(Text("产品", "Product")),
        *(Column(Text(zh, en), TONNES, number=True) for _, zh, en in names),
    )
    lines = [[row["product"], *(grouped(row[name]) for name, _, _ in names)] for row in rows]
    return Table(Text("交易账户持有", "Units on the trading account"), columns, lines)


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), _FEN)
    return f"{sign}{whole:,}.{rest:02}"
