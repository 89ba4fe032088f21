"""Trial runs and what-ifs: kept beside the real thing, compared, put forward, and never more."""

from datetime import date
from decimal import Decimal
from functools import partial
from unittest.mock import Mock

import pytest

from openets.allocation import levers, operations, queries, runs
from openets.allocation.compare import compare
from openets.allocation.levers import NotALever, NothingChanged
from openets.allocation.models import Determination, Run, RunRow
from openets.allocation.operations import AlreadyCalculated, NotATrial, RunOutdated
from openets.allocation.procedures import DETERMINATION
from openets.allocation.runs import NobodyListed, NoSuchRun, RunNameMissing, RunOver, RunStopped
from openets.casework import queries as cases
from openets.casework.operations import SamePerson
from openets.journal import queries as journal
from openets.journal.models import Entry
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.kernel.quantity import half_up_tonnes
from openets.mrv.models import VerifiedRow
from openets.parties.roles import Role
from tests.concurrently import at_once
from tests.markets import CALCULATED, CQ, DETERMINED, FOUNDER, list_silent_entity, small_market

SECOND = Acting("bureau-2", Role.CITY_BUREAU, "bureau")
# Every entity of the market is allocated by the total method, whose coefficient is 1.
LESS = {"alloc.total_coefficient": "0.9"}


def start(kind="trial", changes=None, *, reference="r1", name="试算", year=2022, acting=FOUNDER):
    return runs.start_run(
        reference=reference,
        name=name,
        year=year,
        kind=kind,
        changes=changes or {},
        law=CQ,
        acting=acting,
        at=CALCULATED,
    )


def advance(run, size, acting=FOUNDER):
    return runs.advance_run(number=run.pk, size=size, law=CQ, acting=acting, at=CALCULATED)


def whole(kind="trial", changes=None, reference="r1"):
    run = start(kind, changes, reference=reference)
    return advance(run, run.entities)


def propose(run, acting=FOUNDER, law=CQ):
    return operations.propose(run=run.pk, law=law, acting=acting, at=CALCULATED)


def determine(acting=SECOND):
    return operations.determine(year=2022, law=CQ, acting=acting, at=DETERMINED)


def correct_figures():
    """The verified emissions of one entity change behind a run's back."""
    row = VerifiedRow.objects.filter(
        verification__report__organisation__code="E001", verification__report__year=2021
    ).get()
    VerifiedRow.objects.filter(pk=row.pk).update(co2_t=row.co2_t - 30_000)


@pytest.fixture
def market(db):
    return small_market()


@pytest.mark.usefixtures("market")
class TestATrial:
    @pytest.mark.requirement("CQ208-1")
    def test_it_works_over_all_entities_step_by_step_and_sums_them_up(self):
        run = start()
        assert (run.entities, run.rows.count(), run.finished_at) == (3, 0, None)
        assert advance(run, 2).finished_at is None
        assert run.rows.count() == 2
        done = advance(run, 2)
        # 100,000 + 80,000 + 46,667 t and 5/95 of it, rounded down, as determined in earnest.
        assert (done.entities_sum_t, done.reserve_t, done.total_t) == (226_667, 11_929, 238_596)
        assert advance(run, 2).finished_at == done.finished_at

    @pytest.mark.requirement("CQ208-1")
    def test_who_is_refused_stays_in_it_with_the_reason(self):
        silent = list_silent_entity()
        run = whole()
        row = run.rows.get(organisation=silent)
        assert (row.determined_t, row.refusal["article"]) == (None, "CQ208-1")
        assert run.entities_sum_t == 226_667

    def test_it_touches_no_determination_and_is_journalled_once(self):
        run = whole()
        start()
        assert not Determination.objects.exists()
        assert [e.operation for e in journal.trail(f"run/{run.pk}")] == ["allocation.start_run"]
        assert Run.objects.count() == 1

    def test_only_the_bureau_runs_and_every_run_has_a_name_and_a_year_with_entities(self, market):
        with pytest.raises(NotYourRole):
            start(acting=market.acts("registry"))
        with pytest.raises(RunNameMissing):
            start(name=" ")
        with pytest.raises(NobodyListed):
            start(year=2019)
        run = start()
        with pytest.raises(NotYourRole):
            advance(run, 1, market.acts("E001"))
        with pytest.raises(NoSuchRun):
            runs.advance_run(number=0, size=1, law=CQ, acting=FOUNDER, at=CALCULATED)


