"""The bank link: every answer of the bank, every wrong person and hour, and every way to die."""

from datetime import date, timedelta

import pytest

from openets.banking import files, queries
from openets.banking import operations as banking
from openets.banking.exchange import receive
from openets.banking.folder import FolderBank
from openets.banking.models import BankAdvice, BankFile, Instruction
from openets.banking.procedures import SUSPENSE_ITEM, WITHDRAWAL
from openets.banking.simulator import Faults
from openets.casework import queries as cases
from openets.casework.operations import SamePerson, WrongState
from openets.kernel.acting import Acting, NotYourRole
from openets.kernel.clock import at
from openets.parties.queries import OutsideYourScope
from openets.parties.roles import Role
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.settlement.models import Payment
from tests.banking.bank import MILLION, linked, money_market
from tests.exchange import DAY, TEN, must_be_sound
from tests.markets import CQ

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(tmp_path):
    return linked(money_market(), tmp_path)


def state_of(order):
    return cases.states(WITHDRAWAL, [order.reference])[order.reference]


def advice(link, *rows, name="advices-20231204-0001.csv"):
    content = files.written(files.ADVICE_COLUMNS, rows)
    return receive(name=name, content=content, acting=link.market.acts("bank"), at=TEN)


def deposit_row(link, reference="B1", fen=500, code="I1", number="62220001"):
    name = link.market[code].name
    return (reference, "deposit", "", fen, number, name, TEN.isoformat(), "")


class TestDeposits:
    def test_money_from_the_bound_account_is_booked_once_however_often_it_is_told(self, link):
        first = advice(link, deposit_row(link))
        assert (first.state, first.rows, first.repeated) == ("booked", 1, 0)
        again = advice(link, deposit_row(link), name="advices-20231204-0002.csv")
        assert again.pk == first.pk, "the very same bytes are the same file"
        other = advice(
            link, deposit_row(link), deposit_row(link, "B2", 1), name="advices-20231204-0003.csv"
        )
        assert (other.rows, other.repeated, other.faults) == (2, 1, [])
        assert link.available() == 501

    def test_the_same_reference_for_another_amount_is_named_and_not_booked(self, link):
        advice(link, deposit_row(link))
        other = advice(link, deposit_row(link, fen=501), name="advices-20231204-0002.csv")
        (fault,) = other.faults
        assert (fault["code"], fault["row"]) == ("bank_advice_differs", 2)
        assert link.available() == 500

    @pytest.mark.parametrize(
        ("number", "code"), [("62229999", "I1"), ("62220001", "E001"), ("62220002", "I1")]
    )
    def test_money_of_no_bound_account_waits_in_suspense(self, link, number, code):
        advice(link, deposit_row(link, code=code, number=number))
        (item,) = queries.suspense()
        assert (item.state, item.advice.amount_fen) == ("waiting", 500)
        assert link.available() == 0
        conserved = money.conservation()
        assert conserved.holds
        assert conserved.suspense_fen == 500

    def test_a_faulty_row_is_no_reason_to_lose_the_others(self, link):
        taken = advice(
            link,
            ("B1", "done", "withdraw-99", 5, "62220001", "x", TEN.isoformat(), ""),
            deposit_row(link, "B2"),
        )
        assert [fault["code"] for fault in taken.faults] == ["not_our_instruction"]
        assert link.available() == 500
        assert queries.faulty_advices().get().bank_reference == "B1"

    def test_only_the_bank_brings_files(self, link):
        with pytest.raises(NotYourRole):
            receive(
                name="advices-20231204-0001.csv",
                content=b"",
                acting=link.market.acts("exchange"),
                at=TEN,
            )


