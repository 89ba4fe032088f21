"""Measures and freezes on a participant: what its open orders hold gives way at once.

Whoever carries a measure out does it here, with the exchange's books in the same transaction, so
that no order outlives the measure that bars it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry.measures import Bar
from openets.registry.models import LockOrder, Measure
from openets.registry.parts import Part
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.trading.batch import Batch
from openets.trading.memory import Memory, take_turn
from openets.trading.models import FloorBatch, Order, OrderState


@transaction.atomic
def execute_measure(*, measure: Measure, law: Law, acting: Acting, at: datetime) -> None:
    """Carry a measure out (执行限制措施): the orders it bars leave the book, none enters any more.

    Source: CQETS-30.

    Raises:
        What `registry.execute_measure` refuses.
    """
    orders = Orders(law, acting, at)
    registry.execute_measure(measure=measure, orders=orders, acting=acting, at=at)


@transaction.atomic
def stop_accounts(*, measure: Measure, law: Law, acting: Acting, at: datetime) -> None:
    """Stop a unit's accounts (停止使用), its orders withdrawn. Source: BJETS-9.3, AMB-33.

    Raises:
        What `registry.stop_accounts` refuses.
    """
    orders = Orders(law, acting, at)
    registry.stop_accounts(measure=measure, orders=orders, acting=acting, at=at)


@transaction.atomic
def place_lock(*, order: LockOrder, law: Law, acting: Acting, at: datetime) -> tuple[Part, ...]:
    """Freeze what an order asks for (冻结); orders to sell give way. Source: AMB-32, CQETS-30.

    Raises:
        What `registry.place_lock` refuses.
    """
    orders = Orders(law, acting, at)
    return registry.place_lock(order=order, orders=orders, law=law, acting=acting, at=at)


class Orders:
    """The exchange's open orders; whoever has them is alone with the books until the commit."""

    def __init__(self, law: Law, acting: Acting, at: datetime) -> None:
        """Wait for the turn, before any row is locked."""
        self.law, self.acting, self.at = law, acting, at
        take_turn()

    def withdraw_barred(
        self, holder: Organisation, bars: Collection[Bar], cause: str
    ) -> Sequence[int]:
        """Withdraw a holder's orders on the sides that are barred. Source: CQETS-30."""
        sides = [side for side, bar in ((True, Bar.BUY), (False, Bar.SELL)) if bar in bars]
        found = Order.objects.filter(holder=holder, buy__in=sides, state=OrderState.RESTING)
        return self._withdraw(found.values_list("id", flat=True), cause)

    def withdraw_holding(
        self, ledger_accounts: Collection[int], amount_t: int, cause: str
    ) -> Sequence[int]:
        """Withdraw the latest orders that hold units of these accounts. Source: AMB-32."""
        wanted, missing = [], amount_t
        found = Order.objects.filter(
            state=OrderState.RESTING, buy=False, held_accounts__overlap=list(ledger_accounts)
        )
        for order in found.order_by("-id"):
            if missing <= 0:
                break
            holds = zip(order.held_accounts, order.held_amounts, strict=True)
            held = sum(amount for account, amount in holds if account in ledger_accounts)
            if held:
                missing -= held
                wanted.append(order.id)
        return self._withdraw(wanted, cause)

    def _withdraw(self, numbers: Iterable[int], cause: str) -> Sequence[int]:
        """Write a batch of the floor that withdraws these orders; a running floor reads it."""
        withdrawn = sorted(numbers)
        if not withdrawn:
            return withdrawn
        memory = Memory(law=self.law, day=market_date(self.at))
        orders = list(Order.objects.select_related("product").filter(id__in=withdrawn))
        cover = settlement.lock_accounts({a for order in orders for a in order.held_accounts})
        row = FloorBatch(number=memory.next_batch, at=self.at, orders=len(orders), trades=0)
        batch = Batch(row, cover)
        for order in orders:
            batch.withdraw(order, memory)
        batch.write(memory, acting=self.acting, at=self.at, cause=cause)
        return withdrawn
