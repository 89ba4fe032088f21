"""Accounts of units: opened by their operators, found and locked by their holder."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger_queries
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import movement
from openets.registry.kinds import AccountKind
from openets.registry.models import Lot, Position, RegistryAccount
from openets.registry.names import account_number
from openets.select import Select

SYSTEM_KINDS = (
    AccountKind.ISSUED,
    AccountKind.SURRENDERED,
    AccountKind.CANCELLED,
    AccountKind.WITHDRAWN,
    AccountKind.LOCKED,
)

_LOCKED = Select(
    RegistryAccount,
    "holder_id = %s and kind = any(%s) and closed_at is null order by id for no key update",
)
_OPEN = Select(RegistryAccount, "holder_id = any(%s) and kind = %s and closed_at is null")
_OF_KIND = Select(RegistryAccount, "kind = %s")


class NoAccount(Refusal):
    """The holder has no account of the kind."""

    code = "no_account"
    article = "CQ208-3d"
    zh = "{holder} 尚未开立{kind}"
    en = "{holder} has no {kind} account"
    remedy_zh = "请先按开户指南完成开户"
    remedy_en = "Open the account first"


class NotYourAccount(Refusal):
    """A holder acts on its own accounts only."""

    code = "not_your_account"
    article = "CQ208-A4.2.6"
    zh = "{acting} 无权办理 {holder} 的账户"
    en = "{acting} may not act on the accounts of {holder}"
    remedy_zh = "只能办理本单位账户的业务"
    remedy_en = "Act on your own accounts"


@transaction.atomic
def open_accounts(
    *, holders: Sequence[Organisation], kind: AccountKind, acting: Acting, at: datetime
) -> None:
    """Open an account of a kind for each holder that has none open.

    Source: CQ208-A3.1.3, CQ208-A3.2.3 (registry account), CQ208-A4.2.4 (trading account).
    """
    if kind == AccountKind.TRADING:
        article = "CQ208-A4.2.4"
        acting.must_be(Role.EXCHANGE_OPERATOR, article=article)
    else:
        # What the former register verified opens by itself, without review.
        article = "CQ208-A3.2.3"
        acting.must_be(Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK, article=article)
    _open(holders, kind, None, article, acting, at)


@transaction.atomic
def open_system_accounts(*, operator: Organisation, acting: Acting, at: datetime) -> None:
    """Open the accounts of the market itself, sources and ends, and those of the government.

    A year's reserve has an account of its own from when it is set aside. Source: CQETS-13.
    """
    for kind in SYSTEM_KINDS:
        open_accounts(holders=[operator], kind=kind, acting=acting, at=at)
    for kind in (AccountKind.HISTORICAL_RESERVE, AccountKind.BUY_BACK):
        open_accounts(holders=[government()], kind=kind, acting=acting, at=at)


def reserve_account(year: int, *, acting: Acting, at: datetime) -> RegistryAccount:
    """The government's account for the reserve of a year, opened when first asked for.

    Source: CQETS-13, CQ208-A1.2.
    """
    _open([government()], AccountKind.RESERVE, year, "CQETS-13", acting, at)
    return RegistryAccount.objects.get(kind=AccountKind.RESERVE, year=year)


def reserve_left(account: RegistryAccount) -> Tonnes:
    """What is left on an account of the government. Source: CQETS-13."""
    positions = Position.objects.filter(account=account).values_list("ledger_account", flat=True)
    balances = ledger_queries.balances(list(positions))
    return Tonnes(sum(balance.own for balance in balances.values()))


def government() -> Organisation:
    """The authority, which holds reserves and what is bought back. Source: CQETS-13."""
    return Organisation.objects.get(role=Role.CITY_BUREAU)


def receiving_positions(
    wanted: Collection[tuple[int, int]], *, acting: Acting, at: datetime
) -> dict[tuple[int, int], int]:
    """The ledger accounts that take bought units of a lot, by (holder id, lot id).

    Bought units are marked as traded from then on (AMB-30). Source: CQETS-22.
    """
    lots = Lot.objects.in_bulk({lot for _, lot in wanted})
    found = _OPEN.rows([holder for holder, _ in wanted], str(AccountKind.TRADING))
    accounts = {account.holder_id: account for account in found}
    ends = {(h, lot): (accounts[h], lots[lot], True) for h, lot in sorted(wanted)}
    ids = movement.open_positions(ends.values(), acting=acting, at=at)
    return {key: ids[account.pk, lot.pk, traded] for key, (account, lot, traded) in ends.items()}


def must_be_holder(acting: Acting, holder: Organisation) -> None:
    """Refuse whoever acts on somebody else's account.

    Raises:
        NotYourAccount.
    """
    if acting.organisation != holder.code:
        raise NotYourAccount(acting=acting.organisation, holder=holder.code)


def system_account(kind: AccountKind) -> RegistryAccount:
    """The market's own account of a kind, or the government's where it has one of a kind."""
    (account,) = _OF_KIND.rows(str(kind))
    return account


def accounts_of(holders: Sequence[Organisation], kind: AccountKind) -> dict[int, RegistryAccount]:
    """The open accounts of a kind, by the holder's id.

    Raises:
        NoAccount: one of the holders has none.
    """
    found = _OPEN.rows([holder.pk for holder in holders], str(kind))
    accounts = {account.holder_id: account for account in found}
    for holder in holders:
        if holder.pk not in accounts:
            raise NoAccount(holder=holder.name, kind=kind.value)
    return accounts


def locked_account(holder: Organisation, kind: AccountKind) -> RegistryAccount:
    """A holder's account, no other act on it until the transaction ends.

    Raises:
        NoAccount.
    """
    (account,) = locked_accounts(holder, [kind])
    return account


def locked_accounts(holder: Organisation, kinds: Sequence[AccountKind]) -> list[RegistryAccount]:
    """A holder's accounts of these kinds, locked in the order in which they were opened.

    The lock leaves the rows' keys alone: whoever only refers to an account, as the floor does with
    a new position, need not wait.

    Raises:
        NoAccount.
    """
    accounts = {a.kind: a for a in _LOCKED.rows(holder.pk, [str(kind) for kind in kinds])}
    for kind in kinds:
        if kind not in accounts:
            raise NoAccount(holder=holder.name, kind=kind.value)
    return [accounts[kind] for kind in kinds]


def _open(
    holders: Sequence[Organisation],
    kind: AccountKind,
    year: int | None,
    article: str,
    acting: Acting,
    at: datetime,
) -> None:
    """Open an account for each holder that has none of the kind and year open."""
    parties.lock_organisations(holders)
    before = RegistryAccount.objects.filter(kind=kind, year=year, holder__in=holders)
    counts = before.values("holder").annotate(
        n=Count("id"), still_open=Count("id", filter=Q(closed_at__isnull=True))
    )
    had = {row["holder"]: row["n"] for row in counts}
    have = {row["holder"] for row in counts if row["still_open"]}
    made = RegistryAccount.objects.bulk_create(
        RegistryAccount(
            number=account_number(kind, holder.code, year, nth=had.get(holder.pk, 0) + 1),
            kind=kind.value,
            holder=holder,
            year=year,
            opened_at=at,
        )
        for holder in holders
        if holder.pk not in have
    )
    journal.record_many(
        [
            journal.Record(
                operation="registry.open_account",
                subject=account.number,
                acting=acting,
                at=at,
                article=article,
                content={"kind": account.kind},
            )
            for account in made
        ]
    )
