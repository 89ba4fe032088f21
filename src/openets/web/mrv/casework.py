"""What may be done about reports and verifications on the page of their case."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse

from openets.casework.models import Case
from openets.kernel.quantity import plain
from openets.mrv import correcting, drafts, estimating, report_queries, restatements, restating
from openets.mrv import operations as mrv
from openets.mrv import queries as figures
from openets.mrv.figures import Figures
from openets.parties import queries as parties
from openets.parties.roles import Role
from openets.web.cases.action import (
    WHEN_THE_WINDOW_ENDS,
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

AMOUNTS = {
    "output": Said("产量", "output"),
    "co2_t": Said("二氧化碳排放量（吨）", "tCO₂"),
    "non_co2_t": Said("其他温室气体（吨二氧化碳当量）", "other gases, tCO₂e"),
}
"""What a review decision may correct of a line and product."""
UPHOLD, CORRECT = "uphold", "correct"
OUTCOMES = (
    (UPHOLD, spoken("维持原结果", "Uphold the result")),
    (CORRECT, spoken("更正为下列数值", "Correct it to the figures below")),
)


class AssignBody(MoveForm):
    """Asks which body verifies."""

    body = forms.ChoiceField(label=spoken("核查技术服务机构", "Verification body"))

    def prepare(self) -> None:
        """Offer the registered bodies."""
        bodies = parties.of_role(Role.VERIFICATION_BODY)
        self.fields["body"].choices = [(body.code, body.name) for body in bodies]  # type: ignore[attr-defined]  # A choice field has them.


class EstimateForm(Reasoned):
    """Asks for the estimated figures of every line known, and on what they rest."""

    def prepare(self) -> None:
        """Begin with what is known of the lines last."""
        super().prepare()
        (case,) = self.cases
        self.known = report_queries.figures_before(case.organisation, case.year)
        for n, row in enumerate(self.known):
            for name, label in AMOUNTS.items():
                self.fields[f"{name}_{n}"] = _amount(row, name, label)

    def clean(self) -> dict[str, Any]:
        """Put the estimated figures together."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        data["estimated"] = [_corrected(row, data, n) for n, row in enumerate(self.known)]
        return data


