"""CQETS art. 33 (5) and (6): only what is registered is a certified reduction."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from openets.compliance import operations as compliance
from openets.compliance.models import NationalOffset, NationalUnit
from openets.compliance.national import NewNationalUnit, RecordIncomplete
from openets.compliance.reduction import Origin
from openets.crediting import operations as crediting
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.registry.kinds import UnitKind
from openets.registry.models import Lot
from openets.registry.operations import NotEnoughUnits
from openets.trading.orders import NotEnoughToSell
from tests.exchange import PRICE, TEN, exchange_market, move, open_floor, order
from tests.markets import CQ, FOUNDER

pytestmark = pytest.mark.django_db

FILED = at(date(2023, 12, 28), 10)
UNIT = NewNationalUnit(
    registration="R-0001",
    project="CCER-1",
    project_type="wind",
    origin_class=Origin.CITY,
    place="重庆市",
    from_date=date(2021, 1, 1),
    to_date=date(2021, 1, 1),
    series="N-",
    serial_from=1,
    serial_to=100,
    amount_t=100,
)


@pytest.fixture
def market():
    return exchange_market(1)


@pytest.mark.requirement("CQETS-33.i5")
class TestNationalReductions:
    def announce(self, market, **otherwise):
        return compliance.announce_national(
            organisation=market["E001"],
            year=2021,
            national_account="1234567",
            units=[replace(UNIT, **otherwise)],
            reference="n1",
            law=CQ,
            acting=market.acts("E001"),
            at=FILED,
        )

    @pytest.mark.parametrize(
        ("field", "lacking"),
        [
            ("registration", ""),
            ("registration", "  "),
            ("project", ""),
            ("project_type", ""),
            ("place", ""),
            ("to_date", date(2020, 12, 31)),
        ],
    )
    def test_one_without_national_number_project_type_location_or_period_is_rejected(
        self, market, field, lacking
    ):
        with pytest.raises(RecordIncomplete) as no:
            self.announce(market, **{field: lacking})
        assert (no.value.article, no.value.field, no.value.row) == ("CQETS-33.i5", field, 1)
        assert not NationalOffset.objects.exists()

    def test_one_registered_there_is_taken_with_all_of_its_record(self, market):
        self.announce(market)
        kept = NationalUnit.objects.get()
        for name in ("registration", "project", "project_type", "place", "from_date", "to_date"):
            assert getattr(kept, name) == getattr(UNIT, name), name


@pytest.mark.requirement("CQETS-33.i6")
class TestCityReductions:
    """E001 has 10 t of 2021 registered; the 1,000 t of 2022 are filed and nothing more."""

    @pytest.fixture
    def filings(self, market):
        project = crediting.file_project(
            code="E001-1",
            name="合成风电项目",
            owner=market["E001"],
            project_type="wind",
            place="重庆市",
            place_class="city",
            synthetic=True,
            acting=FOUNDER,
            at=TEN,
        )
        first, second = (
            crediting.file_reductions(
                project=project,
                vintage_year=year,
                amount_t=Tonnes(tonnes),
                average_price_yuan=Decimal(40),
                law=CQ,
                acting=FOUNDER,
                at=TEN,
            )
            for year, tonnes in ((2021, 10), (2022, 1_000))
        )
        self.register(market, first)
        return first, second

    def register(self, market, filing):
        platform = market.acts("platform")
        crediting.record_fee(filing=filing, paid_fen=Fen(filing.fee_fen), acting=platform, at=TEN)
        crediting.register_reductions(filing=filing, law=CQ, acting=platform, at=TEN)

    def offset(self, market, tonnes, reference="o1"):
        return compliance.file_offset(
            organisation=market["E001"],
            year=2021,
            offered={Lot.objects.filter(kind=UnitKind.CQCER).last(): tonnes},
            reference=reference,
            law=CQ,
            acting=market.acts("E001"),
            at=FILED,
        )

    def sell(self, market, tonnes, key):
        wanted = order(market, "E001", "sell", tonnes, PRICE, key=key, product="CQCER")
        with open_floor(market) as floor:
            (given,) = floor.submit([wanted], at=TEN)
        return given

    def test_what_is_filed_but_not_registered_is_no_unit_to_offset_with(self, market, filings):
        assert Lot.objects.filter(kind=UnitKind.CQCER).count() == 1
        with pytest.raises(NotEnoughUnits):
            self.offset(market, 11)
        assert self.offset(market, 10).amount_t == 10
        self.register(market, filings[1])
        assert self.offset(market, 1_000, "o2").amount_t == 1_000

    def test_nor_to_sell(self, market, filings):
        move(market, "E001", 10, unit=UnitKind.CQCER, vintage=None)
        assert isinstance(self.sell(market, 11, "k1").refusal, NotEnoughToSell)
        self.register(market, filings[1])
        with pytest.raises(NotEnoughUnits):
            move(market, "E001", 1_001, unit=UnitKind.CQCER, vintage=None, reference="m2")
        move(market, "E001", 1, unit=UnitKind.CQCER, vintage=None, reference="m2")
        assert self.sell(market, 11, "k2").state == "resting"
