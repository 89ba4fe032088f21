"""What may happen to money, and how a trade is settled."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from openets.casework import queries as casework
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import MARKET_ZONE
from openets.kernel.quantity import Fen
from openets.kernel.refusal import Refusal
from openets.ledger import operations as ledger
from openets.ledger import queries as ledger_queries
from openets.ledger.posting import Kind, Transfer
from openets.ledger.refusals import InsufficientBalance
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.rulebook.load import Law
from openets.select import Select
from openets.settlement.models import CashAccount, Payment
from openets.settlement.undoing import Leg, back_key, legs_of, undo_trade

__all__ = [
    "ASSET",
    "BANK",
    "FEES",
    "HOLDERS",
    "MARKET_ACCOUNTS",
    "MEASURES_BY",
    "PROCEEDS",
    "Delivery",
    "Event",
    "Leg",
    "NameDiffers",
    "NoCashAccount",
    "NotABankNumber",
    "NotAPayment",
    "NotEnoughMoney",
    "NotTheBoundAccount",
    "OutsideBindingHours",
    "PaymentDiffers",
    "UnitPart",
    "back_key",
    "bind_bank_account",
    "book",
    "deposit",
    "events_of",
    "hold",
    "legs_of",
    "lock_accounts",
    "locked_cash",
    "market_account",
    "market_account_id",
    "open_cash_accounts",
    "open_market_accounts",
    "pay_for_buy_back",
    "pay_for_sale",
    "pay_over",
    "release",
    "release_all",
    "settle",
    "undo_trade",
    "withdraw",
]

Event = Transfer
"""A hold, a release or a leg of a trade, in the order in which it happened."""

ASSET = "CNY"
BANK, FEES, PROCEEDS = "bank", "exchange-fees", "treasury-proceeds"
"""The outside world, the exchange's fees, and what government sales brought until paid over."""
SUSPENSE, RESERVE = "suspense", "risk-reserve"
"""Money that came in and is nobody's yet (待查款项), and the risk reserve (风险准备金)."""
MARKET_ACCOUNTS = (BANK, FEES, PROCEEDS, SUSPENSE, RESERVE)
LEAST_DIGITS, MOST_DIGITS = 8, 32
"""Of the number of a bank account: a fact of the banks, not of the law."""
MEASURES_BY = (Role.CITY_BUREAU, Role.REGISTRY_OPERATOR, Role.EXCHANGE_OPERATOR)
"""Who places freezes and carries out measures."""
HOLDERS = (Role.KEY_EMITTING_ENTITY, Role.PROJECT_OWNER, Role.INVESTOR, Role.INDIVIDUAL)

_NUMBERED = Select(CashAccount, "number = %s")
_LOCKED = Select(CashAccount, "holder_id = %s for no key update")
_DONE = Select(Payment, "kind = %s and reference = %s")


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


class NameDiffers(Refusal):
    """The bank account does not belong to the participant."""

    code = "name_differs"
    article = "CQ208-A4.1.3"
    zh = "银行账户户名“{name}”与交易主体“{holder}”不一致，不能绑定"
    en = "The bank account is in the name “{name}”, not “{holder}”; it cannot be bound"
    remedy_zh = "请绑定以本单位名义开立的银行账户"
    remedy_en = "Bind a bank account in the participant's own name"


class OutsideBindingHours(Refusal):
    """A bank account is bound on trading days within the hours of the exchange."""

    code = "outside_binding_hours"
    article = "CQ208-A4.2.5"
    zh = "{moment} 不在绑卡时间内：绑卡应在交易日 {opens}-{closes} 进行"
    en = "{moment} is no time to bind: a bank account is bound on trading days, {opens}-{closes}"
    remedy_zh = "请于 {next_day} {opens}-{closes} 办理"
    remedy_en = "Bind it on {next_day} between {opens} and {closes}"


class NotABankNumber(Refusal):
    """A bank account has a number."""

    code = "not_a_bank_number"
    article = "CQ208-A4.2.5"
    zh = "银行账号“{number}”无效，应为 {least} 至 {most} 位数字"
    en = "“{number}” is no number of a bank account: {least} to {most} digits"
    remedy_zh = "请按开户许可证填写银行账号"
    remedy_en = "Write the number as the bank gave it"


