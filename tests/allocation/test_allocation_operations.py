"""From the verified numbers to the registry: who, when, twice, two at once, the journal."""

from datetime import date

import pytest

from openets.allocation import operations, queries
from openets.allocation.models import YearTotal
from openets.allocation.operations import (
    AlreadyCalculated,
    NotAnAllowance,
    NothingWaiting,
    NotYourOwn,
    ReserveNotReady,
)
from openets.allocation.plans import NoApprovedPlan
from openets.allocation.procedures import DETERMINATION
from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.journal import queries as journal
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.mrv import operations as mrv
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as units
from openets.registry.operations import NoAccount
from tests.concurrently import at_once
from tests.markets import (
    CALCULATED,
    CQ,
    DETERMINED,
    FINAL,
    FOUNDED,
    FOUNDER,
    ISSUED,
    NOTIFIED,
    VERIFIED,
    figures,
    issued_market,
    list_silent_entity,
    notified_market,
    plan_year,
    small_market,
)

SECOND = Acting("bureau-2", Role.CITY_BUREAU, "bureau")


def calculate(acting=FOUNDER, year=2022, law=CQ):
    return operations.calculate(year=year, law=law, acting=acting, at=CALCULATED)


def determine(acting=SECOND, law=CQ):
    return operations.determine(year=2022, law=law, acting=acting, at=DETERMINED)


def notify(acting=FOUNDER, moment=NOTIFIED):
    return operations.notify(year=2022, law=CQ, acting=acting, at=moment)


def object_to(market, code="E001", acting=None):
    return operations.object_to_result(
        organisation=market[code],
        year=2022,
        grounds="产量有误",
        law=CQ,
        acting=acting or market.acts(code),
        at=NOTIFIED,
    )


def decide(market, determined_t, code="E001", acting=FOUNDER, law=CQ):
    operations.decide_objection(
        organisation=market[code],
        year=2022,
        determined_t=determined_t,
        reasons="经复核",
        law=law,
        acting=acting,
        at=ISSUED,
    )


def let_stand(market):
    return operations.accept_unopposed(year=2022, acting=market.acts("clock"), at=ISSUED)


def request_issue(market):
    return operations.request_issue(year=2022, law=CQ, acting=market.acts("registry"), at=ISSUED)


def approve_issue(market, person=2):
    return operations.issue(year=2022, law=CQ, acting=market.acts("registry", person), at=ISSUED)


def issue(market):
    request_issue(market)
    return approve_issue(market)


def set_aside(market, acting=None):
    return operations.set_aside_reserve(
        year=2022, law=CQ, acting=acting or market.acts("registry"), at=ISSUED
    )


def total():
    (row,) = queries.totals()
    return row.entities_sum_t, row.reserve_t, row.total_t


def operations_of(subject):
    return [entry.operation for entry in journal.trail(subject)]


def verify_the_silent(silent):
    """Bring the silent entity's missing figures in, up to a final verification of 2022."""
    line = mrv.NewLine(
        "L1",
        "生产线1",
        "waste_incineration",
        homogeneous=True,
        clear_boundary=True,
        comparable=False,
        commissioned_date=date(2005, 1, 1),
    )
    mrv.register_lines({silent: [line]}, acting=FOUNDER, at=FOUNDED)
    own = Acting(f"{silent.code}-1", Role.KEY_EMITTING_ENTITY, silent.code)
    mrv.submit_report(
        organisation=silent,
        year=2022,
        figures=figures(30_000),
        statement=True,
        synthetic=True,
        law=CQ,
        acting=own,
        at=VERIFIED,
    )
    mrv.receive_paper(organisations=[silent], year=2022, acting=FOUNDER, at=VERIFIED)


@pytest.fixture
def verified(db):
    return small_market()


@pytest.fixture
def notified(db):
    return notified_market()


