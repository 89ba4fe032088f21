"""What may happen in the registry. The door of the room: all operations are passed on."""

from openets.registry.accounts import (
    NoAccount,
    NotYourAccount,
    open_accounts,
    open_system_accounts,
    receiving_positions,
    reserve_left,
)
from openets.registry.basis import BasisMissing, SaleGoesThroughTheExchange
from openets.registry.blocks import Step
from openets.registry.blocks import follow as move_serials
from openets.registry.certificates import cancel_voluntarily, new_code
from openets.registry.change import Portion, UnitsAwaitDecision, UnitsInOrders, move_for_change
from openets.registry.closing import AccountNotEmpty, ask_closing, close_account, refuse_closing
from openets.registry.filings import (
    NotYourFiling,
    SameHolder,
    Wanted,
    approve,
    execute_due,
    expire_filed,
    file_opposite,
    file_taking,
    file_transfer,
    reject,
    withdraw_filing,
)
from openets.registry.freezing import (
    NotTheOwner,
    OverLocked,
    ask_lifting,
    keep_lock,
    lift_lock,
    order_lock,
    place_lock,
    refuse_lock,
)
from openets.registry.grounds import DocumentMissing
from openets.registry.importing import FormerRowsRefused, import_carry_over
from openets.registry.issuing import (
    Issue,
    SaleNotDecided,
    UnpaidNotCarriedOver,
    cancel_reserve,
    carry_over,
    carry_over_reserve,
    issue,
    issue_frozen,
    register_credits,
    set_aside_reserve,
)
from openets.registry.linking import Link, NotLinked, NotYourNumber, link_accounts
from openets.registry.locks import (
    NothingLocked,
    change_lock,
    lock_units,
    release_locked,
    use_locked,
    withdraw_locked,
)
from openets.registry.lots import LotOf, NoSuchLot
from openets.registry.minimum import BelowMinimumHolding, RecordHandedOn, end_minimum_holding
from openets.registry.movement import CannotBeUndone, KindForbids, ReferenceReused, UndoneBefore
from openets.registry.own_movement import move_between_own
from openets.registry.parts import MoreThanMoved, NotAnAmount, NotEnoughUnits
from openets.registry.restricting import (
    MeasureEndsBeforeItBegins,
    MeasureExists,
    NothingBarred,
    decide_lifting,
    decide_measure,
    execute_measure,
    lift_measure,
    withdraw_measure,
)
from openets.registry.selling import buy_back, sell_reserve
from openets.registry.standing import AccountClosed, AccountRestricted
from openets.registry.stopping import (
    StillTimeToClose,
    decide_stop,
    last_day_to_close,
    stop_accounts,
)
from openets.registry.surrendering import return_surrendered, surrender, surrender_from_lock

__all__ = [
    "AccountClosed",
    "AccountNotEmpty",
    "AccountRestricted",
    "BasisMissing",
    "BelowMinimumHolding",
    "CannotBeUndone",
    "DocumentMissing",
    "FormerRowsRefused",
    "Issue",
    "KindForbids",
    "Link",
    "LotOf",
    "MeasureEndsBeforeItBegins",
    "MeasureExists",
    "MoreThanMoved",
    "NoAccount",
    "NoSuchLot",
    "NotAnAmount",
    "NotEnoughUnits",
    "NotLinked",
    "NotTheOwner",
    "NotYourAccount",
    "NotYourFiling",
    "NotYourNumber",
    "NothingBarred",
    "NothingLocked",
    "OverLocked",
    "Portion",
    "RecordHandedOn",
    "ReferenceReused",
    "SaleGoesThroughTheExchange",
    "SaleNotDecided",
    "SameHolder",
    "Step",
    "StillTimeToClose",
    "UndoneBefore",
    "UnitsAwaitDecision",
    "UnitsInOrders",
    "UnpaidNotCarriedOver",
    "Wanted",
    "approve",
    "ask_closing",
    "ask_lifting",
    "buy_back",
    "cancel_reserve",
    "cancel_voluntarily",
    "carry_over",
    "carry_over_reserve",
    "change_lock",
    "close_account",
    "decide_lifting",
    "decide_measure",
    "decide_stop",
    "end_minimum_holding",
    "execute_due",
    "execute_measure",
    "expire_filed",
    "file_opposite",
    "file_taking",
    "file_transfer",
    "import_carry_over",
    "issue",
    "issue_frozen",
    "keep_lock",
    "last_day_to_close",
    "lift_lock",
    "lift_measure",
    "link_accounts",
    "lock_units",
    "move_between_own",
    "move_for_change",
    "move_serials",
    "new_code",
    "open_accounts",
    "open_system_accounts",
    "order_lock",
    "place_lock",
    "receiving_positions",
    "refuse_closing",
    "refuse_lock",
    "register_credits",
    "reject",
    "release_locked",
    "reserve_left",
    "return_surrendered",
    "sell_reserve",
    "set_aside_reserve",
    "stop_accounts",
    "surrender",
    "surrender_from_lock",
    "use_locked",
    "withdraw_filing",
    "withdraw_locked",
    "withdraw_measure",
]
