"""What may happen to a market day: reconciled, explained, confirmed, closed, reopened."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import SerializationFailure

from openets.casework import operations as casework
from openets.journal import operations as journal
from openets.journal import queries as recorded
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties.roles import Role
from openets.reconciliation import queries
from openets.reconciliation.books import Books
from openets.reconciliation.compare import compare
from openets.reconciliation.findings import Finding
from openets.reconciliation.models import Closing, Difference, Reconciliation
from openets.reconciliation.sums import sums
from openets.trading import queries as trading
from openets.trading.procedures import MARKET_DAY

ARTICLE = "CQETS-23"
_ATTEMPTS = 5
_EXPLAINING = "differences"

_END_CLOSINGS = """
update reconciliation_closing set until = %s where until is null and account = any(%s)"""
_ADD_CLOSINGS = """
insert into reconciliation_closing (day, account, posted, pending)
select %s, * from unnest(%s::int[], %s::bigint[], %s::bigint[])"""

Result = TypeVar("Result")


class EarlierDayNotClosed(Refusal):
    """Days are reconciled and closed in their order, each from the end of the one before."""

    code = "earlier_day_not_closed"
    article = ARTICLE
    zh = "较早的市场日 {earlier} 尚未日结，不能办理 {day}"
    en = "The market day {earlier} is not closed yet; {day} has to wait"
    remedy_zh = "请先完成 {earlier} 的对账和日结"
    remedy_en = "Reconcile and close {earlier} first"


class LaterDayReconciled(Refusal):
    """A later day was reconciled from the end of this one."""

    code = "later_day_reconciled"
    article = ARTICLE
    zh = "{later} 已在 {day} 的基础上对账，{day} 不能重新打开"
    en = "{later} was reconciled from the end of {day}, which can no longer be reopened"
    remedy_zh = "请以新的业务更正，并在当日对账中说明"
    remedy_en = "Correct it by a new movement and explain it on its own day"


class DifferencesUnsettled(Refusal):
    """A day with differences is closed only when each is explained, and corrected or deferred."""

    code = "differences_unsettled"
    article = "CQETS-5.2c"
    zh = "{day} 尚有 {count} 项差异未说明或未更正，首项：{first}"
    en = "{day} has {count} differences that are not explained and corrected yet, first {first}"
    remedy_zh = "请逐项说明，并引用更正业务或由市生态环境局决定延后"
    remedy_en = "Explain each and name its correction, or let the city bureau decide to defer it"


class NoSuchDifference(Refusal):
    """The day has no such difference."""

    code = "no_such_difference"
    article = ARTICLE
    zh = "没有编号为 {number} 的差异"
    en = "There is no difference {number}"
    remedy_zh = "请从该市场日的差异表中选择"
    remedy_en = "Choose one from the table of the day"


class NotExplainable(Refusal):
    """Differences are explained between the day's reconciliation and its confirmation."""

    code = "not_explainable"
    article = ARTICLE
    zh = "{day} 的差异现在不能说明：该市场日未处于“存在差异”状态，或该差异已消失"
    en = "{day} does not stand at “differences found”, or the difference is gone"
    remedy_zh = "请先重新对账，或由市生态环境局重新打开该日"
    remedy_en = "Reconcile the day again, or let the city bureau reopen it"


class NothingExplained(Refusal):
    """An explanation says something."""

    code = "nothing_explained"
    article = ARTICLE
    zh = "说明不能为空"
    en = "The explanation is empty"
    remedy_zh = "请写明差异的原因"
    remedy_en = "Say what caused the difference"


class NoSuchCorrection(Refusal):
    """A correction is something that was done, and so stands in the journal."""

    code = "no_such_correction"
    article = "CQETS-5.2b"
    zh = "日志中没有编号为“{correction}”的业务"
    en = "The journal knows nothing of “{correction}”"
    remedy_zh = "请填写更正业务的编号，例如 deposit/E001/2023-12-05"
    remedy_en = "Give the correcting movement as the journal names it, such as deposit/E001/..."


