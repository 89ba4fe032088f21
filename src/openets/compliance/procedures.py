"""The procedures of the room: the ways of offset applications, an advance's, and an excess's."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

OFFSET = Procedure(
    name="offset",
    zh="减排量抵销",
    en="Offset",
    which_zh="{year} 年度，第 {number} 号",
    which_en="{year}, No. {number}",
    states={
        "filed": State("已申请，减排量冻结", "Filed, units frozen"),
        "paper_received": State("清缴申请表已收", "Form received"),
        "under_review": State("主管部门审核中", "Under review"),
        "confirmed": State("已确认", "Confirmed", final=True),
        "rejected": State("不予确认", "Rejected", final=True),
    },
    moves={
        "receive_paper": Move(
            ("filed",),
            "paper_received",
            (Role.PLATFORM_OPERATOR,),
            "CQ208-A5.4",
            "登记清缴申请表",
            "Receive the form",
        ),
        "forward": Move(
            ("paper_received",),
            "under_review",
            (Role.PLATFORM_OPERATOR,),
            "CQ208-A5.4b",
            "转主管部门",
            "Forward",
        ),
        "confirm": Move(
            ("under_review",),
            "confirmed",
            (Role.CITY_BUREAU,),
            "CQ208-A5.4b",
            "确认抵销",
            "Confirm",
            second_eyes="open",
        ),
        "reject": Move(
            ("under_review",),
            "rejected",
            (Role.CITY_BUREAU,),
            "CQ208-A5.4b",
            "不予确认",
            "Reject",
            second_eyes="open",
        ),
    },
)

ADVANCE = Procedure(
    name="advance",
    zh="配额预支",
    en="Advance use",
    which_zh="{year} 年度，第 {number} 号",
    which_en="{year}, No. {number}",
    states={
        "filed": State("已书面申请", "Filed"),
        "granted": State("已同意", "Granted", final=True),
        "refused": State("不予同意", "Refused", final=True),
    },
    moves={
        "grant": Move(
            ("filed",),
            "granted",
            (Role.CITY_BUREAU,),
            "CQ208-4.2b",
            "同意预支",
            "Grant",
            second_eyes="open",
        ),
        "refuse": Move(
            ("filed",),
            "refused",
            (Role.CITY_BUREAU,),
            "CQ208-4.2b",
            "不予同意",
            "Refuse",
            second_eyes="open",
        ),
    },
)

NATIONAL_OFFSET = Procedure(
    name="national_offset",
    zh="国家核证自愿减排量抵销",
    en="Offset through the national register",
    which_zh="{year} 年度，第 {number} 号",
    which_en="{year}, No. {number}",
    states={
        "announced": State("已在国家登记簿申请", "Applied in the national register"),
        "reviewed": State("线下审核通过", "Reviewed"),
        "imported": State("已导入国家登记簿抵销信息", "National export imported"),
        "completed": State("已完成抵销", "Completed", final=True),
        "rejected": State("审核不通过", "Rejected", final=True),
    },
    moves={
        "review": Move(
            ("announced",),
            "reviewed",
            (Role.CITY_BUREAU,),
            "CQ208-A6.2",
            "线下审核通过",
            "Pass the review",
            second_eyes="open",
        ),
        "reject": Move(
            ("announced", "reviewed"),
            "rejected",
            (Role.CITY_BUREAU,),
            "CQ208-A6.2",
            "审核不通过",
            "Reject",
            reasons=True,
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
        "import": Move(
            ("reviewed",),
            "imported",
            (Role.REGISTRY_OPERATOR,),
            "CQ208-A6.3",
            "导入抵销信息",
            "Import the export",
        ),
        "complete": Move(
            ("imported",),
            "completed",
            (Role.REGISTRY_OPERATOR,),
            "CQ208-A6.4",
            "完成抵销",
            "Complete the offset",
            second_eyes="import",
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
    },
)

EXCESS = Procedure(
    name="excess",
    zh="多缴退还",
    en="Return of an excess",
    states={
        "corrected": State("应清缴量已更正，多缴待退还", "Duty corrected, excess to return"),
        "returned": State("已退还", "Returned", final=True),
    },
    moves={
        "return": Move(
            ("corrected",),
            "returned",
            (Role.CITY_BUREAU,),
            "CQETS-26",
            "退还多缴配额",
            "Return the excess",
            second_eyes="open",
            tells=(Role.KEY_EMITTING_ENTITY,),
        ),
    },
)
