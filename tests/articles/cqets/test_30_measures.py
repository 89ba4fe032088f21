"""CQETS article 30: measures that restrict a participant, at order entry and at transfer."""

from datetime import date

import pytest

from openets.casework import queries as casework
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.compliance import operations as compliance
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.parties.models import Designation
from openets.reconciliation import queries
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.registry.measures import AccountState, Bar, MeasureKind
from openets.registry.operations import (
    AccountRestricted,
    DocumentMissing,
    MeasureEndsBeforeItBegins,
    MeasureExists,
    NothingBarred,
)
from openets.trading import operations as trading
from openets.trading.models import FloorBatch, Order
from tests.concurrently import at_once
from tests.exchange import (
    PRICE,
    TEN,
    close_books,
    exchange_market,
    held_t,
    move,
    must_be_sound,
    open_floor,
    order,
    pay_in,
)
from tests.markets import CQ

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQETS-30")]

FIRST, LAST, NEXT = date(2023, 12, 1), date(2023, 12, 4), date(2023, 12, 5)
RESTRICTION, SUSPENSION = MeasureKind.RESTRICTION, MeasureKind.SUSPENSION


@pytest.fixture
def market():
    """E001 has units and money to trade with."""
    market = exchange_market(1)
    move(market, "E001", 1_000)
    pay_in(market, "E001", 100_000)
    return market


def decide(
    market,
    kind=RESTRICTION,
    bars=(Bar.SELL,),
    *,
    by="bureau",
    until=LAST,
    day=FIRST,
    first=FIRST,
    **more,
):
    said = {"reason": "操纵市场", "decision": "渝环罚〔2023〕7号", "reference": "r1"} | more
    return registry.decide_measure(
        holder=market["E001"],
        kind=kind,
        bars=bars,
        from_date=first,
        until_date=until,
        law=CQ,
        acting=market.acts(by),
        at=at(day, 11),
        **said,
    )


def execute(market, measure, by="exchange", person=1, day=FIRST):
    who = market.acts(by, person)
    trading.execute_measure(measure=measure, law=CQ, acting=who, at=at(day, 11))


def impose(market, *given, day=FIRST, **more):
    measure = decide(market, *given, day=day, **more)
    execute(market, measure, day=day)
    return measure


def entered(market, side, day):
    with open_floor(market, day=day) as floor:
        asked = order(market, "E001", side, 10, 4000, key=f"{side}/{day}")
        return floor.submit([asked], at=at(day, 10))[0]


class TestASellRestrictionUntilDecember4:
    def test_refuses_a_sell_on_its_last_day_and_names_article_and_decision(self, market):
        impose(market)
        answer = entered(market, "sell", LAST)
        assert answer.state == "refused"
        assert answer.refusal.article == "CQETS-30"
        assert answer.refusal.numbers["decision"] == "渝环罚〔2023〕7号"

    def test_accepts_a_sell_on_the_day_after(self, market):
        impose(market)
        assert entered(market, "sell", NEXT).state == "resting"

    def test_accepts_a_buy_meanwhile(self, market):
        impose(market)
        assert entered(market, "buy", LAST).state == "resting"

    def test_lets_units_move(self, market):
        impose(market)
        move(market, "E001", 10, reference="m2")


class TestATransferRestriction:
    def test_refuses_a_move_until_its_last_day_and_no_later(self, market):
        impose(market, RESTRICTION, [Bar.TRANSFER])
        with pytest.raises(AccountRestricted) as refused:
            move(market, "E001", 10, reference="m2")
        assert refused.value.article == "CQETS-30"
        move(market, "E001", 10, reference="m2", moment=at(NEXT, 10))

    def test_lets_the_holder_surrender(self, market):
        impose(market, RESTRICTION, [Bar.TRANSFER])
        surrender(market)

    def test_bars_the_surrender_where_the_card_says_so(self, market):
        law = CQ.instead({"registry.measures_allow_surrender": []})
        measure = registry.decide_measure(
            holder=market["E001"],
            kind=RESTRICTION,
            bars=[Bar.TRANSFER],
            reason="违规",
            decision="1号",
            from_date=FIRST,
            until_date=None,
            reference="r2",
            law=law,
            acting=market.acts("bureau"),
            at=at(FIRST),
        )
        execute(market, measure)
        with pytest.raises(AccountRestricted):
            surrender(market)

    def test_does_not_hinder_what_an_authority_does(self, market):
        impose(market, RESTRICTION, [Bar.TRANSFER])
        registry.carry_over(
            holder=market["E001"],
            amount_t=5,
            lot=registry.LotOf("cq", UnitKind.ALLOWANCE, 2019, Origin.PAID),
            acting=market.acts("registry"),
            at=TEN,
        )


