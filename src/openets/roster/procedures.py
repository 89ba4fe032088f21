"""The procedures of the room: an entity's place on the list, and a change of its registration."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

LISTING = Procedure(
    name="listing",
    zh="重点排放单位名录",
    en="Place on the list",
    states={
        "candidate": State("拟列入", "Candidate"),
        "listed": State("已列入", "Listed", rests=True),
        "removal_proposed": State("拟移出", "Removal proposed"),
        "removed": State("已移出", "Removed", final=True),
        "declined": State("不予列入", "Declined", final=True),
    },
    moves={
        "include": Move(
            ("candidate",),
            "listed",
            (Role.CITY_BUREAU,),
            "CQETS-7",
            "列入名录",
            "List",
            second_eyes="open",
        ),
        "adopt": Move(
            ("candidate",),
            "listed",
            (Role.CITY_BUREAU,),
            "CQ208-A1.L",
            "按公布的名录列入",
            "List as published",
        ),
        "decline": Move(
            ("candidate",), "declined", (Role.CITY_BUREAU,), "CQETS-7", "不予列入", "Decline"
        ),
        "propose_removal": Move(
            ("listed",),
            "removal_proposed",
            (Role.CITY_BUREAU, Role.DISTRICT_BUREAU),
            "CQETS-10",
            "提出移出",
            "Propose removal",
        ),
        "remove": Move(
            ("removal_proposed",),
            "removed",
            (Role.CITY_BUREAU,),
            "CQETS-10",
            "移出名录",
            "Remove",
            second_eyes="propose_removal",
        ),
        "keep": Move(
            ("removal_proposed",),
            "listed",
            (Role.CITY_BUREAU,),
            "CQETS-10",
            "不予移出",
            "Keep on the list",
        ),
    },
)

CHANGE = Procedure(
    name="entity_change",
    zh="变更登记",
    en="Change of registration",
    which_zh="第 {1} 号",
    which_en="No. {1}",
    states={
        "reported": State("已报告", "Reported"),
        "confirmed": State("已确认", "Confirmed"),
        "notified": State("已抄告", "Registry notified"),
        "registered": State("已变更", "Registered", final=True),
        "rejected": State("不予确认", "Rejected", final=True),
    },
    moves={
        "confirm": Move(
            ("reported",), "confirmed", (Role.CITY_BUREAU,), "CQETS-14.2", "确认", "Confirm"
        ),
        "reject": Move(
            ("reported",), "rejected", (Role.CITY_BUREAU,), "CQETS-14.2", "不予确认", "Reject"
        ),
        "send_notice": Move(
            ("confirmed",),
            "notified",
            (Role.CITY_BUREAU,),
            "CQETS-14.2",
            "抄告注册登记机构",
            "Send the copy notice",
        ),
        "register": Move(
            ("notified",),
            "registered",
            (Role.REGISTRY_OPERATOR,),
            "CQETS-14.2",
            "办理变更",
            "Register the change",
        ),
    },
)
