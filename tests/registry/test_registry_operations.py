"""Every operation of the registry: done right, by the wrong one, for the wrong amount, twice."""

from datetime import date

import pytest

from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.registry import locks, movement
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause, Origin, UnitKind
from openets.registry.models import FreeAllocation, Lock, RegistryAccount, Transaction
from openets.registry.operations import (
    Issue,
    LotOf,
    NoAccount,
    NotAnAmount,
    NotEnoughUnits,
    NothingLocked,
    NotYourAccount,
    ReferenceReused,
)
from openets.registry.parts import Part
from tests.exchange import held_t, move, register_credits
from tests.markets import CQ, ISSUED, issued_market, open_unit_accounts, small_market

pytestmark = pytest.mark.django_db

NOON = at(date(2023, 12, 4), 12)
FREE_2021 = LotOf("cq", UnitKind.ALLOWANCE, 2021, Origin.FREE)
PAID_2019 = LotOf("cq", UnitKind.ALLOWANCE, 2019, Origin.PAID)


@pytest.fixture
def market():
    return issued_market(1)


@pytest.fixture
def empty():
    """A market with accounts and nothing on them."""
    market = small_market(2)
    open_unit_accounts(market, ISSUED)
    return market


def issue(market, tonnes=100, *, by="registry", reference="E001/2021", lot=FREE_2021):
    items = [Issue(market["E001"], tonnes, reference)]
    return registry.issue(items=items, lot=lot, acting=market.acts(by), at=NOON)


def take(market, tonnes, *, reference="s1", year=2021, by="E001", law=CQ, fits=lambda *_: True):
    return registry.surrender(
        holder=market["E001"],
        year=year,
        amount_t=tonnes,
        reference=reference,
        fits=fits,
        law=law,
        acting=market.acts(by),
        at=NOON,
    )


def last_entry(operation):
    (entry,) = [e for e in journal.entry_rows() if e["operation"] == operation][-1:]
    return entry


class TestAccounts:
    def test_an_account_opens_once_for_each_holder_and_the_journal_names_it(self, empty):
        before = RegistryAccount.objects.count()
        registrar = empty.acts("registry")
        registry.open_accounts(
            holders=empty.entities, kind=AccountKind.REGISTRY, acting=registrar, at=NOON
        )
        assert RegistryAccount.objects.count() == before
        numbers = [e["subject"] for e in journal.entry_rows() if "open_account" in e["operation"]]
        assert numbers.count("registry-E001") == 1

    @pytest.mark.parametrize(
        ("kind", "wrong"), [(AccountKind.REGISTRY, "exchange"), (AccountKind.TRADING, "registry")]
    )
    def test_each_operator_opens_its_own_kind(self, empty, kind, wrong):
        with pytest.raises(NotYourRole):
            registry.open_accounts(
                holders=empty.entities, kind=kind, acting=empty.acts(wrong), at=NOON
            )


class TestIssue:
    def test_issuing_twice_under_one_determination_adds_nothing(self, empty):
        first, second = issue(empty), issue(empty)
        assert first == second
        assert held_t(empty, "E001") == {2021: 100}
        assert FreeAllocation.objects.get().free_t == 100

    def test_a_second_issue_of_a_year_adds_to_its_free_quantity(self, empty):
        issue(empty), issue(empty, 20, reference="E001/2021/review")
        assert FreeAllocation.objects.get().free_t == 120

    def test_another_amount_under_the_same_determination_is_refused(self, empty):
        issue(empty)
        with pytest.raises(ReferenceReused):
            issue(empty, 101)
        assert held_t(empty, "E001") == {2021: 100}

    def test_only_the_registry_operator_issues(self, empty):
        with pytest.raises(NotYourRole):
            issue(empty, by="bureau")

    def test_a_holder_without_an_account_gets_nothing(self):
        market = small_market(1)
        registry.open_system_accounts(
            operator=market["registry"], acting=market.acts("registry"), at=NOON
        )
        with pytest.raises(NoAccount):
            issue(market)

    @pytest.mark.parametrize("tonnes", [0, -1])
    def test_nothing_is_no_amount(self, empty, tonnes):
        with pytest.raises(NotAnAmount):
            issue(empty, tonnes)

    def test_the_journal_names_account_lot_and_amount(self, empty):
        issue(empty)
        entry = last_entry("registry.issue")
        assert entry["article"] == "CQ208-A1.5.1"
        assert entry["role"] == "registry_operator"
        assert entry["content"] == {
            "debit": "issued-registry",
            "credit": "registry-E001",
            "parts": [["CQ/allowance/2021/free", False, 100]],
            "batch": 1,
        }

    def test_issuing_frozen_twice_locks_once(self, empty):
        for _ in range(2):
            registry.issue_frozen(
                items=[Issue(empty["E001"], 70, "E001/2023")],
                lot=LotOf("cq", UnitKind.ALLOWANCE, 2023, Origin.FREE),
                cause=LockCause.PRE_ALLOCATION,
                acting=empty.acts("registry"),
                at=NOON,
            )
        assert holdings.locked_t(empty["E001"], LockCause.PRE_ALLOCATION) == 70
        assert held_t(empty, "E001") == {2023: 0}


