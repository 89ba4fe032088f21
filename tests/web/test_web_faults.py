"""The web server killed in load: what was answered stands once, what was not is asked again."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from django.db import connection

from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from openets.registry.models import Transaction
from tests.exchange import exchange_market, held_t
from tests.served import MOVES, headers_of, served
from tests.web.test_cases import signed_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.requirement("CQETS-5.4b"),
]

CLIENTS, KILLS = 6, 2


class Sender:
    """Sends one move after the other, each until it is answered, and some once more."""

    def __init__(self, name, headers):
        self.name, self.headers = name, headers
        self.answered, self.lost = {}, 0

    def send_until(self, stopped, place):
        draw = random.Random(self.name)
        while not stopped.is_set():
            number = len(self.answered)
            to = "registry" if number % 3 == 2 else "trading"
            body = {"to": to, "unit": "allowance", "vintage_year": 2021, "amount_t": 1 + number % 7}
            for _ in range(draw.choice([1, 1, 2, 3])):
                self.ask(body | {"reference": f"{self.name}/{number}"}, stopped, place)

    def ask(self, body, stopped, place):
        while not stopped.is_set():
            try:
                status, said = place["server"].post(MOVES, body, self.headers)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                self.lost += 1
                time.sleep(0.05)
                continue
            if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
                self.lost += 1
                continue
            assert status == http.HTTPStatus.OK, said
            before = self.answered.setdefault(body["reference"], said)
            assert said == before, "asked again, answered alike"
            return


@contextmanager
def sending(senders, stopped, place):
    """The senders, each in a thread, until the block ends."""
    threads = [threading.Thread(target=s.send_until, args=(stopped, place)) for s in senders]
    try:
        yield threads
    finally:
        stopped.set()
        for thread in threads:
            thread.join(30)


def senders_of(market):
    headers = {code: headers_of(signed_in(market, code)) for code in ("E001", "E002")}
    return [
        Sender(f"c{n}", headers[code])
        for n, code in zip(range(CLIENTS), ["E001", "E002"] * CLIENTS, strict=False)
    ]


def test_what_a_killed_web_server_answered_stands_once():
    market = exchange_market(2)
    senders = senders_of(market)
    stopped, place = threading.Event(), {}
    with sending(senders, stopped, place) as threads:
        for life in range(KILLS + 1):
            with served() as server:
                place["server"] = server
                if not life:
                    for thread in threads:
                        thread.start()
                wait_until_each_got(senders, 4 * (life + 1))
                time.sleep(random.random() / 5)
    check(market, senders)


def test_a_web_server_goes_on_when_its_sessions_at_the_database_end():
    """As in a restart of the database in mid-session: nobody signs in again, nothing is doubled."""
    market = exchange_market(2)
    senders = senders_of(market)
    stopped, place = threading.Event(), {}
    with served() as server, sending(senders, stopped, place) as threads:
        place["server"] = server
        for thread in threads:
            thread.start()
        for restart in range(1, 4):
            wait_until_each_got(senders, 3 * restart)
            assert end_other_sessions() > 0
        wait_until_each_got(senders, 12)
    check(market, senders, least_lost=0)


def end_other_sessions():
    """End every session at the database of this test but our own; tell how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def wait_until_each_got(senders, count):
    for _ in range(600):
        if all(len(sender.answered) >= count for sender in senders):
            return
        time.sleep(0.05)
    raise AssertionError("the moves are not answered")


def check(market, senders, least_lost=KILLS):
    answered = {key: said for sender in senders for key, said in sender.answered.items()}
    assert sum(sender.lost for sender in senders) >= least_lost
    rows = Transaction.objects.filter(kind__startswith="move_to").in_bulk()
    for said in answered.values():
        row = rows[said["number"]]
        assert (row.kind, row.reference) == (said["kind"], said["reference"])
        parts = [[part["lot"], part["traded"], part["amount_t"]] for part in said["parts"]]
        assert (row.amount_t, row.parts) == (said["amount_t"], parts)
    # Beyond the answers at most the last request of each client.
    assert len(rows) - len(answered) <= len(senders)
    moved = Counter()
    for row in rows.values():
        sign = 1 if row.kind == "move_to_trading" else -1
        moved[row.reference.split("/")[0]] += sign * row.amount_t
    for code, tonnes in moved.items():
        assert held_t(market, code, AccountKind.TRADING)[2021] == tonnes
    assert all(lot.holds for lot in holdings.conservation())
