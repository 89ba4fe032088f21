"""The floor as a process of its own: intake, answers, idempotence, days, standby and faults."""

import asyncio
import os
import random
import signal
import threading
import time
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from openets.gateway import intake
from openets.gateway.address import Address
from openets.gateway.calling import Caller
from openets.gateway.client import FloorLine
from openets.gateway.clock import PlayedClock
from openets.gateway.requests import Act, Request
from openets.gateway.running import Running
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.parties.roles import Role
from openets.trading.floor import Floor
from openets.trading.models import DailySheet, Order, Trade
from tests.exchange import DAY, PRICE, TEN, close_books, must_be_sound, pay_in, trading_market
from tests.floors import (
    SECRET,
    Moment,
    caller_of,
    entering,
    floor_beside,
    floor_process,
    wait_until,
    withdrawing,
)
from tests.markets import CQ

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.requirement("CQETS-17", "CQETS-5.4b"),
]


@pytest.fixture
def market():
    return trading_market(1)


def test_an_order_is_answered_when_it_is_durable_and_its_key_again_tells_the_same(market):
    seller, buyer = market.acts("E001"), market.acts("I1")
    with floor_beside() as address:
        ask = caller_of(address).ask
        rests = ask(entering(seller, "sell", 10))
        assert (rests.state, rests.traded_t, rests.refusal) == ("resting", 0, None)
        bought = ask(entering(buyer, "buy", 4))
        assert (bought.state, bought.traded_t) == ("filled", 4)
        assert Trade.objects.get().qty == 4
        assert ask(entering(buyer, "buy", 4)) == bought
        again = ask(entering(seller, "sell", 10))
        assert (again.order, again.state, again.traded_t) == (rests.order, "resting", 4)
    assert Trade.objects.count() == 1


def test_a_withdrawal_sent_again_is_answered_the_same_and_anothers_order_is_not_there(market):
    seller = market.acts("E001")
    with floor_beside() as address:
        ask = caller_of(address).ask
        order = ask(entering(seller, "sell", 10)).order
        theirs = ask(withdrawing(market.acts("I1"), order))
        assert theirs.refusal["code"] == "order_not_open"
        first = ask(withdrawing(seller, order))
        assert (first.order, first.state, first.refusal) == (order, "withdrawn", None)
        assert ask(withdrawing(seller, order)) == first


@pytest.mark.requirement("CQETS-16")
def test_a_refusal_carries_code_article_numbers_and_remedy_in_both_languages(market):
    with floor_beside() as address:
        ask = caller_of(address).ask
        dear = ask(entering(market.acts("I1"), "buy", 10, 10 * PRICE))
        assert (dear.state, dear.refusal["code"], dear.refusal["article"]) == (
            "refused",
            "price_outside_limit",
            "CQETS-17.2",
        )
        assert dear.refusal["numbers"]["price"]
        assert all(dear.refusal[name] for name in ("zh", "en", "remedy_zh", "remedy_en"))
        bank = ask(entering(market.acts("bank"), "buy", 10))
        assert (bank.refusal["code"], bank.refusal["article"]) == ("not_your_role", "CQETS-16")
        nobody = ask(entering(Acting("x", Role.INVESTOR, "NOBODY"), "buy", 1))
        assert nobody.refusal["code"] == "no_such_organisation"


def test_whoever_does_not_know_the_secret_is_not_heard(market):
    with floor_beside() as address:
        stranger = Caller([address], secret="another", patience_seconds=0.3)
        reply = stranger.ask(entering(market.acts("E001"), "sell", 10))
        assert reply.refusal["code"] == "floor_away"
    assert Order.objects.count() == 0


