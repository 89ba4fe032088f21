"""Two at once on how accounts stand: linked, closed, frozen, under a measure."""

from functools import partial

import pytest

from openets.journal import queries as journal
from openets.kernel.quantity import Tonnes
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause, Origin, UnitKind
from openets.registry.measures import Bar, MeasureKind
from openets.registry.models import Closing, LockOrder, Measure, RegistryAccount
from openets.trading import operations as trading
from openets.trading.models import Order
from tests.concurrently import at_once
from tests.exchange import (
    DAY,
    PRICE,
    TEN,
    exchange_market,
    move,
    must_be_sound,
    open_floor,
    order,
    pay_in,
)
from tests.markets import CQ

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("CQETS-5.4b")]


def account(number):
    return RegistryAccount.objects.get(number=number)


def file(market, tonnes, reference="f1", cause=LockCause.COURT, kind="registry"):
    return registry.order_lock(
        account=account(f"{kind}-E001"),
        cause=cause,
        amount_t=Tonnes(tonnes),
        document="（2023）渝01执1号",
        reason="协助执行",
        reference=reference,
        acting=market.acts("registry"),
        at=TEN,
    )


def place(market, filed, person):
    acting = market.acts("registry", person)
    trading.place_lock(order=filed, law=CQ, acting=acting, at=TEN)


def ask(market, number, reference="c1"):
    asked = account(number)
    return registry.ask_closing(
        account=asked,
        reason="不再参与交易",
        reference=reference,
        acting=market.acts(asked.holder.code),
        at=TEN,
    )


def close(market, closing, by="registry", person=1):
    acting = market.acts(by, person)
    trading.close_account(closing=closing, law=CQ, acting=acting, at=TEN)


def decide(market):
    return registry.decide_measure(
        holder=market["E001"],
        kind=MeasureKind.RESTRICTION,
        bars=[Bar.SELL],
        reason="操纵市场",
        decision="渝环罚〔2023〕7号",
        from_date=DAY,
        until_date=None,
        reference="r1",
        law=CQ,
        acting=market.acts("bureau"),
        at=TEN,
    )


@pytest.mark.requirement("CQ208-A4.2.6")
def test_accounts_linked_by_two_are_linked_once():
    market = exchange_market(1)
    RegistryAccount.objects.filter(number="trading-I1").update(linked_to=None)
    before = journal.trail("trading-I1").filter(operation="registry.link_accounts").count()
    link = registry.Link(market["I1"], "registry-I1", market.acts("I1"))
    assert at_once(*[partial(registry.link_accounts, [link], at=TEN)] * 4) == ["done"] * 4
    assert account("trading-I1").linked_to == account("registry-I1")
    after = journal.trail("trading-I1").filter(operation="registry.link_accounts").count()
    assert after == before + 1


@pytest.mark.requirement("AMB-33")
class TestClosing:
    def test_the_same_wish_sent_by_two_is_one(self):
        market = exchange_market(1)
        assert at_once(*[partial(ask, market, "registry-I1")] * 4) == ["done"] * 4
        assert Closing.objects.count() == 1

    def test_an_account_closed_by_two_is_closed_once(self):
        market = exchange_market(1)
        wishes = [ask(market, "registry-I1", reference) for reference in ("c1", "c2")]
        asked = [partial(close, market, wish, person=n) for n, wish in enumerate(wishes * 2)]
        assert at_once(*asked) == ["account_closed"] * 3 + ["done"]

    def test_units_arrive_before_the_closing_or_not_at_all(self):
        market = exchange_market(1)
        arrive = partial(
            registry.carry_over,
            holder=market["I1"],
            amount_t=Tonnes(10),
            lot=registry.LotOf("cq", UnitKind.ALLOWANCE, 2019, Origin.PAID),
            acting=market.acts("registry"),
            at=TEN,
        )
        answers = at_once(arrive, partial(close, market, ask(market, "registry-I1")))
        held = sum(h.total_t for h in holdings.holdings(market["I1"]))
        closed = account("registry-I1").closed_at is not None
        assert answers.count("done") == 1, answers
        assert set(answers) <= {"done", "account_closed", "no_account", "account_not_empty"}
        assert (held, closed) in {(10, False), (0, True)}

    def test_an_order_enters_before_the_closing_or_not_at_all(self):
        market = exchange_market(1)
        pay_in(market, "I1", 100_000)
        closing, answers = ask(market, "trading-I1"), []

        def buy():
            with open_floor(market) as floor:
                answers.extend(floor.submit([order(market, "I1", "buy", 1, PRICE)], at=TEN))

        done = at_once(buy, partial(close, market, closing, "exchange"))
        is_open = answers[0].refusal is None
        assert done == (["account_not_empty", "done"] if is_open else ["done", "done"])
        assert Order.objects.filter(state="resting").exists() == is_open
        assert (account("trading-I1").closed_at is None) == is_open


