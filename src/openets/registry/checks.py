"""The numbered checks of a movement of units, in the order in which they are made. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What is looked at before units move."""

    ROLE = "role"
    OWN_ACCOUNT = "own_account"
    BASIS = "basis"
    DECISION = "decision"
    SECOND_PERSON = "second_person"
    ENDS = "ends"
    USABLE = "usable"
    WHOLE_TONNES = "whole_tonnes"
    ADMISSIBLE = "admissible"
    AVAILABLE = "available"
    MINIMUM_HOLDING = "minimum_holding"
    UNDONE_ONCE = "undone_once"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class CheckText:
    """A check in words: its number in every kind, its article, and the refusals it ends in."""

    number: int
    zh: str
    en: str
    article: str
    refusals: tuple[str, ...]


CHECKS: Mapping[Check, CheckText] = {
    check: CheckText(number, zh, en, article, refusals)
    for number, (check, zh, en, article, refusals) in enumerate(
        (
            (
                Check.ROLE,
                "由有权限的角色办理",
                "Filed in a role that may",
                "CQETS-5.2b",
                ("not_your_role",),
            ),
            (
                Check.OWN_ACCOUNT,
                "只办理本单位账户",
                "The holder acts on its own account",
                "CQ208-A4.2.6",
                ("not_your_account",),
            ),
            (
                Check.BASIS,
                "有法定依据和文书，不是买卖",
                "A legal basis with its document, and no sale",
                "CQETS-17",
                ("sale_goes_through_the_exchange", "basis_missing", "same_holder"),
            ),
            (
                Check.DECISION,
                "依据已作出的决定或确认",
                "Rests on a decision already made",
                "CQETS-14",
                ("wrong_state", "sale_not_decided", "change_not_conserved"),
            ),
            (
                Check.SECOND_PERSON,
                "申报人不得审批",
                "Approved by somebody else than the filer",
                "CQETS-5.4b",
                ("second_person_needed",),
            ),
            (
                Check.ENDS,
                "账户种类和单位种类符合业务种类",
                "Accounts and units are those of the kind",
                "CQETS-5.2b",
                ("kind_forbids",),
            ),
            (
                Check.USABLE,
                "账户已开立且未被限制或关闭",
                "The accounts are open and not restricted",
                "CQ208-3d",
                ("no_account",),
            ),
            (
                Check.WHOLE_TONNES,
                "数量为不小于 1 的整数吨",
                "Whole tonnes, at least one",
                "CQETS-26",
                ("not_an_amount",),
            ),
            (
                Check.ADMISSIBLE,
                "批次可用于该业务（年度、来源、是否交易过）",
                "The lots serve: vintage, origin, ever traded",
                "CQ208-3b",
                ("unpaid_not_carried_over", "not_enough_units"),
            ),
            (
                Check.AVAILABLE,
                "可用数量足够，不含冻结和预占",
                "Enough units, without the locked and the reserved",
                "CQETS-5.2b",
                ("not_enough_units", "nothing_locked", "units_in_orders", "units_await_decision"),
            ),
            (
                Check.MINIMUM_HOLDING,
                "清缴前保留不少于免费配额的规定比例",
                "The minimum holding stays until the duty is fulfilled",
                "CQETS-26.3",
                ("below_minimum_holding",),
            ),
            (
                Check.UNDONE_ONCE,
                "原业务可以反向登记，且只能一次、不超过原数量",
                "The movement can be undone, once, and for no more than it moved",
                "CQETS-5.2b",
                ("cannot_be_undone", "undone_before", "more_than_moved", "record_handed_on"),
            ),
            (
                Check.ONCE,
                "同一业务编号只办理一次",
                "The same reference happens once",
                "CQETS-22",
                ("reference_reused",),
            ),
        ),
        1,
    )
}
"""Every check; whoever acts, what it rests on, then accounts, units and the reference."""
