"""Accounts, where they stand, and how they are closed."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db.models import QuerySet

from openets.parties.models import Organisation
from openets.registry.kinds import PARTICIPANT_KINDS, AccountKind
from openets.registry.measures import AccountState, state_under
from openets.registry.models import Closing, Measure, RegistryAccount


def account(number: int) -> RegistryAccount | None:
    """The participant's account of a row's number, or None."""
    return accounts().filter(pk=number).first()


def accounts(
    *, holder: Organisation | None = None, kinds: Collection[str] = PARTICIPANT_KINDS
) -> QuerySet[RegistryAccount]:
    """Accounts of these kinds, closed ones too, of one holder or of all, by number."""
    found = RegistryAccount.objects.filter(kind__in=kinds).select_related("holder")
    return (found.filter(holder=holder) if holder else found).order_by("number")


def accounts_in(
    found: QuerySet[RegistryAccount], state: AccountState, day: date
) -> QuerySet[RegistryAccount]:
    """Of some accounts, those that stand in a state on a day."""
    if state == AccountState.CLOSED:
        return found.filter(closed_at__isnull=False)
    measured = Measure.objects.on(day).values("holder")
    still_open = found.filter(closed_at__isnull=True)
    if state == AccountState.ACTIVE:
        return still_open.exclude(holder__in=measured)
    states = states_of(still_open.filter(holder__in=measured), day)
    return found.filter(pk__in=[number for number, stands in states.items() if stands == state])


def open_account(holder: Organisation, kind: AccountKind) -> RegistryAccount | None:
    """A holder's open account of a kind, or None; its number is the 权益账户号."""
    return RegistryAccount.objects.filter(holder=holder, kind=kind, closed_at__isnull=True).first()


def open_accounts_of(holders: Collection[Organisation], kind: AccountKind) -> list[RegistryAccount]:
    """The open accounts of a kind that these holders have."""
    found = RegistryAccount.objects.filter(holder__in=holders, kind=kind, closed_at__isnull=True)
    return list(found.select_related("holder").order_by("id"))


def state_of(account: RegistryAccount, day: date) -> AccountState:
    """Where an account stands on a day, by its holder's measures. Source: CQETS-30, AMB-33."""
    return states_of([account], day)[account.pk]


def states_of(found: Collection[RegistryAccount], day: date) -> dict[int, AccountState]:
    """Where accounts stand on a day, by id."""
    holders = {account.holder_id for account in found}
    kinds: dict[int, list[str]] = {holder: [] for holder in holders}
    in_force = Measure.objects.on(day).filter(holder__in=holders)
    for holder, kind in in_force.values_list("holder_id", "kind"):
        kinds[holder].append(kind)
    return {
        account.pk: state_under(kinds[account.holder_id], closed=account.closed_at is not None)
        for account in found
    }


def closing(number: int) -> Closing | None:
    """The closing of a row's number, or None."""
    return Closing.objects.select_related("account__holder").filter(pk=number).first()


def closings(account: RegistryAccount) -> Sequence[Closing]:
    """The times an account's closing was asked for, oldest first."""
    return list(account.closings.all())
