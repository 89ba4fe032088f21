"""One offered run of certified reductions (核证自愿减排量), and what it must be by itself."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from openets.compliance.offset_rules import OffsetRules
from openets.compliance.serials import Serials, Taken
from openets.kernel.quantity import Tonnes
from openets.kernel.refusal import Refusal


class KindNotAdmitted(Refusal):
    """The kind of reduction is none the year's rule admits."""

    code = "kind_not_admitted"
    zh = "“{kind}”不属于可用于抵销的减排量种类（{admitted}）"
    en = "Reductions of the kind “{kind}” are not admitted; admitted are {admitted}"
    remedy_zh = "请使用 {admitted}"
    remedy_en = "Use {admitted}"


class SerialsDoNotMatch(Refusal):
    """One serial number is one tonne."""

    code = "serials_do_not_match_amount"
    article = "CQ208-A6.3"
    zh = "序列号共 {count} 个，与数量 {amount_t} 吨不一致"
    en = "The serial range has {count} numbers, the amount is {amount_t} t"
    remedy_zh = "请核对序列号区间和数量"
    remedy_en = "Correct the range or the amount"


class SerialsUsedTwice(Refusal):
    """A reduction is used once."""

    code = "serials_used_twice"
    article = "CQVER-29"
    zh = "序列号 {first} 至 {last} 中有减排量已使用或已在本次申请中列出"
    en = "Serials {first} to {last} hold units already used, or already offered here"
    remedy_zh = "请剔除重复的序列号"
    remedy_en = "Leave out the repeated serials"


class ProjectTypeMissing(Refusal):
    """Without a type nobody can tell that it is no hydropower."""

    code = "project_type_missing"
    zh = "未填写项目类型"
    en = "The project type is missing"
    remedy_zh = "请填写减排项目类型"
    remedy_en = "Give the type of the project"


class ProjectTypeNotAdmitted(Refusal):
    """The project is of an excluded type."""

    code = "project_type_not_admitted"
    zh = "项目类型“{project_type}”产生的减排量不得用于抵销"
    en = "Reductions of project type “{project_type}” may not be used"
    remedy_zh = "请使用其他类型项目产生的减排量"
    remedy_en = "Use reductions of another project type"


class OriginContradictsPlace(Refusal):
    """The class of origin and the list of places of the circle do not agree."""

    code = "origin_contradicts_place"
    zh = "产生地“{place}”与来源类别“{origin}”不符"
    en = "The place “{place}” does not agree with the origin class “{origin}”"
    remedy_zh = "请核对产生地和来源类别"
    remedy_en = "Correct the place or the class"


class ElsewhereNotAdmitted(Refusal):
    """The strict reading admits nothing from outside the city and the circle."""

    code = "elsewhere_not_admitted"
    zh = "不得使用本市和成渝地区双城经济圈以外产生的减排量"
    en = "Reductions from outside the city and the circle are not admitted"
    remedy_zh = "请使用本市或成渝地区双城经济圈产生的减排量"
    remedy_en = "Use reductions from the city or the circle"


class Origin(StrEnum):
    """Where a reduction was produced: the city, the circle outside it, or neither."""

    CITY = "city"
    CIRCLE = "circle"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Reduction:
    """One run of certified reductions (核证自愿减排量), in whole tonnes CO2e."""

    kind: str
    serials: Serials
    amount_t: Tonnes
    origin: Origin
    project_type: str
    place: str = ""
    row: int | None = None


def unit_objection(
    unit: Reduction, rules: OffsetRules, taken: Taken, circle_places: Collection[str]
) -> Refusal | None:
    """Why one offered unit may not be used, or None; its serials are taken from then on.

    Source: CQ208-A1.5.2, CQ208-A1.5.2d, CQ208-A1.5.2e, CQVER-29, AMB-35, AMB-36.
    """
    # The serials are taken whatever else is wrong, so that no second row may claim them.
    serials = serials_objection(unit, taken)
    return (
        _kind_objection(unit, rules)
        or serials
        or _type_objection(unit, rules)
        or _origin_objection(unit, rules, circle_places)
    )


def _kind_objection(unit: Reduction, rules: OffsetRules) -> Refusal | None:
    if unit.kind in rules.kinds.items:
        return None
    return KindNotAdmitted(
        row=unit.row,
        field="kind",
        article=rules.kinds.cite.source,
        kind=unit.kind,
        admitted=", ".join(rules.kinds.items),
    )


def serials_objection(unit: Reduction, taken: Taken) -> Refusal | None:
    """Why the serial numbers of a unit may not be used, or None. Source: CQ208-A6.3, CQVER-29."""
    serials = unit.serials
    is_free = taken.take(replace(serials, series=f"{unit.kind} {serials.series}"))
    if serials.count != unit.amount_t:
        return SerialsDoNotMatch(
            row=unit.row, field="amount_t", count=serials.count, amount_t=unit.amount_t
        )
    if is_free:
        return None
    return SerialsUsedTwice(
        row=unit.row,
        field="serial_from",
        first=f"{serials.series}{serials.first}",
        last=f"{serials.series}{serials.last}",
    )


def _type_objection(unit: Reduction, rules: OffsetRules) -> Refusal | None:
    limits = [rule for rule in (rules.types_deny, rules.types_allow) if rule and rule.items]
    if not limits:
        return None
    article = limits[0].cite.source
    written = unicodedata.normalize("NFKC", unit.project_type).casefold().strip()
    if not written:
        return ProjectTypeMissing(row=unit.row, field="project_type", article=article)
    denied = rules.types_deny.items if rules.types_deny else ()
    allowed = rules.types_allow.items if rules.types_allow else ()
    if any(_names(written, word) for word in denied) or (allowed and written not in allowed):
        return ProjectTypeNotAdmitted(
            row=unit.row, field="project_type", article=article, project_type=unit.project_type
        )
    return None


def _names(written: str, word: str) -> bool:
    """Whether a type is named by a word: small_hydropower is hydropower, hydrogen is not."""
    return bool(re.search(rf"(?<!non)(?<!non[-_ ])(?<!非){re.escape(word)}(?![a-z])", written))


def _origin_objection(
    unit: Reduction, rules: OffsetRules, circle_places: Collection[str]
) -> Refusal | None:
    rule = rules.circle_share_max or rules.cap_share
    listed = bool(unit.place) and any(
        place in unit.place or unit.place in place for place in circle_places
    )
    if circle_places and listed != (unit.origin is Origin.CIRCLE):
        return OriginContradictsPlace(
            row=unit.row,
            field="origin_class",
            article=rule.cite.source,
            place=unit.place,
            origin=unit.origin.value,
        )
    none_elsewhere = rules.elsewhere is not None and rules.elsewhere.text == "none"
    if none_elsewhere and unit.origin is Origin.ELSEWHERE:
        return ElsewhereNotAdmitted(row=unit.row, field="origin_class", article=rule.cite.source)
    return None
