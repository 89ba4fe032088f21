"""What may happen to money, and how a trade is settled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.ledger import operations as ledger
from openets.ledger import queries as ledger_queries
from openets.ledger.posting import Kind, Transfer
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.settlement.models import CashAccount, Payment

Event = Transfer
"""A hold, a release or a leg of a trade, in the order in which it happened."""

ASSET = "CNY"
BANK, FEES = "bank", "exchange-fees"
MARKET_ACCOUNTS = (BANK, FEES)


class NoCashAccount(Refusal):
    """The participant has no cash account with a bound bank account."""

    code = "no_cash_account"
    article = "CQ208-A4.0"
    zh = "{holder} 尚未开立资金账户并实名绑定银行账户"
    en = "{holder} has no cash account bound to a bank account in its own name"
    remedy_zh = "请先在交易日 9:30-15:30 完成绑卡"
    remedy_en = "Bind a bank account first"


class PaymentDiffers(Refusal):
    """The reference was used for another payment."""

    code = "payment_differs"
    article = "CQETS-5.2b"
    zh = "{reference} 已支付 {before} 分，不能再按 {now} 分支付"
    en = "{reference} was paid with {before} fen, not {now}"
    remedy_zh = "请使用新的支付编号"
    remedy_en = "Use a new reference"


@dataclass(frozen=True, slots=True)
class UnitPart:
    """Units of one position that go to the buyer: ledger accounts and whole tonnes."""

    seller_position: int
    buyer_position: int
    amount_t: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A trade to settle: the units one way, the money the other, each side's fee to the exchange.

    The units and the money leave what the two orders had reserved.
    """

    trade: str
    units: tuple[UnitPart, ...]
    buyer_cash: int
    seller_cash: int
    turnover_fen: Fen
    buyer_fee_fen: Fen
    seller_fee_fen: Fen


