"""The procedure of every transaction that needs a second person."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

REGISTRY_TRANSACTION = Procedure(
    name="registry_transaction",
    zh="登记业务审批",
    en="Approval of a registry transaction",
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
