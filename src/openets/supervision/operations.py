"""What may happen in supervision: the door of the room."""

from openets.supervision.assistance import (
    NoContact,
    NotOfTheBureaux,
    NotTheContact,
    QuestionEmpty,
    answer,
    ask,
    assign_contact,
)
from openets.supervision.districts import NotOfTheBureau, NotYourBureau, name_lead
from openets.supervision.reporting import (
    EmptyPeriod,
    NotAPeriod,
    PeriodNotOver,
    ReportedAlready,
    report_operation,
)
from openets.supervision.rules import (
    ApprovalMissing,
    NotLaterThanFormer,
    RulesEmpty,
    approve_rules,
    draft_rules,
    publish_rules,
    return_rules,
    submit_rules,
)

__all__ = [
    "ApprovalMissing",
    "EmptyPeriod",
    "NoContact",
    "NotAPeriod",
    "NotLaterThanFormer",
    "NotOfTheBureau",
    "NotOfTheBureaux",
    "NotTheContact",
    "NotYourBureau",
    "PeriodNotOver",
    "QuestionEmpty",
    "ReportedAlready",
    "RulesEmpty",
    "answer",
    "approve_rules",
    "ask",
    "assign_contact",
    "draft_rules",
    "name_lead",
    "publish_rules",
    "report_operation",
    "return_rules",
    "submit_rules",
]
