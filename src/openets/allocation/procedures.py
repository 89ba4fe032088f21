"""The procedures of the room: a determination's way, and the pre-allocation's."""

from openets.casework.objection import Objection
from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

OBJECTION = Objection(
    days="alloc.objection_days",
    article="CQETS-11.2",
    decision_days="alloc.review_decision_days",
    decision_article="CQETS-11.2b",
    unopposed_article="CQ208-A1.4",
    goes_on="accepted",
)

DETERMINATION = Procedure(
    name="determination",
    zh="配额核定",
    en="Allocation",
    states={
        "calculated": State("已试算", "Calculated"),
        "determined": State("已核定", "Determined"),
        **OBJECTION.states(),
        "accepted": State("无异议", "Accepted"),
        "issued": State("已发放", "Issued", final=True),
    },
    moves={
        "determine": Move(
            ("calculated",),
            "determined",
            (Role.CITY_BUREAU,),
            "CQETS-11b",
            "核定配额",
            "Determine",
            second_eyes="open",
        ),
        "notify": Move(
            ("determined",),
            "notified",
            (Role.CITY_BUREAU,),
            "CQ208-1",
            "告知分配结果",
            "Notify the result",
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
        **OBJECTION.moves(),
        "accept": Move(
            ("notified",),
            "accepted",
            (Role.KEY_EMITTING_ENTITY,),
            "CQ208-A1.4",
            "确认无异议",
            "Accept",
        ),
        "issue": Move(
            ("accepted",),
            "issued",
            (Role.REGISTRY_OPERATOR,),
            "CQ208-A1.5.1",
            "发放配额",
            "Issue",
        ),
    },
)

OPEN_STATES = ("calculated", "determined", "notified", "under_review")
"""Where a determination may still change."""

PRE_ALLOCATION = Procedure(
    name="pre_allocation",
    zh="预分配",
    en="Pre-allocation",
    states={
        "frozen": State("冻结", "Frozen", rests=True),
        "at_risk": State("区县反馈风险", "Risk reported"),
        "released": State("已解除冻结", "Released", final=True),
        "cancelled": State("已取消", "Cancelled", final=True),
    },
    moves={
        "report_risk": Move(
            ("frozen",),
            "at_risk",
            (Role.DISTRICT_BUREAU,),
            "CQ208-4.2c",
            "反馈履约风险",
            "Report a risk",
            reasons=True,
        ),
        "dismiss_risk": Move(
            ("at_risk",),
            "frozen",
            (Role.CITY_BUREAU,),
            "CQ208-4.2c",
            "未确认风险",
            "Dismiss the risk",
            reasons=True,
        ),
        "cancel": Move(
            ("at_risk",),
            "cancelled",
            (Role.CITY_BUREAU,),
            "CQ208-4.2c",
            "取消预分配",
            "Cancel",
            second_eyes="report_risk",
            reasons=True,
        ),
        "release": Move(
            ("frozen",),
            "released",
            (Role.CITY_BUREAU, Role.MARKET_CLOCK),
            "CQ208-4.2",
            "解除冻结",
            "Release",
        ),
    },
)
