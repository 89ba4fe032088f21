"""What the entities produced and emitted: lines, years, reports. All of it synthetic (合成数据)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from openets.allocation.lines import CONDITIONS
from openets.kernel.quantity import half_up
from openets.simulation.calibration import Calibration, CaseRule, Product, calibration
from openets.simulation.draw import Draw
from openets.simulation.market import Case, Line, LineYear, Market, Usable
from openets.simulation.sizes import Entity, assign_cases, peak_sizes

BASE_YEAR = 2019


class _Plan(NamedTuple):
    """A line with what its years are drawn from."""

    line: Line
    products: tuple[Product, ...]
    parts: tuple[Decimal, ...]
    share: Decimal
    level: Decimal
    trend: Decimal


class _Year(NamedTuple):
    """An entity's year: its pace against its strongest year and its days."""

    year: int
    pace: Decimal
    production_days: int
    shutdown_days: int


def draw_market(*, entities: Iterable[Entity], seed: int, threshold_t: int) -> Market:
    """Draw the lines and the years 2018-2022 of every entity.

    An entity's data depend on the seed, its own number and the members of its industry. Emissions
    have two decimals, output two, both half-up; days are whole. Every entity reaches `threshold_t`
    tonnes CO2e in one inventory year at least. Source: CQ208-1, CQ208-A1.1.2.
    """
    model = calibration()
    listed = sorted(entities, key=lambda each: each.number)
    sizes = peak_sizes(entities=listed, model=model, seed=seed, smallest_t=threshold_t)
    cases = assign_cases(entities=listed, model=model, seed=seed)
    lines: list[Line] = []
    verified: list[LineYear] = []
    for entity in listed:
        drawer = _Drawer(entity, model, cases.get(entity.number), seed)
        plans = drawer.plans(sizes[entity.number])
        lines += [plan.line for plan in plans]
        verified += drawer.rows_above(threshold_t, plans, sizes[entity.number])
    return Market(
        seed=seed,
        lines=tuple(lines),
        verified=tuple(verified),
        reported=tuple(_reported(verified, model, seed)),
        cases=tuple(Case(rule.name, rule.article, number) for number, rule in cases.items()),
    )


