"""The procedures of the room: to a registry account, to a trading account, to a certification."""

from openets.casework.procedure import DocumentKind, Move, Procedure, State
from openets.parties.roles import Role

APPLICANTS = (Role.KEY_EMITTING_ENTITY, Role.PROJECT_OWNER, Role.INVESTOR, Role.INDIVIDUAL)
REGISTRY = (Role.REGISTRY_OPERATOR,)
EXCHANGE = (Role.EXCHANGE_OPERATOR,)
PLATFORM = (Role.PLATFORM_OPERATOR,)

_KEPT = "casework.file_retention_years"


def _kinds(**names: tuple[str, str]) -> dict[str, DocumentKind]:
    return {kind: DocumentKind(zh, en, _KEPT) for kind, (zh, en) in names.items()}


_ACCOUNT_DOCUMENTS = _kinds(
    application_form=("开户申请表", "Application form"),
    business_licence=("营业执照", "Business licence"),
    principal_identity=("法定代表人身份证件", "Identity of the principal"),
    registry_authorisation=("登记簿账户授权委托书", "Register authorisation"),
    trading_authorisation=("交易账户授权委托书", "Trading authorisation"),
    registry_contact_identity=("登记联系人身份证件", "Identity of the register contact"),
    trading_contact_identity=("交易联系人身份证件", "Identity of the trading contact"),
    handler_identity=("经办人身份证件", "Identity of the handling person"),
    commitment=("合规交易承诺", "Compliance commitment"),
    service_agreement=("交易服务协议", "Service agreement"),
    other=("其他材料", "Other material"),
)

REGISTRY_OPENING = Procedure(
    name="registry_opening",
    zh="注册登记账户开户",
    en="Opening of a registry account",
    states={
        "asked": State("待选择开户方式", "To be chosen"),
        "verifying": State("待验证原登记簿账户", "Former account to be verified"),
        "filling": State("填报中", "Being filled in"),
        "submitted": State("待审核", "Under review"),
        "returned": State("已退回补正", "Returned"),
        "active": State("已开户", "Active", final=True),
    },
    moves={
        "answer_former": Move(
            ("asked",), "verifying", APPLICANTS, "CQ208-A3.1.2", "选择老用户", "Old user"
        ),
        "answer_new": Move(
            ("asked",), "filling", APPLICANTS, "CQ208-A3.2.2", "选择新用户", "New user"
        ),
        "correct_answer": Move(
            ("verifying",),
            "filling",
            REGISTRY,
            "CQ208-A3.0",
            "更正为新用户",
            "Correct to new user",
            reasons=True,
            tells=APPLICANTS,
        ),
        "verify": Move(
            ("verifying", "filling", "returned"),
            "active",
            APPLICANTS,
            "CQ208-A3.1.3",
            "原登记簿账户验证通过",
            "Former account verified",
            tells=APPLICANTS,
        ),
        "submit": Move(
            ("filling", "returned"),
            "submitted",
            APPLICANTS,
            "CQ208-A3.2.3",
            "提交开户申请",
            "Submit",
            tells=REGISTRY,
        ),
        "approve": Move(
            ("submitted",),
            "active",
            REGISTRY,
            "CQ208-A3.2.3",
            "审核通过",
            "Approve",
            tells=APPLICANTS,
        ),
        "return": Move(
            ("submitted",),
            "returned",
            REGISTRY,
            "CQ208-A3.2.3",
            "退回补正",
            "Return",
            reasons=True,
            tells=APPLICANTS,
        ),
    },
    documents=_ACCOUNT_DOCUMENTS,
)

