"""Restating base years: proposed, confirmed by somebody else, both versions kept, nothing moved."""

from datetime import date
from decimal import Decimal

import pytest

from openets.allocation import runs
from openets.allocation.models import Determination
from openets.casework import queries as cases
from openets.casework.objection import ReasonsMissing
from openets.casework.operations import NoSuchCase, SamePerson, WrongState
from openets.journal import queries as journal
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from openets.mrv import correcting, queries, restatements, restating
from openets.mrv.accounting.account import account_line
from openets.mrv.accounting.activity import Activity, Source
from openets.mrv.accounting.factors import UnknownFactorSet, UnknownItem, YearNotCovered, factor_set
from openets.mrv.accounting.restate import NothingToRestate
from openets.mrv.models import Report, ReportContent, ReportedRow, RestatedRow, Restatement
from openets.mrv.procedures import RESTATEMENT
from openets.mrv.records import kept_line
from openets.mrv.restatements import (
    NoActivityData,
    NoBindingFigures,
    NothingChanges,
    RestatementOpen,
)
from openets.mrv.restating import (
    ActivityDisagrees,
    ActivityOnFile,
    FiguresReplaced,
    NoInventory,
    NotABaseYear,
    ReferenceUsed,
    StaysAsReported,
)
from tests.allocation.rows import cq
from tests.concurrently import at_once
from tests.markets import CQ, FOUNDER, figures, notified_market, small_market

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("CQ208-A1.M.2.2d", "AMB-18")]

NOW = at(date(2023, 8, 1))
THEN, SINCE = "general-2020", "general-2022"
POWER = {
    "facility": "L1",
    "source": "electricity",
    "item": "national",
    "quantity": "10000",
    "unit": "MWh",
}
BOUGHT = Decimal("0.5703") - Decimal("0.5366")
"""What a megawatt hour lost from the factor of 2020 to that of 2022."""


@pytest.fixture
def market(db):
    return small_market(2)


def fuel(tonnes):
    """A process of its own factor that emits so much."""
    return {
        "facility": "L1",
        "source": "process",
        "item": "other",
        "quantity": str(tonnes),
        "unit": "t",
        "factor": "1",
    }


def supply(market, code="E001", year=2019, rows=None, **otherwise):
    whole = market.emissions[code][year - 2018]
    given = {
        "organisation": market[code],
        "year": year,
        "factors": THEN,
        "rows": [POWER, fuel(whole - 5703)] if rows is None else rows,
        "acting": FOUNDER,
        "at": NOW,
    }
    return restating.supply_activity(**(given | otherwise))


def propose(market, *codes, year=2019, **otherwise):
    given = {
        "organisations": [market[code] for code in codes or ("E001",)],
        "year": year,
        "factors": SINCE,
        "from_year": 2022,
        "reasons": "电力排放因子与 2022 年度不一致",
        "reference": "R1",
        "law": CQ,
        "acting": FOUNDER,
        "at": NOW,
    }
    return restating.propose_restatements(**(given | otherwise))


def confirm(market, *subjects, person=2, code="bureau"):
    return restating.confirm_restatements(
        subjects=subjects or ("E001/2019/1",), acting=market.acts(code, person), at=NOW
    )


def base_t(market, code="E001", for_year=2022, year=2019):
    (binding,) = queries.binding_figures([market[code]], [year], for_year=for_year)[market[code].pk]
    return binding.figures[0][1].co2_t


class TestActivityData:
    def test_of_an_inventory_must_come_to_what_was_inventoried(self, market):
        content = supply(market)
        assert (content.factors, content.factors_digest) == (THEN, factor_set(THEN).digest)
        assert [row["emissions_exact"] for row in content.accounted] == ["5703", "94297"]
        with pytest.raises(ActivityDisagrees) as no:
            supply(market, year=2020, rows=[POWER])
        assert "5703" in no.value.message("en")

    def test_are_supplied_once_and_the_same_again_is_nothing(self, market):
        assert supply(market) == supply(market)
        with pytest.raises(ActivityOnFile):
            supply(market, rows=[fuel(100_000)])
        assert ReportContent.objects.filter(report__year=2019).count() == 1

    def test_are_supplied_by_the_bureau_for_an_inventory_by_a_set_of_the_year(self, market):
        with pytest.raises(NotYourRole):
            supply(market, acting=market.acts("E001"))
        with pytest.raises(NoInventory):
            supply(market, year=2022, factors=SINCE)
        with pytest.raises(YearNotCovered):
            supply(market, factors=SINCE)

    def test_two_supplies_at_once_are_one(self, transactional_db):
        market = small_market(1)
        made = at_once(lambda: supply(market), lambda: supply(market, rows=[fuel(100_000)]))
        assert made == ["activity_on_file", "done"]


