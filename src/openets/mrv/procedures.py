"""The procedures of the room: the report's way and the verification's way."""

from openets.casework.objection import Objection
from openets.casework.procedure import CASE_FILE, DocumentKind, Move, Procedure, State
from openets.parties.roles import Role

REPORT = Procedure(
    name="emission_report",
    zh="温室气体排放报告",
    en="Emission report",
    states={
        "draft": State("草稿", "Draft"),
        "submitted": State("已在线提交", "Submitted online"),
        "complete": State("纸质件已收", "Online and on paper"),
        "under_verification": State("核查中", "Under verification"),
        "confirmed": State("已确认", "Confirmed", final=True),
        "estimated": State("已由主管部门测算", "Estimated by the authority", final=True),
    },
    moves={
        "submit": Move(
            ("draft",), "submitted", (Role.KEY_EMITTING_ENTITY,), "CQETS-24", "提交报告", "Submit"
        ),
        "return": Move(
            ("submitted", "complete"),
            "draft",
            (Role.CITY_BUREAU,),
            "CQETS-24",
            "退回修改",
            "Return for correction",
            reasons=True,
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
        "withdraw": Move(
            ("submitted",),
            "draft",
            (Role.KEY_EMITTING_ENTITY,),
            "CQETS-24",
            "撤回",
            "Withdraw",
            reasons=True,
        ),
        "receive_paper": Move(
            ("submitted",),
            "complete",
            (Role.CITY_BUREAU, Role.DISTRICT_BUREAU),
            "CQETS-24",
            "登记纸质件",
            "Receive the written copy",
        ),
        "verify": Move(
            ("complete",),
            "under_verification",
            (Role.CITY_BUREAU,),
            "CQETS-25.3",
            "委托核查",
            "Send to verification",
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
        "confirm": Move(
            ("under_verification",),
            "confirmed",
            (Role.CITY_BUREAU, Role.MARKET_CLOCK),
            "CQETS-25",
            "确认",
            "Confirm",
        ),
        "estimate": Move(
            ("draft", "submitted", "complete", "under_verification"),
            "estimated",
            (Role.CITY_BUREAU,),
            "CNETS-43b",
            "测算排放量",
            "Estimate the emissions",
            reasons=True,
            tells=(Role.KEY_EMITTING_ENTITY, Role.DISTRICT_BUREAU),
        ),
    },
    documents={
        "supporting_record": DocumentKind(
            "原始记录和管理台账",
            "Supporting record",
            "mrv.record_retention_years",
            "mrv.retention_report_start",
        ),
        "case_file": CASE_FILE,
    },
    kept_from="submit",
)

MONITORING_PLAN = Procedure(
    name="monitoring_plan",
    zh="监测计划（数据质量控制方案）",
    en="Monitoring plan",
    which_zh="第 {2} 版",
    which_en="version {2}",
    states={
        "draft": State("草稿", "Draft", rests=True),
        "filed": State("已备案", "Filed", rests=True),
        "superseded": State("已被替代", "Superseded", final=True),
    },
    moves={
        "file": Move(
            ("draft",), "filed", (Role.KEY_EMITTING_ENTITY,), "CNETS-24", "提交备案", "File"
        ),
        "supersede": Move(
            ("filed",),
            "superseded",
            (Role.KEY_EMITTING_ENTITY,),
            "CNETS-25",
            "以新版本替代",
            "Supersede by a new version",
            reasons=True,
        ),
    },
)

REPORT_CORRECTION = Procedure(
    name="report_correction",
    zh="责令改正（排放报告）",
    en="Order to correct a report",
    states={
        "ordered": State("已责令限期改正", "Ordered to correct"),
        "corrected": State("已改正", "Corrected", final=True),
        "estimated": State("已测算", "Estimated", final=True),
    },
    moves={
        "accept": Move(
            ("ordered",),
            "corrected",
            (Role.CITY_BUREAU,),
            "CNETS-43b",
            "认定已改正",
            "Accept the correction",
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
        "estimate": Move(
            ("ordered",),
            "estimated",
            (Role.CITY_BUREAU,),
            "CNETS-43b",
            "测算排放量",
            "Estimate the emissions",
            second_eyes="open",
            reasons=True,
        ),
    },
)

OBJECTION = Objection(
    days="mrv.objection_days",
    article="CQETS-25.2",
    decision_days="mrv.review_decision_days",
    decision_article="CQETS-25.2b",
    unopposed_article="CQETS-25",
    goes_on="final",
)

VERIFICATION = Procedure(
    name="verification",
    zh="核查",
    en="Verification",
    states={
        "assigned": State("已委托", "Assigned"),
        "result_entered": State("结果已录入", "Result entered"),
        **OBJECTION.states(),
        "final": State("已确定", "Final", final=True),
        "stopped": State("已终止（由主管部门测算）", "Ended by an estimate", final=True),
    },
    moves={
        "enter_result": Move(
            ("assigned",),
            "result_entered",
            (Role.VERIFICATION_BODY,),
            "CQETS-25.3",
            "录入核查结果",
            "Enter the result",
        ),
        "notify": Move(
            ("result_entered",),
            "notified",
            (Role.CITY_BUREAU,),
            "CQETS-25",
            "告知核查结果",
            "Notify the result",
            tells=(Role.KEY_EMITTING_ENTITY, Role.DISTRICT_BUREAU),
        ),
        "stop": Move(
            ("assigned", "result_entered"),
            "stopped",
            (Role.CITY_BUREAU,),
            "CNETS-43b",
            "终止核查",
            "End the verification",
            reasons=True,
            tells=(Role.VERIFICATION_BODY,),
        ),
        **OBJECTION.moves(),
    },
)

RESULT_CORRECTION = Procedure(
    name="result_correction",
    zh="核查结果更正",
    en="Correction of a verified result",
    which_zh="{year} 年度第 {2} 版",
    which_en="{year}, version {2}",
    states={
        "proposed": State("待确认", "Proposed"),
        "confirmed": State("已更正", "Corrected", final=True),
        "rejected": State("未采纳", "Rejected", final=True),
    },
    moves={
        "confirm": Move(
            ("proposed",),
            "confirmed",
            (Role.CITY_BUREAU,),
            "CQETS-25.2b",
            "确认更正",
            "Confirm the correction",
            second_eyes="open",
            tells=(Role.KEY_EMITTING_ENTITY, Role.DISTRICT_BUREAU),
        ),
        "reject": Move(
            ("proposed",),
            "rejected",
            (Role.CITY_BUREAU,),
            "CQETS-25.2b",
            "不予采纳",
            "Reject",
            second_eyes="open",
            reasons=True,
        ),
    },
)

RESTATEMENT = Procedure(
    name="base_year_restatement",
    zh="基准年度参数修正",
    en="Restatement of a base year",
    states={
        "proposed": State("待确认", "Proposed"),
        "confirmed": State("已修正", "Restated", final=True),
        "rejected": State("未采纳", "Rejected", final=True),
    },
    moves={
        "confirm": Move(
            ("proposed",),
            "confirmed",
            (Role.CITY_BUREAU,),
            "CQ208-A1.M.2.2d",
            "确认修正",
            "Confirm the restatement",
            second_eyes="open",
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
        "reject": Move(
            ("proposed",),
            "rejected",
            (Role.CITY_BUREAU,),
            "CQ208-A1.M.2.2d",
            "不予采纳",
            "Reject",
            second_eyes="open",
            reasons=True,
        ),
    },
)
