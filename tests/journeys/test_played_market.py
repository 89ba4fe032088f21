"""A whole market, played: the promises hold, whatever the size, the seed or a kill in between."""

import json
import random
import signal
import time
from collections import Counter

import psycopg
import pytest
from django.db import connection

from config import embedded
from config.environment import ENVIRONMENT
from openets.mrv import operations
from openets.parties.queries import entities as listed
from tests.journeys.conftest import (
    OTHER_SEED,
    SEED,
    SMALL,
    Played,
    connected,
    fresh_database,
    player,
)
from tests.journeys.expectations import (
    EXPECTATIONS,
    rows,
    statuses,
    trades_and_journal_are_told_as_they_are,
    verify_agrees,
)

KILLS = 3


@pytest.mark.requirement("CQETS-5.4b")
@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda each: each.__name__)
def test_in_a_small_market(on_small, expectation):
    expectation(on_small)


@pytest.mark.slow
def test_a_whole_market_of_all_listed_entities_keeps_every_promise(played, django_db_blocker):
    whole = played("whole", seed=SEED, entities=0)
    with django_db_blocker.unblock(), connected(whole.database):
        for expectation in EXPECTATIONS:
            expectation(whole)
        overdue = Counter(
            year for (_, year), (status, _) in statuses().items() if status == "overdue"
        )
    assert whole.summary["entities"] == {"2021": 308, "2022": 308}
    planted_2021, planted_2022 = 2, 3
    assert overdue[2021] == planted_2021
    assert planted_2022 <= overdue[2022] <= planted_2022 + 3  # The market may leave a few short.


@pytest.mark.slow
def test_the_same_seed_gives_the_same_chain_whatever_the_hash_seed_of_python(small, played):
    again = played("again", seed=SEED, entities=SMALL, hash_seed="2")
    differing = (
        pair
        for pair in zip(journal_of(again), journal_of(small), strict=True)
        if len(set(pair)) > 1
    )
    assert next(differing, None) is None
    assert again.summary == small.summary


@pytest.mark.slow
def test_another_seed_gives_another_market_that_keeps_every_promise(
    small, played, django_db_blocker
):
    other = played("other", seed=OTHER_SEED, entities=SMALL)
    assert other.head != small.head
    with django_db_blocker.unblock(), connected(other.database):
        for expectation in EXPECTATIONS:
            expectation(other)


@pytest.mark.slow
def test_a_play_killed_at_random_moments_starts_again_and_ends_alike(
    small, tmp_path, django_db_blocker
):
    url = fresh_database("journey_killed")
    draw = random.Random(SEED)
    for tenth in draw.sample(range(1, 10), KILLS):
        process = player(url, tmp_path, seed=SEED, entities=SMALL, hash_seed="random")
        wait_for(process, tenth)
        time.sleep(draw.random() / 2)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        with psycopg.connect(url) as server:
            assert server.execute("select finished from simulation_playrun").fetchall() == [
                (False,)
            ]
    for _ in ("the play starts again", "a finished play is left alone"):
        process = player(url, tmp_path, seed=SEED, entities=SMALL, hash_seed="random")
        out, err = process.communicate()
        assert process.returncode == 0, err
        assert json.loads(out) == small.summary
    killed = Played("journey_killed", SEED, json.loads(out))
    with django_db_blocker.unblock(), connected(killed.database):
        trades_and_journal_are_told_as_they_are(killed)
        verify_agrees(killed)
        assert rows("select seed, finished from simulation_playrun") == [(SEED, True)]


def journal_of(played):
    """All entries of a played market in the order in which they were sealed."""
    place = embedded.start(ENVIRONMENT.home, durable=False)
    with psycopg.connect(place.url(played.database)) as server:
        return server.execute(
            """select batch_id, at, operation, article, subject, person, role, organisation,
            content::text from journal_entry order by batch_id, id"""
        ).fetchall()


def wait_for(process, tenth):
    """Read the progress of a play until it has reached a tenth."""
    for line in process.stderr:
        share, percent, _ = line.partition("%")
        if percent and int(share) >= 10 * tenth:
            return
    raise AssertionError(f"the play ended before {tenth} tenths")


def test_what_is_journalled_together_has_an_order_that_no_table_row_that_moved_can_change(on_small):
    organisations = list(listed(2022))
    with connection.cursor() as cursor:  # An update moves a row to another place of its table.
        cursor.execute("update mrv_verification set version = version where id % 3 = 0")
        for plan in ("enable_nestloop", "enable_indexscan"):  # The planner may choose any.
            cursor.execute(f"set local {plan} = off")
            found = [v.id for v in operations._verifications(organisations, 2022)]
            assert found == sorted(found), plan
