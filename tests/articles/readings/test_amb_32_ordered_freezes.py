"""AMB-32: freezes by a court, for risk or otherwise; what each blocks, and who lifts it."""

from dataclasses import replace

import pytest

from openets.casework import queries as casework
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.kernel.acting import NotYourRole
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause, Origin, UnitKind
from openets.registry.models import Lock, LockOrder, RegistryAccount
from openets.registry.operations import (
    DocumentMissing,
    LotOf,
    NotAnAmount,
    NotEnoughUnits,
    NotTheOwner,
    OverLocked,
    ReferenceReused,
)
from openets.trading import operations as trading
from openets.trading.models import Order
from tests.exchange import (
    TEN,
    exchange_market,
    held_t,
    move,
    must_be_sound,
    open_floor,
    order,
    pay_in,
)
from tests.markets import CQ, ISSUED, open_unit_accounts, small_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("AMB-32")]

COURT, RISK, OTHER = LockCause.COURT, LockCause.RISK, LockCause.OTHER
PAID = LotOf("cq", UnitKind.ALLOWANCE, 2019, Origin.PAID)
OWNERS = {COURT: "registry", RISK: "bureau", OTHER: "bureau"}


@pytest.fixture
def market():
    """E001 holds 15,000 t in its registry account."""
    market = small_market(1)
    open_unit_accounts(market, ISSUED)
    registry.carry_over(
        holder=market["E001"],
        amount_t=15_000,
        lot=PAID,
        acting=market.acts("registry"),
        at=TEN,
    )
    return market


def account(kind="registry"):
    return RegistryAccount.objects.get(number=f"{kind}-E001")


def file(market, cause, tonnes, *, by=None, document="（2023）渝01执1号", kind="registry", **more):
    asked = {"reason": "协助执行", "reference": f"f/{cause}/{kind}", "lots": ()} | more
    return registry.order_lock(
        account=account(kind),
        cause=cause,
        amount_t=tonnes,
        document=document,
        acting=market.acts(by or OWNERS[cause]),
        at=TEN,
        **asked,
    )


def place(market, filed, *, by=None, person=2):
    who = market.acts(by or OWNERS[filed.cause], person)
    return trading.place_lock(order=filed, law=CQ, acting=who, at=TEN)


def freeze(market, cause, tonnes, **more):
    filed = file(market, cause, tonnes, **more)
    place(market, filed, by=more.get("by"))
    return filed


def ask(market, filed, *, by=None, document="（2023）渝01执1号之二"):
    registry.ask_lifting(
        order=filed,
        document=document,
        reasons="已执行完毕",
        acting=market.acts(by or OWNERS[filed.cause]),
        at=TEN,
    )


def surrender(market, tonnes, reference="s1", law=CQ):
    return registry.surrender(
        holder=market["E001"],
        year=2021,
        amount_t=tonnes,
        reference=reference,
        fits=lambda *_: True,
        law=law,
        acting=market.acts("E001"),
        at=TEN,
    )


def out(market, tonnes, reference="m1"):
    return move(market, "E001", tonnes, vintage=2019, reference=reference)


class TestOf15000Tonnes10000AreFrozenByACourtAnd3000ForRisk:
    @pytest.fixture
    def frozen(self, market):
        for cause, tonnes in ((COURT, 10_000), (RISK, 3_000)):
            freeze(market, cause, tonnes)
        return market

    def test_2000_are_transferable(self, frozen):
        with pytest.raises(NotEnoughUnits) as refused:
            out(frozen, 2_001)
        assert refused.value.available_t == 2_000
        out(frozen, 2_000)

    def test_5000_are_surrenderable(self, frozen):
        with pytest.raises(NotEnoughUnits) as refused:
            surrender(frozen, 5_001)
        assert refused.value.available_t == 5_000
        assert surrender(frozen, 5_000).amount_t == 5_000
        assert holdings.locked_t(frozen["E001"], COURT) == 10_000
        assert holdings.locked_t(frozen["E001"], RISK) == 0

    def test_a_surrender_takes_what_is_free_first_and_leaves_the_rest_frozen_by_its_owner(
        self, frozen
    ):
        surrender(frozen, 2_500)
        assert holdings.locked_t(frozen["E001"], RISK) == 2_500
        assert held_t(frozen, "E001")[2019] == 0
        (rest,) = Lock.objects.filter(cause=RISK, lifted_at__isnull=True)
        assert (rest.owner, rest.reference) == ("city_bureau", "E001/f/risk/registry")

    def test_the_same_surrender_sent_again_takes_nothing_more(self, frozen):
        assert surrender(frozen, 2_500) == surrender(frozen, 2_500)
        assert holdings.locked_t(frozen["E001"], RISK) == 2_500

    def test_which_causes_let_a_surrender_pass_is_a_card(self, frozen):
        none = CQ.instead({"registry.suspend_allow_surrender": []})
        with pytest.raises(NotEnoughUnits):
            surrender(frozen, 2_001, law=none)
        both = CQ.instead({"registry.suspend_allow_surrender": ["court", "risk"]})
        assert surrender(frozen, 15_000, law=both).amount_t == 15_000


