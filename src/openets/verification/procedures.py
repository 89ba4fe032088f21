"""The procedures of the room: a body's work, a finding, and the assessment of a body."""

from openets.casework.procedure import CASE_FILE, DocumentKind, Move, Procedure, State
from openets.parties.roles import Role

BUREAU, BODY = (Role.CITY_BUREAU,), (Role.VERIFICATION_BODY,)

WORK = Procedure(
    name="verification_work",
    zh="核查实施",
    en="Verification work",
    which_zh="{year} 年度第 {2} 次",
    which_en="{year}, attempt {2}",
    states={
        "drawn": State("已抽取，待独立性声明", "Drawn, waits for the declaration"),
        "declared": State("待确认分派", "Waits for the assignment"),
        "assigned": State("已分派，待组建核查组", "Assigned, waits for a team"),
        "in_progress": State("核查中", "In progress"),
        "technical_review": State("技术复核中", "Under technical review"),
        "reviewed": State("待签署提交", "Waits for the signature"),
        "entered": State("结果已提交", "Result entered", final=True),
        "declined": State("机构回避", "Declined", final=True),
        "rejected": State("未确认", "Not confirmed", final=True),
    },
    moves={
        "declare": Move(
            ("drawn",), "declared", BODY, "BJETS-24.i5", "声明独立", "Declare independence"
        ),
        "decline": Move(
            ("drawn",),
            "declined",
            BODY,
            "BJETS-24.i5",
            "申请回避",
            "Decline",
            reasons=True,
            tells=BUREAU,
        ),
        "confirm": Move(
            ("declared",),
            "assigned",
            BUREAU,
            "CQETS-25.3",
            "确认分派",
            "Confirm the assignment",
            second_eyes="open",
            tells=BODY,
        ),
        "reject": Move(
            ("drawn", "declared"),
            "rejected",
            BUREAU,
            "CQETS-25.3",
            "不予确认",
            "Do not confirm",
            second_eyes="open",
            reasons=True,
            tells=BODY,
        ),
        "name_team": Move(
            ("assigned",), "in_progress", BODY, "CQETS-25.3", "组建核查组", "Name the team"
        ),
        "submit": Move(
            ("in_progress",),
            "technical_review",
            BODY,
            "CQETS-25.3",
            "提交技术复核",
            "Submit for technical review",
        ),
        "return": Move(
            ("technical_review",),
            "in_progress",
            BODY,
            "CQETS-25.3",
            "退回核查组",
            "Return to the team",
            reasons=True,
        ),
        "approve": Move(
            ("technical_review",),
            "reviewed",
            BODY,
            "CQETS-25.3",
            "技术复核通过",
            "Approve",
        ),
        "enter": Move(
            ("reviewed",),
            "entered",
            BODY,
            "CQETS-25.3",
            "签署并提交结果",
            "Sign and enter the result",
            tells=BUREAU,
        ),
    },
    documents={
        "site_photo": DocumentKind(
            "现场照片",
            "Photograph on site",
            "mrv.record_retention_years",
            "mrv.retention_report_start",
        ),
        "case_file": CASE_FILE,
    },
)

FINDING = Procedure(
    name="verification_finding",
    zh="核查发现",
    en="Verification finding",
    which_zh="{year} 年度第 {2} 次核查第 {3} 项",
    which_en="{year}, attempt {2}, finding {3}",
    states={
        "raised": State("待单位答复", "Waits for the entity"),
        "answered": State("待核查组核对", "Waits for the verifiers"),
        "closed": State("已关闭", "Closed", final=True),
        "carried": State("未关闭，保守取值", "Unresolved, careful value taken", final=True),
    },
    moves={
        "answer": Move(
            ("raised",),
            "answered",
            (Role.KEY_EMITTING_ENTITY,),
            "CQETS-24.2",
            "说明原因并更正",
            "Answer",
            tells=BODY,
        ),
        "ask_again": Move(
            ("answered",),
            "raised",
            BODY,
            "CQETS-25.3",
            "继续追问",
            "Ask again",
            reasons=True,
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
        "close": Move(
            ("answered",),
            "closed",
            BODY,
            "CQETS-25.3",
            "关闭",
            "Close",
            second_eyes="open",
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
        "carry": Move(
            ("raised", "answered"),
            "carried",
            BODY,
            "CQETS-25.3",
            "按保守取值处理",
            "Take the careful value",
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
    },
    documents={
        "evidence": DocumentKind(
            "佐证材料",
            "Evidence",
            "mrv.record_retention_years",
            "mrv.retention_report_start",
        ),
        "case_file": CASE_FILE,
    },
)

ASSESSMENT = Procedure(
    name="body_assessment",
    zh="核查机构考评",
    en="Assessment of a verification body",
    states={
        "scored": State("已评分", "Scored"),
        "appealed": State("机构有异议", "Appealed"),
        "decided": State("异议已处理", "Appeal decided"),
        "published": State("已公布", "Published", final=True),
    },
    moves={
        "appeal": Move(
            ("scored",),
            "appealed",
            BODY,
            "CQETS-31",
            "提出异议",
            "Appeal",
            reasons=True,
            tells=BUREAU,
        ),
        "decide": Move(
            ("appealed",),
            "decided",
            BUREAU,
            "CQETS-31",
            "处理异议",
            "Decide the appeal",
            reasons=True,
            tells=BODY,
        ),
        "publish": Move(
            ("scored", "decided"),
            "published",
            BUREAU,
            "CQETS-31",
            "公布",
            "Publish",
            second_eyes="open",
            tells=BODY,
        ),
    },
)