def test_a_fault_at_one_order_refuses_that_one_alone(market, monkeypatch):
    submit = Floor.submit

    def broken(floor, commands, **given):
        assert all(command.key != "bad" for command in commands)
        return submit(floor, commands, **given)

    monkeypatch.setattr(Floor, "submit", broken)
    seller = market.acts("E001")
    with floor_beside() as address:
        replies = {}
        keys = ["a", "bad", "b", "c"]

        def send(key):
            replies[key] = caller_of(address).ask(entering(seller, "sell", 1, key=key))

        threads = [threading.Thread(target=send, args=[key]) for key in keys]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert replies.pop("bad").refusal["code"] == "floor_fault"
        assert [reply.state for reply in replies.values()] == ["resting"] * 3


def test_a_key_the_database_cannot_keep_hits_nobody_else(market):
    seller = market.acts("E001")
    with floor_beside() as address:
        ask = caller_of(address).ask
        odd = ask(entering(seller, "sell", 1, key="a\x00b"))
        assert odd.state == "refused"
        assert ask(entering(seller, "sell", 1, key="good")).state == "resting"
    assert Order.objects.get().key == "good"


class TestDays:
    def test_the_floor_opens_by_the_calendar_and_closes_the_day_at_its_end(self, market):
        moment = Moment(at(date(2023, 12, 4), 8))
        seller = market.acts("E001")
        with floor_beside(moment) as address:
            ask = caller_of(address).ask
            early = ask(entering(seller, "sell", 10, key="early"))
            assert early.refusal["code"] == "market_closed"
            moment.at = TEN
            wait_until(lambda: ask(entering(seller, "sell", 1, key="probe")).state == "resting")
            moment.at = at(DAY, 15)
            wait_until(lambda: DailySheet.objects.filter(day=DAY).exists())
            after = ask(entering(seller, "sell", 1, key="probe"))
            assert (after.state, after.refusal) == ("expired", None)
            assert ask(entering(seller, "sell", 1, key="late")).refusal["code"] == "day_closed"

    @pytest.mark.requirement("CQETS-23")
    def test_the_next_day_waits_until_both_institutions_closed_the_one_before(self, market):
        moment, seller = Moment(), market.acts("E001")
        with floor_beside(moment) as address:
            ask = caller_of(address).ask
            assert ask(entering(seller, "sell", 1, key="first")).state == "resting"
            moment.at = at(date(2023, 12, 5), 10)
            wait_until(lambda: DailySheet.objects.filter(day=DAY).exists())
            waits = ask(entering(seller, "sell", 1, key="second"))
            assert waits.refusal["code"] == "earlier_day_open"
            assert ask(entering(seller, "sell", 1, key="first")).state == "expired"
            close_books(market.acts)
            moment.at = at(date(2023, 12, 5), 10, 1)
            wait_until(lambda: ask(entering(seller, "sell", 1, key="second")).state == "resting")

    def test_on_a_day_without_trading_nothing_is_kept(self, market):
        saturday = Moment(at(date(2023, 12, 9), 10))
        with floor_beside(saturday) as address:
            reply = caller_of(address).ask(entering(market.acts("E001"), "sell", 1))
        assert reply.refusal["code"] == "market_closed"
        assert reply.refusal["numbers"]["opens_at"].startswith("2023-12-11 09:30")
        assert Order.objects.count() == 0

    def test_a_played_clock_goes_through_days_and_skips_what_lies_between(self, market):
        def close(day, moment):
            close_books(market.acts, day)

        clock = PlayedClock(speed=30_000, seconds=time.monotonic, start=TEN)
        running = Running(law=CQ, clock=clock, after_close=close)
        with floor_beside(running=running) as address:
            caller_of(address).ask(entering(market.acts("E001"), "sell", 1))
            wait_until(lambda: DailySheet.objects.values("day").distinct().count() >= 6)
        days = DailySheet.objects.order_by("day").values_list("day", flat=True).distinct()
        assert [day.isoformat() for day in days[:6]] == [
            *("2023-12-04", "2023-12-05", "2023-12-06", "2023-12-07", "2023-12-08"),
            "2023-12-11",
        ]


