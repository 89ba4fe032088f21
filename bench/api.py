"""Single moves of units a second over HTTP, against pgbench on the same server.

Usage: python bench/api.py [--seconds 4] [--rounds 5] [--clients 16] [--entities 300] [--workers 2]

The real server, as `openets demo` starts it, on a temporary, durable embedded database (fsync on).
Every client keeps one connection and sends one move at a time, of one tonne between the two own
accounts of an entity drawn by lot, with an access token of one of its people, or their session.
Clients, web server and database share the machine. Rounds interleave with `pgbench -N -c 16 -j 2`,
and medians are compared. In the end every answered move stands once in the registry, no other does,
and all balances follow.
"""

import argparse
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import server
from crowd import Answered
from django.contrib.auth import get_user_model
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client
from django.utils import timezone

from config import embedded
from openets.doors import demo
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.parties import operations as parties
from openets.parties import tokens
from openets.parties.models import Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.registry.models import Transaction
from openets.rulebook.load import law

OPENED = at(date(2023, 11, 24))
LAW = law("cq")
ISSUED_T, MOVED_T = Tonnes(1_000_000), Tonnes(100_000)


def acts(code: str) -> Acting:
    return Acting(f"{code}-1", Role.KEY_EMITTING_ENTITY, code)


def build(count: int) -> list[str]:
    """Entities with allowances of two vintages, a part of the first on the trading account."""
    bureau = Acting("bureau-1", Role.CITY_BUREAU, "bureau")
    registrar = Acting("registry-1", Role.REGISTRY_OPERATOR, "registry")
    exchange = Acting("exchange-1", Role.EXCHANGE_OPERATOR, "exchange")
    codes = [f"E{n:04}" for n in range(1, count + 1)]
    new = [
        NewOrganisation("bureau", "市生态环境局", Role.CITY_BUREAU),
        NewOrganisation("registry", "登记机构", Role.REGISTRY_OPERATOR),
        NewOrganisation("exchange", "交易机构", Role.EXCHANGE_OPERATOR),
    ]
    new += [
        NewOrganisation(code, code, Role.KEY_EMITTING_ENTITY, "涪陵区", "其他行业", n)
        for n, code in enumerate(codes, start=1)
    ]
    made = parties.register_organisations(new, law=LAW, acting=bureau, at=OPENED)
    entities = [made[code] for code in codes]
    registry.open_system_accounts(operator=made["registry"], acting=registrar, at=OPENED)
    for kind, acting in ((AccountKind.REGISTRY, registrar), (AccountKind.TRADING, exchange)):
        registry.open_accounts(holders=entities, kind=kind, acting=acting, at=OPENED)
    links = [registry.Link(each, f"registry-{each.code}", acts(each.code)) for each in entities]
    registry.link_accounts(links, at=OPENED)
    for year in (2021, 2022):
        lot = registry.LotOf("cq", UnitKind.ALLOWANCE, year, Origin.FREE)
        items = [registry.Issue(entity, ISSUED_T, f"{entity.code}/{year}") for entity in entities]
        registry.issue(items=items, lot=lot, acting=registrar, at=OPENED)
    for entity in entities:
        parties.add_member(
            username=f"{entity.code}-1",
            display_name=entity.code,
            organisation=entity,
            acting=bureau,
            at=OPENED,
        )
        registry.move_between_own(
            holder=entity,
            kind="move_to_trading",
            amount_t=MOVED_T,
            unit=UnitKind.ALLOWANCE,
            vintage_year=2021,
            reference="first",
            law=LAW,
            acting=acts(entity.code),
            at=OPENED,
        )
    return codes


def signed_in(code: str, by: str) -> dict[str, str]:
    """The headers of a program with a token of an entity, or of a browser signed in for it."""
    person = get_user_model().objects.get(username=f"{code}-1")
    if by == "token":
        now = timezone.now()
        token = tokens.make_token(
            membership=person.memberships.get(),
            purpose="bench",
            reference="bench",
            until_date=now.date() + timedelta(days=2),
            law=LAW,
            acting=acts(code),
            at=now,
        )
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    browser = Client()
    browser.force_login(person)
    session, secret = browser.cookies["sessionid"].value, _get_new_csrf_string()
    return {
        "Cookie": f"sessionid={session}; csrftoken={secret}",
        "X-CSRFToken": secret,
        "Content-Type": "application/json",
    }


