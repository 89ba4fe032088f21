"""What the page of one account shows, and the forms that may be sent about it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from openets.casework import queries as casework
from openets.casework.procedure import Procedure
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Tonnes
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.closing import OPERATORS
from openets.registry.kinds import LOCK_TITLES, AccountKind, LockCause
from openets.registry.measures import Bar, MeasureKind
from openets.registry.models import Measure, RegistryAccount
from openets.registry.procedures import CLOSING, LOCK, MEASURE
from openets.rulebook.load import law
from openets.web import clock, words
from openets.web.forms import ActForm, Done
from openets.web.language import Said
from openets.web.numbers import grouped
from openets.web.parts import Choice, Event, Status
from openets.web.standing.forms import ClosingForm, LockForm, MeasureForm, StopForm, causes_of
from openets.web.standing.page import MeasureRow

Acts = Callable[[dict[str, Any]], Done]
"""Does what a sent form asks."""


def offered(
    request: HttpRequest, row: RegistryAccount, lots: Sequence[Choice], acting: Acting
) -> list[tuple[Said, ActForm, Acts]]:
    """The forms that whoever looks may send about an account, with what each does."""

    def may(operation: str) -> bool:
        return parties.may(acting, operation, row.holder)

    found: list[tuple[Said, ActForm, Acts]] = []
    if row.closed_at:
        return found
    if may("registry.order_lock") and causes_of(acting.role):
        form: ActForm = LockForm.of(request, role=acting.role, lots=lots)
        found.append((Said("冻结", "Freeze"), form, _orders_lock(request, row, acting)))
    if may("registry.decide_measure"):
        form = MeasureForm.of(request)
        do = _decides_measure(request, row.holder, acting)
        found.append((Said("限制措施", "Measure"), form, do))
    removed, rules = parties.left_list_at(row.holder), law(settings.JURISDICTION)
    last_day = removed and registry.last_day_to_close(market_date(removed), law=rules)
    if removed and last_day and may("registry.decide_stop"):
        left_date = market_date(removed)
        form = StopForm.of(request, removed_date=left_date, last_day=last_day)
        do = _decides_stop(request, row.holder, left_date, acting)
        found.append((Said("停止使用", "Stop"), form, do))
    operates = acting.role == OPERATORS[AccountKind(row.kind)]
    if may("registry.ask_closing") and (operates or acting.organisation == row.holder.code):
        form = ClosingForm.of(request)
        found.append((Said("销户", "Closing"), form, _asks_closing(request, row, acting)))
    return found


def _orders_lock(request: HttpRequest, row: RegistryAccount, acting: Acting) -> Acts:
    def do(data: dict[str, Any]) -> Done:
        order = registry.order_lock(
            account=row,
            cause=LockCause(data["cause"]),
            amount_t=Tonnes(data["amount_t"]),
            document=data["document"],
            reason=data["reason"],
            reference=data["reference"],
            acting=acting,
            at=clock.now(request),
            lots=data["lots"],
        )
        said = Said("冻结已提交，待另一人复核", "Filed; a second person places the freeze")
        return Done(reverse("freeze", args=[order.pk]), said)

    return do


def _decides_measure(request: HttpRequest, holder: Organisation, acting: Acting) -> Acts:
    def do(data: dict[str, Any]) -> Done:
        decided = registry.decide_measure(
            holder=holder,
            kind=MeasureKind(data["kind"]),
            bars=[Bar(bar) for bar in data["bars"]],
            reason=data["reason"],
            decision=data["document"],
            from_date=data["from_date"],
            until_date=data["until_date"],
            reference=data["reference"],
            law=law(settings.JURISDICTION),
            acting=acting,
            at=clock.now(request),
        )
        said = Said("已决定，待另一人执行", "Decided; a second person carries it out")
        return Done(reverse("measure", args=[decided.pk]), said)

    return do


def _decides_stop(
    request: HttpRequest, holder: Organisation, removed_date: date, acting: Acting
) -> Acts:
    def do(data: dict[str, Any]) -> Done:
        decided = registry.decide_stop(
            holder=holder,
            removed_date=removed_date,
            decision=data["document"],
            reference=data["reference"],
            law=law(settings.JURISDICTION),
            acting=acting,
            at=clock.now(request),
        )
        said = Said("已决定，待另一人执行", "Decided; a second person carries it out")
        return Done(reverse("measure", args=[decided.pk]), said)

    return do


def _asks_closing(request: HttpRequest, row: RegistryAccount, acting: Acting) -> Acts:
    def do(data: dict[str, Any]) -> Done:
        asked = registry.ask_closing(
            account=row,
            reason=data["reason"],
            reference=data["reference"],
            acting=acting,
            at=clock.now(request),
        )
        said = Said("已申请销户，待另一人办理", "Asked for; a second person closes it")
        return Done(reverse("closing", args=[asked.pk]), said)

    return do


def matters_on(row: RegistryAccount) -> list[tuple[Said, str, Status, datetime, Said]]:
    """Freezes ordered and closings asked for, of one account."""
    orders, closings = holdings.orders_on(row), holdings.closings(row)
    locks = casework.states(LOCK, [order.reference for order in orders])
    asked = casework.states(CLOSING, [closing.reference for closing in closings])
    return [
        *(
            (
                Said(*LOCK_TITLES[LockCause(order.cause)]),
                reverse("freeze", args=[order.pk]),
                status_in(LOCK, locks[order.reference]),
                order.filed_at,
                Said(
                    f"{grouped(order.amount_t)} 吨 · {order.document}",
                    f"{grouped(order.amount_t)} t · {order.document}",
                ),
            )
            for order in orders
        ),
        *(
            (
                Said(CLOSING.zh, CLOSING.en),
                reverse("closing", args=[closing.pk]),
                status_in(CLOSING, asked[closing.reference]),
                closing.asked_at,
                Said(closing.reason, closing.reason),
            )
            for closing in closings
        ),
    ]


def history_of(row: RegistryAccount) -> list[Event]:
    """How the state of an account changed, newest first. Source: CQETS-30, AMB-33."""
    events = [Event(row.opened_at, Said("开户", "Opened"), tone="good")]
    for each in measure_rows(holdings.measures(row.holder)):
        measure, article = each.measure, each.article
        if measure.imposed_at:
            imposed = Event(
                measure.imposed_at, each.kind, text=each.bars, article=article, tone="bad"
            )
            events.append(imposed)
        if measure.lifted_at:
            lifted = Said(f"解除{each.kind.zh}", f"{each.kind.en} lifted")
            events.append(
                Event(measure.lifted_at, lifted, text=measure.lift_decision, article=article)
            )
    if row.closed_at:
        events.append(Event(row.closed_at, Said("销户", "Closed"), article="AMB-33"))
    return sorted(events, key=lambda event: event.at, reverse=True)


def measure_rows(found: Sequence[Measure]) -> list[MeasureRow]:
    """Measures with how their cases stand."""
    states = casework.states(MEASURE, [measure.reference for measure in found])
    return [MeasureRow(m, status_in(MEASURE, states[m.reference])) for m in found]


def status_in(procedure: Procedure, state: str) -> Status:
    """A state of a case as a chip."""
    said = words.state_of(procedure, state)
    if procedure.states[state].final:
        return Status(said)
    return Status(said, "bad" if state == "in_force" else "warn")
