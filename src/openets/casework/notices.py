"""What may happen to notices: sent to an inbox, opened, copied by mail and SMS, reminded of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from openets.casework import queries
from openets.casework.clocks import last_day
from openets.casework.models import Case, Delivery, Notice, TrailLine
from openets.casework.procedure import Due, Move, Procedure
from openets.casework.scope import addressees
from openets.casework.transports import DeliveryFailed, Message, Transport
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law

MAIL, SMS = "mail", "sms"
DELIVERIES_AT_ONCE = 500
"""One transaction's worth; a longer outbox is emptied in several."""
DAILY = (Role.MARKET_CLOCK, Role.CITY_BUREAU)
"""Who runs the daily round of reminders and deliveries."""
OPERATORS = (Role.REGISTRY_OPERATOR, Role.EXCHANGE_OPERATOR, Role.PLATFORM_OPERATOR)
"""Who tells the results of its own decisions by SMS."""
LONGEST_TEXT = 200


class NotYourNotice(Refusal):
    """No such notice lies in the inbox of whoever opens it."""

    code = "not_your_notice"
    article = "CQETS-11b"
    zh = "{organisation} 的收件箱中没有通知 {notice}"
    en = "The inbox of {organisation} has no notice {notice}"
    remedy_zh = "请查看本单位收件箱"
    remedy_en = "See your own inbox"


def tell(
    procedure: Procedure, move: Move, steps: Mapping[TrailLine, Case], *, at: datetime
) -> list[Notice]:
    """Send the notices (通知) of a move, one to each organisation the table names, by its steps.

    A move that needs reasons tells them, another its note where the table says so. Delivery to the
    inbox is at once; whether that is receipt says AMB-63. Source: CQETS-11b.
    """
    due = procedure.states[move.target].due
    to = addressees(list(steps.values()), move.tells)
    told = {line.pk: _why(move, line) for line in steps}
    notices = [
        Notice(
            key=f"step/{line.pk}/{recipient.code}",
            case=case,
            recipient=recipient,
            zh=f"{_zh(procedure, case)}：{move.zh}{told[line.pk][0]}"[:LONGEST_TEXT],
            en=f"{_en(procedure, case)}: {move.en}{told[line.pk][1]}"[:LONGEST_TEXT],
            article=move.article,
            **_clock(due, move.target, is_own=recipient == case.organisation),
            delivered_at=at,
        )
        for line, case in steps.items()
        for recipient in to[case.pk]
    ]
    return _deliver_to_inboxes(notices, at)


def inform(
    recipients: Iterable[Organisation],
    *,
    key: str,
    zh: str,
    en: str,
    article: str,
    page: str,
    at: datetime,
) -> list[Notice]:
    """Send a notice about what is no case (告知), once a key and recipient; `page` shows it.

    Source: CQETS-11b.
    """
    notices = [
        Notice(
            key=f"{key}/{recipient.code}",
            page=page,
            recipient=recipient,
            zh=zh[:LONGEST_TEXT],
            en=en[:LONGEST_TEXT],
            article=article,
            delivered_at=at,
        )
        for recipient in recipients
    ]
    known = Notice.objects.filter(key__in=[notice.key for notice in notices])
    sent_before = set(known.values_list("key", flat=True))
    return _deliver_to_inboxes([n for n in notices if n.key not in sent_before], at)


@transaction.atomic
def open_notice(*, notice: int, law: Law, acting: Acting, at: datetime) -> Notice:
    """Open a notice; the first opening is kept, and starts its clock where opening is receipt.

    Source: AMB-63.

    Raises:
        NotYourNotice.
        UnknownYear: the clock it starts runs beyond the known calendar.
    """
    mine = Notice.objects.filter(pk=notice, recipient__code=acting.organisation)
    found = mine.select_for_update(of=("self",)).first()
    if found is None:
        raise NotYourNotice(organisation=acting.organisation, notice=notice)
    if found.opened_at is not None:
        return found
    found.opened_at, found.opened_by = at, acting.person
    found.save()
    journal.record(
        operation="notice.open",
        subject=found.key,
        acting=acting,
        at=at,
        article=found.article,
        content={"delivered_at": found.delivered_at.isoformat()},
    )
    is_receipt = law.on("notice.receipt", market_date(found.delivered_at)).text == "opening"
    if found.days and is_receipt:
        _start_clock(found, law, at)
    return found


