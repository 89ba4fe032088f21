"""A small market whose exchange is open, built through operations only."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

import pytest

from openets.compliance import operations as compliance
from openets.doors import verify
from openets.kernel.acting import Acting
from openets.kernel.clock import at, market_date
from openets.kernel.quantity import Fen, Tonnes
from openets.ledger.models import Account
from openets.reconciliation import operations as reconciliation
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.registry.measures import Bar, MeasureKind
from openets.registry.models import Lot, Transaction
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.trading import operations as trading
from openets.trading import queries
from openets.trading.floor import Floor, NewOrder
from tests.markets import CQ, EMISSIONS, FOUNDER, ISSUED, YEARS, Market, issued_market

DAY = date(2023, 12, 4)
TEN = at(DAY, 10)
PRODUCT = "CQEA-2021"
PRICE = CQ.on("trading.opening_reference_fen", DAY).whole
"""The first day's reference, in fen a tonne."""


def exchange_market(entities: int = 3, emissions: Sequence[Sequence[int]] = EMISSIONS) -> Market:
    """An issued market with cash accounts, listed products and open duties; nobody has money."""
    market = issued_market(entities, emissions)
    exchange = market.acts("exchange")
    settlement.open_market_accounts(acting=exchange, at=ISSUED)
    holders = [*market.entities, market["I1"], market["P1"]]
    settlement.open_cash_accounts(holders=holders, acting=exchange, at=ISSUED)
    trading.list_products(law=CQ, acting=exchange, at=ISSUED)
    for year in YEARS:
        compliance.open_duties(year=year, law=CQ, acting=FOUNDER, at=ISSUED)
    return market


def trading_market(entities: int = 3) -> Market:
    """An exchange market in which E001 may sell 50,000 t of 2021 and I1 has 10 million yuan."""
    market = exchange_market(entities)
    move(market, "E001", 50_000)
    pay_in(market, "I1", 10_000_000)
    return market


def move(
    market: Market,
    code: str,
    tonnes: int,
    *,
    to: str = "trading",
    unit: UnitKind = UnitKind.ALLOWANCE,
    vintage: int | None = 2021,
    reference: str = "m1",
    law: Law = CQ,
    moment: datetime = TEN,
    lots: Sequence[str] = (),
) -> Transaction:
    """Move a holder's own units to its trading account, or to its registry account."""
    return registry.move_between_own(
        holder=market[code],
        kind=f"move_to_{to}",
        amount_t=Tonnes(tonnes),
        unit=unit,
        vintage_year=vintage,
        reference=reference,
        law=law,
        acting=market.acts(code),
        at=moment,
        lots=lots,
    )


def pay_in(market: Market, code: str, yuan: int, reference: str = "d1") -> object:
    """Book money that came in from the holder's bank account."""
    return settlement.deposit(
        holder=market[code],
        amount_fen=Fen(yuan * 100),
        reference=f"{code}/{reference}",
        acting=market.acts("bank"),
        at=TEN,
    )


def register_credits(
    market: Market,
    holder: str,
    tonnes: int,
    *,
    serial_from: int = 1,
    project_type: str = "wind",
    origin_class: str = "city",
) -> Lot:
    """Certified reductions of a project of its own, on the holder's registry account."""
    lot = registry.LotOf(
        jurisdiction="cq",
        kind=UnitKind.CQCER,
        vintage_year=2021,
        origin=Origin.CREDITED,
        project=f"{project_type}-{origin_class}",
        project_type=project_type,
        origin_place="合成地",
        origin_class=origin_class,
        serial_from=serial_from,
        serial_to=serial_from + tonnes - 1,
    )
    registry.register_credits(
        holder=market[holder],
        lot=lot,
        reference=f"{holder}/{lot.code}",
        acting=market.acts("platform"),
        at=TEN,
    )
    return Lot.objects.get(code=lot.code)


@contextmanager
def open_floor(market: Market, *, day: date = DAY, law: Law = CQ) -> Iterator[Floor]:
    """The market's floor on a day; its lock is given back afterwards."""
    floor = Floor(law=law, day=day, acting=market.acts("exchange"))
    try:
        yield floor
    finally:
        floor.close()


def order(
    market: Market,
    code: str,
    side: str,
    qty: int,
    price_fen: int | None,
    *,
    key: str = "",
    product: str = PRODUCT,
    tif: str = "day",
) -> NewOrder:
    """An order of a holder; without a key of its own the key says all it asks for."""
    key = key or f"{side}/{qty}/{price_fen}/{tif}"
    return NewOrder(key, market[code], product, side == "buy", qty, price_fen, tif)


def bar(market: Market, code: str, *bars: Bar, moment: datetime = TEN) -> None:
    """Decide a measure on a holder and carry it out with the exchange's books."""
    measure = registry.decide_measure(
        holder=market[code],
        kind=MeasureKind.RESTRICTION,
        bars=list(bars),
        reason="操纵市场",
        decision="渝环罚〔2023〕7号",
        from_date=market_date(moment),
        until_date=None,
        reference=f"{code}/bar",
        law=CQ,
        acting=market.acts("bureau"),
        at=moment,
    )
    trading.execute_measure(measure=measure, law=CQ, acting=market.acts("exchange"), at=moment)


def close_books(acts: Callable[[str], Acting], day: date = DAY, hour: int = 17) -> None:
    """Reconcile a market day and let the exchange and the registration agency close it."""
    moment, registrar = at(day, hour), acts("registry")
    reconciliation.reconcile(day=day, acting=registrar, at=moment)
    reconciliation.confirm(day=day, acting=acts("exchange"), at=moment)
    reconciliation.close(day=day, acting=registrar, at=moment)


def held_t(market: Market, code: str, kind: AccountKind = AccountKind.REGISTRY) -> dict[int, int]:
    """What a holder may use on an account of a kind, by vintage."""
    found: dict[int, int] = {}
    for holding in holdings.holdings(market[code]):
        if holding.account_kind == kind:
            vintage = holding.lot.vintage_year
            found[vintage] = found.get(vintage, 0) + holding.available_t
    return found


def held_by_orders() -> dict[int, int]:
    """What the open orders hold, by ledger account."""
    held: Counter[int] = Counter()
    for row in queries.open_order_rows():
        held.update(dict(zip(row["held_accounts"], row["held_amounts"], strict=True)))
    return {account: amount for account, amount in held.items() if amount}


def must_hold_what_orders_hold() -> None:
    """The ledger keeps back exactly what the open orders say, on every account."""
    held = Account.objects.filter(held__gt=0).values_list("id", "held")
    assert dict(held) == held_by_orders()
    assert all(lot.holds for lot in holdings.conservation())
    assert money.conservation().holds


def must_be_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """Holds are the open orders', nothing appeared or vanished, and the ledger verifies."""
    must_hold_what_orders_hold()
    capsys.readouterr()
    assert verify.main([]) == 0, capsys.readouterr().out
