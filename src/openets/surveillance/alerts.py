"""Alerts: a day is surveyed once it is over, and people say what follows of what was found."""

from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import operations as party_operations
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.registry.models import Measure
from openets.rulebook.load import Law
from openets.surveillance.facts import Signal
from openets.surveillance.models import Alert
from openets.surveillance.patterns import signals
from openets.surveillance.procedures import ALERT
from openets.surveillance.reading import read_days
from openets.surveillance.relations import related_on
from openets.surveillance.thresholds import Thresholds
from openets.trading import queries as trading
from openets.trading.models import DailySheet


class DayNotOver(Refusal):
    """A day is surveyed as a whole."""

    code = "day_not_over"
    article = "CQETS-21"
    zh = "{day} 尚未收市，不能进行日终监察"
    en = "{day} is not closed; it is surveyed as a whole"
    remedy_zh = "请于收市、公布日行情后办理"
    remedy_en = "Survey it after its sheets are published"


class MeasureOfAnother(Refusal):
    """The measure taken is one on a party of the alert."""

    code = "measure_of_another"
    article = "CQETS-30"
    zh = "措施 {measure} 针对 {holder}，不是预警涉及的主体（{parties}）"
    en = "{measure} is a measure on {holder}, who is no party of the alert ({parties})"
    remedy_zh = "请选择针对预警涉及主体的措施"
    remedy_en = "Choose a measure on one of the parties"


def found_on(day: date, *, law: Law) -> tuple[dict[str, list[Signal]], list[str]]:
    """The signals of a day by product, and the patterns that were not looked for.

    Nothing is kept. Source: CQETS-21, CQVER-25.2.
    """
    limits = Thresholds.of(law, day)
    found: dict[str, list[Signal]] = {}
    missing: list[str] = []
    for traded in read_days(day, law=law, limits=limits, related=related_on(day)):
        found[traded.product], missing = signals(traded, limits)
    return found, missing


@transaction.atomic
def survey_day(*, day: date, law: Law, acting: Acting, at: datetime) -> list[Alert]:
    """Look for every pattern in a day that is over (日终监察) and open a case for each alert.

    A day surveyed again gives only what was not found before. Which patterns were not looked for,
    because nobody has set their numbers, stands in the journal. Source: CQETS-21, CQVER-25.2.

    Raises:
        NotYourRole, DayNotOver.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.MARKET_CLOCK, article="CQETS-21")
    if not DailySheet.objects.filter(day=day).exists():
        raise DayNotOver(day=day)
    exchange = parties.must_be_designated(Role.EXCHANGE_OPERATOR, day)
    party_operations.lock_organisations([exchange])
    found, missing = found_on(day, law=law)
    products = {product.code: product for product in trading.products()}
    alerts = {
        f"{day.isoformat()}/{signal.pattern}/{code}/{signal.subject}": Alert(
            pattern=signal.pattern,
            product=products[code],
            day=day,
            parties=list(signal.parties),
            figures=dict(signal.figures),
            orders=list(signal.orders),
            trades=list(signal.trades),
            from_at=signal.from_at,
            until_at=signal.until_at,
            found_at=at,
        )
        for code, many in found.items()
        for signal in many
    }
    before = set(Alert.objects.filter(reference__in=alerts).values_list("reference", flat=True))
    new = []
    for reference, alert in alerts.items():
        if reference not in before:
            alert.reference = reference
            new.append(alert)
    casework.open_cases(
        ALERT,
        [casework.NewCase(alert.reference, exchange, day.year) for alert in new],
        acting=acting,
        at=at,
        article="CQETS-21",
    )
    journal.record(
        operation="surveillance.survey_day",
        subject=f"survey/{day.isoformat()}",
        acting=acting,
        at=at,
        article="CQETS-21",
        content={"alerts": [alert.reference for alert in new], "not_configured": missing},
    )
    return Alert.objects.bulk_create(new)


@transaction.atomic
def review(*, alert: Alert, acting: Acting, at: datetime) -> None:
    """Begin the review of an alert (核查). Source: CQETS-21.

    Raises:
        NotYourRole, WrongState.
    """
    casework.move_cases(ALERT, "review", [alert.reference], acting=acting, at=at)


@transaction.atomic
def dismiss(*, alert: Alert, reasons: str, acting: Acting, at: datetime) -> None:
    """Dismiss an alert with reasons (排除). Source: CQETS-21.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    casework.move_cases(ALERT, "dismiss", [alert.reference], acting=acting, at=at, note=reasons)


@transaction.atomic
def propose_measure(*, alert: Alert, reasons: str, acting: Acting, at: datetime) -> None:
    """Propose a measure on a party of an alert. Source: CQETS-30.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    casework.move_cases(ALERT, "propose", [alert.reference], acting=acting, at=at, note=reasons)


@transaction.atomic
def take_measure(*, alert: Alert, measure: Measure, acting: Acting, at: datetime) -> None:
    """Close an alert with the measure that was decided on one of its parties. Source: CQETS-30.

    The measure itself is decided and carried out by `registry` and `trading`.

    Raises:
        NotYourRole, WrongState, SamePerson, MeasureOfAnother.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article="CQETS-30")
    if measure.holder.code not in alert.parties:
        raise MeasureOfAnother(
            measure=measure.reference,
            holder=measure.holder.name,
            parties=", ".join(alert.parties) or "-",
        )
    note = measure.reference
    casework.move_cases(ALERT, "take", [alert.reference], acting=acting, at=at, note=note)
    alert.measure = measure
    alert.save(update_fields=["measure"])


@transaction.atomic
def report_alert(*, alert: Alert, reasons: str, acting: Acting, at: datetime) -> None:
    """Report an alert to the authorities (报告主管部门), who get a notice. Source: CQETS-21.

    Raises:
        NotYourRole, ReasonsMissing, WrongState.
    """
    casework.move_cases(ALERT, "report", [alert.reference], acting=acting, at=at, note=reasons)
