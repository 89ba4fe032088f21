"""AMB-33: an account closes with nothing on it, stays visible, and another may be opened."""

from datetime import date

import pytest

from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry import movement
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause, Origin, UnitKind
from openets.registry.measures import AccountState
from openets.registry.models import RegistryAccount
from openets.registry.operations import (
    AccountClosed,
    AccountNotEmpty,
    LotOf,
    NoAccount,
    NotYourAccount,
)
from openets.registry.parts import Part
from openets.rulebook.load import law
from openets.trading import operations as trading
from tests.exchange import DAY, TEN, exchange_market, move, open_floor, order, pay_in
from tests.markets import CQ

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("AMB-33")]


PAID = "CQ/allowance/2019/paid"


@pytest.fixture
def market():
    """I1 holds nothing; E001 holds its allowances in its registry account."""
    return exchange_market(1)


def account(number):
    return RegistryAccount.objects.get(number=number)


def ask(market, number, *, by=None, reason="不再参与交易", reference="c1"):
    asked = account(number)
    return registry.ask_closing(
        account=asked,
        reason=reason,
        reference=f"{number}/{reference}",
        acting=market.acts(by or asked.holder.code),
        at=TEN,
    )


def close(market, closing, *, by="registry", person=1, open_orders=0):
    registry.close_account(
        closing=closing,
        open_orders=open_orders,
        law=CQ,
        acting=market.acts(by, person),
        at=TEN,
    )


def carry_over(market, tonnes=10):
    return registry.carry_over(
        holder=market["I1"],
        amount_t=tonnes,
        lot=LotOf("cq", UnitKind.ALLOWANCE, 2019, Origin.PAID),
        acting=market.acts("registry"),
        at=TEN,
    )


def test_an_empty_account_is_closed_and_stays_visible(market):
    close(market, ask(market, "registry-I1"))
    closed = account("registry-I1")
    assert closed.closed_at == TEN
    assert holdings.state_of(closed, DAY) == AccountState.CLOSED
    assert closed in list(holdings.accounts(holder=market["I1"]))


def test_with_ten_tonnes_on_it_it_is_not_closed_until_they_are_disposed_of(market):
    carry_over(market)
    closing = ask(market, "registry-I1")
    with pytest.raises(AccountNotEmpty) as refused:
        close(market, closing)
    assert refused.value.numbers["held"] == 10
    move(market, "I1", 10, vintage=2019)
    close(market, closing)


def test_frozen_units_are_named(market):
    with pytest.raises(AccountNotEmpty) as refused:
        close(market, ask(market, "registry-E001"))
    frozen = holdings.locked_t(market["E001"], LockCause.PRE_ALLOCATION)
    assert refused.value.numbers["locked"] == frozen > 0


def test_open_orders_keep_the_trading_account_open(market):
    pay_in(market, "I1", 10_000)
    closing = ask(market, "trading-I1")
    with open_floor(market) as floor:
        floor.submit([order(market, "I1", "buy", 10, 4000)], at=TEN)
    with pytest.raises(AccountNotEmpty) as refused:
        trading_closes(market, closing)
    assert refused.value.numbers["orders"] == 1
    assert account("trading-I1").closed_at is None


def trading_closes(market, closing):
    trading.close_account(closing=closing, law=CQ, acting=market.acts("exchange"), at=TEN)


def test_a_closed_account_refuses_everything_and_a_new_one_may_be_opened(market):
    close(market, ask(market, "registry-I1"))
    with pytest.raises(NoAccount):
        carry_over(market)
    with pytest.raises(AccountClosed):
        ask(market, "registry-I1", reference="c2")
    registry.open_accounts(
        holders=[market["I1"]],
        kind=AccountKind.REGISTRY,
        acting=market.acts("registry"),
        at=TEN,
    )
    numbers = [a.number for a in holdings.accounts(holder=market["I1"]) if a.kind == "registry"]
    assert numbers == ["registry-I1", "registry-I1.2"]
    assert carry_over(market).credit.number == "registry-I1.2"


def test_a_movement_that_names_a_closed_account_is_refused(market):
    lot = carry_over(market).parts[0][0]
    old = account("registry-I1")
    move(market, "I1", 10, vintage=2019)
    close(market, ask(market, "registry-I1"))
    old.refresh_from_db()
    part = Part(holdings.lot(lot), traded=True, amount_t=1)
    back = movement.Movement("move_to_registry", "x", account("trading-I1"), old, (part,))
    with pytest.raises(AccountClosed):
        movement.post([back], acting=market.acts("I1"), at=TEN)