class TestProposing:
    def test_changes_nothing_until_a_second_person_confirms(self, market):
        supply(market)
        (made,) = propose(market)
        assert (made.before_t, made.after_t) == (100_000, Decimal(100_000) - 10_000 * BOUGHT)
        assert base_t(market) == 100_000
        with pytest.raises(SamePerson):
            confirm(market, person=1)
        with pytest.raises(NotYourRole):
            confirm(market, code="registry")
        confirm(market)
        assert base_t(market) == made.after_t

    @pytest.mark.requirement("CQ208-A1.M.3.2d")
    def test_both_versions_are_kept_with_the_working_of_each_line(self, market):
        supply(market)
        propose(market)
        confirm(market)
        made = Restatement.objects.get()
        power, process = made.lines
        assert (power["before_exact"], power["after_exact"]) == ("5703", "5366")
        assert process["before_exact"] == process["after_exact"] == "94297"
        assert "0.5703" in str(power["before"])
        assert "0.5366" in str(power["after"])
        assert made.explanation[0]["result"] == "99663"
        assert made.factors_digest == factor_set(SINCE).digest
        assert ReportedRow.objects.get(report=made.report).co2_t == 100_000
        assert RestatedRow.objects.get(restatement=made).co2_t == Decimal(99_663)

    def test_holds_from_the_stated_year_on(self, market):
        supply(market)
        propose(market)
        confirm(market)
        assert base_t(market, for_year=2021) == 100_000
        assert base_t(market, for_year=2022) == 99_663
        assert base_t(market, for_year=2023) == 99_663
        assert base_t(market, for_year=None) == 100_000

    def test_is_impossible_without_activity_data_or_without_the_factor(self, market):
        with pytest.raises(NoActivityData):
            propose(market)
        supply(market)
        supply(market, "E002")
        with pytest.raises(UnknownItem) as no:
            without_factor(market)
        assert no.value.row == 2

    def test_is_all_or_none(self, market):
        supply(market)
        with pytest.raises(NoActivityData):
            propose(market, "E001", "E002")
        assert not Restatement.objects.exists()
        assert cases.case(RESTATEMENT, "E001/2019/1") is None

    def test_refuses_what_cannot_be(self, market):
        supply(market)
        with pytest.raises(ReasonsMissing):
            propose(market, reasons=" ")
        with pytest.raises(NotYourRole):
            propose(market, acting=market.acts("V1"))
        with pytest.raises(NotABaseYear):
            propose(market, year=2018)
        with pytest.raises(UnknownFactorSet):
            propose(market, factors="guess-2022")
        with pytest.raises(NothingChanges):
            propose(market, factors=THEN)
        with pytest.raises(StaysAsReported):
            propose(market, law=cq(restate_factors="as_reported"))
        with pytest.raises(NothingToRestate):
            propose(market, organisations=[])
        with pytest.raises(NoBindingFigures):
            propose(market, "V1")

    def test_sent_twice_it_is_one(self, market):
        supply(market)
        assert propose(market) == propose(market)
        with pytest.raises(ReferenceUsed):
            propose(market, factors="general-2023")
        with pytest.raises(RestatementOpen):
            propose(market, reference="R2")
        assert Restatement.objects.count() == 1

    def test_two_at_once_are_one(self, transactional_db):
        market = small_market(1)
        supply(market)
        made = at_once(
            lambda: propose(market, reference="R1"), lambda: propose(market, reference="R2")
        )
        assert made == ["done", "restatement_open"]


def without_factor(market):
    rows = [{**POWER, "item": "national_ets_report"}, fuel(100_000 - 6101)]
    supply(market, year=2020, rows=rows)
    return propose(market, year=2020, factors="steel-2024")


