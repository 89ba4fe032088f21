"""The procedures of the room: operating rules under review, and a question of an entity."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

REGISTRATION_RULES = Procedure(
    name="registration_rules",
    zh="注册登记规则审核",
    en="Review of the registration rules",
    which_zh="第 {1} 版",
    which_en="version {1}",
    states={
        "draft": State("起草", "Draft", rests=True),
        "submitted": State("已报审", "Submitted"),
        "approved": State("审核同意", "Approved"),
        "published": State("已发布", "Published", final=True),
    },
    moves={
        "submit": Move(
            ("draft",),
            "submitted",
            (Role.REGISTRY_OPERATOR,),
            "CQETS-5.2",
            "报送审核",
            "Submit",
            tells=(Role.CITY_BUREAU,),
        ),
        "approve": Move(
            ("submitted",),
            "approved",
            (Role.CITY_BUREAU,),
            "CQETS-5.2",
            "同意",
            "Approve",
            tells=(Role.REGISTRY_OPERATOR,),
        ),
        "return": Move(
            ("submitted",),
            "draft",
            (Role.CITY_BUREAU,),
            "CQETS-5.2",
            "退回",
            "Return",
            reasons=True,
            tells=(Role.REGISTRY_OPERATOR,),
        ),
        "publish": Move(
            ("approved",),
            "published",
            (Role.REGISTRY_OPERATOR,),
            "CQETS-5.2",
            "发布",
            "Publish",
        ),
    },
)

TRADING_RULES = Procedure(
    name="trading_rules",
    zh="交易规则审核",
    en="Review of the trading rules",
    which_zh="第 {1} 版",
    which_en="version {1}",
    states={
        "draft": State("起草", "Draft", rests=True),
        "submitted": State("已报审", "Submitted"),
        "bureau_approved": State("待金融监管部门审核", "Waits for the financial regulator"),
        "regulator_approved": State("待市生态环境局审核", "Waits for the city bureau"),
        "approved": State("审核同意", "Approved"),
        "published": State("已发布", "Published", final=True),
    },
    moves={
        "submit": Move(
            ("draft",),
            "submitted",
            (Role.EXCHANGE_OPERATOR,),
            "CQETS-5.3",
            "报送审核",
            "Submit",
            tells=(Role.CITY_BUREAU, Role.FINANCIAL_REGULATOR),
        ),
        "approve": Move(
            ("submitted",),
            "bureau_approved",
            (Role.CITY_BUREAU,),
            "CQETS-5.3",
            "同意",
            "Approve",
        ),
        "approve_second": Move(
            ("regulator_approved",),
            "approved",
            (Role.CITY_BUREAU,),
            "CQETS-5.3",
            "同意",
            "Approve",
            tells=(Role.EXCHANGE_OPERATOR,),
        ),
        "regulate": Move(
            ("submitted",),
            "regulator_approved",
            (Role.FINANCIAL_REGULATOR,),
            "CQETS-5.3",
            "同意",
            "Approve",
        ),
        "regulate_second": Move(
            ("bureau_approved",),
            "approved",
            (Role.FINANCIAL_REGULATOR,),
            "CQETS-5.3",
            "同意",
            "Approve",
            tells=(Role.EXCHANGE_OPERATOR,),
        ),
        "return": Move(
            ("submitted", "bureau_approved", "regulator_approved"),
            "draft",
            (Role.CITY_BUREAU, Role.FINANCIAL_REGULATOR),
            "CQETS-5.3",
            "退回",
            "Return",
            reasons=True,
            tells=(Role.EXCHANGE_OPERATOR,),
        ),
        "publish": Move(
            ("approved",),
            "published",
            (Role.EXCHANGE_OPERATOR,),
            "CQETS-5.3",
            "发布",
            "Publish",
        ),
    },
)

QUESTION = Procedure(
    name="question",
    zh="帮扶咨询",
    en="Question to the assistance group",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "open": State("待答复", "Open"),
        "answered": State("已答复", "Answered", final=True),
    },
    moves={
        "answer": Move(
            ("open",),
            "answered",
            (Role.CITY_BUREAU, Role.DISTRICT_BUREAU),
            "CQ208-5.2",
            "答复",
            "Answer",
            reasons=True,
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
    },
)
