"""What may be asked of surveillance: alerts, their evidence on the book, reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from openets.parties.models import Organisation
from openets.surveillance.alerts import found_on
from openets.surveillance.facts import Entered
from openets.surveillance.large_holders import Standing, standings
from openets.surveillance.models import Alert, LargeHolderReport, Relation, RiskReport
from openets.surveillance.reading import changes_among, changes_of, orders_of, trades_of
from openets.surveillance.relations import related_on
from openets.surveillance.replay import Frame, book_at, moments
from openets.trading.models import Product

__all__ = [
    "Replay",
    "Standing",
    "alert",
    "alerts",
    "entered",
    "found_on",
    "large_holder_report",
    "large_holder_reports",
    "related_on",
    "relations",
    "replay",
    "risk_reports",
    "standings",
    "step_of",
]


@dataclass(frozen=True, slots=True)
class Replay:
    """A step through a product's day: the book after one batch, and how many steps there are."""

    steps: Sequence[int]
    """The batches that changed something, in their order."""
    step: int
    frame: Frame | None
    """None on a day without orders."""


def alerts() -> QuerySet[Alert]:
    """All alerts, the newest first. Source: CQETS-21."""
    return Alert.objects.select_related("product", "measure")


def alert(number: int) -> Alert | None:
    """The alert of a row's number, or None."""
    return alerts().filter(pk=number).first()


def relations() -> QuerySet[Relation]:
    """The recorded relations of participants."""
    return Relation.objects.select_related("one", "other")


def large_holder_reports(holders: QuerySet[Organisation]) -> QuerySet[LargeHolderReport]:
    """The reports of these holders, due and filed, newest first."""
    found = LargeHolderReport.objects.filter(holder__in=holders)
    return found.select_related("holder")


def large_holder_report(number: int) -> LargeHolderReport | None:
    """The report of a row's number, or None."""
    return LargeHolderReport.objects.select_related("holder").filter(pk=number).first()


def risk_reports() -> QuerySet[RiskReport]:
    """The weekly reports, newest first."""
    return RiskReport.objects.all()


def entered(product: Product, day: date) -> Mapping[int, Entered]:
    """The orders of a product entered on a day, by number."""
    return orders_of(product, day)


def step_of(alert: Alert) -> int:
    """The step of the day's replay at which the evidence of an alert begins."""
    steps = replay(alert.product, alert.day, step=1).steps
    moments_of = {change.batch: change.at for change in changes_of(alert.day)}
    before = [batch for batch in steps if moments_of[batch] < alert.from_at]
    return len(before) + 1


def replay(product: Product, day: date, *, step: int) -> Replay:
    """The book of a product after a step of its day, the first being 1; beyond the last, the last.

    Source: CQETS-21.
    """
    orders = orders_of(product, day)
    changes = changes_among(list(orders), changes_of(day))
    steps = moments(changes)
    if not steps:
        return Replay((), 0, None)
    at = min(max(step, 1), len(steps))
    trades = trades_of(product, day, day)
    frame = book_at(steps[at - 1], orders=orders, changes=changes, trades=trades)
    return Replay(steps, at, frame)
