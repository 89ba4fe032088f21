"""The play before the market opens: from the list to issued allowances."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from openets.allocation import operations as allocation
from openets.allocation import plans, runs
from openets.allocation import queries as allowances
from openets.compliance import operations as compliance
from openets.compliance.obligation import surrender_deadline
from openets.crediting import operations as crediting
from openets.history import operations as history
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.mrv import operations as mrv
from openets.mrv.figures import ABATEMENT_PROJECT, Figures
from openets.opening import operations as opening
from openets.parties.models import Organisation
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind, Origin, UnitKind
from openets.roster import operations as roster
from openets.rulebook.entities import ListedEntity, listed_entities
from openets.rulebook.load import Law
from openets.settlement import operations as settlement
from openets.simulation import verifying
from openets.simulation.calibration import read
from openets.simulation.cast import Cast, found_market
from openets.simulation.draw import Draw
from openets.simulation.failures import Failure, failures
from openets.simulation.market import LineYear, Market
from openets.simulation.operating import draw_market
from openets.simulation.tempers import draw_temper
from openets.simulation.trading_day import Plans
from openets.simulation.verifying import draw_round
from openets.trading import operations as trading

OBJECTION_GROUNDS = "对结果有异议，申请复核（合成）"
UPHELD = "经复核，原结果计算无误，予以维持（合成）"
CORRECTED = "经复核，部分数据应予更正（合成）"
RAISED_PER_MILLE = 1005
PLAN_BASIS = "根据本市温室气体排放控制要求设定年度配额总量（合成）"
PLAN_FACTORS = {
    "growth": "综合考虑经济增长（合成）",
    "industry": "综合考虑产业结构调整（合成）",
    "energy": "综合考虑能源结构优化（合成）",
    "air": "综合考虑大气污染物协同控制（合成）",
}


@dataclass
class Stage:
    """The stage of the play: its script, its cast, its drawn market and its clock."""

    law: Law
    seed: int
    script: Mapping[str, Any]
    listed: Sequence[ListedEntity]
    market: Market
    plans: Plans
    now: datetime
    _cast: Cast | None = None
    failures: Mapping[str, Failure] = field(default_factory=dict)

    @classmethod
    def begin(cls, *, law: Law, seed: int, entities: int | None = None) -> "Stage":
        """Read the script and draw the market of a seed, or a sample of so many of its entities."""
        script = read("script.yaml")
        years = script["years"]
        threshold = law.for_year("list.threshold_tco2e", min(years)).whole
        listed = listed_entities(law.jurisdiction, min(years))
        market = draw_market(entities=listed, seed=seed, threshold_t=threshold)
        if entities is not None:
            chosen = _sample(listed, {case.entity for case in market.cases}, entities)
            listed = tuple(entity for entity in listed if entity.number in chosen)
            market = market.only(chosen)
        deadlines: dict[int, date] = {}
        for year in years:
            deadline = surrender_deadline(law=law, year=year)
            assert deadline is not None, "the played years have deadlines"
            deadlines[year] = deadline
        return cls(
            law=law,
            seed=seed,
            script=script,
            listed=listed,
            market=market,
            plans=Plans(
                tempers={}, deadlines=deadlines, passive=frozenset(), offsetting=frozenset()
            ),
            now=at(script["founding"]),
        )

    @property
    def cast(self) -> Cast:
        """Everybody, once the market is founded."""
        assert self._cast is not None, "the market is founded first"
        return self._cast

    @cast.setter
    def cast(self, cast: Cast) -> None:
        self._cast = cast

    def acts(self, code: str, person: int = 1) -> Acting:
        """How the person of a number acts for an organisation."""
        return self.cast.acts(code, person)

    def moment(self, name: str, year: int | None = None, hour: int = 9) -> datetime:
        """Go to the script's day of a name, and of a year where it has several."""
        day = self.script[name]
        self.now = at(day if year is None else day[year], hour)
        return self.now

    def failing(self, kind: str) -> set[str]:
        """The codes of the entities that fail in a way."""
        return {code for code, failure in self.failures.items() if failure.kind.name == kind}

    def figures(self, rows: Iterable[LineYear], year: int) -> dict[Organisation, list[Figures]]:
        """The drawn figures of a year by entity."""
        of_year = sorted((r for r in rows if r.year == year), key=lambda r: r.entity)
        return {
            self.entity(number): [_figures(row) for row in group]
            for number, group in groupby(of_year, key=lambda r: r.entity)
        }

    def entity(self, number: int) -> Organisation:
        """An entity by its number on the list."""
        return self.cast.organisations[f"E{number:03}"]


