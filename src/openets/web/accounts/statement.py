"""The statement of an account, page by page, and as tables to take away."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.kernel.clock import MARKET_ZONE
from openets.paper import operations as paper
from openets.paper.sheets import Period
from openets.parties import queries as parties
from openets.registry import statements
from openets.registry.kinds import ACCOUNT_TITLES, AccountKind
from openets.registry.models import RegistryAccount
from openets.registry.statements import Effect, Entry
from openets.web import clock, words
from openets.web.accounts.access import reached_account
from openets.web.accounts.forms import PeriodForm
from openets.web.accounts.holder import holder_href
from openets.web.accounts.page import Asked, Line, StatementPage, Ways
from openets.web.forms import Done, acted
from openets.web.guards import within
from openets.web.language import Said
from openets.web.paper.issue import issued_at, printing
from openets.web.parts import Choice
from openets.web.tables import Column, Form, Table, Value, download

PER_PAGE = 50

EFFECTS = {Effect.LOCKED: Said("冻结", "locked"), Effect.FREED: Said("解冻", "freed")}
COLUMNS = (
    Column("number", "序号"),
    Column("at", "时间"),
    Column("event", "事项"),
    Column("effect", "变动"),
    Column("lot", "批次"),
    Column("batch", "发放批号"),
    Column("serials", "序列号段"),
    Column("traded", "曾交易"),
    Column("counterparty", "对方账户"),
    Column("amount_t", "数量（吨）"),
    Column("lot_balance_t", "批次结存（吨）"),
    Column("reference", "业务编号"),
    Column("article", "依据条款"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@within("holdings.read")
def statement(request: HttpRequest, number: str) -> HttpResponse:
    """A page of the statement of an account, and the paper of a period for whoever asks."""
    account, acting = reached_account(request, number)
    opens = parties.may(acting, "registry_transfer.read", account.holder)
    form = PeriodForm.of(request, initial=_first_period(request.GET, clock.today(request)))

    def issue(data: dict[str, Any]) -> Done:
        issued = paper.issue_account_statement(
            number=number,
            period=Period(_start(data["since"]), _start(data["until"] + timedelta(days=1))),
            printing=printing(request, data["reference"]),
            acting=acting,
            at=clock.now(request),
        )
        return Done(issued_at(issued), Said("对账单已出具", "The statement is issued"))

    return acted(request, form, issue) or render(
        request,
        "web/accounts/statement.html",
        {"page": statement_page(account, request.GET, form, clock.today(request), opens=opens)},
        status=form.status,
    )


@require_safe
@within("holdings.read")
def export(request: HttpRequest, number: str, form: Form) -> HttpResponse:
    """All entries that the filters of the page leave, as a table, oldest first."""
    account, _ = reached_account(request, number)
    rows = (row_of(entry) for entry in entries_upwards(account, _wanted(request.GET)))
    return download(Table(f"statement-{number}", COLUMNS, rows), form)


def statement_page(
    account: RegistryAccount, query: QueryDict, form: PeriodForm, today: date, *, opens: bool
) -> StatementPage:
    """The page that a query asks for; its lines lead on to whoever `opens` the register."""
    wanted = _wanted(query)
    before, after = _number(query.get("before")), _number(query.get("after"))
    # One more than shown tells whether there is a further page.
    found = statements.statement(account, size=PER_PAGE + 1, before=before, after=after, **wanted)
    is_upwards = after is not None
    shown = found[-PER_PAGE:] if is_upwards else found[:PER_PAGE]
    has_more = len(found) > PER_PAGE
    carried = query.copy()
    for name in ("before", "after"):
        carried.pop(name, None)
    years = [str(year) for year in range(today.year, account.opened_at.year - 1, -1)]
    lots = statements.lots_on(account)
    return StatementPage(
        number=account.number,
        title=Said(*ACCOUNT_TITLES[AccountKind(account.kind)]),
        holder=account.holder.name,
        holder_href=holder_href(account.holder),
        asked=Asked(*(query.get(name, "") for name in ("year", "month", "lot", "event"))),
        years=[Choice(year, year) for year in years],
        months=[Choice(str(n), Said(f"{n} 月", f"{n:02}")) for n in range(1, 13)],
        lots=[Choice(lot.code, words.lot_label(lot)) for lot in lots],
        events=[Choice(name, Said(*statements.event_title(name))) for name in statements.events()],
        lines=[line_of(entry, opens=opens) for entry in shown],
        ways=_ways(
            carried,
            shown,
            has_newer=has_more if is_upwards else before is not None,
            has_older=after > 0 if after is not None else has_more,
        ),
        carried=carried.urlencode(),
        form=form,
    )


def line_of(entry: Entry, *, opens: bool) -> Line:
    """An entry as a line of the page."""
    moved = entry.moved_t
    number = entry.transaction if opens else None
    return Line(
        at=entry.at,
        event=words.with_batch(Said(*statements.event_title(entry.event)), entry.batch),
        effect=EFFECTS.get(entry.effect),
        lot=words.lot_label(entry.lot),
        code=entry.lot.code,
        block="、".join(f"{first}–{last}" for first, last in entry.serials),
        counterparty=entry.counterparty,
        in_t=moved if moved > 0 else None,
        out_t=-moved if moved < 0 else None,
        locked_t=abs(entry.amount_t) if entry.effect != Effect.MOVED else None,
        balance_t=entry.balance_t,
        reference=entry.reference,
        href=reverse("transaction", args=[number]) if number else "",
        article=entry.article,
    )


def row_of(entry: Entry) -> list[Value]:
    """An entry as a row of a table."""
    return [
        entry.number,
        entry.at,
        entry.event,
        entry.effect.value,
        entry.lot.code,
        entry.batch or "",
        ";".join(f"{first}-{last}" for first, last in entry.serials),
        "yes" if entry.traded else "no",
        entry.counterparty,
        entry.amount_t,
        entry.balance_t,
        entry.reference,
        entry.article,
    ]


def entries_upwards(
    account: RegistryAccount, wanted: Mapping[str, Any], size: int = 5000
) -> Iterator[Entry]:
    """Every entry that is wanted, oldest first, read in large pages."""
    after = 0
    while page := statements.statement(account, size=size, after=after, **wanted):
        yield from reversed(page)
        after = page[0].number


def _wanted(query: Mapping[str, str]) -> dict[str, Any]:
    """What of a statement is asked for; what cannot be read is not asked."""
    wanted: dict[str, Any] = {"lot": query.get("lot", "")}
    if (event := query.get("event", "")) in statements.events():
        wanted["event"] = event
    year, month = _number(query.get("year")), _number(query.get("month"))
    if year and date.min.year < year < date.max.year:
        first, last = date(year, 1, 1), date(year + 1, 1, 1)
        if month and month <= 12:
            first = date(year, month, 1)
            last = date(year + month // 12, month % 12 + 1, 1)
        wanted |= {"since": _start(first), "until": _start(last)}
    return wanted


def _first_period(query: Mapping[str, str], today: date) -> dict[str, date]:
    """The period of the page as the paper's first proposal."""
    wanted = _wanted(query)
    if "since" not in wanted:
        return {"since": today.replace(month=1, day=1), "until": today}
    last = wanted["until"].date() - timedelta(days=1)
    return {"since": wanted["since"].date(), "until": min(last, today)}


def _ways(carried: QueryDict, shown: list[Entry], *, has_newer: bool, has_older: bool) -> Ways:
    kept = carried.urlencode()

    def way(page: str) -> str:
        return f"?{kept}&{page}" if kept else f"?{page}"

    return Ways(
        newest=f"?{kept}" if has_newer else "",
        newer=way(f"after={shown[0].number}") if has_newer and shown else "",
        older=way(f"before={shown[-1].number}") if has_older else "",
        oldest=way("after=0") if has_older else "",
    )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=MARKET_ZONE)


def _number(text: str | None) -> int | None:
    """A whole number that fits the database, or nothing."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
