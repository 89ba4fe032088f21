"""Operating rules: drafted by an institution, in force only as reviewed (业务规则)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.casework.operations import NewCase
from openets.casework.procedure import Procedure
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.refusal import Refusal
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.supervision.models import RuleVersion
from openets.supervision.procedures import REGISTRATION_RULES, TRADING_RULES


@dataclass(frozen=True, slots=True)
class RuleKind:
    """Whose rules they are, and how they are reviewed."""

    zh: str
    en: str
    role: Role
    article: str
    procedure: Procedure


KINDS: Mapping[str, RuleKind] = {
    "registration": RuleKind(
        "注册登记规则",
        "Registration rules",
        Role.REGISTRY_OPERATOR,
        "CQETS-5.2",
        REGISTRATION_RULES,
    ),
    "trading": RuleKind(
        "交易规则", "Trading rules", Role.EXCHANGE_OPERATOR, "CQETS-5.3", TRADING_RULES
    ),
}

APPROVALS: Mapping[tuple[str, Role], str] = {
    ("submitted", Role.CITY_BUREAU): "approve",
    ("regulator_approved", Role.CITY_BUREAU): "approve_second",
    ("submitted", Role.FINANCIAL_REGULATOR): "regulate",
    ("bureau_approved", Role.FINANCIAL_REGULATOR): "regulate_second",
}
"""The move with which an authority approves, by where the review stands."""

MISSING: Mapping[str, tuple[str, str]] = {
    "bureau_approved": ("金融监管部门", "the financial regulator"),
    "regulator_approved": ("市生态环境局", "the city bureau"),
}


class ApprovalMissing(Refusal):
    """Rules come into force only when every authority concerned approved them."""

    code = "approval_missing"
    zh = "{title} 第 {number} 版缺少{missing_zh}的审核同意，不能发布"
    en = "Version {number} of {title} lacks the approval of {missing_en} and cannot be published"
    remedy_zh = "请先报送审核并取得同意"
    remedy_en = "Submit it and obtain the approval first"


class RulesEmpty(Refusal):
    """Rules have a title and a text."""

    code = "rules_empty"
    article = "CQETS-5.2"
    zh = "规则缺少标题或正文"
    en = "The rules lack a title or a text"
    remedy_zh = "请填写标题和正文"
    remedy_en = "Give a title and a text"


class NotLaterThanFormer(Refusal):
    """A version takes effect after the one before it, and not in the past."""

    code = "not_later_than_former"
    article = "CQETS-5.2"
    zh = "生效日期 {day} 须不早于今日，且晚于现行版本的生效日期；最早为 {earliest}"
    en = "{day} is in the past or not after the former version's first day; earliest {earliest}"
    remedy_zh = "请填写 {earliest} 或以后的日期"
    remedy_en = "Give {earliest} or a later day"


@transaction.atomic
def draft_rules(*, kind: str, title: str, text: str, acting: Acting, at: datetime) -> RuleVersion:
    """Draft the next version of an institution's rules. Source: CQETS-5.2, CQETS-5.3.

    Raises:
        NotYourRole, RulesEmpty.
    """
    of = KINDS[kind]
    _must_be_author(of, acting)
    if not title.strip() or not text.strip():
        raise RulesEmpty(article=of.article, field="text" if title.strip() else "title")
    organisation = parties.organisation(acting.organisation)
    latest = RuleVersion.objects.select_for_update().filter(kind=kind).last()
    version = RuleVersion.objects.create(
        kind=kind,
        number=latest.number + 1 if latest else 1,
        organisation=organisation,
        title=title.strip(),
        text=text.strip(),
        drafted_at=at,
    )
    case = NewCase(version.subject, organisation, market_date(at).year)
    casework.open_cases(of.procedure, [case], acting=acting, at=at, article=of.article)
    journal.record(
        operation="supervision.draft_rules",
        subject=version.subject,
        acting=acting,
        at=at,
        article=of.article,
        content={"title": version.title, "text": version.text},
    )
    return version


def submit_rules(*, version: RuleVersion, acting: Acting, at: datetime) -> None:
    """Submit a draft for review. Source: CQETS-5.2, CQETS-5.3.

    Raises:
        NotYourRole, WrongState.
    """
    casework.move_cases(_procedure(version), "submit", [version.subject], acting=acting, at=at)


@transaction.atomic
def approve_rules(
    *, version: RuleVersion, effective_date: date, acting: Acting, at: datetime
) -> RuleVersion:
    """Approve a version from a day on; it is in force when every authority concerned has.

    Where two approve, the later day holds; the version before ends the day before.
    Source: CQETS-5.2, CQETS-5.3.

    Raises:
        NotYourRole, WrongState, NotLaterThanFormer.
    """
    of = KINDS[version.kind]
    acting.must_be(Role.CITY_BUREAU, Role.FINANCIAL_REGULATOR, article=of.article)
    locked = RuleVersion.objects.select_for_update().get(pk=version.pk)
    former = _approved(version.kind).exclude(pk=version.pk).order_by("-effective_date").first()
    earliest = market_date(at)
    if former and former.effective_date:
        earliest = max(earliest, former.effective_date + timedelta(days=1))
    if effective_date < earliest:
        raise NotLaterThanFormer(
            article=of.article, field="effective_date", day=effective_date, earliest=earliest
        )
    move = APPROVALS.get((state(version), Role(acting.role)), "approve")
    if move not in of.procedure.moves:
        acting.must_be(Role.CITY_BUREAU, article=of.article)
    (case,) = casework.move_cases(
        of.procedure,
        move,
        [version.subject],
        acting=acting,
        at=at,
        note=effective_date.isoformat(),
    )
    locked.effective_date = max(effective_date, locked.effective_date or effective_date)
    locked.approved_at = at if case.state == "approved" else None
    locked.save(update_fields=["effective_date", "approved_at"])
    if locked.approved_at and former:
        former.ended_date = locked.effective_date - timedelta(days=1)
        former.save(update_fields=["ended_date"])
    return locked


@transaction.atomic
def return_rules(*, version: RuleVersion, reasons: str, acting: Acting, at: datetime) -> None:
    """Send a version back to its drafter, with reasons. Source: CQETS-5.2, CQETS-5.3.

    Raises:
        NotYourRole, WrongState, ReasonsMissing.
    """
    casework.move_cases(
        _procedure(version), "return", [version.subject], acting=acting, at=at, note=reasons
    )
    RuleVersion.objects.filter(pk=version.pk).update(effective_date=None)


def publish_rules(*, version: RuleVersion, acting: Acting, at: datetime) -> None:
    """Publish an approved version. Source: CQETS-5.2, CQETS-5.3.

    Raises:
        NotYourRole, WrongState.
        ApprovalMissing: names whose approval is missing.
    """
    of = KINDS[version.kind]
    _must_be_author(of, acting)
    stands = state(version)
    if stands not in {"approved", "published"}:
        nobody = ("市生态环境局", "the city bureau")
        both = ("市生态环境局、金融监管部门", "the city bureau and the financial regulator")
        missing = MISSING.get(stands, both if version.kind == "trading" else nobody)
        raise ApprovalMissing(
            article=of.article,
            title=version.title,
            number=version.number,
            missing_zh=missing[0],
            missing_en=missing[1],
        )
    casework.move_cases(of.procedure, "publish", [version.subject], acting=acting, at=at)


def in_force(kind: str, on: date) -> RuleVersion | None:
    """The approved version of a kind of rules that is in force on a day."""
    begun = _approved(kind).filter(effective_date__lte=on)
    return begun.order_by("-effective_date").first()


def state(version: RuleVersion) -> str:
    """Where the review of a version stands."""
    case = cases.case(_procedure(version), version.subject)
    assert case is not None, "every version has its case"
    return case.state


def _must_be_author(of: RuleKind, acting: Acting) -> None:
    acting.must_be(Role.REGISTRY_OPERATOR, Role.EXCHANGE_OPERATOR, article=of.article)
    acting.must_be(of.role, article=of.article)


def _approved(kind: str) -> QuerySet[RuleVersion]:
    return RuleVersion.objects.filter(kind=kind, approved_at__isnull=False)


def _procedure(version: RuleVersion) -> Procedure:
    return KINDS[version.kind].procedure