class TestPlacing:
    def test_nothing_is_frozen_before_a_second_person_places_it(self, market):
        filed = file(market, COURT, 10_000)
        assert Lock.objects.count() == 0
        with pytest.raises(SamePerson):
            place(market, filed, person=1)
        (part,) = place(market, filed)
        assert (part.amount_t, Lock.objects.get().owner) == (10_000, "registry_operator")
        with pytest.raises(WrongState):
            place(market, filed, person=3)

    @pytest.mark.parametrize("document", ["", "  "])
    def test_a_freeze_rests_on_a_document(self, market, document):
        with pytest.raises(DocumentMissing):
            file(market, COURT, 1, document=document)

    def test_a_freeze_has_reasons(self, market):
        with pytest.raises(ReasonsMissing):
            file(market, RISK, 1, reason=" ")

    @pytest.mark.parametrize(
        ("cause", "by"),
        [(COURT, "bureau"), (COURT, "exchange"), (OTHER, "registry"), (RISK, "E001")],
    )
    def test_a_cause_is_ordered_by_whom_it_belongs_to(self, market, cause, by):
        with pytest.raises(NotYourRole):
            file(market, cause, 1, by=by)

    @pytest.mark.requirement("CQETS-30")
    @pytest.mark.parametrize("by", ["bureau", "registry"])
    def test_a_risk_is_secured_by_the_bureau_or_the_registry(self, market, by):
        freeze(market, RISK, 1_000, by=by)
        assert holdings.locked_t(market["E001"], RISK) == 1_000

    def test_more_than_is_free_is_refused_with_the_numbers(self, market):
        freeze(market, COURT, 10_000)
        with pytest.raises(OverLocked) as refused:
            file(market, RISK, 5_001)
        assert refused.value.numbers["available"] == 5_000
        assert refused.value.numbers["wanted"] == 5_001
        freeze(market, RISK, 5_000)

    def test_what_became_too_much_meanwhile_is_refused_when_placed(self, market):
        filed = file(market, COURT, 15_000)
        out(market, 1)
        with pytest.raises(OverLocked):
            place(market, filed)
        assert Lock.objects.count() == 0

    @pytest.mark.parametrize("tonnes", [0, -1])
    def test_nothing_is_no_amount(self, market, tonnes):
        with pytest.raises(NotAnAmount):
            file(market, COURT, tonnes)

    def test_the_same_order_sent_twice_is_one_and_another_under_its_name_is_refused(self, market):
        assert file(market, COURT, 10) == file(market, COURT, 10)
        with pytest.raises(ReferenceReused):
            file(market, COURT, 11)
        assert LockOrder.objects.count() == 1

    def test_an_order_may_come_to_nothing(self, market):
        filed = file(market, COURT, 10)
        registry.refuse_lock(
            order=filed, reasons="文书有误", acting=market.acts("registry", 2), at=TEN
        )
        with pytest.raises(WrongState):
            place(market, filed, person=3)

    def test_the_trading_account_can_be_frozen_and_then_nothing_is_sold_from_it(self):
        market = exchange_market(1)
        move(market, "E001", 100)
        freeze(market, COURT, 60, kind="trading")
        with open_floor(market) as floor:
            over = floor.submit([order(market, "E001", "sell", 41, 4000)], at=TEN)[0]
            fits = floor.submit([order(market, "E001", "sell", 40, 4000)], at=TEN)[0]
        assert over.refusal.numbers["available"] == 40
        assert fits.state == "resting"
        with pytest.raises(OverLocked) as refused:
            file(market, RISK, 41, kind="trading")
        assert refused.value.numbers["available"] == 40

    @pytest.mark.requirement("CQETS-30")
    @pytest.mark.parametrize(
        ("frozen_t", "withdrawn"), [(50, []), (51, [3]), (60, [3]), (61, [2, 3]), (100, [1, 2, 3])]
    )
    def test_the_latest_orders_give_way_to_a_freeze_that_needs_what_they_hold(
        self, frozen_t, withdrawn, capsys
    ):
        market = exchange_market(1)
        move(market, "E001", 100)
        pay_in(market, "E001", 10_000)
        with open_floor(market) as floor:
            asked = [order(market, "E001", "sell", t, 4000) for t in (30, 10, 10)]
            floor.submit([*asked[:2], replace(asked[2], key="third")], at=TEN)
            floor.submit([order(market, "E001", "buy", 1, 3990)], at=TEN)
            freeze(market, COURT, frozen_t, kind="trading")
            assert holdings.locked_t(market["E001"], COURT) == frozen_t
            rows = Order.objects.filter(state="withdrawn").order_by("id")
            assert [row.id for row in rows] == withdrawn
            must_be_sound(capsys)
            told = [notice.zh for notice in casework.inbox(market["E001"])]
            assert [zh for zh in told if "撤回申报" in zh] == [
                zh for zh in told if withdrawn and zh.endswith(", ".join(map(str, withdrawn)))
            ]
            floor.submit([order(market, "E001", "buy", 2, 3990)], at=TEN)
            assert {1, 2, 3, 4} - set(withdrawn) == set(floor.resting) - {5}

    @pytest.mark.requirement("CQETS-30")
    def test_a_freeze_of_more_than_there_is_withdraws_nothing(self):
        market = exchange_market(1)
        move(market, "E001", 100)
        filed = file(market, COURT, 100, kind="trading")
        freeze(market, RISK, 1, kind="trading")
        with open_floor(market) as floor:
            floor.submit([order(market, "E001", "sell", 99, 4000)], at=TEN)
        with pytest.raises(OverLocked) as refused:
            place(market, filed)
        assert refused.value.numbers["available"] == 99
        assert Order.objects.get().state == "resting"

    def test_the_frozen_count_for_the_minimum_holding(self):
        market = exchange_market(1)
        freeze(market, COURT, 100_000, lots=["CQ/allowance/2021/free"])
        move(market, "E001", 100_000, vintage=2022)


