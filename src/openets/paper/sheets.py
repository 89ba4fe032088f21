"""The papers, each put together from what the registry tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openets.allocation.models import Determination
from openets.allocation.titles import METHOD_TITLES
from openets.kernel.clock import MARKET_ZONE
from openets.paper.sheet import Column, Fact, PaperKind, Sheet, Table, Text
from openets.parties.models import Organisation
from openets.registry.blocks import Run
from openets.registry.certificates import Verified
from openets.registry.kinds import (
    ACCOUNT_TITLES,
    LOCK_TITLES,
    TRANSACTION_KINDS,
    AccountKind,
    LockCause,
)
from openets.registry.models import Lot, RegistryAccount, Transaction
from openets.registry.statements import Effect, Entry, Held, event_title
from openets.registry.titles import lot_title

Serials = Mapping[str, Sequence[Run]]
"""The serials that transfers moved, by their key in the ledger."""

TONNES = "t"
TOTAL = "合计 Total"

HOLDER = Text("持有人", "Holder")
CREDIT_CODE = Text("统一社会信用代码", "Unified social credit code")
ACCOUNT = Text("权益账户号", "Account")
LOT = Text("批次", "Lot")
ARTICLE = Text("依据条款", "Article")
AMOUNT = Text("数量", "Amount")

_EFFECTS = {Effect.LOCKED: ("冻结", "locked"), Effect.FREED: ("解冻", "freed")}


@dataclass(frozen=True, slots=True)
class Setting:
    """The market a paper is of."""

    market: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment to before the last."""

    since: datetime
    until: datetime

    def __str__(self) -> str:
        """The first and the last day."""
        return f"{minute(self.since)} — {minute(self.until)}"


@dataclass(frozen=True, slots=True)
class Turnover:
    """What stood on an account of one lot, what came and went, and what stood in the end."""

    lot: str
    opening_t: int
    in_t: int
    out_t: int
    closing_t: int


def holding(
    setting: Setting, holder: Organisation, moment: datetime, held: Sequence[Held]
) -> Sheet:
    """The holding statement (持有证明). Source: CQETS-5.2b."""
    total, locked = (sum(row.total_t for row in held), sum(row.locked_t for row in held))
    rows = [
        [
            row.account.number,
            _title(row.lot) + (" · 曾交易 traded" if row.traded else ""),
            row.lot.code,
            grouped(row.total_t),
            grouped(row.locked_t),
            "；".join(f"{_cause(cause)} {grouped(t)}" for cause, t in row.locks),
            grouped(row.total_t - row.locked_t),
        ]
        for row in held
    ]
    columns = (
        Column(ACCOUNT, narrow=True),
        Column(Text("种类、年份和来源", "Kind, vintage, origin")),
        Column(LOT),
        Column(Text("总量", "Total"), TONNES, number=True),
        Column(Text("冻结", "Locked"), TONNES, number=True),
        Column(Text("冻结原因", "Cause")),
        Column(Text("未冻结", "Unlocked"), TONNES, number=True),
    )
    foot = [TOTAL, "", "", grouped(total), grouped(locked), "", grouped(total - locked)]
    return Sheet(
        kind=PaperKind.HOLDING,
        market=setting.market,
        synthetic=setting.synthetic,
        facts=[*_of(holder), Fact(Text("截至", "As of"), minute(moment))],
        sentence=Text(
            f"截至 {minute(moment)}，{holder.name} 在注册登记系统中持有 {grouped(total)} 吨，"
            f"其中 {grouped(locked)} 吨处于冻结状态。",
            f"At {minute(moment)}, {holder.name} held {grouped(total)} t in the registry, "
            f"of which {grouped(locked)} t were locked.",
        ),
        tables=[Table(Text("持有明细", "Holdings"), columns, rows, foot)],
    )


def receipt(setting: Setting, done: Transaction, entry: str, serials: Serials) -> Sheet:
    """The receipt of a transaction (业务回单); `entry` names its journal entry.

    Source: CQETS-14.
    """
    kind = TRANSACTION_KINDS[done.kind]
    facts = [
        Fact(Text("业务编号", "Transaction"), f"{done.pk} · {done.key}"),
        Fact(Text("业务种类", "Kind"), f"{kind.zh} {kind.en}"),
        Fact(Text("办理时间", "Done at"), minute(done.at)),
        Fact(AMOUNT, f"{grouped(done.amount_t)} 吨 t"),
        *_end(Text("转出", "From"), done.debit),
        *_end(Text("转入", "To"), done.credit),
        Fact(Text("经办", "Done by"), f"{done.person} · {done.role}"),
        Fact(ARTICLE, done.article),
        Fact(Text("日志条目", "Journal entry"), entry),
    ]
    return Sheet(
        kind=PaperKind.RECEIPT,
        market=setting.market,
        synthetic=setting.synthetic,
        facts=facts,
        tables=[_parts(done, serials)],
    )


