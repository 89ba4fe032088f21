"""The procedures of the room: an alert, the report of a large holder, the weekly risk report."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role
from openets.surveillance.patterns import PATTERNS

EXCHANGE = (Role.EXCHANGE_OPERATOR,)
AUTHORITIES = (Role.CITY_BUREAU, Role.FINANCIAL_REGULATOR, Role.MARKET_REGULATOR)
HOLDERS = (Role.KEY_EMITTING_ENTITY, Role.INVESTOR, Role.PROJECT_OWNER, Role.INDIVIDUAL)

ALERT = Procedure(
    name="market_alert",
    zh="交易预警",
    en="Alert",
    which_zh="{0} {1} {2}",
    which_en="{0} {1} {2}",
    titles={name: (zh, en) for name, (zh, en, _) in PATTERNS.items()},
    states={
        "new": State("新预警", "New"),
        "review": State("核查中", "Under review"),
        "proposed": State("拟采取措施", "Measure proposed"),
        "dismissed": State("已排除", "Dismissed", final=True),
        "measured": State("已采取措施", "Measure taken", final=True),
        "reported": State("已报告主管部门", "Reported to the authorities", final=True),
    },
    moves={
        "review": Move(("new",), "review", EXCHANGE, "CQETS-21", "开始核查", "Review"),
        "dismiss": Move(
            ("review", "proposed"),
            "dismissed",
            EXCHANGE,
            "CQETS-21",
            "排除",
            "Dismiss",
            reasons=True,
        ),
        "propose": Move(
            ("review",),
            "proposed",
            EXCHANGE,
            "CQETS-30",
            "拟采取措施",
            "Propose a measure",
            reasons=True,
        ),
        "take": Move(
            ("proposed",),
            "measured",
            EXCHANGE,
            "CQETS-30",
            "已采取措施",
            "Measure taken",
            second_eyes="propose",
            tells=(Role.CITY_BUREAU,),
            note_told=("{}", "{}"),
        ),
        "report": Move(
            ("review", "proposed"),
            "reported",
            EXCHANGE,
            "CQETS-21",
            "报告主管部门",
            "Report to the authorities",
            reasons=True,
            tells=AUTHORITIES,
        ),
    },
)
"""预警: what was found is looked at by a person, and ends with a reason."""

LARGE_HOLDER = Procedure(
    name="large_holder_report",
    zh="大户报告",
    en="Report of a large holder",
    which_zh="{1}",
    which_en="{1}",
    states={
        "due": State("待报告", "To be filed"),
        "filed": State("已报告，待阅", "Filed, to be read"),
        "read": State("已阅", "Read", final=True),
    },
    moves={
        "file": Move(
            ("due",),
            "filed",
            HOLDERS,
            "CQETS-21",
            "报送大户报告",
            "File the report",
            tells=(*EXCHANGE, Role.CITY_BUREAU),
        ),
        "read": Move(("filed",), "read", EXCHANGE, "CQETS-21", "阅毕", "Read"),
    },
)
"""大户报告: who holds much says why, within days."""

RISK_REPORT = Procedure(
    name="risk_report",
    zh="交易风险周报",
    en="Weekly risk report",
    which_zh="{0}",
    which_en="{0}",
    states={
        "drawn_up": State("已生成", "Drawn up"),
        "reported": State("已报送", "Reported", final=True),
    },
    moves={
        "report": Move(
            ("drawn_up",),
            "reported",
            EXCHANGE,
            "CQETS-21",
            "报送",
            "Report",
            tells=AUTHORITIES,
        ),
    },
)
