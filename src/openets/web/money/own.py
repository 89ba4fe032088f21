"""One's own money, and the clearing statements."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.banking import operations as banking
from openets.banking import queries as bank
from openets.banking.requests import withdrawal_hours
from openets.clearing import operations as clearing
from openets.clearing import queries
from openets.clearing import statement as told
from openets.clearing.models import ClearingStatement
from openets.kernel.clock import market_date
from openets.paper import operations as paper
from openets.parties import queries as parties
from openets.rulebook.load import law
from openets.settlement import queries as money_queries
from openets.web import clock
from openets.web.forms import Done
from openets.web.guards import acting_of, must_reach, within
from openets.web.language import Said
from openets.web.money import forms, page
from openets.web.numbers import money as in_yuan
from openets.web.paper.issue import issued_at, printing
from openets.web.tables import Column, Form, Table, download

_COLUMNS = (
    Column("section", "部分"),
    Column("at", "时间"),
    Column("item", "事项"),
    Column("product", "产品"),
    Column("units_t", "数量"),
    Column("price_fen", "成交价"),
    Column("amount_fen", "金额"),
    Column("fee_fen", "手续费"),
    Column("net_fen", "净额"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@within("banking.ask_withdrawal")
def money(request: HttpRequest) -> HttpResponse:
    """Balance, what is held, deposits, withdrawals and statements of one's own."""
    acting, now, rules = acting_of(request), clock.now(request), law(settings.JURISDICTION)
    holder = parties.organisation(acting.organisation)
    here = reverse("money")
    asked = bank.withdrawals(holder)

    def withdraw(data: dict[str, Any]) -> Done:
        made = banking.ask_withdrawal(
            holder=holder,
            amount_fen=data["amount"],
            reference=data["reference"],
            law=rules,
            acting=acting,
            at=now,
        )
        amount = in_yuan(made.amount_fen)
        said = Said(f"已申请出金 {amount} 元，资金已冻结", f"{amount} yuan asked for and held")
        return Done(here, said)

    def cancel(data: dict[str, Any]) -> Done:
        banking.cancel_withdrawal(number=int(data["number"]), acting=acting, at=now)
        return Done(here, Said("已撤回，资金已解冻", "Taken back; the money is free"))

    def approve(data: dict[str, Any]) -> Done:
        banking.approve_withdrawal(number=int(data["number"]), acting=acting, at=now)
        return Done(here, Said("已复核，待发送银行", "Approved; it goes to the bank next"))

    def bind(data: dict[str, Any]) -> Done:
        banking.ask_binding(
            holder=holder,
            name=data["holder_name"],
            number=data["number"].replace(" ", ""),
            reference=data["reference"],
            law=rules,
            acting=acting,
            at=now,
        )
        return Done(here, Said("已提交，待银行核验户名", "Sent; the bank checks the name"))

    acts: list[Any] = [(forms.WithdrawForm.of(request), withdraw)]
    waiting = [(str(r.order.pk), _line(r)) for r in asked if r.state == "asked"]
    early = [(str(r.order.pk), _line(r)) for r in asked if r.state in {"asked", "approved"}]
    if waiting:
        acts.append((forms.ApproveForm.of(request, choices=waiting), approve))
    if early:
        acts.append((forms.CancelForm.of(request, choices=early), cancel))
    acts.append((forms.BindForm.of(request, initial={"holder_name": holder.name}), bind))
    leave = page.first(request, acts)
    if leave:
        return leave
    today = market_date(now)
    opens, closes = withdrawal_hours(rules, today)
    account = money_queries.cash_account(holder)
    cash = money_queries.cash(holder)
    context = {
        "holder": holder,
        "account": account,
        "available_fen": cash.available_fen if cash else None,
        "total_fen": cash.available_fen + cash.reserved_fen if cash else None,
        "holds": money_queries.holds_of(holder),
        "opens": opens,
        "closes": closes,
        "second_fen": rules.on("settlement.withdrawal_second_fen", today).whole,
        "forms": [form for form, _ in acts],
        "withdrawals": [(r, page.withdrawal(r.state)) for r in asked],
        "bindings": [(r, page.binding(r.state)) for r in bank.bindings(holder)],
        "deposits": bank.deposits(holder),
        "statements": [
            (one, page.statement(queries.stands(one, now)))
            for one in queries.statements(holder, 60)
        ],
    }
    return render(request, "web/money/own.html", context, status=page.status_of(acts))


