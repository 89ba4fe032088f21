"""What may be done about paid issues and buy-backs on the page of their case."""

from collections.abc import Mapping, Sequence

from django.urls import reverse

from openets.casework.models import Case
from openets.treasury import operations as treasury
from openets.treasury.models import BuyBack, PaidApplication, PaidIssue
from openets.treasury.procedures import BUY_BACK, PAID_APPLICATION, PAID_ISSUE
from openets.web.cases.action import (
    Asking,
    CaseAction,
    Elsewhere,
    Fact,
    Given,
    Reasoned,
    Tell,
)
from openets.web.language import Said
from openets.web.numbers import grouped, iso, money


def _number(case: Case) -> int:
    return int(case.subject.rpartition("/")[2])


def _issue(case: Case) -> PaidIssue:
    return PaidIssue.objects.get(pk=_number(case))


def _application(case: Case) -> PaidApplication:
    rows = PaidApplication.objects.select_related("issue", "organisation")
    return rows.get(pk=_number(case))


def _buy_back(case: Case) -> BuyBack:
    return BuyBack.objects.get(pk=_number(case))


def _open(given: Given) -> None:
    treasury.open_sale(issue=_issue(given.case), acting=given.acting, at=given.at)


def _drop(given: Given) -> None:
    treasury.withdraw_sale(
        issue=_issue(given.case), reasons=given.reason, acting=given.acting, at=given.at
    )


def _close(given: Given) -> None:
    treasury.close_sale(issue=_issue(given.case), acting=given.acting, at=given.at)


def _buy(given: Given) -> None:
    application = _application(given.case)
    treasury.buy(application=application, law=given.law, acting=given.acting, at=given.at)


def _take_back(given: Given) -> None:
    treasury.withdraw_application(
        application=_application(given.case), acting=given.acting, at=given.at
    )


def _agree(given: Given) -> None:
    treasury.approve_buy_back(buy_back=_buy_back(given.case), acting=given.acting, at=given.at)


def _refuse(given: Given) -> None:
    treasury.refuse_buy_back(
        buy_back=_buy_back(given.case), reasons=given.reason, acting=given.acting, at=given.at
    )


def _end(given: Given) -> None:
    treasury.close_buy_back(buy_back=_buy_back(given.case), acting=given.acting, at=given.at)


def _page(case: Case) -> str:
    return reverse("paid_issue")


WITH_THE_EVENT = Elsewhere(
    Said("随有偿发放方案一并办理", "Done with the decision on the paid issue"), _page
)
PAYS = Said("付款后配额即时到账，款项全额应缴国库", "Paid and issued at once; all of it is owed on")
OPENS = Said("获配单位即收到付款通知", "Those who are awarded something are told to pay")

ACTIONS: Mapping[tuple[str, str], CaseAction | Elsewhere] = {
    (PAID_ISSUE.name, "open"): CaseAction(_open, effect=OPENS),
    (PAID_ISSUE.name, "withdraw"): CaseAction(_drop, Reasoned),
    (PAID_ISSUE.name, "close"): CaseAction(_close),
    (PAID_APPLICATION.name, "award"): WITH_THE_EVENT,
    (PAID_APPLICATION.name, "decline"): WITH_THE_EVENT,
    (PAID_APPLICATION.name, "lapse"): WITH_THE_EVENT,
    (PAID_APPLICATION.name, "withdraw"): CaseAction(_take_back),
    (PAID_APPLICATION.name, "buy"): CaseAction(_buy, effect=PAYS),
    **{
        (BUY_BACK.name, move): CaseAction(_agree)
        for move in ("approve", "approve_second", "endorse", "endorse_second")
    },
    (BUY_BACK.name, "refuse"): CaseAction(_refuse, Reasoned),
    (BUY_BACK.name, "close"): CaseAction(_end),
}


def _issue_facts(asking: Asking) -> Sequence[Fact]:
    row = _issue(asking.case)
    return [
        *_offer(row.quantity_t, row.price_fen, row.terms, "CQ208-A1.4.2"),
        Fact(Said("最后付款日", "Last day to pay"), iso(row.last_date)),
        *(
            Fact(
                Said(f"获配：{one.organisation.name}", f"Award: {one.organisation.name}"),
                f"{grouped(one.awarded_t)} / {grouped(one.amount_t)} t",
            )
            for one in row.applications.select_related("organisation")
        ),
    ]


def _application_facts(asking: Asking) -> Sequence[Fact]:
    row = _application(asking.case)
    facts = [
        Fact(Said("申请数量（吨）", "Applied for (t)"), grouped(row.amount_t), "CQ208-4.4"),
        Fact(Said("理由", "Reasons"), row.reasons),
    ]
    if asking.case.state in {"awarded", "bought", "lapsed"} and row.issue:
        facts += [
            Fact(Said("获配数量（吨）", "Awarded (t)"), grouped(row.awarded_t)),
            Fact(Said("应付金额（元）", "To be paid (yuan)"), money(row.price_fen), "CQETS-19"),
            Fact(Said("最后付款日", "Last day to pay"), iso(row.issue.last_date)),
        ]
    return facts


def _buy_back_facts(asking: Asking) -> Sequence[Fact]:
    row = _buy_back(asking.case)
    return [
        *_offer(row.quantity_t, row.price_fen, row.terms, "CQETS-13.2"),
        Fact(Said("预算（元）", "Budget (yuan)"), money(row.budget_fen), "CQETS-13.2"),
        Fact(Said("最后日期", "Last day"), iso(row.last_date)),
    ]


def _offer(quantity_t: int, price_fen: int, terms: str, article: str) -> list[Fact]:
    return [
        Fact(Said("数量（吨）", "Quantity (t)"), grouped(quantity_t), article),
        Fact(Said("价格（元/吨）", "Price (yuan/t)"), money(price_fen)),
        Fact(Said("条件", "Terms"), terms),
    ]


FACTS: Mapping[str, Tell] = {
    PAID_ISSUE.name: _issue_facts,
    PAID_APPLICATION.name: _application_facts,
    BUY_BACK.name: _buy_back_facts,
}
