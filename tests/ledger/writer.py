"""A process that posts batches of drawn events and tells what became of each, whatever happens.

Usage: python -m tests.ledger.writer NAME FIRST COUNT [TIMES]

Its batches follow from its name alone, so that whoever lost an answer sends the same batch again.
One line a batch on standard output: its number and its outcomes. A lost connection is renewed, and
the batch sent again; with TIMES every batch is sent as often.
"""

import json
import random
import sys
import time
from datetime import date
from functools import partial

import django
import psycopg
from django.db import InterfaceError, OperationalError, connection

from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.ledger.posting import Kind, Transfer

ACCOUNTS, EVENTS, FUNDS = 20, 30, 1_000
WHO = {"acting": Acting("writer", "system", "tests"), "at": at(date(2023, 12, 1))}
LOST = (OperationalError, InterfaceError, psycopg.OperationalError)


def batch(name: str, number: int, ids: list[int]) -> list[Transfer]:
    """The events of a batch: moves, chains, reservations and what resolves them."""
    bank, *others = ids
    if number == 0:
        return [Transfer(f"{name}/fund/{n}", bank, n, FUNDS) for n in others]
    draw = random.Random(f"{name}/{number}")
    return [_event(name, number, n, others, draw) for n in range(EVENTS)]


def _event(name: str, number: int, n: int, ids: list[int], draw: random.Random) -> Transfer:
    key, (debit, credit) = f"{name}/{number}/{n}", draw.sample(ids, 2)
    kind = draw.choice([Kind.POSTED, Kind.POSTED, Kind.PENDING, Kind.PENDING, Kind.POST, Kind.VOID])
    if kind in {Kind.POST, Kind.VOID}:
        earlier = f"{name}/{max(1, number - draw.randrange(3))}/{draw.randrange(EVENTS)}"
        return Transfer(key, kind=kind, pending=earlier)
    linked = draw.random() < 0.2 and n < EVENTS - 1
    return Transfer(key, debit, credit, draw.randint(1, 300), kind, linked=linked)


def accounts(name: str) -> list[int]:
    """The accounts of a writer, opened where they are missing; the first may go negative."""
    from openets.ledger.operations import AccountSpec, open_accounts

    specs = [AccountSpec(f"{name}/{n}", f"{name}", n == 0) for n in range(ACCOUNTS)]
    found = open_accounts(specs, **WHO)
    return [found[spec.code] for spec in specs]


def until_answered(act):
    """Try again, on a new connection, until the database answers."""
    while True:
        try:
            return act()
        except LOST:
            connection.close()
            time.sleep(0.02)


def main(name: str, first: int, count: int, times: int = 1) -> None:
    from openets.journal.operations import seal
    from openets.ledger.operations import post

    ids = until_answered(lambda: accounts(name))
    for number in range(first, first + count):
        events = batch(name, number, ids)
        send = partial(post, events, article="", subject=name, **WHO)
        for _ in range(times):
            told = [number, [outcome.result.value for outcome in until_answered(send)]]
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
        if number % 8 == 0:
            until_answered(lambda: seal(at=WHO["at"]))


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1], *map(int, sys.argv[2:]))