def account_statement(
    setting: Setting,
    account: RegistryAccount,
    period: Period,
    turnovers: Sequence[Turnover],
    entries: Sequence[Entry],
) -> Sheet:
    """The statement of an account over a period (对账单), oldest line first. Source: CQETS-5.2b."""
    figures = [
        Column(Text(zh, en), TONNES, number=True)
        for zh, en in (
            ("期初", "Opening"),
            ("转入", "In"),
            ("转出", "Out"),
            ("期末", "Closing"),
        )
    ]
    sums = [
        grouped(sum(getattr(row, name) for row in turnovers))
        for name in ("opening_t", "in_t", "out_t", "closing_t")
    ]
    summary = [
        [row.lot, *map(grouped, (row.opening_t, row.in_t, row.out_t, row.closing_t))]
        for row in turnovers
    ]
    columns = (
        Column(Text("时间", "Time"), narrow=True),
        Column(Text("事项", "Event")),
        Column(LOT, narrow=True),
        Column(Text("对方账户", "Counterparty"), narrow=True),
        Column(Text("转入", "In"), TONNES, number=True),
        Column(Text("转出", "Out"), TONNES, number=True),
        Column(Text("批次结存", "Lot balance"), TONNES, number=True),
        Column(ARTICLE, narrow=True),
    )
    return Sheet(
        kind=PaperKind.STATEMENT,
        market=setting.market,
        synthetic=setting.synthetic,
        facts=[
            *_of(account.holder),
            Fact(ACCOUNT, f"{account.number} · {_account_title(account)}"),
            Fact(Text("期间", "Period"), str(period)),
        ],
        tables=[
            Table(Text("收支汇总", "Summary"), (Column(LOT), *figures), summary, [TOTAL, *sums]),
            Table(Text("明细", "Entries"), columns, [_line(entry) for entry in entries]),
        ],
    )


def cancellation(setting: Setting, of: Verified, serials: Serials) -> Sheet:
    """The certificate of a voluntary cancellation (注销证书), with the serials that are gone.

    Source: CQETS-5.2c, CQVER-29.
    """
    done = of.cancelled
    for_whom = of.beneficiary or of.holder.name
    batch = f"{of.batch} · {of.digest}" if of.batch else "待封存 unsealed"
    return Sheet(
        kind=PaperKind.CANCELLATION,
        market=setting.market,
        synthetic=setting.synthetic,
        facts=[
            Fact(Text("证书编号", "Certificate"), of.code),
            *_end(Text("注销账户", "Cancelled from"), done.debit),
            Fact(Text("受益人", "Beneficiary"), for_whom),
            Fact(Text("用途", "Purpose"), of.reason),
            Fact(Text("注销时间", "Cancelled at"), minute(done.at)),
            Fact(Text("业务编号", "Transaction"), f"{done.pk} · {done.key}"),
            Fact(ARTICLE, done.article),
            Fact(Text("日志条目和批", "Journal entry and batch"), f"{of.journal_entry} · {batch}"),
        ],
        sentence=Text(
            f"兹证明 {grouped(done.amount_t)} 吨已为 {for_whom} 自愿注销，不得再次使用或转让。",
            f"{grouped(done.amount_t)} t were cancelled voluntarily for {for_whom}; they cannot be "
            f"used or transferred again.",
        ),
        tables=[_parts(done, serials)],
    )


def allocation(setting: Setting, holder: Organisation, row: Determination) -> Sheet:
    """The notice of an allowance with its calculation (核定通知单). Source: CQETS-11b."""
    assert row.notified_at is not None, "only what is told is printed"
    ends = row.objection_due_date.isoformat() if row.objection_due_date else "—"
    facts = [
        *_of(holder),
        Fact(Text("年度", "Year"), str(row.year)),
        Fact(Text("核查排放量", "Verified emissions"), f"{grouped(row.verified_t)} tCO2e"),
        Fact(Text("计算配额", "Calculated"), f"{grouped(row.allowance_t)} 吨 t"),
        Fact(Text("豁免增发", "Relief"), f"{grouped(_relief(row))} 吨 t"),
        Fact(Text("核定配额", "Allowance"), f"{grouped(row.determined_t)} 吨 t"),
        Fact(Text("已预分配", "Pre-allocated"), f"{grouped(row.pre_issued_t)} 吨 t"),
        Fact(Text("抵扣以前年度", "Deducted for earlier years"), f"{grouped(row.deducted_t)} 吨 t"),
        Fact(Text("本次发放", "To be issued"), f"{grouped(row.to_issue_t)} 吨 t"),
        Fact(Text("告知时间", "Notified"), minute(row.notified_at)),
        Fact(Text("异议截止日", "Last day to object"), ends),
    ]
    lines = [
        [
            f"{line.line} {line.product}",
            " ".join(METHOD_TITLES[line.method]),
            "—" if line.base is None else f"{line.base.normalize():f}",
            "—" if line.coefficient is None else f"{line.coefficient:f}",
            line.allowance_exact,
        ]
        for line in row.lines.all()
    ]
    columns = (
        Column(Text("生产线和产品", "Line and product")),
        Column(Text("方法", "Method")),
        Column(Text("基准值", "Base"), number=True),
        Column(Text("系数", "Coefficient"), number=True),
        Column(Text("配额", "Allowance"), "tCO2e", number=True),
    )
    steps = [
        [step["title_zh"], step["formula"], f"{step['result']} {step['unit']}".strip()]
        for step in row.explanation
    ]
    working = (
        Column(Text("步骤", "Step")),
        Column(Text("算法", "Formula")),
        Column(Text("结果", "Result"), number=True),
    )
    return Sheet(
        kind=PaperKind.ALLOCATION,
        market=setting.market,
        synthetic=setting.synthetic,
        facts=facts,
        sentence=Text(
            f"核定 {holder.name} {row.year} 年度碳排放配额为 {grouped(row.determined_t)} 吨。",
            f"The allowance of {holder.name} for {row.year} is {grouped(row.determined_t)} t.",
        ),
        tables=[
            Table(Text("各生产线计算", "Calculation by line"), columns, lines),
            Table(Text("汇总过程", "Working of the entity"), working, steps),
        ],
        notes=[
            Text(
                f"如有异议，可在 {ends} 前（含当日）通过本系统“事项”页面申请复核（CQETS-11.2）。",
                f"Ask for review in this system, on the page of the case, by {ends} (CQETS-11.2).",
            )
        ],
    )


