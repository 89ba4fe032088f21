"""The plan of a year (配额总量设定与分配方案): drafted, approved by a second person, published.

Allowances are calculated, determined and issued under an approved plan only, and by the very values
it froze. Source: CQETS-11, CQETS-29.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction

from openets.allocation.levers import OUTLIER_RATIO, PAID_SHARE, parameters
from openets.allocation.models import AllocationPlan
from openets.allocation.procedures import PLAN
from openets.casework import operations as casework
from openets.casework import queries as cases
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.refusal import Refusal
from openets.parties import operations as parties
from openets.parties import queries as listing
from openets.parties.roles import Role
from openets.rulebook.load import Law, NoValueForTime, Rule

FACTORS: Mapping[str, tuple[str, str]] = {
    "growth": ("经济增长", "Economic growth"),
    "industry": ("产业结构调整", "Industrial restructuring"),
    "energy": ("能源结构优化", "Energy structure"),
    "air": ("大气污染物协同控制", "Co-control of air pollutants"),
    "other": ("其他因素", "Other factors"),
}
"""What the law has weighed. Source: CQETS-11."""

BINDING = "approved", "published"


class NoApprovedPlan(Refusal):
    """Nothing is allocated without an approved plan of the year."""

    code = "no_approved_plan"
    article = "CQETS-11"
    zh = "{year} 年度没有已批准的配额分配方案，不能试算定案、核定或发放"
    en = (
        "There is no approved allocation plan of {year}; nothing is allocated or issued without one"
    )
    remedy_zh = "请先拟定方案并由另一人批准"
    remedy_en = "Draft the plan and have a second person approve it"


class PlanDiffers(Refusal):
    """The rulebook says something else than the plan froze."""

    code = "plan_differs"
    article = "CQETS-11"
    zh = "{year} 年度方案已冻结参数，现行规则库有 {count} 项与之不同，首项：{title_zh}（{key}）"
    en = (
        "The plan of {year} froze its parameters; {count} of the rulebook differ, "
        "first {title_en} ({key})"
    )
    remedy_zh = "请恢复参数，或拟定并批准取代原方案的新方案"
    remedy_en = "Restore the values, or approve a new plan that supersedes the former"


class PlanBinds(Refusal):
    """A year has one approved plan."""

    code = "plan_binds"
    article = "CQETS-11"
    zh = "{year} 年度已有批准的方案（第 {version} 版），新方案未声明取代它"
    en = "Version {version} of the plan of {year} is approved; this plan does not supersede it"
    remedy_zh = "请重新拟定取代该版本的方案"
    remedy_en = "Draft a plan that supersedes that version"


class NotToSupersede(Refusal):
    """Only the plan that binds can be superseded, and not once allowances are issued."""

    code = "not_to_supersede"
    article = "CQETS-11"
    zh = "{year} 年度没有可取代的已批准方案"
    en = "There is no approved plan of {year} to supersede"
    remedy_zh = "请不勾选“取代”"
    remedy_en = "Draft it as a first plan"


class BasisMissing(Refusal):
    """A plan says from which control requirement it is made."""

    code = "basis_missing"
    article = "CQETS-11"
    zh = "方案未说明所依据的温室气体排放控制要求"
    en = "The plan does not say from which control requirement it is made"
    remedy_zh = "请填写依据"
    remedy_en = "Write the basis"


class PaidShareNotFree(Refusal):
    """Entities are allocated free of charge; units for payment come from the reserve, by a sale."""

    code = "paid_share_not_free"
    article = "CQETS-12"
    zh = (
        "{year} 年度有偿分配比例为 {share}；各单位配额现按免费分配发放，"
        "有偿发放须另行决定并取自政府预留配额"
    )
    en = (
        "The paid share of {year} is {share}; entities are allocated free of charge, and what is "
        "sold is decided by a sale of its own out of the reserve"
    )
    remedy_zh = "请将有偿分配比例设为 0，并就有偿发放另行作出决定"
    remedy_en = "Set the paid share to 0 and decide a paid issue of the reserve"


class NoSuchPlan(Refusal):
    """No plan of this year and version."""

    code = "no_such_plan"
    article = "CQETS-11"
    zh = "没有 {year} 年度第 {version} 版分配方案"
    en = "There is no version {version} of the allocation plan of {year}"
    remedy_zh = "请核对年度和版本"
    remedy_en = "Check the year and the version"


def values_of(law: Law, year: int) -> list[dict[str, Any]]:
    """The values of the law an allocation of `year` rests on, each with its article. Pure.

    Those of the pre-allocation are of the year after. Source: CQETS-11.
    """
    found = []
    for key in parameters(law):
        if key == OUTLIER_RATIO:
            continue
        for when in (year, year + 1):
            try:
                rule = law.for_year(key, when)
            except NoValueForTime:
                continue
            found.append(_frozen(rule, when))
            break
    return found


def digest_of(values: Sequence[Mapping[str, Any]]) -> str:
    """What two lists of values agree in when the law says the same."""
    said = [(value["key"], value["year"], value["value"]) for value in values]
    return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def draft_plan(
    *,
    year: int,
    basis: str,
    factors: Mapping[str, str],
    supersedes: bool,
    law: Law,
    acting: Acting,
    at: datetime,
) -> AllocationPlan:
    """Draft the plan of a year (拟定方案) with the values the law has for it.

    Source: CQETS-11.

    Raises:
        NotYourRole, BasisMissing, NotToSupersede, PaidShareNotFree.
    """
    acting.must_be(Role.CITY_BUREAU, article="CQETS-11")
    assert factors.keys() <= FACTORS.keys()
    if not basis.strip():
        raise BasisMissing(field="basis")
    bureau = listing.organisation(acting.organisation)
    parties.lock_organisations([bureau])
    former = binding(year)
    if supersedes and former is None:
        raise NotToSupersede(field="supersedes", year=year)
    values = values_of(law, year)
    _must_be_free(values, year)
    plan = AllocationPlan.objects.create(
        year=year,
        version=AllocationPlan.objects.filter(year=year).count() + 1,
        supersedes=former if supersedes else None,
        basis=basis.strip(),
        factors={name: note.strip() for name, note in factors.items() if note.strip()},
        law_values=values,
        parameters_sha256=digest_of(values),
        drafted_at=at,
    )
    journal.record(
        operation="allocation.draft_plan",
        subject=plan.subject,
        acting=acting,
        at=at,
        article="CQETS-11",
        content={"parameters_sha256": plan.parameters_sha256, "values": len(values)},
    )
    casework.open_cases(
        PLAN,
        [casework.NewCase(plan.subject, bureau, year)],
        acting=acting,
        at=at,
        article="CQETS-11",
    )
    return plan


@transaction.atomic
def approve_plan(
    *, year: int, version: int, law: Law, acting: Acting, at: datetime
) -> AllocationPlan:
    """Approve a drafted plan: from now on it binds, and its parameters are frozen.

    Source: CQETS-11.

    Raises:
        NoSuchPlan, NotYourRole, WrongState.
        SamePerson: whoever drafted it.
        PlanDiffers: the law changed since it was drafted.
        PlanBinds: another plan of the year is approved, and this one does not supersede it.
    """
    plan = _locked(year, version)
    casework.move_cases(PLAN, "approve", [plan.subject], acting=acting, at=at)
    _must_agree(plan, law)
    former = binding(year)
    if former is not None:
        if plan.supersedes_id != former.pk:
            raise PlanBinds(year=year, version=former.version)
        casework.move_cases(PLAN, "supersede", [former.subject], acting=acting, at=at)
        former.superseded_at = at
        former.save()
    plan.approved_at = at
    plan.save()
    return plan


@transaction.atomic
def publish_plan(*, year: int, version: int, acting: Acting, at: datetime) -> AllocationPlan:
    """Publish an approved plan. Source: CQETS-29.

    Raises:
        NoSuchPlan, NotYourRole, WrongState.
    """
    plan = _locked(year, version)
    casework.move_cases(PLAN, "publish", [plan.subject], acting=acting, at=at)
    plan.published_at = at
    plan.save()
    return plan


def must_bind(year: int, law: Law) -> AllocationPlan:
    """The approved plan of a year, whose frozen values the law still has.

    Source: CQETS-11.

    Raises:
        NoApprovedPlan, PlanDiffers.
    """
    plan = binding(year)
    if plan is None:
        raise NoApprovedPlan(year=year)
    _must_agree(plan, law)
    return plan


def binding(year: int) -> AllocationPlan | None:
    """The approved plan of a year that no other superseded, or None."""
    approved = AllocationPlan.objects.filter(year=year, approved_at__isnull=False)
    return approved.filter(superseded_at=None).first()


def of_year(year: int) -> Sequence[AllocationPlan]:
    """Every version of a year's plan, the latest first."""
    return list(AllocationPlan.objects.filter(year=year).order_by("-version"))