@transaction.atomic
def remind(
    procedures: Sequence[Procedure], *, law: Law, acting: Acting, at: datetime
) -> list[Notice]:
    """Send the day's reminders (提醒) and reports of delay (督办), each once for a due day.

    Whoever has the next move is reminded before the due day; the city bureau is told when a duty
    stays undone. Source: CQETS-11.2b.

    Raises:
        NotYourRole.
        UnknownYear: the working days around today are not all known.
    """
    acting.must_be(*DAILY, article="CQETS-11.2b")
    today, notices = market_date(at), []
    for procedure in procedures:
        for case in _locked(list(queries.due_soon(procedure, today, law))):
            notices += _about_due(procedure, case, _movers(procedure, case), "remind", at)
        for case in _locked(queries.escalated(procedure, today, law)):
            notices += _about_due(procedure, case, {Role.CITY_BUREAU}, "escalate", at)
    known = Notice.objects.filter(key__in=[notice.key for notice in notices])
    sent_before = set(known.values_list("key", flat=True))
    sent = _deliver_to_inboxes([n for n in notices if n.key not in sent_before], at)
    journal.record_many(
        [
            journal.Record(
                operation="notice.remind",
                subject=notice.key,
                acting=acting,
                at=at,
                article=notice.article,
                content={"to": notice.recipient.code},
            )
            for notice in sent
        ]
    )
    return sent


@transaction.atomic
def copy_by_sms(*, notice: Notice, number: str, acting: Acting, at: datetime) -> Delivery:
    """Put a copy of a notice for a mobile number into the outbox, once.

    Raises:
        NotYourRole.
    """
    acting.must_be(*DAILY, *OPERATORS, article=notice.article)
    copy, _ = Delivery.objects.get_or_create(
        notice=notice, channel=SMS, address=number, defaults={"changed_at": at}
    )
    return copy


@transaction.atomic
def deliver(
    *, transports: Mapping[str, Transport], law: Law, acting: Acting, at: datetime
) -> list[Delivery]:
    """Send what waits in the outbox (发件箱) over the transports there are; tell what was tried.

    A copy that fails waits for the next round, until its attempts are used up. Two rounds at once
    never send the same copy; a crash between sending and commit may send one again.

    Raises:
        NotYourRole.
    """
    acting.must_be(*DAILY, article="CQETS-11b")
    most = law.on("casework.delivery_attempts", market_date(at)).whole
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, channel__in=transports)
    waiting = waiting.select_related("notice__recipient").order_by("id")
    tried = list(waiting.select_for_update(of=("self",), skip_locked=True)[:DELIVERIES_AT_ONCE])
    for copy in tried:
        copy.attempts, copy.changed_at, copy.fault = copy.attempts + 1, at, ""
        try:
            transports[copy.channel](Message(copy.address, copy.notice.zh, copy.notice.en))
            copy.state = Delivery.State.SENT
        except DeliveryFailed as fault:
            copy.fault = str(fault)[:200]
            if copy.attempts >= most:
                copy.state = Delivery.State.FAILED
    Delivery.objects.bulk_update(tried, ["state", "attempts", "changed_at", "fault"])
    journal.record_many(
        [
            journal.Record(
                operation="notice.deliver",
                subject=copy.notice.key,
                acting=acting,
                at=at,
                article=copy.notice.article,
                content={"channel": copy.channel, "state": str(copy.state)},
            )
            for copy in tried
        ]
    )
    return tried


@transaction.atomic
def retry(*, deliveries: Collection[int], acting: Acting, at: datetime) -> int:
    """Let copies that failed wait for the next rounds once more; tell how many.

    Those that did not fail stay as they are. Source: CQETS-11b.

    Raises:
        NotYourRole.
    """
    acting.must_be(Role.CITY_BUREAU, Role.REGISTRY_OPERATOR, article="CQETS-11b")
    failed = Delivery.objects.filter(pk__in=deliveries, state=Delivery.State.FAILED)
    again = list(failed.select_related("notice").select_for_update(of=("self",)).order_by("id"))
    for copy in again:
        copy.state, copy.attempts, copy.changed_at = Delivery.State.WAITING, 0, at
    Delivery.objects.bulk_update(again, ["state", "attempts", "changed_at"])
    journal.record_many(
        [
            journal.Record(
                operation="notice.retry",
                subject=copy.notice.key,
                acting=acting,
                at=at,
                article=copy.notice.article,
                content={"channel": copy.channel, "fault": copy.fault},
            )
            for copy in again
        ]
    )
    return len(again)