class TestMove:
    def test_moving_twice_under_one_reference_moves_once(self, market):
        assert move(market, "E001", 100_000) == move(market, "E001", 100_000)
        assert held_t(market, "E001", AccountKind.TRADING) == {2021: 100_000}

    @pytest.mark.parametrize("other", [{"tonnes": 2}, {"vintage": 2022}])
    def test_other_content_under_the_same_reference_is_refused(self, market, other):
        move(market, "E001", 1)
        with pytest.raises(ReferenceReused):
            move(market, "E001", **({"tonnes": 1} | other))

    def test_two_holders_may_use_the_same_reference(self):
        market = issued_market(2)
        for code in ("E001", "E002"):
            move(market, code, 10)
            assert held_t(market, code, AccountKind.TRADING) == {2021: 10}

    def test_nobody_moves_anothers_units(self, market):
        with pytest.raises(NotYourAccount):
            registry.move_between_own(
                holder=market["E001"],
                kind="move_to_trading",
                amount_t=1,
                unit=UnitKind.ALLOWANCE,
                vintage_year=2021,
                reference="theft",
                law=CQ,
                acting=market.acts("I1"),
                at=NOON,
            )

    @pytest.mark.parametrize(
        ("tonnes", "refusal"), [(0, NotAnAmount), (-5, NotAnAmount), (100_001, NotEnoughUnits)]
    )
    def test_a_wrong_amount_moves_nothing(self, market, tonnes, refusal):
        with pytest.raises(refusal):
            move(market, "E001", tonnes)
        assert held_t(market, "E001")[2021] == 100_000

    def test_there_and_back_leaves_everything_as_it_was(self, market):
        before = held_t(market, "E001")
        move(market, "E001", 100)
        move(market, "E001", 100, to="registry", reference="back")
        assert held_t(market, "E001") == before


class TestSurrender:
    def test_the_same_surrender_twice_counts_once(self, market):
        assert take(market, 60_000) == take(market, 60_000)
        row = FreeAllocation.objects.get(year=2021)
        assert (row.surrendered_t, held_t(market, "E001")[2021]) == (60_000, 40_000)

    def test_another_amount_under_the_same_reference_is_refused(self, market):
        take(market, 60_000)
        with pytest.raises(ReferenceReused):
            take(market, 60_001)

    @pytest.mark.parametrize(("by", "refusal"), [("I1", NotYourAccount), ("E001", None)])
    def test_only_the_holder_surrenders(self, market, by, refusal):
        if refusal is None:
            assert take(market, 1, by=by).amount_t == 1
        else:
            with pytest.raises(refusal):
                take(market, 1, by=by)

    def test_an_investor_has_no_duty_to_surrender_for(self, market):
        registry.carry_over(
            holder=market["I1"],
            amount_t=10,
            lot=PAID_2019,
            acting=market.acts("registry"),
            at=NOON,
        )
        with pytest.raises(NotYourRole):
            registry.surrender(
                holder=market["I1"],
                year=2021,
                amount_t=1,
                reference="s",
                fits=lambda *_: True,
                law=CQ,
                acting=market.acts("I1"),
                at=NOON,
            )

    def test_units_in_the_trading_account_cannot_be_surrendered(self, market):
        move(market, "E001", 100_000)
        with pytest.raises(NotEnoughUnits):
            take(market, 100_001)
        assert take(market, 100_000).parts == [["CQ/allowance/2022/free", False, 100_000]]

    def test_the_oldest_go_first_and_later_vintages_only_where_the_rule_admits_them(self, market):
        parts = take(market, 150_000).parts
        assert parts == [
            ["CQ/allowance/2021/free", False, 100_000],
            ["CQ/allowance/2022/free", False, 50_000],
        ]
        strict = CQ.instead({"registry.surrender_vintage": "same_or_earlier"})
        with pytest.raises(NotEnoughUnits):
            take(market, 1, reference="s2", law=strict)

    def test_the_journal_names_what_went(self, market):
        take(market, 7)
        entry = last_entry("registry.surrender")
        assert entry["content"]["parts"] == [["CQ/allowance/2021/free", False, 7]]
        assert (entry["person"], entry["article"]) == ("E001-1", "CQETS-26")


