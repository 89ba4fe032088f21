"""Pages of a year's statement of an account with 100,000 entries, wherever they lie.

Usage: python bench/statement.py [--entries 100000] [--rounds 5]

A temporary server; one registry account among others, its entries spread over two years and four
lots. Each case reads a page of 50 as the page of the account does; the baseline reads the same 50
rows by their numbers, in the same round. Medians in milliseconds, and the ratio between them.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import server
from django.db import connection

from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.ledger import operations, posting
from openets.ledger.models import Transfer
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import statements
from openets.registry.models import Lot, Position, RegistryAccount

ACTING = Acting("bench", "system", "bench")
FIRST = at(date(2022, 1, 1))
DAYS = 730
BATCH = 2000
OTHERS = 200
YEAR = at(date(2023, 1, 1)), at(date(2024, 1, 1))


def account_with(entries: int) -> RegistryAccount:
    """An account with so many entries of trades and moves, among as many of other accounts."""
    held, other = (_account(name) for name in ("busy", "other"))
    lots = [
        Lot.objects.create(
            code=f"CQ/allowance/{year}/free",
            jurisdiction="cq",
            kind="allowance",
            vintage_year=year,
            origin="free",
        )
        for year in range(2020, 2024)
    ]
    mine = _positions(held, lots)
    rest = _positions(other, lots) + _open([f"rest/{n}" for n in range(OTHERS)])
    source, done = random.Random(1), 0
    batches = -(-2 * entries // BATCH)
    for number in range(batches):
        transfers = []
        for n in range(BATCH):
            far = source.choice(rest)
            # Every second transfer touches the busy account.
            near = source.choice(mine) if n % 2 else source.choice(rest)
            pair = (near, far) if source.random() < 0.5 else (far, near)
            if near == far:
                continue
            reason = "trade" if source.random() < 0.9 else "move_to_trading"
            transfers.append(posting.Transfer(f"{number}/{n}", *pair, 1, reason=reason))
            done += n % 2
        moment = FIRST + timedelta(days=DAYS * number // batches)
        operations.post(transfers, acting=ACTING, at=moment, article="CQETS-22", subject="bench")
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze ledger_transfer")
    print(f"{done:,} entries of {Transfer.objects.count():,} transfers")
    return held


def _account(name: str) -> RegistryAccount:
    holder = Organisation.objects.create(code=name, name=name, role=Role.INVESTOR)
    return RegistryAccount.objects.create(
        number=f"registry-{name}", kind="registry", holder=holder, opened_at=FIRST
    )


def _open(codes: list[str]) -> list[int]:
    specs = [operations.AccountSpec(code, "bench", may_go_negative=True) for code in codes]
    opened = operations.open_accounts(specs, acting=ACTING, at=FIRST)
    return [opened[code] for code in codes]


def _positions(account: RegistryAccount, lots: list[Lot]) -> list[int]:
    numbers = _open([f"{account.number}/{lot.code}" for lot in lots])
    Position.objects.bulk_create(
        Position(account=account, lot=lot, ledger_account=number)
        for lot, number in zip(lots, numbers, strict=True)
    )
    return numbers


def cases(held: RegistryAccount) -> dict[str, dict[str, object]]:
    """What is asked of the statement."""
    middle = statements.statement(
        held, size=1, until=datetime.fromisoformat("2023-07-01T00:00+08:00")
    )
    since, until = YEAR
    return {
        "newest page": {},
        "newest page of 2022": {"until": since, "since": FIRST},
        "middle of 2023": {"before": middle[0].number, "since": since, "until": until},
        "oldest page of 2023": {"after": 0, "since": since, "until": until},
        "oldest page of all": {"after": 0},
        "moves only": {"event": "move_to_trading"},
        "a kind that never happened": {"event": "surrender"},
        "one lot, newest of 2022": {"lot": "CQ/allowance/2021/free", "until": since},
    }


def milliseconds(job: Callable[[], object]) -> float:
    started = time.perf_counter()
    job()
    return (time.perf_counter() - started) * 1000


def _plainly(numbers: list[int]) -> list[Transfer]:
    return list(Transfer.objects.filter(id__in=numbers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with server.running():
        held = account_with(options.entries)
        for name, asked in cases(held).items():
            numbers = [entry.number for entry in statements.statement(held, **asked)]
            plain_reading = partial(_plainly, numbers)
            ours_reading = partial(statements.statement, held, **asked)
            plain, ours = [], []
            for _ in range(options.rounds):
                plain.append(milliseconds(plain_reading))
                ours.append(milliseconds(ours_reading))
            base, taken = statistics.median(plain), statistics.median(ours)
            print(f"{taken:8.1f} ms  {taken / base:6.1f} x  {len(numbers)} lines  {name}")


if __name__ == "__main__":
    main()