class TestDeciding:
    def test_confirmed_twice_is_refused_and_the_next_has_a_number_of_its_own(self, market):
        supply(market)
        propose(market)
        confirm(market)
        with pytest.raises(WrongState):
            confirm(market)
        with pytest.raises(NothingChanges):
            propose(market, reference="R2")
        (next_one,) = propose(market, factors="general-2023", reference="R3")
        confirm(market, next_one.subject)
        assert next_one.subject == "E001/2019/2"
        assert base_t(market) == 94_297 + 5_306
        with pytest.raises(NoSuchCase):
            confirm(market, "E001/2019/9")

    def test_two_confirm_at_once(self, transactional_db):
        market = small_market(1)
        supply(market)
        propose(market)
        made = at_once(lambda: confirm(market), lambda: confirm(market, person=3))
        assert made == ["done", "wrong_state"]

    def test_rejected_it_changes_nothing_and_may_be_proposed_again(self, market):
        supply(market)
        propose(market)
        with pytest.raises(ReasonsMissing):
            reject(market, " ")
        with pytest.raises(SamePerson):
            reject(market, "依据不足", person=1)
        reject(market, "依据不足")
        assert base_t(market) == 100_000
        assert propose(market, reference="R2")[0].number == 2

    def test_many_are_decided_together(self, market):
        supply(market)
        supply(market, "E002")
        made = propose(market, "E001", "E002")
        confirm(market, *[one.subject for one in made])
        assert base_t(market, "E001") == 99_663
        assert base_t(market, "E002") == 69_663

    def test_is_journalled_with_set_and_figures(self, market):
        supply(market)
        propose(market)
        confirm(market)
        entry = journal.trail("report/E001/2019").get(operation="mrv.confirm_restatement")
        assert entry.article == "CQ208-A1.M.2.2d"
        assert entry.content["factors_digest"] == factor_set(SINCE).digest
        assert Decimal(entry.content["after_t"]) == 99_663


class TestAllocation:
    def test_an_allowance_calculated_afterwards_takes_the_restated_base(self):
        market = small_market(2)
        supply(market)
        before = calculated(market)
        propose(market)
        assert calculated(market) == before
        confirm(market)
        after = calculated(market)
        assert (before.allowance_t, after.allowance_t) == (100_000, 99_888)
        origins = {
            g.origin for line in after.lines for s in line.explanation.steps for g in s.given
        }
        assert "restated figures 2019" in origins
        assert calculated(market, 2021).allowance_t == 100_000

    def test_an_allowance_determined_before_does_not_move(self):
        market = notified_market(1)
        kept = Determination.objects.get(organisation=market["E001"], year=2022)
        supply(market)
        propose(market)
        confirm(market)
        again = Determination.objects.get(pk=kept.pk)
        assert (again.determined_t, again.explanation) == (kept.determined_t, kept.explanation)


def calculated(market, year=2022):
    """What a trial gives the first entity now."""
    (one,) = runs.calculated([market["E001"]], year, CQ)
    return one.outcome


def reject(market, reasons, person=2):
    return restating.reject_restatements(
        subjects=["E001/2019/1"],
        reasons=reasons,
        acting=market.acts("bureau", person),
        at=NOW,
    )


class TestFiguresReplaced:
    """A base year that is a verified report may be corrected; what was restated from it goes."""

    def test_a_restatement_rests_on_the_figures_it_was_made_from(self):
        market = small_market(1)
        keep_activity(market, 2021)
        propose(market, year=2021, factors=SINCE)
        correct(market, 90_000)
        with pytest.raises(FiguresReplaced):
            confirm(market, "E001/2021/1")
        assert base_t(market, year=2021) == 90_000

    def test_one_that_was_confirmed_no_longer_counts_and_is_made_anew(self):
        market = small_market(1)
        keep_activity(market, 2021)
        propose(market, year=2021, factors=SINCE)
        (made,) = confirm(market, "E001/2021/1")
        assert base_t(market, year=2021) == Decimal(100_000) - 202
        assert restatements.is_in_force(made)
        correct(market, 90_000)
        assert base_t(market, year=2021) == 90_000
        assert not restatements.is_in_force(made)
        (again,) = propose(market, year=2021, factors=SINCE, reference="R2")
        confirm(market, again.subject)
        assert base_t(market, year=2021) == Decimal(90_000) - 202


def keep_activity(market, year):
    """Activity data with a verified report, as they are kept when it is submitted."""
    line = account_line(
        activity=Activity(
            "L1", Source.ELECTRICITY, "national", year, Decimal(10_000), "MWh", row=2
        ),
        factors=factor_set("general-2021"),
    )
    ReportContent.objects.create(
        report=Report.objects.get(organisation=market["E001"], year=year),
        grid={"activity": [POWER], "lines": [], "summary": []},
        factors="general-2021",
        factors_digest=line.factors.digest,
        gwp=line.factors.gwp.name,
        accounted=[kept_line(line, row=line.activity.row)],
        total_exact="5568",
        captive_exact="0",
        digest="0" * 64,
    )


def correct(market, tonnes):
    version = correcting.propose_correction(
        organisation=market["E001"],
        year=2021,
        figures=figures(tonnes),
        reasons="抽查发现重复计量",
        acting=FOUNDER,
        at=NOW,
    )
    correcting.confirm_correction(
        organisation=market["E001"],
        year=2021,
        version=version,
        law=CQ,
        acting=market.acts("bureau", 2),
        at=NOW,
    )