@require_http_methods(["GET", "HEAD", "POST"])
@within("money.read")
def statement(request: HttpRequest, day: str, code: str) -> HttpResponse:
    """A clearing statement, its paper and the objection to it."""
    served = _served(request, day, code)
    acting, now = acting_of(request), clock.now(request)
    here = reverse("clearing_statement", args=[day, code])
    stands = queries.stands(served, now)

    def object_to(data: dict[str, Any]) -> Done:
        clearing.object_to(
            holder=served.holder, day=served.cleared.day, text=data["text"], acting=acting, at=now
        )
        return Done(here, Said("异议已提交", "Your objection is in"))

    def issue(data: dict[str, Any]) -> Done:
        made = paper.issue_clearing_statement(
            holder=served.holder,
            day=served.cleared.day,
            printing=printing(request, data["reference"]),
            acting=acting,
            at=now,
        )
        return Done(issued_at(made), Said("清算单已出具", "The statement is issued"))

    acts: list[Any] = [(forms.PaperForm.of(request), issue)]
    if stands == "served" and parties.may(acting, "clearing.object_to", served.holder):
        acts.insert(0, (forms.ObjectForm.of(request), object_to))
    leave = page.first(request, acts)
    if leave:
        return leave
    content = served.content
    objection = getattr(served, "objection", None)
    context = {
        "served": served,
        "content": content,
        "trades": [
            (row, page.SIDES[row["side"]], page.mode(row["method"])) for row in content["trades"]
        ],
        "movements": [(row, page.movement(row["kind"])) for row in content["movements"]],
        "fees_fen": sum(row["fee_fen"] for row in content["trades"]),
        "turnover_fen": sum(row["turnover_fen"] for row in content["trades"]),
        "deposits_fen": told.deposits_fen(content),
        "others_fen": told.others_fen(content),
        "withdrawals_fen": told.withdrawals_fen(content),
        "status": page.statement(stands),
        "filed": queries.filed(objection) if objection else None,
        "forms": [form for form, _ in acts],
    }
    return render(request, "web/money/statement.html", context, status=page.status_of(acts))


@require_safe
@within("money.read")
def download_statement(request: HttpRequest, day: str, code: str, form: Form) -> HttpResponse:
    """A clearing statement as Excel or CSV, line by line."""
    served = _served(request, day, code)
    rows: list[list[Any]] = []
    content = served.content
    money_of = content["money"]
    rows.append(["balance", None, "opening", "", None, None, money_of["opening_fen"], None, None])
    for row in content["trades"]:
        cells = [row["units_t"], row["price_fen"], row["turnover_fen"], row["fee_fen"]]
        rows.append(["trade", row["at"], row["side"], row["product"], *cells, row["net_fen"]])
    rows += [
        ["money", row["at"], row["kind"], "", None, None, row["amount_fen"], None, None]
        for row in content["movements"]
    ]
    for row in content["units"]:
        for name in ("opening_t", "bought_t", "sold_t", "moved_t", "closing_t"):
            item = name.removesuffix("_t")
            rows.append(["units", None, item, row["product"], row[name], None, None, None, None])
    rows.append(["balance", None, "closing", "", None, None, money_of["closing_fen"], None, None])
    return download(Table(f"clearing-{day}-{code}", _COLUMNS, rows), form)


def _served(request: HttpRequest, day: str, code: str) -> ClearingStatement:
    holder = parties.organisations([code]).first()
    if holder is None:
        raise Http404(code)
    must_reach(request, "money.read", holder)
    try:
        return queries.served_to(holder, page.day_of(day))
    except clearing.NoSuchStatement as fault:
        raise Http404(day) from fault


def _line(one: bank.Request) -> str:
    return f"{one.order.pk} · {in_yuan(one.order.amount_fen)}"