def found(stage: Stage) -> None:
    """Register institutions and entities, list them, register their lines."""
    moment = stage.moment("founding")
    years, projects = stage.script["years"], stage.script["projects"]
    stage.cast = found_market(
        listed=stage.listed,
        project_owners=[f"{project['name']}业主" for project in projects],
        law=stage.law,
        seed=stage.seed,
        at=moment,
    )
    for year in years:
        roster.adopt_list(
            organisations=stage.cast.entities,
            year=year,
            source="CQ208-A1.L",
            law=stage.law,
            acting=stage.acts("bureau"),
            at=moment,
        )
        roster.publish_list(year=year, acting=stage.acts("bureau"), at=moment)
    lines: dict[Organisation, list[mrv.NewLine]] = {}
    for line in stage.market.lines:
        new = mrv.NewLine(
            line.code,
            line.name_zh,
            line.process,
            homogeneous=line.lacks != "homogeneous",
            clear_boundary=line.lacks != "clear_boundary",
            comparable=line.lacks != "comparable",
            commissioned_date=line.commissioned_date,
        )
        lines.setdefault(stage.entity(line.entity), []).append(new)
    mrv.register_lines(lines, acting=stage.acts("bureau"), at=moment)


def import_inventory(stage: Stage) -> None:
    """Take over the inventory of the base years. Source: CQ208-1."""
    moment = stage.moment("inventory")
    for year in stage.script["inventory_years"]:
        mrv.import_inventory(
            stage.figures(stage.market.verified, year),
            year=year,
            synthetic=True,
            acting=stage.acts("bureau"),
            at=moment,
        )


def report(stage: Stage) -> None:
    """Every entity submits its reports; the written copies come in. Source: CQETS-24."""
    for year in stage.script["years"]:
        moment = stage.moment("reports", year, 10)
        for entity, figures in stage.figures(stage.market.reported, year).items():
            mrv.submit_report(
                organisation=entity,
                year=year,
                figures=figures,
                statement=True,
                synthetic=True,
                law=stage.law,
                acting=stage.acts(entity.code),
                at=moment,
            )
    moment = stage.moment("paper")
    for year in stage.script["years"]:
        mrv.receive_paper(
            organisations=stage.cast.entities, year=year, acting=stage.acts("bureau"), at=moment
        )


def verify(stage: Stage) -> None:
    """Bodies verify, one entity objects and is put right, all results become final."""
    years, bodies = stage.script["years"], stage.cast.bodies
    disputed = _disputed(stage, max(years))
    rounds = {
        year: draw_round(
            year,
            reported=stage.figures(stage.market.reported, year),
            verified=stage.figures(stage.market.verified, year),
            without={disputed},
        )
        for year in years
    }
    assigned = {
        year: {
            e: bodies[n % len(bodies)]
            for n, e in enumerate(stage.cast.entities)
            if e not in rounds[year].verified
        }
        for year in years
    }
    for year in years:
        mrv.assign_verification(
            bodies=assigned[year],
            year=year,
            acting=stage.acts("bureau"),
            at=stage.moment("verification"),
        )
    verifying.verify_in_full(
        list(rounds.values()), bodies, moments=_moments(stage), acts=stage.acts, law=stage.law
    )
    for year in years:
        truth = stage.figures(stage.market.verified, year)
        first = dict(truth)
        if year == max(years):
            first[disputed] = stage.figures(stage.market.reported, year)[disputed]
        for body in bodies:
            mrv.enter_results(
                results={e: first[e] for e, by in assigned[year].items() if by == body},
                year=year,
                statement=True,
                acting=stage.acts(body.code),
                at=stage.moment("results"),
            )
        mrv.notify_results(
            organisations=stage.cast.entities,
            year=year,
            law=stage.law,
            acting=stage.acts("bureau"),
            at=stage.moment("results_notified"),
        )
    _object_to_verification(stage, disputed, max(years))
    for year in years:
        mrv.finalise_unopposed(
            year=year, acting=stage.acts("clock"), at=stage.moment("verification_decision", hour=18)
        )


