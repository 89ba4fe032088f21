"""Planted differences of each kind are named exactly, and nothing else; a clean day has none."""

import pytest

from openets.journal import operations as journal
from openets.journal.models import Entry
from openets.kernel.clock import at
from openets.ledger.posting import Transfer
from openets.ledger.queries import account_ids
from openets.reconciliation import operations
from openets.registry import queries as registry
from openets.registry.kinds import AccountKind
from openets.settlement import operations as settlement
from openets.trading.models import Trade
from tests.exchange import (
    DAY,
    PRICE,
    TEN,
    close_books,
    move,
    open_floor,
    order,
    pay_in,
    trading_market,
)
from tests.reconciliation.days import SECOND_DAY, differences, forge, reconcile, trade
from tests.registry.test_filings import done, transfer, undo

NOON = at(SECOND_DAY, 12)
LOT = "CQ/allowance/2021/free"
SOLD, BOUGHT = f"trading-E001/{LOT}/untraded", f"trading-I1/{LOT}/traded"


@pytest.fixture
def market(db):
    """The second market day of a market: traded, paid and moved; the first is closed."""
    market = trading_market()
    trade(market)
    close_books(market.acts)
    pay_in(market, "E002", 500, "second")
    move(market, "E003", 7, reference="second", moment=NOON)
    trade(market, SECOND_DAY, sold=30, bought=20)
    journal.seal(at=at(SECOND_DAY, 16))
    return market


def found(market) -> list[tuple[str, str]]:
    reconcile(market, SECOND_DAY)
    return [(row.kind, row.subject) for row in differences(SECOND_DAY)]


@pytest.mark.requirement("CQETS-23")
def test_a_clean_day_has_no_difference_and_equal_sums(market):
    assert found(market) == []
    books = operations.reconcile(
        day=SECOND_DAY, acting=market.acts("clock"), at=at(SECOND_DAY, 18)
    ).sums
    assert {books[b]["trades"] for b in ("exchange", "registry", "cash", "journal")} == {1}
    assert {books[b]["volume_t"] for b in ("exchange", "registry", "journal")} == {20}
    turnovers = {books[b]["turnover_fen"] for b in ("exchange", "cash", "journal")}
    assert turnovers == {20 * PRICE}
    fee = Trade.objects.get(pk=2)
    assert books["cash"]["fees_fen"] == 2 * round(fee.turnover_fen * 7 / 1000)
    assert (books["registry"]["movements"], books["cash"]["payments"]) == (1, 1)


TRADE, UNITS, CASH = ("trade", "trade/2"), ("trade_units", "trade/2"), ("trade_cash", "trade/2")
LEGS = [
    ("leg_without_trade", f"trade/2/{leg}")
    for leg in ("buyer-fee", "cash", "seller-fee", "units/0")
]
PLANTED = {
    "quantity of a trade": (
        "update trading_trade set qty = qty + 1 where id = 2",
        [TRADE, UNITS],
    ),
    "price of a trade": (
        "update trading_trade set price_fen = price_fen + 1 where id = 2",
        [TRADE],
    ),
    "turnover of a trade": (
        "update trading_trade set turnover_fen = turnover_fen - 1 where id = 2",
        [CASH],
    ),
    "buyer of a trade": (
        "update trading_trade set buyer_id = seller_id where id = 2",
        [UNITS, CASH],
    ),
    "product of a trade": (
        """update trading_trade set product_id =
        (select id from trading_product where code = 'CQEA-2022') where id = 2""",
        [TRADE, UNITS],
    ),
    "day of a trade": ("update trading_trade set day = day - 1 where id = 2", [TRADE]),
    "trade removed": ("delete from trading_trade where id = 2", [TRADE, *LEGS]),
    "unit leg removed": (
        "delete from ledger_transfer where key = 'trade/2/units/0'",
        [("transfers", "trade/2/cash"), UNITS, ("balance", SOLD), ("balance", BOUGHT)],
    ),
    "cash leg removed": (
        "delete from ledger_transfer where key = 'trade/2/cash'",
        [
            ("transfers", "trade/2/units/0"),
            CASH,
            ("balance", "cash/E001"),
            ("balance", "cash/I1"),
        ],
    ),
    "amount of a unit leg": (
        "update ledger_transfer set amount = amount + 3 where key = 'trade/2/units/0'",
        [("transfers", "trade/2/units/0"), UNITS, ("balance", SOLD), ("balance", BOUGHT)],
    ),
    "account of a cash leg": (
        """update ledger_transfer set credit_id =
        (select id from ledger_account where code = 'cash/E002') where key = 'trade/2/cash'""",
        [
            ("transfers", "trade/2/units/0"),
            CASH,
            ("balance", "cash/E001"),
            ("balance", "cash/E002"),
        ],
    ),
    "sum of a cash account that moved": (
        "update ledger_account set credits_posted = credits_posted + 1 where code = 'cash/I1'",
        [("balance", "cash/I1"), ("money", "cash")],
    ),
    "sum of a cash account that did not move": (
        "update ledger_account set credits_posted = credits_posted + 1 where code = 'cash/P1'",
        [("balance", "cash/P1"), ("money", "cash")],
    ),
    "units of a lot": (
        f"update ledger_account set debits_posted = debits_posted + 5 where code = '{SOLD}'",
        [("balance", SOLD), ("lot", LOT)],
    ),
    "reserved units": (
        f"update ledger_account set debits_pending = debits_pending + 5 where code = '{SOLD}'",
        [("balance", SOLD)],
    ),
    "hold without an order": (
        f"update ledger_account set held = 5 where code = '{SOLD}'",
        [("hold", SOLD)],
    ),
    "payment": (
        "update settlement_payment set amount_fen = 1 where reference = 'E002/second'",
        [("payment", "deposit/E002/second")],
    ),
    "payment removed": (
        "delete from settlement_payment where reference = 'E002/second'",
        [("payment", "deposit/E002/second")],
    ),
    "movement": (
        "update registry_transaction set amount_t = 8 where reference like '%%second'",
        [("transaction", "move_to_trading/E003/second")],
    ),
    "movement removed": (
        "delete from registry_transaction where reference like '%%second'",
        [("transaction", "move_to_trading/E003/second")],
    ),
    "state of a floor batch": (
        "update trading_floorbatch set state_hash = 'x' where number = 2",
        [("floor_batch", "batch/2")],
    ),
    "journal entry": (
        "update journal_entry set person = 'nobody' where subject = 'deposit/E002/second'",
        [("journal_chain", "batch/{batch}")],
    ),
    "journal entry removed": (
        "delete from journal_entry where subject = 'deposit/E002/second'",
        [("journal_chain", "batch/{batch}")],
    ),
    "digest of a journal batch": (
        """update journal_batch set digest = reverse(digest)
        where number = (select max(number) from journal_batch)""",
        [("journal_chain", "batch/{batch}")],
    ),
}


