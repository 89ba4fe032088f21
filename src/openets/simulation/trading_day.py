"""A trading day of the played market: what everybody holds, wants, moves, deposits and orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from openets.compliance import queries as compliance
from openets.compliance.duty import Standing
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.kernel.calendar import Calendar
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, UnitKind
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.settlement import queries as money
from openets.simulation.agents import entity_intent, trader_intent
from openets.simulation.cast import Cast
from openets.simulation.draw import Draw
from openets.simulation.positions import Intent, Move, Need, Position, Quote, Stock, Terms
from openets.simulation.tempers import Temper
from openets.trading.models import Product
from openets.trading.orders import NewOrder
from openets.trading.terms import Terms as ProductTerms

CREDITS = "CQCER"
ROUNDS = ((9, 45), (10, 45), (13, 30), (14, 30))
"""When a share of the day's orders reaches the floor."""
LARGEST_ORDER_T = 50_000
BANK_YUAN_A_TONNE = 60
"""Every entity's bank account covers its gap at this price."""


@dataclass(frozen=True, slots=True)
class Traded:
    """A product as the agents see it: which units, and for which years' duties they serve."""

    code: str
    unit: UnitKind
    year: int | None


@dataclass
class Plans:
    """What participants have made up their minds about, for the whole play."""

    tempers: Mapping[str, Temper]
    deadlines: Mapping[int, date]
    passive: frozenset[str]
    """Entities that never trade."""
    offsetting: frozenset[str]
    """Entities that want to use reductions."""
    promised: dict[tuple[str, int], int] = field(default_factory=dict)
    """Advances granted and offsets filed that will serve a duty, by entity and year."""
    offsets_closed: set[int] = field(default_factory=set)
    """Years for which no offset is filed any more."""
    spent_fen: dict[str, int] = field(default_factory=dict)
    """Deposited so far, by participant."""


@dataclass(frozen=True, slots=True)
class _Held:
    registry_t: int
    trading_t: int

    @property
    def total_t(self) -> int:
        return self.registry_t + self.trading_t


class MarketFloor(Protocol):
    """The floor as participants meet it: in the same process, or in one of its own."""

    @property
    def products(self) -> Mapping[str, Product]:
        """What is traded, by code."""

    @property
    def terms(self) -> Mapping[str, ProductTerms]:
        """By which terms, by code."""

    def open_day(self, day: date) -> None:
        """Begin a trading day."""

    def quotes(self) -> dict[str, tuple[int, int | None, int | None]]:
        """Reference, best bid and best ask of each product, in fen."""

    def submit(self, commands: Sequence[NewOrder], *, at: datetime) -> object:
        """Enter orders at a moment."""

    def close_day(self, *, at: datetime) -> object:
        """End the day."""


Pay = Callable[[Organisation, Fen, datetime], object]
"""Lets a participant pay money in."""