class TestWithdrawals:
    @pytest.fixture(autouse=True)
    def rich(self, link):
        link.pay_in("I1", 3 * MILLION)
        link.bank.work(at=TEN)
        link.round()
        assert link.available() == 3 * MILLION

    def test_money_is_held_from_the_request_on_and_leaves_when_the_bank_paid(self, link):
        order = link.ask(1_000)
        assert link.available() == 3 * MILLION - 1_000
        assert state_of(order) == "approved"
        link.round()
        assert state_of(order) == "sent"
        assert money.conservation().paid_in_fen == 3 * MILLION, "nothing left yet"
        link.bank.work(at=TEN)
        link.round()
        assert state_of(order) == "paid"
        assert money.conservation().paid_in_fen == 3 * MILLION - 1_000 == link.bank.ours_fen
        assert link.available() == 3 * MILLION - 1_000

    def test_what_the_bank_refuses_is_free_again_with_its_reason(self, link):
        link.bank._books.accounts["62220001"][0] = "别的户名"
        order = link.ask(1_000)
        link.rounds()
        assert state_of(order) == "rejected"
        assert link.available() == 3 * MILLION
        (asked,) = queries.withdrawals(link.market["I1"])
        assert asked.reason == "户名不符"
        assert queries.waiting_withdrawals_fen() == money.held_back_fen() == 0

    def test_one_fen_more_than_the_limit_needs_a_second_person(self, link):
        assert state_of(link.ask(MILLION)) == "approved"
        large = link.ask(MILLION + 1, reference="r2")
        assert state_of(large) == "asked"
        with pytest.raises(SamePerson):
            banking.approve_withdrawal(number=large.pk, acting=link.market.acts("I1"), at=TEN)
        with pytest.raises(OutsideYourScope):
            banking.approve_withdrawal(number=large.pk, acting=link.market.acts("E001"), at=TEN)
        banking.approve_withdrawal(number=large.pk, acting=link.market.acts("I1", 2), at=TEN)
        assert state_of(large) == "approved"

    def test_the_settlement_desk_may_be_the_second_person(self, link):
        large = link.ask(MILLION + 1)
        banking.approve_withdrawal(number=large.pk, acting=link.market.acts("exchange"), at=TEN)
        assert state_of(large) == "approved"

    def test_it_is_taken_back_until_it_is_sent(self, link):
        order = link.ask(1_000)
        with pytest.raises(OutsideYourScope):
            banking.cancel_withdrawal(number=order.pk, acting=link.market.acts("E001"), at=TEN)
        banking.cancel_withdrawal(number=order.pk, acting=link.market.acts("I1"), at=TEN)
        assert link.available() == 3 * MILLION
        late = link.ask(1_000, reference="r2")
        link.round()
        with pytest.raises(WrongState):
            banking.cancel_withdrawal(number=late.pk, acting=link.market.acts("I1"), at=TEN)
        assert link.available() == 3 * MILLION - 1_000

    def test_what_was_taken_back_is_never_sent(self, link):
        order = link.ask(1_000)
        banking.cancel_withdrawal(number=order.pk, acting=link.market.acts("I1"), at=TEN)
        assert link.round() == []

    def test_asked_twice_under_one_reference_it_is_asked_once(self, link):
        assert link.ask(1_000) == link.ask(1_000)
        assert link.available() == 3 * MILLION - 1_000
        with pytest.raises(settlement.PaymentDiffers):
            link.ask(1_001)

    @pytest.mark.parametrize("fen", [0, -1])
    def test_nothing_is_no_withdrawal(self, link, fen):
        with pytest.raises(settlement.NotAPayment):
            link.ask(fen)
        assert not Instruction.objects.exists()

    def test_the_last_fen_can_be_asked_for_and_no_more(self, link):
        with pytest.raises(settlement.NotEnoughMoney):
            link.ask(3 * MILLION + 1)
        link.ask(3 * MILLION)
        with pytest.raises(settlement.NotEnoughMoney):
            link.ask(1, reference="r2")

    @pytest.mark.parametrize(
        ("moment", "is_open"),
        [
            (at(DAY, 9, 29) + timedelta(seconds=59), False),
            (at(DAY, 9, 30), True),
            (at(DAY, 15, 30), True),
            (at(DAY, 15, 30) + timedelta(seconds=1), False),
            (at(date(2023, 12, 9), 10), False),
        ],
    )
    def test_the_hours_are_those_of_the_card(self, link, moment, is_open):
        if is_open:
            link.ask(1, at=moment)
            return
        with pytest.raises(banking.OutsideWithdrawalHours):
            link.ask(1, at=moment)

    @pytest.mark.parametrize("code", ["exchange", "bank", "bureau"])
    def test_only_participants_ask(self, link, code):
        with pytest.raises(NotYourRole):
            banking.ask_withdrawal(
                holder=link.market["I1"],
                amount_fen=1,
                reference="r",
                law=CQ,
                acting=link.market.acts(code),
                at=TEN,
            )

    def test_not_for_another_participant(self, link):
        with pytest.raises(OutsideYourScope):
            banking.ask_withdrawal(
                holder=link.market["I1"],
                amount_fen=1,
                reference="r",
                law=CQ,
                acting=link.market.acts("E001"),
                at=TEN,
            )

    @pytest.mark.parametrize(
        ("told", "code"),
        [
            (("done", 999, "62220001"), "instruction_differs"),
            (("done", 1_000, "62220009"), "instruction_differs"),
        ],
    )
    def test_an_answer_about_another_amount_or_account_books_nothing(self, link, told, code):
        order = link.ask(1_000)
        link.round()
        kind, fen, number = told
        name, moment = link.market["I1"].name, TEN.isoformat()
        taken = advice(
            link,
            ("B9", kind, order.reference, fen, number, name, moment, ""),
            name="advices-20231204-0009.csv",
        )
        assert [fault["code"] for fault in taken.faults] == [code]
        assert state_of(order) == "sent"

    def test_an_answer_against_an_earlier_answer_books_nothing(self, link):
        order = link.ask(1_000)
        link.round()
        name, moment = link.market["I1"].name, TEN.isoformat()
        rows = [
            (f"B9{n}", kind, order.reference, 1_000, "62220001", name, moment, "不在营业时间内")
            for n, kind in enumerate(("rejected", "done"))
        ]
        taken = advice(link, *rows, name="advices-20231204-0009.csv")
        assert [fault["code"] for fault in taken.faults] == ["answer_not_awaited"]
        assert state_of(order) == "rejected"
        assert link.available() == 3 * MILLION

    def test_an_answer_to_what_was_never_sent_books_nothing(self, link):
        order = link.ask(1_000)
        name, moment = link.market["I1"].name, TEN.isoformat()
        row = ("B9", "done", order.reference, 1_000, "62220001", name, moment, "")
        taken = advice(link, row, name="advices-20231204-0009.csv")
        assert [fault["code"] for fault in taken.faults] == ["not_our_instruction"]
        assert state_of(order) == "approved"


