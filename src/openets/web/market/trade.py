"""The screen of a trader: quotes, the ticket, and the organisation's own orders and holdings."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from openets.gateway.requests import enter_order, replace_order, withdraw_order
from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.kernel.quantity import Fen, yuan
from openets.parties import queries as parties
from openets.parties.models import Organisation
from openets.parties.roles import Role
from openets.registry import queries as registry
from openets.registry.kinds import LOCK_TITLES, AccountKind, LockCause
from openets.rulebook.load import law
from openets.settlement import queries as settlement
from openets.trading import own
from openets.trading import queries as trading
from openets.trading.book import DAY, FOK, IOC
from openets.trading.models import Order, OrderState, Trade
from openets.trading.models import Product as ListedProduct
from openets.web import clock, words
from openets.web.forms import Done, acted
from openets.web.guards import acting_of, within
from openets.web.language import Said
from openets.web.market.board import Board, board_of
from openets.web.market.desk import Hints, LotRow, Mine, OrderRow, OwnTrade, TradePage
from openets.web.market.forms import OrderForm, WithdrawForm
from openets.web.market.phase import session_at
from openets.web.market.views import average, day_of, depth_of, tab, tab_order, ticks
from openets.web.orders.asking import LATER, answered
from openets.web.parts import Status

READ = "orders.read"
TAPE_LENGTH = 30
ORDERS_HREF = "/api/orders"
"""Where programs, and the script of this page, send orders."""
TIFS = {
    DAY: Said("当日有效", "Day"),
    IOC: Said("即成剩撤", "IOC"),
    FOK: Said("全成或撤", "FOK"),
}
STATES = {
    OrderState.RESTING: Status(Said("未成交", "Open"), "info"),
    OrderState.FILLED: Status(Said("已成交", "Filled"), "good"),
    OrderState.WITHDRAWN: Status(Said("已撤单", "Withdrawn")),
    OrderState.EXPIRED: Status(Said("已过期", "Expired")),
    OrderState.REFUSED: Status(Said("已拒绝", "Refused"), "bad"),
}
PARTLY = Status(Said("部分成交", "Partly filled"), "info")


@require_safe
@within(READ)
def any_product(request: HttpRequest) -> HttpResponse:
    """Lead on to the product with the largest turnover."""
    sums = trading.turnovers()
    if not sums:
        return redirect("market")
    return redirect("trade_product", max(sums, key=lambda code: sums[code].turnover_fen))


@require_http_methods(["GET", "HEAD", "POST"])
@within(READ)
def screen(request: HttpRequest, code: str) -> HttpResponse:
    """The screen on one product. A form sent from it goes to the floor as the interface's does."""
    product, holder = _product(code), _holder(acting_of(request))
    at = clock.now(request)
    changing = _changing(request, product, holder)
    form, withdrawal = OrderForm.of(request, initial=changing), WithdrawForm.of(request)
    if holder:
        for each, do in (
            (form, _entering(acting_of(request), product)),
            (withdrawal, _withdrawing(acting_of(request), product)),
        ):
            leave = acted(request, each, do)
            if leave:
                return leave
    if form.refused and form.refused.code not in LATER:
        form.begin_anew()  # The refused order is kept under its key; a corrected one is another.
    page = _page(product, holder, form, at=at)
    status = max(form.status, withdrawal.status)
    context = {"page": page, "withdrawal": withdrawal}
    return render(request, "web/market/trade.html", context, status=status)


@require_safe
@within(READ)
def mine(request: HttpRequest, code: str) -> HttpResponse:
    """The part of the screen that is one's own, for the script that keeps it current."""
    product, holder = _product(code), _holder(acting_of(request))
    if holder is None:
        raise Http404
    found = mine_of(holder, product, day=market_date(clock.now(request)))
    return render(request, "web/market/mine.html", {"mine": found, "code": code})


def mine_of(holder: Organisation, product: ListedProduct, *, day: date) -> Mine:
    """What an organisation may use for orders of a product, and its trading day."""
    cash = settlement.cash(holder)
    lots = [
        _lot(row, product)
        for row in registry.holdings(holder)
        if row.account_kind == AccountKind.TRADING
    ]
    turnaround = trading.terms(product, law=law(settings.JURISDICTION), day=day).turnaround
    bought = own.bought_on(holder, product, day) if turnaround else 0
    available = sum(lot.available_t for lot in lots if lot.is_of_product)
    return Mine(
        cash_available_fen=cash.available_fen if cash else None,
        cash_reserved_fen=cash.reserved_fen if cash else None,
        sellable_t=max(0, available - bought),
        bought_today_t=bought,
        orders=[_order(row) for row in own.orders_of_day(holder, day)],
        trades=[_trade(row, holder) for row in own.trades_of_day(holder, day)],
        lots=lots,
    )


