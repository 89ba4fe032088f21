"""A small market for tests, built through operations only, up to the stage a test begins at.

Every entity has one line that is allocated by the total method with as many production days every
year, so that its calculated allowance is the mean of its emissions in the base years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from openets.allocation import operations as allocation
from openets.allocation import plans
from openets.crediting import operations as crediting
from openets.kernel.acting import Acting
from openets.kernel.clock import at, market_date
from openets.mrv import operations as mrv
from openets.mrv.figures import Figures
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from openets.rulebook.load import Law, law

CQ = law("cq")
YEARS = (2021, 2022)
FIRST_YEAR = 2018

FOUNDED = at(date(2023, 2, 20))
REPORTED = at(date(2023, 4, 24))
VERIFIED = at(date(2023, 6, 30))
INFORMED = at(date(2023, 7, 10))
FINAL = at(date(2023, 7, 25))
PLANNED = at(date(2023, 9, 20))
CALCULATED = at(date(2023, 10, 23))
DETERMINED = at(date(2023, 11, 6))
NOTIFIED = at(date(2023, 11, 14))
ISSUED = at(date(2023, 11, 24))

EMISSIONS = (
    (100_000, 100_000, 100_000, 100_000, 100_000),
    (70_000, 70_000, 70_000, 70_000, 100_000),
    (50_000, 50_000, 50_000, 40_000, 40_000),
)
"""Tonnes of 2018-2022 of an even entity, a short one with a relieved gap, and one with a surplus;
further entities repeat them."""

DISTRICTS = ("涪陵区", "长寿区")
FOUNDER = Acting("bureau-1", Role.CITY_BUREAU, "bureau")
INSTITUTIONS = (
    NewOrganisation("bureau", "重庆市生态环境局", Role.CITY_BUREAU),
    NewOrganisation("registry", "重庆市应对气候变化发展中心", Role.REGISTRY_OPERATOR),
    NewOrganisation("exchange", "重庆联合产权交易所", Role.EXCHANGE_OPERATOR),
    NewOrganisation("platform", "“碳惠通”平台运营主体", Role.PLATFORM_OPERATOR),
    NewOrganisation("bank", "合成结算银行", Role.BANK, synthetic=True),
    NewOrganisation("clock", "市场时钟", Role.MARKET_CLOCK),
    NewOrganisation("V1", "合成核查机构1", Role.VERIFICATION_BODY, synthetic=True),
    NewOrganisation("V2", "合成核查机构2", Role.VERIFICATION_BODY, synthetic=True),
    NewOrganisation("I1", "合成投资机构1", Role.INVESTOR, synthetic=True),
    NewOrganisation("P1", "合成项目业主1", Role.PROJECT_OWNER, synthetic=True),
    *(NewOrganisation(f"D-{d}", f"{d}生态环境局", Role.DISTRICT_BUREAU, d) for d in DISTRICTS),
)


@dataclass(frozen=True)
class Market:
    """Everybody by code, and what each entity emitted in 2018-2022."""

    organisations: Mapping[str, Organisation]
    entities: Sequence[Organisation]
    emissions: Mapping[str, Sequence[int]]

    def __getitem__(self, code: str) -> Organisation:
        """The organisation of a code."""
        return self.organisations[code]

    def acts(self, code: str, person: int = 1) -> Acting:
        """How the person of a number acts for an organisation."""
        return Acting(f"{code}-{person}", Role(self[code].role), code)

    def figures(self, entity: Organisation, year: int) -> list[Figures]:
        """The true figures of an entity and year."""
        return figures(self.emissions[entity.code][year - FIRST_YEAR])


def figures(co2_t: int | str, **otherwise: object) -> list[Figures]:
    """The one row of an entity with these emissions in tCO2."""
    facts = {"production_days": 300, "shutdown_days": 0, **otherwise}
    amounts = {"output": Decimal(1000), "co2_t": Decimal(co2_t), "non_co2_t": Decimal(0)}
    return [Figures(**{"line": "L1", "product": "产品", "unit": "t", **amounts, **facts})]


def founded_market(entities: int = 3, emissions: Sequence[Sequence[int]] = EMISSIONS) -> Market:
    """Organisations, the lists of 2021 and 2022, a line for each entity, the inventory."""
    codes = [f"E{n:03}" for n in range(1, entities + 1)]
    new = [
        NewOrganisation(
            code,
            f"合成重点排放单位{n}",
            Role.KEY_EMITTING_ENTITY,
            DISTRICTS[n % len(DISTRICTS)],
            "其他行业",
            n + 1,
            synthetic=True,
        )
        for n, code in enumerate(codes)
    ]
    made = parties.register_organisations([*INSTITUTIONS, *new], law=CQ, acting=FOUNDER, at=FOUNDED)
    for code in ("registry", "exchange"):
        parties.designate(
            organisation=made[code],
            from_date=market_date(FOUNDED),
            acting=FOUNDER,
            at=FOUNDED,
        )
    market = Market(
        organisations=made,
        entities=[made[code] for code in codes],
        emissions={code: emissions[n % len(emissions)] for n, code in enumerate(codes)},
    )
    for year in YEARS:
        parties.list_entities(
            organisations=market.entities,
            year=year,
            source="CQ208-A1.L",
            law=CQ,
            acting=FOUNDER,
            at=FOUNDED,
        )
    line = mrv.NewLine(
        "L1",
        "生产线1",
        "other",
        homogeneous=True,
        clear_boundary=True,
        comparable=False,
        commissioned_date=date(2005, 1, 1),
    )
    mrv.register_lines({e: [line] for e in market.entities}, acting=FOUNDER, at=FOUNDED)
    for year in range(FIRST_YEAR, min(YEARS)):
        mrv.import_inventory(
            {entity: market.figures(entity, year) for entity in market.entities},
            year=year,
            synthetic=True,
            acting=FOUNDER,
            at=FOUNDED,
        )
    return market


def submit_reports(market: Market, year: int) -> None:
    """Every entity reports a year, online and on paper."""
    for entity in market.entities:
        mrv.submit_report(
            organisation=entity,
            year=year,
            figures=market.figures(entity, year),
            statement=True,
            synthetic=True,
            law=CQ,
            acting=market.acts(entity.code),
            at=REPORTED,
        )
    mrv.receive_paper(organisations=market.entities, year=year, acting=FOUNDER, at=REPORTED)


def reported_market(entities: int = 3, emissions: Sequence[Sequence[int]] = EMISSIONS) -> Market:
    """A founded market whose reports of 2021 and 2022 are in, online and on paper."""
    market = founded_market(entities, emissions)
    for year in YEARS:
        submit_reports(market, year)
        mrv.assign_verification(
            bodies=dict.fromkeys(market.entities, market["V1"]),
            year=year,
            acting=FOUNDER,
            at=REPORTED,
        )
    return market


def informed_market(entities: int = 3, emissions: Sequence[Sequence[int]] = EMISSIONS) -> Market:
    """A reported market whose entities know their verification results since `INFORMED`."""
    market = reported_market(entities, emissions)
    for year in YEARS:
        mrv.enter_results(
            results={entity: market.figures(entity, year) for entity in market.entities},
            year=year,
            statement=True,
            acting=market.acts("V1"),
            at=VERIFIED,
        )
        mrv.notify_results(
            organisations=market.entities, year=year, law=CQ, acting=FOUNDER, at=INFORMED
        )
    return market


def small_market(entities: int = 3, emissions: Sequence[Sequence[int]] = EMISSIONS) -> Market:
    """A market with final verified figures of 2021 and 2022."""
    market = informed_market(entities, emissions)
    for year in YEARS:
        mrv.finalise_unopposed(year=year, acting=market.acts("clock"), at=FINAL)
        plan_year(year)
    return market


def plan_year(year: int, law: Law = CQ, *, supersedes: bool = False) -> None:
    """A published plan of a year: drafted by one person of the bureau, approved by another."""
    plan = plans.draft_plan(
        year=year,
        basis="本市温室气体排放控制要求",
        factors={"growth": "经济增长"},
        supersedes=supersedes,
        law=law,
        acting=FOUNDER,
        at=PLANNED,
    )
    second = Acting("bureau-2", Role.CITY_BUREAU, "bureau")
    plans.approve_plan(year=year, version=plan.version, law=law, acting=second, at=PLANNED)
    plans.publish_plan(year=year, version=plan.version, acting=second, at=PLANNED)


def issue_year(year: int, moment: datetime, law: Law = CQ) -> None:
    """Issue what is accepted: one person of the registry asks for it, another approves."""
    for person, step in enumerate((allocation.request_issue, allocation.issue), 1):
        registrar = Acting(f"registry-{person}", Role.REGISTRY_OPERATOR, "registry")
        step(year=year, law=law, acting=registrar, at=moment)


def notified_market(entities: int = 3, emissions: Sequence[Sequence[int]] = EMISSIONS) -> Market:
    """A verified market with registry accounts, whose allowances were told on 2023-11-14."""
    market = small_market(entities, emissions)
    open_unit_accounts(market, FINAL)
    for year in YEARS:
        allocation.calculate(year=year, law=CQ, acting=FOUNDER, at=CALCULATED)
        allocation.determine(year=year, law=CQ, acting=market.acts("bureau", 2), at=DETERMINED)
        allocation.notify(year=year, law=CQ, acting=FOUNDER, at=NOTIFIED)
    return market


def issued_market(entities: int = 3, emissions: Sequence[Sequence[int]] = EMISSIONS) -> Market:
    """A market in which nobody objected and everything is issued, reserves included."""
    market = notified_market(entities, emissions)
    registrar = market.acts("registry")
    for year in YEARS:
        allocation.accept_unopposed(year=year, acting=market.acts("clock"), at=ISSUED)
        issue_year(year, ISSUED)
        allocation.set_aside_reserve(year=year, law=CQ, acting=registrar, at=ISSUED)
    return market


def list_silent_entity(code: str = "E099") -> Organisation:
    """One more entity on the list of 2022, of which nothing is known."""
    number = int(code.removeprefix("E"))
    new = NewOrganisation(
        code, "合成沉默单位", Role.KEY_EMITTING_ENTITY, DISTRICTS[0], number=number
    )
    silent = parties.register_organisations([new], law=CQ, acting=FOUNDER, at=FOUNDED)[code]
    parties.list_entities(
        organisations=[silent],
        year=max(YEARS),
        source="CQ208-A1.L",
        law=CQ,
        acting=FOUNDER,
        at=FOUNDED,
    )
    return silent


def open_unit_accounts(market: Market, moment: datetime) -> None:
    """The market's own accounts; for every holder a registry and a trading account, linked.

    The platform has certified them all.
    """
    registrar, exchange = market.acts("registry"), market.acts("exchange")
    registry.open_system_accounts(operator=market["registry"], acting=registrar, at=moment)
    holders = [*market.entities, market["I1"], market["P1"]]
    for kind, acting in ((AccountKind.REGISTRY, registrar), (AccountKind.TRADING, exchange)):
        registry.open_accounts(holders=holders, kind=kind, acting=acting, at=moment)
    link_accounts(market, [holder.code for holder in holders], moment)
    crediting.certify(organisations=holders, acting=market.acts("platform"), at=moment)


def link_accounts(market: Market, codes: Sequence[str], moment: datetime) -> None:
    """Each holder links its trading account to its registry account."""
    links = [
        registry.Link(account.holder, account.number, market.acts(account.holder.code))
        for account in holdings.open_accounts_of(
            [market[code] for code in codes], AccountKind.REGISTRY
        )
    ]
    registry.link_accounts(links, at=moment)
