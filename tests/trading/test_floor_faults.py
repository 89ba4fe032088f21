"""Faults of the floor: a failed batch, a restart, a lost connection, a killed process."""

import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from functools import partial

import pytest
from django.db import connection

from openets.compliance import operations as compliance
from openets.kernel.refusal import Refusal
from openets.settlement import operations as settlement
from openets.trading.floor import FloorLost, Withdrawal
from openets.trading.models import FloorBatch, Order, Trade
from tests.exchange import (
    PRICE,
    TEN,
    move,
    must_be_sound,
    open_floor,
    order,
    pay_in,
    trading_market,
)
from tests.markets import CQ

pytestmark = pytest.mark.requirement("CQETS-5.4b")


class Broken(Exception):
    pass


@pytest.mark.requirement("CQETS-14")
@pytest.mark.django_db
def test_a_batch_that_fails_in_settlement_leaves_nothing_and_the_floor_goes_on(monkeypatch, capsys):
    market = trading_market(1)
    with open_floor(market) as floor:
        floor.submit([order(market, "E001", "sell", 10, PRICE)], at=TEN)
        before = floor.state_hash()
        batch = [
            order(market, "I1", "buy", 4, PRICE),
            order(market, "I1", "buy", 5, PRICE - 1),
            Withdrawal(market["E001"], 1),
        ]
        with monkeypatch.context() as fault:

            def settle(*_, **__):
                raise Broken

            fault.setattr(settlement, "settle", settle)
            with pytest.raises(Broken):
                floor.submit(batch, at=TEN)
        assert floor.state_hash() == before
        assert (Trade.objects.count(), FloorBatch.objects.count()) == (0, 1)
        must_be_sound(capsys)
        answers = floor.submit(batch, at=TEN)
        assert [answer.state for answer in answers] == ["filled", "resting", "withdrawn"]
        assert [answer.order for answer in answers] == [2, 3, 1]
        must_be_sound(capsys)


@pytest.mark.django_db
def test_a_floor_that_starts_again_in_mid_session_has_the_same_books_and_goes_on(capsys):
    market = trading_market(1)
    draw = random.Random(1)
    orders = [
        order(
            market,
            *draw.choice([("E001", "sell"), ("I1", "buy")]),
            draw.randint(1, 50),
            PRICE + draw.randint(-5, 5),
            key=str(n),
        )
        for n in range(60)
    ]
    with open_floor(market) as floor:
        for n in range(0, 40, 4):
            floor.submit(orders[n : n + 4], at=TEN)
        left = floor.state_hash()
    with open_floor(market) as floor:
        assert floor.state_hash() == left == FloorBatch.objects.latest("number").state_hash
        again = floor.submit(orders[:40], at=TEN)
        assert floor.state_hash() == left
        assert Order.objects.count() == 40
        assert [a.order for a in again] == list(range(1, 41))
        floor.submit(orders[40:], at=TEN)
        must_be_sound(capsys)


@pytest.mark.django_db(transaction=True)
def test_a_floor_whose_connection_was_renewed_no_longer_writes():
    market = trading_market(1)
    with open_floor(market) as floor:
        floor.submit([order(market, "E001", "sell", 10, PRICE)], at=TEN)
        connection.close()
        for act in (
            partial(floor.submit, [order(market, "I1", "buy", 4, PRICE)]),
            floor.close_day,
        ):
            with pytest.raises(FloorLost):
                act(at=TEN)
        assert Trade.objects.count() == 0


FLOOR_PROCESS = textwrap.dedent(
    """
    import random, sys
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    from openets.kernel.acting import Acting
    from openets.parties.models import Organisation
    from openets.rulebook.load import law
    from openets.trading.floor import Floor, NewOrder, Withdrawal
    from tests.exchange import DAY, PRICE, PRODUCT, TEN

    exchange = Acting("exchange-1", "exchange_operator", "exchange")
    floor = Floor(law=law("cq"), day=DAY, acting=exchange)
    holders = {o.code: o for o in Organisation.objects.filter(code__in=["E001", "I1"])}
    draw = random.Random(sys.argv[2])
    for batch in range(100_000):
        commands = []
        for n in range(20):
            buy = draw.random() < 0.5
            holder = holders["I1" if buy else "E001"]
            price, qty = PRICE + draw.randint(-9, 9), draw.randint(1, 30)
            key = f"{sys.argv[2]}/{batch}/{n}"
            commands.append(NewOrder(key, holder, PRODUCT, buy, qty, price))
        for resting in draw.sample(sorted(floor.resting), min(5, len(floor.resting))):
            commands.append(Withdrawal(floor.resting[resting].holder, resting))
        answers = floor.submit(commands, at=TEN)
        for command, answer in zip(commands, answers):
            if isinstance(command, NewOrder):
                print(command.key, answer.order, answer.traded_t, flush=False)
        print("answered", floor.state_hash(), flush=True)
    """
)