def _page(
    product: ListedProduct, holder: Organisation | None, form: OrderForm, *, at: datetime
) -> TradePage:
    board = board_of(product)
    terms = trading.terms(product, law=law(settings.JURISDICTION), day=_day(board, at))
    sheet = board.sheet(terms.reference_fen)
    shown = day_of(sheet) if sheet else None
    band = terms.limits.band
    return TradePage(
        products=[_tab(each, product) for each in sorted(trading.products(), key=tab_order)],
        product=_tab(product, product),
        session=session_at(at, is_running=board.is_running),
        is_closed=not board.is_running,
        last_fen=shown.close_fen if shown else None,
        change_fen=shown.change_fen if shown else None,
        change_ratio=shown.change_ratio if shown else None,
        reference_fen=terms.reference_fen,
        open_fen=shown.open_fen if shown else None,
        high_fen=shown.high_fen if shown else None,
        low_fen=shown.low_fen if shown else None,
        average_fen=average(sheet),
        volume_t=shown.volume_t if shown else 0,
        turnover_fen=shown.turnover_fen if shown else 0,
        hints=Hints(
            tick_fen=terms.limits.tick,
            lot_t=terms.limits.lot,
            low_fen=band.low if band else None,
            high_fen=band.high if band else None,
            fee_ratio=terms.fee_ratio,
        ),
        depth=depth_of(board),
        tape=ticks(trading.tape(product, board.day, TAPE_LENGTH + 1))[:TAPE_LENGTH],
        candles_href=reverse("api:candles", args=[product.code]),
        snapshot_href=reverse("api:snapshot", args=[product.code]),
        mine_href=reverse("trade_mine", args=[product.code]),
        orders_href=ORDERS_HREF,
        mine=mine_of(holder, product, day=market_date(at)) if holder else None,
        missing=bool(holder and not _may_trade(holder, market_date(at))),
        form=form,
    )


def _day(board: Board, at: datetime) -> date:
    """The day whose limits an order meets: the next one as soon as this one is closed."""
    return board.day if board.is_running else max(market_date(at), board.day)


def _tab(product: ListedProduct, chosen: ListedProduct) -> Any:
    shown = tab(product, here=product == chosen)
    return type(shown)(
        shown.code, shown.label, reverse("trade_product", args=[product.code]), shown.here
    )


def _product(code: str) -> ListedProduct:
    try:
        return trading.product(code)
    except trading.NoSuchProduct as fault:
        raise Http404(code) from fault


def _holder(acting: Acting) -> Organisation | None:
    """Whose orders these are; None for the exchange, which watches."""
    if acting.role == Role.EXCHANGE_OPERATOR:
        return None
    return parties.organisation(acting.organisation)


def _may_trade(holder: Organisation, day: date) -> bool:
    """Whether it has a registry account, a trading account and a cash account bound to a bank."""
    order = law(settings.JURISDICTION).on("registry.lots_consumption", day).text
    accounts = registry.trading_positions([holder.pk], trading.products(), order=order)
    return bool(accounts) and holder.pk in settlement.cash_accounts([holder.pk])


def _changing(
    request: HttpRequest, product: ListedProduct, holder: Organisation | None
) -> dict[str, Any]:
    """What the ticket says of an open order that is to be changed (改单), named by `change`."""
    number = request.GET.get("change", "")
    if holder is None or not number.isascii() or not number.isdecimal():
        return {}
    own_open = {row.pk: row for row in trading.open_orders_of(holder)}
    row = own_open.get(int(number))
    if row is None or row.product != product:
        return {}
    return {
        "replaces": row.pk,
        "side": "buy" if row.buy else "sell",
        "kind": "market" if row.price_fen is None else "limit",
        "price": None if row.price_fen is None else yuan(Fen(row.price_fen)),
        "qty": row.remaining,
        "tif": row.tif,
    }


def _entering(acting: Acting, product: ListedProduct) -> Callable[[dict[str, Any]], Done]:
    def do(data: dict[str, Any]) -> Done:
        if data["replaces"]:
            asked = replace_order(
                key=data["reference"],
                order=data["replaces"],
                qty=data["qty"],
                price_fen=data["price"],
                acting=acting,
            )
        else:
            asked = enter_order(
                key=data["reference"],
                product=product.code,
                buy=data["side"] == "buy",
                qty=data["qty"],
                price_fen=data["price"],
                tif=data["tif"],
                acting=acting,
            )
        answer = answered(asked)
        state = STATES[OrderState(answer.state)].label
        return Done(
            _back(product),
            Said(
                f"申报 {answer.order} {state.zh}，成交 {answer.traded_t:,} 吨",
                f"Order {answer.order}: {state.en}, {answer.traded_t:,} t traded",
            ),
        )

    return do


def _withdrawing(acting: Acting, product: ListedProduct) -> Callable[[dict[str, Any]], Done]:
    def do(data: dict[str, Any]) -> Done:
        number = data["order"]
        answered(withdraw_order(key=data["reference"], order=number, acting=acting))
        return Done(_back(product), Said(f"申报 {number} 已撤单", f"Order {number} is withdrawn"))

    return do


def _back(product: ListedProduct) -> str:
    return reverse("trade_product", args=[product.code])


def _order(row: Order) -> OrderRow:
    is_open = row.state == OrderState.RESTING
    is_partly = is_open and row.remaining < row.qty
    return OrderRow(
        number=row.pk,
        at=row.entered_at,
        product=row.product.code,
        buy=row.buy,
        price_fen=row.price_fen,
        qty_t=row.qty,
        remaining_t=row.remaining,
        tif=TIFS.get(row.tif, Said(row.tif, row.tif)),
        status=PARTLY if is_partly else STATES[OrderState(row.state)],
        refusal=row.refusal,
        is_open=is_open,
    )


def _trade(row: Trade, holder: Organisation) -> OwnTrade:
    return OwnTrade(
        number=row.pk,
        at=row.at,
        product=row.product.code,
        buy=row.buyer_id == holder.pk,
        price_fen=row.price_fen,
        qty_t=row.qty,
        turnover_fen=row.turnover_fen,
    )


def _lot(row: registry.Holding, product: ListedProduct) -> LotRow:
    return LotRow(
        lot=words.lot_label(row.lot),
        code=row.lot.code,
        is_of_product=row.lot.kind == product.unit
        and product.vintage_year in {None, row.lot.vintage_year},
        total_t=row.total_t,
        available_t=row.available_t,
        reserved_t=row.reserved_t,
        locks=[(Said(*LOCK_TITLES[LockCause(cause)]), amount) for cause, amount in row.locks],
    )
