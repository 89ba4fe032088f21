"""The procedures of the bank link, as tables."""

from openets.casework.procedure import Move, Procedure, State
from openets.parties.roles import Role

ARTICLE, BINDING_ARTICLE = "CQ208-A4.1.3", "CQ208-A4.2.5"
HOLDERS = (Role.KEY_EMITTING_ENTITY, Role.PROJECT_OWNER, Role.INVESTOR, Role.INDIVIDUAL)
_BANK, _EXCHANGE = (Role.BANK,), (Role.EXCHANGE_OPERATOR,)
_SENDING = (Role.MARKET_CLOCK,)

WITHDRAWAL = Procedure(
    name="withdrawal",
    zh="出金",
    en="Withdrawal",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "asked": State("待第二人复核", "Waits for a second person"),
        "approved": State("待发送银行", "To be sent to the bank", rests=True),
        "sent": State("银行办理中", "With the bank", rests=True),
        "paid": State("已出金", "Paid", final=True),
        "rejected": State("银行退回，已解冻", "Refused by the bank, free again", final=True),
        "cancelled": State("已撤回，已解冻", "Cancelled, free again", final=True),
    },
    moves={
        "pass": Move(
            *(("asked",), "approved", (*HOLDERS, *_SENDING), ARTICLE),
            *("免复核", "No second person needed"),
        ),
        "approve": Move(
            *(("asked",), "approved", (*HOLDERS, *_EXCHANGE), ARTICLE, "复核", "Approve"),
            second_eyes="open",
        ),
        "cancel": Move(
            *(("asked", "approved"), "cancelled", HOLDERS, ARTICLE, "撤回", "Cancel"),
        ),
        "send": Move(
            *(("approved",), "sent", _SENDING, ARTICLE, "发送银行", "Send to the bank"),
        ),
        "pay": Move(*(("sent",), "paid", _BANK, ARTICLE, "银行已付", "Paid"), tells=HOLDERS),
        "reject": Move(
            *(("sent",), "rejected", _BANK, ARTICLE, "银行退回", "Refused by the bank"),
            reasons=True,
            tells=HOLDERS,
        ),
    },
)
"""出金: the money is held from the request until the bank has paid or refused."""

BINDING = Procedure(
    name="bank_binding",
    zh="绑卡",
    en="Binding of a bank account",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "asked": State("待发送银行核验", "To be sent for the bank's check", rests=True),
        "sent": State("银行核验中", "The bank checks the name", rests=True),
        "bound": State("已绑定", "Bound", final=True),
        "rejected": State("核验未通过", "The bank's check failed", final=True),
    },
    moves={
        "send": Move(
            *(("asked",), "sent", _SENDING, BINDING_ARTICLE, "发送银行", "Send to the bank"),
        ),
        "bind": Move(
            *(("sent",), "bound", _BANK, BINDING_ARTICLE, "核验通过", "Name confirmed"),
            tells=HOLDERS,
        ),
        "reject": Move(
            *(("sent",), "rejected", _BANK, BINDING_ARTICLE, "核验未通过", "Name not confirmed"),
            reasons=True,
            tells=HOLDERS,
        ),
    },
)
"""绑卡: in the participant's real name, which the bank checks."""

SUSPENSE_ITEM = Procedure(
    name="suspense_item",
    zh="待查款项",
    en="Money whose owner is not known",
    which_zh="第 {number} 号",
    which_en="No. {number}",
    states={
        "waiting": State("待处理", "To be decided"),
        "booking": State("拟入账，待复核", "To be booked, waits for a second person"),
        "return_proposed": State("拟退回，待复核", "To be returned, waits for a second person"),
        "booked": State("已入账", "Booked", final=True),
        "returning": State("银行退款中", "The bank sends it back", rests=True),
        "returned": State("已退回", "Returned", final=True),
    },
    moves={
        "propose_booking": Move(
            *(("waiting",), "booking", _EXCHANGE, ARTICLE, "拟入账", "Propose to book"),
            reasons=True,
        ),
        "propose_return": Move(
            *(("waiting",), "return_proposed", _EXCHANGE, ARTICLE, "拟退回", "Propose to return"),
            reasons=True,
        ),
        "drop": Move(
            *(("booking", "return_proposed"), "waiting", _EXCHANGE, ARTICLE),
            *("不同意", "Not agreed"),
            reasons=True,
        ),
        "book": Move(
            *(("booking",), "booked", _EXCHANGE, ARTICLE, "复核入账", "Book"),
            second_eyes="propose_booking",
        ),
        "order_return": Move(
            *(("return_proposed",), "returning", _EXCHANGE, ARTICLE, "复核退回", "Return"),
            second_eyes="propose_return",
        ),
        "pay_back": Move(
            *(("returning",), "returned", _BANK, ARTICLE, "银行已退", "Sent back"),
        ),
        "fail": Move(
            *(("returning",), "waiting", _BANK, ARTICLE, "退款失败", "Could not be sent back"),
            reasons=True,
            tells=_EXCHANGE,
        ),
    },
)
"""待查款项: a deposit that matches no bound account, decided by two persons of the exchange."""
