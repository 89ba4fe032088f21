"""Transactions with a second person: filed, approved, executed, ended otherwise, and undone."""

from datetime import date
from functools import partial

import pytest

from openets.casework.models import Case
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.compliance import operations as compliance
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.basis import Basis, Ground
from openets.registry.kinds import TRANSACTION_KINDS, AccountKind, LockCause, UnitKind
from openets.registry.models import Filing, FreeAllocation, Transaction
from openets.registry.operations import Wanted
from tests.concurrently import at_once
from tests.exchange import TEN, exchange_market, held_t, move, register_credits
from tests.markets import CQ, issued_market
from tests.registry.checked import must_verify

pytestmark = pytest.mark.django_db

RULING = Ground(Basis.COURT_RULING, "（2023）渝01执123号")
ERROR = Ground(Basis.ERROR, "差错更正单 7 号")


@pytest.fixture
def market():
    return issued_market(2)


def wanted(market, tonnes=100, code="E001", unit=UnitKind.ALLOWANCE, vintage=2021, **otherwise):
    return Wanted(market[code], tonnes, unit, vintage, **otherwise)


def transfer(market, tonnes=100, *, by="registry", ground=RULING, reference="t1", law=CQ, to="I1"):
    return registry.file_transfer(
        wanted=wanted(market, tonnes),
        receiver=market[to],
        ground=ground,
        reference=reference,
        law=law,
        acting=market.acts(by),
        at=TEN,
    )


def take(market, kind, tonnes=100, *, by="registry", reference="w1", **otherwise):
    return registry.file_taking(
        kind=kind,
        wanted=wanted(market, tonnes, **otherwise),
        ground=Ground(Basis.DECISION, "渝环决〔2023〕9号"),
        reference=reference,
        law=CQ,
        acting=market.acts(by),
        at=TEN,
    )


def undo(market, done, tonnes, *, kind="reversal", reference="u1", ground=ERROR, by="registry"):
    return registry.file_opposite(
        kind=kind,
        undone=done,
        amount_t=tonnes,
        ground=ground,
        reference=reference,
        law=CQ,
        acting=market.acts(by),
        at=TEN,
    )


def approve(market, filing, *, person=2, law=CQ, moment=TEN, by="bureau"):
    acting = market.acts(by, person)
    return registry.approve(filing=filing, law=law, acting=acting, at=moment)


def done(market, filing):
    """The transaction of a filing, once the bureau approved it."""
    return approve(market, filing).transaction


def state(filing):
    return Case.objects.get(procedure="registry_transaction", subject=filing.subject).state


