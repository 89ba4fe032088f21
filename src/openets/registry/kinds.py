"""Unit kinds, account kinds and transaction kinds as tables. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from openets.parties.roles import Role


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
    COURT = "court"
    RISK = "risk"
    OTHER = "other"


LOCK_TITLES: Mapping[LockCause, tuple[str, str]] = {
    LockCause.PRE_ALLOCATION: ("预分配冻结", "Frozen pre-allocation"),
    LockCause.ADVANCE: ("预支（仅限清缴）", "Advance, for surrender only"),
    LockCause.OFFSET: ("抵销申请冻结", "Frozen for an offset"),
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
}
"""Who may lift a lock: the authority it serves and who acts for it. Source: AMB-32."""


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


@dataclass(frozen=True, slots=True)
class TransactionKind:
    """A kind of movement: between which accounts, by whom, under which article."""

    zh: str
    en: str
    article: str
    debits: tuple[AccountKind, ...]
    credits: tuple[AccountKind, ...]
    roles: tuple[Role, ...]
    units: tuple[UnitKind, ...]
    holding_rule: bool = False
    """Whether it may not leave less than the minimum holding in the registry account."""


_ALLOWANCE = (UnitKind.ALLOWANCE,)
_CREDITS = (UnitKind.CQCER, UnitKind.CCER)
_ALL = (*_ALLOWANCE, *_CREDITS)
_OWN = (Role.KEY_EMITTING_ENTITY, Role.INVESTOR, Role.PROJECT_OWNER)
_A = AccountKind

TRANSACTION_KINDS: Mapping[str, TransactionKind] = {
    "issue": TransactionKind(
        "发放配额",
        "Issue of allowances",
        "CQ208-A1.5.1",
        (_A.ISSUED,),
        (_A.REGISTRY,),
        (Role.REGISTRY_OPERATOR,),
        _ALLOWANCE,
    ),
    "issue_reserve": TransactionKind(
        "设立政府预留配额",
        "Setting the reserve aside",
        "CQ208-A1.2",
        (_A.ISSUED,),
        (_A.RESERVE,),
        (Role.REGISTRY_OPERATOR,),
        _ALLOWANCE,
    ),
    "carry_over": TransactionKind(
        "结转登记",
        "Carry-over from the former register",
        "CQ208-A1.5.4",
        (_A.ISSUED,),
        (_A.REGISTRY, _A.HISTORICAL_RESERVE),
        (Role.REGISTRY_OPERATOR,),
        _ALLOWANCE,
    ),
    "register_credits": TransactionKind(
        "登记减排量",
        "Registration of reductions",
        "CQ208-A5.2.1",
        (_A.ISSUED,),
        (_A.REGISTRY,),
        (Role.PLATFORM_OPERATOR,),
        _CREDITS,
    ),
    "move_to_trading": TransactionKind(
        "转入交易账户",
        "Move to the trading account",
        "CQ208-A4.2.6",
        (_A.REGISTRY,),
        (_A.TRADING,),
        _OWN,
        _ALL,
        holding_rule=True,
    ),
    "move_to_registry": TransactionKind(
        "转回登记账户",
        "Move to the registry account",
        "CQ208-A4.2.6",
        (_A.TRADING,),
        (_A.REGISTRY,),
        _OWN,
        _ALL,
    ),
    "surrender": TransactionKind(
        "清缴",
        "Surrender",
        "CQETS-26",
        (_A.REGISTRY,),
        (_A.SURRENDERED,),
        (Role.KEY_EMITTING_ENTITY,),
        _ALLOWANCE,
    ),
    "offset": TransactionKind(
        "抵销注销",
        "Cancellation for an offset",
        "CQ208-A5.4b",
        (_A.REGISTRY,),
        (_A.CANCELLED,),
        (Role.CITY_BUREAU,),
        _CREDITS,
    ),
    "cancel_reserve": TransactionKind(
        "注销未使用预留配额",
        "Cancellation of the unused reserve",
        "CQ208-A1.2b",
        (_A.RESERVE,),
        (_A.CANCELLED,),
        (Role.REGISTRY_OPERATOR,),
        _ALLOWANCE,
    ),
    "withdraw_pre_allocation": TransactionKind(
        "取消预分配",
        "Withdrawal of the pre-allocation",
        "CQ208-4.2c",
        (_A.REGISTRY,),
        (_A.WITHDRAWN,),
        (Role.REGISTRY_OPERATOR,),
        _ALLOWANCE,
    ),
}