class TradingDay:
    """One day: moves and deposits before the opening, orders in rounds, the close."""

    def __init__(
        self,
        *,
        cast: Cast,
        floor: MarketFloor,
        plans: Plans,
        law: Law,
        calendar: Calendar,
        seed: int,
        pay: Pay | None = None,
    ) -> None:
        """`floor` is the market's own; the rest is who takes part and by which rules.

        Without `pay` the bank books deposits at once.
        """
        self.cast, self.floor, self.plans = cast, floor, plans
        self.law, self.calendar, self.seed = law, calendar, seed
        self._pay = pay or self._book

    def run(self, day: date) -> int:
        """Play the day; tells how many orders were entered."""
        orders = self.prepare(day, at(day, 9, 0))
        self.trade(orders)
        return len(orders)

    def prepare(self, day: date, moment: datetime) -> list[NewOrder]:
        """Let everybody make up their minds, move units and pay in; tells the day's orders."""
        self.floor.open_day(day)
        self.products = [
            Traded(p.code, UnitKind(p.unit), p.vintage_year) for p in self.floor.products.values()
        ]
        self.day = day
        self.days_left = {
            year: len(self.calendar.trading_days(day, deadline)) - 1
            for year, deadline in self.plans.deadlines.items()
        }
        intents = self._intents()
        self._move_and_deposit(intents, moment)
        return self._orders(intents)

    def trade(self, orders: Sequence[NewOrder]) -> None:
        """Enter the orders in rounds, until the day is closed."""
        for number, (hour, minute) in enumerate(ROUNDS):
            share = orders[number :: len(ROUNDS)]
            if share:
                self.floor.submit(share, at=at(self.day, hour, minute))
        self._last_chance()
        self.floor.close_day(at=at(self.day, 15, 5))

    def _last_chance(self) -> None:
        """On a deadline's last trading day whoever still misses units bids the upper limit."""
        years = {year for year in self.plans.deadlines if not self._days_left(year)}
        ending = {product.code for product in self.products if product.year in years}
        if not ending:
            return
        orders = []
        for code, position in self.positions().items():
            for product in sorted(ending & position.needs.keys()):
                terms = self.floor.terms[product]
                band = terms.limits.band
                assert band is not None, "the played market has price limits"
                most = position.cash_fen // terms.hold_fen(band.high, 1)
                qty = min(position.needs[product].short_t, most)
                if qty and code not in self.plans.passive:
                    holder = self.cast.organisations[code]
                    key = f"{self.day}/last/{product}"
                    orders.append(NewOrder(key, holder, product, True, qty, band.high))
        if orders:
            self.floor.submit(orders, at=at(self.day, 14, 50))

    def positions(self) -> dict[str, Position]:
        """What every participant has and misses, by code."""
        standings = {
            year: {s.entity: s for s in compliance.standings(year, self.law, on=self.day)}
            for year in self.plans.deadlines
        }
        members = [*self.cast.entities, *self._others()]
        ids = [member.pk for member in members]
        held = holdings.all_holdings(ids)
        free = holdings.free_to_move(held, law=self.law, day=self.day)
        cash = money.cash_of(ids)
        return {
            member.code: self._position(
                member.code,
                self._held(held[member.pk]),
                free[member.pk],
                cash.get(member.pk, Fen(0)),
                {year: found.get(member.code) for year, found in standings.items()},
            )
            for member in members
        }

    def _others(self) -> list[Organisation]:
        return [*(self.cast.organisations[code] for code in self.cast.traders), *self.cast.owners]

    def _held(self, found: Sequence[holdings.Holding]) -> dict[str, _Held]:
        sums: dict[str, list[int]] = {product.code: [0, 0] for product in self.products}
        codes = {(p.unit, p.year): p.code for p in self.products}
        for holding in found:
            unit = UnitKind(holding.lot.kind)
            code = codes.get((unit, holding.lot.vintage_year)) or codes.get((unit, None))
            if code:
                side = 0 if holding.account_kind == AccountKind.REGISTRY else 1
                sums[code][side] += holding.available_t
        return {code: _Held(*pair) for code, pair in sums.items()}

    def _position(
        self,
        code: str,
        held: Mapping[str, _Held],
        free_t: int,
        cash_fen: int,
        standings: Mapping[int, Standing | None],
    ) -> Position:
        needs: dict[str, Need] = {}
        spare = {product: have.total_t for product, have in held.items()}
        open_t = {
            year: max(0, s.open_t - self.plans.promised.get((code, year), 0)) if s else 0
            for year, s in standings.items()
        }
        if CREDITS in held:
            self._plan_credits(code, held[CREDITS], standings, open_t, needs, spare)
        allowances = [p for p in self.products if p.unit == UnitKind.ALLOWANCE]
        for year in sorted(open_t):
            # Older vintages serve a later year too; the oldest go first, as in the registry.
            for product in sorted(allowances, key=lambda p: p.year or 0):
                if product.year is not None and product.year <= year:
                    used = min(spare[product.code], open_t[year])
                    spare[product.code] -= used
                    open_t[year] -= used
            wanted = next((p.code for p in allowances if p.year == year), None)
            if wanted and open_t[year]:
                needs[wanted] = Need(open_t[year], self._days_left(year))
        stocks = {
            product: Stock(
                registry_t=have.registry_t,
                trading_t=have.trading_t,
                free_to_sell_t=have.trading_t
                + (have.registry_t if product == CREDITS else min(free_t, have.registry_t)),
                spare_t=spare[product],
                days_left=self._days_left(max(self.plans.deadlines)),
            )
            for product, have in held.items()
            if have.total_t
        }
        gap_t = sum(s.verified_t or 0 for s in standings.values() if s)
        bank = gap_t * BANK_YUAN_A_TONNE * 100 - self.plans.spent_fen.get(code, 0)
        return Position(stocks, needs, cash_fen, max(0, bank))

    def _plan_credits(
        self,
        code: str,
        held: _Held,
        standings: Mapping[int, Standing | None],
        open_t: dict[int, int],
        needs: dict[str, Need],
        spare: dict[str, int],
    ) -> None:
        """Reductions serve first where the entity wants them, up to the year's cap."""
        left = held.total_t
        for year, standing in sorted(standings.items()):
            closed = year in self.plans.offsets_closed
            if code not in self.plans.offsetting or closed or standing is None:
                continue
            cap = offset_cap_t(
                rules=OffsetRules.of(self.law, year), verified_t=standing.verified_t or Tonnes(0)
            )
            wanted = min(cap, open_t[year])
            have = min(left, wanted)
            left -= have
            open_t[year] -= have
            if wanted > have and CREDITS not in needs:
                needs[CREDITS] = Need(wanted - have, self._days_left(year))
        if code in self.plans.offsetting:
            spare[CREDITS] = left

    def _days_left(self, year: int) -> int:
        return self.days_left[year]

    def _intents(self) -> dict[str, Intent]:
        terms, quotes = self._terms(), self._quotes()
        found = {}
        for code, position in self.positions().items():
            trader = self.cast.traders.get(code)
            if trader is not None:
                found[code] = trader_intent(
                    trader=trader,
                    position=position,
                    quotes=quotes,
                    terms=terms,
                    day=self.day,
                    seed=self.seed,
                )
            elif code not in self.plans.passive:
                found[code] = entity_intent(
                    temper=self.plans.tempers[code],
                    position=position,
                    quotes=quotes,
                    terms=terms,
                    day=self.day,
                    seed=self.seed,
                )
        return found

    def _terms(self) -> Terms:
        first = next(iter(self.floor.terms.values()))
        return Terms(
            tick_fen=first.limits.tick,
            lot_t=first.limits.lot,
            largest_t=LARGEST_ORDER_T,
            fee_ratio=first.fee_ratio,
        )

    def _quotes(self) -> dict[str, Quote]:
        found = {}
        for code, (reference, bid, ask) in self.floor.quotes().items():
            band = self.floor.terms[code].limits.band
            assert band is not None, "the played market has price limits"
            found[code] = Quote(reference, bid, ask, band.low, band.high)
        return found

    def _move_and_deposit(self, intents: Mapping[str, Intent], moment: datetime) -> None:
        for code, intent in intents.items():
            for move in intent.moves:
                self._move(code, move, moment)
            if intent.deposit_fen:
                self._pay(self.cast.organisations[code], Fen(intent.deposit_fen), moment)
                spent = self.plans.spent_fen.get(code, 0)
                self.plans.spent_fen[code] = spent + intent.deposit_fen

    def _book(self, holder: Organisation, amount_fen: Fen, moment: datetime) -> None:
        settlement.deposit(
            holder=holder,
            amount_fen=amount_fen,
            reference=f"{holder.code}/{self.day}",
            acting=self.cast.acts("bank"),
            at=moment,
        )

    def _move(self, code: str, move: Move, moment: datetime) -> None:
        product = self.floor.products[move.product]
        registry.move_between_own(
            holder=self.cast.organisations[code],
            kind=f"move_to_{move.to}",
            amount_t=Tonnes(move.tonnes),
            unit=UnitKind(product.unit),
            vintage_year=product.vintage_year,
            reference=f"{self.day}/{move.product}/{move.to}",
            law=self.law,
            acting=self.cast.acts(code),
            at=moment,
        )

    def _orders(self, intents: Mapping[str, Intent]) -> list[NewOrder]:
        """The day's orders in a drawn but fixed sequence."""
        orders = [
            NewOrder(
                key=f"{self.day}/{number}",
                holder=self.cast.organisations[code],
                product=order.product,
                buy=order.side == "buy",
                qty=order.tonnes,
                price_fen=order.price_fen,
            )
            for code, intent in intents.items()
            for number, order in enumerate(intent.orders)
        ]
        return sorted(orders, key=lambda o: Draw(self.seed, self.day, o.holder.code, o.key).share())