def surrender(market):
    compliance.surrender(
        organisation=market["E001"],
        year=2021,
        amount_t=1,
        reference="s1",
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )


@pytest.mark.parametrize(
    ("kind", "until", "state", "refused"),
    [
        (RESTRICTION, LAST, AccountState.RESTRICTED, {"sell"}),
        (SUSPENSION, LAST, AccountState.SUSPENDED, {"buy", "sell", "move"}),
        (MeasureKind.DISQUALIFICATION, None, AccountState.DISQUALIFIED, {"buy", "sell"}),
    ],
)
def test_each_kind_of_measure_has_its_state_and_bars(market, kind, until, state, refused):
    impose(market, kind, until=until)
    assert holdings.state_of(market["E001"].accounts.first(), LAST) == state
    found = {side for side in ("buy", "sell") if entered(market, side, LAST).refusal}
    try:
        move(market, "E001", 1, reference="m2")
    except AccountRestricted:
        found.add("move")
    assert found == refused
    surrender(market)


def test_a_restriction_without_reason_document_or_scope_is_refused(market):
    for said, refusal in (
        ({"reason": " "}, ReasonsMissing),
        ({"decision": ""}, DocumentMissing),
        ({"bars": ()}, NothingBarred),
        ({"until": date(2023, 11, 30)}, MeasureEndsBeforeItBegins),
        ({"kind": MeasureKind.DISQUALIFICATION}, MeasureEndsBeforeItBegins),
    ):
        with pytest.raises(refusal):
            decide(market, **said)


def test_the_same_decision_sent_twice_is_one_and_its_reference_is_no_others(market):
    assert decide(market) == decide(market)
    with pytest.raises(MeasureExists):
        decide(market, SUSPENSION)


@pytest.mark.parametrize("by", ["E001", "I1", "platform"])
def test_participants_and_others_decide_nothing(market, by):
    with pytest.raises(NotYourRole):
        decide(market, by=by)


def test_the_exchange_may_decide_but_another_person_carries_it_out(market):
    measure = decide(market, by="exchange")
    with pytest.raises(SamePerson):
        execute(market, measure)
    assert entered(market, "sell", LAST).state == "resting"
    execute(market, measure, person=2)
    with pytest.raises(WrongState):
        execute(market, measure, by="registry")


def test_a_decision_not_carried_out_yet_may_be_withdrawn(market):
    measure = decide(market)
    registry.withdraw_measure(
        measure=measure, reasons="事实不清", acting=market.acts("bureau"), at=TEN
    )
    with pytest.raises(WrongState):
        execute(market, measure)


def test_a_measure_is_lifted_by_decision_and_a_second_person(market):
    measure = impose(market, SUSPENSION)
    with pytest.raises(DocumentMissing):
        lift_decided(market, measure, decision=" ")
    lift_decided(market, measure)
    with pytest.raises(NotYourRole):
        registry.lift_measure(measure=measure, acting=market.acts("bureau", 2), at=TEN)
    registry.lift_measure(measure=measure, acting=market.acts("registry"), at=TEN)
    assert entered(market, "sell", LAST).state == "resting"
    move(market, "E001", 1, reference="m2")
    account = market["E001"].accounts.first()
    assert holdings.state_of(account, LAST) == AccountState.ACTIVE
    assert [m.lift_decision for m in holdings.measures(market["E001"])] == ["渝环解〔2023〕1号"]


def lift_decided(market, measure, decision="渝环解〔2023〕1号"):
    registry.decide_lifting(
        measure=measure,
        decision=decision,
        reasons="已整改",
        acting=market.acts("bureau"),
        at=TEN,
    )


@pytest.mark.requirement("CQETS-5")
def test_without_a_designated_exchange_an_order_of_that_day_is_refused(market):
    Designation.objects.filter(role="exchange_operator").update(from_date=NEXT)
    answer = entered(market, "sell", LAST)
    assert (answer.state, answer.refusal.code) == ("refused", "not_designated")
    assert entered(market, "sell", NEXT).state == "resting"