class _Drawer:
    """Draws one entity."""

    def __init__(
        self, entity: Entity, model: Calibration, rule: CaseRule | None, seed: int
    ) -> None:
        self.entity = entity
        self.model = model
        self.rule = rule
        self.seed = seed
        self.industry = model.industries[entity.industry]
        self.years = self._years()
        self.non_co2_ratio = self._non_co2_ratio()

    def _draw(self, *purpose: object) -> Draw:
        return Draw(self.seed, self.entity.number, *purpose)

    def plans(self, size_t: Decimal) -> list[_Plan]:
        """Draw the lines: the main ones, the side line, and a new one where the case says so."""
        count = self._line_count(size_t)
        weights = [1 + self._draw("part", n).between(Decimal(0), Decimal(1)) for n in range(count)]
        side = self.industry.side
        main_share = 1 - (side.share if side else 0)
        plans = [
            self._plan(n, self.industry.process, main_share * weight / sum(weights))
            for n, weight in enumerate(weights)
        ]
        if side:
            line = self._line(count, "other", side.products, lacks="")
            plans.append(self._planned(line, side.products, side.share, side.trend))
        if self.rule and self.rule.commissioned:
            new = self._plan(len(plans), self.industry.process, self.rule.share)
            line = replace(new.line, commissioned_date=self.rule.commissioned)
            plans.append(new._replace(line=line))
        return plans

    def rows_above(
        self, threshold_t: int, plans: Sequence[_Plan], size_t: Decimal
    ) -> list[LineYear]:
        """Draw the years; an entity that falls short of the threshold is scaled up to it."""
        rows = self._rows(plans, size_t)
        peak = max(
            sum((r.co2_t + r.non_co2_t for r in rows if r.year == year), Decimal(0))
            for year in self.model.inventory_years
        )
        if peak >= threshold_t:
            return rows
        above = self._draw("lift").between(Decimal("1.001"), Decimal("1.080"))
        return self._rows(plans, size_t * threshold_t * above / peak)

    def _line_count(self, size_t: Decimal) -> int:
        if self.rule and self.rule.lines:
            return self.rule.lines
        extra = self._draw("lines").happens(self.industry.extra_line)
        return min(self.industry.most_lines, 1 + int(size_t) // self.industry.line_t + extra)

    def _plan(self, place: int, process: str, share: Decimal) -> _Plan:
        rule = self.rule
        comparable = not self._draw("comparable", place).happens(self.industry.not_comparable)
        if rule and rule.comparable is not None:
            comparable = rule.comparable
        products = self._products(place)
        lacks = "" if comparable else self._draw("condition", place).pick(CONDITIONS)
        line = self._line(place, (rule and rule.process) or process, products, lacks)
        trend = self.industry.trend if comparable else self.model.total_trend
        if rule and rule.trend is not None:
            trend = rule.trend
        return self._planned(line, products, share, trend)

    def _planned(
        self, line: Line, products: tuple[Product, ...], share: Decimal, trend: Decimal
    ) -> _Plan:
        weights = [
            self._draw("mix", line.code, p.name_zh).between(Decimal(1), Decimal(3))
            for p in products
        ]
        return _Plan(
            line=line,
            products=products,
            parts=tuple(weight / sum(weights) for weight in weights),
            share=share,
            level=1 + self._draw("level").bell(self.industry.level_spread),
            trend=trend + self._draw("trend", line.code).bell(self.model.trend_spread),
        )

    def _products(self, place: int) -> tuple[Product, ...]:
        known = self.industry.products
        hinted = [p for p in known if any(hint in self.entity.name for hint in p.hints)]
        general = [p for p in known if not p.hints]
        draw = self._draw("products", place)
        main = hinted[0] if hinted else draw.pick(general)
        others = [p for p in general if p != main]
        count = 2 if others and draw.happens(self.model.two_products) else 1
        if self.rule and self.rule.products:
            count = self.rule.products
        others.sort(key=lambda p: self._draw("product", place, p.name_zh).share())
        return (main, *others[: count - 1])

    def _line(self, place: int, process: str, products: tuple[Product, ...], lacks: str) -> Line:
        first, last = self.model.commissioned_years
        draw = self._draw("commissioned", place)
        number = self.entity.number
        return Line(
            entity=number,
            code=f"{number:03d}-{place + 1}",
            name_zh=f"{products[0].name_zh}生产线{place + 1}号",
            process=process,
            products=tuple(product.name_zh for product in products),
            lacks=lacks,
            commissioned_date=date(draw.whole(first, last), draw.whole(1, 12), 1),
        )

    def _years(self) -> list[_Year]:
        """Draw the pace and the days off; the strongest inventory year has the pace 1."""
        model, rule = self.model, self.rule
        pace = {
            year: model.activity[year]
            * (1 + self._draw("activity", year).bell(model.activity_spread))
            for year in model.years
        }
        strongest = max(pace[year] for year in model.inventory_years)
        years = []
        for year in model.years:
            off = self._draw("downtime", year).whole(*self.industry.downtime_days)
            if rule and year in rule.shutdown_days:
                off = rule.shutdown_days[year]
            years.append(_Year(year, pace[year] / strongest, _days(year) - off, off))
        return years

    def _non_co2_ratio(self) -> Decimal:
        draw = self._draw("non_co2")
        if not draw.happens(self.industry.non_co2_share):
            return Decimal(0)
        return self.industry.non_co2_ratio * draw.between(Decimal("0.6"), Decimal("1.4"))

    def _rows(self, plans: Sequence[_Plan], size_t: Decimal) -> list[LineYear]:
        return [
            self._row(plan, place, year, size_t)
            for plan in plans
            for year in self.years
            if year.year >= plan.line.commissioned_date.year
            for place in range(len(plan.products))
        ]

    def _row(self, plan: _Plan, place: int, year: _Year, size_t: Decimal) -> LineYear:
        product = plan.products[place]
        days = min(year.production_days, _days_in_operation(plan.line, year.year))
        usual_days = 365 - Decimal(sum(self.industry.downtime_days)) / 2
        volume = size_t * plan.share * plan.parts[place] * year.pace * days / usual_days
        output = half_up(volume / (product.intensity * plan.level), 2)
        before = product.intensity * plan.level * self._change(plan, product, year.year)
        part, saved = self._abated(year.year)
        after = before * (1 - saved)
        co2_t = half_up(output * (before * (1 - part) + after * part), 2)
        return LineYear(
            entity=self.entity.number,
            line=plan.line.code,
            product=product.name_zh,
            year=year.year,
            output=output,
            unit=product.unit,
            co2_t=co2_t,
            non_co2_t=half_up(volume * self.non_co2_ratio, 2),
            production_days=days,
            shutdown_days=year.shutdown_days,
            usable=self._usable(year.year, part, days, output, after),
        )

    def _change(self, plan: _Plan, product: Product, year: int) -> Decimal:
        """The intensity of a year against that of the base year."""
        noise = self._draw("intensity", plan.line.code, product.name_zh, year)
        case = self.rule.intensity_ratio.get(year, Decimal(1)) if self.rule else Decimal(1)
        trend: Decimal = (1 + plan.trend) ** (year - BASE_YEAR)
        return trend * (1 + noise.bell(self.model.yearly_noise)) * case

    def _abated(self, year: int) -> tuple[Decimal, Decimal]:
        """The part of the year after the abatement project, and what the project saves."""
        start = self.rule.usable_from if self.rule else None
        if start is None or self.rule is None or year < start.year:
            return Decimal(0), Decimal(0)
        if year > start.year:
            return Decimal(1), self.rule.saved
        return Decimal((date(year, 12, 31) - start).days + 1) / _days(year), self.rule.saved

    def _usable(
        self, year: int, part: Decimal, days: int, output: Decimal, intensity: Decimal
    ) -> Usable | None:
        start = self.rule.usable_from if self.rule else None
        if start is None or year > start.year:
            return None
        usable_output = half_up(output * part, 2)
        return Usable(start, usable_output, half_up(usable_output * intensity, 2), int(days * part))


def _reported(verified: Iterable[LineYear], model: Calibration, seed: int) -> Iterable[LineYear]:
    """What was reported: some entities' first row of a year is off until it is verified."""
    seen: set[tuple[int, int]] = set()
    for row in verified:
        if row.year not in model.reported_years:
            continue
        first = (row.entity, row.year) not in seen
        seen.add((row.entity, row.year))
        draw = Draw(seed, row.entity, "report", row.year)
        if first and draw.happens(model.report_differs):
            off = model.report_bias + draw.bell(model.report_spread)
            yield replace(row, co2_t=half_up(row.co2_t * (1 + off), 2))
        else:
            yield row


def _days(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _days_in_operation(line: Line, year: int) -> int:
    return (date(year + 1, 1, 1) - max(line.commissioned_date, date(year, 1, 1))).days