class TestCalculating:
    def test_every_result_is_kept_with_its_lines_and_journalled(self, verified):
        assert calculate() == []
        row = queries.determination(verified["E002"], 2022)
        assert (row.verified_t, row.allowance_t, row.determined_t) == (100_000, 70_000, 80_000)
        assert [line.base_years for line in row.lines.all()] == ["2019;2020;2021"]
        (entry,) = journal.trail("E002/2022").filter(operation="allocation.calculate")
        assert entry.content == {
            "verified_t": 100_000,
            "allowance_t": 70_000,
            "determined_t": 80_000,
        }
        (share,) = queries.by_method(2022)
        assert (share.method, share.lines, share.entities) == ("historical_total", 3, 3)

    def test_only_the_bureau_calculates_and_only_a_year_the_plan_knows(self, verified):
        with pytest.raises(NotYourRole):
            calculate(verified.acts("registry"))
        with pytest.raises(NoApprovedPlan):
            calculate(year=2023)

    @pytest.mark.usefixtures("verified")
    @pytest.mark.requirement("CQ208-1")
    def test_an_entity_without_its_figures_is_reported_and_gets_no_result(self):
        silent = list_silent_entity()
        (undecided,) = calculate()
        assert (undecided.organisation, undecided.refusal.article) == (silent, "CQ208-1")
        assert queries.determination(silent, 2022) is None
        assert len(queries.of_year(2022)) == 3

    @pytest.mark.requirement("CQ208-1")
    def test_its_allowance_follows_when_the_figures_are_complete(self, verified):
        silent = list_silent_entity()
        calculate()
        determine()
        notify()
        verify_the_silent(silent)
        mrv.assign_verification(
            bodies={silent: verified["V1"]}, year=2022, acting=FOUNDER, at=VERIFIED
        )
        mrv.enter_results(
            results={silent: figures(30_000)},
            year=2022,
            statement=True,
            acting=verified.acts("V1"),
            at=VERIFIED,
        )
        mrv.notify_results(organisations=[silent], year=2022, law=CQ, acting=FOUNDER, at=VERIFIED)
        mrv.finalise_unopposed(year=2022, acting=FOUNDER, at=FINAL)
        before = total()
        assert calculate() == []
        assert total() == before, "what is calculated only is not yet determined"
        determine()
        assert total()[0] == before[0] + 30_000
        later = at(date(2023, 11, 20))
        assert notify(moment=later) == date(2023, 11, 29)
        first = queries.determination(verified["E001"], 2022)
        assert (first.notified_at, first.objection_due_date) == (NOTIFIED, date(2023, 11, 23))
        with pytest.raises(AlreadyCalculated):
            calculate()


class TestDetermining:
    @pytest.mark.usefixtures("verified")
    @pytest.mark.requirement("CQ208-A1.2")
    def test_the_total_is_kept_with_its_reserve_and_journalled(self):
        calculate()
        reserve = determine()
        # 100,000 + 80,000 + 46,667 t and 5/95 of it, rounded down.
        assert total() == (226_667, 11_929, 238_596)
        assert reserve.total_t == 238_596
        (entry,) = journal.trail("total/2022")
        assert entry.article == "CQ208-A1.2"
        assert entry.content == {
            "entities_sum_t": 226_667,
            "reserve_t": 11_929,
            "total_t": 238_596,
        }

    @pytest.mark.requirement("CQ208-A1.2", "AMB-24")
    def test_the_other_reading_leaves_the_exemption_out_also_after_a_decision(self, verified):
        reading = CQ.instead({"alloc.reserve_exemption": "excluded"})
        plan_year(2022, reading, supersedes=True)
        calculate(law=reading)
        determine(law=reading)
        assert total()[0] == 216_667
        notify()
        object_to(verified)
        decide(verified, Tonnes(101_000), law=reading)
        assert total()[0] == 216_667

    def test_who_calculated_does_not_determine(self, verified):
        calculate()
        with pytest.raises(SamePerson):
            determine(FOUNDER)
        with pytest.raises(NotYourRole):
            determine(verified.acts("registry"))
        assert queries.totals() == []

    def test_each_step_waits_for_the_one_before_and_is_done_once(self, verified):
        for step in (determine, notify, lambda: issue(verified)):
            with pytest.raises(NothingWaiting):
                step()
        calculate()
        with pytest.raises(NothingWaiting) as no:
            notify()
        assert "告知分配结果" in no.value.message("zh")
        determine()
        with pytest.raises(NothingWaiting):
            determine()
        notify()
        with pytest.raises(NothingWaiting):
            notify(moment=ISSUED)
        assert queries.determination(verified["E001"], 2022).notified_at == NOTIFIED

    def test_an_entity_notifies_nobody(self, verified):
        calculate()
        determine()
        with pytest.raises(NotYourRole):
            notify(verified.acts("E001"))