class NotTheBoundAccount(Refusal):
    """Money comes from the bound bank account only."""

    code = "not_the_bound_account"
    article = "CQ208-A4.1.3"
    zh = "付款账户 {number} 不是 {holder} 绑定的银行账户"
    en = "{number} is not the bank account bound to {holder}"
    remedy_zh = "请使用绑定的银行账户转账"
    remedy_en = "Pay from the bound account"


class NotAPayment(Refusal):
    """Money moves in whole fen, at least one."""

    code = "not_a_payment"
    article = "CQ208-A4.1.3"
    zh = "金额 {amount} 分无效：必须是不小于 1 的整数分"
    en = "{amount} is no payment: whole fen, at least one"
    remedy_zh = "请填写正确的金额"
    remedy_en = "Give an amount of at least one fen"


class NotEnoughMoney(Refusal):
    """What open orders hold cannot be paid out."""

    code = "not_enough_money"
    article = "CQ208-A4.1.3"
    zh = "{holder} 可用资金 {available} 分，不足 {wanted} 分；申报占用的资金不能出金"
    en = "{holder} has {available} fen available, less than {wanted}; money of orders stays"
    remedy_zh = "请减少金额，或先撤单"
    remedy_en = "Ask for less, or withdraw orders first"


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
    fees_cash: int
    turnover_fen: Fen
    buyer_fee_fen: Fen
    seller_fee_fen: Fen


@transaction.atomic
def open_market_accounts(*, acting: Acting, at: datetime) -> None:
    """Open the market's own accounts. Deposits come from the bank, so its side goes below 0.

    Source: CQ208-A4.1.3.
    """
    acting.must_be(Role.EXCHANGE_OPERATOR, article="CQ208-A4.1.3")
    specs = [ledger.AccountSpec(f"cash/{n}", ASSET, n == BANK) for n in MARKET_ACCOUNTS]
    ids = ledger.open_accounts(specs, acting=acting, at=at)
    for name in MARKET_ACCOUNTS:
        CashAccount.objects.get_or_create(number=name, ledger_account=ids[f"cash/{name}"])


@transaction.atomic
def open_cash_accounts(
    *,
    holders: Sequence[Organisation],
    acting: Acting,
    at: datetime,
    bound: bool = True,
    numbers: Mapping[str, str] | None = None,
) -> None:
    """Open cash accounts (资金账户), bound to a bank account of the same name or waiting for it.

    Money moves and orders are taken only once one is bound; `numbers` are those of the bank
    accounts, by code, where they are known. Source: CQ208-A4.1.3, CQ208-A4.0.
    """
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
            bound_at=at if bound else None,
            bank_number=(numbers or {}).get(holder.code, ""),
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


@transaction.atomic
def bind_bank_account(
    *, holder: Organisation, name: str, number: str, law: Law, acting: Acting, at: datetime
) -> None:
    """Bind a holder's cash account to its bank account in its real name (绑卡).

    A holder binds its own, on a trading day within the hours; another account may follow later.
    Source: CQ208-A4.1.3, CQ208-A4.2.5, CQ208-A4.0.

    Raises:
        NotYourRole, OutsideYourScope, OutsideBindingHours, NameDiffers, NotABankNumber,
        NoCashAccount.
    """
    acting.must_be(*HOLDERS, article="CQ208-A4.2.5")
    parties.must_be_allowed(acting, "settlement.bind_bank_account", holder)
    must_be_bindable(holder=holder, name=name, number=number, law=law, at=at)
    _bind(holder, number, acting, at)


@transaction.atomic
def bind_checked(*, holder: Organisation, number: str, acting: Acting, at: datetime) -> None:
    """Bind the account whose name the bank has checked (绑卡). Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, NoCashAccount.
    """
    acting.must_be(Role.BANK, article="CQ208-A4.1.3")
    _bind(holder, number, acting, at)


