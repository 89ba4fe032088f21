"""What may happen to allowances between the verified numbers and the registry: the door."""

from openets.allocation.determining import (
    AlreadyCalculated,
    NotAnAllowance,
    NotATrial,
    RunOutdated,
    Undecided,
    accept,
    accept_unopposed,
    calculate,
    decide_objection,
    determine,
    follow_correction,
    notify,
    object_to_result,
    propose,
)
from openets.allocation.issuing import (
    ReserveNotReady,
    issue,
    request_issue,
    set_aside_reserve,
)
from openets.allocation.pre_allocating import (
    cancel_pre_allocation,
    dismiss_risk,
    release_pre_allocation,
    report_risk,
)
from openets.allocation.waiting import (
    NothingWaiting,
    NotYourOwn,
    subject_of,
)

__all__ = [
    "AlreadyCalculated",
    "NotATrial",
    "NotAnAllowance",
    "NotYourOwn",
    "NothingWaiting",
    "ReserveNotReady",
    "RunOutdated",
    "Undecided",
    "accept",
    "accept_unopposed",
    "calculate",
    "cancel_pre_allocation",
    "decide_objection",
    "determine",
    "dismiss_risk",
    "follow_correction",
    "issue",
    "notify",
    "object_to_result",
    "propose",
    "release_pre_allocation",
    "report_risk",
    "request_issue",
    "set_aside_reserve",
    "subject_of",
]
