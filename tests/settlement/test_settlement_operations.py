"""Every operation on money: done right, by the wrong one, for the wrong amount, twice."""

import pytest

from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.ledger import refusals
from openets.ledger.models import Account
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.settlement.operations import Delivery, UnitPart
from tests.exchange import PRICE, TEN, exchange_market, open_floor, order, pay_in, trading_market
from tests.markets import CQ, small_market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market():
    return exchange_market(1)


def withdraw(market, fen, *, by="bank", reference="w1", code="I1"):
    return settlement.withdraw(
        holder=market[code],
        amount_fen=fen,
        reference=reference,
        acting=market.acts(by),
        at=TEN,
    )


def entries(operation):
    return [e for e in journal.entry_rows() if e["operation"] == operation]


def test_a_deposit_is_booked_once_under_its_reference_and_journalled(market):
    assert pay_in(market, "I1", 100) == pay_in(market, "I1", 100)
    assert money.cash(market["I1"]).available_fen == 10_000
    (entry,) = entries("settlement.deposit")
    assert entry["content"] == {"debit": "bank", "credit": "cash-I1", "amount_fen": 10_000}
    assert (entry["role"], entry["subject"]) == ("bank", "deposit/I1/d1")


def test_another_amount_or_holder_under_the_same_reference_is_refused(market):
    pay_in(market, "I1", 100)
    for code, fen in (("I1", 10_001), ("E001", 10_000)):
        with pytest.raises(settlement.PaymentDiffers):
            settlement.deposit(
                holder=market[code],
                amount_fen=fen,
                reference="I1/d1",
                acting=market.acts("bank"),
                at=TEN,
            )


@pytest.mark.parametrize("by", ["exchange", "I1", "bureau"])
def test_only_the_bank_moves_money_in_and_out(market, by):
    with pytest.raises(NotYourRole):
        withdraw(market, 1, by=by)


@pytest.mark.parametrize("fen", [0, -1])
def test_nothing_is_no_payment(market, fen):
    pay_in(market, "I1", 100)
    with pytest.raises(settlement.NotAPayment):
        withdraw(market, fen)


def test_the_last_fen_can_be_paid_out_and_no_more(market):
    pay_in(market, "I1", 100)
    with pytest.raises(settlement.NotEnoughMoney):
        withdraw(market, 10_001)
    assert withdraw(market, 10_000) == withdraw(market, 10_000)
    assert money.cash(market["I1"]).available_fen == 0
    assert money.conservation().holds


def test_what_orders_hold_is_not_paid_out():
    market = trading_market(1)
    with open_floor(market) as floor:
        floor.submit([order(market, "I1", "buy", 1_000, PRICE)], at=TEN)
    cash = money.cash(market["I1"])
    with pytest.raises(settlement.NotEnoughMoney):
        withdraw(market, cash.available_fen + 1)
    withdraw(market, cash.available_fen)
    assert money.cash(market["I1"]).reserved_fen == cash.reserved_fen > 0


def test_cash_accounts_open_once_and_by_the_exchange(market):
    before = Account.objects.count()
    settlement.open_cash_accounts(holders=market.entities, acting=market.acts("exchange"), at=TEN)
    assert Account.objects.count() == before
    with pytest.raises(NotYourRole):
        settlement.open_cash_accounts(
            holders=market.entities, acting=market.acts("registry"), at=TEN
        )


def test_without_a_cash_account_there_is_nothing_to_deposit_to():
    market = small_market(1)
    settlement.open_market_accounts(acting=market.acts("exchange"), at=TEN)
    with pytest.raises(settlement.NoCashAccount):
        pay_in(market, "I1", 1)


@pytest.mark.requirement("CQ208-A4.1.3")
class TestTheBankAccount:
    def bind(self, market, name, number="62220001"):
        settlement.bind_bank_account(
            holder=market["I1"],
            name=name,
            number=number,
            law=CQ,
            acting=market.acts("I1"),
            at=TEN,
        )

    def deposit(self, market, number):
        return settlement.deposit(
            holder=market["I1"],
            amount_fen=100,
            reference=f"from {number}",
            acting=market.acts("bank"),
            at=TEN,
            from_number=number,
        )

    def test_it_is_bound_in_the_participants_own_name_only(self, market):
        with pytest.raises(settlement.NameDiffers):
            self.bind(market, "别的单位")
        assert not entries("settlement.bind_bank_account")
        self.bind(market, market["I1"].name)
        (entry,) = entries("settlement.bind_bank_account")
        assert (entry["subject"], entry["content"]) == ("I1", {"number": "62220001"})

    def test_money_from_another_account_is_rejected(self, market):
        self.bind(market, market["I1"].name)
        with pytest.raises(settlement.NotTheBoundAccount):
            self.deposit(market, "62220002")
        self.deposit(market, "62220001")
        assert money.cash(market["I1"]).available_fen == 100


@pytest.fixture
def sold():
    """A market in which E001's order of 100 t rests, and the delivery of a trade of it."""
    market = trading_market(1)
    from openets.registry import operations as registry
    from openets.registry import queries as holdings
    from openets.registry.models import Position

    seller = Position.objects.get(account__holder=market["E001"], account__kind="trading")
    ends = registry.receiving_positions(
        {(market["I1"].pk, seller.lot_id)}, acting=market.acts("exchange"), at=TEN
    )
    cash = money.cash_accounts([market["E001"].pk, market["I1"].pk])
    assert holdings.holdings(market["I1"]) == []

    def delivery(tonnes, trade="T1"):
        buyer = ends[market["I1"].pk, seller.lot_id]
        return Delivery(
            trade=trade,
            units=(UnitPart(seller.ledger_account, buyer, tonnes),),
            buyer_cash=cash[market["I1"].pk],
            seller_cash=cash[market["E001"].pk],
            fees_cash=settlement.market_account_id(settlement.FEES),
            turnover_fen=tonnes * PRICE,
            buyer_fee_fen=7,
            seller_fee_fen=7,
        )

    def deliver(tonnes, trade="T1"):
        settlement.settle(
            settlement.events_of(delivery(tonnes, trade)),
            subject=trade,
            acting=market.acts("exchange"),
            at=TEN,
        )
        return {h.account_kind: h.total_t for h in holdings.holdings(market["I1"])}

    return market, deliver


@pytest.mark.requirement("CQETS-22")
def test_a_trade_delivered_twice_moves_its_units_once(sold):
    market, deliver = sold
    assert deliver(100) == {"trading": 100}
    assert deliver(100) == {"trading": 100}
    assert money.cash(market["E001"]).available_fen == 100 * PRICE - 7
    with pytest.raises(refusals.KeyReused):
        deliver(101)


@pytest.mark.requirement("CQETS-22")
def test_a_trade_the_seller_cannot_deliver_moves_nothing(sold):
    market, deliver = sold
    before = money.cash(market["I1"])
    with pytest.raises(refusals.InsufficientBalance) as refused:
        deliver(50_001)
    assert refused.value.numbers["available"] == 50_000
    assert money.cash(market["I1"]) == before
    assert deliver(50_000, trade="T2") == {"trading": 50_000}


def test_only_the_exchange_settles(sold):
    market, _ = sold
    with pytest.raises(NotYourRole):
        settlement.settle([], subject="T1", acting=market.acts("registry"), at=TEN)