class TestBackPressure:
    def test_beyond_the_bound_orders_are_refused_at_once_and_the_others_answered(
        self, market, monkeypatch
    ):
        monkeypatch.setattr(intake.Intake.__init__, "__kwdefaults__", {"most_waiting": 20})
        monkeypatch.setattr(intake, "LARGEST_BATCH", 5)
        seller = market.acts("E001")

        async def flood(address):
            line = FloorLine([address], secret=SECRET)
            keeping = asyncio.create_task(line.keep())
            await line.ask(entering(seller, "sell", 1, key="first"))
            asked = [line.ask(entering(seller, "sell", 1, key=str(n))) for n in range(200)]
            first = await asyncio.gather(*asked)
            busy = [r.key for r in first if r.refusal]
            assert {r.refusal["code"] for r in first if r.refusal} == {"floor_busy"}
            assert 20 <= len(first) - len(busy) < 200
            second = [await line.ask(entering(seller, "sell", 1, key=k)) for k in busy[:10]]
            keeping.cancel()
            return [r.order for r in first + second if not r.refusal]

        with floor_beside() as address:
            orders = asyncio.run(flood(address))
        assert sorted(orders) == list(range(2, len(orders) + 2))


class TestACutLine:
    def test_an_order_whose_answer_was_cut_off_is_answered_after_the_line_is_back(self, market):
        """The order arrived; sent again under its key it is not a second one."""
        seller = market.acts("E001")

        async def trade(floor):
            cutter = Cutter(floor)
            server = await asyncio.start_server(cutter.between, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            line = FloorLine([Address(host="127.0.0.1", port=port)], secret=SECRET)
            keeping = asyncio.create_task(line.keep())
            first = await line.ask(entering(seller, "sell", 1, key="1"))
            cutter.cuts = True
            asked = [line.ask(entering(seller, "sell", 1, key=key)) for key in "23456"]
            found = await asyncio.gather(*asked)
            keeping.cancel()
            await asyncio.wait([keeping])
            server.close()
            await asyncio.sleep(0.1)  # The cutter sees both sides close.
            assert cutter.count == 2
            return [reply.order for reply in (first, *found)]

        with floor_beside() as address:
            wait_until(Path(address.path).exists)
            assert asyncio.run(trade(address)) == [1, 2, 3, 4, 5, 6]
        assert Order.objects.count() == 6


class Cutter:
    """Stands between the asking side and the floor; cuts once, when the floor answers."""

    def __init__(self, floor):
        self.floor, self.cuts, self.count = floor, False, 0

    async def between(self, reader, writer):
        self.count += 1
        theirs, ours = await asyncio.open_unix_connection(self.floor.path)
        ways = [self.pass_on(reader, ours), self.pass_on(theirs, writer, may_cut=True)]
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ours.close()
            writer.close()

    async def pass_on(self, reader, writer, *, may_cut=False):
        while data := await reader.read(65536):
            if may_cut and self.cuts:
                self.cuts = False
                return
            writer.write(data)


class TestStandby:
    def test_two_floors_race_for_the_lock_and_the_other_follows_when_the_first_ends(
        self, market, tmp_path
    ):
        paths = [tmp_path / name for name in ("one", "two")]
        with floor_process(paths[0]) as one, floor_process(paths[1]) as two:
            wait_until(lambda: any(path.exists() for path in paths))
            floors = dict(zip(paths, (one, two), strict=True))
            (first,) = [path for path in paths if path.exists()]
            (second,) = [path for path in paths if path != first]
            caller = caller_of(Address(path=str(first)), Address(path=str(second)))
            kept = caller.ask(entering(market.acts("E001"), "sell", 1))
            assert not second.exists()
            floors[first].send_signal(signal.SIGTERM)
            assert floors[first].wait(10) == 0
            assert caller.ask(entering(market.acts("E001"), "sell", 1)) == kept
            assert second.exists()

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", range(int(os.environ.get("TAKEOVERS", "1"))))
    def test_a_standby_takes_over_from_a_killed_floor_and_no_answer_is_lost_or_doubled(
        self, market, tmp_path, capsys, seed
    ):
        """`TAKEOVERS=100 pytest -k takes_over` kills at as many other moments."""
        pay_in(market, "E001", 1_000_000)
        path = tmp_path / "floor.sock"
        load = Load(market, path, seed)
        with floor_process(path) as one:
            wait_until(path.exists)
            with floor_process(path):
                load.start()
                wait_until(lambda: len(load.answers) > 60)
                time.sleep(random.Random(seed).random())
                one.send_signal(signal.SIGKILL)
                before = len(load.answers)
                wait_until(lambda: len(load.answers) > before + 60)
                load.end()
        load.must_be_kept()
        must_be_sound(capsys)


class Load:
    """Participants that send orders one after the other, each until it is answered."""

    def __init__(self, market, path, seed):
        self.seed, self.market, self.address = seed, market, Address(path=str(path))
        self.answers, self._over = {}, threading.Event()
        self._threads = [threading.Thread(target=self._send, args=[n]) for n in range(4)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def end(self):
        self._over.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _send(self, number):
        draw, caller = (
            random.Random(f"{self.seed}/{number}"),
            caller_of(self.address, patience_seconds=20),
        )
        seller, buyer = self.market.acts("E001"), self.market.acts("I1")
        count = 0
        while not self._over.is_set():
            count += 1
            key = f"{number}/{count}"
            acting, side = draw.choice([(seller, "sell"), (buyer, "buy")])
            price = PRICE + draw.randint(-3, 3)
            request = entering(acting, side, draw.randint(1, 9), price, key=key)
            self.answers[acting.organisation, key] = caller.ask(request)

    def must_be_kept(self):
        """Every answer is an order, every order was answered, none stands twice."""
        rows = Order.objects.values_list("holder__code", "key", "id", "qty", "remaining")
        kept = {(holder, key): (pk, qty - left) for holder, key, pk, qty, left in rows}
        assert len(kept) == Order.objects.count()
        taken = {k: r for k, r in self.answers.items() if r.order}
        assert kept.keys() == taken.keys()
        for who, reply in taken.items():
            assert kept[who][0] == reply.order
            assert kept[who][1] >= reply.traded_t
        unheard = [r.refusal["code"] for r in self.answers.values() if r.refusal and not r.order]
        assert unheard == []


def test_a_lost_database_session_makes_the_floor_stand_by_and_come_back(market):
    seller = market.acts("E001")
    with floor_beside() as address:
        ask = caller_of(address).ask
        first = ask(entering(seller, "sell", 1, key="1"))
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_locks"
                " where locktype = 'advisory' and granted and database ="
                " (select oid from pg_database where datname = current_database())"
            )
        second = ask(entering(seller, "sell", 1, key="2"))
        assert [first.order, second.order] == [1, 2]
        assert ask(entering(seller, "sell", 1, key="1")) == first


def test_a_replacement_keeps_product_and_side(market):
    seller = market.acts("E001")
    with floor_beside() as address:
        ask = caller_of(address).ask
        old = ask(entering(seller, "sell", 10))
        request = Request(Act.REPLACE, "r", seller, old.order, qty=7, price_fen=PRICE + 5)
        new = ask(request)
        assert (new.state, new.refusal) == ("resting", None)
        row = Order.objects.get(pk=new.order)
        assert (row.qty, row.price_fen, row.buy) == (7, PRICE + 5, False)
        assert Order.objects.get(pk=old.order).state == "withdrawn"
        assert ask(request).order == new.order
        gone = Request(Act.REPLACE, "r2", seller, old.order, qty=3, price_fen=PRICE)
        assert ask(gone).refusal["code"] == "order_not_open"
