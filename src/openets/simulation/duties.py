"""What happens around the duties on each day of the played market: offsets, advances, surrender."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from openets.allocation import operations as allocation
from openets.allocation import queries as allowances
from openets.compliance import operations as compliance
from openets.compliance import queries as duties
from openets.compliance.models import AdvanceApplication, OffsetApplication
from openets.compliance.offset_rules import OffsetRules, offset_cap_t
from openets.kernel.clock import at
from openets.kernel.quantity import Tonnes
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, LockCause, UnitKind
from openets.registry.models import Lot
from openets.simulation.draw import Draw
from openets.simulation.preparation import Stage, decide_allocations, issue_rest

RISK = "经核实，该单位存在履约风险（合成）"
PASSED = "符合履约相关规定（合成）"
FAILED = "材料不符合要求，不予确认（合成）"


class DutyDays:
    """The compliance side of the play, day by day."""

    def __init__(self, stage: Stage) -> None:
        """`stage` has the plans; the script says what falls on which day."""
        self.stage = stage
        self.years: list[int] = stage.script["years"]
        self.advances: list[AdvanceApplication] = []
        self.offsets: list[OffsetApplication] = []
        self.entities = {entity.code: entity for entity in stage.cast.entities}
        self.surrender_days = self._draw_surrender_days()
        script = stage.script
        self.morning: dict[date, list[Callable[[date], None]]] = {}
        self._on(script["allocation_decisions"], lambda _: decide_allocations(stage))
        self._on(script["second_issue"], lambda _: issue_rest(stage))
        self._on(script["advance_applied"], self._apply_for_advances)
        self._on(script["advance_granted"], self._grant_advances)
        self._on(script["risk_reported"], self._report_risk)
        self._on(script["risk_decided"], self._cancel_pre_allocation)
        for deadline in stage.plans.deadlines.values():
            self._on(deadline + timedelta(days=1), self._freeze)
        self._on(max(stage.plans.deadlines.values()) + timedelta(days=2), self._close_period)

    def before_trading(self, day: date) -> None:
        """What the script has for the morning."""
        for act in self.morning.get(day, ()):
            act(day)

    def after_trading(self, day: date) -> None:
        """Offsets are filed and decided, and those whose day has come surrender."""
        script = self.stage.script
        for year in self.years:
            if day == script["offsets"][year]:
                self._file_offsets(year, day)
            if day == script["offsets_decided"][year]:
                self._decide_offsets(year, day)
            self._surrender(year, day)
        if day == script["offset_rejected"]:
            self._reject_the_last(day)

    def _on(self, day: date, act: Callable[[date], None]) -> None:
        self.morning.setdefault(day, []).append(act)

    def _draw_surrender_days(self) -> dict[tuple[str, int], date]:
        """Everybody surrenders some day between the script's first and the deadline."""
        found = {}
        for year in self.years:
            first, last = (
                self.stage.script["surrender_from"][year],
                self.stage.plans.deadlines[year],
            )
            for code in self.entities:
                offset = Draw(self.stage.seed, code, year, "surrender").whole(
                    0, (last - first).days
                )
                found[code, year] = first + timedelta(days=offset)
        for code in self.stage.failing("surrenders_too_late"):
            found[code, min(self.years)] = self.stage.plans.deadlines[min(self.years)] + timedelta(
                2
            )
        return found

    def _apply_for_advances(self, day: date) -> None:
        """Whoever may use frozen units and is still short applies for all it may."""
        for year in self.years:
            for pk, row in allowances.of_year(year).items():
                entity = next(e for e in self.entities.values() if e.pk == pk)
                if row.advance_limit_t and entity.code not in self.stage.plans.passive:
                    frozen = holdings.locked_t(entity, LockCause.PRE_ALLOCATION)
                    pending = sum(a.requested_t for a in self.advances if a.organisation_id == pk)
                    amount = min(row.advance_limit_t, frozen - pending)
                    if amount > 0:
                        self.advances.append(
                            compliance.apply_for_advance(
                                organisation=entity,
                                year=year,
                                amount_t=amount,
                                acting=self.stage.acts(entity.code),
                                at=at(day, 10),
                            )
                        )

    def _grant_advances(self, day: date) -> None:
        for application in self.advances:
            compliance.grant_advance(
                application=application, acting=self.stage.acts("bureau"), at=at(day, 10)
            )
            key = (application.organisation.code, application.year)
            self.stage.plans.promised[key] = application.requested_t

    def _report_risk(self, day: date) -> None:
        for code in self.stage.failing("never_buys"):
            entity = self.entities[code]
            allocation.report_risk(
                organisation=entity,
                year=max(self.years) + 1,
                grounds=RISK,
                acting=self.stage.acts(f"D-{entity.district}"),
                at=at(day, 10),
            )

    def _cancel_pre_allocation(self, day: date) -> None:
        for code in self.stage.failing("never_buys"):
            allocation.cancel_pre_allocation(
                organisation=self.entities[code],
                year=max(self.years) + 1,
                reasons=RISK,
                law=self.stage.law,
                acting=self.stage.acts("bureau"),
                operator=self.stage.acts("registry"),
                at=at(day, 10),
            )

    def _file_offsets(self, year: int, day: date) -> None:
        """Reductions come home from the trading account and are offered up to the cap."""
        stage = self.stage
        for code in sorted(stage.plans.offsetting):
            entity = self.entities[code]
            self._bring_home(entity, UnitKind.CQCER, None, holdings.holdings(entity), day)
            duty = duties.obligation(entity, year)
            cap = offset_cap_t(
                rules=OffsetRules.of(stage.law, year), verified_t=duty.verified_t or Tonnes(0)
            )
            promised = stage.plans.promised.get((code, year), 0)
            offered = self._credits(entity, min(cap, duty.open_t - promised))
            if not offered:
                continue
            application = compliance.file_offset(
                organisation=entity,
                year=year,
                offered=offered,
                reference=f"{code}/{year}",
                law=stage.law,
                acting=stage.acts(code),
                at=at(day, 16),
            )
            stage.plans.promised[code, year] = promised + application.amount_t
            compliance.forward_offset(
                application=application, acting=stage.acts("platform"), at=at(day, 17)
            )
            self.offsets.append(application)
        stage.plans.offsets_closed.add(year)

    def _credits(self, entity: Organisation, most_t: int) -> dict[Lot, int]:
        offered: dict[Lot, int] = {}
        left = most_t
        for holding in holdings.holdings(entity):
            at_home = holding.account_kind == AccountKind.REGISTRY
            if at_home and holding.lot.kind == UnitKind.CQCER and left > 0:
                take = min(left, holding.available_t)
                if take:
                    offered[holding.lot] = offered.get(holding.lot, 0) + take
                    left -= take
        return offered

    def _decide_offsets(self, year: int, day: date) -> None:
        filed = [application for application in self.offsets if application.year == year]
        late = self._decided_late(filed) if year == max(self.years) else None
        for application in filed:
            if application is not late:
                self._decide(application, day, confirm=True)

    def _decided_late(self, filed: Sequence[OffsetApplication]) -> OffsetApplication | None:
        """The application that will be rejected: the planted entity's, else the largest one.

        Whether the market sells the planted entity any reductions is not for the play to say.
        """
        planted = self.stage.failing("offset_rejected")
        own = [a for a in filed if a.organisation.code in planted]
        others = [a for a in filed if a.organisation.code not in self.stage.failures]
        return max(own or others, key=lambda a: a.amount_t, default=None)

    def _reject_the_last(self, day: date) -> None:
        for application in self.offsets:
            if application.decided_at is None:
                self._decide(application, day, confirm=False)

    def _decide(self, application: OffsetApplication, day: date, *, confirm: bool) -> None:
        compliance.decide_offset(
            application=application,
            confirm=confirm,
            reasons=PASSED if confirm else FAILED,
            law=self.stage.law,
            acting=self.stage.acts("bureau"),
            at=at(day, 18),
        )
        key = (application.organisation.code, application.year)
        self.stage.plans.promised[key] -= application.amount_t

    def _surrender(self, year: int, day: date) -> None:
        """Whose day has come surrenders what covers its duty; on the last day what there is."""
        deadline = self.stage.plans.deadlines[year]
        late = {c for (c, y), d in self.surrender_days.items() if y == year and d > deadline}
        if day > deadline and day != deadline + timedelta(days=2):
            return
        if day < self.stage.script["surrender_from"][year]:
            return
        forgetting = self.stage.failing("forgets_second_year") if year == max(self.years) else set()
        due = {
            standing.entity: standing.open_t
            for standing in duties.standings(year, self.stage.law, on=day)
            if standing.open_t
            and self.surrender_days[standing.entity, year] <= day
            and standing.entity not in forgetting
            and (day > deadline) == (standing.entity in late)
        }
        held = holdings.all_holdings([self.entities[code].pk for code in due])
        for code, open_t in due.items():
            self._surrender_one(
                self.entities[code], year, open_t, held[self.entities[code].pk], day
            )

    def _surrender_one(
        self,
        entity: Organisation,
        year: int,
        open_t: int,
        held: Sequence[holdings.Holding],
        day: date,
    ) -> None:
        stage, code = self.stage, entity.code
        promised = stage.plans.promised.get((code, year), 0)
        wanted = open_t - promised
        if code in stage.failing("one_tonne_short") and year == min(self.years):
            wanted -= 1
        # Later vintages serve an earlier year only when time has run out for buying its own.
        last = day >= stage.plans.deadlines[year]
        vintages = [v for v in self.years if last or v <= year]
        usable = sum(
            h.available_t
            for h in held
            if h.lot.kind == UnitKind.ALLOWANCE and h.lot.vintage_year in vintages
        )
        if usable < wanted and not last:
            return
        for vintage in vintages:
            self._bring_home(entity, UnitKind.ALLOWANCE, vintage, held, day)
        moment, reference = at(day, 16, 30), day.isoformat()
        if min(usable, wanted) > 0:
            compliance.surrender(
                organisation=entity,
                year=year,
                amount_t=min(usable, wanted),
                reference=reference,
                law=stage.law,
                acting=stage.acts(code),
                at=moment,
            )
        granted = holdings.locked_t(entity, LockCause.ADVANCE, f"advance/{code}/{year}")
        if granted:
            compliance.surrender_advance(
                organisation=entity,
                year=year,
                amount_t=min(granted, open_t - min(usable, wanted)),
                reference=f"{reference}/advance",
                law=stage.law,
                acting=stage.acts(code),
                at=moment,
            )
            stage.plans.promised[code, year] = promised - granted

    def _bring_home(
        self,
        entity: Organisation,
        unit: UnitKind,
        vintage: int | None,
        held: Sequence[holdings.Holding],
        day: date,
    ) -> None:
        there = sum(
            h.available_t
            for h in held
            if h.account_kind == AccountKind.TRADING
            and h.lot.kind == unit
            and vintage in {None, h.lot.vintage_year}
        )
        if there:
            registry.move_between_own(
                holder=entity,
                kind="move_to_registry",
                amount_t=Tonnes(there),
                unit=unit,
                vintage_year=vintage,
                reference=f"{day}/{unit}/{vintage}/home",
                law=self.stage.law,
                acting=self.stage.acts(entity.code),
                at=at(day, 16),
            )

    def _freeze(self, day: date) -> None:
        year = next(y for y, d in self.stage.plans.deadlines.items() if d < day <= d + timedelta(1))
        compliance.freeze_status(
            year=year, law=self.stage.law, acting=self.stage.acts("clock"), at=at(day, 0, 10)
        )

    def _close_period(self, day: date) -> None:
        """Release what was frozen for those who did both years; cancel the unused reserve."""
        bureau, moment = self.stage.acts("bureau"), at(day, 10)
        compliance.release_pre_allocation(
            years=self.years, law=self.stage.law, acting=bureau, at=moment
        )
        compliance.cancel_unused_reserve(
            years=self.years, law=self.stage.law, acting=self.stage.acts("registry"), at=moment
        )