def must_be_bindable(
    *, holder: Organisation, name: str, number: str, law: Law, at: datetime
) -> None:
    """Refuse a binding at another time, in another name, or of no account's number.

    Source: CQ208-A4.1.3, CQ208-A4.2.5.

    Raises:
        OutsideBindingHours, NameDiffers, NotABankNumber.
    """
    _must_be_binding_hours(law, at)
    if name != holder.name:
        raise NameDiffers(field="holder_name", name=name, holder=holder.name)
    if not (number.isascii() and number.isdigit() and LEAST_DIGITS <= len(number) <= MOST_DIGITS):
        raise NotABankNumber(field="number", number=number, least=LEAST_DIGITS, most=MOST_DIGITS)


def _bind(holder: Organisation, number: str, acting: Acting, at: datetime) -> None:
    account = locked_cash(holder)
    account.bank_number = number
    account.bound_at = account.bound_at or at
    account.save()
    journal.record(
        operation="settlement.bind_bank_account",
        subject=holder.code,
        acting=acting,
        at=at,
        article="CQ208-A4.1.3",
        content={"number": number},
    )


@transaction.atomic
def deposit(
    *,
    holder: Organisation,
    amount_fen: Fen,
    reference: str,
    acting: Acting,
    at: datetime,
    from_number: str | None = None,
) -> Payment:
    """Book money that came in from the holder's bank account (入金), once a reference.

    `from_number` is the paying account where the bank tells it. Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, NoCashAccount, NotTheBoundAccount, NotAPayment, PaymentDiffers.
    """
    acting.must_be(Role.BANK, article="CQ208-A4.1.3")
    cash = locked_cash(holder)
    if cash.bound_at is None:
        raise NoCashAccount(holder=holder.name)
    if from_number is not None and from_number != cash.bank_number:
        raise NotTheBoundAccount(number=from_number, holder=holder.name)
    return book("deposit", market_account(BANK), cash, amount_fen, reference, acting, at)


