"""Who may become a participant of the market (投资者准入): means against the entry rules. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from openets.kernel.refusal import Refusal

FORMS: Mapping[str, tuple[str, str]] = {
    "company": ("企业法人", "company"),
    "partnership": ("合伙企业", "partnership"),
    "person": ("自然人", "person"),
}
"""What an applicant is, as the entry rules tell it."""

MEANS: Mapping[str, tuple[str, str]] = {
    "registered_capital": ("注册资本", "registered capital"),
    "financial_assets": ("金融资产", "financial assets"),
}
"""What is compared."""


class NoEntryRule(Refusal):
    """The rule set admits applicants of other forms only."""

    code = "no_entry_rule"
    article = "CQETS-16"
    zh = "准入规则未规定该类主体（{form}）"
    en = "No entry rule admits an applicant of this form ({form})"
    remedy_zh = "可申请的主体类型：{known}"
    remedy_en = "Forms that are admitted: {known}"


class BelowEntryRule(Refusal):
    """The applicant's means are below the entry rule."""

    code = "below_entry_rule"
    article = "CQETS-16"
    zh = "{form_zh}的{of_zh}为 {given} 元，低于准入标准 {least} 元"
    en = "A {form_en} with {given} yuan of {of_en} is below the entry rule of {least} yuan"
    remedy_zh = "达到准入标准后再申请"
    remedy_en = "Apply again when the rule is met"


@dataclass(frozen=True, slots=True)
class Means:
    """What an applicant is, and has in whole yuan."""

    form: str
    amount_yuan: int


def must_meet_entry_rules(
    role: str, means: Means | None, rules: Iterable[Mapping[str, Any]]
) -> None:
    """Refuse an applicant whose means are below the rule of its form (准入条件).

    A role that no rule names needs no means: key emitting entities take part by law.
    Source: CQETS-16, AMB-40.

    Raises:
        NoEntryRule, BelowEntryRule.
    """
    own = {rule["form"]: rule for rule in rules if role in rule["participants"]}
    if not own:
        return
    if means is None or means.form not in own:
        raise NoEntryRule(field="form", form=means.form if means else "-", known=", ".join(own))
    rule = own[means.form]
    if means.amount_yuan < rule["least_yuan"]:
        form, of = FORMS[means.form], MEANS[rule["of"]]
        raise BelowEntryRule(
            field="amount_yuan",
            form_zh=form[0],
            form_en=form[1],
            of_zh=of[0],
            of_en=of[1],
            given=means.amount_yuan,
            least=rule["least_yuan"],
        )
