"""The procedures of the exchange: the market day after its close, interventions, listings.

The exchange opens the case of a day when it closes trading; the books are compared and the day is
closed above, in `reconciliation`. What is decided on the market is carried out by a second person.
"""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

_RESULT = ("open", "reconciled", "differences", "confirmed")

MARKET_DAY = Procedure(
    name="market_day",
    zh="市场日终",
    en="Market day",
    which_zh="{0}",
    which_en="{0}",
    states={
        "open": State("已收市，待对账", "Trading closed, to be reconciled"),
        "reconciled": State("对账相符，待日结", "Books agree, to be closed"),
        "differences": State("存在差异", "Differences found"),
        "confirmed": State("交易机构已确认，待登记机构日结", "Confirmed by the exchange"),
        "closed": State("已日结", "Closed", rests=True),
    },
    moves={
        "agree": Move(
            sources=_RESULT,
            target="reconciled",
            roles=(Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK),
            article="CQETS-23",
            zh="对账（相符）",
            en="Reconcile: the books agree",
        ),
        "differ": Move(
            sources=_RESULT,
            target="differences",
            roles=(Role.REGISTRY_OPERATOR, Role.MARKET_CLOCK),
            article="CQETS-5.2c",
            zh="对账（有差异）",
            en="Reconcile: differences",
            tells=(Role.EXCHANGE_OPERATOR, Role.REGISTRY_OPERATOR, Role.CITY_BUREAU),
        ),
        "confirm": Move(
            sources=("reconciled", "differences"),
            target="confirmed",
            roles=(Role.EXCHANGE_OPERATOR,),
            article="CQETS-23",
            zh="交易机构确认",
            en="Confirm for the exchange",
        ),
        "close": Move(
            sources=("confirmed",),
            target="closed",
            roles=(Role.REGISTRY_OPERATOR,),
            article="CQETS-5.2c",
            zh="登记机构日结",
            en="Close for the registry",
            second_eyes="confirm",
        ),
        "reopen": Move(
            sources=("closed",),
            target="open",
            roles=(Role.CITY_BUREAU,),
            article="CQETS-5.4",
            zh="重新打开",
            en="Reopen",
            reasons=True,
            tells=(Role.EXCHANGE_OPERATOR, Role.REGISTRY_OPERATOR),
        ),
    },
    kept_from="close",
)
"""日终对账与日结: a day of the market from the end of trading until both institutions closed it."""

CLOSED = "closed"

_EXCHANGE = (Role.EXCHANGE_OPERATOR,)
_TOLD = (
    Role.CITY_BUREAU,
    Role.REGISTRY_OPERATOR,
    Role.KEY_EMITTING_ENTITY,
    Role.INVESTOR,
    Role.PROJECT_OWNER,
    Role.INDIVIDUAL,
)
"""The authority, the registry, and whose orders or trade it is about."""

HALT = Procedure(
    name="trading_halt",
    zh="暂停交易",
    en="Halt of trading",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "decided": State("已决定，待复核", "Decided, to be carried out"),
        "in_force": State("暂停中", "In force", rests=True),
        "resuming": State("恢复交易待复核", "Resumption asked for"),
        "resumed": State("已恢复交易", "Resumed", final=True),
        "declined": State("不予暂停", "Not carried out", final=True),
    },
    moves={
        "halt": Move(
            ("decided",),
            "in_force",
            _EXCHANGE,
            "BJETS-18b",
            "暂停交易",
            "Halt",
            second_eyes="open",
            tells=_TOLD,
            note_told=("{}", "{}"),
        ),
        "decline": Move(
            ("decided",),
            "declined",
            _EXCHANGE,
            "BJETS-18b",
            "不予暂停",
            "Do not halt",
            reasons=True,
        ),
        "ask_resumption": Move(
            ("in_force",),
            "resuming",
            _EXCHANGE,
            "BJETS-18b",
            "提出恢复交易",
            "Ask for resumption",
            reasons=True,
        ),
        "resume": Move(
            ("resuming",),
            "resumed",
            _EXCHANGE,
            "BJETS-18b",
            "恢复交易",
            "Resume",
            second_eyes="ask_resumption",
            tells=_TOLD,
        ),
        "keep": Move(
            ("resuming",),
            "in_force",
            _EXCHANGE,
            "BJETS-18b",
            "继续暂停",
            "Keep halted",
            reasons=True,
        ),
    },
)
"""停牌与复牌: nothing of a product, or of the market, is traded from one moment to another."""

INTERVENTION = Procedure(
    name="market_intervention",
    zh="异常情况处置",
    en="Intervention",
    which_zh="{0}",
    which_en="{0}",
    states={
        "decided": State("已决定，待复核", "Decided, to be carried out"),
        "carried_out": State("已执行", "Carried out", final=True),
        "declined": State("不予执行", "Not carried out", final=True),
    },
    moves={
        "carry_out": Move(
            ("decided",),
            "carried_out",
            _EXCHANGE,
            "BJETS-18b",
            "执行",
            "Carry out",
            second_eyes="open",
            tells=_TOLD,
            note_told=("{}", "{}"),
        ),
        "decline": Move(
            ("decided",),
            "declined",
            _EXCHANGE,
            "BJETS-18b",
            "不予执行",
            "Do not carry out",
            reasons=True,
        ),
    },
)
"""批量撤单、取消成交、调整涨跌幅: done once, by a second person."""

PRODUCT_LISTING = Procedure(
    name="product_listing",
    zh="产品挂牌",
    en="Listing of a product",
    which_zh="{0}",
    which_en="{0}",
    states={
        "decided": State("已决定，待复核", "Decided, to be carried out"),
        "listed": State("已挂牌", "Listed", final=True),
        "declined": State("不予挂牌", "Not listed", final=True),
    },
    moves={
        "carry_out": Move(
            ("decided",),
            "listed",
            _EXCHANGE,
            "CQETS-15",
            "挂牌",
            "List",
            second_eyes="open",
            tells=(Role.CITY_BUREAU, Role.REGISTRY_OPERATOR),
        ),
        "decline": Move(
            ("decided",),
            "declined",
            _EXCHANGE,
            "CQETS-15",
            "不予挂牌",
            "Do not list",
            reasons=True,
        ),
    },
)
"""挂牌: from a day on orders of a product are taken."""