class DecideResult(Reasoned):
    """Asks whether a result stands, else for the figures of every line, and why."""

    outcome = forms.ChoiceField(
        label=spoken("决定", "Decision"), choices=OUTCOMES, widget=forms.RadioSelect, initial=UPHOLD
    )
    field_order = ("reference", "outcome", "reason")

    def prepare(self) -> None:
        """Offer the figures verified so far to be corrected."""
        super().prepare()
        (case,) = self.cases
        self.verified = figures.entered_figures(case.organisation, case.year)
        for n, row in enumerate(self.verified):
            for name, label in AMOUNTS.items():
                self.fields[f"{name}_{n}"] = _amount(row, name, label)

    def clean(self) -> dict[str, Any]:
        """Put the corrected figures together; what was left empty stays as it was."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("outcome") == CORRECT:
            data["corrected"] = [_corrected(row, data, n) for n, row in enumerate(self.verified)]
        return data


def _amount(row: Figures, name: str, label: Said) -> forms.Field:
    return forms.DecimalField(
        label=spoken(
            f"{row.line} {row.product}：{label.zh}", f"{row.line} {row.product}: {label.en}"
        ),
        initial=plain(getattr(row, name)),
        required=False,
        min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "number"}),
    )


def _corrected(row: Figures, data: Mapping[str, Any], n: int) -> Figures:
    told = {name: data.get(f"{name}_{n}") for name in AMOUNTS}
    return replace(row, **{name: value for name, value in told.items() if value is not None})


def _receive_paper(given: Given) -> None:
    mrv.receive_paper(
        organisations=[given.case.organisation],
        year=given.case.year,
        acting=given.acting,
        at=given.at,
    )


def _return_report(given: Given) -> None:
    mrv.return_report(
        organisation=given.case.organisation,
        year=given.case.year,
        reasons=given.reason,
        acting=given.acting,
        at=given.at,
    )


def _withdraw(given: Given) -> None:
    drafts.withdraw_report(
        organisation=given.case.organisation,
        year=given.case.year,
        reasons=given.reason,
        acting=given.acting,
        at=given.at,
    )


def _accept_correction(given: Given) -> None:
    estimating.accept_correction(
        organisation=given.case.organisation,
        year=given.case.year,
        acting=given.acting,
        at=given.at,
    )


def _estimate(given: Given) -> None:
    estimating.estimate_emissions(
        organisation=given.case.organisation,
        year=given.case.year,
        figures=given.data["estimated"],
        basis=given.reason,
        synthetic=settings.DEMO,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _report_page(case: Case) -> str:
    return reverse("report", args=[case.organisation.code, case.year])


def _plan_page(case: Case) -> str:
    return reverse("plan", args=[case.organisation.code])


def _assign(given: Given) -> None:
    body = parties.organisation(given.data["body"])
    mrv.assign_verification(
        bodies={given.case.organisation: body},
        year=given.case.year,
        acting=given.acting,
        at=given.at,
    )


def _notify_result(given: Given) -> None:
    mrv.notify_results(
        organisations=[given.case.organisation],
        year=given.case.year,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _object(given: Given) -> None:
    mrv.object_to_result(
        organisation=given.case.organisation,
        year=given.case.year,
        grounds=given.reason,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _decide(given: Given) -> None:
    mrv.decide_objection(
        organisation=given.case.organisation,
        year=given.case.year,
        corrected=given.data.get("corrected"),
        reasons=given.reason,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _confirm_correction(given: Given) -> None:
    correcting.confirm_correction(**_proposed(given), law=given.law)


def _reject_correction(given: Given) -> None:
    correcting.reject_correction(**_proposed(given), reasons=given.reason)


def _confirm_restatement(given: Given) -> None:
    restating.confirm_restatements(subjects=[given.case.subject], acting=given.acting, at=given.at)


def _reject_restatement(given: Given) -> None:
    restating.reject_restatements(
        subjects=[given.case.subject], reasons=given.reason, acting=given.acting, at=given.at
    )


def _proposed(given: Given) -> dict[str, Any]:
    version = int(given.case.subject.rsplit("/", 1)[1])
    return {
        "organisation": given.case.organisation,
        "year": given.case.year,
        "version": version,
        "acting": given.acting,
        "at": given.at,
    }


ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    ("emission_report", "submit"): Elsewhere(
        Said("在年度报告页面填报并提交", "Filled in and submitted on the page of the report"),
        _report_page,
    ),
    ("emission_report", "withdraw"): CaseAction(_withdraw, Reasoned),
    ("emission_report", "estimate"): Elsewhere(
        Said("在责令改正事项中测算", "Made with the case of the order to correct")
    ),
    ("monitoring_plan", "file"): Elsewhere(
        Said("在监测计划页面备案", "Filed on the page of the plan"), _plan_page
    ),
    ("monitoring_plan", "supersede"): Elsewhere(
        Said("备案新版本时自动替代", "Made by itself when a new version is filed"), _plan_page
    ),
    ("report_correction", "accept"): CaseAction(_accept_correction),
    ("report_correction", "estimate"): CaseAction(
        _estimate,
        EstimateForm,
        effect=Said("测算值作为清缴依据", "The estimate is what the surrender is measured by"),
    ),
    ("emission_report", "return"): CaseAction(_return_report, Reasoned, for_many=Reasoned),
    ("emission_report", "receive_paper"): CaseAction(_receive_paper, for_many=MoveForm),
    ("emission_report", "verify"): CaseAction(_assign, AssignBody, for_many=AssignBody),
    ("emission_report", "confirm"): Elsewhere(
        Said("随核查结果确定自动确认", "Confirmed by itself when the result is final")
    ),
    ("verification", "enter_result"): Elsewhere(
        Said("由受委托的核查机构录入核查结果", "The assigned body enters the result")
    ),
    ("verification", "notify"): CaseAction(_notify_result, for_many=MoveForm),
    ("verification", "stop"): Elsewhere(
        Said("随测算自动终止", "Made by itself when the emissions are estimated")
    ),
    ("verification", "object"): CaseAction(_object, Documented),
    ("verification", "decide"): CaseAction(_decide, DecideResult, for_many=Reasoned),
    ("verification", "let_stand"): WHEN_THE_WINDOW_ENDS,
    ("result_correction", "confirm"): CaseAction(
        _confirm_correction,
        effect=Said("配额、清缴量和抵销上限随之更正", "Allowance, duty and offset cap follow"),
    ),
    ("result_correction", "reject"): CaseAction(_reject_correction, Reasoned),
    ("base_year_restatement", "confirm"): CaseAction(
        _confirm_restatement,
        for_many=MoveForm,
        effect=Said(
            "此后核算的配额采用修正后的基准年度数据，已核定的配额不变",
            "Allowances calculated from now on take the restated base; determined ones stay",
        ),
    ),
    ("base_year_restatement", "reject"): CaseAction(
        _reject_restatement, Reasoned, for_many=Reasoned
    ),
}


def _report_facts(asking: Asking) -> Sequence[Fact]:
    case = asking.case
    found = [
        Fact(Said("报告排放量", "Reported"), f"{grouped(year.total_tco2e)} tCO₂e", "CQETS-24")
        for year in figures.reported_years(case.organisation)
        if year.year == case.year
    ]
    standing = figures.report_standing(
        case.organisation, case.year, law=asking.law, today=asking.today
    )
    if standing:
        found += [
            Fact(Said("在线提交", "Submitted online"), iso(standing.online_date), "CQETS-24"),
            Fact(Said("纸质件", "Written copy"), iso(standing.paper_date), "AMB-57"),
        ]
    return found


def _correction_facts(asking: Asking) -> Sequence[Fact]:
    case = asking.case
    order = report_queries.order_of(case.organisation, case.year)
    if order is None:
        return []
    ground = estimating.GROUNDS[estimating.Ground(order.ground)]
    found = [
        Fact(Said("事由", "Ground"), Said(*ground), "CNETS-43b"),
        Fact(Said("责令改正理由", "Reasons"), order.reasons),
        Fact(Said("改正期限", "Limit"), iso(order.due_date)),
    ]
    estimate = report_queries.estimate_of(case.organisation, case.year)
    if estimate:
        total = f"{grouped(estimate.report.total_tco2e)} tCO₂e"
        found.append(Fact(Said("测算排放量", "Estimated"), total, "CNETS-43b"))
    return found


def _verification_facts(asking: Asking) -> Sequence[Fact]:
    case = asking.case
    sees_drafts = asking.acting.role != Role.KEY_EMITTING_ENTITY
    found = []
    for year in figures.verified_years(case.organisation):
        if year.year == case.year and (year.notified_at or sees_drafts):
            found += [
                Fact(Said("核查机构", "Body"), year.body, "CQETS-25.3"),
                Fact(Said("报告排放量", "Reported"), f"{grouped(year.reported_tco2e)} tCO₂e"),
                Fact(
                    Said("核查排放量", "Verified"),
                    f"{grouped(year.verified_tco2e)} tCO₂e",
                    "CQETS-25",
                ),
                Fact(Said("告知日期", "Told on"), iso(year.notified_at), "CQETS-25"),
            ]
    return found


def _restatement_facts(asking: Asking) -> Sequence[Fact]:
    one = restatements.of_subject(asking.case.subject)
    assert one is not None, "the case was opened with it"
    return [
        Fact(Said("原报告排放量", "As reported"), f"{grouped(one.before_t)} tCO₂e"),
        Fact(
            Said("修正后排放量", "Restated"),
            f"{grouped(one.after_t)} tCO₂e",
            "CQ208-A1.M.2.2d",
            working=one.explanation,
        ),
        Fact(Said("因子集", "Factor set"), f"{one.factors} · {one.gwp}", "AMB-18"),
        Fact(Said("适用年度起", "For allocations from"), str(one.from_year)),
        Fact(Said("修正理由", "Reasons"), one.reasons),
    ]


FACTS: Mapping[str, Tell] = {
    "base_year_restatement": _restatement_facts,
    "emission_report": _report_facts,
    "report_correction": _correction_facts,
    "verification": _verification_facts,
}
