"""Files go out and come in; whatever dies in between, each order and each advice counts once."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from openets.banking import files, suspense
from openets.banking.files import Advice, Told
from openets.banking.folder import MOST_BYTES, Bank
from openets.banking.models import BankAdvice, BankFile, BankStatement, Instruction
from openets.banking.procedures import ARTICLE, BINDING, SUSPENSE_ITEM, WITHDRAWAL
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.parties import operations as organisations
from openets.parties.roles import Role
from openets.settlement import funds, held
from openets.settlement import operations as settlement
from openets.settlement import queries as money

_KIND = Instruction.Kind
_STATE = BankFile.State
_OUTCOME = BankAdvice.Outcome
PROCEDURES = {_KIND.WITHDRAW: WITHDRAWAL, _KIND.BIND: BINDING, _KIND.RETURN: SUSPENSE_ITEM}
_READY = {_KIND.WITHDRAW: "approved", _KIND.BIND: "asked"}
"""Where a case must stand to be sent; what two persons decided to send back is ready at once."""
_ONE = "banking/files"


class FileNameUsed(Refusal):
    """A file of this name came before and said something else."""

    code = "bank_file_name_used"
    article = ARTICLE
    zh = "文件 {name} 此前已收到，内容不同"
    en = "A file {name} came before and said something else"
    remedy_zh = "请银行以新的文件名发送"
    remedy_en = "Ask the bank to send it under a new name"


class StatementKnown(Refusal):
    """A day has one statement."""

    code = "bank_statement_known"
    article = ARTICLE
    zh = "{day} 的银行对账单已收到，不能由另一份替换"
    en = "The bank's statement of {day} is there; another cannot take its place"
    remedy_zh = "请与银行核对，差异在日终对账中说明"
    remedy_en = "Check with the bank and explain the difference in the day's reconciliation"


class AdviceDiffers(Refusal):
    """A reference of the bank was used for something else before."""

    code = "bank_advice_differs"
    article = ARTICLE
    zh = "银行流水号 {reference} 此前所载不同，本行未入账"
    en = "The bank's reference {reference} said something else before; the row is not booked"
    remedy_zh = "请银行核对该流水号后以新的流水号发送"
    remedy_en = "Ask the bank to check it and send it under a new reference"


class NotOurInstruction(Refusal):
    """The advice answers nothing that was sent."""

    code = "not_our_instruction"
    article = ARTICLE
    zh = "本方未发送过指令 {reference}，本行未入账"
    en = "No order {reference} was sent; the row is not booked"
    remedy_zh = "请银行核对指令编号；资金已变动的，在日终对账中说明"
    remedy_en = "Ask the bank which order it means; if money moved, explain it at the day's end"


class InstructionDiffers(Refusal):
    """The advice speaks of another amount, account or name than the order."""

    code = "instruction_differs"
    article = ARTICLE
    zh = "指令 {reference} 为 {sent}，银行答复为 {said}，本行未入账"
    en = "The order {reference} was {sent}, the bank answers {said}; the row is not booked"
    remedy_zh = "请银行核对后以新的流水号答复"
    remedy_en = "Ask the bank to check it and answer under a new reference"


class NotAwaited(Refusal):
    """The order was answered before, the other way."""

    code = "answer_not_awaited"
    article = ARTICLE
    zh = "指令 {reference} 当前处于“{state_zh}”，不能再按“{told}”处理，本行未入账"
    en = "The order {reference} stands at “{state_en}”; “{told}” cannot follow, nothing is booked"
    remedy_zh = "请与银行核对；资金已变动的，在日终对账中说明"
    remedy_en = "Check with the bank; if money moved, explain it at the day's end"


def run(*, bank: Bank, clock: Acting, teller: Acting, at: datetime) -> list[BankFile]:
    """One round of the link: take in what came, hand over what waits; tells the files dealt with.

    `clock` sends for the market, `teller` books for the bank. Stopped anywhere, the next round goes
    on where this one was. Source: CQ208-A4.1.3.

    Raises:
        NotYourRole.
    """
    dealt = []
    for name in bank.waiting():
        taken = receive(name=name, content=bank.read(name), acting=teller, at=at)
        bank.put_away(name, faulty=taken.state == _STATE.REFUSED)
        dealt.append(taken)
    prepare(acting=clock, at=at)
    return [*dealt, *hand_over(bank=bank)]


@transaction.atomic
def prepare(*, acting: Acting, at: datetime) -> BankFile | None:
    """Put all orders that are ready into one file; from then on they are with the bank.

    Source: CQ208-A4.1.3.

    Raises:
        NotYourRole.
    """
    acting.must_be(Role.MARKET_CLOCK, article=ARTICLE)
    organisations.one_at_a_time(_ONE)
    ready = _ready()
    if not ready:
        return None
    for kind in _READY:
        mine = [one.reference for one in ready if one.kind == kind]
        casework.move_cases(PROCEDURES[kind], "send", mine, acting=acting, at=at)
    content = files.written(
        files.INSTRUCTION_COLUMNS,
        [
            (one.reference, one.kind, one.amount_fen, one.account_number, one.account_name)
            for one in ready
        ],
    )
    number = BankFile.objects.filter(outgoing=True).count() + 1
    made = BankFile.objects.create(
        name=f"instructions-{market_date(at):%Y%m%d}-{number:04}.csv",
        outgoing=True,
        sha256=sha256(content).hexdigest(),
        content=content,
        state=_STATE.WRITING,
        at=at,
        rows=len(ready),
    )
    Instruction.objects.filter(pk__in=[one.pk for one in ready]).update(file=made)
    _record("prepare_file", made, acting, at)
    return made


def hand_over(*, bank: Bank) -> list[BankFile]:
    """Write the files that wait into the outbox; a file written twice is the same file."""
    waiting = list(BankFile.objects.filter(outgoing=True, state=_STATE.WRITING).order_by("id"))
    for one in waiting:
        bank.send(one.name, bytes(one.content))
        one.state = _STATE.SENT
        one.save(update_fields=["state"])
    return waiting


def receive(*, name: str, content: bytes, acting: Acting, at: datetime) -> BankFile:
    """Book what a file of the bank says, or set it aside as a whole with every fault named.

    Each advice is a transaction of its own; stopped in between, the file is gone through again and
    what is booked stays. The same file again changes nothing, nor does the same advice in another.
    Source: CQ208-A4.1.3.

    Raises:
        NotYourRole.
    """
    acting.must_be(Role.BANK, article=ARTICLE)
    made = _taken(name, content, acting, at)
    if made.state != _STATE.BOOKING:
        return made
    advices, _ = files.read_advices(content)
    for advice in advices:
        _book(made, advice, acting, at)
    return _ended(made, acting, at)


@transaction.atomic
def _taken(name: str, content: bytes, acting: Acting, at: datetime) -> BankFile:
    """The file as remembered: of advices still to be booked, of a statement kept, or refused."""
    organisations.one_at_a_time(_ONE)
    digest = sha256(content).hexdigest()
    before = BankFile.objects.filter(outgoing=False, sha256=digest).first()
    if before:
        return before
    made = BankFile(
        name=name[:100], outgoing=False, sha256=digest, content=content[:MOST_BYTES], at=at
    )
    try:
        statement = _understood(made, content)
    except _Faulty as faulty:
        made.state, made.faults = _STATE.REFUSED, [fault.as_json() for fault in faulty.faults]
        made.save()
        _record("refuse_file", made, acting, at)
        return made
    made.state = _STATE.BOOKED if statement else _STATE.BOOKING
    made.save()
    if statement:
        _keep_statement(made, statement)
        _record("keep_statement", made, acting, at)
    return made


@transaction.atomic
def _ended(made: BankFile, acting: Acting, at: datetime) -> BankFile:
    found = BankFile.objects.select_for_update().get(pk=made.pk)
    if found.state == _STATE.BOOKING:
        found.state = _STATE.BOOKED
        found.save(update_fields=["state"])
        _record("book_file", found, acting, at)
    return found


class _Faulty(Exception):
    """What is wrong with a file."""

    def __init__(self, *faults: Refusal) -> None:
        self.faults = faults


def _ready() -> list[Instruction]:
    """What can be sent now; its cases stay locked, so that none is taken back meanwhile."""
    approved = set()
    for kind, state in _READY.items():
        procedure = PROCEDURES[kind]
        numbers = cases.standing(procedure, state).values_list("pk", flat=True)
        locked = casework.lock_cases(procedure.name, list(numbers))
        approved |= {case.subject for case in locked if case.state == state}
    waiting = Instruction.objects.filter(file=None).select_related("holder").order_by("id")
    return [one for one in waiting if one.kind == _KIND.RETURN or one.reference in approved]


def _understood(made: BankFile, content: bytes) -> files.Statement | None:
    """The statement a file is, or None where it is of advices. Raises: _Faulty."""
    if len(content) > MOST_BYTES or content.count(b"\n") > files.MOST_ROWS + 2:
        raise _Faulty(files.BankFileTooLarge(most_bytes=MOST_BYTES, most_rows=files.MOST_ROWS))
    try:
        name = files.read_name(made.name)
    except Refusal as refusal:
        raise _Faulty(refusal) from refusal
    same_name = BankFile.objects.filter(outgoing=False, name=made.name)
    if same_name.exclude(state=_STATE.REFUSED).exists():
        raise _Faulty(FileNameUsed(name=made.name))
    if name.kind == "statement":
        statement, faults = files.read_statement(content)
        if faults or statement is None:
            raise _Faulty(*faults)
        if BankStatement.objects.filter(day=name.day).exists():
            raise _Faulty(StatementKnown(day=name.day))
        made.rows = len(statement.lines)
        return statement
    advices, faults = files.read_advices(content)
    if faults:
        raise _Faulty(*faults)
    made.rows = len(advices)
    return None


def _keep_statement(made: BankFile, said: files.Statement) -> None:
    BankStatement.objects.create(
        day=files.read_name(made.name).day,
        opening_fen=said.opening_fen,
        closing_fen=said.closing_fen,
        lines=[[line.bank_reference, line.amount_fen] for line in said.lines],
        file=made,
    )


@transaction.atomic
def _book(made: BankFile, advice: Advice, acting: Acting, at: datetime) -> None:
    """Book an advice; one that cannot be booked keeps no other from being booked."""
    found = BankFile.objects.select_for_update().get(pk=made.pk)
    organisations.one_at_a_time(f"banking/advice/{advice.bank_reference}")
    before = BankAdvice.objects.filter(bank_reference=advice.bank_reference).first()
    fault: Refusal | None = None
    if before is None:
        fault = _book_new(found, advice, acting, at)
    elif _said(before) != _said_of(advice):
        fault = AdviceDiffers(reference=advice.bank_reference)
    elif before.file_id != found.pk or before.row != advice.row:
        found.repeated += 1
    told = {**fault.as_json(), "row": advice.row} if fault else None
    if told and told not in found.faults:
        found.faults = [*found.faults, told]
    found.save()


def _book_new(made: BankFile, advice: Advice, acting: Acting, at: datetime) -> Refusal | None:
    row = BankAdvice(
        bank_reference=advice.bank_reference,
        kind=advice.kind,
        amount_fen=advice.amount_fen,
        account_number=advice.account_number,
        account_name=advice.account_name,
        at=advice.at,
        reason=advice.reason,
        told=advice.reference,
        outcome=_OUTCOME.BOOKED,
        file=made,
        row=advice.row,
        booked_at=at,
    )
    try:
        with transaction.atomic():
            if advice.kind == Told.DEPOSIT:
                _book_deposit(row, acting, at)
            else:
                _book_answer(row, acting, at)
    except Refusal as refusal:
        row.outcome, row.pk = _OUTCOME.FAULTY, None
        row.save()
        return refusal
    return None


def _book_deposit(row: BankAdvice, acting: Acting, at: datetime) -> None:
    amount, reference = Fen(row.amount_fen), row.bank_reference
    row.holder = money.bound_holder(row.account_number, row.account_name)
    if row.holder is None:
        row.outcome = _OUTCOME.SUSPENSE
        row.save()
        funds.take_in(amount_fen=amount, reference=reference, acting=acting, at=at)
        suspense.open_item(row, acting=acting, at=at)
        return
    settlement.deposit(
        holder=row.holder,
        amount_fen=amount,
        reference=reference,
        acting=acting,
        at=at,
        from_number=row.account_number,
    )
    row.save()


def _book_answer(row: BankAdvice, acting: Acting, at: datetime) -> None:
    order = _order(row)
    row.instruction, row.holder = order, order.holder
    row.save()
    kind, is_done = _KIND(order.kind), row.kind == Told.DONE
    procedure, subject = PROCEDURES[kind], _subject(order)
    moves = {
        _KIND.WITHDRAW: ("pay", "reject"),
        _KIND.BIND: ("bind", "reject"),
        _KIND.RETURN: ("pay_back", "fail"),
    }
    state = cases.states(procedure, [subject])[subject]
    if state not in procedure.moves[moves[kind][0]].sources:
        found = procedure.states[state]
        raise NotAwaited(
            reference=order.reference, state_zh=found.zh, state_en=found.en, told=row.kind
        )
    note = "" if is_done else row.reason or "银行未说明原因 No reason given by the bank"
    move = moves[kind][0 if is_done else 1]
    casework.move_cases(procedure, move, [subject], acting=acting, at=at, note=note)
    if kind == _KIND.BIND:
        if is_done:
            settlement.bind_checked(
                holder=order.owner, number=order.account_number, acting=acting, at=at
            )
        return
    what = held.WITHDRAWAL if kind == _KIND.WITHDRAW else held.RETURN
    if is_done:
        is_return = order.holder is None
        debit = (
            settlement.market_account(settlement.SUSPENSE)
            if is_return
            else settlement.locked_cash(order.owner)
        )
        held.pay(
            kind=what,
            debit=debit,
            amount_fen=Fen(order.amount_fen),
            reference=order.reference,
            acting=acting,
            at=at,
        )
    else:
        held.free(kind=what, reference=order.reference, acting=acting, at=at)


def _order(row: BankAdvice) -> Instruction:
    kind, _, number = row.told.partition("-")
    found = None
    if number.isascii() and number.isdigit() and len(number) < 18:
        sent = Instruction.objects.filter(pk=int(number), kind=kind, file__isnull=False)
        found = sent.select_related("holder").first()
    if found is None or found.reference != row.told:
        raise NotOurInstruction(reference=row.told)
    sent_as = (found.amount_fen, found.account_number, found.account_name)
    said = (row.amount_fen, row.account_number, row.account_name)
    if sent_as != said:
        raise InstructionDiffers(
            reference=found.reference,
            sent=" · ".join(map(str, sent_as)),
            said=" · ".join(map(str, said)),
        )
    return found


def _subject(order: Instruction) -> str:
    """What the case of an order is called: of money sent back, the case of its item."""
    return order.asked_as if order.kind == _KIND.RETURN else order.reference


def _said(row: BankAdvice) -> tuple[object, ...]:
    return row.kind, row.told, row.amount_fen, row.account_number, row.account_name


def _said_of(advice: Advice) -> tuple[object, ...]:
    account = advice.account_number, advice.account_name
    return str(advice.kind), advice.reference, advice.amount_fen, *account


def _record(what: str, made: BankFile, acting: Acting, at: datetime) -> None:
    journal.record(
        operation=f"banking.{what}",
        subject=f"bank-file/{made.pk}",
        acting=acting,
        at=at,
        article=ARTICLE,
        content={
            "name": made.name,
            "sha256": made.sha256,
            "rows": made.rows,
            "repeated": made.repeated,
            "faults": len(made.faults),
        },
    )
