"""What earlier years leave to a later one: the pre-allocation settled, claims deducted."""

from datetime import date

import pytest

from openets.allocation import operations, queries, reconcile
from openets.allocation.adjustments import settle
from openets.allocation.carried import carry
from openets.allocation.exported import TABLES
from openets.allocation.models import AdvanceClaim, Determination
from openets.journal import queries as journal
from openets.journal.chain import Difference
from openets.kernel.citation import Citation
from openets.kernel.clock import at
from openets.mrv import operations as mrv
from openets.mrv.models import CorrectionOrder, Estimate
from openets.parties import operations as parties
from openets.registry import queries as units
from openets.registry.exported import TABLES as REGISTRY_TABLES
from tests.markets import CQ, FOUNDER, figures, issue_year, issued_market, plan_year

YEAR = 2023
FROM = date(YEAR, 1, 1)
DRAFT = Citation(assumed="a plan of 2023 for tests")
REPORTED, VERIFIED, TOLD, FINAL = (at(date(2024, m, 24)) for m in (4, 6, 7, 8))
DECIDED, NOTIFIED, ISSUED = at(date(2024, 9, 10)), at(date(2024, 9, 12)), at(date(2024, 10, 8))
EMITTED = {"E001": 60_000, "E002": 100_000, "E003": 40_000}
"""Of 2023; the pre-allocations of 2023 are 70,000, 56,000 and 32,667 t."""


def law_with_2023():
    """The values of 2022 also for 2023, with base years and a total coefficient of its own."""
    law = CQ
    for key in dict.fromkeys(rule.key for rule in CQ if rule.key.startswith("alloc.")):
        if key == "alloc.outlier_ratio" or not any(2022 in r.years for r in CQ if r.key == key):
            continue
        law = law.amended(key, law.for_year(key, 2022).value, start=FROM, cite=DRAFT)
    law = law.amended("alloc.base_years", [2020, 2021, 2022], start=FROM, cite=DRAFT)
    return law.amended("alloc.total_coefficient", "0.6", start=FROM, cite=DRAFT)


LAW = law_with_2023()


def carried(determined_t, pre_issued_t, claims_t, law=CQ):
    found = carry(
        determined_t=determined_t,
        pre_issued_t=pre_issued_t,
        claims_t=claims_t,
        year=YEAR,
        law=law,
    )
    return found.to_issue_t, found.deducted_t, found.claim_t


@pytest.mark.requirement("AMB-23", "AMB-62", "CQ208-4.2c")
@pytest.mark.parametrize(
    ("determined_t", "pre_issued_t", "claims_t", "outcome"),
    [
        (100, 0, 0, (100, 0, 0)),
        (100, 70, 0, (30, 0, 0)),
        (70, 70, 5, (0, 0, 0)),
        (69, 70, 5, (0, 0, 1)),
        (100, 70, 29, (1, 29, 0)),
        (100, 70, 30, (0, 30, 0)),
        (100, 70, 31, (0, 30, 0)),
        (100, 0, 101, (0, 100, 0)),
    ],
)
def test_the_rest_is_issued_and_no_more_is_deducted_than_there_is(
    determined_t, pre_issued_t, claims_t, outcome
):
    assert carried(determined_t, pre_issued_t, claims_t) == outcome


@pytest.mark.requirement("AMB-23")
def test_the_other_reading_drops_a_shortfall():
    assert carried(69, 70, 0, CQ.instead({"alloc.prealloc_trueup": "none"})) == (0, 0, 0)


@pytest.fixture
def market(db):
    """Determined for 2023, with a claim of 5,000 t on E003 that is older."""
    market = issued_market()
    AdvanceClaim.objects.create(
        organisation=market["E003"], year=2022, amount_t=5_000, made_at=VERIFIED
    )
    parties.list_entities(
        organisations=market.entities,
        year=YEAR,
        source="CQ208-A1.L",
        law=CQ,
        acting=FOUNDER,
        at=REPORTED,
    )
    own = {entity: figures(EMITTED[entity.code]) for entity in market.entities}
    for entity in market.entities:
        mrv.submit_report(
            organisation=entity,
            year=YEAR,
            figures=own[entity],
            statement=True,
            synthetic=True,
            law=CQ,
            acting=market.acts(entity.code),
            at=REPORTED,
        )
    mrv.receive_paper(organisations=market.entities, year=YEAR, acting=FOUNDER, at=REPORTED)
    mrv.assign_verification(
        bodies=dict.fromkeys(market.entities, market["V1"]),
        year=YEAR,
        acting=FOUNDER,
        at=REPORTED,
    )
    mrv.enter_results(results=own, year=YEAR, statement=True, acting=market.acts("V1"), at=VERIFIED)
    mrv.notify_results(organisations=market.entities, year=YEAR, law=CQ, acting=FOUNDER, at=TOLD)
    mrv.finalise_unopposed(year=YEAR, acting=market.acts("clock"), at=FINAL)
    plan_year(YEAR, LAW)
    assert operations.calculate(year=YEAR, law=LAW, acting=FOUNDER, at=DECIDED) == []
    operations.determine(year=YEAR, law=LAW, acting=market.acts("bureau", 2), at=DECIDED)
    operations.notify(year=YEAR, law=LAW, acting=FOUNDER, at=NOTIFIED)
    return market


