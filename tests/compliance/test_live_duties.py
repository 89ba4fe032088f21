"""The rows of the duties, their sums and the page made of them, against the replay of all events."""

from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openets.compliance import duties, queries
from openets.compliance.duty import Standing
from openets.compliance.exported import TABLES
from openets.compliance.models import DutyEvent, LiveDuty
from openets.compliance.reconcile import check_sums
from openets.compliance.status import Kind
from openets.journal.chain import Difference
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.parties.roles import Role
from tests.markets import CQ

pytestmark = pytest.mark.django_db
YEAR, FIRST = 2021, date(2023, 12, 20)

events = st.lists(
    st.tuples(
        st.sampled_from("ABC"),
        st.sampled_from([kind for kind in Kind if kind is not Kind.DEADLINE]),
        st.integers(0, 4),
        st.integers(1, 12),
        st.integers(0, 5),
    ),
    max_size=25,
)


@contextmanager
def undone():
    """Everything inside leaves no trace."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def happened(drawn):
    """Let the drawn events happen to three entities; those that do not fit are left out."""
    entities = {
        code: Organisation.objects.create(code=code, name=code, role=Role.KEY_EMITTING_ENTITY)
        for code in "ABC"
    }
    moment = at(FIRST, 10)
    duties.open_all({entity: Tonnes(20) for entity in entities.values()}, YEAR, law=CQ, at=moment)
    for number, (code, kind, later, amount, back) in enumerate(drawn):
        moment += timedelta(days=later)
        found = DutyEvent.objects.filter(organisation=entities[code]).exclude(reference="")
        named = list(found.values_list("reference", flat=True))
        makes = kind in {Kind.SURRENDERED, Kind.OFFSET_FILED}
        extended = kind is Kind.EXTENDED
        try:
            with transaction.atomic():
                duties.note(
                    entities[code],
                    YEAR,
                    kind,
                    moment,
                    None if extended or kind in {Kind.EXCLUDED, Kind.INCLUDED} else Tonnes(amount),
                    law=CQ,
                    reference=f"r{number}" if makes else "",
                    of="" if makes or not named else named[-1 - back % len(named)],
                    deadline_date=date(2024, 1, 1) + timedelta(days=back) if extended else None,
                )
        except Refusal:
            continue
    return moment.date()


def replayed(on) -> list[Standing]:
    """The twin: every event of the year read and replayed for the day."""
    return duties._replayed(duties._events(DutyEvent.objects.filter(year=YEAR)), YEAR, CQ, on)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(events)
def test_on_every_day_the_rows_say_what_the_replay_says(drawn):
    with undone():
        last = happened(drawn)
        for ahead in range(-1, (last - FIRST).days + 16):
            on = FIRST + timedelta(days=ahead)
            assert queries.standings(YEAR, CQ, on=on) == replayed(on)
        told = replayed(duties.LATEST)
        for organisation in Organisation.objects.all():
            owed = queries.obligation(organisation, YEAR)
            (one,) = (each for each in told if each.entity == organisation.code)
            assert (owed.verified_t, owed.counted_t) == (one.verified_t, one.counted_t)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(events, st.integers(0, 20))
def test_the_sums_of_a_year_are_those_of_its_duties(drawn, ahead):
    with undone():
        today = happened(drawn) + timedelta(days=ahead)
        standings = replayed(today)
        progress = queries.progress([YEAR], CQ, today=today)[YEAR]
        assert progress.counts == Counter(standing.status for standing in standings)
        assert progress.verified_t == sum(standing.verified_t for standing in standings)
        assert progress.counted_t == sum(standing.counted_t for standing in standings)
        confirmed = DutyEvent.objects.filter(kind=Kind.OFFSET_CONFIRMED)
        assert progress.offset_t == sum(event.amount_t for event in confirmed)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(events)
def test_verify_sums_the_events_to_the_same_rows(drawn):
    with undone():
        happened(drawn)
        assert verified() == 3


def verified():
    rows = {name: TABLES[f"compliance_{name}"]() for name in ("duty_event", "live_duty")}
    return check_sums(events=rows["duty_event"], duties=rows["live_duty"])


@pytest.mark.parametrize(
    "change",
    [
        {"verified_t": 21},
        {"counted_t": 4},
        {"offset_t": 1},
        {"is_excluded": True},
        {"deadline_date": date(2024, 2, 1)},
        {"last_day": date(2024, 1, 1)},
    ],
)
def test_verify_names_a_row_that_says_something_else(change):
    happened([("A", Kind.SURRENDERED, 1, 5, 0)])
    LiveDuty.objects.filter(organisation__code="A").update(**change)
    with pytest.raises(Difference, match="duty of A for 2021"):
        verified()


def test_verify_names_a_duty_without_a_row_and_a_row_without_a_duty():
    happened([])
    LiveDuty.objects.filter(organisation__code="B").delete()
    with pytest.raises(Difference, match="duty of B for 2021"):
        verified()
    DutyEvent.objects.filter(organisation__code="B").delete()
    assert verified() == 2
    DutyEvent.objects.filter(organisation__code="C").delete()
    with pytest.raises(Difference, match="duty of C for 2021"):
        verified()


def test_a_year_without_duties_has_no_sums():
    assert queries.progress([2099], CQ, today=FIRST)[2099].verified_t == 0
