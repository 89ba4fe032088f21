"""What a review does to a duty that runs already: more time, another amount, the excess back.

The notified amount stays due while a review is open. Its decision replaces the amount; what was
surrendered beyond it returns, by a second person. Source: AMB-31.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from openets.casework import operations as casework
from openets.casework.objection import ReasonsMissing
from openets.compliance import duties
from openets.compliance.models import DutyEvent, LiveDuty
from openets.compliance.obligation import NotNotified, Obligation, surrender_deadline
from openets.compliance.procedures import EXCESS
from openets.compliance.status import Kind, NoDeadline
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.mrv import queries as mrv
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as movements
from openets.rulebook.load import Law


class DeadlineOver(Refusal):
    """An extension is given while there is time; afterwards the status is what it is."""

    code = "deadline_over"
    article = "CQ208-2b"
    zh = "清缴期限 {deadline} 已届满，不能延期"
    en = "The deadline {deadline} has passed and cannot be extended"
    remedy_zh = "延期应在期限届满前记录"
    remedy_en = "Record an extension before the deadline passes"


class ReviewStillOpen(Refusal):
    """The notified amount stays due until the review is decided."""

    code = "review_still_open"
    article = "CQETS-25.2b"
    zh = "{name} {year} 年度核查结果尚未最终确定，已告知的应清缴量不变"
    en = "The verification of {name} for {year} is not final; the notified amount stays due"
    remedy_zh = "请待复核决定作出后办理"
    remedy_en = "Wait for the decision on the review"


class NothingInExcess(Refusal):
    """No more was surrendered than is due."""

    code = "nothing_in_excess"
    article = "CQETS-26"
    zh = "{name} {year} 年度没有多缴的配额"
    en = "{name} has surrendered nothing beyond its duty of {year}"
    remedy_zh = "无需退还"
    remedy_en = "There is nothing to return"


@transaction.atomic
def extend_deadline(
    *,
    organisation: Organisation,
    year: int,
    to: date,
    reason: str,
    law: Law,
    acting: Acting,
    at: datetime,
) -> date:
    """Give one entity until the end of `to` to surrender for a year (延期), with the reason.

    Told before the present deadline has passed; the same day again changes nothing.
    Source: CQ208-2b, AMB-31.

    Raises:
        NotYourRole, ReasonsMissing, NotNotified, NoDeadline, DeadlineOver, ExtensionNotAllowed,
        ExtensionNotLater.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQ208-2b")
    if not reason.strip():
        raise ReasonsMissing(field="reason", article="CQ208-2b")
    if duties.lock(organisation, year).verified_t is None:
        raise NotNotified(year=year)
    own = LiveDuty.objects.get(organisation=organisation, year=year).deadline_date
    present = own or surrender_deadline(law=law, year=year)
    if present is None:
        raise NoDeadline(field="to")
    if own == to:
        return to
    if market_date(at) > present:
        raise DeadlineOver(deadline=present.isoformat())
    duties.note(organisation, year, Kind.EXTENDED, at, None, law=law, deadline_date=to)
    journal.record(
        operation="compliance.extend_deadline",
        subject=f"duty/{organisation.code}/{year}",
        acting=acting,
        at=at,
        article="CQ208-2b",
        content={"from": present.isoformat(), "to": to.isoformat(), "reason": reason.strip()},
    )
    return to


@transaction.atomic
def correct_duty(
    *, organisation: Organisation, year: int, law: Law, acting: Acting, at: datetime
) -> Obligation:
    """Put the amount that a review decided in the place of the notified one.

    Duty, offset cap and status follow from it at once; what was surrendered beyond it opens a case
    for its return. Without another amount nothing changes. Source: CQETS-25.2b, AMB-31.

    Raises:
        NotYourRole, NotNotified, ReviewStillOpen.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-25.2b")
    duty = duties.lock(organisation, year)
    if duty.verified_t is None:
        raise NotNotified(year=year)
    decided_t = mrv.final_tco2e(organisation, year)
    if decided_t is None:
        raise ReviewStillOpen(name=organisation.name, year=year)
    if decided_t == duty.verified_t:
        return duty
    duties.note(organisation, year, Kind.CORRECTED, at, decided_t, law=law)
    subject = _subject(organisation, year)
    journal.record(
        operation="compliance.correct_duty",
        subject=f"duty/{subject}",
        acting=acting,
        at=at,
        article="CQETS-25.2b",
        content={"before_t": duty.verified_t, "verified_t": decided_t},
    )
    corrected = duties.after_counting(organisation, year, acting=acting, at=at)
    if returnable_t(organisation, year, corrected):
        case = casework.NewCase(subject, organisation, year)
        casework.open_cases(EXCESS, [case], acting=acting, at=at, article="CQETS-26")
    return corrected


@transaction.atomic
def return_excess(
    *, organisation: Organisation, year: int, law: Law, acting: Acting, at: datetime
) -> Tonnes:
    """Return what was surrendered beyond a corrected duty (退还多缴), the last surrenders first.

    By another person than the one who corrected the duty. Units cancelled for an offset do not
    come back. Source: CQETS-26, AMB-31.

    Raises:
        NotYourRole, NothingInExcess, NoSuchCase, WrongState, SamePerson, RecordHandedOn.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-26")
    excess_t = returnable_t(organisation, year, duties.lock(organisation, year))
    if not excess_t:
        raise NothingInExcess(name=organisation.name, year=year)
    casework.move_cases(EXCESS, "return", [_subject(organisation, year)], acting=acting, at=at)
    left = int(excess_t)
    for event in _surrenders(organisation, year):
        back = Tonnes(min(left, event.amount_t or 0))
        if not back:
            break
        _return_one(event, back, law, acting, at)
        left -= back
    return excess_t


def returnable_t(organisation: Organisation, year: int, duty: Obligation) -> Tonnes:
    """What exceeds the duty, as far as it was surrendered and not cancelled for an offset."""
    surrendered = sum(event.amount_t or 0 for event in _surrenders(organisation, year))
    return Tonnes(min(duty.excess_t, surrendered))


def _return_one(event: DutyEvent, amount_t: Tonnes, law: Law, acting: Acting, at: datetime) -> None:
    assert event.registry_entry is not None, "a surrender rests on a movement"
    surrendered = movements.transaction_numbered(event.registry_entry)
    assert surrendered is not None, "movements stay"
    done = registry.return_surrendered(
        surrendered=surrendered,
        year=event.year,
        amount_t=amount_t,
        reference=f"excess/{surrendered.pk}",
        acting=acting,
        at=at,
    )
    duties.note(
        event.organisation,
        event.year,
        Kind.REVERSED,
        at,
        amount_t,
        law=law,
        of=event.reference,
        registry_entry=done.pk,
    )


def _surrenders(organisation: Organisation, year: int) -> Iterator[DutyEvent]:
    """The surrenders of a year of which nothing was returned, the last first."""
    found = DutyEvent.objects.filter(organisation=organisation, year=year)
    returned = set(found.filter(kind=Kind.REVERSED).values_list("of", flat=True))
    kept = found.filter(kind=Kind.SURRENDERED).select_related("organisation").order_by("-id")
    return (event for event in kept if event.reference not in returned)


def _subject(organisation: Organisation, year: int) -> str:
    return f"{organisation.code}/{year}"
