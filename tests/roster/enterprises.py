"""Enterprises for the tests of the list, and two people of the bureau to decide on them."""

from decimal import Decimal

from openets.kernel.acting import Acting
from openets.parties import operations as parties
from openets.parties.models import Organisation
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.roster import operations as roster
from openets.roster.inclusion import YearEmissions
from openets.roster.operations import Candidate
from tests.markets import CQ, FOUNDED, FOUNDER, INSTITUTIONS

SECOND = Acting("bureau-2", Role.CITY_BUREAU, "bureau")
DISTRICT = Acting("district-1", Role.DISTRICT_BUREAU, "D-涪陵区")


def founded(count: int = 3) -> dict[str, Organisation]:
    """The institutions, and enterprises E1.. by turns in Fuling and Changshou."""
    new = [
        NewOrganisation(
            f"E{n}",
            f"合成单位{n}",
            Role.KEY_EMITTING_ENTITY,
            ("长寿区", "涪陵区")[n % 2],
            "水泥制造行业",
            n,
        )
        for n in range(1, count + 1)
    ]
    return parties.register_organisations([*INSTITUTIONS, *new], law=CQ, acting=FOUNDER, at=FOUNDED)


def emitted(*totals: int | str, power: int | str = 0) -> dict[int, YearEmissions]:
    """Emissions of 2018 and the years after, each with the same part of power."""
    return {
        2018 + n: YearEmissions(Decimal(total), Decimal(power)) for n, total in enumerate(totals)
    }


def candidate(organisation: Organisation, *totals: int, industrial: bool = True) -> Candidate:
    """An enterprise with emissions of 2018 and the years after."""
    return Candidate(organisation, emitted(*totals), industrial)


def adopted(*organisations: Organisation, years: tuple[int, ...] = (2021, 2022)) -> None:
    """Put organisations on the published lists of these years."""
    for year in years:
        roster.adopt_list(
            organisations=organisations,
            year=year,
            source="CQ208-A1.L",
            law=CQ,
            acting=FOUNDER,
            at=FOUNDED,
        )
