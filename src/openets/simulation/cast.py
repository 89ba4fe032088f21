"""Who takes part in a played market: real institutions and entities, synthetic bodies and traders.

The people are roles with a number and nobody's name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from openets.kernel.acting import Acting
from openets.kernel.clock import market_date
from openets.parties import operations as parties
from openets.parties import queries
from openets.parties.models import Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import TITLES, Role
from openets.rulebook.entities import ListedEntity
from openets.rulebook.load import Law
from openets.simulation.tempers import Trader, draw_traders

FOUNDER = Acting("bureau-1", Role.CITY_BUREAU, "bureau")

INSTITUTIONS = (
    NewOrganisation("bureau", "重庆市生态环境局", Role.CITY_BUREAU),
    NewOrganisation("finance", "重庆市财政局", Role.FINANCE_BUREAU),
    NewOrganisation("registry", "重庆市应对气候变化发展中心", Role.REGISTRY_OPERATOR),
    NewOrganisation("exchange", "重庆联合产权交易所集团股份有限公司", Role.EXCHANGE_OPERATOR),
    NewOrganisation("platform", "“碳惠通”平台运营主体", Role.PLATFORM_OPERATOR),
    NewOrganisation("bank", "合成结算银行", Role.BANK, synthetic=True),
    NewOrganisation("clock", "市场时钟", Role.MARKET_CLOCK),
)
BODIES = tuple(
    NewOrganisation(f"V{n}", f"合成核查机构{n}", Role.VERIFICATION_BODY, synthetic=True)
    for n in range(1, 5)
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody by code, and how each acts."""

    organisations: Mapping[str, Organisation]
    entities: Sequence[Organisation]
    bodies: Sequence[Organisation]
    traders: Mapping[str, Trader]
    owners: Sequence[Organisation]

    def acts(self, code: str, person: int = 1) -> Acting:
        """How the person of a number acts for an organisation."""
        return Acting(f"{code}-{person}", Role(self.organisations[code].role), code)


def found_market(
    *,
    listed: Sequence[ListedEntity],
    project_owners: Sequence[str],
    law: Law,
    seed: int,
    at: datetime,
) -> Cast:
    """Register everybody: the listed entities as published, their districts, the institutions.

    The registration agency and the exchange are designated at once. Source: CQ208-A1.L, CQETS-5.
    """
    districts = sorted({entity.district for entity in listed})
    traders = {trader.code: trader for trader in draw_traders(seed=seed)}
    new = [
        *INSTITUTIONS,
        *BODIES,
        *(
            NewOrganisation(
                f"D-{district}", f"{district}生态环境局", Role.DISTRICT_BUREAU, district
            )
            for district in districts
        ),
        *(
            NewOrganisation(
                f"E{entity.number:03}",
                entity.name,
                Role.KEY_EMITTING_ENTITY,
                entity.district,
                entity.industry,
                entity.number,
            )
            for entity in listed
        ),
        *(
            NewOrganisation(code, trader.name_zh, Role.INVESTOR, synthetic=True)
            for code, trader in traders.items()
        ),
        *(
            NewOrganisation(f"P{n}", name, Role.PROJECT_OWNER, synthetic=True)
            for n, name in enumerate(project_owners, 1)
        ),
    ]
    made = parties.register_organisations(new, law=law, acting=FOUNDER, at=at)
    for code in ("registry", "exchange"):
        parties.designate(organisation=made[code], from_date=market_date(at), acting=FOUNDER, at=at)
    _give_people(made, at)
    return Cast(
        organisations=made,
        entities=[made[f"E{entity.number:03}"] for entity in listed],
        bodies=[made[body.code] for body in BODIES],
        traders=traders,
        owners=[made[f"P{n}"] for n in range(1, len(project_owners) + 1)],
    )


def played_cast(seed: int) -> Cast:
    """Everybody of a market that was played with a seed."""
    everybody = list(queries.everybody())

    def of(role: Role) -> list[Organisation]:
        return [one for one in everybody if one.role == role]

    return Cast(
        organisations={one.code: one for one in everybody},
        entities=of(Role.KEY_EMITTING_ENTITY),
        bodies=of(Role.VERIFICATION_BODY),
        traders={trader.code: trader for trader in draw_traders(seed=seed)},
        owners=of(Role.PROJECT_OWNER),
    )


PEOPLE = {Role.CITY_BUREAU: 2, Role.REGISTRY_OPERATOR: 2, Role.VERIFICATION_BODY: 3}
"""Where one person decides, books or reviews what another put forward."""


def _give_people(organisations: Mapping[str, Organisation], at: datetime) -> None:
    """One person for each institution and the first entity, more where others' eyes are asked for.

    The other entities act without anybody signing in.
    """
    for code, organisation in organisations.items():
        role = Role(organisation.role)
        for person in range(1, PEOPLE.get(role, 1) + 1):
            if role in {Role.KEY_EMITTING_ENTITY, Role.MARKET_CLOCK} and organisation.number != 1:
                continue
            parties.add_member(
                username=f"{code}-{person}",
                display_name=f"{TITLES[role][0]} {person}",
                organisation=organisation,
                acting=FOUNDER,
                at=at,
            )