class TestOrdersThatAMeasureBars:
    """They leave the book at once, with what they held, and their holder is told why."""

    @pytest.fixture
    def book(self, market):
        """E001 sells 10 t and 20 t and buys 5 t, nothing of which is filled yet."""
        pay_in(market, "I1", 100_000)
        with open_floor(market) as floor:
            asked = [
                order(market, "E001", "sell", 10, PRICE + 1),
                order(market, "E001", "sell", 20, PRICE + 2),
                order(market, "E001", "buy", 5, PRICE - 1),
                order(market, "I1", "buy", 7, PRICE - 2),
            ]
            assert [answer.state for answer in floor.submit(asked, at=TEN)] == ["resting"] * 4
            yield floor

    def states(self):
        return dict(Order.objects.values_list("id", "state").order_by("id"))

    def told(self, market):
        return [notice.zh for notice in casework.inbox(market["E001"])]

    def test_sells_are_withdrawn_buys_stay(self, market, book):
        impose(market, day=LAST)
        assert [self.states()[n] for n in (1, 2, 3, 4)] == [
            "withdrawn",
            "withdrawn",
            "resting",
            "resting",
        ]

    def test_units_are_free_again_and_everything_reconciles(self, market, book, capsys):
        impose(market, day=LAST)
        assert held_t(market, "E001", AccountKind.TRADING)[2021] == 1_000
        must_be_sound(capsys)

    def test_the_holder_is_told_which_and_under_which_measure(self, market, book):
        impose(market, day=LAST)
        (notice,) = [zh for zh in self.told(market) if "撤回申报" in zh]
        assert notice.startswith("账户限制措施 合成重点排放单位0")
        assert notice.endswith("：撤回申报：1, 2")

    def test_a_running_floor_no_longer_trades_them(self, market, book, capsys):
        impose(market, day=LAST)
        answer = book.submit([order(market, "I1", "buy", 10, PRICE + 1)], at=TEN)[0]
        assert (answer.state, answer.traded_t) == ("resting", 0)
        assert set(book.resting) == {3, 4, 5}
        must_be_sound(capsys)

    def test_a_floor_that_starts_again_has_the_same_books(self, market, book):
        impose(market, day=LAST)
        book.close()
        with open_floor(market) as again:
            assert again.state_hash() == FloorBatch.objects.latest("number").state_hash
            assert set(again.resting) == {3, 4}

    def test_a_suspension_withdraws_both_sides(self, market, book):
        impose(market, SUSPENSION, by="registry", until=None, day=LAST)
        assert set(self.states().values()) == {"withdrawn", "resting"}
        assert self.states()[3] == "withdrawn"
        assert self.states()[4] == "resting"

    def test_a_bar_of_transfers_leaves_orders_alone(self, market, book):
        impose(market, bars=[Bar.TRANSFER], day=LAST)
        assert set(self.states().values()) == {"resting"}
        assert not [zh for zh in self.told(market) if "撤回申报" in zh]

    def test_a_measure_from_tomorrow_leaves_today_s_orders_alone(self, market, book):
        impose(market, day=LAST, first=NEXT, until=None)
        assert set(self.states().values()) == {"resting"}
        book.close_day(at=at(LAST, 16))
        assert set(self.states().values()) == {"expired"}
        close_books(market.acts, LAST)
        book.open_day(NEXT)
        answer = book.submit([order(market, "E001", "sell", 1, PRICE)], at=at(NEXT, 10))[0]
        assert answer.refusal.code == "account_restricted"

    def test_whoever_may_not_carry_it_out_withdraws_nothing(self, market, book):
        measure = decide(market, day=LAST)
        for who in ("E001", "bureau"):
            with pytest.raises(NotYourRole):
                execute(market, measure, who, day=LAST)
        assert set(self.states().values()) == {"resting"}

    def test_the_day_reconciles_and_closes(self, market, book):
        impose(market, day=LAST)
        book.close_day(at=at(LAST, 16))
        close_books(market.acts, LAST)
        assert queries.market_day(LAST).case.state == "closed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("CQETS-5.4b")
@pytest.mark.parametrize("attempt", range(3))
def test_a_measure_that_meets_the_orders_it_bars_lets_none_rest_or_trade_after_it(attempt, capsys):
    market = exchange_market(1)
    move(market, "E001", 1_000)
    pay_in(market, "I1", 1_000_000)
    measure = decide(market, day=LAST)
    answers = []

    def trade():
        with open_floor(market) as floor:
            for n in range(12):
                side, code = ("sell", "E001") if n % 2 else ("buy", "I1")
                asked = order(market, code, side, 2 + n % 5, PRICE, key=f"{attempt}/{n}")
                answers.append(floor.submit([asked], at=TEN)[0])

    def carry_out():
        execute(market, measure, day=LAST)

    assert at_once(trade, carry_out, jitter_seconds=0.05 * attempt) == ["done", "done"]
    refused = [answer.refusal is not None for answer in answers[1::2]]
    assert refused == sorted(refused), "none is taken after the first was barred"
    assert not Order.objects.filter(holder=market["E001"], state="resting").exists()
    must_be_sound(capsys)
