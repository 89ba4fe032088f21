"""CQETS art. 32, CQ208 section 5(1): how each duty was met goes to the credit evaluation.

E003 owes 40,000 t for each year. The deadline of 2021 is 2023-12-31, that of 2022 2024-03-31.
"""

from datetime import date

import pytest

from openets.compliance import operations as compliance
from openets.compliance.credit import CreditNotDue
from openets.journal.models import Entry
from openets.kernel.acting import NotYourRole
from openets.kernel.clock import at
from tests.exchange import exchange_market
from tests.markets import CQ, FOUNDER

pytestmark = pytest.mark.django_db

DUE = {2021: date(2023, 12, 31), 2022: date(2024, 3, 31)}
DAY_AFTER = {2021: date(2024, 1, 1), 2022: date(2024, 4, 1)}


@pytest.fixture
def market():
    return exchange_market(3)


def surrender(market, tonnes, year, day, reference="s"):
    compliance.surrender(
        organisation=market["E003"],
        year=year,
        amount_t=tonnes,
        reference=reference,
        law=CQ,
        acting=market.acts("E003"),
        at=at(day),
    )


def exported(year, day=None, acting=FOUNDER):
    moment = at(day or DAY_AFTER[year])
    rows = compliance.export_credit(year=year, law=CQ, acting=acting, at=moment)
    return {row.organisation.code: (row.status, row.open_t) for row in rows}


@pytest.mark.requirement("CQETS-32", "CQ208-5.1b")
@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("year", [2021, 2022])
class TestExport:
    def test_ten_tonnes_open_the_day_after_are_not_fulfilled(self, market, year):
        surrender(market, 39_990, year, DUE[year])
        assert exported(year)["E003"] == ("not_fulfilled", 10)

    def test_what_was_met_on_the_last_day_is_fulfilled(self, market, year):
        surrender(market, 40_000, year, DUE[year])
        assert exported(year)["E003"] == ("fulfilled", 0)

    def test_what_was_met_a_day_later_is_late(self, market, year):
        surrender(market, 39_990, year, DUE[year])
        surrender(market, 10, year, DAY_AFTER[year], "rest")
        assert exported(year)["E003"] == ("late", 0)

    def test_each_export_is_logged_with_its_rows(self, year):
        exported(year)
        exported(year)
        entries = Entry.objects.filter(operation="compliance.export_credit")
        assert [entry.subject for entry in entries] == [f"credit/{year}"] * 2
        assert ["E003", "not_fulfilled", 40_000] in entries[0].content["rows"]

    def test_nothing_is_handed_over_on_the_last_day(self, year):
        with pytest.raises(CreditNotDue) as refused:
            exported(year, DUE[year])
        assert refused.value.article == "CQETS-32"

    def test_only_the_bureau_hands_it_over(self, market, year):
        with pytest.raises(NotYourRole):
            exported(year, acting=market.acts("E003"))
        assert not Entry.objects.filter(operation="compliance.export_credit").exists()
