"""What may be done about works, findings and assessments on the page of their case."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse

from openets.casework.models import Case
from openets.kernel.quantity import plain
from openets.mrv import correcting
from openets.mrv.figures import total_tco2e
from openets.parties.roles import Role
from openets.verification import operations as verification
from openets.verification import queries
from openets.verification.conservative import QUESTIONABLE
from openets.verification.findings import KINDS
from openets.verification.scoring import CRITERIA
from openets.web.cases.action import (
    Asking,
    CaseAction,
    Documented,
    Elsewhere,
    Fact,
    Given,
    MoveForm,
    Reasoned,
    Tell,
)
from openets.web.language import Said, spoken
from openets.web.numbers import grouped, iso

FIGURES = {name: Said(zh, en) for name, (zh, en) in QUESTIONABLE.items()}
"""The figures a finding may concern, in words."""


def number_field(zh: str, en: str, **given: Any) -> forms.DecimalField:
    """A figure, not below nothing."""
    box = forms.TextInput(attrs={"inputmode": "decimal", "class": "number"})
    facts: dict[str, Any] = {"min_value": 0, "max_digits": 24, "decimal_places": 6, "widget": box}
    return forms.DecimalField(label=spoken(zh, en), **facts | given)


class SignForm(MoveForm):
    """Asks for the signed statement of the body."""

    statement = forms.BooleanField(
        label=spoken(
            "本机构对核查报告的真实性、准确性和完整性负责",
            "This body answers for the truth, accuracy and completeness of its report",
        ),
        required=False,
    )


class AnswerForm(Documented):
    """Asks the entity for cause, correction, maybe another value, and the evidence."""

    cause = forms.CharField(
        label=spoken("原因", "Cause"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    correction = forms.CharField(
        label=spoken("整改措施", "Correction"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    corrected = number_field("更正后的数值（可不填）", "Corrected value (optional)", required=False)
    field_order = ("reference", "cause", "correction", "corrected", "document")

    def prepare(self) -> None:
        """Evidence instead of a note; no value where no figure is questioned."""
        del self.fields["reason"]
        self.fields["document"].label = spoken("佐证材料", "Evidence")
        (case,) = self.cases
        finding = queries.finding_of(case.subject)
        if not finding.figure:
            del self.fields["corrected"]


class DecideScoreForm(Reasoned):
    """Asks for the scores after an appeal; what is left empty stays."""

    def prepare(self) -> None:
        """Offer the scores given so far."""
        super().prepare()
        (case,) = self.cases
        for name, score in queries.assessment_of(case.subject).scores.items():
            zh, en = CRITERIA[name]
            box = number_field(zh, en, initial=score, max_value=100, required=False)
            self.fields[name] = box


def _of_work(given: Given) -> dict[str, Any]:
    return {
        "work": queries.work_of(given.case.subject),
        "acting": given.acting,
        "at": given.at,
    }


def _of_finding(given: Given) -> dict[str, Any]:
    return {
        "finding": queries.finding_of(given.case.subject),
        "acting": given.acting,
        "at": given.at,
    }


def _declare(given: Given) -> None:
    verification.declare_independence(**_of_work(given), law=given.law)


def _decline(given: Given) -> None:
    verification.decline_work(**_of_work(given), reasons=given.reason)


def _confirm(given: Given) -> None:
    verification.confirm_works(
        works=[queries.work_of(given.case.subject)],
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _reject(given: Given) -> None:
    verification.reject_work(**_of_work(given), reasons=given.reason)


def _submit(given: Given) -> None:
    verification.submit_work(**_of_work(given))


def _return(given: Given) -> None:
    verification.return_work(**_of_work(given), reasons=given.reason)


def _approve(given: Given) -> None:
    verification.approve_work(**_of_work(given), note=given.reason)


def _sign(given: Given) -> None:
    statement = bool(given.data.get("statement"))
    verification.sign_result(**_of_work(given), statement=statement, law=given.law)


def _answer(given: Given) -> None:
    verification.answer_finding(
        **_of_finding(given),
        cause=given.data.get("cause", ""),
        correction=given.data.get("correction", ""),
        corrected=given.data.get("corrected"),
    )


def _ask_again(given: Given) -> None:
    verification.ask_again(**_of_finding(given), reasons=given.reason)


def _close(given: Given) -> None:
    verification.close_finding(**_of_finding(given), note=given.reason)


def _appeal(given: Given) -> None:
    verification.appeal_score(
        assessment=queries.assessment_of(given.case.subject),
        grounds=given.reason,
        acting=given.acting,
        at=given.at,
    )


def _decide(given: Given) -> None:
    found = queries.assessment_of(given.case.subject)
    told = {name: given.data.get(name) for name in found.scores}
    scores = {name: Decimal(found.scores[name]) for name in found.scores}
    verification.decide_appeal(
        assessment=found,
        scores=scores | {name: value for name, value in told.items() if value is not None},
        reasons=given.reason,
        acting=given.acting,
        at=given.at,
    )


def _publish(given: Given) -> None:
    verification.publish_scores(
        assessments=[queries.assessment_of(given.case.subject)],
        acting=given.acting,
        at=given.at,
    )


def work_address(case: Case) -> str:
    """The page of the work that a case is about."""
    return reverse("verification_work", args=[queries.work_of(case.subject).pk])


ENDED_BY_ESTIMATE = Elsewhere(
    Said("随测算自动终止", "Made by itself when the emissions are estimated")
)

ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    ("verification_work", "declare"): CaseAction(_declare, for_many=MoveForm),
    ("verification_work", "decline"): CaseAction(_decline, Reasoned),
    ("verification_work", "confirm"): CaseAction(_confirm, for_many=MoveForm),
    ("verification_work", "reject"): CaseAction(_reject, Reasoned, for_many=Reasoned),
    ("verification_work", "name_team"): Elsewhere(
        Said("在核查任务页面组建核查组", "On the page of the work"), work_address
    ),
    ("verification_work", "submit"): CaseAction(_submit),
    ("verification_work", "return"): CaseAction(_return, Reasoned),
    ("verification_work", "approve"): CaseAction(
        _approve,
        Reasoned,
        effect=Said("未关闭的发现按保守取值处理", "Findings left open keep the careful value"),
    ),
    ("verification_work", "enter"): CaseAction(_sign, SignForm),
    ("verification_work", "stop"): ENDED_BY_ESTIMATE,
    ("verification_finding", "answer"): CaseAction(_answer, AnswerForm),
    ("verification_finding", "ask_again"): CaseAction(_ask_again, Reasoned),
    ("verification_finding", "close"): CaseAction(_close, Reasoned),
    ("verification_finding", "carry"): Elsewhere(
        Said("技术复核通过时自动办理", "Made with the technical review")
    ),
    ("verification_finding", "stop"): ENDED_BY_ESTIMATE,
    ("body_assessment", "appeal"): CaseAction(_appeal, Documented),
    ("body_assessment", "decide"): CaseAction(_decide, DecideScoreForm),
    ("body_assessment", "publish"): CaseAction(_publish, for_many=MoveForm),
}


def _work_facts(asking: Asking) -> Sequence[Fact]:
    work = queries.work_of(asking.case.subject)
    found = [
        Fact(Said("核查机构", "Body"), work.body.name, "CQETS-25.3"),
        Fact(
            Said("分派方式", "How assigned"),
            Said(f"随机抽取 {iso(work.draw.drawn_at)}", f"Drawn {iso(work.draw.drawn_at)}")
            if work.draw
            else Said(f"指定：{work.reasons}", f"Chosen: {work.reasons}"),
            "CNETS-27",
        ),
        Fact(
            Said("现场核查", "Site visit"),
            Said("抽中", "Drawn for it") if work.in_depth else Said("未抽中", "Not drawn for it"),
        ),
    ]
    if work.requirement:
        found.append(Fact(Said("特别要求", "Asked in particular"), work.requirement, "BJETS-24.2"))
    if work.declared_by:
        found.append(Fact(Said("独立性声明", "Independent"), work.declared_by, "BJETS-24.i5"))
    if asking.acting.role != Role.KEY_EMITTING_ENTITY and work.team.exists():
        figures, explanation = queries.result(work, law=asking.law, on=asking.today)
        total = f"{grouped(total_tco2e(figures))} tCO₂e"
        steps = work.explanation or explanation.as_json()
        found.append(Fact(Said("核查排放量", "Verified"), total, "CQETS-25.3", steps))
    return found


def _finding_facts(asking: Asking) -> Sequence[Fact]:
    finding = queries.finding_of(asking.case.subject)
    found = [
        Fact(Said("类别", "Kind"), Said(*KINDS[finding.kind])),
        Fact(Said("发现内容", "What was found"), finding.text, "CQETS-25.3"),
    ]
    if finding.figure:
        figure = FIGURES[finding.figure]
        where = f"{finding.line} {finding.product}"
        found.append(
            Fact(Said("涉及数据", "Figure"), Said(f"{where}：{figure.zh}", f"{where}: {figure.en}"))
        )
    if finding.candidate is not None:
        found.append(Fact(Said("核查组认为", "The verifiers' value"), plain(finding.candidate)))
    if finding.cause:
        found += [
            Fact(Said("原因", "Cause"), finding.cause, "CQETS-24.2"),
            Fact(Said("整改措施", "Correction"), finding.correction),
        ]
    if finding.corrected is not None:
        found.append(Fact(Said("单位更正值", "The entity's value"), plain(finding.corrected)))
    return found


def _assessment_facts(asking: Asking) -> Sequence[Fact]:
    found = queries.assessment_of(asking.case.subject)
    rows = [
        Fact(
            Said(*CRITERIA[name]),
            Said(
                f"{score} 分，权重 {found.weights[name]}", f"{score}, weight {found.weights[name]}"
            ),
            "CQETS-31",
        )
        for name, score in found.scores.items()
    ]
    return [*rows, Fact(Said("考评结果", "Result"), plain(found.result), "CQETS-31")]


def _correction_facts(asking: Asking) -> Sequence[Fact]:
    code, year, version = asking.case.subject.rsplit("/", 2)
    assert code == asking.case.organisation.code, "the subject names its entity"
    found = []
    for one in correcting.history(asking.case.organisation, int(year)):
        if one.version == int(version):
            total = f"{grouped(one.verified_tco2e)} tCO₂e"
            found += [
                Fact(Said("更正后排放量", "Corrected to"), total, "CQETS-25.2b"),
                Fact(Said("更正理由", "Reasons"), one.reasons),
                *(
                    Fact(
                        Said("随之处理", "What followed"), Said(followed.done.zh, followed.done.en)
                    )
                    for followed in one.followed
                ),
            ]
    return found


FACTS: Mapping[str, Tell] = {
    "result_correction": _correction_facts,
    "verification_work": _work_facts,
    "verification_finding": _finding_facts,
    "body_assessment": _assessment_facts,
}
