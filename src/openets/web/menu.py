"""The left menu: groups by business domain, two levels, each entry a named address."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from openets.parties.matrix import Scope, scope
from openets.parties.roles import Role
from openets.web.language import Said
from openets.web.words import PROCEDURES

WIDTHS = tuple(Scope)
SIGNED_IN = "signed_in"
"""Instead of an operation: shown to everybody who acts for somebody."""
TAKES_PART = "takes_part"
"""Instead of an operation: shown to whoever makes a move of some procedure or is told of one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu."""

    route: str
    label: Said
    icon: str
    operation: str = ""
    """Shown to those to whom the roles matrix grants it in any scope; empty: to everybody."""
    least: Scope = Scope.OWN
    """Shown only where it is granted for at least so much."""
    to_public: bool = False
    """Shown to the public as well, who act for nobody."""
    covers: tuple[str, ...] = ()
    """Further pages at which it is marked, that lie elsewhere than under its address."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages of one business domain."""

    label: Said
    entries: tuple[Entry, ...]
    folds: bool = False
    """Things to look up: folded for whoever works here, unless they look at one of them."""


MENU = (
    Group(
        Said("我的工作", "My work"),
        (
            Entry("home", Said("工作台", "Desk"), "desk", SIGNED_IN),
            Entry("to_do", Said("待办事项", "To do"), "bell", TAKES_PART),
            Entry("inbox", Said("收件箱", "Inbox"), "letter", TAKES_PART),
            Entry("cases", Said("事项查询", "Cases"), "folder", TAKES_PART),
            Entry("deadlines", Said("期限督办", "Deadlines"), "deadline", "deadlines.read"),
            Entry("outbox", Said("发件箱", "Outbox"), "send", "casework.retry"),
            Entry("assistance", Said("帮扶咨询", "Assistance"), "help", "assistance.read"),
        ),
    ),
    Group(
        Said("市场", "Market"),
        (
            Entry("overview", Said("市场总览", "Overview"), "overview"),
            Entry("entities", Said("重点排放单位", "Key emitting entities"), "entities"),
        ),
    ),
    Group(
        Said("交易", "Trading"),
        (
            Entry("market", Said("交易行情", "Quotes"), "market"),
            Entry("trade", Said("交易终端", "Trade"), "trade", "orders.read"),
            Entry("deals", Said("协议与大宗交易", "Deals"), "change", "deals.read"),
            Entry("auctions", Said("单向竞价", "Auctions"), "deadline"),
            Entry("exchange_day", Said("当日运行", "The day"), "deadline", "reconciliation.read"),
            Entry("products", Said("交易产品", "Products"), "kinds"),
            Entry("announcements", Said("交易公告", "Announcements"), "bell"),
            Entry("market_reports", Said("交易报告", "Market reports"), "report"),
        ),
    ),
    Group(
        Said("名录与排放报告", "List and reports"),
        (
            Entry(
                "roster",
                Said("名录管理", "Manage the list"),
                "list",
                "entity_list.read",
                Scope.ASSIGNED,
            ),
            Entry("changes", Said("变更登记", "Changes"), "pencil", "change_registration.read"),
            Entry("figures", Said("基础数据", "Base data"), "report", "roster.supply_figures"),
            Entry("plans", Said("监测计划", "Monitoring plans"), "shield", "monitoring_plan.read"),
            Entry(
                "reports", Said("排放报告", "Emission reports"), "clipboard", "emission_report.read"
            ),
            Entry(
                "accounting",
                Said("排放核算", "Accounting"),
                "calculator",
                "emission_report.read",
                to_public=True,
            ),
            Entry(
                "restatements",
                Said("基准年修正", "Base years restated"),
                "change",
                "restatement.read",
            ),
        ),
    ),
    Group(
        Said("第三方核查", "Verification"),
        (
            Entry(
                "verification",
                Said("核查任务", "Verification work"),
                "verify",
                "verification_work.read",
            ),
            Entry(
                "verification_results",
                Said("核查结果", "Verification results"),
                "done",
                "verification.read",
            ),
            Entry(
                "verification_findings",
                Said("核查发现", "Findings"),
                "help",
                "verification_finding.read",
            ),
            Entry(
                "verification_bodies",
                Said("核查机构", "Verification bodies"),
                "people",
                "verification_bodies.read",
            ),
        ),
    ),
    Group(
        Said("配额分配与清缴", "Allocation and surrender"),
        (
            Entry(
                "allocation", Said("配额分配", "Allocation"), "kinds", "allocation.read", Scope.ALL
            ),
            Entry("surrender", Said("配额清缴", "Surrender"), "surrender", "surrender.read"),
            Entry("offsets", Said("减排量抵销", "Offsets"), "certificate", "offset.read"),
            Entry(
                "national_offsets",
                Said("国家登记簿抵销", "National register"),
                "certificate",
                "offset.read",
            ),
            Entry(
                "district_completion",
                Said("区县完成情况", "Districts"),
                "report",
                "district_assessment.read",
            ),
        ),
    ),
    Group(
        Said("账户与登记", "Accounts and registry"),
        (
            Entry(
                "opening", Said("开户向导", "Open an account"), "person", "registry_opening.submit"
            ),
            Entry(
                "opening_queue",
                Said("开户审核", "Review of openings"),
                "done",
                "opening_queue.read",
            ),
            *(
                Entry("opening_former", Said("原登记簿", "Former register"), "archive", operation)
                for operation in (
                    "opening.import_former_accounts",
                    "opening.reset_former_password",
                )
            ),
            Entry(
                "accounts",
                Said("账户与持有", "Holdings"),
                "account",
                "holdings.read",
                covers=("registry", "holders"),
            ),
            Entry(
                "own_moves",
                Said("划转与自愿注销", "Move and cancel"),
                "change",
                "transaction.move_to_trading",
            ),
            Entry(
                "filings", Said("登记业务审批", "Approvals"), "approve", "registry_transaction.read"
            ),
            Entry("transactions", Said("登记簿", "Register"), "book", "registry_transfer.read"),
            Entry("serial_lots", Said("序列号", "Serials"), "serial", "registry_transfer.read"),
            Entry(
                "standing", Said("账户状态", "Account states"), "shield", "registry_account.read"
            ),
            Entry("freezes", Said("冻结", "Freezes"), "lock", "restriction.read", Scope.ASSIGNED),
            Entry(
                "measures", Said("限制措施", "Measures"), "stop", "restriction.read", Scope.ASSIGNED
            ),
            Entry(
                "government_accounts",
                Said("政府与去向账户", "Government accounts"),
                "bank",
                "registry_transfer.read",
                Scope.ASSIGNED,
            ),
        ),
    ),
    Group(
        Said("交易风险", "Risk of trading"),
        (
            Entry("risk", Said("风险管理台", "Risk desk"), "shield", "market_risk.read"),
            Entry("alerts", Said("交易预警", "Alerts"), "bell", "market_risk.read"),
            Entry(
                "relations", Said("关联账户", "Related accounts"), "people", "surveillance.relate"
            ),
            Entry(
                "large_holders", Said("大户报告", "Large holders"), "report", "large_holder.read"
            ),
            Entry(
                "risk_reports", Said("风险周报", "Weekly reports"), "clipboard", "market_risk.read"
            ),
        ),
    ),
    Group(
        Said("资金与对账", "Money and books"),
        (
            Entry("money", Said("我的资金", "My money"), "bank", "banking.ask_withdrawal"),
            Entry(
                "settlement_desk",
                Said("资金结算", "Settlement desk"),
                "bank",
                "settlement_desk.read",
            ),
            Entry(
                "paid_issue",
                Said("有偿发放与回购", "Paid issue, buy-back"),
                "change",
                "paid_issue.read",
            ),
            Entry("proceeds", Said("出让资金与经费", "Proceeds, budget"), "bank", "proceeds.read"),
            Entry(
                "reconciliation",
                Said("日终对账", "Daily reconciliation"),
                "balance",
                "reconciliation.read",
            ),
            Entry(
                "operating_reports",
                Said("运行报告", "Operating reports"),
                "report",
                "operating_rules.read",
            ),
        ),
    ),
    Group(
        Said("信息公开", "Published"),
        (
            Entry("published_lists", Said("公布名录", "Published list"), "published"),
            Entry("published_reports", Said("报告公开", "Published reports"), "clipboard"),
            Entry("verification_scores", Said("核查机构考评", "Scores of bodies"), "done"),
            Entry("published_plans", Said("分配方案公布", "Published plans"), "list"),
            Entry("fees", Said("手续费标准", "Fees"), "calculator"),
        ),
        folds=True,
    ),
    Group(
        Said("查询与下载", "Look up"),
        (
            Entry("papers", Said("文件核验", "Check a paper"), "verify"),
            Entry("certificates", Said("注销证书核验", "Check a certificate"), "certificate"),
            Entry("organisations", Said("单位目录", "Directory"), "people", "people.read"),
            Entry("downloads", Said("下载中心", "Downloads"), "download"),
            Entry("api:openapi-view", Said("开放接口", "API"), "interface"),
        ),
        folds=True,
    ),
    Group(
        Said("规则", "Rules"),
        (
            Entry("requirements", Said("条文与实现", "Law and code"), "law"),
            Entry("factor_sets", Said("排放因子集", "Factor sets"), "book"),
            Entry("parameters", Said("法定参数", "Parameters"), "parameters"),
            Entry("terms", Said("用语含义", "Terms"), "terms"),
            Entry("transaction_kinds", Said("登记业务种类", "Kinds of transaction"), "kinds"),
            Entry("operating_rules", Said("业务规则", "Operating rules"), "clipboard"),
            Entry("calendar", Said("工作日历", "Calendar"), "calendar"),
        ),
        folds=True,
    ),
)
"""In the order of the year: listed, reporting, verified, given allowances, surrendering them."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as shown on one page."""

    href: str
    label: Said
    icon: str
    here: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A group as shown on one page."""

    label: Said
    links: list[Link]
    is_open: bool


def shown(path: str, role: Role) -> list[Shown]:
    """The menu of a role as seen from `path`; a page this installation lacks is left out."""
    mine = (entry for group in MENU for entry in group.entries if _is_for(entry, role))
    addresses = {entry: href for entry in mine if (href := _href(entry.route))}
    near = {entry: near for entry in addresses if (near := _nearness(entry, path))}
    here = max(near, key=lambda entry: near[entry], default=None)
    groups = []
    for group in MENU:
        links = [
            Link(addresses[entry], entry.label, entry.icon, here=entry == here)
            for entry in group.entries
            if entry in addresses
        ]
        is_open = not group.folds or role == Role.PUBLIC or any(link.here for link in links)
        if links:
            groups.append(Shown(group.label, links, is_open))
    return groups


def _is_for(entry: Entry, role: Role) -> bool:
    if entry.operation == SIGNED_IN:
        return role != Role.PUBLIC
    if entry.operation == TAKES_PART:
        return any(role in procedure.parties for procedure in PROCEDURES.values())
    if not entry.operation or (entry.to_public and role == Role.PUBLIC):
        return True
    reach = scope(role, entry.operation)
    return reach is not None and WIDTHS.index(reach) >= WIDTHS.index(entry.least)


def _nearness(entry: Entry, path: str) -> int:
    """How much of a path leads to an entry; nought where it leads elsewhere."""
    addresses = [href for route in (entry.route, *entry.covers) if (href := _href(route))]
    return max((len(a) for a in addresses if path == a or path.startswith(f"{a}/")), default=0)


def _href(route: str) -> str | None:
    try:
        return reverse(route)
    except NoReverseMatch:
        return None