@transaction.atomic
def open_market_accounts(*, acting: Acting, at: datetime) -> None:
    """Open the bank's side and the fee accounts. Deposits come from the bank, so it goes below 0.

    Source: CQ208-A4.1.3.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article="CQ208-A4.1.3")
    specs = [ledger.AccountSpec(f"cash/{n}", ASSET, n == BANK) for n in MARKET_ACCOUNTS]
    ids = ledger.open_accounts(specs, acting=acting, at=at)
    for name in MARKET_ACCOUNTS:
        CashAccount.objects.get_or_create(number=name, ledger_account=ids[f"cash/{name}"])


@transaction.atomic
def open_cash_accounts(*, holders: Sequence[Organisation], acting: Acting, at: datetime) -> None:
    """Open cash accounts bound to a bank account of the same name. Source: CQ208-A4.1.3."""
    acting.must_be(Role.EXCHANGE_OPERATOR, article="CQ208-A4.1.3")
    have = set(CashAccount.objects.values_list("holder_id", flat=True))
    new = [holder for holder in holders if holder.pk not in have]
    specs = [ledger.AccountSpec(f"cash/{holder.code}", ASSET) for holder in new]
    ids = ledger.open_accounts(specs, acting=acting, at=at)
    CashAccount.objects.bulk_create(
        CashAccount(
            number=f"cash-{holder.code}",
            holder=holder,
            ledger_account=ids[f"cash/{holder.code}"],
        )
        for holder in new
    )
    journal.record_many(
        [
            journal.Record(
                operation="settlement.open_cash_account",
                subject=holder.code,
                acting=acting,
                at=at,
                article="CQ208-A4.1.3",
                content={"name": holder.name},
            )
            for holder in new
        ]
    )


def deposit(
    *, holder: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> Payment:
    """Book money that came in from the holder's bank account (入金). Source: CQ208-A4.1.3.

    Raises:
        NoCashAccount, PaymentDiffers, NotYourRole.
    """
    acting.must_be(Role.BANK, article="CQ208-A4.1.3")
    return _pay("deposit", market_account(BANK), _cash(holder), amount_fen, reference, acting, at)


def withdraw(
    *, holder: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> Payment:
    """Pay money out to the holder's bank account (出金). Source: CQ208-A4.1.3.

    Raises:
        NoCashAccount, PaymentDiffers, NotYourRole, and what the ledger refuses.
    """
    acting.must_be(Role.BANK, article="CQ208-A4.1.3")
    return _pay("withdraw", _cash(holder), market_account(BANK), amount_fen, reference, acting, at)


def events_of(delivery: Delivery) -> list[Transfer]:
    """The ledger's events of one trade: both legs and both fees as one linked chain.

    Source: CQETS-22, CQ208-A4.1.3; trade by trade without netting (AMB-41).
    """
    legs = [
        (f"units/{number}", part.seller_position, part.buyer_position, part.amount_t)
        for number, part in enumerate(delivery.units)
    ]
    fees = market_account_id(FEES)
    legs += [
        ("cash", delivery.buyer_cash, delivery.seller_cash, delivery.turnover_fen),
        ("buyer-fee", delivery.buyer_cash, fees, delivery.buyer_fee_fen),
        ("seller-fee", delivery.seller_cash, fees, delivery.seller_fee_fen),
    ]
    legs = [leg for leg in legs if leg[3]]
    last = len(legs) - 1
    return [
        Transfer(
            key=f"trade/{delivery.trade}/{name}",
            debit=debit,
            credit=credit,
            amount=amount,
            linked=number < last,
            reason="trade",
        )
        for number, (name, debit, credit, amount) in enumerate(legs)
    ]


def hold(account: int, amount: int) -> Transfer:
    """The event that reserves units or money for an order (预占)."""
    return Transfer(key="", debit=account, amount=amount, kind=Kind.HOLD)


def release(account: int, amount: int) -> Transfer:
    """The event that frees what an order no longer needs."""
    return Transfer(key="", debit=account, amount=amount, kind=Kind.RELEASE)


def lock_accounts(accounts: Collection[int]) -> dict[int, int]:
    """Lock accounts until the transaction ends and tell what each may still use.

    One call locks all that a batch may move, in the ledger's order, so that the floor and other
    writers cannot wait for each other in a circle.
    """
    return {id_: balance.own for id_, balance in ledger_queries.locked_balances(accounts).items()}


def settle(events: Sequence[Transfer], *, subject: str, acting: Acting, at: datetime) -> None:
    """Post a batch of the floor: holds, releases and both legs of its trades, all or none.

    Source: CQETS-14, CQETS-22.

    Raises:
        What the ledger refuses; nothing has moved then.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article="CQETS-22")
    ledger.post_all(events, acting=acting, at=at, article="CQETS-22", subject=subject)


def market_account(number: str) -> CashAccount:
    """One of the market's own cash accounts."""
    return CashAccount.objects.get(number=number)


def market_account_id(number: str) -> int:
    """The ledger account of one of the market's own cash accounts."""
    return market_account(number).ledger_account


def _cash(holder: Organisation) -> CashAccount:
    found = CashAccount.objects.filter(holder=holder).first()
    if found is None:
        raise NoCashAccount(holder=holder.name)
    return found


@transaction.atomic
def _pay(
    kind: str,
    debit: CashAccount,
    credit: CashAccount,
    amount_fen: Fen,
    reference: str,
    acting: Acting,
    at: datetime,
) -> Payment:
    before = Payment.objects.filter(kind=kind, reference=reference).first()
    if before:
        if (before.debit_id, before.credit_id, before.amount_fen) != (
            debit.pk,
            credit.pk,
            amount_fen,
        ):
            raise PaymentDiffers(reference=reference, before=before.amount_fen, now=amount_fen)
        return before
    transfer = Transfer(
        key=f"{kind}/{reference}",
        debit=debit.ledger_account,
        credit=credit.ledger_account,
        amount=amount_fen,
        reason=kind,
    )
    ledger.post_all([transfer], acting=acting, at=at, article="CQ208-A4.1.3", subject=kind)
    return Payment.objects.create(
        kind=kind, reference=reference, debit=debit, credit=credit, amount_fen=amount_fen, at=at
    )
