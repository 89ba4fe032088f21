"""A market of three entities and one trader, built by the rooms' own operations.

Two trading days are closed, a third runs with open orders; one entity has not answered its
allocation, whose window ends the next working day.
"""

from datetime import date
from decimal import Decimal

from openets.allocation import operations as allocation
from openets.compliance import operations as compliance
from openets.journal import operations as journal
from openets.kernel.acting import Acting
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.mrv import operations as mrv
from openets.mrv.figures import Figures
from openets.parties import operations as parties
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.registry import operations as registry
from openets.registry.kinds import AccountKind, UnitKind
from openets.rulebook.load import law
from openets.settlement import operations as settlement
from openets.trading import operations as trading
from openets.trading.floor import Floor, NewOrder
from tests.exchange import close_books
from tests.markets import issue_year, plan_year

LAW = law("cq")
YEARS = (2021, 2022)
PRODUCT = "CQEA-2021"
TODAY = date(2023, 11, 22)
HOSTILE = "=HYPERLINK(1) 化工有限公司"
ENTITIES = (
    NewOrganisation("E001", "涪江水泥厂", Role.KEY_EMITTING_ENTITY, "涪陵区", "水泥制造行业", 1),
    NewOrganisation("E002", HOSTILE, Role.KEY_EMITTING_ENTITY, "长寿区", "化工行业", 2),
    NewOrganisation("E003", "长江造纸厂", Role.KEY_EMITTING_ENTITY, "涪陵区", "化工行业", 3),
)
OTHERS = (
    NewOrganisation("bureau", "市生态环境局", Role.CITY_BUREAU),
    NewOrganisation("D-涪陵区", "涪陵区生态环境局", Role.DISTRICT_BUREAU, "涪陵区"),
    NewOrganisation("registry", "登记机构", Role.REGISTRY_OPERATOR),
    NewOrganisation("exchange", "交易机构", Role.EXCHANGE_OPERATOR),
    NewOrganisation("bank", "结算银行", Role.BANK),
    NewOrganisation("clock", "市场时钟", Role.MARKET_CLOCK),
    NewOrganisation("V1", "核查机构", Role.VERIFICATION_BODY),
    NewOrganisation("T1", "投资机构", Role.INVESTOR),
)
ROLES = {new.code: new.role for new in (*ENTITIES, *OTHERS)}


def acts(code, person=1):
    return Acting(f"{code}-{person}", ROLES[code], code)


def build():
    """Build it all; the organisations by code."""
    made = _found()
    _report(made)
    _allocate(made)
    _open_accounts(made)
    _issue(made)
    _trade(made)
    journal.seal(at=at(TODAY, 11))
    return made


def _found():
    moment = at(date(2023, 3, 1))
    new = [*ENTITIES, *OTHERS]
    made = parties.register_organisations(new, law=LAW, acting=acts("bureau"), at=moment)
    for code, organisation in made.items():
        if code != "clock":
            parties.add_member(
                username=f"{code}-1",
                display_name=f"{code} 经办",
                organisation=organisation,
                acting=acts("bureau"),
                at=moment,
            )
    for code in ("registry", "exchange"):
        parties.designate(
            organisation=made[code],
            from_date=date(2023, 3, 1),
            acting=acts("bureau"),
            at=moment,
        )
    for year in YEARS:
        parties.list_entities(
            organisations=_entities(made),
            year=year,
            source="CQ208-A1.L",
            law=LAW,
            acting=acts("bureau"),
            at=moment,
        )
    lines = {
        made["E001"]: [mrv.NewLine("1-1", "熟料线", "clinker", True, True, True, date(2010, 1, 1))],
        made["E002"]: [mrv.NewLine("2-1", "合成氨线", "other", True, True, True, date(2011, 1, 1))],
        made["E003"]: [mrv.NewLine("3-1", "其他", "other", True, True, False, date(2012, 1, 1))],
    }
    mrv.register_lines(lines, acting=acts("bureau"), at=moment)
    return made


def _entities(made):
    return [made[new.code] for new in ENTITIES]


def _figures(made, year, reported=0):
    output = Decimal(100_000 + 1_000 * (year - 2018))
    return {
        made[code]: [
            Figures(
                line=line,
                product=product,
                output=output,
                unit="t",
                co2_t=output * ratio + reported,
                non_co2_t=Decimal(0),
                production_days=330,
                shutdown_days=35,
            )
        ]
        for code, line, product, ratio in (
            ("E001", "1-1", "熟料", Decimal("0.9")),
            ("E002", "2-1", "合成氨", Decimal("2.5")),
            ("E003", "3-1", "综合", Decimal("0.6")),
        )
    }


