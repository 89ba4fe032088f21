"""What may happen between the market and its bank."""

from openets.banking.exchange import (
    AdviceDiffers,
    FileNameUsed,
    InstructionDiffers,
    NotAwaited,
    NotOurInstruction,
    StatementKnown,
    hand_over,
    prepare,
    receive,
    run,
)
from openets.banking.requests import (
    BindingUnderWay,
    NoBankNumber,
    NoSuchRequest,
    OutsideWithdrawalHours,
    approve_withdrawal,
    ask_binding,
    ask_withdrawal,
    bind_or_ask,
    cancel_withdrawal,
)
from openets.banking.suspense import (
    NoSuchItem,
    confirm,
    drop,
    propose_booking,
    propose_return,
)

__all__ = [
    "AdviceDiffers",
    "BindingUnderWay",
    "FileNameUsed",
    "InstructionDiffers",
    "NoBankNumber",
    "NoSuchItem",
    "NoSuchRequest",
    "NotAwaited",
    "NotOurInstruction",
    "OutsideWithdrawalHours",
    "StatementKnown",
    "approve_withdrawal",
    "ask_binding",
    "ask_withdrawal",
    "bind_or_ask",
    "cancel_withdrawal",
    "confirm",
    "drop",
    "hand_over",
    "prepare",
    "propose_booking",
    "propose_return",
    "receive",
    "run",
]