def turnovers(
    opening: dict[str, int], closing: dict[str, int], entries: Sequence[Entry]
) -> list[Turnover]:
    """What came and went of each lot over a period; a lot that never was there is left out."""
    ins: dict[str, int] = {}
    outs: dict[str, int] = {}
    for entry in entries:
        side = ins if entry.moved_t > 0 else outs
        side[entry.lot.code] = side.get(entry.lot.code, 0) + abs(entry.moved_t)
    return [
        Turnover(lot, opening[lot], ins.get(lot, 0), outs.get(lot, 0), closing[lot])
        for lot in sorted(opening)
        if opening[lot] or closing[lot] or lot in ins or lot in outs
    ]


def grouped(amount: int) -> str:
    """A whole number in groups of three."""
    return f"{amount:,}"


def minute(at: datetime) -> str:
    """The moment in the market's time, to the minute."""
    return at.astimezone(MARKET_ZONE).strftime("%Y-%m-%d %H:%M")


def _relief(row: Determination) -> int:
    """What the gap exemption added, if no review set another allowance."""
    return max(0, row.determined_t - row.allowance_t) if row.relief != "none" else 0


def _of(holder: Organisation) -> list[Fact]:
    code = [Fact(CREDIT_CODE, holder.credit_code)] if holder.credit_code else []
    return [Fact(HOLDER, holder.name), *code]


def _end(label: Text, account: RegistryAccount) -> list[Fact]:
    return [Fact(label, f"{account.number} · {account.holder.name}")]


def _parts(done: Transaction, serials: Serials) -> Table:
    rows = [
        [_with_serials(lot, serials.get(key, ())), "是 yes" if traded else "否 no", grouped(t)]
        for (lot, traded, t), key in zip(done.parts, done.transfer_keys, strict=True)
    ]
    columns = (
        Column(Text("批次和序列号", "Lot and serials")),
        Column(Text("曾交易", "Ever traded")),
        Column(AMOUNT, TONNES, number=True),
    )
    return Table(Text("批次明细", "Lots"), columns, rows, [TOTAL, "", grouped(done.amount_t)])


def _with_serials(lot: str, runs: Sequence[Run]) -> str:
    return "\n".join([lot, *(f"{first}–{last}" for first, last in runs)])


def _line(entry: Entry) -> list[str]:
    zh, en = event_title(entry.event)
    if entry.batch is not None:
        zh, en = f"{zh}（第 {entry.batch} 批）", f"{en} (batch {entry.batch})"
    if entry.effect in _EFFECTS:
        did = _EFFECTS[entry.effect]
        zh, en = f"{zh}：{did[0]} {grouped(abs(entry.amount_t))} 吨", f"{en}: {did[1]}"
    return [
        minute(entry.at),
        f"{zh} {en}",
        _with_serials(entry.lot.code, entry.serials),
        entry.counterparty,
        grouped(entry.moved_t) if entry.moved_t > 0 else "",
        grouped(-entry.moved_t) if entry.moved_t < 0 else "",
        grouped(entry.balance_t),
        entry.article,
    ]


def _title(lot: Lot) -> str:
    zh, en = lot_title(lot.kind, lot.vintage_year, lot.origin, lot.project)
    return f"{zh} {en}"


def _account_title(account: RegistryAccount) -> str:
    return " ".join(ACCOUNT_TITLES[AccountKind(account.kind)])


def _cause(cause: str) -> str:
    return " ".join(LOCK_TITLES[LockCause(cause)])