@contextmanager
def serving(workers: int, threads: int) -> Iterator[int]:
    """The web server in processes of its own; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "config.wsgi:application", "--interface", "wsgi"),
        *("--host", "127.0.0.1", "--port", str(port), "--no-ws", "--log-level", "warning"),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
    ]
    paths = f"{server.ROOT}:{server.ROOT / 'src'}"
    with (server.HOME / "web.log").open("wb") as log:
        web = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": paths}, stdout=log)
    try:
        wait_for(port)
        yield port
    finally:
        web.terminate()
        web.wait(10)


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/api/health")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the web server does not answer")


def crowd(**job: object) -> Answered:
    """What a crowd in a process of its own was answered."""
    script = str(server.ROOT / "bench" / "crowd.py")
    done = subprocess.run(
        [sys.executable, script],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [(key, status, seconds) for key, status, seconds in json.loads(done.stdout)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--entities", type=int, default=300)
    parser.add_argument("--by", choices=("token", "session"), default="token")
    parser.add_argument("--workers", type=int, default=demo.WORKERS)
    parser.add_argument("--threads", type=int, default=demo.THREADS)
    options = parser.parse_args()
    with server.running() as place:
        run(place, options)


def run(place: embedded.Place, options: argparse.Namespace) -> None:
    headers = {code: signed_in(code, options.by) for code in build(options.entities)}
    base: list[float] = []
    rates: list[float] = []
    answered: Answered = []
    with serving(options.workers, options.threads) as port:
        job = {"port": port, "headers": headers, "clients": options.clients}
        answered += crowd(**job, name="warm", seconds=1)
        warm = len(answered)
        for number in range(options.rounds):
            base.append(server.transactions_per_second(place, clients=16, seconds=2))
            found = crowd(**job, name=f"r{number}", seconds=options.seconds)
            rates.append(len(found) / options.seconds)
            answered += found
    check(answered)
    tell(base, rates, sorted(seconds * 1000 for _, _, seconds in answered[warm:]))


def check(answered: Answered) -> None:
    """Every move was answered with 200 and stands once, no other does, and balances follow."""
    assert {status for _, status, _ in answered} == {http.HTTPStatus.OK}
    keys = Counter(key for key, _, _ in answered)
    rows = [t for t in Transaction.objects.all() if t.kind.startswith("move_to")]
    assert Counter(t.key for t in rows if not t.key.endswith("/first")) == keys
    assert max(keys.values()) == 1
    assert all(lot.holds for lot in holdings.conservation())
    moved = Counter[str]()
    for row in rows:
        code = row.reference.split("/")[0]
        moved[code] += row.amount_t if row.kind == "move_to_trading" else -row.amount_t
    for entity in Organisation.objects.filter(role=Role.KEY_EMITTING_ENTITY):
        held = {(h.account_kind, h.lot.vintage_year): h.total_t for h in holdings.holdings(entity)}
        assert held[AccountKind.TRADING, 2021] == moved[entity.code], entity.code
        assert held[AccountKind.REGISTRY, 2021] == ISSUED_T - moved[entity.code], entity.code


def tell(base: list[float], rates: list[float], times_ms: list[float]) -> None:
    cuts = statistics.quantiles(times_ms, n=100)
    reference, rate = statistics.median(base), statistics.median(rates)
    print(f"pgbench -N -c 16: {reference:,.0f} transactions/s  {[round(x) for x in base]}")
    print(f"{rate / reference:.3f} x  {rate:,.0f} moves/s  {[round(x) for x in rates]}")
    print(f"p50 {cuts[49]:.1f} ms  p95 {cuts[94]:.1f} ms  p99 {cuts[98]:.1f} ms")


if __name__ == "__main__":
    main()
