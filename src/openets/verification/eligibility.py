"""Who may verify whom: the conditions of a body, each by itself (核查机构条件). Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from openets.kernel.period import add_months
from openets.rulebook.load import Law

MONTHS = 12
STANDING = {
    "legal_person": ("境内独立法人", "independent legal person in the country"),
    "premises": ("固定场所", "fixed premises"),
    "reputation": ("良好信誉", "good reputation"),
    "accounting": ("健全的财务会计制度", "sound accounting"),
}
"""What i1 asks, by name."""
RULES = {
    "personnel": ("人员管理", "personnel"),
    "activities": ("核查活动管理", "verification activities"),
    "impartiality": ("公正性管理", "impartiality"),
    "files": ("核查文件管理", "verification files"),
    "confidentiality": ("保密管理", "confidentiality"),
    "disputes": ("争议处理", "disputes"),
}
"""The internal rules of i2, by name."""


@dataclass(frozen=True, slots=True)
class Qualified:
    """A verifier's standing in an industry: since when, and whether full-time with the body."""

    person: str
    industry: str
    since_date: date
    full_time: bool
    may_lead: bool
    may_review: bool


@dataclass(frozen=True, slots=True)
class Interest:
    """A service or other tie between a body and an entity; without an end it goes on."""

    kind: str
    until_date: date | None


@dataclass(frozen=True, slots=True)
class Body:
    """What is on file of a body."""

    standing: Collection[str]
    rules: Collection[str]
    reference_projects: int
    people: Sequence[Qualified]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: met, not met, or None where the text gives no number and somebody decides."""

    name: str
    article: str
    zh: str
    en: str
    met: bool | None
    found_zh: str
    found: str


def check_body(
    body: Body, interests: Sequence[Interest], *, industry: str, law: Law, on: date
) -> list[Condition]:
    """Every condition of a body for an entity of an industry on a day, in order.

    Source: BJETS-24, BJETS-24.i1 to i5.
    """
    return [
        _listed("i1", "基本条件", "Standing", STANDING, STANDING, body.standing),
        _listed(
            "i2",
            "内部质量管理制度",
            "Internal rules",
            law.on("mrv.internal_rules", on).items,
            RULES,
            body.rules,
        ),
        Condition(
            "i3",
            "BJETS-24.i3",
            "业绩和经验",
            "Performance and experience",
            True if body.reference_projects else None,
            f"业绩 {body.reference_projects} 项",
            f"{body.reference_projects} reference projects",
        ),
        _people(body.people, industry, law, on),
        _independent(interests, law, on),
    ]


def failed(conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions that bar a body; what is left for decision does not."""
    return [condition for condition in conditions if condition.met is False]


def may_lead(person: Qualified, law: Law, on: date) -> bool:
    """Whether somebody may answer for a report: appointed, with the years in the industry.

    Source: BJETS-24.i4.
    """
    years = law.on("mrv.leader_experience_years", on).whole
    return person.may_lead and add_months(person.since_date, MONTHS * years) <= on


def in_conflict(interest: Interest, law: Law, on: date) -> bool:
    """Whether an interest still bars on a day: to the same day so many years after its end.

    Source: BJETS-24.i5.
    """
    if interest.until_date is None:
        return True
    years = law.on("mrv.interest_window_years", on).whole
    return on <= add_months(interest.until_date, MONTHS * years)


def _listed(
    name: str,
    zh: str,
    en: str,
    asked: Collection[str],
    words: dict[str, tuple[str, str]],
    on_file: Collection[str],
) -> Condition:
    missing = [words[item] for item in asked if item not in on_file]
    return Condition(
        name,
        f"BJETS-24.{name}",
        zh,
        en,
        not missing,
        "缺少：" + "、".join(zh for zh, _ in missing) if missing else "齐备",
        "missing: " + ", ".join(en for _, en in missing) if missing else "complete",
    )


def _people(people: Sequence[Qualified], industry: str, law: Law, on: date) -> Condition:
    there = [p for p in people if p.industry == industry and p.since_date <= on]
    full_time = sum(p.full_time for p in there)
    leaders = sum(may_lead(p, law, on) for p in there)
    enough = len(there) >= law.on("mrv.verifiers_min", on).whole
    mainly = full_time * 2 > len(there)
    return Condition(
        "i4",
        "BJETS-24.i4",
        "人员和经历",
        "People and experience",
        enough and mainly and leaders > 0,
        f"{industry}核查员 {len(there)} 人，专职 {full_time} 人，可任负责人 {leaders} 人",
        f"{len(there)} verifiers of the industry, {full_time} full-time, {leaders} may lead",
    )


def _independent(interests: Sequence[Interest], law: Law, on: date) -> Condition:
    barring = [interest for interest in interests if in_conflict(interest, law, on)]
    named = "；".join(f"{i.kind}（至 {i.until_date or '今'}）" for i in barring)
    return Condition(
        "i5",
        "BJETS-24.i5",
        "无利益关系",
        "No interest",
        not barring,
        named or "无",
        named or "none",
    )
