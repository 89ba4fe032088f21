"""The procedures of the room: the plan's way, a determination's, and the pre-allocation's."""

from openets.casework.objection import Objection
from openets.casework.procedure import DocumentKind, Move, Procedure, State
from openets.parties.roles import Role

OBJECTION = Objection(
    days="alloc.objection_days",
    article="CQETS-11.2",
    decision_days="alloc.review_decision_days",
    decision_article="CQETS-11.2b",
    unopposed_article="CQ208-A1.4",
    goes_on="accepted",
)

PLAN = Procedure(
    name="allocation_plan",
    zh="配额分配方案",
    en="Allocation plan",
    which_zh="{year} 年度第 {2} 版",
    which_en="{year}, version {2}",
    states={
        "draft": State("草案", "Draft"),
        "approved": State("已批准", "Approved"),
        "published": State("已公布", "Published", rests=True),
        "superseded": State("已被取代", "Superseded", final=True),
    },
    moves={
        "approve": Move(
            ("draft",),
            "approved",
            (Role.CITY_BUREAU,),
            "CQETS-11",
            "批准方案",
            "Approve the plan",
            second_eyes="open",
        ),
        "publish": Move(
            ("approved",),
            "published",
            (Role.CITY_BUREAU,),
            "CQETS-29",
            "公布方案",
            "Publish the plan",
        ),
        "supersede": Move(
            ("approved", "published"),
            "superseded",
            # Comes by itself, with the approval of the new plan.
            (Role.CITY_BUREAU, Role.MARKET_CLOCK),
            "CQETS-11",
            "被新方案取代",
            "Replaced by a new plan",
        ),
    },
    documents={
        "plan": DocumentKind(
            "分配方案及依据", "Plan and its basis", "casework.file_retention_years"
        )
    },
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
        "issue_requested": State("待复核发放", "Issue to be approved"),
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
        "request_issue": Move(
            ("accepted",),
            "issue_requested",
            (Role.REGISTRY_OPERATOR,),
            "CQ208-A1.5.1",
            "提交发放",
            "Ask for the issue",
        ),
        "issue": Move(
            ("issue_requested",),
            "issued",
            (Role.REGISTRY_OPERATOR,),
            "CQ208-A1.5.1",
            "复核并发放配额",
            "Approve and issue",
            second_eyes="request_issue",
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
