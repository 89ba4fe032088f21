"""The door `openets bank`: files go out to the settlement bank and come in, once or in rounds."""

import argparse
import json
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from openets.banking import operations as banking
from openets.banking import queries as bank_queries
from openets.banking.folder import FolderBank
from openets.banking.models import BankFile
from openets.banking.operations import NoBankNumber
from openets.banking.simulator import Faults, SimulatedBank
from openets.doors.casework import CLOCK
from openets.doors.refusals import DONE, REFUSED, BadArguments, answer
from openets.journal import queries as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.reconciliation import queries as reconciliation
from openets.settlement import queries as money

_EVERY_SECONDS = 15
_RICH_FEN = 10_000_000_00
"""What each customer has at the simulated bank."""
_USUAL = Faults(rejects=5, delays=20, repeats=10, breaks=5)


class NoBank(Refusal):
    """No organisation is registered as the settlement bank."""

    code = "no_settlement_bank"
    article = "CQ208-A4.1.3"
    zh = "尚未登记结算银行"
    en = "No settlement bank is registered"
    remedy_zh = "请先登记角色为“结算银行”的单位"
    remedy_en = "Register an organisation of the role “Settlement bank” first"


def one_round(port: FolderBank, *, simulated: SimulatedBank | None, at: datetime) -> list[BankFile]:
    """One round of our side, and before it of the simulated bank where there is one."""
    if simulated:
        simulated.work(at=at)
        day = reconciliation.last_traded_day()
        if day and _lacks_statement(day):
            simulated.end_day(day)
    return banking.run(bank=port, clock=CLOCK, teller=_teller(), at=at)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the door."""
    parser.add_argument("--folder", type=Path, default=settings.BANK_FOLDER, help="of the bank")
    doings = parser.add_subparsers(dest="doing", required=True, metavar="COMMAND")
    run_ = doings.add_parser(
        "run", prog="openets bank run", description="take in what came, hand over what waits"
    )
    run_.add_argument("--once", action="store_true", help="one round only")
    run_.add_argument("--every", type=int, default=_EVERY_SECONDS, metavar="SECONDS")
    run_.add_argument("--simulate", action="store_true", help="with a simulated bank (demo only)")
    run_.add_argument("--seed", type=int, default=1, help="of the simulated bank's faults")
    import_ = doings.add_parser(
        "import", prog="openets bank import", description="book one file of the bank"
    )
    import_.add_argument("file", type=Path)
    export = doings.add_parser(
        "export",
        prog="openets bank export",
        description="write the orders that wait into the outbox",
    )
    export.add_argument("--out", type=Path, metavar="FOLDER", help="default: the outbox")
    _add_pay_in(doings)


def _add_pay_in(doings: Any) -> None:
    pay_in = doings.add_parser(
        "pay-in",
        prog="openets bank pay-in",
        description="let a participant transfer money at the simulated bank (demo only)",
    )
    pay_in.add_argument("--holder", required=True, metavar="CODE")
    pay_in.add_argument("--fen", required=True, type=int)
    pay_in.add_argument("--seed", type=int, default=1)


def run(options: argparse.Namespace) -> int:
    """Do it; 0, or 1 where a file was refused or has faulty rows.

    Raises:
        NoBank.
        BadArguments: a bank is only simulated in the demo.
    """
    if options.doing == "import":
        content = options.file.read_bytes()
        took = banking.receive(name=options.file.name, content=content, acting=_teller(), at=_now())
        return _told([took])
    if options.doing == "pay-in":
        return _pay_in(options)
    port = FolderBank(options.folder)
    if options.doing == "export":
        target = FolderBank(options.out) if options.out else port
        banking.prepare(acting=CLOCK, at=_now())
        return _told(banking.hand_over(bank=target))
    simulated = _simulated(options) if options.simulate else None
    while True:
        told = _told(one_round(port, simulated=simulated, at=_now()))
        if options.once:
            return told
        time.sleep(options.every)


def main(argv: Sequence[str] | None = None) -> int:
    """Answer the command line."""
    return answer(
        prog="openets bank",
        description="Exchange files with the settlement bank.",
        add_arguments=add_arguments,
        run=run,
        argv=argv,
    )


def _simulated(options: argparse.Namespace) -> SimulatedBank:
    if not settings.DEMO:
        raise BadArguments(problem="--simulate is for the demo", command="openets bank")
    bank = SimulatedBank(options.folder, seed=options.seed, faults=_USUAL)
    if bank.is_new:
        paid_in, accounts = money.conservation().paid_in_fen, money.bound_accounts()
        bank.begin(ours_fen=paid_in, accounts=accounts, fen=_RICH_FEN)
    return bank


def _pay_in(options: argparse.Namespace) -> int:
    """Pay in from the bound account; the next round books it."""
    holder = parties.registered(options.holder)
    account = money.cash_account(holder)
    if account is None or not account.bank_number:
        raise NoBankNumber(holder=holder.name)
    if options.fen < 1:
        raise BadArguments(problem="--fen is at least 1", command="openets bank pay-in")
    reference = _simulated(options).pay_in(
        number=account.bank_number, name=holder.name, amount_fen=options.fen, at=_now()
    )
    print(json.dumps({"bank_reference": reference, "fen": options.fen}))
    return DONE


def _lacks_statement(day: date) -> bool:
    since = bank_queries.linked_since()
    return bool(since and day >= since and bank_queries.statement(day) is None)


def _teller() -> Acting:
    """Who books for the bank."""
    bank = parties.of_role(Role.BANK).first()
    if bank is None:
        raise NoBank
    return Acting("bank-link", Role.BANK, bank.code)


def _now() -> datetime:
    """Of the wall, or in the demo of the journal, as on the pages."""
    played = journal.latest_at() if settings.DEMO else None
    return played or timezone.now()


def _told(dealt: Sequence[BankFile]) -> int:
    for one in dealt:
        row = {
            "file": one.name,
            "out": one.outgoing,
            "state": str(one.state),
            "rows": one.rows,
            "repeated": one.repeated,
            "faults": one.faults,
        }
        print(json.dumps(row, ensure_ascii=False))
    return REFUSED if any(one.faults for one in dealt) else DONE