def issue(market):
    operations.accept_unopposed(year=YEAR, acting=market.acts("clock"), at=ISSUED)
    issue_year(YEAR, ISSUED, LAW)


def row(market, code):
    return queries.determination(market[code], YEAR)


def titles(market, code):
    return [step["title"] for step in row(market, code).explanation]


def held(market, code):
    return sum(h.total_t for h in units.holdings(market[code]) if h.lot.vintage_year == YEAR)


@pytest.mark.requirement("AMB-23", "AMB-62", "CQ208-4.2c")
class TestCarriedToTheLaterYear:
    def test_the_result_says_what_was_issued_before_and_what_is_deducted(self, market):
        # 60,000 t; 80,000 t relieved; 40,000/43,333 x 0.6 = 26,000 t, relieved to 32,000 t.
        found = {c: row(market, c) for c in EMITTED}
        assert {c: (r.determined_t, r.pre_issued_t, r.deducted_t) for c, r in found.items()} == {
            "E001": (60_000, 70_000, 0),
            "E002": (80_000, 56_000, 0),
            "E003": (32_000, 32_667, 0),
        }
        assert titles(market, "E002")[-1] == "Pre-allocation of the year settled"
        assert titles(market, "E003")[-2:] == [
            "Pre-allocation of the year settled",
            "Claims of earlier years deducted",
        ]

    def test_only_the_rest_is_issued_and_a_shortfall_becomes_a_claim(self, market):
        issue(market)
        assert [held(market, code) for code in EMITTED] == [70_000, 80_000, 32_667]
        (claim,) = queries.claims(market["E001"])
        assert (claim.year, claim.amount_t, claim.deducted_t) == (YEAR, 10_000, 0)
        assert not queries.claims(market["E002"])
        assert [(c.year, c.amount_t) for c in queries.claims(market["E003"])] == [
            (2022, 5_000),
            (YEAR, 667),
        ]
        assert "allocation.claim_shortfall" in [e.operation for e in journal.trail(f"E001/{YEAR}")]

    @pytest.mark.requirement("AMB-26")
    def test_a_claim_is_deducted_once_as_far_as_there_is_something_to_issue(self, market):
        AdvanceClaim.objects.create(
            organisation=market["E002"], year=2021, amount_t=30_000, made_at=VERIFIED
        )
        issue(market)
        assert (row(market, "E002").deducted_t, row(market, "E002").to_issue_t) == (24_000, 0)
        assert held(market, "E002") == 56_000
        (claim,) = queries.claims(market["E002"])
        assert (claim.amount_t, claim.deducted_t) == (30_000, 24_000)
        (entry,) = journal.trail(f"E002/{YEAR}").filter(operation="allocation.deduct_claim")
        assert entry.content == {"of_year": 2021, "amount_t": 24_000}

    @pytest.mark.requirement("AMB-26")
    @pytest.mark.parametrize(
        ("carried_on", "left_t", "lapsed_t"), [(True, 6_000, 0), (False, 0, 6_000)]
    )
    def test_what_a_claim_exceeds_the_allowance_is_carried_on_or_lapses(
        self, market, carried_on, left_t, lapsed_t
    ):
        AdvanceClaim.objects.create(
            organisation=market["E002"], year=2021, amount_t=30_000, made_at=VERIFIED
        )
        law = LAW.instead({"alloc.deduction_carry_remainder": carried_on})
        settle([row(market, "E002")], law, FOUNDER, ISSUED)
        (claim,) = queries.claims(market["E002"])
        assert (claim.deducted_t, claim.left_t, claim.lapsed_t) == (24_000, left_t, lapsed_t)
        assert (claim in queries.open_claims()) is carried_on
        dropped = journal.trail(f"E002/{YEAR}").filter(operation="allocation.drop_claim")
        assert [one.content["amount_t"] for one in dropped] == ([] if carried_on else [6_000])

    def test_a_review_decision_is_settled_anew(self, market):
        operations.object_to_result(
            organisation=market["E001"],
            year=YEAR,
            grounds="产量有误",
            law=LAW,
            acting=market.acts("E001"),
            at=NOTIFIED,
        )
        operations.decide_objection(
            organisation=market["E001"],
            year=YEAR,
            determined_t=75_000,
            reasons="更正",
            law=LAW,
            acting=FOUNDER,
            at=NOTIFIED,
        )
        issue(market)
        assert held(market, "E001") == 75_000
        assert not queries.claims(market["E001"])

    def test_after_a_cancelled_pre_allocation_all_is_issued_under_a_name_of_its_own(self, market):
        told = {"organisation": market["E001"], "year": YEAR, "at": DECIDED}
        district = market.acts(f"D-{market['E001'].district}")
        operations.report_risk(**told, grounds="涉诉", acting=district)
        operations.cancel_pre_allocation(
            **told, reasons="破产", law=LAW, acting=FOUNDER, operator=market.acts("registry", 2)
        )
        issue(market)
        assert (row(market, "E001").pre_issued_t, held(market, "E001")) == (0, 60_000)
        reconcile.check_issued(
            determinations=list(TABLES["allocation_determination"]()),
            totals=list(TABLES["allocation_year_total"]()),
            transactions=list(REGISTRY_TABLES["registry_transaction"]()),
        )

    def test_what_was_issued_agrees_with_what_was_determined(self, market):
        issue(market)
        issued_t = reconcile.check_issued(
            determinations=list(TABLES["allocation_determination"]()),
            totals=list(TABLES["allocation_year_total"]()),
            transactions=list(REGISTRY_TABLES["registry_transaction"]()),
        )
        assert issued_t > 0
        Determination.objects.filter(organisation=market["E002"], year=YEAR).update(deducted_t=1)
        with pytest.raises(Difference):
            reconcile.check_issued(
                determinations=list(TABLES["allocation_determination"]()),
                totals=list(TABLES["allocation_year_total"]()),
                transactions=list(REGISTRY_TABLES["registry_transaction"]()),
            )


