"""What may happen in surveillance. The door of the room: all operations are passed on."""

from openets.surveillance.alerts import (
    DayNotOver,
    MeasureOfAnother,
    dismiss,
    propose_measure,
    report_alert,
    review,
    survey_day,
    take_measure,
)
from openets.surveillance.large_holders import (
    ReportIncomplete,
    ask_large_holders,
    file_large_holder,
    read_large_holder,
)
from openets.surveillance.relations import AlreadyRelated, NotRelated, end_relation, relate
from openets.surveillance.weekly import NotAWeek, WeekNotOver, WeekReported, report_week

__all__ = [
    "AlreadyRelated",
    "DayNotOver",
    "MeasureOfAnother",
    "NotAWeek",
    "NotRelated",
    "ReportIncomplete",
    "WeekNotOver",
    "WeekReported",
    "ask_large_holders",
    "dismiss",
    "end_relation",
    "file_large_holder",
    "propose_measure",
    "read_large_holder",
    "relate",
    "report_alert",
    "report_week",
    "review",
    "survey_day",
    "take_measure",
]