class TestLocks:
    def use(self, market, tonnes, *, by="bureau", reference="o1"):
        return registry.use_locked(
            holder=market["E001"],
            kind="offset",
            reference=reference,
            amount_t=tonnes,
            cause=LockCause.OFFSET,
            acting=market.acts(by),
            at=NOON,
        )

    def lock(self, market, tonnes, *, by="E001", reference="o1"):
        lot = register_credits(market, "E001", 1_000)
        return registry.lock_units(
            holder=market["E001"],
            amount_t=tonnes,
            lots=[lot],
            cause=LockCause.OFFSET,
            reference=reference,
            article="CQ208-A5.4",
            law=CQ,
            acting=market.acts(by),
            at=NOON,
        )

    def test_locked_units_cannot_be_moved(self, market):
        self.lock(market, 600)
        with pytest.raises(NotEnoughUnits):
            move(market, "E001", 401, unit=UnitKind.CQCER)
        move(market, "E001", 400, unit=UnitKind.CQCER)

    def test_only_the_holder_locks_its_own(self, market):
        with pytest.raises(NotYourAccount):
            self.lock(market, 1, by="I1")

    def test_only_the_authority_lifts_a_lock(self, market):
        self.lock(market, 600)
        for code in ("E001", "platform", "registry"):
            with pytest.raises(NotYourRole):
                self.use(market, 0, by=code)
        assert holdings.locked_t(market["E001"], LockCause.OFFSET) == 600

    def test_using_nothing_frees_everything(self, market):
        self.lock(market, 600)
        assert self.use(market, 0) is None
        assert holdings.locked_t(market["E001"], LockCause.OFFSET) == 0
        move(market, "E001", 1_000, unit=UnitKind.CQCER)

    def test_using_a_part_frees_the_rest(self, market):
        self.lock(market, 600)
        assert self.use(market, 500).amount_t == 500
        move(market, "E001", 500, unit=UnitKind.CQCER)
        with pytest.raises(NotEnoughUnits):
            move(market, "E001", 1, unit=UnitKind.CQCER, reference="m2")

    def test_using_twice_is_once_and_more_than_locked_is_refused(self, market):
        self.lock(market, 600)
        with pytest.raises(NothingLocked):
            self.use(market, 601)
        assert self.use(market, 600) == self.use(market, 600)
        with pytest.raises(ReferenceReused):
            self.use(market, 599)
        with pytest.raises(NothingLocked):
            self.use(market, 1, reference="other")

    def test_a_lock_used_in_parts_keeps_the_number_of_its_rest_apart(self, market):
        account = RegistryAccount.objects.get(number="registry-E001")
        bureau = market.acts("bureau")
        for _ in range(3):
            locks.lift(account, 10, LockCause.PRE_ALLOCATION, bureau, NOON)
        assert holdings.locked_t(market["E001"], LockCause.PRE_ALLOCATION) == 69_970
        keys = list(Lock.objects.values_list("ledger_key", flat=True))
        assert len(keys) == len(set(keys)) == 4

    def test_a_release_makes_units_part_of_the_minimum_holding_and_is_journalled(self, market):
        freed = registry.release_locked(
            holders=[market["E001"]],
            cause=LockCause.PRE_ALLOCATION,
            acting=market.acts("clock"),
            at=NOON,
        )
        assert freed == held_t(market, "E001")[2023] == 70_000
        assert FreeAllocation.objects.get(year=2023).free_t == 70_000
        entry = last_entry("registry.release_locked")
        assert entry["content"] == {"free_t": [["registry-E001", 2023, 70_000]]}

    @pytest.mark.parametrize("code", ["E001", "exchange", "platform"])
    def test_nobody_else_releases(self, market, code):
        with pytest.raises(NotYourRole):
            registry.release_locked(
                holders=[market["E001"]],
                cause=LockCause.PRE_ALLOCATION,
                acting=market.acts(code),
                at=NOON,
            )

    def test_a_withdrawal_takes_what_is_locked_once(self, market):
        withdrawn = [
            registry.withdraw_locked(
                holder=market["E001"],
                cause=LockCause.PRE_ALLOCATION,
                reference="E001/2023",
                acting=market.acts("registry"),
                at=NOON,
            )
            for _ in range(2)
        ]
        assert withdrawn == [70_000, 0]
        assert 2023 not in held_t(market, "E001")
        assert all(lot.holds for lot in holdings.conservation())


class TestTheTableOfKinds:
    @pytest.mark.parametrize(
        ("kind", "debit", "credit"),
        [
            ("surrender", AccountKind.TRADING, AccountKind.SURRENDERED),
            ("move_to_trading", AccountKind.TRADING, AccountKind.REGISTRY),
            ("issue", AccountKind.REGISTRY, AccountKind.TRADING),
        ],
    )
    def test_a_kind_joins_only_its_accounts(self, market, kind, debit, credit):
        accounts = {a.kind: a for a in RegistryAccount.objects.exclude(holder__role="investor")}
        roles = {"issue": "registry"}
        part = Part(Transaction.objects.first().debit.positions.first().lot, False, 1)
        moved = movement.Movement(kind, "x", accounts[debit], accounts[credit], (part,))
        with pytest.raises(movement.KindForbids):
            movement.post([moved], acting=market.acts(roles.get(kind, "E001")), at=NOON)

    def test_reductions_are_not_surrendered(self, market):
        lot = register_credits(market, "E001", 10)
        accounts = {a.kind: a for a in RegistryAccount.objects.all()}
        part = Part(lot, False, 1)
        ends = RegistryAccount.objects.get(number="registry-E001"), accounts["surrendered"]
        with pytest.raises(movement.KindForbids):
            movement.post(
                [movement.Movement("surrender", "x", *ends, (part,))],
                acting=market.acts("E001"),
                at=NOON,
            )
