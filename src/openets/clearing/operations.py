"""What may happen after the close."""

from openets.clearing.publishing import PeriodNotOver, publish
from openets.clearing.reserve import (
    NoSuchUse,
    RecoveredInFull,
    approve,
    drop,
    propose,
    recover,
)
from openets.clearing.serving import (
    LaterDayCleared,
    NoSuchStatement,
    NotClosedYet,
    ObjectedAlready,
    ObjectionEmpty,
    ObjectionOver,
    decide,
    object_to,
    serve,
)

__all__ = [
    "LaterDayCleared",
    "NoSuchStatement",
    "NoSuchUse",
    "NotClosedYet",
    "ObjectedAlready",
    "ObjectionEmpty",
    "ObjectionOver",
    "PeriodNotOver",
    "RecoveredInFull",
    "approve",
    "decide",
    "drop",
    "object_to",
    "propose",
    "publish",
    "recover",
    "serve",
]