def reconcile(*, day: date, acting: Acting, at: datetime) -> Reconciliation:
    """Seal the journal, compare the four books of a day and keep what was found (日终对账).

    May be repeated until the day is closed; then what is no longer found is marked as gone and
    explanations stay. Source: CQETS-23, CQETS-5.2c.

    Raises:
        NotYourRole, EarlierDayNotClosed, NoSuchDay.
        WrongState: the day is closed.
    """
    acting.must_be(Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK, article=ARTICLE)
    return _at_one_moment(lambda: _reconcile(day, acting, at))


@transaction.atomic
def explain(
    *, day: date, number: int, note: str, correction: str = "", acting: Acting, at: datetime
) -> Difference:
    """Say why a difference is there, and which movement corrected it (差异说明).

    `correction` is the subject of a journal entry; without one the bureau has to defer it.
    Source: CQETS-5.2c.

    Raises:
        NotYourRole, NothingExplained, NoSuchCorrection, NoSuchDifference, NotExplainable.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, Role.REGISTRY_OPERATOR, article="CQETS-5.2c")
    note, correction = note.strip(), correction.strip()
    if not note:
        raise NothingExplained(field="note")
    if correction and not recorded.is_recorded(correction):
        raise NoSuchCorrection(field="correction", correction=correction)
    found = _explainable(day, number)
    if (found.note, found.correction) == (note, correction):
        return found
    found.note, found.correction, found.explained_by = note, correction, acting.person
    found.save()
    _record("explain", found, acting, at, {"note": note, "correction": correction})
    return found


@transaction.atomic
def defer(*, day: date, number: int, reasons: str, acting: Acting, at: datetime) -> Difference:
    """Decide that the correction of an explained difference may wait (延后处理).

    Source: CQETS-5.2c, CQETS-5.4.

    Raises:
        NotYourRole, NothingExplained, NoSuchDifference, NotExplainable.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-5.4")
    reasons = reasons.strip()
    found = _explainable(day, number)
    if not reasons or not found.note:
        raise NothingExplained(field="reasons")
    if found.deferral == reasons:
        return found
    found.deferral, found.deferred_by = reasons, acting.person
    found.save()
    _record("defer", found, acting, at, {"reasons": reasons})
    return found


@transaction.atomic
def confirm(*, day: date, acting: Acting, at: datetime) -> None:
    """Confirm the day for the exchange (交易机构确认). Source: CQETS-23.

    Raises:
        NotYourRole, NoSuchDay, WrongState, DifferencesUnsettled.
    """
    _move("confirm", day, acting, at)


@transaction.atomic
def close(*, day: date, acting: Acting, at: datetime) -> None:
    """Close the day for the registry, whose record is final (登记机构日结). Source: CQETS-5.2c.

    Raises:
        NotYourRole, NoSuchDay, WrongState, DifferencesUnsettled.
        SamePerson: the same person confirmed it for the exchange.
    """
    _move("close", day, acting, at)


@transaction.atomic
def reopen(*, day: date, reasons: str, acting: Acting, at: datetime) -> None:
    """Open a closed day again, to be reconciled and closed anew. Source: CQETS-5.4.

    Raises:
        NotYourRole, ReasonsMissing, NoSuchDay, WrongState, LaterDayReconciled.
    """
    queries.must_be_market_day(day)
    later = Reconciliation.objects.filter(day__gt=day).first()
    casework.move_cases(MARKET_DAY, "reopen", [day.isoformat()], acting=acting, at=at, note=reasons)
    if later is not None:
        raise LaterDayReconciled(day=day, later=later.day)


def _at_one_moment(act: Callable[[], Result]) -> Result:
    """Do all of it as of one moment, and again if somebody else wrote the same rows meanwhile."""
    for attempt in range(_ATTEMPTS):
        outermost = not connection.in_atomic_block
        try:
            with transaction.atomic():
                if outermost:
                    with connection.cursor() as cursor:
                        cursor.execute("set transaction isolation level repeatable read")
                return act()
        except OperationalError as fault:
            again = outermost and isinstance(fault.__cause__, SerializationFailure)
            if not again or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError


