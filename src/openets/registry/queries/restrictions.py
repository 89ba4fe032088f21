"""What keeps units or their holder from moving: locks, ordered freezes, measures."""

from collections.abc import Sequence

from django.db.models import QuerySet

from openets.parties.models import Organisation
from openets.registry.models import Lock, LockOrder, Measure, RegistryAccount


def locks(*, holders: QuerySet[Organisation] | None = None) -> QuerySet[Lock]:
    """Locks in force and lifted, of these holders or of all, newest first. Source: AMB-32."""
    found = Lock.objects.select_related("position__account__holder", "position__lot")
    if holders is not None:
        found = found.filter(position__account__holder__in=holders)
    return found.order_by("-id")


def lock_order(number: int) -> LockOrder | None:
    """The ordered freeze of a row's number, or None."""
    return LockOrder.objects.select_related("account__holder").filter(pk=number).first()


def lock_orders(*, holders: QuerySet[Organisation]) -> QuerySet[LockOrder]:
    """The ordered freezes of these holders, newest first. Source: AMB-32."""
    found = LockOrder.objects.filter(account__holder__in=holders)
    return found.select_related("account__holder").order_by("-id")


def orders_on(account: RegistryAccount) -> Sequence[LockOrder]:
    """The freezes ordered on an account, oldest first."""
    return list(account.lock_orders.all())


def measure(number: int) -> Measure | None:
    """The measure of a row's number, or None."""
    return Measure.objects.select_related("holder").filter(pk=number).first()


def measures(holder: Organisation) -> Sequence[Measure]:
    """A participant's measures, decided, in force and lifted, oldest first."""
    return list(Measure.objects.filter(holder=holder).select_related("holder"))


def measures_of(holders: QuerySet[Organisation]) -> QuerySet[Measure]:
    """The measures on these holders, newest first. Source: CQETS-30."""
    return Measure.objects.filter(holder__in=holders).select_related("holder").order_by("-id")
