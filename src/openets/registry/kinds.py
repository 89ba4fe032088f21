"""Unit kinds, account kinds and transaction kinds as tables. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from openets.parties.roles import Role
from openets.registry.checks import Check


class UnitKind(StrEnum):
    """What a unit is."""

    ALLOWANCE = "allowance"
    CQCER = "cqcer"
    CCER = "ccer"


class Origin(StrEnum):
    """How a unit came into the world. Source: CQETS-12."""

    FREE = "free"
    PAID = "paid"
    RESERVED = "reserved"
    """Government reserve: neither free nor paid until it is sold."""
    CREDITED = "credited"


class AccountKind(StrEnum):
    """What an account is for. The last five are ends and sources, one of each a market."""

    REGISTRY = "registry"
    TRADING = "trading"
    RESERVE = "reserve"
    """Government reserve of one year (政府预留配额). Source: CQ208-A1.2."""
    HISTORICAL_RESERVE = "historical_reserve"
    """What is left of the reserves of the former register. Source: CQ208-A1.5.4, AMB-25."""
    BUY_BACK = "buy_back"
    """Allowances the authority bought back (回购). Source: CQETS-13.2."""
    ISSUED = "issued"
    SURRENDERED = "surrendered"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    LOCKED = "locked"


GOVERNMENT_KINDS = (AccountKind.RESERVE, AccountKind.HISTORICAL_RESERVE, AccountKind.BUY_BACK)
"""Held by the authority, apart from the participants' accounts. Source: CQETS-13."""

PARTICIPANT_KINDS = (AccountKind.REGISTRY, AccountKind.TRADING)

HOLDING_KINDS = (*PARTICIPANT_KINDS, *GOVERNMENT_KINDS)

ACCOUNT_TITLES: Mapping[AccountKind, tuple[str, str]] = {
    AccountKind.REGISTRY: ("注册登记账户", "Registry account"),
    AccountKind.TRADING: ("交易账户", "Trading account"),
    AccountKind.RESERVE: ("政府预留账户", "Government reserve"),
    AccountKind.HISTORICAL_RESERVE: ("历史结余预留账户", "Historical reserve"),
    AccountKind.BUY_BACK: ("回购账户", "Bought back"),
    AccountKind.ISSUED: ("签发", "Issued"),
    AccountKind.SURRENDERED: ("清缴账户", "Surrendered"),
    AccountKind.CANCELLED: ("注销账户", "Cancelled"),
    AccountKind.WITHDRAWN: ("收回账户", "Withdrawn"),
    AccountKind.LOCKED: ("冻结对方账户", "Locked"),
}


class LockCause(StrEnum):
    """Why units may not be used. Source: CQ208-4.2, CQ208-A5.4, AMB-32.

    The last three are ordered from outside (暂停使用): by a court, for a risk to the surrender,
    or for another stated reason.
    """

    PRE_ALLOCATION = "pre_allocation"
    ADVANCE = "advance"
    """Granted for advance use: may be surrendered, nothing else."""
    OFFSET = "offset"
    TRANSACTION = "transaction"
    """Kept for a filed transaction until it is decided."""
    COURT = "court"
    RISK = "risk"
    OTHER = "other"


LOCK_TITLES: Mapping[LockCause, tuple[str, str]] = {
    LockCause.PRE_ALLOCATION: ("预分配冻结", "Frozen pre-allocation"),
    LockCause.ADVANCE: ("预支（仅限清缴）", "Advance, for surrender only"),
    LockCause.OFFSET: ("抵销申请冻结", "Frozen for an offset"),
    LockCause.TRANSACTION: ("业务待审批预占", "Kept for a filed transaction"),
    LockCause.COURT: ("司法冻结", "Frozen by a court"),
    LockCause.RISK: ("风险冻结", "Frozen for risk"),
    LockCause.OTHER: ("其他冻结", "Frozen for another reason"),
}

ORDERED: Mapping[LockCause, tuple[Role, ...]] = {
    LockCause.COURT: (Role.REGISTRY_OPERATOR,),
    LockCause.RISK: (Role.CITY_BUREAU, Role.REGISTRY_OPERATOR),
    LockCause.OTHER: (Role.CITY_BUREAU,),
}
"""Who may order a lock: on a court's letter, for risk, or otherwise. Source: AMB-32, CQETS-30."""

MAY_LIFT: Mapping[LockCause, tuple[Role, ...]] = {
    LockCause.PRE_ALLOCATION: (Role.CITY_BUREAU, Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK),
    LockCause.ADVANCE: (Role.CITY_BUREAU, Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK),
    LockCause.OFFSET: (Role.CITY_BUREAU,),
    LockCause.TRANSACTION: (),
}
"""Who may lift a lock: the authority it serves and who acts for it. Nobody lifts what is kept for a
filed transaction: that ends with its case. Source: AMB-32."""