class TestReviewing:
    @pytest.mark.requirement("CQETS-11.2b", "CQ208-A1.2")
    def test_a_changed_allowance_changes_what_follows_from_it(self, notified):
        object_to(notified, "E002")
        decide(notified, Tonnes(75_000), "E002")
        row = queries.determination(notified["E002"], 2022)
        assert (row.determined_t, row.pre_allocation_t) == (75_000, 52_500)
        assert row.advance_limit_t == 15_000
        year = YearTotal.objects.get(year=2022)
        assert (year.entities_sum_t, year.reserve_t) == (221_667, 11_666)
        (entry,) = journal.trail("E002/2022").filter(operation="allocation.change")
        assert entry.content == {"before_t": 80_000, "determined_t": 75_000}
        assert operations_of("total/2022") == ["allocation.total"] * 2

    @pytest.mark.parametrize("amount_t", [-1, -80_000])
    def test_less_than_nothing_is_no_allowance(self, notified, amount_t):
        object_to(notified)
        with pytest.raises(NotAnAllowance):
            decide(notified, Tonnes(amount_t))
        decide(notified, Tonnes(0))
        assert queries.determination(notified["E001"], 2022).determined_t == 0

    def test_who_may_not_decide_and_when_there_is_nothing_to_decide(self, notified):
        with pytest.raises(WrongState):
            decide(notified, Tonnes(1))
        object_to(notified)
        with pytest.raises(NotYourRole):
            decide(notified, Tonnes(1), acting=notified.acts("D-涪陵区"))
        with pytest.raises(SamePerson):
            decide(notified, Tonnes(1), acting=Acting("E001-1", Role.CITY_BUREAU, "bureau"))
        decide(notified, None)
        with pytest.raises(WrongState):
            decide(notified, Tonnes(1))
        assert queries.determination(notified["E001"], 2022).determined_t == 100_000

    def test_an_entity_accepts_for_itself_only_and_once(self, notified):
        def accept(by):
            operations.accept(
                organisation=notified["E001"], year=2022, acting=notified.acts(by), at=NOTIFIED
            )

        with pytest.raises(NotYourOwn):
            accept("E002")
        accept("E001")
        assert operations_of("E001/2022")[-1] == "determination.accept"
        with pytest.raises(WrongState):
            accept("E001")
        with pytest.raises(WrongState):
            object_to(notified)


class TestIssuing:
    def test_what_is_issued_is_journalled_with_the_determination(self, notified):
        let_stand(notified)
        assert issue(notified) == 226_667
        assert operations_of("E001/2022")[-1] == "determination.issue"
        (entry,) = journal.trail("issue/E001/2022")
        assert entry.content["parts"] == [["CQ/allowance/2022/free", False, 100_000]]

    def test_an_allowance_of_nothing_is_issued_as_nothing(self, notified):
        object_to(notified)
        decide(notified, Tonnes(0))
        assert issue(notified) == 0
        assert units.holdings(notified["E001"]) == []
        assert cases.case(DETERMINATION, "E001/2022").state == "issued"

    def test_the_cases_wait_on_when_the_registry_refuses(self, verified):
        calculate()
        determine()
        notify()
        let_stand(verified)
        registrar = verified.acts("registry")
        registry.open_system_accounts(operator=verified["registry"], acting=registrar, at=NOTIFIED)
        with pytest.raises(NoAccount):
            issue(verified)
        assert cases.counts(DETERMINATION, 2022)["issue_requested"] == 3

    def test_whoever_asked_for_the_issue_does_not_approve_it(self, notified):
        let_stand(notified)
        assert request_issue(notified) == 3
        with pytest.raises(SamePerson):
            approve_issue(notified, person=1)
        assert units.holdings(notified["E001"]) == []
        assert approve_issue(notified) == 226_667


