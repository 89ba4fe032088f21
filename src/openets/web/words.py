"""The names of things in both languages, as pages show them."""

from openets.allocation.procedures import DETERMINATION, PLAN, PRE_ALLOCATION
from openets.allocation.titles import METHOD_TITLES
from openets.banking.procedures import BINDING, SUSPENSE_ITEM, WITHDRAWAL
from openets.casework.models import Case
from openets.casework.procedure import Procedure
from openets.clearing.procedures import MARKET_REPORT, OBJECTION, RESERVE_USE
from openets.compliance.duty import Status as DutyStatus
from openets.compliance.procedures import ADVANCE, EXCESS, NATIONAL_OFFSET, OFFSET
from openets.mrv.procedures import (
    MONITORING_PLAN,
    REPORT,
    REPORT_CORRECTION,
    RESTATEMENT,
    RESULT_CORRECTION,
    VERIFICATION,
)
from openets.opening.procedures import (
    PLATFORM_CERTIFICATION,
    REGISTRY_OPENING,
    TRADING_OPENING,
)
from openets.parties.roles import TITLES, Role
from openets.registry.kinds import ACCOUNT_TITLES, TRANSACTION_KINDS, AccountKind, UnitKind
from openets.registry.models import Lot
from openets.registry.names import account_kind
from openets.registry.procedures import CLOSING, LOCK, MEASURE, REGISTRY_TRANSACTION
from openets.registry.titles import ORIGIN_TITLES, UNIT_TITLES, lot_title
from openets.roster.procedures import CHANGE, LISTING
from openets.supervision.procedures import QUESTION, REGISTRATION_RULES, TRADING_RULES
from openets.surveillance.procedures import ALERT, LARGE_HOLDER, RISK_REPORT
from openets.trading.procedures import HALT, INTERVENTION, MARKET_DAY, PRODUCT_LISTING
from openets.treasury.procedures import BUY_BACK, PAID_APPLICATION, PAID_ISSUE
from openets.verification.procedures import ASSESSMENT, FINDING, WORK
from openets.web.language import Said
from openets.web.parts import Choice, Status

PROCEDURES = {
    procedure.name: procedure
    for procedure in (
        *(LISTING, CHANGE),
        *(MONITORING_PLAN, REPORT, REPORT_CORRECTION),
        *(WORK, FINDING, VERIFICATION, RESULT_CORRECTION, RESTATEMENT, ASSESSMENT),
        *(PLAN, DETERMINATION, PRE_ALLOCATION),
        *(REGISTRY_OPENING, TRADING_OPENING, PLATFORM_CERTIFICATION),
        *(OFFSET, NATIONAL_OFFSET, ADVANCE, EXCESS),
        *(REGISTRY_TRANSACTION, LOCK, MEASURE, CLOSING),
        *(MARKET_DAY, HALT, INTERVENTION, PRODUCT_LISTING),
        *(ALERT, LARGE_HOLDER, RISK_REPORT),
        *(PAID_APPLICATION, PAID_ISSUE, BUY_BACK),
        *(WITHDRAWAL, BINDING, SUSPENSE_ITEM, OBJECTION, MARKET_REPORT, RESERVE_USE),
        *(QUESTION, REGISTRATION_RULES, TRADING_RULES),
    )
}
"""Every procedure of the rooms, in the order of the year."""

METHODS = {name: Said(*title) for name, title in METHOD_TITLES.items()}
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
    "listed_price": Said("挂牌点选", "Listed price"),
    "negotiated_transfer": Said("协议转让", "Negotiated"),
    "block_deal": Said("大宗交易", "Block deal"),
    "one_way_auction": Said("单向竞价", "Auction"),
}


def lot_label(lot: Lot) -> Said:
    """A lot in words: its vintage, origin and kind, and its project if it has one."""
    return unit_label(lot.kind, lot.vintage_year, lot.origin, lot.project)


def lot_note(lot: Lot) -> Said:
    """The code of a lot, with its serials or how many batches (批次) it was issued in."""
    if lot.serial_from is not None:
        run = f"{lot.serial_from}–{lot.serial_to}"
        return Said(f"{lot.code} · 序列号 {run}", f"{lot.code} · serials {run}")
    if not lot.issues:
        return Said(lot.code, lot.code)
    batches = "batch" if lot.issues == 1 else "batches"
    return Said(f"{lot.code} · 分 {lot.issues} 批发放", f"{lot.code} · {lot.issues} {batches}")


def with_batch(event: Said, batch: int | None) -> Said:
    """A movement in words, and of an issue which one of its lot it is."""
    if batch is None:
        return event
    return Said(f"{event.zh}（第 {batch} 批）", f"{event.en} (batch {batch})")


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


def which(procedure: Procedure, case: Case) -> Said:
    """Which of the cases of its organisation one is."""
    return Said(*procedure.which(case.subject, year=case.year, number=case.pk))


def state_of(procedure: Procedure, state: str) -> Said:
    """A state of a procedure in words."""
    found = procedure.states[state]
    return Said(found.zh, found.en)


def move_of(procedure: Procedure, move: str) -> Said:
    """A move of a procedure in words; every case begins with being opened."""
    found = procedure.moves.get(move)
    return Said(found.zh, found.en) if found else Said("立案", "Opened")


def note_of(procedure: Procedure, move: str, note: str) -> Said:
    """The note of a step in words."""
    found = procedure.moves.get(move)
    return Said(*found.note_in_words(note)) if found else Said(note, note)


def doer(role: str, name: str) -> Said:
    """Who did something: the role and the name, which may be that of the role's seat."""
    title, called = role_of(role), seat(role, name)
    if called.zh.startswith(title.zh):
        return called
    return Said(f"{title.zh} · {called.zh}", f"{title.en} · {called.en}")


def seat(role: str, name: str) -> Said:
    """A name; one that only says the role and a number is said in both languages."""
    title = role_of(role)
    if not name.startswith(title.zh):
        return Said(name, name)
    return Said(name, title.en + name.removeprefix(title.zh))


def role_of(role: str) -> Said:
    """A role in words."""
    return Said(*TITLES[Role(role)])


def use_of_reserve(kind: str) -> Said:
    """What a transaction uses the government reserve for (预留配额用途). Source: CQETS-13."""
    if kind == "sell_reserve":
        return Said("有偿分配", "Paid allocation")
    title = TRANSACTION_KINDS[kind]
    return Said(title.zh, title.en)
