"""A market with its bank: accounts bound, a simulated bank behind two folders."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from openets.banking import operations as banking
from openets.banking.folder import FolderBank
from openets.banking.models import BankFile, Instruction
from openets.banking.simulator import Faults, SimulatedBank
from openets.kernel.quantity import Fen
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from tests.exchange import TEN
from tests.markets import CQ, FOUNDED, Market, founded_market

MILLION = 100_000_000
"""Fen."""
NUMBERS = {"I1": "62220001", "E001": "62220002", "P1": "62220003"}


@dataclass
class Linked:
    """A market, its side of the folders, and the bank behind them."""

    market: Market
    port: FolderBank
    bank: SimulatedBank
    root: Path

    def pay_in(self, code: str, fen: int, *, number: str = "", name: str = "") -> str:
        """Let a participant transfer money at its bank."""
        return self.bank.pay_in(
            number=number or NUMBERS[code],
            name=name or self.market[code].name,
            amount_fen=fen,
            at=TEN,
        )

    def round(self, at: datetime = TEN) -> list[BankFile]:
        """Our side of a round."""
        clock, teller = self.market.acts("clock"), self.market.acts("bank")
        return banking.run(bank=self.port, clock=clock, teller=teller, at=at)

    def rounds(self, number: int = 3, at: datetime = TEN) -> list[BankFile]:
        """Rounds of both sides."""
        dealt = []
        for step in range(number):
            dealt += self.round(at + timedelta(minutes=step))
            self.bank.work(at=at + timedelta(minutes=step))
        return [*dealt, *self.round(at + timedelta(minutes=number))]

    def ask(
        self,
        fen: int,
        *,
        code: str = "I1",
        reference: str = "r1",
        at: datetime = TEN,
        person: int = 1,
    ) -> Instruction:
        """Ask for a withdrawal."""
        return banking.ask_withdrawal(
            holder=self.market[code],
            amount_fen=Fen(fen),
            reference=reference,
            law=CQ,
            acting=self.market.acts(code, person),
            at=at,
        )

    def available(self, code: str = "I1") -> int:
        """What a participant may use."""
        cash = money.cash(self.market[code])
        assert cash is not None
        return cash.available_fen


def money_market() -> Market:
    """A market with cash accounts and nothing else."""
    market = founded_market(1)
    exchange = market.acts("exchange")
    settlement.open_market_accounts(acting=exchange, at=FOUNDED)
    holders = [market[code] for code in NUMBERS]
    settlement.open_cash_accounts(holders=holders, acting=exchange, at=FOUNDED)
    return market


def linked(market: Market, root: Path, *, faults: Faults | None = None, seed: int = 1) -> Linked:
    """Accounts bound, and the bank knows them."""
    bank = SimulatedBank(root, seed=seed, faults=faults)
    for code, number in NUMBERS.items():
        settlement.bind_bank_account(
            holder=market[code],
            name=market[code].name,
            number=number,
            law=CQ,
            acting=market.acts(code),
            at=TEN,
        )
        bank.open_account(number=number, name=market[code].name, fen=10 * MILLION)
    return Linked(market, FolderBank(root), bank, root)