def _reconcile(day: date, acting: Acting, at: datetime) -> Reconciliation:
    queries.must_be_market_day(day)
    earlier = trading.unclosed_day(before=day)
    if earlier is not None:
        raise EarlierDayNotClosed(day=day, earlier=earlier)
    journal.seal(at=at)
    last = Reconciliation.objects.filter(day__lte=day).order_by("-day")[:2]
    known = {result.day: result for result in last}
    again = known.pop(day, None)
    before = next(iter(known.values()), None)
    if again:
        # Back to the end of the day before.
        Closing.objects.filter(day__gte=day).delete()
        Closing.objects.filter(until__gte=day).update(until=None)
    books = queries.read_books(after=before.cut if before else queries.BEGINNING, day=day)
    findings = compare(books)
    result = Reconciliation.of(day=day, until=books.until, sums=sums(books), at=at, acting=acting)
    result.save(force_insert=again is None, force_update=again is not None)
    if findings or again:
        _keep_findings(result, findings, at)
    _keep_closings(day, books)
    journal.record(
        operation="reconciliation.reconcile",
        subject=f"day/{day}",
        acting=acting,
        at=at,
        article=ARTICLE,
        content={
            "after": books.after.head.digest,
            "head": books.until.head.digest,
            "sums": result.sums,
            "differences": [finding.key for finding in findings],
        },
    )
    move = "differ" if findings else "agree"
    casework.move_cases(MARKET_DAY, move, [day.isoformat()], acting=acting, at=at)
    return result


def _keep_findings(result: Reconciliation, findings: Iterable[Finding], at: datetime) -> None:
    known = {row.key: row for row in result.differences.all()}
    for finding in findings:
        says = {
            "what": finding.what,
            "participant": finding.participant,
            "product": finding.product,
            "one": finding.one,
            "one_says": finding.one_says,
            "other": finding.other,
            "other_says": finding.other_says,
            "entry": finding.entry,
            "gone_at": None,
        }
        row = known.pop(finding.key, None) or Difference(
            reconciliation=result,
            key=finding.key,
            kind=finding.kind,
            subject=finding.subject,
            account=finding.account,
            found_at=at,
        )
        for name, value in says.items():
            setattr(row, name, value)
        row.save()
    for row in known.values():
        if row.gone_at is None:
            row.gone_at = at
            row.save()


def _keep_closings(day: date, books: Books) -> None:
    """What the day before and the day's movements give; an account that stands otherwise differs
    again the next day, until it is put right.
    """
    moved = {
        row["id"]: books.ends[row["id"]]
        for row in books.accounts
        if books.ends[row["id"]] != row["before"]
    }
    columns = [
        list(moved),
        [end.posted for end in moved.values()],
        [end.pending for end in moved.values()],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_END_CLOSINGS, [day, columns[0]])
        cursor.execute(_ADD_CLOSINGS, [day, *columns])


def _explainable(day: date, number: int) -> Difference:
    rows = Difference.objects.select_for_update().filter(reconciliation=day, pk=number)
    found = rows.first()
    if found is None:
        raise NoSuchDifference(number=number)
    if found.gone_at is not None or queries.must_be_market_day(day).state != _EXPLAINING:
        raise NotExplainable(day=day)
    return found


def _record(
    what: str, found: Difference, acting: Acting, at: datetime, content: dict[str, str]
) -> None:
    journal.record(
        operation=f"reconciliation.{what}",
        subject=f"day/{found.reconciliation_id}",
        acting=acting,
        at=at,
        article="CQETS-5.2c",
        content={"difference": found.key, **content},
    )


def _move(move: str, day: date, acting: Acting, at: datetime) -> None:
    queries.must_be_market_day(day)
    casework.move_cases(MARKET_DAY, move, [day.isoformat()], acting=acting, at=at)
    open_ones = [d for d in Difference.objects.filter(reconciliation=day) if not d.is_settled]
    if open_ones:
        first = open_ones[0]
        raise DifferencesUnsettled(
            day=day, count=len(open_ones), first=f"{first.kind} {first.subject}"
        )