def assess_bodies(stage: Stage) -> None:
    """Score the bodies; one appeals, the results are published. Source: CQETS-31."""
    verifying.assess(
        stage.cast.bodies,
        max(stage.script["years"]),
        moments=[stage.moment(f"bodies_{step}") for step in ("scored", "heard", "published")],
        acts=stage.acts,
        law=stage.law,
    )


def allocate(stage: Stage) -> None:
    """Plan, calculate, determine by a second person, notify allowances and verified emissions."""
    years = stage.script["years"]
    _plan_allocation(stage)
    for year in years:
        bureau, moment = stage.acts("bureau", 1), stage.moment("calculation")
        run = runs.whole_run(
            reference=f"trial/{year}",
            name=f"{year} 年度试算",
            year=year,
            law=stage.law,
            acting=bureau,
            at=moment,
        )
        undecided = allocation.propose(run=run.pk, law=stage.law, acting=bureau, at=moment)
        assert not undecided, f"the drawn market can be allocated: {undecided[:1]}"
    for year in years:
        allocation.determine(
            year=year,
            law=stage.law,
            acting=stage.acts("bureau", 2),
            at=stage.moment("determination"),
        )
    for year in years:
        moment = stage.moment("notice")
        bureau = stage.acts("bureau")
        allocation.notify(year=year, law=stage.law, acting=bureau, at=moment)
        compliance.open_duties(year=year, law=stage.law, acting=bureau, at=moment)
    _make_plans(stage)


def _plan_allocation(stage: Stage) -> None:
    """One person of the bureau drafts the plans, another approves and publishes them."""
    years, second = stage.script["years"], stage.acts("bureau", 2)
    for year in years:
        plans.draft_plan(
            year=year,
            basis=PLAN_BASIS,
            factors=PLAN_FACTORS,
            supersedes=False,
            law=stage.law,
            acting=stage.acts("bureau", 1),
            at=stage.moment("plan_drafted"),
        )
    for year in years:
        moment = stage.moment("plan_approved")
        plans.approve_plan(year=year, version=1, law=stage.law, acting=second, at=moment)
    for year in years:
        moment = stage.moment("plan_published")
        plans.publish_plan(year=year, version=1, acting=second, at=moment)


def open_accounts(stage: Stage) -> None:
    """Open all accounts, carry paid units over, register reductions, list the products."""
    moment = stage.moment("accounts")
    organisations = stage.cast.organisations
    registrar, exchange = stage.acts("registry"), stage.acts("exchange")
    registry.open_system_accounts(operator=organisations["registry"], acting=registrar, at=moment)
    settlement.open_market_accounts(acting=exchange, at=moment)
    traders = [organisations[code] for code in stage.cast.traders]
    holders = [*stage.cast.entities, *traders, *stage.cast.owners]
    for kind, acting in ((AccountKind.REGISTRY, registrar), (AccountKind.TRADING, exchange)):
        registry.open_accounts(holders=holders, kind=kind, acting=acting, at=moment)
    links = [
        registry.Link(account.holder, account.number, stage.acts(account.holder.code))
        for account in holdings.open_accounts_of(holders, AccountKind.REGISTRY)
    ]
    registry.link_accounts(links, at=moment)
    crediting.certify(organisations=holders, acting=stage.acts("platform"), at=moment)
    settlement.open_cash_accounts(
        holders=holders,
        acting=exchange,
        at=moment,
        numbers={holder.code: f"62{holder.pk:014}" for holder in holders},
    )
    trading.list_products(law=stage.law, acting=exchange, at=moment)
    history.load_shipped(acting=exchange, at=moment)
    opening.publish_templates(version=stage.script["templates"], acting=exchange, at=moment)
    _equip_traders(stage, moment)
    _register_reductions(stage, stage.moment("credits"))