def numbered(year: int, version: int) -> AllocationPlan:
    """A version of a year's plan.

    Raises:
        NoSuchPlan.
    """
    plan = AllocationPlan.objects.filter(year=year, version=version).first()
    if plan is None:
        raise NoSuchPlan(year=year, version=version)
    return plan


def published(year: int) -> AllocationPlan | None:
    """The plan of a year as published last, or None; drafts are nobody's to see.

    Source: CQETS-29.
    """
    plans = AllocationPlan.objects.filter(year=year, published_at__isnull=False)
    return plans.order_by("-version").first()


def published_years() -> list[int]:
    """The years with a published plan, the latest first."""
    plans = AllocationPlan.objects.filter(published_at__isnull=False)
    return sorted(set(plans.values_list("year", flat=True)), reverse=True)


def years() -> list[int]:
    """The years with a plan."""
    return sorted(set(AllocationPlan.objects.values_list("year", flat=True)))


def state_of(plan: AllocationPlan) -> str:
    """Where a plan stands."""
    return cases.states(PLAN, [plan.subject])[plan.subject]


def _locked(year: int, version: int) -> AllocationPlan:
    """A plan, behind the locks of every version of its year, so that one only is approved."""
    plans = AllocationPlan.objects.filter(year=year).order_by("pk")
    found = [plan for plan in plans.select_for_update() if plan.version == version]
    if not found:
        raise NoSuchPlan(year=year, version=version)
    return found[0]