def is_bought(origin: str, *, traded: bool) -> bool:
    """Whether units count as obtained for payment by their holder. Source: AMB-30."""
    return traded or origin != Origin.FREE


def consumption_rank(origin: str, *, traded: bool, order: str) -> int:
    """Which units of an account go first by `registry.lots_consumption`. Source: AMB-30.

    fifo, and what is left of it where the holder selects the vintage, knows no difference.
    """
    if order not in {"paid_first", "free_first"}:
        return 0
    return int(is_bought(origin, traded=traded) != (order == "paid_first"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionKind:
    """A kind of movement: between which accounts, by whom, after which checks, by which article."""

    zh: str
    en: str
    article: str
    debits: tuple[AccountKind, ...]
    credits: tuple[AccountKind, ...]
    roles: tuple[Role, ...]
    """Who files it, and carries it out where nobody approves."""
    units: tuple[UnitKind, ...]
    checks: tuple[Check, ...]
    approver: Role | None = None
    """Whose approval it waits for, by another person than the filer."""
    delay: str = ""
    """The card of the working days between approval and execution."""
    undoes: tuple[str, ...] = ()
    """The kinds of which it is the opposite entry."""

    @property
    def holding_rule(self) -> bool:
        """Whether it may not leave less than the minimum holding in the registry account."""
        return Check.MINIMUM_HOLDING in self.checks

    @property
    def reserves(self) -> bool:
        """Whether the units stay where they are and only cannot be used."""
        return AccountKind.LOCKED in (*self.debits, *self.credits)

    @property
    def executors(self) -> tuple[Role, ...]:
        """Who moves the units: the filer, or whoever approves and the clock after a delay."""
        return (self.approver, Role.MARKET_CLOCK) if self.approver else self.roles


_ALLOWANCE = (UnitKind.ALLOWANCE,)
_CREDITS = (UnitKind.CQCER, UnitKind.CCER)
_ALL = (*_ALLOWANCE, *_CREDITS)
_OWN = (Role.KEY_EMITTING_ENTITY, Role.INVESTOR, Role.PROJECT_OWNER)
_BUYERS = (Role.KEY_EMITTING_ENTITY,)
_OPERATOR = (Role.REGISTRY_OPERATOR,)
_A = AccountKind

_ISSUING = (Check.ROLE, Check.DECISION, Check.ENDS, Check.USABLE, Check.WHOLE_TONNES, Check.ONCE)
_TAKING = (
    *(Check.ROLE, Check.ENDS, Check.USABLE),
    *(Check.WHOLE_TONNES, Check.ADMISSIBLE, Check.AVAILABLE, Check.ONCE),
)
_BY_HOLDER = (Check.ROLE, Check.OWN_ACCOUNT, *_TAKING[1:])
_TRADED_WITH_GOVERNMENT = (Check.ROLE, Check.OWN_ACCOUNT, Check.DECISION, *_TAKING[1:])
_APPROVED = (Check.ROLE, Check.BASIS, Check.SECOND_PERSON, *_TAKING[1:])
_UNDOING = (
    *(Check.ROLE, Check.BASIS, Check.SECOND_PERSON, Check.ENDS, Check.USABLE),
    *(Check.WHOLE_TONNES, Check.AVAILABLE, Check.UNDONE_ONCE, Check.ONCE),
)

TRANSACTION_KINDS: Mapping[str, TransactionKind] = {
    "issue": TransactionKind(
        zh="发放配额",
        en="Issue of allowances",
        article="CQ208-A1.5.1",
        debits=(_A.ISSUED,),
        credits=(_A.REGISTRY,),
        roles=_OPERATOR,
        units=_ALLOWANCE,
        checks=_ISSUING,
    ),
    "issue_reserve": TransactionKind(
        zh="设立政府预留配额",
        en="Setting the reserve aside",
        article="CQ208-A1.2",
        debits=(_A.ISSUED,),
        credits=(_A.RESERVE,),
        roles=_OPERATOR,
        units=_ALLOWANCE,
        checks=_ISSUING,
    ),
    "sell_reserve": TransactionKind(
        zh="核减预留配额（有偿发放）",
        en="Reserve written down for a paid issue",
        article="CQETS-13",
        debits=(_A.RESERVE,),
        credits=(_A.ISSUED,),
        roles=_BUYERS,
        units=_ALLOWANCE,
        checks=_TRADED_WITH_GOVERNMENT,
    ),
    "issue_paid": TransactionKind(
        zh="有偿发放配额",
        en="Paid issue of allowances",
        article="CQETS-12",
        debits=(_A.ISSUED,),
        credits=(_A.REGISTRY,),
        roles=_BUYERS,
        units=_ALLOWANCE,
        checks=(Check.ROLE, Check.OWN_ACCOUNT, *_ISSUING[1:]),
    ),
    "buy_back": TransactionKind(
        zh="配额回购",
        en="Buy-back of allowances",
        article="CQETS-13.2",
        debits=(_A.REGISTRY,),
        credits=(_A.BUY_BACK,),
        roles=_BUYERS,
        units=_ALLOWANCE,
        checks=(*_TRADED_WITH_GOVERNMENT, Check.MINIMUM_HOLDING),
    ),
    "carry_over": TransactionKind(
        zh="结转登记",
        en="Carry-over from the former register",
        article="CQ208-A1.5.4",
        debits=(_A.ISSUED,),
        credits=(_A.REGISTRY, _A.HISTORICAL_RESERVE),
        roles=_OPERATOR,
        units=_ALLOWANCE,
        checks=(
            *(Check.ROLE, Check.ENDS, Check.USABLE),
            *(Check.WHOLE_TONNES, Check.ADMISSIBLE, Check.ONCE),
        ),
    ),
    "register_credits": TransactionKind(
        zh="登记减排量",
        en="Registration of reductions",
        article="CQ208-A5.2.1",
        debits=(_A.ISSUED,),
        credits=(_A.REGISTRY,),
        roles=(Role.PLATFORM_OPERATOR,),
        units=_CREDITS,
        checks=_ISSUING,
    ),
    "move_to_trading": TransactionKind(
        zh="转入交易账户",
        en="Move to the trading account",
        article="CQ208-A4.2.6",
        debits=(_A.REGISTRY,),
        credits=(_A.TRADING,),
        roles=_OWN,
        units=_ALL,
        checks=(*_BY_HOLDER, Check.MINIMUM_HOLDING),
    ),
    "move_to_registry": TransactionKind(
        zh="转回登记账户",
        en="Move to the registry account",
        article="CQ208-A4.2.6",
        debits=(_A.TRADING,),
        credits=(_A.REGISTRY,),
        roles=_OWN,
        units=_ALL,
        checks=_BY_HOLDER,
    ),
    "transfer": TransactionKind(
        zh="非交易过户",
        en="Transfer without trade",
        article="CQETS-22",
        debits=(_A.REGISTRY,),
        credits=(_A.REGISTRY,),
        roles=_OPERATOR,
        units=_ALL,
        checks=(*_APPROVED, Check.MINIMUM_HOLDING),
        approver=Role.CITY_BUREAU,
        delay="registry.delay.transfer",
    ),
    "merger": TransactionKind(
        zh="合并、分立划转",
        en="Merger or division",
        article="CQETS-14.2",
        debits=(_A.REGISTRY, _A.TRADING),
        credits=(_A.REGISTRY, _A.TRADING),
        roles=_OPERATOR,
        units=_ALL,
        checks=(
            *(Check.ROLE, Check.DECISION, Check.ENDS),
            *(Check.USABLE, Check.WHOLE_TONNES, Check.AVAILABLE, Check.ONCE),
        ),
    ),
    "reserve": TransactionKind(
        zh="预占",
        en="Reserve",
        article="CQETS-22",
        debits=(_A.REGISTRY, _A.TRADING),
        credits=(_A.LOCKED,),
        roles=_OWN,
        units=_ALL,
        checks=_BY_HOLDER,
    ),
    "freeze": TransactionKind(
        zh="冻结",
        en="Freeze",
        article="CQ208-4.2",
        debits=(_A.REGISTRY, _A.TRADING),
        credits=(_A.LOCKED,),
        roles=(Role.CITY_BUREAU, Role.REGISTRY_OPERATOR),
        units=_ALL,
        checks=(
            *(Check.ROLE, Check.DECISION, Check.ENDS),
            *(Check.WHOLE_TONNES, Check.AVAILABLE, Check.ONCE),
        ),
    ),
    "release": TransactionKind(
        zh="解除冻结",
        en="Release",
        article="CQ208-4.2",
        debits=(_A.LOCKED,),
        credits=(_A.REGISTRY, _A.TRADING),
        roles=(Role.CITY_BUREAU, Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK),
        units=_ALL,
        checks=(Check.ROLE, Check.DECISION, Check.ENDS, Check.AVAILABLE),
    ),
    "surrender": TransactionKind(
        zh="清缴",
        en="Surrender",
        article="CQETS-26",
        debits=(_A.REGISTRY,),
        credits=(_A.SURRENDERED,),
        roles=(Role.KEY_EMITTING_ENTITY,),
        units=_ALLOWANCE,
        checks=_BY_HOLDER,
    ),
    "return_surrendered": TransactionKind(
        zh="退还多缴配额",
        en="Return of what was surrendered in excess",
        article="AMB-31",
        debits=(_A.SURRENDERED,),
        credits=(_A.REGISTRY,),
        roles=(Role.CITY_BUREAU,),
        units=_ALLOWANCE,
        checks=(
            *(Check.ROLE, Check.DECISION, Check.ENDS, Check.USABLE),
            *(Check.WHOLE_TONNES, Check.AVAILABLE, Check.UNDONE_ONCE, Check.ONCE),
        ),
        undoes=("surrender",),
    ),
    "offset": TransactionKind(
        zh="抵销注销",
        en="Cancellation for an offset",
        article="CQ208-A5.4b",
        debits=(_A.REGISTRY,),
        credits=(_A.CANCELLED,),
        roles=(Role.CITY_BUREAU,),
        units=_CREDITS,
        checks=(Check.ROLE, Check.DECISION, *_TAKING[1:]),
    ),
    "voluntary_cancellation": TransactionKind(
        zh="自愿注销",
        en="Voluntary cancellation",
        article="CQETS-5.2b",
        debits=(_A.REGISTRY,),
        credits=(_A.CANCELLED,),
        roles=_OWN,
        units=_ALL,
        checks=(*_BY_HOLDER, Check.MINIMUM_HOLDING),
    ),
    "compulsory_cancellation": TransactionKind(
        zh="强制注销减排量",
        en="Compulsory cancellation of reductions",
        article="CQVER-39",
        debits=(_A.REGISTRY, _A.TRADING),
        credits=(_A.CANCELLED,),
        roles=(Role.SCHEME_ADMINISTRATOR, Role.REGISTRY_OPERATOR),
        units=_CREDITS,
        checks=_APPROVED,
        approver=Role.CITY_BUREAU,
        delay="registry.delay.compulsory_cancellation",
    ),
    "cancel_reserve": TransactionKind(
        zh="注销未使用预留配额",
        en="Cancellation of the unused reserve",
        article="CQ208-A1.2b",
        debits=(_A.RESERVE,),
        credits=(_A.CANCELLED,),
        roles=_OPERATOR,
        units=_ALLOWANCE,
        checks=_TAKING,
    ),
    "withdraw": TransactionKind(
        zh="收回配额",
        en="Withdrawal of allowances",
        article="CQETS-14",
        debits=(_A.REGISTRY, _A.TRADING),
        credits=(_A.WITHDRAWN,),
        roles=_OPERATOR,
        units=_ALLOWANCE,
        checks=_APPROVED,
        approver=Role.CITY_BUREAU,
        delay="registry.delay.withdraw",
    ),
    "withdraw_pre_allocation": TransactionKind(
        zh="取消预分配",
        en="Withdrawal of the pre-allocation",
        article="CQ208-4.2c",
        debits=(_A.REGISTRY,),
        credits=(_A.WITHDRAWN,),
        roles=_OPERATOR,
        units=_ALLOWANCE,
        checks=(Check.ROLE, Check.DECISION, *_TAKING[1:]),
    ),
    "reversal": TransactionKind(
        zh="冲正",
        en="Reversal",
        article="CQETS-5.2b",
        debits=(_A.REGISTRY, _A.WITHDRAWN),
        credits=(_A.REGISTRY, _A.TRADING),
        roles=_OPERATOR,
        units=_ALL,
        checks=_UNDOING,
        approver=Role.CITY_BUREAU,
        delay="registry.delay.reversal",
        undoes=("transfer", "withdraw"),
    ),
    "correction": TransactionKind(
        zh="差错更正",
        en="Correction of an error by the opposite entry",
        article="CQETS-5.2b",
        debits=(_A.REGISTRY, _A.HISTORICAL_RESERVE, _A.WITHDRAWN, _A.CANCELLED),
        credits=(_A.ISSUED, _A.REGISTRY, _A.TRADING, _A.RESERVE),
        roles=_OPERATOR,
        units=_ALL,
        checks=_UNDOING,
        approver=Role.CITY_BUREAU,
        delay="registry.delay.correction",
        undoes=(
            *("issue", "carry_over", "transfer", "withdraw", "cancel_reserve"),
            *("voluntary_cancellation", "compulsory_cancellation"),
        ),
    ),
}
