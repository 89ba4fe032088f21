"""What may be done about offset applications and advances on the page of their case."""

from collections.abc import Mapping, Sequence

from django.urls import reverse

from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.web.cases.action import (
    Asking,
    CaseAction,
    Elsewhere,
    Fact,
    Given,
    MoveForm,
    Reasoned,
    Tell,
)
from openets.web.forms import TonnesField
from openets.web.language import Said, spoken
from openets.web.numbers import grouped, iso


class ConfirmOffset(Reasoned):
    """Asks for a part, where not all is confirmed, and why."""

    part_t = TonnesField(
        label=spoken("只确认其中一部分（可不填）", "Confirm a part only (optional)"), required=False
    )
    field_order = ("reference", "part_t", "reason")


def _forward(given: Given) -> None:
    application = duties.offset_application(given.case.subject)
    compliance.forward_offset(application=application, acting=given.acting, at=given.at)


def _confirm(given: Given) -> None:
    _decide(given, confirm=True)


def _reject(given: Given) -> None:
    _decide(given, confirm=False)


def _decide(given: Given, *, confirm: bool) -> None:
    compliance.decide_offset(
        application=duties.offset_application(given.case.subject),
        confirm=confirm,
        part_t=given.data.get("part_t"),
        reasons=given.reason,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _grant(given: Given) -> None:
    application = duties.advance_application(given.case.subject)
    compliance.grant_advance(application=application, acting=given.acting, at=given.at)


def _refuse(given: Given) -> None:
    application = duties.advance_application(given.case.subject)
    compliance.refuse_advance(
        application=application, reasons=given.reason, acting=given.acting, at=given.at
    )


def _return_excess(given: Given) -> None:
    compliance.return_excess(
        organisation=given.case.organisation,
        year=given.case.year,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _review_national(given: Given) -> None:
    application = duties.national_application(given.case.subject)
    compliance.review_national(
        application=application, law=given.law, acting=given.acting, at=given.at
    )


def _reject_national(given: Given) -> None:
    compliance.reject_national(
        application=duties.national_application(given.case.subject),
        reasons=given.reason,
        law=given.law,
        acting=given.acting,
        at=given.at,
    )


def _complete_national(given: Given) -> None:
    application = duties.national_application(given.case.subject)
    compliance.complete_national(
        application=application, law=given.law, acting=given.acting, at=given.at
    )


WITH_PAPER = Elsewhere(
    Said("登记申请表时一并转交", "Forwarded together with the receipt of the form")
)
BACK = Said("多缴配额退回登记账户", "The excess returns to the registry account")
ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    ("offset", "receive_paper"): CaseAction(
        _forward,
        for_many=MoveForm,
        effect=Said("登记后即转主管部门审核", "The application goes on to the authority at once"),
    ),
    ("offset", "forward"): WITH_PAPER,
    ("offset", "confirm"): CaseAction(_confirm, ConfirmOffset, for_many=Reasoned),
    ("offset", "reject"): CaseAction(_reject, Reasoned, for_many=Reasoned),
    ("national_offset", "review"): CaseAction(_review_national),
    ("national_offset", "reject"): CaseAction(_reject_national, Reasoned, for_many=Reasoned),
    ("national_offset", "import"): Elsewhere(
        Said(
            "由注册登记机构导入国家登记簿的抵销信息",
            "The registry operator imports the national register's export",
        ),
        lambda _: reverse("national_offsets"),
    ),
    ("national_offset", "complete"): CaseAction(_complete_national),
    ("excess", "return"): CaseAction(_return_excess, effect=BACK),
    ("advance", "grant"): CaseAction(_grant, for_many=MoveForm),
    ("advance", "refuse"): CaseAction(_refuse, Reasoned, for_many=Reasoned),
}


def _offset_facts(asking: Asking) -> Sequence[Fact]:
    application = duties.offset_application(asking.case.subject)
    found = [
        Fact(Said("申请抵销", "Offered"), _tonnes(application.amount_t), "CQETS-27"),
        Fact(Said("申请时间", "Filed"), iso(application.filed_at), "CQ208-A5.4"),
    ]
    if application.confirmed_t is not None:
        confirmed = _tonnes(application.confirmed_t)
        found.append(Fact(Said("确认抵销", "Confirmed"), confirmed, "CQ208-A5.4b"))
    return [*found, *_duty_facts(asking)]


def _national_facts(asking: Asking) -> Sequence[Fact]:
    application = duties.national_application(asking.case.subject)
    offered = _tonnes(application.amount_t)
    return [Fact(Said("申请抵销", "Offered"), offered, "CQ208-A6.1"), *_duty_facts(asking)]


def _advance_facts(asking: Asking) -> Sequence[Fact]:
    application = duties.advance_application(asking.case.subject)
    asked = _tonnes(application.requested_t)
    return [Fact(Said("申请预支", "Asked for"), asked, "CQ208-4.2b"), *_duty_facts(asking)]


def _excess_facts(asking: Asking) -> Sequence[Fact]:
    case = asking.case
    excess_t = duties.excess_t(case.organisation, case.year)
    return [Fact(Said("多缴", "In excess"), _tonnes(excess_t), "CQETS-26"), *_duty_facts(asking)]


def _duty_facts(asking: Asking) -> Sequence[Fact]:
    case = asking.case
    duty = duties.obligation(case.organisation, case.year)
    return [Fact(Said("尚未清缴", "Still owed"), _tonnes(duty.open_t), "CQ208-2")]


def _tonnes(amount_t: int) -> Said:
    return Said(f"{grouped(amount_t)} 吨", f"{grouped(amount_t)} t")


FACTS: Mapping[str, Tell] = {
    "offset": _offset_facts,
    "national_offset": _national_facts,
    "advance": _advance_facts,
    "excess": _excess_facts,
}