def _must_agree(plan: AllocationPlan, law: Law) -> None:
    frozen = {(value["key"], value["year"]): value for value in plan.law_values}
    now = {(value["key"], value["year"]): value for value in values_of(law, plan.year)}
    differing = [
        (frozen.get(at) or now[at])
        for at in sorted(frozen.keys() | now.keys())
        if frozen.get(at, {}).get("value") != now.get(at, {}).get("value")
    ]
    if differing:
        first = differing[0]
        raise PlanDiffers(
            year=plan.year,
            count=len(differing),
            key=first["key"],
            title_zh=first["title_zh"],
            title_en=first["title"],
        )


def _must_be_free(values: Sequence[Mapping[str, Any]], year: int) -> None:
    """Nothing allocates a part of an entity's allowance against payment. Source: CQETS-12."""
    share = next((value["value"] for value in values if value["key"] == PAID_SHARE), "0")
    if Decimal(str(share)):
        raise PaidShareNotFree(year=year, share=share)


def _frozen(rule: Rule, year: int) -> dict[str, Any]:
    value = rule.value.isoformat() if isinstance(rule.value, date) else rule.value
    return {
        "key": rule.key,
        "year": year,
        "title": rule.title,
        "title_zh": rule.title_zh,
        "value": value,
        "unit": rule.unit,
        "source": rule.cite.source,
        "quote": rule.cite.quote,
        "assumed": rule.cite.assumed,
    }