class TestDying:
    """Whatever stops us between two steps, the next round goes on and nothing is paid twice."""

    def test_between_the_file_prepared_and_written(self, link):
        link.pay_in("I1", 5_000)
        link.bank.work(at=TEN)
        link.round()
        order = link.ask(1_000)
        made = banking.prepare(acting=link.market.acts("clock"), at=TEN)
        assert made is not None
        assert not list(link.port.outbox.iterdir())
        link.round()
        assert (link.port.outbox / made.name).read_bytes() == bytes(made.content)
        link.rounds()
        assert state_of(order) == "paid"
        assert link.bank.ours_fen == 4_000

    def test_between_the_file_written_and_remembered_as_written(self, link):
        link.pay_in("I1", 5_000)
        link.bank.work(at=TEN)
        link.round()
        link.ask(1_000)
        made = banking.prepare(acting=link.market.acts("clock"), at=TEN)
        link.port.send(made.name, bytes(made.content))
        link.bank.work(at=TEN)
        link.rounds()
        assert Payment.objects.filter(kind="withdraw").count() == 1
        assert link.bank.ours_fen == 4_000 == money.conservation().paid_in_fen

    def test_between_two_advices_of_a_file(self, link, monkeypatch):
        from openets.banking import exchange

        real, calls = exchange._book, []

        def dies(*given):
            calls.append(given)
            if len(calls) == 2:
                raise ConnectionError
            return real(*given)

        link.pay_in("I1", 5_000)
        link.pay_in("E001", 7_000)
        link.bank.work(at=TEN)
        monkeypatch.setattr(exchange, "_book", dies)
        with pytest.raises(ConnectionError):
            link.round()
        monkeypatch.undo()
        assert link.available() == 5_000
        (taken,) = link.round()
        assert (taken.state, taken.repeated, taken.faults) == ("booked", 0, [])
        assert (link.available(), link.available("E001")) == (5_000, 7_000)
        assert money.conservation().paid_in_fen == link.bank.ours_fen

    def test_between_the_file_booked_and_put_away(self, link):
        link.pay_in("I1", 5_000)
        (name,) = link.bank.work(at=TEN)
        receive(name=name, content=link.port.read(name), acting=link.market.acts("bank"), at=TEN)
        assert [taken.name for taken in link.round()] == [name]
        assert link.available() == 5_000
        assert not list(link.port.inbox.iterdir())