@pytest.mark.requirement("CNETS-43b", "AMB-58")
class TestADeductionAfterAnEstimate:
    """E002 is due 80,000 t of 2023, of which 56,000 t were given before."""

    @pytest.fixture
    def estimated(self, market):
        entity, reported = market["E002"], at(date(2023, 4, 24))
        order = CorrectionOrder.objects.create(
            organisation=entity, year=2022, ground="false", ordered_at=reported, due_date=FROM
        )
        Estimate.objects.create(
            report=entity.reports.get(year=2022), order=order, deduction_tco2e=20_000
        )
        return market

    def test_it_is_deducted_from_the_next_year_and_settled_once(self, estimated):
        issue(estimated)
        assert (row(estimated, "E002").deducted_t, held(estimated, "E002")) == (20_000, 60_000)
        (claim,) = queries.claims(estimated["E002"])
        assert (claim.year, claim.for_estimate) == (2022, True)
        assert (claim.amount_t, claim.deducted_t) == (20_000, 20_000)
        (entry,) = journal.trail(f"E002/{YEAR}").filter(operation="allocation.deduct_claim")
        assert entry.article == "CNETS-43b"

    def test_its_working_names_it_before_it_is_issued(self, estimated):
        operations.object_to_result(
            organisation=estimated["E002"],
            year=YEAR,
            grounds="x",
            law=LAW,
            acting=estimated.acts("E002"),
            at=NOTIFIED,
        )
        operations.decide_objection(
            organisation=estimated["E002"],
            year=YEAR,
            determined_t=80_001,
            reasons="更正",
            law=LAW,
            acting=FOUNDER,
            at=NOTIFIED,
        )
        assert row(estimated, "E002").deducted_t == 20_000
        step = row(estimated, "E002").explanation[-1]
        assert step["cites"][0]["source"] == "CNETS-43b"
        assert "AMB-26" in step["cites"][1]["assumed"]
        assert not queries.claims(estimated["E002"]), "claimed when it is settled"

    def test_it_does_not_touch_the_year_itself_or_others(self, estimated):
        assert Determination.objects.get(organisation=estimated["E002"], year=2022).deducted_t == 0
        issue(estimated)
        assert not queries.claims(estimated["E001"])[0].for_estimate