def _report(made):
    bureau = acts("bureau")
    for year in (2018, 2019, 2020):
        mrv.import_inventory(
            _figures(made, year), year=year, synthetic=True, acting=bureau, at=at(date(2023, 3, 2))
        )
    for year in YEARS:
        for entity, figures in _figures(made, year, reported=7).items():
            mrv.submit_report(
                organisation=entity,
                year=year,
                figures=figures,
                statement=True,
                synthetic=True,
                law=LAW,
                acting=acts(entity.code),
                at=at(date(2023, 4, 20)),
            )
        mrv.receive_paper(
            organisations=_entities(made), year=year, acting=bureau, at=at(date(2023, 4, 25))
        )
        mrv.assign_verification(
            bodies=dict.fromkeys(_entities(made), made["V1"]),
            year=year,
            acting=bureau,
            at=at(date(2023, 5, 15)),
        )
        mrv.enter_results(
            results=_figures(made, year),
            year=year,
            statement=True,
            acting=acts("V1"),
            at=at(date(2023, 6, 30)),
        )
        mrv.notify_results(
            organisations=_entities(made),
            year=year,
            law=LAW,
            acting=bureau,
            at=at(date(2023, 7, 10)),
        )
        mrv.finalise_unopposed(year=year, acting=acts("clock"), at=at(date(2023, 7, 25)))


def _allocate(made):
    for year in YEARS:
        moment = at(date(2023, 10, 23))
        plan_year(year)
        undecided = allocation.calculate(year=year, law=LAW, acting=acts("bureau"), at=moment)
        assert not undecided
        allocation.determine(year=year, law=LAW, acting=acts("bureau", 2), at=at(date(2023, 11, 6)))
        moment = at(date(2023, 11, 14))
        allocation.notify(year=year, law=LAW, acting=acts("bureau"), at=moment)
        compliance.open_duties(year=year, law=LAW, acting=acts("bureau"), at=moment)


def _open_accounts(made):
    moment = at(date(2023, 11, 15))
    registrar, exchange = acts("registry"), acts("exchange")
    registry.open_system_accounts(operator=made["registry"], acting=registrar, at=moment)
    settlement.open_market_accounts(acting=exchange, at=moment)
    holders = [*_entities(made), made["T1"]]
    for kind, acting in ((AccountKind.REGISTRY, registrar), (AccountKind.TRADING, exchange)):
        registry.open_accounts(holders=holders, kind=kind, acting=acting, at=moment)
    links = [registry.Link(h, f"registry-{h.code}", acts(h.code)) for h in holders]
    registry.link_accounts(links, at=moment)
    settlement.open_cash_accounts(holders=holders, acting=exchange, at=moment)
    trading.list_products(law=LAW, acting=exchange, at=moment)
    settlement.deposit(
        holder=made["T1"],
        amount_fen=Fen(500_000_000),
        reference="T1/opening",
        acting=acts("bank"),
        at=moment,
    )


def _issue(made):
    moment = at(date(2023, 11, 16))
    for year in YEARS:
        for code in ("E001", "E002"):
            allocation.accept(organisation=made[code], year=year, acting=acts(code), at=moment)
        issue_year(year, moment)
    registry.move_between_own(
        holder=made["E002"],
        kind="move_to_trading",
        amount_t=Tonnes(20_000),
        unit=UnitKind.ALLOWANCE,
        vintage_year=2021,
        reference="E002/1",
        law=LAW,
        acting=acts("E002"),
        at=moment,
    )


def _trade(made):
    floor = Floor(law=LAW, day=date(2023, 11, 20), acting=acts("exchange"))
    try:
        for day, price in ((date(2023, 11, 20), 3600), (date(2023, 11, 21), 3700)):
            floor.open_day(day)
            _submit(floor, made, day, sell=(price, 900), buy=(price, 500))
            floor.close_day(at=at(day, 15, 5))
            close_books(acts, day)
        compliance.surrender(
            organisation=made["E001"],
            year=2021,
            amount_t=40_000,
            reference="E001/2021/1",
            law=LAW,
            acting=acts("E001"),
            at=at(date(2023, 11, 21), 18),
        )
        floor.open_day(TODAY)
        _submit(floor, made, TODAY, sell=(3800, 700), buy=(3750, 300))
        _submit(floor, made, TODAY, sell=(3690, 200), buy=(3600, 100), hour=11)
    finally:
        floor.close()


def _submit(floor, made, day, *, sell, buy, hour=10):
    commands = [
        NewOrder(f"s{day}{hour}", made["E002"], PRODUCT, False, sell[1], sell[0]),
        NewOrder(f"b{day}{hour}", made["T1"], PRODUCT, True, buy[1], buy[0]),
    ]
    for answer in floor.submit(commands, at=at(day, hour)):
        assert answer.refusal is None, answer.refusal