@transaction.atomic
def withdraw(
    *, holder: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> Payment:
    """Pay money out to the holder's bank account (出金), once a reference.

    Source: CQ208-A4.1.3.

    Raises:
        NotYourRole, NoCashAccount, NotAPayment, NotEnoughMoney, PaymentDiffers.
    """
    acting.must_be(Role.BANK, article="CQ208-A4.1.3")
    return _take("withdraw", holder, BANK, amount_fen, reference, acting, at, "CQ208-A4.1.3")


@transaction.atomic
def pay_for_sale(
    *, buyer: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> Payment:
    """Take the price of sold allowances from the buyer's cash, owed to the treasury from then on.

    Source: CQETS-19.

    Raises:
        NoCashAccount, NotAPayment, NotEnoughMoney, PaymentDiffers.
    """
    return _take("government_sale", buyer, PROCEEDS, amount_fen, reference, acting, at, "CQETS-19")


@transaction.atomic
def pay_over(*, amount_fen: Fen, reference: str, acting: Acting, at: datetime) -> Payment:
    """Pay proceeds over to the treasury (缴入国库). Source: CQETS-19.

    Raises:
        NotYourRole, NotAPayment, PaymentDiffers.
    """
    acting.must_be(Role.FINANCE_BUREAU, article="CQETS-19")
    ends = market_account(PROCEEDS), market_account(BANK)
    return book("treasury", *ends, amount_fen, reference, acting, at, article="CQETS-19")


@transaction.atomic
def pay_for_buy_back(
    *, seller: Organisation, amount_fen: Fen, reference: str, acting: Acting, at: datetime
) -> Payment:
    """Pay the price of allowances bought back into the seller's cash, out of the budget.

    The treasury's money comes from the bank's side. Source: CQETS-13.2.

    Raises:
        NoCashAccount, NotAPayment, PaymentDiffers.
    """
    cash = locked_cash(seller)
    bank = market_account(BANK)
    return book("buy_back", bank, cash, amount_fen, reference, acting, at, article="CQETS-13.2")


def events_of(delivery: Delivery) -> list[Transfer]:
    """The ledger's events of one trade: both legs and both fees as one linked chain.

    Source: CQETS-22, CQ208-A4.1.3; trade by trade without netting (AMB-41).
    """
    legs = [
        (f"units/{number}", part.seller_position, part.buyer_position, part.amount_t)
        for number, part in enumerate(delivery.units)
    ]
    legs += [
        ("cash", delivery.buyer_cash, delivery.seller_cash, delivery.turnover_fen),
        ("buyer-fee", delivery.buyer_cash, delivery.fees_cash, delivery.buyer_fee_fen),
        ("seller-fee", delivery.seller_cash, delivery.fees_cash, delivery.seller_fee_fen),
    ]
    # Who trades with itself, where the market allows it, moves no money from one to the other.
    legs = [leg for leg in legs if leg[3] and leg[1] != leg[2]]
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


def release_all(events: Sequence[Transfer], *, subject: str, acting: Acting, at: datetime) -> None:
    """Free what orders held that a measure took out of the market, by whoever carries it out.

    Source: CQETS-30.
    """
    assert all(event.kind == Kind.RELEASE for event in events), "a measure settles nothing"
    acting.must_be(*MEASURES_BY, article="CQETS-30")
    ledger.post_all(events, acting=acting, at=at, article="CQETS-30", subject=subject)


def market_account(number: str) -> CashAccount:
    """One of the market's own cash accounts."""
    (account,) = _NUMBERED.rows(number)
    return account


def market_account_id(number: str) -> int:
    """The ledger account of one of the market's own cash accounts."""
    return market_account(number).ledger_account


def _must_be_binding_hours(law: Law, at: datetime) -> None:
    local = at.astimezone(MARKET_ZONE)
    opens = law.on("trading.bank_binding_from", local.date()).text
    closes = law.on("trading.bank_binding_to", local.date()).text
    known = casework.calendar(law.jurisdiction)
    is_open = time.fromisoformat(opens) <= local.time() <= time.fromisoformat(closes)
    if is_open and known.is_trading_day(local.date()):
        return
    early = known.is_trading_day(local.date()) and local.time() < time.fromisoformat(opens)
    raise OutsideBindingHours(
        moment=f"{local:%Y-%m-%d %H:%M:%S}",
        opens=opens,
        closes=closes,
        next_day=local.date() if early else known.next_trading_day(local.date()),
    )


def locked_cash(holder: Organisation) -> CashAccount:
    """The holder's cash account, no other payment on it until the transaction ends.

    Raises:
        NoCashAccount: there is none.
    """
    found = _LOCKED.first(holder.pk)
    if found is None:
        raise NoCashAccount(holder=holder.name)
    return found


def _take(
    kind: str,
    holder: Organisation,
    to: str,
    amount_fen: Fen,
    reference: str,
    acting: Acting,
    at: datetime,
    article: str,
) -> Payment:
    """Move money of a holder to one of the market's own accounts, as far as it may be used."""
    cash = locked_cash(holder)
    try:
        with transaction.atomic():
            return book(
                kind, cash, market_account(to), amount_fen, reference, acting, at, article=article
            )
    except InsufficientBalance as refusal:
        available = refusal.numbers["available"]
        raise NotEnoughMoney(
            holder=holder.name, available=available, wanted=amount_fen
        ) from refusal


def book(
    kind: str,
    debit: CashAccount,
    credit: CashAccount,
    amount_fen: Fen,
    reference: str,
    acting: Acting,
    at: datetime,
    *,
    article: str = "CQ208-A4.1.3",
) -> Payment:
    """Move money between two accounts once a kind and reference; the same again changes nothing.

    Raises:
        NotAPayment, PaymentDiffers, InsufficientBalance.
    """
    if amount_fen < 1:
        raise NotAPayment(amount=amount_fen)
    before = _DONE.first(kind, reference)
    if before:
        same = (before.debit_id, before.credit_id) == (debit.pk, credit.pk)
        if not same or before.amount_fen != amount_fen:
            raise PaymentDiffers(reference=reference, before=before.amount_fen, now=amount_fen)
        return before
    transfer = Transfer(
        key=f"{kind}/{reference}",
        debit=debit.ledger_account,
        credit=credit.ledger_account,
        amount=amount_fen,
        reason=kind,
    )
    ledger.post_all([transfer], acting=acting, at=at, article=article, subject=kind)
    journal.record(
        operation=f"settlement.{kind}",
        subject=f"{kind}/{reference}",
        acting=acting,
        at=at,
        article=article,
        content={"debit": debit.number, "credit": credit.number, "amount_fen": amount_fen},
    )
    return Payment.objects.create(
        kind=kind, reference=reference, debit=debit, credit=credit, amount_fen=amount_fen, at=at
    )
