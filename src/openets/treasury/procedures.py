"""The procedures of the room: a paid issue and the applications for it, and a buy-back."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

_BUREAU, _FINANCE, _ENTITY = (
    (Role.CITY_BUREAU,),
    (Role.FINANCE_BUREAU,),
    (Role.KEY_EMITTING_ENTITY,),
)
_BY_CLOCK = (Role.CITY_BUREAU, Role.MARKET_CLOCK)

PAID_APPLICATION = Procedure(
    name="paid_application",
    zh="预留配额有偿发放申请",
    en="Application for paid issue of the reserve",
    which_zh="第 {1} 号",
    which_en="No. {1}",
    states={
        "filed": State("待决定", "Waits for the decision"),
        "awarded": State("已获配，待付款", "Awarded, to be paid", window=True),
        "bought": State("已付款发放", "Paid and issued", final=True),
        "declined": State("未获配", "Not awarded", final=True),
        "lapsed": State("逾期未付款", "Not paid in time", final=True),
        "withdrawn": State("已撤回", "Withdrawn", final=True),
    },
    moves={
        "award": Move(
            *(("filed",), "awarded", _BUREAU, "CQ208-4.4", "获配", "Award"), tells=_ENTITY
        ),
        "decline": Move(
            *(("filed",), "declined", _BUREAU, "CQ208-4.4", "不获配", "Decline"),
            reasons=True,
            tells=_ENTITY,
        ),
        "withdraw": Move(("filed",), "withdrawn", _ENTITY, "CQ208-4.4", "撤回", "Withdraw"),
        "buy": Move(("awarded",), "bought", _ENTITY, "CQETS-12", "付款", "Pay"),
        "lapse": Move(
            *(("awarded",), "lapsed", _BY_CLOCK, "CQ208-4.4", "失效", "Lapse"), tells=_ENTITY
        ),
    },
)

PAID_ISSUE = Procedure(
    name="paid_issue",
    zh="预留配额有偿发放",
    en="Paid issue of the reserve",
    which_zh="第 {1} 号",
    which_en="No. {1}",
    states={
        "prepared": State("拟组织", "Prepared"),
        "open": State("付款中", "Open for payment", window=True),
        "closed": State("已结束", "Closed", final=True),
        "withdrawn": State("不组织", "Not organised", final=True),
    },
    moves={
        "open": Move(
            *(("prepared",), "open", _BUREAU, "CQ208-A1.4.2", "批准组织", "Open"),
            second_eyes="open",
        ),
        "withdraw": Move(
            *(("prepared",), "withdrawn", _BUREAU, "CQ208-A1.4.2", "撤回方案", "Withdraw"),
            reasons=True,
        ),
        "close": Move(("open",), "closed", _BY_CLOCK, "CQ208-A1.4.2", "结束", "Close"),
    },
)

BUY_BACK = Procedure(
    name="buy_back",
    zh="配额回购",
    en="Buy-back of allowances",
    which_zh="第 {1} 号",
    which_en="No. {1}",
    states={
        "prepared": State("拟定", "Prepared"),
        "bureau_approved": State("待财政部门同意", "Waits for the finance bureau"),
        "finance_approved": State("待市生态环境局同意", "Waits for the city bureau"),
        "open": State("回购中", "Open", window=True),
        "closed": State("已结束", "Closed", final=True),
        "refused": State("不同意", "Refused", final=True),
    },
    moves={
        "approve": Move(
            *(("prepared",), "bureau_approved", _BUREAU, "CQETS-13.2", "同意", "Approve"),
            second_eyes="open",
            tells=_FINANCE,
        ),
        "approve_second": Move(
            *(("finance_approved",), "open", _BUREAU, "CQETS-13.2", "同意", "Approve"),
            second_eyes="open",
        ),
        "endorse": Move(
            ("prepared",), "finance_approved", _FINANCE, "CQETS-13.2", "同意", "Approve"
        ),
        "endorse_second": Move(
            ("bureau_approved",), "open", _FINANCE, "CQETS-13.2", "同意", "Approve"
        ),
        "refuse": Move(
            ("prepared", "bureau_approved", "finance_approved"),
            "refused",
            (Role.CITY_BUREAU, Role.FINANCE_BUREAU),
            "CQETS-13.2",
            "不同意",
            "Refuse",
            reasons=True,
        ),
        "close": Move(("open",), "closed", _BY_CLOCK, "CQETS-13.2", "结束", "Close"),
    },
)