class TestTheReserve:
    @pytest.mark.requirement("CQ208-A1.2")
    def test_it_is_set_aside_once_when_the_sum_is_final(self, notified):
        with pytest.raises(ReserveNotReady):
            set_aside(notified)
        object_to(notified)
        let_stand(notified)
        with pytest.raises(ReserveNotReady) as no:
            set_aside(notified)
        assert no.value.article == "CQ208-A1.2"
        decide(notified, Tonnes(100_950))
        assert set_aside(notified) == 11_979
        assert units.reserve_left(2022) == 11_979
        first = YearTotal.objects.get(year=2022).reserve_issued_at
        with pytest.raises(ReserveNotReady) as no:
            set_aside(notified)
        assert "已设立" in no.value.message("zh")
        assert (YearTotal.objects.get(year=2022).reserve_issued_at, units.reserve_left(2022)) == (
            first,
            11_979,
        )

    def test_the_bureau_does_not_book_it_and_it_closes_the_calculation(self, notified):
        let_stand(notified)
        with pytest.raises(NotYourRole):
            set_aside(notified, FOUNDER)
        set_aside(notified)
        list_silent_entity()
        with pytest.raises(AlreadyCalculated):
            calculate()


@pytest.fixture
def market(db):
    return issued_market(entities=1)


class TestRisks:
    def report(self, market, grounds="涉诉", by="D-涪陵区"):
        operations.report_risk(
            organisation=market["E001"],
            year=2023,
            grounds=grounds,
            acting=market.acts(by),
            at=ISSUED,
        )

    def cancel(self, market, reasons="属实", acting=FOUNDER):
        return operations.cancel_pre_allocation(
            organisation=market["E001"],
            year=2023,
            reasons=reasons,
            law=CQ,
            acting=acting,
            operator=market.acts("registry"),
            at=ISSUED,
        )

    def dismiss(self, market, reasons="不影响履约", acting=FOUNDER):
        operations.dismiss_risk(
            organisation=market["E001"], year=2023, reasons=reasons, acting=acting, at=ISSUED
        )

    @pytest.mark.requirement("CQ208-4.2c")
    def test_everybody_says_why(self, market):
        with pytest.raises(ReasonsMissing):
            self.report(market, grounds=" ")
        self.report(market)
        with pytest.raises(ReasonsMissing):
            self.cancel(market, reasons="")
        with pytest.raises(ReasonsMissing) as no:
            self.dismiss(market, reasons="")
        assert no.value.article == "CQ208-4.2c"

    def test_a_risk_is_reported_and_decided_once(self, market):
        self.report(market)
        with pytest.raises(WrongState):
            self.report(market)
        self.cancel(market)
        with pytest.raises(WrongState):
            self.cancel(market)
        with pytest.raises(WrongState):
            self.dismiss(market)
        assert operations_of("E001/2023") == [
            "pre_allocation.open",
            "pre_allocation.report_risk",
            "pre_allocation.cancel",
        ]

    def test_a_district_dismisses_nothing_and_a_dismissed_risk_may_be_reported_again(self, market):
        self.report(market)
        with pytest.raises(NotYourRole):
            self.dismiss(market, acting=market.acts("D-涪陵区"))
        self.dismiss(market)
        self.report(market)


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_one_of_two_calculations_is_refused(self):
        small_market()
        assert at_once(calculate, calculate) == ["already_calculated", "done"]
        assert len(queries.of_year(2022)) == 3

    def test_one_of_two_issues_is_refused(self):
        market = notified_market()
        let_stand(market)
        done = at_once(lambda: issue(market), lambda: issue(market))
        assert done in (["done", "nothing_waiting"], ["done", "wrong_state"])
        held = {h.lot.vintage_year: h.total_t for h in units.holdings(market["E001"])}
        assert held == {2022: 100_000, 2023: 70_000}

    def test_one_of_two_decisions_on_a_case_is_refused(self):
        market = notified_market()
        object_to(market)
        done = at_once(
            lambda: decide(market, Tonnes(99_000)),
            lambda: decide(market, Tonnes(101_000), acting=SECOND),
        )
        assert done == ["done", "wrong_state"]
        (change,) = journal.trail("E001/2022").filter(operation="allocation.change")
        row = queries.determination(market["E001"], 2022)
        assert row.determined_t == change.content["determined_t"]

    def test_two_decisions_on_two_cases_both_reach_the_total(self):
        market = notified_market()
        object_to(market, "E001")
        object_to(market, "E002")
        done = at_once(
            lambda: decide(market, Tonnes(101_000), "E001"),
            lambda: decide(market, Tonnes(82_000), "E002", acting=SECOND),
        )
        assert done == ["done", "done"]
        assert YearTotal.objects.get(year=2022).entities_sum_t == 226_667 + 3_000