@pytest.mark.usefixtures("market")
class TestAWhatIf:
    @pytest.mark.requirement("CQETS-11")
    def test_a_changed_parameter_gives_other_allowances_for_comparison(self):
        trial, less = whole(), whole("what_if", LESS, "r2")
        found = compare(
            runs.results_of(trial),
            runs.results_of(less),
            outlier_ratio=CQ.on("alloc.outlier_ratio", date(2023, 1, 1)).number,
        )
        given = {c.entity.code: (c.before_t, c.after_t) for c in found.changes}
        # The second has its gap relieved either way, so it loses nothing.
        assert given == {
            "E001": (100_000, 90_000),
            "E002": (80_000, 80_000),
            "E003": (46_667, 42_000),
        }
        assert [c.entity.code for c in found.losers] == ["E001", "E003"]

    def test_nothing_real_changes_and_the_journal_stands_where_it_stood(self):
        propose(whole())
        determine()
        before = (
            list(Determination.objects.values()),
            list(Entry.objects.values_list("pk", flat=True)),
            queries.totals()[0].total_t,
            cases.counts(DETERMINATION, 2022),
        )
        whole("what_if", LESS, "r2")
        after = (
            list(Determination.objects.values()),
            list(Entry.objects.values_list("pk", flat=True)),
            queries.totals()[0].total_t,
            cases.counts(DETERMINATION, 2022),
        )
        assert after == before
        assert RunRow.objects.filter(run__kind="what_if").count() == 3

    def test_an_unknown_parameter_and_none_at_all_are_refused(self):
        with pytest.raises(NotALever):
            start("what_if", {"trading.tick": "1"})
        with pytest.raises(NothingChanged):
            start("what_if", {"alloc.total_coefficient": "1.0"})
        assert not Run.objects.exists()

    def test_it_is_for_comparing_only(self):
        with pytest.raises(NotATrial):
            propose(whole("what_if", LESS))


@pytest.mark.usefixtures("market")
@pytest.mark.requirement("CQETS-11b")
class TestPuttingForward:
    def test_a_trial_becomes_the_result_and_a_second_person_determines_it(self):
        run = whole()
        assert propose(run) == []
        with pytest.raises(SamePerson):
            determine(FOUNDER)
        assert determine().entities_sum_t == run.entities_sum_t
        assert {r.code: r.determined_t for r in runs.determined_results(2022)} == {
            r.code: r.determined_t for r in runs.results_of(run)
        }

    def test_an_unfinished_trial_is_refused(self):
        run = start()
        with pytest.raises(NotATrial):
            propose(run)

    def test_figures_that_changed_since_are_refused_and_named(self):
        run = whole()
        correct_figures()
        with pytest.raises(RunOutdated) as no:
            propose(run)
        assert no.value.numbers == {"year": 2022, "count": 1, "what": "E001"}
        assert not Determination.objects.exists()

    def test_figures_that_changed_after_it_was_put_forward_are_refused_too(self):
        propose(whole())
        correct_figures()
        with pytest.raises(RunOutdated) as no:
            determine()
        assert no.value.numbers["what"] == "E001"
        assert propose(whole(reference="r2")) == [], "a new trial takes its place"
        assert determine().entities_sum_t == 216_667

    def test_whoever_put_the_last_one_forward_does_not_determine_it(self):
        propose(whole())
        propose(whole(reference="r2"), SECOND)
        with pytest.raises(SamePerson):
            determine(SECOND)

    def test_what_is_determined_is_not_put_forward_again(self):
        run = whole()
        propose(run)
        determine()
        with pytest.raises(AlreadyCalculated):
            propose(run)

    def test_only_the_bureau_puts_forward(self, market):
        with pytest.raises(NotYourRole):
            propose(whole(), market.acts("registry"))


