"""CQETS article 4, paragraphs 3 and 5: data of the statistics bureau and of sector departments."""

from dataclasses import replace
from decimal import Decimal

import pytest

from openets.kernel.acting import Acting, NotYourRole
from openets.parties import operations as parties
from openets.parties.operations import NewOrganisation, UnknownIndustryLabel
from openets.parties.queries import OutsideYourScope
from openets.parties.roles import Role
from openets.roster import operations, queries
from openets.roster.supplied import UnknownColumns
from tests.markets import CQ, FOUNDED, FOUNDER

CEMENT, GAS = "915000000000000005", "915000000000000018"
"""Made up; their check digits are right."""
SUPPLIERS = (
    NewOrganisation("statistics", "市统计局", Role.STATISTICS_BUREAU),
    NewOrganisation("industry", "市经济信息委", Role.SECTOR_DEPARTMENT, industry="工业"),
    NewOrganisation("transport", "市交通局", Role.SECTOR_DEPARTMENT, industry="交通"),
)
FIRMS = (
    NewOrganisation(
        "E1", "合成水泥", Role.KEY_EMITTING_ENTITY, "涪陵区", "水泥制造行业", 1, credit_code=CEMENT
    ),
    NewOrganisation(
        "E2",
        "合成天然气",
        Role.KEY_EMITTING_ENTITY,
        "长寿区",
        "石油和天然气生产行业",
        2,
        credit_code=GAS,
    ),
)


@pytest.fixture
def made(db):
    new = [*SUPPLIERS, *FIRMS]
    return parties.register_organisations(new, law=CQ, acting=FOUNDER, at=FOUNDED)


def supply(source, *lines, header="credit_code,year,energy_tce", acting=None):
    return operations.supply_figures(
        [header, *lines],
        source=source,
        law=CQ,
        acting=acting or Acting(f"{source.code}-1", source.role, source.code),
        at=FOUNDED,
    )


@pytest.mark.requirement("CQETS-4.3")
def test_rows_are_stored_with_their_source_period_and_unit(made) -> None:
    supply(made["statistics"], f"{CEMENT},2021,5100.5")
    (figure,) = queries.supplied_figures(made["E1"])
    assert (figure.source.name, figure.year, figure.unit) == ("市统计局", 2021, "tce")
    assert figure.value == Decimal("5100.5")


@pytest.mark.requirement("CQETS-4.3")
@pytest.mark.parametrize(
    ("row", "code"),
    [
        (f"{CEMENT},2021,-1", "negative_figure"),
        (f"{CEMENT},1021,1", "unknown_data_year"),
        (f"{CEMENT},2024,1", "unknown_data_year"),
        (f"{CEMENT},,1", "unknown_data_year"),
        (f"{CEMENT},2021,much", "not_a_number"),
        (f"{CEMENT},2021", "not_a_number"),
        ("915000000000000000,2021,1", "unknown_credit_code"),
    ],
)
def test_a_row_that_cannot_stand_is_told_with_its_line_and_nothing_else_is_lost(
    made, row: str, code: str
) -> None:
    supplied = supply(made["statistics"], f"{CEMENT},2020,0", row, f"{GAS},2023,5000")
    (refusal,) = supplied.rejected
    assert (refusal.code, refusal.row) == (code, 3)
    assert [f.value for f in queries.supplied_figures(made["E1"])] == [0]
    assert [f.value for f in queries.supplied_figures(made["E2"])] == [5000]


@pytest.mark.parametrize("header", ["code,year,energy_tce", "credit_code,year,coal", ""])
def test_a_file_of_another_shape_is_refused(made, header: str) -> None:
    with pytest.raises(UnknownColumns):
        supply(made["statistics"], f"{CEMENT},2021,1", header=header)


@pytest.mark.requirement("CQETS-4.5")
def test_a_department_supplies_data_of_its_own_sector_only(made) -> None:
    rows = f"{CEMENT},2021,800000", f"{GAS},2021,1"
    header = "credit_code,year,output_t"
    of_industry = supply(made["industry"], *rows, header=header)
    assert [(r.code, r.row) for r in of_industry.rejected] == [("outside_the_sector", 3)]
    of_transport = supply(made["transport"], *rows, header=header)
    assert [r.code for r in of_transport.rejected] == ["outside_the_sector"] * 2
    assert [f.source.code for f in queries.supplied_figures(made["E1"])] == ["industry"]


@pytest.mark.requirement("CQETS-4.5")
def test_a_department_has_a_sector_the_rulebook_knows(made) -> None:
    with pytest.raises(UnknownIndustryLabel):
        parties.register_organisations(
            [replace(SUPPLIERS[1], code="other", industry="农业")],
            law=CQ,
            acting=FOUNDER,
            at=FOUNDED,
        )


def test_nobody_supplies_data_in_anothers_name(made) -> None:
    with pytest.raises(OutsideYourScope):
        supply(
            made["statistics"], acting=Acting("i-1", Role.SECTOR_DEPARTMENT, made["industry"].code)
        )
    with pytest.raises(NotYourRole):
        supply(made["statistics"], acting=FOUNDER)