def run_and_kill(name, seconds):
    """Start a floor in a process of its own, kill it in the middle, and give its answers."""
    environment = os.environ | {"PYTHONPATH": "src:.", "DJANGO_SETTINGS_MODULE": "config.settings"}
    arguments = [sys.executable, "-c", FLOOR_PROCESS, connection.settings_dict["NAME"], name]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as floor:
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(floor.stdout))
        reader.start()
        wait_until(lambda: any(line.startswith("answered") for line in lines), floor)
        time.sleep(seconds)
        floor.send_signal(signal.SIGKILL)
        floor.wait(10)
        reader.join(10)
    return lines


def wait_until(happens, process):
    for _ in range(600):
        if happens():
            return
        assert process.poll() is None, "the floor ended by itself"
        time.sleep(0.05)
    raise AssertionError("the floor never answered")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_floor_killed_between_and_within_batches_loses_no_answer_and_doubles_none(capsys):
    market = trading_market(1)
    connection.commit()
    answered = {}
    for number, seconds in enumerate((0.31, 0.83, 0.17)):
        lines = run_and_kill(f"run{number}", seconds)
        complete = [n for n, line in enumerate(lines) if line.startswith("answered")][-1]
        for line in lines[:complete]:
            if not line.startswith("answered"):
                key, order_id, traded = line.split()
                answered[key] = int(order_id), int(traded)
        must_be_sound(capsys)
        with open_when_free(market) as floor:
            assert floor.state_hash() == FloorBatch.objects.latest("number").state_hash
    rows = {key: (pk, qty - rest) for pk, key, qty, rest in Order.objects.values_list(
        "id", "key", "qty", "remaining"
    )}  # fmt: skip
    assert len(rows) == Order.objects.count()
    for key, (order_id, traded) in answered.items():
        assert rows[key][0] == order_id
        assert rows[key][1] >= traded
    assert len(answered) > 100
    assert Trade.objects.count() > 50


def open_when_free(market):
    """The server notices within moments that the killed floor's session is gone."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where locktype = 'advisory'")
            if not cursor.fetchone()[0]:
                break
        time.sleep(0.05)
    return open_floor(market)


class Crowd:
    """Writers that repeat their acts until the time is up; refusals are fine, faults are kept."""

    def __init__(self, market, seconds):
        self.market, self.end = market, time.monotonic() + seconds
        self.faults, self.done = [], Counter()

    def run(self, acts):
        threads = [threading.Thread(target=self.repeat, args=pair) for pair in acts.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive(), "somebody waits for ever"

    def repeat(self, name, act):
        try:
            for number in itertools.takewhile(
                lambda _: time.monotonic() < self.end, itertools.count()
            ):
                with contextlib.suppress(Refusal):
                    act(number, random.Random(f"{name}/{number}"))
                    self.done[name] += 1
        except Exception as fault:  # noqa: BLE001 - told by the test
            self.faults.append((name, repr(fault)))
        finally:
            connection.close()

    def trade(self, number, draw):
        with open_floor(self.market) as floor:
            for batch in range(20):
                commands = [
                    order(
                        self.market,
                        draw.choice(["E001", "E002", "I1"]),
                        draw.choice(["buy", "sell"]),
                        draw.randint(1, 60),
                        PRICE + draw.randint(-3, 3),
                        key=f"{number}/{batch}/{n}",
                    )
                    for n in range(12)
                ]
                floor.submit(commands, at=TEN)

    def move(self, code, to, number, draw):
        vintage, reference = draw.choice([2021, None]), f"{to}/{number}"
        move(self.market, code, draw.randint(1, 40), to=to, vintage=vintage, reference=reference)

    def surrender(self, code, number, draw):
        compliance.surrender(
            organisation=self.market[code],
            year=draw.choice([2021, 2022]),
            amount_t=draw.randint(1, 60),
            reference=f"s{number}",
            law=CQ,
            acting=self.market.acts(code),
            at=TEN,
        )

    def pay(self, number, draw):
        code = draw.choice(["E001", "I1"])
        pay_in(self.market, code, draw.randint(1, 9), reference=f"p{number}")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_floor_moves_surrenders_and_payments_never_wait_for_each_other_in_a_circle(capsys):
    market = trading_market(2)
    for code in ("E001", "E002"):
        pay_in(market, code, 5_000_000)
    move(market, "E002", 20_000)
    crowd = Crowd(market, seconds=5)
    acts = {"trade": crowd.trade, "pay": crowd.pay}
    for code in ("E001", "E002"):
        acts[f"in/{code}"] = partial(crowd.move, code, "registry")
        acts[f"out/{code}"] = partial(crowd.move, code, "trading")
        acts[f"surrender/{code}"] = partial(crowd.surrender, code)
    crowd.run(acts)
    assert crowd.faults == []
    assert crowd.done.keys() == acts.keys()
    must_be_sound(capsys)
