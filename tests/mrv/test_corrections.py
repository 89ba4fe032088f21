"""What follows when a verified result is corrected: the table of handlers, and each of them."""

from datetime import date
from functools import partial

import pytest

from openets.allocation import operations as allocation
from openets.allocation.models import Determination, YearTotal
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import SamePerson, WrongState
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv import correcting, queries
from openets.mrv.corrections import HANDLERS
from openets.mrv.figures import BadFigure
from openets.mrv.models import VerifiedRow
from openets.mrv.national import record_national
from tests.concurrently import at_once
from tests.markets import (
    CALCULATED,
    CQ,
    FOUNDER,
    ISSUED,
    NOTIFIED,
    figures,
    informed_market,
    notified_market,
    small_market,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("CQETS-25.2b", "CNETS-29", "AMB-31"),
]
LATER = at(date(2023, 12, 4))
SECOND_PERSON = 2


def propose(market, tonnes=97_000, *, reasons="抽查发现燃料重复计量", acting=FOUNDER):
    return correcting.propose_correction(
        organisation=market["E001"],
        year=2022,
        figures=figures(tonnes),
        reasons=reasons,
        acting=acting,
        at=LATER,
    )


def confirm(market, version, *, person=SECOND_PERSON, code="bureau"):
    return correcting.confirm_correction(
        organisation=market["E001"],
        year=2022,
        version=version,
        law=CQ,
        acting=market.acts(code, person),
        at=LATER,
    )


def correct(market, tonnes=97_000):
    return confirm(market, propose(market, tonnes))


def determination(market):
    return Determination.objects.get(organisation=market["E001"], year=2022)


def test_the_table_of_handlers():
    assert sorted(HANDLERS) == [
        "allocation.determination",
        "compliance.duty",
        "compliance.offset_cap",
    ]


class TestTheCorrection:
    def test_binds_when_a_second_person_confirms_it_and_the_first_figures_stay(self):
        market = small_market(1)
        version = propose(market)
        assert queries.final_tco2e(market["E001"], 2022) == 100_000
        with pytest.raises(SamePerson):
            confirm(market, version, person=1)
        with pytest.raises(NotYourRole):
            confirm(market, version, code="registry")
        confirm(market, version)
        assert queries.final_tco2e(market["E001"], 2022) == 97_000
        assert queries.entered_figures(market["E001"], 2022) == figures(97_000)
        kept = VerifiedRow.objects.filter(verification__report__year=2022)
        assert sorted(kept.values_list("version", "co2_t")) == [(1, 100_000), (2, 97_000)]
        with pytest.raises(WrongState):
            confirm(market, version)

    def test_rejected_it_changes_nothing_and_the_next_has_a_number_of_its_own(self):
        market = small_market(1)
        correcting.reject_correction(
            organisation=market["E001"],
            year=2022,
            version=propose(market),
            reasons="依据不足",
            acting=market.acts("bureau", SECOND_PERSON),
            at=LATER,
        )
        assert queries.final_tco2e(market["E001"], 2022) == 100_000
        assert propose(market, 96_000) == 3
        confirm(market, 3)
        assert queries.final_tco2e(market["E001"], 2022) == 96_000

    def test_takes_a_final_result_reasons_and_figures_that_can_be(self):
        market = small_market(1)
        with pytest.raises(ReasonsMissing):
            propose(market, reasons=" ")
        with pytest.raises(BadFigure):
            propose(market, -1)
        with pytest.raises(NotYourRole):
            propose(market, acting=market.acts("V1"))

    def test_of_a_result_that_is_not_final_is_the_reviews_matter(self):
        with pytest.raises(correcting.NotFinal):
            propose(informed_market(1))

    @pytest.mark.django_db(transaction=True)
    def test_confirmed_by_two_at_once_it_counts_once(self):
        market = small_market(1)
        version = propose(market)
        both = (partial(confirm, market, version, person=person) for person in (2, 3))
        assert at_once(*both) == ["done", "wrong_state"]


class TestTheAllowance:
    def test_is_calculated_anew_while_its_determination_is_open(self):
        market = notified_market(3)
        before = determination(market)
        total = YearTotal.objects.get(year=2022).entities_sum_t
        followed = correct(market, 140_000)["allocation.determination"]
        after = determination(market)
        assert (before.verified_t, after.verified_t) == (100_000, 140_000)
        assert (followed.before_t, followed.after_t) == (before.determined_t, after.determined_t)
        assert after.determined_t > before.determined_t, "a relieved gap"
        assert after.gap_t == 40_000
        assert after.explanation[0]["given"][0]["value"] == "100000"
        change = after.determined_t - before.determined_t
        assert YearTotal.objects.get(year=2022).entities_sum_t == total + change
        assert after.lines.count() == before.lines.count() == 1

    def test_is_what_a_first_calculation_would_have_given(self):
        market = small_market(1)
        correct(market, 140_000)
        calculate = partial(allocation.calculate, year=2022, law=CQ, acting=FOUNDER, at=CALCULATED)
        calculate()
        first = determination(market)
        correct(market, 100_000)
        correct(market, 140_000)
        again = determination(market)
        assert again.explanation[1:] == first.explanation
        assert again.determined_t == first.determined_t
        assert again.advance_limit_t == first.advance_limit_t
        assert again.pre_allocation_t == first.pre_allocation_t

    def test_that_was_accepted_stands(self):
        market = notified_market(3)
        allocation.accept_unopposed(year=2022, acting=market.acts("clock"), at=ISSUED)
        before = determination(market).determined_t
        followed = correct(market)["allocation.determination"]
        assert followed.after_t is None
        assert determination(market).determined_t == before

    def test_stays_as_it_is_once_the_national_market_manages_the_year(self):
        market = notified_market(3)
        before = determination(market).determined_t
        record_national(
            organisation=market["E001"],
            year=2022,
            whole=True,
            basis="全国名录",
            acting=FOUNDER,
            at=LATER,
        )
        followed = correct(market, 140_000)["allocation.determination"]
        assert "national market" in followed.en
        assert (followed.before_t, followed.after_t) == (None, None)
        assert (determination(market).determined_t, determination(market).gap_t) == (before, 0)

    def test_that_there_is_not_yet_needs_nothing(self):
        market = small_market(1)
        assert correct(market)["allocation.determination"].after_t is None
        assert not Determination.objects.exists()


class TestTheDuty:
    @pytest.fixture
    def market(self, db):
        market = notified_market(3)
        compliance.open_duties(year=2022, law=CQ, acting=FOUNDER, at=NOTIFIED)
        return market

    def owed(self, market):
        return duties.duty(market["E001"], 2022, CQ, on=LATER.date()).standing.verified_t

    def test_and_its_offset_cap_follow(self, market):
        followed = correct(market)
        assert self.owed(market) == 97_000
        duty, cap = followed["compliance.duty"], followed["compliance.offset_cap"]
        assert (duty.before_t, duty.after_t) == (100_000, 97_000)
        assert (cap.before_t, cap.after_t) == (8_000, 7_760)

    def test_what_each_handler_did_is_in_the_journal(self, market):
        correct(market)
        told = journal.trail("report/E001/2022").filter(operation="mrv.follow_correction")
        assert [(e.content["handler"], e.content["after_t"]) for e in told] == [
            ("allocation.determination", determination(market).determined_t),
            ("compliance.duty", 97_000),
            ("compliance.offset_cap", 7_760),
        ]

    def test_that_there_is_not_yet_needs_nothing(self):
        followed = correct(small_market(1))
        assert followed["compliance.duty"].after_t is None
        assert followed["compliance.offset_cap"].after_t is None
