"""The procedures after the close, as tables."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

ARTICLE, REPORT_ARTICLE, RESERVE_ARTICLE = "CQETS-22", "CQVER-36.2", "CQETS-21"
HOLDERS = (Role.KEY_EMITTING_ENTITY, Role.PROJECT_OWNER, Role.INVESTOR, Role.INDIVIDUAL)
_EXCHANGE = (Role.EXCHANGE_OPERATOR,)

OBJECTION = Procedure(
    name="clearing_objection",
    zh="清算单异议",
    en="Objection to a clearing statement",
    which_zh="{0}",
    which_en="{0}",
    states={
        "filed": State("待交易机构决定", "Waits for the exchange's decision"),
        "upheld": State("异议成立", "Upheld", final=True),
        "rejected": State("异议不成立", "Rejected", final=True),
    },
    moves={
        "uphold": Move(
            *(("filed",), "upheld", _EXCHANGE, ARTICLE, "异议成立", "Uphold"),
            reasons=True,
            tells=HOLDERS,
        ),
        "reject": Move(
            *(("filed",), "rejected", _EXCHANGE, ARTICLE, "异议不成立", "Reject"),
            reasons=True,
            tells=HOLDERS,
        ),
    },
)
"""清算单异议: once and in writing, before the next opening; without one the statement stands."""

MARKET_REPORT = Procedure(
    name="market_report",
    zh="交易情况报告",
    en="Market report",
    which_zh="{0}",
    which_en="{0}",
    states={
        "drawn_up": State("已编制", "Drawn up"),
        "published": State("已公布并报送", "Published and submitted", final=True),
    },
    moves={
        "publish": Move(
            *(("drawn_up",), "published", _EXCHANGE, REPORT_ARTICLE),
            *("公布并报送", "Publish and submit"),
            tells=(Role.CITY_BUREAU, Role.SECTOR_DEPARTMENT, Role.FINANCIAL_REGULATOR),
            note_told=("{}", "{}"),
        ),
    },
    titles={"week": ("周报", "Week"), "month": ("月报", "Month"), "year": ("年报", "Year")},
)
"""交易情况报告: published, and submitted to the city bureau and the sector departments."""

RESERVE_USE = Procedure(
    name="reserve_use",
    zh="风险准备金使用",
    en="Use of the risk reserve",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "proposed": State("待第二人批准", "Waits for a second person"),
        "used": State("已使用", "Used", final=True),
        "dropped": State("未批准", "Not approved", final=True),
    },
    moves={
        "approve": Move(
            *(("proposed",), "used", _EXCHANGE, RESERVE_ARTICLE, "批准使用", "Approve"),
            second_eyes="open",
            tells=(Role.CITY_BUREAU,),
        ),
        "drop": Move(
            *(("proposed",), "dropped", _EXCHANGE, RESERVE_ARTICLE, "不批准", "Do not approve"),
            reasons=True,
        ),
    },
)
"""风险准备金使用: decided by two persons of the exchange."""