def test_orders_of_a_holder_without_an_open_trading_account_are_refused(market):
    pay_in(market, "I1", 10_000)
    close(market, ask(market, "trading-I1"), by="exchange")
    with open_floor(market) as floor:
        (answer,) = floor.submit([order(market, "I1", "buy", 10, 4000)], at=TEN)
    assert answer.refusal.code == "accounts_missing"


def test_who_asks_does_not_close(market):
    closing = ask(market, "registry-I1", by="registry")
    with pytest.raises(SamePerson):
        close(market, closing)
    close(market, closing, person=2)


@pytest.mark.parametrize(
    ("number", "wrong"), [("registry-I1", "exchange"), ("trading-I1", "registry")]
)
def test_each_operator_closes_its_own_kind(market, number, wrong):
    with pytest.raises(NotYourRole):
        close(market, ask(market, number), by=wrong)


def test_nobody_asks_for_anothers_account(market):
    with pytest.raises(NotYourAccount):
        ask(market, "registry-I1", by="E001")
    with pytest.raises(ReasonsMissing):
        ask(market, "registry-I1", reason=" ")


def test_a_closing_may_be_refused_and_asked_for_anew(market):
    closing = ask(market, "registry-I1")
    assert ask(market, "registry-I1") == closing
    registry.refuse_closing(
        closing=closing, reasons="尚有未了事项", acting=market.acts("registry"), at=TEN
    )
    close(market, ask(market, "registry-I1", reference="c2"))


def test_whether_it_must_be_empty_is_a_card(market):
    carry_over(market)
    lenient = CQ.instead({"registry.close_requires_zero": False})
    registry.close_account(
        closing=ask(market, "registry-I1"),
        open_orders=0,
        law=lenient,
        acting=market.acts("registry"),
        at=TEN,
    )


@pytest.mark.requirement("BJETS-9.3")
class TestAUnitRemovedOnJune302024:
    """It may close its account until 2027-06-30; from the next day on it is stopped."""

    REMOVED, LAST, NEXT = date(2024, 6, 30), date(2027, 6, 30), date(2027, 7, 1)

    def decide(self, market, day):
        return registry.decide_stop(
            holder=market["I1"],
            removed_date=self.REMOVED,
            decision="京环停〔2027〕1号",
            reference="stop",
            law=law("bj"),
            acting=market.acts("bureau"),
            at=at(day, 10),
        )

    def stop(self, market):
        measure = self.decide(market, self.NEXT)
        trading.stop_accounts(
            measure=measure, law=law("bj"), acting=market.acts("registry"), at=at(self.NEXT, 11)
        )
        return measure

    def test_is_not_stopped_on_the_last_day(self, market):
        carry_over(market)
        with pytest.raises(registry.StillTimeToClose) as refused:
            self.decide(market, self.LAST)
        assert refused.value.numbers["last_day"] == self.LAST
        move(market, "I1", 1, vintage=2019, moment=at(self.LAST, 11))

    def test_is_stopped_from_the_next_day_with_its_balance_locked_for_decision(self, market):
        carry_over(market)
        self.stop(market)
        stopped = account("registry-I1")
        assert holdings.state_of(stopped, self.NEXT) == AccountState.STOPPED
        part = Part(holdings.lot(PAID), traded=True, amount_t=1)
        ends = stopped, account("trading-I1")
        with pytest.raises(registry.AccountRestricted):
            movement.post(
                [movement.Movement("move_to_trading", "x", *ends, (part,))],
                acting=market.acts("I1"),
                at=at(self.NEXT, 12),
            )
        assert holdings.locked_t(market["I1"], LockCause.OTHER) == 10
        bars = holdings.trading_bars([market["I1"].pk], self.NEXT)
        assert {bar.value for _, bar in bars} == {"buy", "sell", "transfer"}

    def test_what_was_stopped_is_released_by_decision_and_a_second_person(self, market):
        carry_over(market)
        measure = self.stop(market)
        registry.decide_lifting(
            measure=measure,
            decision="京环复〔2027〕1号",
            reasons="余额已决定处置",
            acting=market.acts("bureau"),
            at=at(self.NEXT, 12),
        )
        second = market.acts("registry", 2)
        registry.lift_measure(measure=measure, acting=second, at=at(self.NEXT, 13))
        assert holdings.locked_t(market["I1"], LockCause.OTHER) == 0
        move(market, "I1", 10, vintage=2019, moment=at(self.NEXT, 14))