STATEMENT = (
    "bank_reference,kind,amount_fen,balance_fen\n,opening,0,5\n{}\n,closing,0,{}\nend,3,{},\n"
)
HEADER = ",".join(files.ADVICE_COLUMNS)
GOOD = f"B1,deposit,,500,62220001,合成投资机构1,{TEN.isoformat()},"


@pytest.mark.parametrize(
    ("name", "content", "code", "row"),
    [
        ("advices-20231204-0001.csv", b"\xff\xfe\x00", "not_utf8", None),
        ("advices-20231204-0001.csv", b"", "empty_file", 1),
        ("advices-20231204-0001.csv", b"a,b\n", "wrong_header", 1),
        ("advices-20231204-0001.csv", f"{HEADER}\n{GOOD}\n".encode(), "bank_file_cut_off", 2),
        (
            "advices-20231204-0001.csv",
            f"{HEADER}\n{GOOD}\nend,2,,500,,,,\n".encode(),
            "bank_file_end_differs",
            3,
        ),
        (
            "advices-20231204-0001.csv",
            f"{HEADER}\n{GOOD.replace('500', '5.00')}\nend,1,,500,,,,\n".encode(),
            "bad_bank_cell",
            2,
        ),
        (
            "advices-20231204-0001.csv",
            f"{HEADER}\n{GOOD.replace('deposit', '=cmd')}\nend,1,,500,,,,\n".encode(),
            "bad_bank_cell",
            2,
        ),
        (
            "advices-20231204-0001.csv",
            f"{HEADER}\n{GOOD}{'x' * 1001}\nend,1,,500,,,,\n".encode(),
            "cell_too_long",
            2,
        ),
        ("../../etc/advices.csv", b"x", "not_a_bank_file", None),
        ("advices-20231399-0001.csv", b"x", "not_a_bank_file", None),
        ("advices-20231204-0001.csv", b"x" * (5 * 2**20 + 1), "bank_file_too_large", None),
        ("advices-20231204-0001.csv", b"\n" * 20_100, "bank_file_too_large", None),
        (
            "statement-20231204.csv",
            STATEMENT.format("B1,in,3,9", 9, 3).encode(),
            "wrong_statement_balance",
            3,
        ),
        (
            "statement-20231204.csv",
            STATEMENT.format("B1,in,-3,2", 2, -3).encode(),
            "bad_bank_cell",
            3,
        ),
    ],
)
def test_a_malformed_file_is_set_aside_whole_with_row_and_remedy(link, name, content, code, row):
    taken = receive(name=name, content=content, acting=link.market.acts("bank"), at=TEN)
    assert taken.state == "refused"
    fault = taken.faults[0]
    assert (fault["code"], fault["row"]) == (code, row)
    assert fault["remedy_zh"]
    assert link.available() == 0
    assert not BankAdvice.objects.exists()
    assert bytes(taken.content) == content[: 5 * 2**20], "nothing is lost"


