"""Which units move: picked from what an account holds, or from what a transaction moved."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.ledger import queries as ledger_queries
from openets.registry.models import Lot, Position, RegistryAccount, Transaction
from openets.select import Select

_POSITIONS = Select(Position, "account_id = any(%s)", along=["lot"])

Fits = Callable[[Lot, bool], bool]
"""Whether units of a lot, ever traded or not, may be taken."""


class NotEnoughUnits(Refusal):
    """The account has fewer usable units than wanted."""

    code = "not_enough_units"
    article = "CQETS-5.2b"
    zh = "账户 {account} 可用 {available} 吨，不足 {wanted} 吨"
    en = "The account {account} has {available} t available, less than {wanted} t"
    remedy_zh = "请减少数量，或先购入、转入相应单位；被冻结的部分不能使用"
    remedy_en = "Ask for less, or buy or move units in first; locked units do not count"

    @property
    def available_t(self) -> Tonnes:
        """What could have been taken."""
        return Tonnes(int(str(self.numbers["available"])))


class NotAnAmount(Refusal):
    """Units move in whole tonnes, at least one."""

    code = "not_an_amount"
    article = "CQETS-26"
    zh = "数量 {amount} 无效：必须是不小于 1 的整数吨"
    en = "{amount} is no amount of units: whole tonnes, at least one"
    remedy_zh = "请填写正整数"
    remedy_en = "Give a whole number of tonnes"


class MoreThanMoved(Refusal):
    """No more comes back than had moved."""

    code = "more_than_moved"
    article = "CQETS-5.2b"
    zh = "{transaction} 共 {moved} 吨，不能反向登记 {wanted} 吨"
    en = "{transaction} moved {moved} t; {wanted} t of it cannot be undone"
    remedy_zh = "数量不得超过原业务"
    remedy_en = "Undo at most what had moved"


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one lot, ever traded or not, that move together."""

    lot: Lot
    traded: bool
    amount_t: Tonnes


def positions_of(*accounts: RegistryAccount) -> list[Position]:
    """What these accounts hold or held of which lots."""
    return _POSITIONS.rows([account.pk for account in accounts])


def choose(
    account: RegistryAccount,
    amount_t: Tonnes,
    *,
    fits: Fits,
    order: str,
    positions: Iterable[Position] | None = None,
) -> tuple[Part, ...]:
    """Pick and lock the units of an account that a movement takes, among those that fit.

    `order` is a value of `registry.lots_consumption`; `positions` are those of the account, where
    they are known. Source: AMB-30.

    Raises:
        NotAnAmount, NotEnoughUnits.
    """
    if amount_t < 1:
        raise NotAnAmount(amount=amount_t)
    found = positions_of(account) if positions is None else positions
    fitting = sorted(
        (p for p in found if p.account_id == account.pk and fits(p.lot, p.traded)),
        key=lambda position: position.rank(order),
    )
    balances = ledger_queries.locked_balances([p.ledger_account for p in fitting])
    left, parts = int(amount_t), []
    for position in fitting:
        take = min(left, max(0, balances[position.ledger_account].own))
        if take:
            parts.append(Part(position.lot, position.traded, Tonnes(take)))
            left -= take
    if left:
        have = amount_t - left
        raise NotEnoughUnits(account=account.number, available=have, wanted=amount_t)
    return tuple(parts)


def opposite(undone: Transaction, amount_t: Tonnes) -> tuple[Part, ...]:
    """Pick and lock units of a transaction that are still where they went, first parts first.

    Source: CQETS-5.2b.

    Raises:
        NotAnAmount, MoreThanMoved.
        NotEnoughUnits: the receiver used, moved or lost them.
    """
    if amount_t < 1:
        raise NotAnAmount(amount=amount_t)
    if amount_t > undone.amount_t:
        raise MoreThanMoved(transaction=undone.key, moved=undone.amount_t, wanted=amount_t)
    left = int(amount_t)
    parts: list[Part] = []
    for part in parts_from(undone.parts):
        take = Tonnes(min(left, part.amount_t))
        if take:
            parts += choose(undone.credit, take, fits=_same_as(part), order="fifo")
            left -= take
    return tuple(parts)


def parts_from(kept: Sequence[Sequence[Any]]) -> tuple[Part, ...]:
    """The parts that were remembered as JSON."""
    lots = {lot.code: lot for lot in Lot.objects.filter(code__in={part[0] for part in kept})}
    return tuple(Part(lots[code], traded, Tonnes(amount)) for code, traded, amount in kept)


def _same_as(wanted: Part) -> Fits:
    return lambda lot, traded: lot.pk == wanted.lot.pk and traded == wanted.traded