@pytest.mark.requirement("CQETS-23")
@pytest.mark.requirement("CQETS-5.2c")
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_difference_is_named_and_nothing_else(market, name):
    statement, expected = PLANTED[name]
    batch = Entry.objects.filter(subject="deposit/E002/second").get().batch_id
    forge(statement)
    assert found(market) == [(kind, subject.format(batch=batch)) for kind, subject in expected]


@pytest.mark.requirement("CQETS-22")
def test_a_leg_without_a_trade_is_named_with_its_parties(market):
    ends = account_ids(["cash/I1", "cash/E003"])
    stray = Transfer("trade/99/cash", ends["cash/I1"], ends["cash/E003"], 8, reason="trade")
    settlement.settle([stray], subject="stray", acting=market.acts("exchange"), at=NOON)
    assert found(market) == [("leg_without_trade", "trade/99/cash")]
    (row,) = differences(SECOND_DAY)
    assert (row.one, row.one_says, row.other, row.other_says) == ("exchange", None, "cash", 8)
    assert (row.participant, row.account) == ("I1, E003", "cash-I1")
    told = Entry.objects.get(pk=row.entry)
    assert (told.operation, told.subject) == ("ledger.post", "stray")


def test_money_moved_without_a_payment_is_named(market):
    ends = account_ids(["cash/I1", "cash/E003"])
    gift = Transfer("gift/1", ends["cash/I1"], ends["cash/E003"], 8, reason="gift")
    settlement.settle([gift], subject="gift", acting=market.acts("exchange"), at=NOON)
    assert found(market) == [("payment", "gift/1")]


@pytest.mark.requirement("CQETS-23")
def test_a_missing_sequence_number_between_two_is_detected(db):
    market = trading_market()
    with open_floor(market) as floor:
        for key in "abc":
            floor.submit([order(market, "I1", "buy", 1, PRICE, key=key)], at=TEN)
        floor.close_day(at=at(DAY, 15, 5))
    forge("update trading_order set batch_id = 1 where batch_id = 2")
    forge("delete from trading_floorbatch where number = 2")
    forge("delete from journal_entry where subject = 'batch/2' and operation = 'trading.batch'")
    reconcile(market)
    assert [(d.kind, d.subject, d.one_says) for d in differences()] == [
        ("floor_batch", "batch/2", None)
    ]


@pytest.mark.requirement("CQETS-5.2c")
def test_the_registry_prevails_over_what_the_exchange_believes(db):
    """The registry holds 500 t in a trading account, an order claims 510: 10 t differ."""
    market = trading_market()
    move(market, "E002", 500, reference="500")
    with open_floor(market) as floor:
        floor.submit([order(market, "E002", "sell", 500, PRICE)], at=TEN)
        floor.close_day(at=at(DAY, 15, 5))
        forge("update trading_order set state = 'resting', held_amounts = array[510::bigint]")
        reconcile(market)
        (row,) = differences()
        assert (row.kind, row.participant, row.product) == ("hold", "E002", LOT)
        assert (row.one, row.one_says, row.other, row.other_says) == (
            *("exchange", 510),
            *("registry", 0),
        )
    (held,) = [
        h for h in registry.holdings(market["E002"]) if h.account_kind == AccountKind.TRADING
    ]
    assert held.total_t == held.available_t == 500


@pytest.mark.django_db
class TestTransactionsOverDays:
    """A transfer filed and reserved on one day, done on the second and undone on it."""

    @pytest.fixture
    def undone(self):
        market = trading_market()
        filing = transfer(market)
        trade(market)
        close_books(market.acts)
        first = done(market, filing)
        done(market, undo(market, first, 100))
        trade(market, SECOND_DAY)
        journal.seal(at=at(SECOND_DAY, 16))
        return market

    def test_a_reservation_resolved_and_a_movement_undone_agree(self, undone):
        assert found(undone) == []

    @pytest.mark.requirement("CQETS-23")
    def test_an_opposite_entry_that_undoes_another_movement_is_named(self, undone):
        forge(
            "update registry_transaction set undoes_id ="
            " (select max(id) from registry_transaction where kind = 'issue')"
            " where undoes_id is not null"
        )
        assert found(undone) == [("transaction", "reversal/u1")] * 2