def issue(stage: Stage) -> None:
    """Objections come in; what nobody disputed is issued when the window has closed."""
    _object_to_allocations(stage)
    for year in stage.script["years"]:
        moment = stage.moment("issue")
        allocation.accept_unopposed(year=year, acting=stage.acts("clock"), at=moment)
        _issue(stage, year, moment)


def issue_rest(stage: Stage) -> None:
    """Issue what the review decisions left, and the reserves, which follow from the final sums."""
    registrar = stage.acts("registry")
    for year in stage.script["years"]:
        moment = stage.moment("second_issue", hour=8)
        _issue(stage, year, moment)
        allocation.set_aside_reserve(year=year, law=stage.law, acting=registrar, at=moment)


def _issue(stage: Stage, year: int, moment: datetime) -> None:
    """One person of the registry asks for the issue, another approves it."""
    first, second = stage.acts("registry", 1), stage.acts("registry", 2)
    allocation.request_issue(year=year, law=stage.law, acting=first, at=moment)
    allocation.issue(year=year, law=stage.law, acting=second, at=moment)


def _sample(listed: Sequence[ListedEntity], special: Collection[int], count: int) -> set[int]:
    """The special cases, as far as there is room, the first other entity and more at even steps."""
    usual = [entity.number for entity in listed if entity.number not in special]
    cases = sorted(special)[: max(0, count - 1)]
    left = count - len(cases)
    return {*cases, *(usual[place * len(usual) // left] for place in range(left))}


def _figures(row: LineYear) -> Figures:
    usable = row.usable
    return Figures(
        line=row.line,
        product=row.product,
        output=row.output,
        unit=row.unit,
        co2_t=row.co2_t,
        non_co2_t=row.non_co2_t,
        production_days=row.production_days,
        shutdown_days=row.shutdown_days,
        usable_from=usable.from_date if usable else None,
        usable_output=usable.output if usable else None,
        usable_co2_t=usable.co2_t if usable else None,
        usable_production_days=usable.production_days if usable else None,
        usable_because=ABATEMENT_PROJECT if usable else "",
    )


def _moments(stage: Stage) -> dict[str, datetime]:
    steps = ("drawn", "confirmed", "works", "reviewed")
    moments = {step: stage.moment(f"verification_{step}") for step in steps}
    return {**moments, "signed": stage.moment("results")}


def _disputed(stage: Stage, year: int) -> Organisation:
    truth = stage.figures(stage.market.verified, year)
    reported = stage.figures(stage.market.reported, year)
    differing = [entity for entity, figures in truth.items() if reported[entity] != figures]
    return Draw(stage.seed, "disputed verification").pick(differing)


def _object_to_verification(stage: Stage, entity: Organisation, year: int) -> None:
    mrv.object_to_result(
        organisation=entity,
        year=year,
        grounds=OBJECTION_GROUNDS,
        law=stage.law,
        acting=stage.acts(entity.code),
        at=stage.moment("verification_objection"),
    )
    mrv.decide_objection(
        organisation=entity,
        year=year,
        corrected=stage.figures(stage.market.verified, year)[entity],
        reasons=CORRECTED,
        law=stage.law,
        acting=stage.acts("bureau"),
        at=stage.moment("verification_decision"),
    )


def _make_plans(stage: Stage) -> None:
    """Draw who is like what, who offsets and who fails."""
    entities, seed = stage.cast.entities, stage.seed
    by_year = [allowances.of_year(year) for year in stage.script["years"]]
    short = [e for e in entities if all(found[e.pk].gap_t > 0 for found in by_year)]
    drawn = failures(
        numbers=[e.number or 0 for e in entities], short=[e.number or 0 for e in short], seed=seed
    )
    stage.failures = {f"E{failure.entity:03}": failure for failure in drawn}
    share = Decimal(stage.script["offsetting_share"])
    offsetting = {
        e.code
        for e in entities
        if any(found[e.pk].gap_t > 0 for found in by_year)
        and Draw(seed, e.code, "offsetting").happens(share)
    }
    offsetting |= stage.failing("offset_rejected")
    traders = [*entities, *stage.cast.owners]
    stage.plans = Plans(
        tempers={o.code: draw_temper(participant=o.code, seed=seed) for o in traders},
        deadlines=stage.plans.deadlines,
        passive=frozenset(stage.failing("never_buys")),
        offsetting=frozenset(offsetting),
    )


def _equip_traders(stage: Stage, moment: datetime) -> None:
    """Traders bring cash, and paid units of earlier years carried over. Source: CQ208-3."""
    vintage = stage.script["carried_over_vintage"]
    lot = registry.LotOf(stage.law.jurisdiction, UnitKind.ALLOWANCE, vintage, Origin.PAID)
    for code, trader in stage.cast.traders.items():
        holder = stage.cast.organisations[code]
        settlement.deposit(
            holder=holder,
            amount_fen=Fen(trader.cash_fen),
            reference=f"{code}/opening",
            acting=stage.acts("bank"),
            at=moment,
        )
        registry.carry_over(
            holder=holder,
            amount_t=Tonnes(trader.units_t),
            lot=lot,
            acting=stage.acts("registry"),
            at=moment,
        )
        registry.move_between_own(
            holder=holder,
            kind="move_to_trading",
            amount_t=Tonnes(trader.units_t),
            unit=UnitKind.ALLOWANCE,
            vintage_year=vintage,
            reference="opening",
            law=stage.law,
            acting=stage.acts(code),
            at=moment,
        )


def _register_reductions(stage: Stage, moment: datetime) -> None:
    """File the projects' reductions, pay the fee, register the units. Source: CQ208-A5.2.1."""
    price = Decimal(stage.script["average_price_yuan"])
    bureau = stage.acts("bureau")
    pairs = zip(stage.cast.owners, stage.script["projects"], strict=True)
    for owner, card in pairs:
        project = crediting.file_project(
            code=f"{owner.code}-1",
            name=card["name"],
            owner=owner,
            project_type=card["type"],
            place=card["place"],
            place_class=card["class"],
            synthetic=True,
            acting=bureau,
            at=moment,
        )
        filing = crediting.file_reductions(
            project=project,
            vintage_year=card["vintage_year"],
            amount_t=Tonnes(card["amount_t"]),
            average_price_yuan=price,
            law=stage.law,
            acting=bureau,
            at=moment,
        )
        platform = stage.acts("platform")
        crediting.record_fee(
            filing=filing, paid_fen=Fen(filing.fee_fen), acting=platform, at=moment
        )
        crediting.register_reductions(filing=filing, law=stage.law, acting=platform, at=moment)


def _objecting(stage: Stage) -> tuple[Organisation, Organisation]:
    able = [e for e in stage.cast.entities if e.code not in stage.failures]
    draw = Draw(stage.seed, "disputed allocations")
    first = draw.pick(able)
    return first, draw.pick([e for e in able if e != first])


def _object_to_allocations(stage: Stage) -> None:
    moment = stage.moment("allocation_objections")
    for entity, year in zip(_objecting(stage), stage.script["years"], strict=True):
        allocation.object_to_result(
            organisation=entity,
            year=year,
            grounds=OBJECTION_GROUNDS,
            law=stage.law,
            acting=stage.acts(entity.code),
            at=moment,
        )


def decide_allocations(stage: Stage) -> None:
    """The first objection fails, the second succeeds."""
    moment = stage.moment("allocation_decisions")
    upheld, raised = _objecting(stage)
    first_year, second_year = stage.script["years"]
    allocation.decide_objection(
        organisation=upheld,
        year=first_year,
        determined_t=None,
        reasons=UPHELD,
        law=stage.law,
        acting=stage.acts("bureau", 2),
        at=moment,
    )
    before = allowances.of_year(second_year)[raised.pk].determined_t
    allocation.decide_objection(
        organisation=raised,
        year=second_year,
        determined_t=Tonnes(before * RAISED_PER_MILLE // 1000),
        reasons=CORRECTED,
        law=stage.law,
        acting=stage.acts("bureau", 2),
        at=moment,
    )