TRADING_OPENING = Procedure(
    name="trading_opening",
    zh="交易账户开户",
    en="Opening of a trading account",
    which_zh="第 {1} 次申请",
    which_en="application {1}",
    states={
        "filling": State("填报中", "Being filled in"),
        "applied": State("待收齐纸质材料", "Paper awaited"),
        "reviewing": State("待审核", "Under review"),
        "active": State("已开户", "Active", final=True),
        "rejected": State("已驳回", "Rejected", final=True),
        "lapsed": State("已驳回（逾期）", "Rejected (overdue)", final=True),
        "withdrawn": State("已撤回", "Withdrawn", final=True),
    },
    moves={
        "apply": Move(
            ("filling",),
            "applied",
            APPLICANTS,
            "CQ208-A4.2.2",
            "提交开户申请",
            "Apply",
            tells=EXCHANGE,
        ),
        "request_completion": Move(
            ("applied",),
            "applied",
            EXCHANGE,
            "CQ208-A4.2.3",
            "纸质材料不齐，要求补交",
            "Ask to complete the paper",
            reasons=True,
            tells=APPLICANTS,
        ),
        "receive_paper": Move(
            ("applied",),
            "reviewing",
            EXCHANGE,
            "CQ208-A4.2.3",
            "收齐纸质材料",
            "Paper complete",
            tells=APPLICANTS,
        ),
        "approve": Move(
            ("reviewing",),
            "active",
            EXCHANGE,
            "CQ208-A4.2.4",
            "审核通过",
            "Approve",
            tells=APPLICANTS,
        ),
        "reject": Move(
            ("applied", "reviewing"),
            "rejected",
            EXCHANGE,
            "CQ208-A4.2.4",
            "驳回",
            "Reject",
            reasons=True,
            tells=APPLICANTS,
        ),
        "lapse": Move(
            ("applied",),
            "lapsed",
            (Role.MARKET_CLOCK, *EXCHANGE),
            "CQ208-A4.2.4b",
            "逾期驳回，原纸质材料失效",
            "Reject as overdue; earlier paper is void",
            tells=(*APPLICANTS, *EXCHANGE),
        ),
        "withdraw": Move(
            ("filling", "applied"),
            "withdrawn",
            APPLICANTS,
            "CQ208-A4.2.2",
            "撤回申请",
            "Withdraw the application",
        ),
    },
    documents=_ACCOUNT_DOCUMENTS,
)

PLATFORM_CERTIFICATION = Procedure(
    name="platform_certification",
    zh="“碳惠通”平台企业认证",
    en="Certification on the Tanhuitong platform",
    states={
        "registered": State("已注册，未认证", "Registered, not certified", rests=True),
        "filling": State("填报中", "Being filled in"),
        "submitted": State("已提交，待收齐纸质材料", "Submitted, paper awaited"),
        "reviewing": State("待审核", "Under review"),
        "certified": State("已认证", "Certified", final=True),
        "rejected": State("认证未通过", "Rejected", rests=True),
    },
    moves={
        "apply": Move(
            ("registered", "rejected"),
            "filling",
            APPLICANTS,
            "CQ208-A5.1.2",
            "申请认证",
            "Apply for certification",
        ),
        "submit": Move(
            ("filling",),
            "submitted",
            APPLICANTS,
            "CQ208-A5.1.3",
            "提交申请",
            "Submit",
            tells=PLATFORM,
        ),
        "request_completion": Move(
            ("submitted",),
            "submitted",
            PLATFORM,
            "CQ208-A5.1.4",
            "纸质材料不齐，要求补交",
            "Ask to complete the paper",
            reasons=True,
            tells=APPLICANTS,
        ),
        "receive_paper": Move(
            ("submitted",),
            "reviewing",
            PLATFORM,
            "CQ208-A5.1.4",
            "收齐纸质材料",
            "Paper complete",
            tells=APPLICANTS,
        ),
        "approve": Move(
            ("reviewing",),
            "certified",
            PLATFORM,
            "CQ208-A5.1.5",
            "审核通过",
            "Approve",
            tells=APPLICANTS,
        ),
        "reject": Move(
            ("reviewing",),
            "rejected",
            PLATFORM,
            "CQ208-A5.1.5",
            "认证不通过",
            "Reject",
            reasons=True,
            tells=APPLICANTS,
        ),
    },
    documents=_kinds(
        business_licence=("营业执照", "Business licence"),
        other=("其他材料", "Other material"),
    ),
)