class TestLifting:
    @pytest.mark.parametrize("cause", [COURT, RISK, OTHER])
    def test_a_second_person_of_the_owner_lifts_it_on_a_document(self, market, cause):
        filed = freeze(market, cause, 100)
        with pytest.raises(DocumentMissing):
            ask(market, filed, document="")
        ask(market, filed)
        who = market.acts(OWNERS[cause])
        with pytest.raises(SamePerson):
            registry.lift_lock(order=filed, acting=who, at=TEN)
        second = market.acts(OWNERS[cause], 2)
        assert registry.lift_lock(order=filed, acting=second, at=TEN) == 100
        assert held_t(market, "E001")[2019] == 15_000
        filed.refresh_from_db()
        assert filed.lift_document == "（2023）渝01执1号之二"

    def test_only_its_owner_lifts_a_lock(self, market):
        filed = freeze(market, RISK, 100)
        for by, refusal in (("registry", NotTheOwner), ("E001", NotYourRole)):
            with pytest.raises(refusal):
                ask(market, filed, by=by)
        ask(market, filed)
        with pytest.raises(NotTheOwner):
            registry.lift_lock(order=filed, acting=market.acts("registry", 2), at=TEN)
        assert holdings.locked_t(market["E001"], RISK) == 100

    def test_a_lifting_that_is_not_agreed_to_keeps_the_freeze(self, market):
        filed = freeze(market, COURT, 100)
        ask(market, filed)
        second = market.acts("registry", 2)
        registry.keep_lock(order=filed, reasons="文书不符", acting=second, at=TEN)
        with pytest.raises(WrongState):
            registry.lift_lock(order=filed, acting=second, at=TEN)
        assert holdings.locked_t(market["E001"], COURT) == 100

    def test_what_a_surrender_took_is_not_freed_again(self, market):
        filed = freeze(market, RISK, 15_000)
        surrender(market, 4_000)
        ask(market, filed)
        second = market.acts("bureau", 2)
        assert registry.lift_lock(order=filed, acting=second, at=TEN) == 11_000
        assert held_t(market, "E001")[2019] == 11_000


def test_chosen_lots_are_frozen_and_no_others(market):
    registry.carry_over(
        holder=market["E001"],
        amount_t=500,
        lot=LotOf("cq", UnitKind.ALLOWANCE, 2020, Origin.PAID),
        acting=market.acts("registry"),
        at=TEN,
    )
    freeze(market, COURT, 400, lots=["CQ/allowance/2020/paid"])
    assert held_t(market, "E001", AccountKind.REGISTRY) == {2019: 15_000, 2020: 100}
    with pytest.raises(registry.NoSuchLot):
        file(market, RISK, 1, lots=["CQ/allowance/2018/paid"])
