"""The streams: market data that no slow reader holds up, and orders over a socket."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from openets.gateway.address import Address
from openets.parties import operations as parties
from openets.parties import tokens
from openets.parties.models import Membership, Person
from openets.trading.models import Order
from tests.exchange import PRICE, PRODUCT, TEN, trading_market
from tests.floors import Moment, caller_of, entering, floor_beside
from tests.markets import CQ, FOUNDED, FOUNDER
from tests.served import headers_of
from tests.streaming import Line, Reader, Socket, served_streams, socket_headers, streaming

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.requirement("CQETS-20", "CQETS-17"),
]


@pytest.fixture
def market():
    made = trading_market(1)
    for code in ("E001", "I1", "bank"):
        parties.add_member(
            username=f"{code}-1",
            display_name=code,
            organisation=made[code],
            acting=FOUNDER,
            at=FOUNDED,
        )
    return made


def token_of(market, code, until=None):
    now = timezone.now()
    token = tokens.make_token(
        membership=Membership.objects.get(person__username=f"{code}-1"),
        purpose="program",
        reference=f"{code}/{until}",
        until_date=until or (now + timedelta(days=2)).date(),
        law=CQ,
        acting=market.acts(code),
        at=now,
    )
    return {"Authorization": f"Bearer {token}"}


def browser_of(code, origin="http://127.0.0.1:8000"):
    client = Client()
    client.force_login(Person.objects.get(username=f"{code}-1"))
    return client, {"Cookie": headers_of(client)["Cookie"], "Origin": origin}


class TestMarketData:
    def test_a_reader_gets_a_snapshot_then_every_change_under_numbers_without_a_gap(self, market):
        async def read(ask, floor):
            async with streaming(floor) as application:
                reader = Reader(application, PRODUCT)
                start = await reader.told()
                assert (
                    start["status"],
                    dict(start["headers"])[b"access-control-allow-origin"],
                ) == (
                    200,
                    b"*",
                )
                name, whole = await reader.event()
                assert (name, whole["day"]["phase"], whole["trades"]) == (
                    "snapshot",
                    "continuous",
                    [],
                )
                await ask(entering(market.acts("E001"), "sell", 10))
                name, depth = await reader.event()
                assert (name, depth["seq"], depth["asks"]) == (
                    "depth",
                    whole["seq"] + 1,
                    [[PRICE, 10]],
                )
                await ask(entering(market.acts("I1"), "buy", 4))
                found = [await reader.event() for _ in range(3)]
                assert [name for name, _ in found] == ["depth", "trades", "day"]
                assert [data["seq"] for _, data in found] == [depth["seq"] + n for n in (1, 2, 3)]
                (trade,) = found[1][1]["trades"]
                assert (trade["price_fen"], trade["qty_t"], trade["buy_taker"]) == (PRICE, 4, True)
                day = found[2][1]
                assert (day["open_fen"], day["last_fen"], day["volume_t"]) == (PRICE, PRICE, 4)
                assert day["turnover_fen"] == 4 * PRICE
                reader.leave()
                await reader.task

        self.run(market, read)

    def test_last_event_id_fills_a_gap_and_an_unknown_one_gives_a_snapshot(self, market):
        async def read(ask, floor):
            async with streaming(floor) as application:
                first = Reader(application, PRODUCT)
                _, whole = await first.event()
                for n in range(3):
                    await ask(entering(market.acts("E001"), "sell", 1, PRICE + n))
                    await first.event()
                back = Reader(application, PRODUCT, last_seen=whole["seq"] + 1)
                found = [await back.event() for _ in range(2)]
                assert [(n, d["seq"]) for n, d in found] == [
                    ("depth", whole["seq"] + n) for n in (2, 3)
                ]
                for lost in (1, whole["seq"] + 99):
                    name, data = await Reader(application, PRODUCT, last_seen=lost).event()
                    assert (name, data["seq"]) == ("snapshot", whole["seq"] + 3)

        self.run(market, read)

    def test_a_slow_reader_holds_nobody_up_and_gets_a_snapshot_when_it_reads_on(
        self, market, monkeypatch
    ):
        from openets.gateway import feed

        monkeypatch.setattr(feed.Feed.__init__, "__kwdefaults__", {"kept": 4})

        async def read(ask, floor):
            async with streaming(floor) as application:
                slow, quick = Reader(application, PRODUCT), Reader(application, PRODUCT)
                await slow.event()
                await quick.event()
                slow.stop_reading()
                for n in range(8):
                    await ask(entering(market.acts("E001"), "sell", 1, PRICE - n))
                    name, last = await quick.event()
                    assert name == "depth"
                assert slow.out.qsize() == 0
                slow.read_on()
                await slow.event()  # What was on its way.
                name, whole = await slow.event()
                assert (name, whole["seq"], whole["depth"]["asks"]) == (
                    "snapshot",
                    last["seq"],
                    last["asks"],
                )

        self.run(market, read)

    def test_a_product_that_is_not_listed_is_refused(self, market):
        async def read(ask, floor):
            async with streaming(floor) as application:
                await Reader(application, PRODUCT).event()
                assert (await Reader(application, "GOLD").told())["status"] == 404

        self.run(market, read)

    def test_a_reader_stays_while_the_floor_is_away_is_told_and_goes_on_with_the_next(
        self, market, tmp_path
    ):
        address = Address(path=str(tmp_path / "floor.sock"))

        async def read():
            async with streaming(address) as application:
                reader = Reader(application, PRODUCT)
                found = []
                for first_seq, events in ((1_000, 1), (9_000, 2)):
                    floor = floor_beside(address=address, first_seq=first_seq)
                    await sync_to_async(floor.__enter__, thread_sensitive=False)()
                    found += [await reader.event() for _ in range(events)]
                    await sync_to_async(floor.__exit__, thread_sensitive=False)(None, None, None)
                    found.append(await reader.event())
                late = Reader(application, PRODUCT)
                assert [(await late.event())[0] for _ in range(2)] == ["snapshot", "floor"]
                told = [data["up"] for name, data in found if name == "floor"]
                assert told == [False, True, False]
                first, second = [data["seq"] for name, data in found if name == "snapshot"]
                assert first < second

        asyncio.run(read())

    def run(self, market, read):
        with floor_beside() as floor:
            caller = caller_of(floor)
            ask = sync_to_async(caller.ask, thread_sensitive=False)
            asyncio.run(read(ask, floor))


def sell(key, qty=1, price_fen=PRICE, **more):
    return {"key": key, "product": PRODUCT, "buy": False, "qty": qty, "price_fen": price_fen} | more


class TestOrders:
    def test_orders_are_answered_in_the_order_they_were_sent(self, market):
        async def trade(application, headers):
            socket = await opened(application, headers)
            for n in range(30):
                socket.send(sell(str(n)))
            found = [await socket.answer() for _ in range(30)]
            assert [one["key"] for one in found] == [str(n) for n in range(30)]
            assert [one["order"] for one in found] == list(range(1, 31))
            assert {(one["state"], one["refusal"]) for one in found} == {("resting", None)}
            socket.send({"do": "withdraw", "key": "w", "order": 1})
            withdrawn = await socket.answer()
            assert (withdrawn["order"], withdrawn["state"]) == (1, "withdrawn")
            socket.send({"do": "replace", "key": "r", "order": 2, "qty": 5, "price_fen": PRICE})
            assert (await socket.answer())["order"] == 31
            socket.send(sell("3"))
            assert (await socket.answer())["order"] == 4
            socket.send(sell("dear", price_fen=10 * PRICE))
            refusal = (await socket.answer())["refusal"]
            assert (refusal["code"], refusal["article"]) == ("price_outside_limit", "CQETS-17.2")

        self.run(market, token_of(market, "E001"), trade)

    @pytest.mark.parametrize(
        ("text", "field"),
        [
            ("no json", None),
            ("[]", None),
            (sell("k", qty=0), "qty"),
            (sell(""), "key"),
            ({"do": "withdraw", "key": "k"}, None),
        ],
    )
    def test_what_is_not_understood_is_refused_and_the_socket_goes_on(self, market, text, field):
        async def trade(application, headers):
            socket = await opened(application, headers)
            socket.send(text)
            refusal = (await socket.answer())["refusal"]
            assert refusal["code"] == "not_understood"
            assert field is None or refusal["field"] == field
            socket.send(sell("good"))
            assert (await socket.answer())["state"] == "resting"

        self.run(market, token_of(market, "E001"), trade)

    def test_nobody_is_let_in_without_a_right(self, market):
        _, foreign = browser_of("E001", "http://evil.example")
        _, nowhere = browser_of("E001")
        del nowhere["Origin"]
        unknown = {"Authorization": "Bearer oets_unknown"}
        for headers in ({}, unknown, foreign, nowhere, token_of(market, "bank")):

            async def knock(application, headers):
                message = await Socket(application, headers).told()
                assert (message["type"], message["code"]) == ("websocket.close", 4403)

            self.run(market, headers, knock, floors=False)

    def test_a_browser_that_signs_out_is_heard_no_longer(self, market, monkeypatch):
        from openets.web.streams import orders

        monkeypatch.setattr(orders, "BELIEVED_SECONDS", 0.0)
        client, headers = browser_of("E001")

        async def trade(application, headers):
            socket = await opened(application, headers)
            socket.send(sell("1"))
            assert (await socket.answer())["state"] == "resting"
            await sync_to_async(client.logout)()
            socket.send(sell("2"))
            assert (await socket.answer())["refusal"]["code"] == "not_signed_in"

        self.run(market, headers, trade)
        assert Order.objects.count() == 1

    def test_anothers_order_is_not_to_be_withdrawn(self, market):
        async def trade(application, headers):
            socket = await opened(application, headers)
            socket.send(sell("1"))
            number = (await socket.answer())["order"]
            other = await opened(application, await sync_to_async(token_of)(market, "I1"))
            for message in (
                {"do": "withdraw", "key": "w", "order": number},
                {"do": "replace", "key": "r", "order": number, "qty": 1},
            ):
                other.send(message)
                assert (await other.answer())["refusal"]["code"] == "order_not_open"

        self.run(market, token_of(market, "E001"), trade)
        assert Order.objects.get().state == "resting"

    def test_without_a_floor_an_order_is_told_to_come_again(self, market, monkeypatch, tmp_path):
        from openets.gateway import client

        monkeypatch.setattr(
            client.FloorLine.__init__, "__kwdefaults__", {"heard": None, "patience_seconds": 0.2}
        )

        async def trade(application, headers):
            socket = await opened(application, headers)
            socket.send(sell("1"))
            assert (await socket.answer())["refusal"]["code"] == "floor_away"

        self.run(market, token_of(market, "E001"), trade, floors=False)

    def run(self, market, headers, trade, *, floors=True):
        async def within(*addresses):
            async with streaming(*addresses) as application:
                await trade(application, headers)

        if not floors:
            asyncio.run(within(Address(path="/nowhere")))
            return
        with floor_beside(Moment(TEN)) as floor:
            asyncio.run(within(floor))


async def opened(application, headers):
    socket = Socket(application, headers)
    assert (await socket.told())["type"] == "websocket.accept"
    return socket


@pytest.mark.slow
def test_the_real_server_streams_to_a_reader_and_takes_orders_over_a_socket(market):
    with floor_beside() as floor, served_streams(floor) as port:
        reader = Line(port, f"/stream/market?product={PRODUCT}")
        assert b"text/event-stream" in reader.until(b"\r\n\r\n").lower()
        reader.until(b"event: snapshot\n")
        socket = Line(port, "/stream/orders", socket_headers(**token_of(market, "E001")))
        assert socket.until(b"\r\n\r\n").startswith(b"HTTP/1.1 101")
        socket.send_frame(sell("1", qty=7))
        assert socket.frame()["state"] == "resting"
        reader.until(b"event: depth\n")
        assert b'"asks":[[%d,7]]' % PRICE in reader.until(b"\n\n")
        stranger = Line(port, "/stream/orders", socket_headers())
        assert b"403" in stranger.until(b"\r\n")
        for line in (reader, socket, stranger):
            line.close()
