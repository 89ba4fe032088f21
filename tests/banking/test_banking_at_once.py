"""Two at once: whoever comes second finds what the first left."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from openets.banking import operations as banking
from openets.banking.exchange import receive
from openets.banking.files import ADVICE_COLUMNS, written
from openets.banking.models import BankFile, Instruction
from openets.banking.procedures import WITHDRAWAL
from openets.casework import queries as cases
from openets.settlement import queries as money
from openets.settlement.models import Payment
from tests.banking.bank import linked, money_market
from tests.concurrently import at_once
from tests.exchange import TEN

pytestmark = pytest.mark.django_db(transaction=True)


def test_money_files_and_decisions_at_once(tmp_path):
    link = linked(money_market(), tmp_path)
    market = link.market
    link.pay_in("I1", 1_000)
    link.bank.work(at=TEN)
    name = link.port.waiting()[0]
    content = link.port.read(name)
    take = lambda: receive(  # noqa: E731 - the same file, thrice
        name=name, content=content, acting=market.acts("bank"), at=TEN
    )
    assert at_once(take, take, take) == ["done"] * 3
    link.round()
    assert link.available() == 1_000, "a file taken in thrice at once books a deposit once"

    both = [lambda n=n: link.ask(600, reference=f"r{n}") for n in range(2)]
    assert at_once(*both) == ["done", "not_enough_money"]
    assert at_once(*[lambda: link.ask(100, reference="same")] * 3) == ["done"] * 3
    assert link.available() == 300

    order = Instruction.objects.filter(amount_fen=600).get()
    cancel = lambda: banking.cancel_withdrawal(  # noqa: E731 - one of two that race
        number=order.pk, acting=market.acts("I1"), at=TEN
    )
    send = lambda: banking.prepare(acting=market.acts("clock"), at=TEN)  # noqa: E731 - the other
    came = at_once(cancel, send)
    order.refresh_from_db()
    state = cases.states(WITHDRAWAL, [order.reference])[order.reference]
    assert came in (["done", "done"], ["done", "wrong_state"])
    assert (state, order.file_id is None) in (("cancelled", True), ("sent", False))

    row = ("B99", "deposit", "", 50, "62220001", market["I1"].name, TEN.isoformat(), "")
    told = [
        written(ADVICE_COLUMNS, [row]),
        written(ADVICE_COLUMNS, [row, ("B98", *row[1:])]),
    ]
    before = link.available()
    teller = market.acts("bank")
    takes = [
        lambda n=n: receive(
            name=f"advices-20231204-005{n}.csv", content=told[n], acting=teller, at=TEN
        )
        for n in range(2)
    ]
    assert at_once(*takes) == ["done", "done"]
    assert link.available() == before + 100
    assert Payment.objects.filter(kind="deposit", reference="B99").count() == 1
    assert BankFile.objects.filter(state="booked").count() >= 3
    assert money.conservation().holds


def test_a_round_leaves_out_what_is_taken_back_at_the_same_moment(tmp_path):
    link = linked(money_market(), tmp_path)
    market = link.market
    link.pay_in("I1", 1_000)
    link.bank.work(at=TEN)
    link.round()
    back, kept = (link.ask(fen, reference=f"r{fen}") for fen in (600, 300))

    def send():
        try:
            return link.round()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            banking.cancel_withdrawal(number=back.pk, acting=market.acts("I1"), at=TEN)
            sending = pool.submit(send)
            until_somebody_waits()
        (sent,) = sending.result()
    kept.refresh_from_db()
    assert (sent.rows, kept.file_id) == (1, sent.pk)
    assert cases.states(WITHDRAWAL, [back.reference]) == {back.reference: "cancelled"}
    assert link.available() == 700


def until_somebody_waits():
    """Return when a connection waits for a lock; fail after some seconds."""
    ends = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute("select exists(select from pg_locks where not granted)")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    pytest.fail("nobody waits")