def test_a_refused_file_is_put_with_the_faulty_ones_and_the_next_is_taken(link):
    (link.port.inbox / "advices-20231204-0009.csv").write_bytes(b"broken")
    link.pay_in("I1", 5)
    link.bank.work(at=TEN)
    (link.port.inbox / "hello.txt").write_bytes(b"x")
    link.round()
    put_away = sorted(path.name for path in link.port.faulty.iterdir())
    assert put_away == ["advices-20231204-0009.csv", "hello.txt"]
    assert link.available() == 5


def test_a_link_out_of_the_inbox_is_not_followed(link, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("x")
    (link.port.inbox / "advices-20231204-0001.csv").symlink_to(secret)
    assert link.port.waiting() == []


def test_two_files_of_one_name_never_replace_each_other(tmp_path):
    port = FolderBank(tmp_path)
    for content in (b"1", b"2"):
        (port.inbox / "a.csv").write_bytes(content)
        port.put_away("a.csv", faulty=True)
    assert sorted(p.read_bytes() for p in port.faulty.iterdir()) == [b"1", b"2"]


class TestSuspense:
    @pytest.fixture
    def item(self, link):
        link.pay_in("I1", 500, number="62229999", name="不相识的单位")
        link.bank.work(at=TEN)
        link.round()
        return queries.suspense()[0].advice

    def decide(self, link, item, move, person, **given):
        return move(number=item.pk, acting=link.market.acts("exchange", person), at=TEN, **given)

    def test_two_persons_book_it(self, link, item):
        holder = link.market["I1"]
        self.decide(link, item, banking.propose_booking, 1, holder=holder, reasons="回单")
        with pytest.raises(SamePerson):
            self.decide(link, item, banking.confirm, 1)
        assert link.available() == 0
        self.decide(link, item, banking.confirm, 2)
        assert link.available() == 500
        assert money.conservation().suspense_fen == 0
        with pytest.raises(WrongState):
            self.decide(link, item, banking.confirm, 2)

    def test_two_persons_send_it_back_and_the_bank_does(self, link, item):
        self.decide(link, item, banking.propose_return, 1, reasons="查无此户")
        self.decide(link, item, banking.confirm, 2)
        assert money.conservation().suspense_fen == 500, "it is there until the bank sent it"
        link.rounds()
        assert cases.states(SUSPENSE_ITEM, [item.subject])[item.subject] == "returned"
        conserved = money.conservation()
        assert (conserved.suspense_fen, conserved.paid_in_fen, link.bank.ours_fen) == (0, 0, 0)

    def test_a_return_that_fails_is_decided_again(self, link, item):
        link.bank._books.accounts["62229999"][0] = "改了户名"
        self.decide(link, item, banking.propose_return, 1, reasons="查无此户")
        self.decide(link, item, banking.confirm, 2)
        link.rounds()
        assert queries.suspense()[0].state == "waiting"
        self.decide(
            link, item, banking.propose_booking, 2, holder=link.market["I1"], reasons="已查明"
        )
        self.decide(link, item, banking.confirm, 3)
        assert link.available() == 500

    def test_a_proposal_may_be_refused(self, link, item):
        self.decide(
            link, item, banking.propose_booking, 1, holder=link.market["I1"], reasons="回单"
        )
        self.decide(link, item, banking.drop, 2, reasons="回单不符")
        assert queries.suspense()[0].proposed is None
        with pytest.raises(WrongState):
            self.decide(link, item, banking.confirm, 2)

    def test_only_the_exchange_decides(self, link, item):
        with pytest.raises(NotYourRole):
            banking.propose_return(
                number=item.pk, reasons="x", acting=link.market.acts("bank"), at=TEN
            )


@pytest.mark.requirement("CQ208-A4.1.3")
class TestBinding:
    def ask(self, link, *, number="62221234", reference="b1", name=""):
        return banking.ask_binding(
            holder=link.market["I1"],
            name=name or link.market["I1"].name,
            number=number,
            reference=reference,
            law=CQ,
            acting=link.market.acts("I1"),
            at=TEN,
        )

    def test_the_account_is_bound_when_the_bank_confirmed_the_name(self, link):
        link.bank.open_account(number="62221234", name=link.market["I1"].name, fen=0)
        self.ask(link)
        assert money.cash_account(link.market["I1"]).bank_number == "62220001"
        link.rounds()
        assert money.cash_account(link.market["I1"]).bank_number == "62221234"

    def test_an_account_of_another_name_is_not_bound(self, link):
        link.bank.open_account(number="62221234", name="别的单位", fen=0)
        self.ask(link)
        link.rounds()
        assert money.cash_account(link.market["I1"]).bank_number == "62220001"
        assert [b.reason for b in queries.bindings(link.market["I1"])] == ["户名不符"]

    def test_one_after_the_other(self, link):
        assert self.ask(link) == self.ask(link)
        with pytest.raises(banking.BindingUnderWay):
            self.ask(link, reference="b2")

    def test_another_name_is_refused_before_the_bank_is_asked(self, link):
        with pytest.raises(settlement.NameDiffers):
            self.ask(link, name="别的单位")


@pytest.mark.parametrize("seed", range(4))
def test_with_every_fault_of_a_bank_money_is_conserved_and_each_order_ends(tmp_path, seed, capsys):
    faults = Faults(rejects=30, delays=40, repeats=60, breaks=50)
    link = linked(money_market(), tmp_path, faults=faults, seed=seed)
    orders = []
    for turn in range(6):
        link.pay_in("I1", 10_000 + turn)
        link.pay_in("E001", 20_000 + turn, name="" if turn % 3 else "户名有误")
        link.bank.work(at=TEN)
        link.round(TEN + timedelta(minutes=turn))
        orders.append(link.ask(1_000 + turn, reference=f"r{turn}"))
        link.rounds(1, TEN + timedelta(minutes=turn))
    link.rounds(4, TEN + timedelta(minutes=20))
    assert {state_of(order) for order in orders} == {"paid", "rejected"}
    conserved = money.conservation()
    assert conserved.holds
    assert conserved.paid_in_fen == link.bank.ours_fen
    assert money.held_back_fen() == queries.waiting_withdrawals_fen() == 0
    assert BankFile.objects.filter(state="refused").exists()
    assert sum(BankFile.objects.values_list("repeated", flat=True)) > 0
    must_be_sound(capsys)


def test_without_a_bound_account_nothing_is_asked_for(link):
    market = link.market
    entity = market.entities[0]
    from openets.settlement.models import CashAccount

    CashAccount.objects.filter(holder=entity).update(bank_number="")
    with pytest.raises(banking.NoBankNumber):
        link.ask(1, code=entity.code)
    CashAccount.objects.filter(holder=entity).update(bound_at=None)
    with pytest.raises(settlement.NoCashAccount):
        link.ask(1, code=entity.code, reference="r2")


def test_only_the_markets_clock_sends(link):
    with pytest.raises(NotYourRole):
        banking.prepare(acting=Acting("x", Role.EXCHANGE_OPERATOR, "exchange"), at=TEN)


def test_where_there_is_a_link_the_opening_page_asks_the_bank_too(link):
    market = link.market
    given = {
        "holder": market["I1"],
        "name": market["I1"].name,
        "law": CQ,
        "acting": market.acts("I1"),
        "at": TEN,
    }
    assert banking.bind_or_ask(number="62221111", reference="1", **given)
    assert money.cash_account(market["I1"]).bank_number == "62221111"
    receive(name="hello.txt", content=b"x", acting=market.acts("bank"), at=TEN)
    assert not banking.bind_or_ask(number="62222222", reference="2", **given)
    assert money.cash_account(market["I1"]).bank_number == "62221111"
