"""The procedures of the room: a filed transaction, a freeze, a measure, the closing of an account.

Each needs two people: whoever files or decides does not carry out. Source: CQETS-30, AMB-32.
"""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role
from openets.registry.kinds import TRANSACTION_KINDS

FREEZES = (Role.REGISTRY_OPERATOR, Role.CITY_BUREAU)
DECIDES = (Role.CITY_BUREAU, Role.REGISTRY_OPERATOR, Role.EXCHANGE_OPERATOR)
CARRIES_OUT = (Role.REGISTRY_OPERATOR, Role.EXCHANGE_OPERATOR)
ORDERS_WITHDRAWN = ("撤回申报：{}", "orders withdrawn: {}")
PARTICIPANTS = (Role.KEY_EMITTING_ENTITY, Role.INVESTOR, Role.PROJECT_OWNER)

REGISTRY_TRANSACTION = Procedure(
    name="registry_transaction",
    zh="登记业务审批",
    en="Approval of a registry transaction",
    which_zh="{0}，第 {number} 号",
    which_en="{0}, No. {number}",
    titles={name: (kind.zh, kind.en) for name, kind in TRANSACTION_KINDS.items()},
    states={
        "filed": State("待审批", "Filed"),
        "approved": State("已批准，待执行", "Approved, to be executed", rests=True),
        "executed": State("已执行", "Executed", final=True),
        "rejected": State("不予批准", "Rejected", final=True),
        "withdrawn": State("已撤回", "Withdrawn", final=True),
        "expired": State("逾期失效", "Expired", final=True),
    },
    moves={
        "approve": Move(
            ("filed",),
            "approved",
            (Role.CITY_BUREAU,),
            "CQETS-5.4b",
            "批准",
            "Approve",
            second_eyes="open",
            tells=(Role.REGISTRY_OPERATOR,),
        ),
        "reject": Move(
            ("filed",),
            "rejected",
            (Role.CITY_BUREAU,),
            "CQETS-5.4b",
            "不予批准",
            "Reject",
            second_eyes="open",
            reasons=True,
            tells=(Role.REGISTRY_OPERATOR,),
        ),
        "withdraw": Move(
            ("filed",),
            "withdrawn",
            (Role.REGISTRY_OPERATOR, Role.SCHEME_ADMINISTRATOR),
            "CQETS-5.4b",
            "撤回",
            "Withdraw",
        ),
        "execute": Move(
            ("approved",),
            "executed",
            (Role.CITY_BUREAU, Role.MARKET_CLOCK),
            "CQETS-5.2b",
            "执行",
            "Execute",
        ),
        "expire": Move(
            ("filed",),
            "expired",
            (Role.MARKET_CLOCK,),
            "CQETS-5.2b",
            "逾期失效",
            "Expire",
            tells=(Role.REGISTRY_OPERATOR, Role.CITY_BUREAU),
        ),
    },
)

LOCK = Procedure(
    name="lock_order",
    zh="冻结",
    en="Freeze",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "filed": State("待复核", "Filed"),
        "in_force": State("冻结中", "In force", rests=True),
        "lifting": State("解冻待复核", "Lifting asked for"),
        "lifted": State("已解冻", "Lifted", final=True),
        "refused": State("不予冻结", "Not placed", final=True),
    },
    moves={
        "place": Move(
            ("filed",),
            "in_force",
            FREEZES,
            "AMB-32",
            "冻结",
            "Freeze",
            second_eyes="open",
            tells=PARTICIPANTS,
            note_told=ORDERS_WITHDRAWN,
        ),
        "refuse": Move(
            ("filed",), "refused", FREEZES, "AMB-32", "不予冻结", "Do not freeze", reasons=True
        ),
        "ask_lifting": Move(
            ("in_force",),
            "lifting",
            FREEZES,
            "AMB-32",
            "提出解冻",
            "Ask for the lifting",
            reasons=True,
        ),
        "lift": Move(
            ("lifting",),
            "lifted",
            FREEZES,
            "AMB-32",
            "解冻",
            "Lift",
            second_eyes="ask_lifting",
            tells=PARTICIPANTS,
        ),
        "keep": Move(
            ("lifting",), "in_force", FREEZES, "AMB-32", "继续冻结", "Keep frozen", reasons=True
        ),
    },
)

MEASURE = Procedure(
    name="account_measure",
    zh="账户限制措施",
    en="Measure on accounts",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "decided": State("已决定", "Decided"),
        "in_force": State("执行中", "In force", rests=True),
        "lifting": State("已决定解除", "Lifting decided"),
        "lifted": State("已解除", "Lifted", final=True),
        "withdrawn": State("已撤回", "Withdrawn", final=True),
    },
    moves={
        "execute": Move(
            ("decided",),
            "in_force",
            CARRIES_OUT,
            "CQETS-30",
            "执行",
            "Carry out",
            second_eyes="open",
            tells=PARTICIPANTS,
            note_told=ORDERS_WITHDRAWN,
        ),
        "withdraw": Move(
            ("decided",), "withdrawn", DECIDES, "CQETS-30", "撤回", "Withdraw", reasons=True
        ),
        "decide_lifting": Move(
            ("in_force",),
            "lifting",
            DECIDES,
            "CQETS-30",
            "决定解除",
            "Decide the lifting",
            reasons=True,
        ),
        "lift": Move(
            ("lifting",),
            "lifted",
            CARRIES_OUT,
            "CQETS-30",
            "解除",
            "Lift",
            second_eyes="decide_lifting",
            tells=PARTICIPANTS,
        ),
    },
)

CLOSING = Procedure(
    name="account_closing",
    zh="销户",
    en="Closing of an account",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "asked": State("已申请", "Asked for"),
        "closed": State("已销户", "Closed", final=True),
        "refused": State("不予销户", "Not closed", final=True),
    },
    moves={
        "close": Move(
            ("asked",),
            "closed",
            CARRIES_OUT,
            "AMB-33",
            "销户",
            "Close",
            second_eyes="open",
            tells=PARTICIPANTS,
        ),
        "refuse": Move(
            ("asked",),
            "refused",
            CARRIES_OUT,
            "AMB-33",
            "不予销户",
            "Do not close",
            reasons=True,
            tells=PARTICIPANTS,
        ),
    },
)