@pytest.mark.django_db(transaction=True)
def test_two_who_start_runs_at_once_each_have_their_own_and_a_form_sent_twice_has_one():
    small_market()
    begun = at_once(*(partial(start, reference=f"r{n}") for n in (1, 2, 2)))
    assert begun == ["done"] * 3
    assert sorted(run.reference for run in Run.objects.all()) == ["r1", "r2"]
    for run in Run.objects.all():
        assert advance(run, 3).entities_sum_t == 226_667


@pytest.mark.django_db(transaction=True)
def test_a_run_that_breaks_off_goes_on_from_its_last_whole_step(monkeypatch):
    small_market()
    run = start()
    advance(run, 1)
    with monkeypatch.context() as broken:
        broken.setattr(runs, "digest", Mock(side_effect=["a", MemoryError]))
        with pytest.raises(MemoryError):
            advance(run, 2)
    assert run.rows.count() == 1
    assert advance(run, 2).entities_sum_t == 226_667


@pytest.mark.usefixtures("market")
class TestARunGivenUp:
    def stop(self, run, acting=FOUNDER):
        return runs.stop_run(number=run.pk, acting=acting, at=CALCULATED)

    def test_it_keeps_what_it_found_and_never_goes_on_nor_is_put_forward(self):
        run = start()
        advance(run, 1)
        assert self.stop(run).stopped_at == self.stop(run).stopped_at == CALCULATED
        with pytest.raises(RunStopped):
            advance(run, 2)
        with pytest.raises(NotATrial):
            propose(run)
        assert run.rows.count() == 1
        trail = [entry.operation for entry in journal.trail(f"run/{run.pk}")]
        assert sorted(trail) == ["allocation.start_run", "allocation.stop_run"]

    def test_a_finished_one_stays_and_only_the_bureau_gives_up(self, market):
        with pytest.raises(RunOver):
            self.stop(whole())
        with pytest.raises(NotYourRole):
            self.stop(start(reference="r2"), market.acts("registry"))


@pytest.mark.usefixtures("market")
def test_what_follows_in_the_next_year_is_a_part_of_a_what_if():
    """70 % of the allowance is pre-allocated; what of it may be used in advance may be claimed."""
    trial = whole()
    none = whole("what_if", {"alloc.preallocation_share": "0"}, "r2")
    no_claim = whole("what_if", {levers.CLAIM_ADVANCED: "false"}, "r3")
    for row in trial.rows.all():
        assert row.pre_allocation_t == half_up_tonnes(row.determined_t * Decimal("0.7"))
        assert 0 <= row.claim_limit_t <= row.pre_allocation_t
    assert any(row.claim_limit_t for row in trial.rows.all())
    assert {row.pre_allocation_t for row in none.rows.all()} == {0}
    assert {row.claim_limit_t for row in no_claim.rows.all()} == {0}


@pytest.mark.django_db(transaction=True)
def test_two_who_advance_a_run_at_once_calculate_everybody_once():
    small_market()
    run = start()
    assert at_once(lambda: advance(run, 2), lambda: advance(run, 2)) == ["done", "done"]
    assert run.rows.count() == 3
    assert Run.objects.get().entities_sum_t == 226_667


@pytest.mark.django_db(transaction=True)
def test_of_two_who_put_a_trial_forward_at_once_the_last_stands():
    small_market()
    run = whole()
    outcomes = at_once(lambda: propose(run), lambda: propose(run, SECOND))
    assert outcomes == ["done", "done"]
    assert Determination.objects.filter(year=2022).count() == 3
    assert at(date(2023, 10, 23)) == Determination.objects.first().calculated_at
