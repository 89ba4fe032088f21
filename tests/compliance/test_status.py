"""The replayed status against a twin that starts from scratch on every day."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openets.compliance.duty import Status
from openets.compliance.status import Event, Kind, Replay
from openets.kernel.refusal import Refusal
from openets.rulebook.load import law

DEADLINE = date(2023, 12, 31)
CQ = law("cq")


def event(kind, day, amount=None, *, id="", of="", year=2021, entity="E"):  # noqa: A002  # As in the file.
    return Event(Kind(kind), date.fromisoformat(str(day)), entity, year, amount, id, of)


def replayed(*events, law=CQ):
    replay = Replay(law)
    for one in events:
        replay.take(one)
    return replay


def told(replay, on, *, at_deadline=False):
    """Status, counted and open tonnes of the one duty."""
    (standing,) = replay.standings(on=date.fromisoformat(str(on)), at_deadline=at_deadline)
    return standing.status.value, standing.counted_t, standing.open_t


def duty(verified_t, *events, law=CQ):
    return replayed(
        event("deadline", DEADLINE), event("verified", "2023-11-14", verified_t), *events, law=law
    )


@pytest.mark.requirement("CQ208-2b", "CQETS-26")
def test_a_duty_passes_from_not_yet_due_to_overdue_and_late_fulfilment():
    replay = duty(
        100,
        event("surrendered", "2023-12-01", 60),
        event("surrendered", "2024-01-05", 40),
    )
    days = {
        "2023-11-13": ("not_yet_due", 0, 0),
        "2023-11-14": ("open", 0, 100),
        "2023-12-01": ("partly_fulfilled", 60, 40),
        "2023-12-31": ("partly_fulfilled", 60, 40),
        "2024-01-01": ("overdue", 60, 40),
        "2024-01-05": ("fulfilled", 100, 0),
    }
    assert {day: told(replay, day) for day in days} == days
    assert told(replay, "2024-01-05", at_deadline=True) == ("overdue", 60, 40)
    assert told(replay, "2023-12-31", at_deadline=True) == ("partly_fulfilled", 60, 40)


@pytest.mark.requirement("AMB-38")
def test_an_offset_filed_in_time_and_confirmed_later_counts_from_its_filing():
    events = [
        event("offset_filed", "2023-12-28", 8_000, id="F"),
        event("surrendered", "2023-12-30", 92_000),
    ]
    pending = duty(100_000, *events)
    assert told(pending, "2023-12-31") == ("partly_fulfilled", 92_000, 8_000)
    assert told(pending, "2024-01-04") == ("overdue", 92_000, 8_000)

    confirmed = duty(100_000, *events, event("offset_confirmed", "2024-01-05", of="F"))
    assert told(confirmed, "2024-01-04", at_deadline=True) == ("overdue", 92_000, 8_000)
    assert told(confirmed, "2024-01-05", at_deadline=True) == ("fulfilled", 100_000, 0)

    rejected = duty(100_000, *events, event("offset_rejected", "2024-01-05", of="F"))
    assert told(rejected, "2024-01-05") == ("overdue", 92_000, 8_000)


@pytest.mark.requirement("AMB-38")
def test_by_the_other_reading_the_confirmation_decides():
    events = [
        event("offset_filed", "2023-12-28", 8, id="F"),
        event("surrendered", "2023-12-30", 92),
        event("offset_confirmed", "2024-01-05", of="F"),
    ]
    replay = duty(100, *events, law=CQ.instead({"offset.count_at": "confirmation"}))
    assert told(replay, "2024-01-05", at_deadline=True) == ("overdue", 92, 8)
    assert told(replay, "2024-01-05") == ("fulfilled", 100, 0)


@pytest.mark.requirement("AMB-38")
def test_an_offset_filed_after_the_deadline_is_late_whenever_confirmed():
    replay = duty(
        100,
        event("surrendered", "2023-12-30", 92),
        event("offset_filed", "2024-01-01", 8, id="F"),
        event("offset_confirmed", "2024-01-05", of="F"),
    )
    assert told(replay, "2024-01-05", at_deadline=True) == ("overdue", 92, 8)


@pytest.mark.requirement("CQ208-A5.4b")
def test_a_part_confirmation_counts_the_part():
    replay = duty(
        100,
        event("offset_filed", "2023-12-01", 8, id="F"),
        event("offset_confirmed", "2023-12-05", 6, of="F"),
    )
    assert told(replay, "2023-12-05") == ("partly_fulfilled", 6, 94)


@pytest.mark.requirement("AMB-31")
def test_a_review_decided_after_the_deadline_counts_from_the_notification():
    decision = event("corrected", "2024-01-04", 97_000)
    exact = duty(100_000, event("surrendered", "2023-12-31", 97_000), decision)
    assert told(exact, "2024-01-03") == ("overdue", 97_000, 3_000)
    assert told(exact, "2024-01-04", at_deadline=True) == ("fulfilled", 97_000, 0)

    full = duty(
        100_000,
        event("surrendered", "2023-12-31", 100_000, id="S"),
        decision,
        event("reversed", "2024-01-10", 3_000, of="S"),
    )
    assert told(full, "2024-01-04") == ("fulfilled", 100_000, 0)
    assert told(full, "2024-01-10") == ("fulfilled", 97_000, 0)
    assert told(full, "2024-01-10", at_deadline=True) == ("fulfilled", 100_000, 0)


@pytest.mark.requirement("AMB-31")
def test_an_extension_moves_the_deadline_of_one_entity():
    replay = replayed(
        event("deadline", DEADLINE, entity=""),
        event("verified", "2023-11-14", 10),
        event("extended", "2024-01-31"),
        event("verified", "2023-11-14", 10, entity="F"),
    )
    states = [one.status for one in replay.standings(on=date(2024, 1, 31))]
    assert states == [Status.OPEN, Status.OVERDUE]


@pytest.mark.requirement("AMB-29")
def test_excess_is_refused_where_equality_is_the_duty_and_counted_where_more_is_allowed():
    replay = duty(94)
    with pytest.raises(Refusal) as refusal:
        replay.take(event("surrendered", "2023-12-01", 95))
    assert refusal.value.code == "above_obligation"
    allowed = CQ.instead({"surrender.excess": "allow_with_confirmation"})
    generous = duty(94, event("surrendered", "2023-12-01", 95), law=allowed)
    assert told(generous, "2023-12-01") == ("fulfilled", 95, 0)


@pytest.mark.requirement("AMB-60")
def test_without_a_deadline_a_duty_is_open_and_never_late():
    assert told(replayed(event("verified", "2023-11-14", 5)), "2099-01-01") == ("open", 0, 5)


def test_an_excluded_entity_owes_nothing_until_it_is_included_again():
    replay = duty(100, event("excluded", "2024-01-10"), event("included", "2024-02-01"))
    assert told(replay, "2024-01-09") == ("overdue", 0, 100)
    assert told(replay, "2024-01-10") == ("excluded", 0, 0)
    assert told(replay, "2024-01-10", at_deadline=True) == ("overdue", 0, 100)
    assert told(replay, "2024-02-01") == ("overdue", 0, 100)


def test_a_verified_amount_raised_after_fulfilment_opens_the_duty_again():
    replay = duty(
        100, event("surrendered", "2023-12-01", 100), event("corrected", "2023-12-10", 105)
    )
    assert told(replay, "2023-12-09") == ("fulfilled", 100, 0)
    assert told(replay, "2023-12-10") == ("partly_fulfilled", 100, 5)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (event("surrendered", "2023-11-30", 1), "out_of_order"),
        (event("surrendered", "2023-12-20", 1, id="S"), "id_taken"),
        (event("surrendered", "2023-12-20", -1), "not_positive"),
        (event("surrendered", "2023-12-20"), "amount_missing"),
        (event("surrendered", "2023-12-20", 1, year=2022), "not_notified"),
        (event("corrected", "2023-12-20", -1), "not_positive"),
        (event("corrected", "2023-12-20", 9, year=2022), "not_notified"),
        (event("verified", "2023-12-20", 9), "already_verified"),
        (event("reversed", "2023-12-20", of="no such id"), "unknown_reference"),
        (event("reversed", "2023-12-20", of="F"), "unknown_reference"),
        (event("reversed", "2023-12-20", of="S", entity="G"), "unknown_reference"),
        (event("reversed", "2023-12-20", 11, of="S"), "more_than_referred"),
        (event("offset_filed", "2023-12-20", 5), "id_missing"),
        (event("offset_filed", "2023-12-20", 91, id="H"), "above_open_duty"),
        (event("offset_filed", "2023-12-20", 5, id="H", year=2022), "not_notified"),
        (event("offset_confirmed", "2023-12-20", of="S"), "unknown_reference"),
        (event("offset_confirmed", "2023-12-20", of="F"), "already_decided"),
        (event("offset_rejected", "2023-12-20", of="F"), "already_decided"),
        (event("offset_confirmed", "2023-12-20", 9, of="P"), "more_than_referred"),
        (event("deadline", "2024-05-01"), "deadline_already_set"),
        (event("extended", "2024-05-01", year=2022), "no_deadline"),
        (event("extended", DEADLINE), "extension_not_later"),
    ],
)
def test_a_contradictory_event_is_refused_and_changes_nothing(bad, code):
    replay = duty(
        100,
        event("surrendered", "2023-12-01", 10, id="S"),
        event("offset_filed", "2023-12-02", 8, id="F"),
        event("offset_filed", "2023-12-02", 8, id="P"),
        event("offset_rejected", "2023-12-03", of="F"),
    )
    before = replay.standings(on=date(2024, 6, 1))
    with pytest.raises(Refusal) as refusal:
        replay.take(bad)
    assert refusal.value.code == code
    assert replay.standings(on=date(2024, 6, 1)) == before


def test_a_reversal_leaves_less_to_reverse():
    replay = duty(
        10,
        event("surrendered", "2023-12-01", 10, id="S"),
        event("reversed", "2023-12-02", 4, of="S"),
    )
    with pytest.raises(Refusal):
        replay.take(event("reversed", "2023-12-03", 7, of="S"))
    replay.take(event("reversed", "2023-12-03", of="S"))
    assert told(replay, "2023-12-03") == ("open", 0, 10)
    with pytest.raises(Refusal):
        replay.take(event("reversed", "2023-12-04", of="S"))


def twin(events, on, *, at_deadline):
    """Read the events afresh for one day: verified, counted, listed, one after the other."""
    deadline = next((e.day for e in events if e.kind is Kind.DEADLINE), None)
    known = [e for e in events if e.kind is not Kind.DEADLINE and e.day <= on]
    until = deadline if at_deadline and deadline and deadline < on else on
    verified_t, counted_t = twin_verified_t(known, until), twin_counted_t(known, until)
    listing = [e.kind for e in known if e.kind in {Kind.EXCLUDED, Kind.INCLUDED} and e.day <= until]
    open_t = max(0, (verified_t or 0) - counted_t)
    if listing and listing[-1] is Kind.EXCLUDED:
        return "excluded", counted_t, 0
    if verified_t is None:
        return "not_yet_due", counted_t, 0
    if open_t == 0:
        return "fulfilled", counted_t, 0
    if deadline and on > deadline:
        return "overdue", counted_t, open_t
    return "partly_fulfilled" if counted_t else "open", counted_t, open_t


def twin_verified_t(known, until):
    """The last amount known, if the first was told by then."""
    amounts = [e for e in known if e.kind in {Kind.VERIFIED, Kind.CORRECTED}]
    return amounts[-1].amount if amounts and amounts[0].day <= until else None


def twin_counted_t(known, until):
    """Surrenders and reversals on their day, confirmed offsets on the day of filing."""
    filed = {e.id: e for e in known if e.kind is Kind.OFFSET_FILED}
    left = {e.id: e.amount for e in known if e.kind is Kind.SURRENDERED}
    counted_t = sum(e.amount for e in known if e.kind is Kind.SURRENDERED and e.day <= until)
    for e in known:
        if e.kind is Kind.REVERSED:
            back_t = left[e.of] if e.amount is None else e.amount
            left[e.of] -= back_t
            counted_t -= back_t if e.day <= until else 0
        if e.kind is Kind.OFFSET_CONFIRMED and filed[e.of].day <= until:
            counted_t += filed[e.of].amount if e.amount is None else e.amount
    return counted_t


steps = st.lists(
    st.tuples(
        st.sampled_from(
            [*Kind, Kind.SURRENDERED, Kind.OFFSET_FILED, Kind.OFFSET_CONFIRMED, Kind.REVERSED]
        ).filter(lambda kind: kind is not Kind.EXTENDED),
        st.integers(0, 3),
        st.one_of(st.none(), st.integers(0, 12)),
        st.integers(0, 4),
    ),
    min_size=4,
    max_size=25,
)


@settings(deadline=None)
@given(st.integers(4, 25), steps)
def test_every_day_is_told_as_the_twin_tells_it(verified_t, drawn):
    start = date(2023, 12, 20)
    replay, taken, today = Replay(CQ), [], start
    first = (Kind.VERIFIED, 0, verified_t, 0)
    for number, (kind, later, amount, back) in enumerate([first, *drawn]):
        today += timedelta(days=later)
        named = [e.id for e in taken if e.kind in {Kind.SURRENDERED, Kind.OFFSET_FILED}]
        of = named[-1 - back % len(named)] if named else ""
        day = today if kind is not Kind.DEADLINE else today + timedelta(days=back * 3)
        one = event(kind, day, amount, id=f"e{number}", of=of)
        try:
            replay.take(one)
        except Refusal:
            continue
        taken.append(one)
    for offset in range(-1, (today - start).days + 15):
        on = start + timedelta(days=offset)
        for at_deadline in (False, True):
            expected = twin(taken, on, at_deadline=at_deadline)
            assert told(replay, on, at_deadline=at_deadline) == expected