@pytest.mark.requirement("AMB-32")
class TestFreezes:
    def test_an_order_to_freeze_sent_by_two_is_one(self):
        market = exchange_market(1)
        assert at_once(*[partial(file, market, 40_000)] * 4) == ["done"] * 4
        assert LockOrder.objects.count() == 1

    def test_placed_by_two_it_freezes_once(self):
        market = exchange_market(1)
        filed = file(market, 40_000)
        asked = [partial(place, market, filed, person) for person in (2, 3)]
        assert at_once(*asked) == ["done", "wrong_state"]
        assert holdings.locked_t(market["E001"], LockCause.COURT) == 40_000

    def test_a_freeze_and_a_move_never_take_the_same_units(self, capsys):
        market = exchange_market(1)
        filed = file(market, 200_000 - 51_000)
        place(market, filed, 2)
        second = file(market, 40_000, "f2", LockCause.COURT)
        answers = at_once(
            partial(place, market, second, 2), partial(move, market, "E001", 40_000, vintage=2022)
        )
        assert answers.count("done") == 1
        assert set(answers) <= {"done", "over_locked", "not_enough_units"}
        must_be_sound(capsys)

    def test_a_freeze_and_an_order_never_hold_the_same_units(self, capsys):
        market = exchange_market(1)
        move(market, "E001", 51_000)
        filed, answers = file(market, 40_000, kind="trading"), []

        def sell():
            with open_floor(market) as floor:
                for n in range(4):
                    asked = order(market, "E001", "sell", 10_000, PRICE, key=str(n))
                    answers.extend(floor.submit([asked], at=TEN))

        assert at_once(sell, partial(place, market, filed, 2)) == ["done", "done"]
        resting = Order.objects.filter(state="resting")
        assert sum(row.remaining for row in resting) <= 11_000
        assert holdings.locked_t(market["E001"], LockCause.COURT) == 40_000
        must_be_sound(capsys)


@pytest.mark.requirement("CQETS-30")
class TestMeasures:
    def test_a_decision_sent_by_two_is_one(self):
        market = exchange_market(1)
        assert at_once(*[partial(decide, market)] * 4) == ["done"] * 4
        assert Measure.objects.count() == 1

    def test_carried_out_by_two_it_is_carried_out_once(self):
        market = exchange_market(1)
        measure = decide(market)
        asked = [
            partial(trading.execute_measure, measure=measure, law=CQ, acting=who, at=TEN)
            for who in (market.acts("exchange"), market.acts("registry"))
        ]
        assert at_once(*asked) == ["done", "wrong_state"]


def test_accounts_opened_by_two_are_opened_once():
    market = exchange_market(1)
    opened = partial(
        registry.open_accounts,
        holders=[market["V1"]],
        kind=AccountKind.REGISTRY,
        acting=market.acts("registry"),
        at=TEN,
    )
    assert set(at_once(*[opened] * 4)) == {"done"}
    assert RegistryAccount.objects.filter(holder=market["V1"]).count() == 1
