"""The procedures of the room: a determination's way, and the pre-allocation's."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

DETERMINATION = Procedure(
    name="determination",
    zh="配额核定",
    en="Allocation",
    states={
        "calculated": State("已试算", "Calculated"),
        "determined": State("已核定", "Determined"),
        "notified": State("已告知", "Notified", window=True),
        "under_review": State("复核中", "Under review"),
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
        ),
        "object": Move(
            ("notified",),
            "under_review",
            (Role.KEY_EMITTING_ENTITY,),
            "CQETS-11.2",
            "申请复核",
            "Ask for review",
        ),
        "decide": Move(
            ("under_review",),
            "accepted",
            (Role.CITY_BUREAU,),
            "CQETS-11.2b",
            "作出复核决定",
            "Decide the review",
            second_eyes="object",
        ),
        "accept": Move(
            ("notified",),
            "accepted",
            (Role.KEY_EMITTING_ENTITY,),
            "CQ208-A1.4",
            "确认无异议",
            "Accept",
        ),
        "let_stand": Move(
            ("notified",),
            "accepted",
            (Role.CITY_BUREAU, Role.MARKET_CLOCK),
            "CQ208-A1.4",
            "期满无异议",
            "Window ended without objection",
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
        "frozen": State("冻结", "Frozen"),
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
        ),
        "dismiss_risk": Move(
            ("at_risk",),
            "frozen",
            (Role.CITY_BUREAU,),
            "CQ208-4.2c",
            "未确认风险",
            "Dismiss the risk",
        ),
        "cancel": Move(
            ("at_risk",),
            "cancelled",
            (Role.CITY_BUREAU,),
            "CQ208-4.2c",
            "取消预分配",
            "Cancel",
            second_eyes="report_risk",
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