class TestTransfer:
    @pytest.mark.requirement("CQETS-22")
    def test_filed_the_units_are_kept_approved_they_are_the_receivers(self, market):
        filing = transfer(market)
        assert held_t(market, "E001")[2021] == 99_900
        assert held_t(market, "I1") == {}
        assert state(filing) == "filed"
        approve(market, filing)
        assert state(filing) == "executed"
        assert held_t(market, "I1") == {2021: 100}
        assert filing.transaction.parts == [["CQ/allowance/2021/free", False, 100]]
        must_verify()

    @pytest.mark.requirement("CQETS-17", "CQETS-33.i4")
    def test_a_sale_goes_through_the_exchange_only(self, market):
        with pytest.raises(registry.SaleGoesThroughTheExchange) as no:
            transfer(market, ground=Ground(Basis.SALE, "买卖合同"))
        assert no.value.article == "CQETS-17"

    def test_without_its_paper_nothing_is_filed(self, market):
        with pytest.raises(registry.BasisMissing):
            transfer(market, ground=Ground(Basis.COURT_RULING, "  "))

    @pytest.mark.parametrize("by", ["E001", "bureau", "exchange"])
    def test_only_the_registry_operator_files(self, market, by):
        with pytest.raises(NotYourRole):
            transfer(market, by=by)

    def test_units_do_not_go_to_their_own_holder(self, market):
        with pytest.raises(registry.SameHolder):
            transfer(market, to="E001")

    @pytest.mark.requirement("CQETS-26.3")
    def test_the_minimum_holding_stays_to_the_tonne(self, market):
        with pytest.raises(registry.NotEnoughUnits):
            transfer(market, 100_001)
        free = 100_000 + held_t(market, "E001")[2022]
        move(market, "E001", free // 2 - 60_000, vintage=2022)
        with pytest.raises(registry.BelowMinimumHolding):
            transfer(market, 60_001)
        transfer(market, 60_000)

    def test_the_same_filing_twice_is_one_and_another_under_its_reference_is_refused(self, market):
        assert transfer(market) == transfer(market)
        with pytest.raises(registry.ReferenceReused):
            transfer(market, 101)
        assert holdings.locked_t(market["E001"], LockCause.TRANSACTION) == 100

    @pytest.mark.requirement("AMB-30")
    def test_named_lots_are_taken_and_no_others(self, market):
        lots = ["CQ/allowance/2022/free"]
        file = partial(
            registry.file_transfer,
            receiver=market["I1"],
            ground=RULING,
            law=CQ,
            acting=market.acts("registry"),
            at=TEN,
        )
        chosen = wanted(market, vintage=None, lot_codes=lots)
        assert file(wanted=chosen, reference="l1").parts == [[lots[0], False, 100]]
        assert file(wanted=chosen, reference="l1") == file(wanted=chosen, reference="l1")
        first = wanted(market, vintage=None, lot_codes=["CQ/allowance/2021/free"])
        with pytest.raises(registry.ReferenceReused):
            file(wanted=first, reference="l1")
        with pytest.raises(registry.NoSuchLot):
            file(wanted=wanted(market, lot_codes=lots), reference="l2")

    def test_a_filed_transaction_has_its_units_whatever_is_asked_afterwards(self, market):
        filing = transfer(market, 60_000)
        with pytest.raises(registry.NotEnoughUnits):
            move(market, "E001", 40_001)
        approve(market, filing)
        assert held_t(market, "I1") == {2021: 60_000}


class TestSecondPerson:
    @pytest.mark.requirement("CQETS-5.4b")
    def test_who_files_never_approves(self, market):
        filing = transfer(market)
        same = Acting("registry-1", Role.CITY_BUREAU, "bureau")
        for decide in (
            lambda: registry.approve(filing=filing, law=CQ, acting=same, at=TEN),
            lambda: registry.reject(filing=filing, why="依据不足", acting=same, at=TEN),
        ):
            with pytest.raises(SamePerson):
                decide()
        assert state(filing) == "filed"

    def test_only_the_bureau_approves_and_once(self, market):
        filing = transfer(market)
        with pytest.raises(NotYourRole):
            approve(market, filing, by="registry")
        approve(market, filing)
        with pytest.raises(WrongState):
            approve(market, filing)

    def test_rejected_with_reasons_the_units_are_free_again(self, market):
        filing = transfer(market)
        bureau = market.acts("bureau", 2)
        with pytest.raises(ReasonsMissing):
            registry.reject(filing=filing, why="", acting=bureau, at=TEN)
        registry.reject(filing=filing, why="依据不足", acting=bureau, at=TEN)
        assert held_t(market, "E001")[2021] == 100_000
        assert filing.transaction is None
        must_verify()

    def test_whoever_filed_withdraws_and_nobody_else(self, market):
        filing = transfer(market)
        other = Acting("agency-1", Role.SCHEME_ADMINISTRATOR, "agency")
        with pytest.raises(registry.NotYourFiling):
            registry.withdraw_filing(filing=filing, acting=other, at=TEN)
        registry.withdraw_filing(filing=filing, acting=market.acts("registry"), at=TEN)
        assert (state(filing), held_t(market, "E001")[2021]) == ("withdrawn", 100_000)

    def test_nobody_decided_in_time_it_expires_the_day_after(self, market):
        filing = transfer(market)
        clock, last = market.acts("clock"), Case.objects.get(subject=filing.subject).due_date
        assert last == date(2024, 1, 2), "20 working days after 4 December 2023"
        assert registry.expire_filed(acting=clock, at=at(last)) == []
        assert registry.expire_filed(acting=clock, at=at(date(2024, 1, 3))) == [filing]
        assert (state(filing), held_t(market, "E001")[2021]) == ("expired", 100_000)
        with pytest.raises(WrongState):
            approve(market, filing)


class TestDelay:
    LATE = CQ.instead({"registry.delay.transfer": 3})

    def test_a_delayed_transaction_is_executed_when_its_day_comes(self, market):
        filing = approve(market, transfer(market), law=self.LATE)
        clock = market.acts("clock")
        assert (state(filing), filing.transaction) == ("approved", None)
        assert registry.execute_due(acting=clock, at=at(date(2023, 12, 6))) == []
        assert held_t(market, "I1") == {}
        (executed,) = registry.execute_due(acting=clock, at=at(date(2023, 12, 7)))
        assert executed == filing
        assert held_t(market, "I1") == {2021: 100}
        assert registry.execute_due(acting=clock, at=at(date(2023, 12, 8))) == []
        must_verify()

    def test_nobody_but_the_clock_or_the_bureau_executes(self, market):
        approve(market, transfer(market), law=self.LATE)
        with pytest.raises(NotYourRole):
            registry.execute_due(acting=market.acts("registry"), at=at(date(2023, 12, 7)))


class TestTaking:
    def test_allowances_are_withdrawn_by_a_decision(self, market):
        approve(market, take(market, "withdraw"))
        assert held_t(market, "E001")[2021] == 99_900
        (lot,) = [row for row in holdings.conservation() if row.withdrawn_t]
        assert (lot.withdrawn_t, lot.holds) == (100, True)

    def test_units_on_the_trading_account_are_within_reach(self, market):
        move(market, "E001", 100)
        approve(market, take(market, "withdraw", account=AccountKind.TRADING))
        assert held_t(market, "E001", AccountKind.TRADING) == {}

    def test_reductions_are_cancelled_by_force_allowances_never(self, market):
        register_credits(market, "P1", 10_000)
        of_p1 = {"code": "P1", "unit": UnitKind.CQCER, "vintage": None}
        approve(market, take(market, "compulsory_cancellation", 2_000, **of_p1))
        assert held_t(market, "P1") == {2021: 8_000}
        with pytest.raises(registry.KindForbids):
            take(market, "compulsory_cancellation", reference="w2")
        with pytest.raises(registry.NotEnoughUnits):
            take(market, "compulsory_cancellation", 8_001, reference="w3", **of_p1)
        must_verify()


class TestUndoing:
    @pytest.mark.requirement("CQETS-5.2b")
    def test_a_reversal_is_the_opposite_entry_and_both_remain(self, market):
        first = done(market, transfer(market))
        back = done(market, undo(market, first, 100))
        assert back.undoes == first
        assert (back.debit, back.credit) == (first.credit, first.debit)
        assert held_t(market, "E001")[2021] == 100_000
        assert Transaction.objects.filter(pk__in=[first.pk, back.pk]).count() == 2
        must_verify()

    def test_a_part_may_be_undone_but_only_once(self, market):
        first = done(market, transfer(market))
        approve(market, undo(market, first, 40))
        assert held_t(market, "I1") == {2021: 60}
        with pytest.raises(registry.UndoneBefore):
            undo(market, first, 1, reference="u2")

    def test_while_one_opposite_waits_no_other_is_filed(self, market):
        first = done(market, transfer(market))
        filing = undo(market, first, 40)
        assert undo(market, first, 40) == filing
        with pytest.raises(registry.UndoneBefore):
            undo(market, first, 60, reference="u2")
        registry.withdraw_filing(filing=filing, acting=market.acts("registry"), at=TEN)
        undo(market, first, 60, reference="u2")

    @pytest.mark.parametrize(
        ("tonnes", "refusal"), [(0, registry.NotAnAmount), (101, registry.MoreThanMoved)]
    )
    def test_a_wrong_amount_is_not_undone(self, market, tonnes, refusal):
        first = done(market, transfer(market))
        with pytest.raises(refusal):
            undo(market, first, tonnes)

    def test_what_the_receiver_no_longer_has_does_not_come_back(self, market):
        first = done(market, transfer(market))
        move(market, "I1", 1)
        with pytest.raises(registry.NotEnoughUnits):
            undo(market, first, 100)
        approve(market, undo(market, first, 99))
        assert held_t(market, "I1") == {}

    def test_a_surrender_is_not_reversed_here(self, market):
        registry.surrender(
            holder=market["E001"],
            year=2021,
            amount_t=10,
            reference="s1",
            fits=lambda *_: True,
            law=CQ,
            acting=market.acts("E001"),
            at=TEN,
        )
        for kind in ("reversal", "correction"):
            with pytest.raises(registry.CannotBeUndone):
                undo(market, Transaction.objects.get(kind="surrender"), 10, kind=kind)

    def test_an_issue_by_error_is_corrected_with_its_free_quantity(self, market):
        issued = Transaction.objects.get(
            kind="issue", credit__holder__code="E001", reference__contains="2021"
        )
        free = FreeAllocation.objects.get(account=issued.credit, year=2021).free_t
        approve(market, undo(market, issued, 1_000, kind="correction"))
        assert FreeAllocation.objects.get(account=issued.credit, year=2021).free_t == free - 1_000
        assert held_t(market, "E001")[2021] == 99_000
        must_verify()

    @pytest.mark.requirement("AMB-31")
    def test_what_was_surrendered_in_excess_comes_back_once(self, market):
        surrendered = registry.surrender(
            holder=market["E001"],
            year=2021,
            amount_t=100_000,
            reference="s1",
            fits=lambda *_: True,
            law=CQ,
            acting=market.acts("E001"),
            at=TEN,
        )
        returned = {
            "surrendered": surrendered,
            "year": 2021,
            "amount_t": 3_000,
            "reference": "review/E001/2021",
            "at": TEN,
        }
        with pytest.raises(NotYourRole):
            registry.return_surrendered(**returned, acting=market.acts("E001"))
        bureau = market.acts("bureau")
        first = registry.return_surrendered(**returned, acting=bureau)
        assert registry.return_surrendered(**returned, acting=bureau) == first
        row = FreeAllocation.objects.get(account=surrendered.debit, year=2021)
        assert (row.surrendered_t, held_t(market, "E001")[2021]) == (97_000, 3_000)
        with pytest.raises(registry.UndoneBefore):
            registry.return_surrendered(**returned | {"reference": "again"}, acting=bureau)
        must_verify()


def test_every_kind_that_waits_for_approval_names_its_card_of_delay_and_is_not_its_own_approver():
    for name, kind in TRANSACTION_KINDS.items():
        assert bool(kind.delay) == (kind.approver is not None), name
        assert kind.approver not in kind.roles
        if kind.delay:
            rule = CQ.on(kind.delay, TEN.date())
            assert rule.whole == 0
            assert rule.cite.assumed, "nobody wrote a delay into the law"


@pytest.mark.django_db(transaction=True)
def test_of_four_approvals_at_once_exactly_one_moves_the_units():
    market = issued_market(2)
    filing = transfer(market)

    def decide():
        registry.approve(
            filing=Filing.objects.get(pk=filing.pk), law=CQ, acting=market.acts("bureau", 2), at=TEN
        )

    assert sorted(at_once(*[decide] * 4)) == ["done"] + ["wrong_state"] * 3
    assert held_t(market, "I1") == {2021: 100}


@pytest.mark.django_db(transaction=True)
def test_of_two_reversals_filed_at_once_exactly_one_is():
    market = issued_market(2)
    first = done(market, transfer(market))
    asked = [lambda n=n: undo(market, first, 60, reference=f"u{n}") for n in range(2)]
    assert sorted(at_once(*asked)) == ["done", "undone_before"]


@pytest.mark.requirement("CQETS-5.4b")
@pytest.mark.django_db(transaction=True)
def test_filings_and_surrenders_of_one_holder_do_not_wait_for_each_other_in_a_circle():
    market = exchange_market(2)

    def surrender(reference):
        compliance.surrender(
            organisation=market["E001"],
            year=2021,
            amount_t=Tonnes(10),
            reference=reference,
            law=CQ,
            acting=market.acts("E001"),
            at=TEN,
        )

    surrender("s0")
    done_before = Transaction.objects.get(kind="surrender")
    for attempt in range(8):
        answers = at_once(
            *(partial(surrender, f"{attempt}/{n}") for n in range(2)),
            *(partial(transfer, market, 10, reference=f"{attempt}/t{n}") for n in range(2)),
            partial(undo, market, done_before, 1, kind="correction", reference=f"{attempt}/u"),
            jitter_seconds=0.01,
        )
        assert set(answers) <= {"done", "undone_before", "cannot_be_undone"}, answers
    assert all(lot.holds for lot in holdings.conservation())
