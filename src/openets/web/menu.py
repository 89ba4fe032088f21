"""The left menu: groups by business domain, two levels, each entry a named address."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from openets.parties.matrix import scope
from openets.parties.roles import Role
from openets.web.language import Said

SIGNED_IN = "signed_in"
"""Instead of an operation: shown to everybody who acts for somebody."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu."""

    route: str
    label: Said
    icon: str
    operation: str = ""
    """Shown to those to whom the roles matrix grants it in any scope; empty: to everybody."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages of one business domain."""

    label: Said
    entries: tuple[Entry, ...]


MENU = (
    Group(
        Said("市场", "Market"),
        (
            Entry("home", Said("工作台", "Desk"), "overview", SIGNED_IN),
            Entry("overview", Said("市场总览", "Overview"), "overview"),
            Entry("market", Said("交易行情", "Quotes"), "market"),
            Entry(
                "reconciliation",
                Said("日终对账", "Daily reconciliation"),
                "parameters",
                "reconciliation.read",
            ),
        ),
    ),
    Group(
        Said("排放与配额", "Emissions and allowances"),
        (
            Entry("entities", Said("重点排放单位", "Key emitting entities"), "entities"),
            Entry("accounting", Said("排放核算", "Accounting"), "parameters"),
            Entry("surrender", Said("配额清缴", "Surrender"), "entities", "surrender.read"),
        ),
    ),
    Group(
        Said("注册登记", "Registry"),
        (
            Entry("accounts", Said("账户与持有", "Accounts"), "entities", "holdings.read"),
            Entry("papers", Said("文件核验", "Check a paper"), "law"),
            Entry(
                "own_moves",
                Said("划转与自愿注销", "Move and cancel"),
                "market",
                "transaction.move_to_trading",
            ),
            Entry("transactions", Said("登记簿", "Register"), "entities", "registry_transfer.read"),
            Entry(
                "filings",
                Said("登记业务审批", "Approvals"),
                "done",
                "registry_transaction.read",
            ),
            Entry("transaction_kinds", Said("登记业务种类", "Kinds"), "parameters"),
            Entry("certificates", Said("注销证书核验", "Verify a certificate"), "search"),
            Entry("standing", Said("账户状态", "Accounts"), "entities", "registry_account.read"),
            Entry("freezes", Said("冻结", "Freezes"), "lock", "restriction.read"),
            Entry("measures", Said("限制措施", "Measures"), "close", "restriction.read"),
            Entry(
                "government_accounts",
                Said("政府与去向账户", "Government accounts"),
                "parameters",
                "registry_transfer.read",
            ),
        ),
    ),
    Group(
        Said("办理", "Procedures"),
        (
            Entry("to_do", Said("待办事项", "To do"), "bell", "notices.read"),
            Entry("cases", Said("事项查询", "Cases"), "search", "notices.read"),
            Entry("inbox", Said("收件箱", "Inbox"), "letter", "notices.read"),
            Entry("roster", Said("名录管理", "The list"), "list", "entity_list.read"),
            Entry("changes", Said("变更登记", "Changes"), "change", "change_registration.read"),
            Entry("deadlines", Said("期限督办", "Deadlines"), "deadline", "deadlines.read"),
            Entry("outbox", Said("发件箱", "Outbox"), "send", "casework.retry"),
            Entry("assistance", Said("帮扶咨询", "Assistance"), "entities", "assistance.read"),
            Entry("calendar", Said("工作日历", "Calendar"), "calendar"),
        ),
    ),
    Group(
        Said("开户", "Accounts"),
        (
            Entry("opening", Said("开户向导", "Opening"), "done", "registry_opening.submit"),
            Entry("opening_queue", Said("开户审核", "Review"), "done", "opening_queue.read"),
            *(
                Entry("opening_former", Said("原登记簿", "Former register"), "law", operation)
                for operation in (
                    "opening.import_former_accounts",
                    "opening.reset_former_password",
                )
            ),
            Entry("downloads", Said("下载中心", "Downloads"), "download"),
        ),
    ),
    Group(
        Said("单位与人员", "Organisations and people"),
        (Entry("organisations", Said("单位目录", "Directory"), "people", "people.read"),),
    ),
    Group(
        Said("规则", "Rules"),
        (
            Entry("requirements", Said("条文与实现", "Law and code"), "law"),
            Entry("parameters", Said("法定参数", "Parameters"), "parameters"),
            Entry("operating_rules", Said("业务规则", "Operating rules"), "law"),
            Entry(
                "operating_reports",
                Said("运行报告", "Operating reports"),
                "law",
                "operating_rules.read",
            ),
            Entry("terms", Said("用语含义", "Terms"), "law"),
            Entry("api:openapi-view", Said("开放接口", "API"), "interface"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as shown on one page."""

    href: str
    label: Said
    icon: str
    here: bool


def shown(path: str, role: Role) -> list[tuple[Said, list[Link]]]:
    """The menu of a role as seen from `path`; a page this installation lacks is left out."""
    mine = (entry for group in MENU for entry in group.entries if _is_for(entry, role))
    addresses = {entry: href for entry in mine if (href := _href(entry))}
    around = (href for href in addresses.values() if path == href or path.startswith(f"{href}/"))
    here = max(around, key=len, default="")
    groups = [
        (
            group.label,
            [
                Link(addresses[entry], entry.label, entry.icon, addresses[entry] == here)
                for entry in group.entries
                if entry in addresses
            ],
        )
        for group in MENU
    ]
    return [(label, links) for label, links in groups if links]


def _is_for(entry: Entry, role: Role) -> bool:
    if entry.operation == SIGNED_IN:
        return role != Role.PUBLIC
    return not entry.operation or scope(role, entry.operation) is not None


def _href(entry: Entry) -> str | None:
    try:
        return reverse(entry.route)
    except NoReverseMatch:
        return None
