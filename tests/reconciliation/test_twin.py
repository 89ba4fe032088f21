"""The rolling comparison against its slow twin, which adds up everything from the beginning."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openets.kernel.clock import at
from openets.ledger.models import Account, Transfer
from openets.ledger.posting import Kind
from openets.reconciliation.models import Closing, Difference
from openets.registry.models import Position
from openets.trading.models import Trade
from tests.exchange import DAY, close_books, move, pay_in, trading_market
from tests.reconciliation.days import forge, reconcile, trade

ACTS = st.lists(
    st.tuples(st.sampled_from(["pay", "move", "trade"]), st.integers(1, 500)), max_size=3
)
DAYS = st.lists(ACTS, min_size=1, max_size=3)
SLIPS = st.dictionaries(st.integers(0, 30), st.integers(1, 9), max_size=2)


def play(market, day: date, acts) -> None:
    traded = 0
    for number, (act, amount) in enumerate(acts):
        if act == "pay":
            pay_in(market, f"E00{number + 1}", amount, f"{day}/{number}")
        elif act == "move":
            reference, moment = f"{day}/{number}", at(day, 9)
            move(market, f"E00{number + 1}", amount, reference=reference, moment=moment)
        else:
            traded = amount
    trade(market, day, sold=traded + 1, bought=traded or 1)


def balances_from_zero() -> dict[int, tuple[int, int]]:
    """What stands on every account, and what is reserved, after every transfer there ever was."""
    posted, pending, reserved = Counter(), Counter(), {}
    for row in Transfer.objects.order_by("id"):
        if row.kind in {Kind.POSTED, Kind.POST}:
            posted[row.debit_id] -= row.amount
            posted[row.credit_id] += row.amount
        if row.kind == Kind.PENDING:
            reserved[row.key] = row.amount
            pending[row.debit_id] -= row.amount
            pending[row.credit_id] += row.amount
        if row.kind in {Kind.POST, Kind.VOID}:
            pending[row.debit_id] += reserved[row.pending]
            pending[row.credit_id] -= reserved[row.pending]
    return {a: (posted[a], pending[a]) for a in posted.keys() | pending.keys()}


def lots_out_of_balance() -> set[str]:
    sums = defaultdict(int)
    for lot, account in Position.objects.values_list("lot__code", "ledger_account"):
        row = Account.objects.get(pk=account)
        sums[lot] += row.credits_posted - row.debits_posted
    return {lot for lot, total in sums.items() if total}


def must_equal_the_twin(result, slipped: set[str]) -> None:
    rolling = {row.account: (row.posted, row.pending) for row in Closing.objects.filter(until=None)}
    slow = {a: pair for a, pair in balances_from_zero().items() if pair != (0, 0)}
    assert {a: pair for a, pair in rolling.items() if pair != (0, 0)} == slow
    found = Difference.objects.filter(reconciliation=result, gone_at=None)
    assert {row.subject for row in found.filter(kind="balance")} == slipped
    assert {row.subject for row in found.filter(kind="lot")} == lots_out_of_balance()
    of_day = Trade.objects.filter(day=result.day)
    assert result.sums["exchange"]["volume_t"] == sum(row.qty for row in of_day)
    assert result.sums["registry"]["volume_t"] == sum(row.qty for row in of_day)
    assert result.sums["cash"]["turnover_fen"] == sum(row.turnover_fen for row in of_day)


@pytest.mark.requirement("CQETS-23")
@pytest.mark.django_db
def test_random_days_reconcile_to_what_everything_adds_up_to_from_the_beginning():
    market = trading_market()

    @settings(max_examples=6, suppress_health_check=list(HealthCheck))
    @given(DAYS, SLIPS)
    def days_agree(days, slips):
        with transaction.atomic():
            for number, acts in enumerate(days):
                day = DAY + timedelta(days=number)
                play(market, day, acts)
                if number < len(days) - 1:
                    close_books(market.acts, day)
            codes = dict(enumerate(Account.objects.order_by("id").values_list("code", flat=True)))
            slipped = {codes[place] for place in slips if place in codes}
            for place, slip in slips.items():
                if place in codes:
                    forge(
                        "update ledger_account set credits_posted = credits_posted + %s"
                        " where code = %s",
                        *(slip, codes[place]),
                    )
            must_equal_the_twin(reconcile(market, day), slipped)
            transaction.set_rollback(True)

    days_agree()