def _why(move: Move, line: TrailLine) -> tuple[str, str]:
    if not line.note or not (move.reasons or move.note_told):
        return "", ""
    zh, en = move.note_in_words(line.note)
    return f"：{zh}", f": {en}"


def _clock(due: Due | None, state: str, *, is_own: bool) -> dict[str, str]:
    # Only the receipt of whom the case is about counts; copies to others start nothing.
    if due is None or not due.from_receipt or not is_own:
        return {}
    return {"state": state, "days": due.days}


def _start_clock(notice: Notice, law: Law, at: datetime) -> None:
    assert notice.case_id is not None, "only a case has a clock"
    case = Case.objects.select_for_update().get(pk=notice.case_id)
    if case.state != notice.state or case.due_date is not None:
        return
    due = Due(notice.days, notice.article, from_receipt=True)
    known = queries.calendar(law.jurisdiction)
    case.due_date = last_day(due, start=market_date(at), law=law, calendar=known)
    case.save()


def _about_due(
    procedure: Procedure, case: Case, roles: Iterable[Role], why: str, at: datetime
) -> list[Notice]:
    due, state = case.due_date, procedure.states[case.state]
    zh, en = ("逾期未办", "overdue since") if why == "escalate" else ("将于期限届满", "due by")
    return [
        Notice(
            key=f"{why}/{case.pk}/{case.state}/{due}/{recipient.code}",
            case=case,
            recipient=recipient,
            zh=f"{_zh(procedure, case)}：“{state.zh}”{zh} {due}",
            en=f"{_en(procedure, case)}: “{state.en}” {en} {due}",
            article=state.due.article if state.due else "",
            delivered_at=at,
        )
        for recipient in addressees([case], roles)[case.pk]
    ]


def _zh(procedure: Procedure, case: Case) -> str:
    which, _ = procedure.which(case.subject, year=case.year, number=case.pk)
    return f"{procedure.zh} {case.organisation.name}（{which}）"


def _en(procedure: Procedure, case: Case) -> str:
    _, which = procedure.which(case.subject, year=case.year, number=case.pk)
    return f"{procedure.en} {case.organisation.name} ({which})"


def _movers(procedure: Procedure, case: Case) -> set[Role]:
    """Whose delay or lost right it would be; to let a right end is nobody's."""
    is_window = procedure.states[case.state].window
    moves = procedure.moves_from(case.state).values()
    return {role for move in moves if move.in_time or not is_window for role in move.roles}


def _locked(cases: Sequence[Case]) -> list[Case]:
    """The same cases with their rows locked, so that two rounds at once follow each other.

    Those that moved on meanwhile are left out.
    """
    was = {case.pk: (case.state, case.due_date) for case in cases}
    rows = Case.objects.filter(pk__in=was).select_for_update(of=("self",)).order_by("id")
    rows = rows.select_related("organisation", "handler")
    return [case for case in rows if (case.state, case.due_date) == was[case.pk]]


def _deliver_to_inboxes(notices: Iterable[Notice], at: datetime) -> list[Notice]:
    """Keep the notices, with a copy by mail for every address of whoever acts that day."""
    sent = Notice.objects.bulk_create(notices)
    addresses: dict[int, set[str]] = {}
    members = parties.memberships(market_date(at))
    members = members.filter(organisation__in={n.recipient_id for n in sent})
    members = members.filter(person__is_active=True).exclude(person__email="")
    for organisation, address in members.values_list("organisation_id", "person__email"):
        addresses.setdefault(organisation, set()).add(address)
    Delivery.objects.bulk_create(
        Delivery(notice=n, channel=MAIL, address=address, changed_at=n.delivered_at)
        for n in sent
        for address in sorted(addresses.get(n.recipient_id, ()))
    )
    return sent
