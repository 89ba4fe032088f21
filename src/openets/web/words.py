"""The names of things in both languages, as pages show them."""

from openets.allocation.procedures import DETERMINATION, PRE_ALLOCATION
from openets.casework.procedure import Procedure
from openets.compliance.duty import Status as DutyStatus
from openets.compliance.procedures import ADVANCE, EXCESS, NATIONAL_OFFSET, OFFSET
from openets.mrv.procedures import CORRECTION, PLAN, REPORT, VERIFICATION
from openets.opening.procedures import (
    PLATFORM_CERTIFICATION,
    REGISTRY_OPENING,
    TRADING_OPENING,
)
from openets.parties.roles import TITLES, Role
from openets.registry.kinds import ACCOUNT_TITLES, AccountKind, UnitKind
from openets.registry.models import Lot
from openets.registry.names import account_kind
from openets.registry.procedures import CLOSING, LOCK, MEASURE, REGISTRY_TRANSACTION
from openets.registry.titles import ORIGIN_TITLES, UNIT_TITLES, lot_title
from openets.roster.procedures import CHANGE, LISTING
from openets.supervision.procedures import QUESTION, REGISTRATION_RULES, TRADING_RULES
from openets.trading.procedures import MARKET_DAY
from openets.web.language import Said
from openets.web.parts import Choice, Status

PROCEDURES = {
    procedure.name: procedure
    for procedure in (
        *(LISTING, CHANGE),
        *(PLAN, REPORT, CORRECTION, VERIFICATION),
        *(DETERMINATION, PRE_ALLOCATION),
        *(REGISTRY_OPENING, TRADING_OPENING, PLATFORM_CERTIFICATION),
        *(OFFSET, NATIONAL_OFFSET, ADVANCE, EXCESS),
        *(REGISTRY_TRANSACTION, LOCK, MEASURE, CLOSING),
        MARKET_DAY,
        *(QUESTION, REGISTRATION_RULES, TRADING_RULES),
    )
}
"""Every procedure of the rooms, in the order of the year."""

METHODS = {
    "benchmark": Said("行业基准线法", "Benchmark"),
    "historical_intensity": Said("历史排放强度下降法", "Historical intensity"),
    "historical_total": Said("历史排放总量下降法", "Historical total"),
    "equal_amount": Said("等量法", "Equal amount"),
}
METHOD_ARTICLES = {
    "benchmark": "CQ208-A1.M.1.1",
    "historical_intensity": "CQ208-A1.M.2.1",
    "historical_total": "CQ208-A1.M.3.1",
    "equal_amount": "CQ208-A1.M.4",
}
METHOD_CHOICES = [Choice(name, label) for name, label in METHODS.items()]

STATUSES = {
    DutyStatus.NOT_YET_DUE: Status(Said("尚无义务", "Not yet due")),
    DutyStatus.OPEN: Status(Said("未清缴", "Open"), "warn"),
    DutyStatus.PARTLY_FULFILLED: Status(Said("部分清缴", "Partly surrendered"), "warn"),
    DutyStatus.FULFILLED: Status(Said("已完成清缴", "Fulfilled"), "good"),
    DutyStatus.OVERDUE: Status(Said("逾期未完成", "Overdue"), "bad"),
    DutyStatus.EXCLUDED: Status(Said("已移出名录", "Excluded"), "info"),
}
"""How a surrender duty stands."""
STATUS_CHOICES = [Choice(name, status.label) for name, status in STATUSES.items()]

ORIGINS = {origin: Said(*title) for origin, title in ORIGIN_TITLES.items()}
UNITS = {unit: Said(*title) for unit, title in UNIT_TITLES.items()}

PRODUCTS = {
    UnitKind.ALLOWANCE: Said("碳配额", "Carbon allowance"),
    UnitKind.CQCER: Said("本市核证自愿减排量", "Local certified reductions"),
    UnitKind.CCER: Said("国家核证自愿减排量", "National certified reductions"),
}

MODES = {
    "open_bidding": Said("公开竞价", "Open bidding"),
    "negotiated_transfer": Said("协议转让", "Negotiated"),
}


def lot_label(lot: Lot) -> Said:
    """A lot in words: its vintage, origin and kind, and its project if it has one."""
    return unit_label(lot.kind, lot.vintage_year, lot.origin, lot.project)


def unit_label(kind: str, vintage_year: int, origin: str, project: str = "") -> Said:
    """Units in words: their vintage, origin and kind, and their project if they have one."""
    return Said(*lot_title(kind, vintage_year, origin, project))


def account_label(number: str) -> Said:
    """What the account of a number is for."""
    return Said(*ACCOUNT_TITLES[AccountKind(account_kind(number))])


def product_label(unit: str, vintage_year: int | None) -> Said:
    """A traded product in words."""
    name = PRODUCTS[UnitKind(unit)]
    if vintage_year is None:
        return name
    return Said(f"{name.zh} {vintage_year} 年度", f"{name.en} {vintage_year}")


def state_of(procedure: Procedure, state: str) -> Said:
    """A state of a procedure in words."""
    found = procedure.states[state]
    return Said(found.zh, found.en)


def move_of(procedure: Procedure, move: str) -> Said:
    """A move of a procedure in words; every case begins with being opened."""
    found = procedure.moves.get(move)
    return Said(found.zh, found.en) if found else Said("立案", "Opened")


def doer(role: str, person: str) -> Said:
    """Who did something: the role and the person."""
    return Said(f"{role_of(role).zh} · {person}", f"{role_of(role).en} · {person}")


def role_of(role: str) -> Said:
    """A role in words."""
    return Said(*TITLES[Role(role)])
