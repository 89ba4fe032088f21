"""What a participant may ask of the floor, what it is answered, and why it may be refused."""

from dataclasses import dataclass

from openets.kernel.refusal import Refusal
from openets.parties.models import Organisation
from openets.trading.book import DAY, FOK, IOC

KEY_LENGTH = 60
LARGEST_T = 10**9
LARGEST_FEN = 10**9
"""No order comes near these; beyond them a turnover would not fit the ledger's sums."""


class ProductNotListed(Refusal):
    """Only listed products can be quoted."""

    code = "product_not_listed"
    article = "CQETS-15"
    zh = "{product} 不是挂牌交易产品"
    en = "{product} is not a listed product"
    remedy_zh = "可交易产品：{listed}"
    remedy_en = "Listed products: {listed}"


class AccountsMissing(Refusal):
    """Trading needs all three accounts."""

    code = "accounts_missing"
    article = "CQ208-3d"
    zh = "交易前须开立注册登记账户、交易账户并绑定资金账户"
    en = "Trading needs a registry account, a trading account and a bound cash account"
    remedy_zh = "请先完成开户和绑卡"
    remedy_en = "Open the accounts and bind a bank account first"


class NotEnoughCash(Refusal):
    """The cash account does not cover the order and its fee."""

    code = "not_enough_cash"
    article = "CQETS-17.2"
    zh = "买入需冻结 {needed} 分，可用资金 {available} 分"
    en = "The order needs {needed} fen, {available} fen are available"
    remedy_zh = "请先入金，或减少申报数量、降低申报价格"
    remedy_en = "Deposit first, or lower quantity or price"


class NotEnoughToSell(Refusal):
    """The trading account does not cover the order; bought today is not sold today."""

    code = "not_enough_to_sell"
    article = "CQETS-17.2"
    zh = "卖出 {wanted} 吨，可卖 {available} 吨（当日买入 {bought_today} 吨不可当日卖出）"
    en = "Selling {wanted} t; {available} t may be sold ({bought_today} t were bought today)"
    remedy_zh = "请先从注册登记账户转入，或减少数量"
    remedy_en = "Move units in from the registry account first, or sell less"


class NotAnOrder(Refusal):
    """The command cannot be kept as an order: a field is out of its range."""

    code = "not_an_order"
    article = "CQETS-17"
    zh = "申报的{name}“{value}”无效"
    en = "“{value}” is no {name} of an order"
    remedy_zh = "请更正后重新申报"
    remedy_en = "Correct it and submit the order again"


class OrderKeyReused(Refusal):
    """The holder's key stands for another order."""

    code = "order_key_reused"
    article = "CQETS-17"
    zh = "申报编号 {key} 已用于另一笔申报（{order}）"
    en = "The key {key} was used for another order ({order})"
    remedy_zh = "请使用新的申报编号"
    remedy_en = "Use a new key"


class MethodNotEnabled(Refusal):
    """The market does not trade by this method."""

    code = "method_not_enabled"
    article = "CQETS-17"
    zh = "本市场未开通交易方式 {method}（已开通：{enabled}）"
    en = "The method {method} is not enabled; enabled are {enabled}"
    remedy_zh = "请采用已开通的交易方式"
    remedy_en = "Use an enabled method"


class DayClosed(Refusal):
    """The day's sheets are published; nothing trades any more."""

    code = "day_closed"
    article = "CQETS-20"
    zh = "{day} 已收市，日行情已公布"
    en = "{day} is closed and its sheets are published"
    remedy_zh = "请于下一交易日办理"
    remedy_en = "Come back on the next trading day"


class OrderNotOpen(Refusal):
    """No open order of this holder has the number."""

    code = "order_not_open"
    article = "CQETS-17"
    zh = "没有可撤的申报 {order}"
    en = "There is no open order {order}"
    remedy_zh = "该申报可能已成交、已撤或已过期"
    remedy_en = "It may be filled, withdrawn or expired"


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to enter. `key` is the holder's own and makes it happen once; no price: market."""

    key: str
    holder: Organisation
    product: str
    buy: bool
    qty: int
    price_fen: int | None
    tif: str = DAY


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An open order to take back (撤单)."""

    holder: Organisation
    order: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command, durable when given.

    `order` is 0 where nothing is kept that a number could name; `traded_t` counts from its entry.
    """

    order: int
    state: str
    traded_t: int
    refusal: Refusal | None = None


def must_be_an_order(command: NewOrder) -> None:
    """Refuse a command whose fields could not be kept.

    Raises:
        NotAnOrder.
    """
    fields = (
        ("key", command.key, 0 < len(command.key) <= KEY_LENGTH),
        ("tif", command.tif, command.tif in {DAY, IOC, FOK}),
        ("qty", command.qty, command.qty <= LARGEST_T),
        ("price", command.price_fen, (command.price_fen or 0) <= LARGEST_FEN),
    )
    for name, value, is_fine in fields:
        if not is_fine:
            raise NotAnOrder(field=name, name=name, value=value)
