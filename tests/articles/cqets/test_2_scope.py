"""Article 2: the market is that of Chongqing, and all of it is open to an entity of its area."""

import pytest

from openets.allocation import queries as allowances
from openets.compliance import operations as compliance
from openets.mrv import queries as mrv
from openets.parties import queries as parties
from openets.registry import queries as registry
from openets.registry.kinds import AccountKind
from openets.settlement import queries as money
from tests.exchange import DAY, PRICE, TEN, open_floor, order, trading_market
from tests.markets import CQ

pytestmark = pytest.mark.requirement("CQETS-2")


def test_the_profile_is_that_of_chongqing() -> None:
    assert CQ.on("profile.name", DAY).text == "Chongqing"
    assert CQ.on("profile.name_zh", DAY).text == "重庆"
    areas = CQ.on("coverage.areas", DAY).items
    assert "涪陵区" in areas
    assert "成都市" not in areas


@pytest.mark.django_db
def test_every_function_of_the_market_is_open_to_an_entity_of_fuling() -> None:
    market = trading_market(1)
    entity = market["E001"]
    assert entity.district == "涪陵区"
    assert allowances.determination(entity, 2021).determined_t == 100_000
    (account,) = registry.open_accounts_of([entity], AccountKind.REGISTRY)
    assert account.holder == entity
    with open_floor(market) as floor:
        (sold,) = floor.submit([order(market, "E001", "sell", 10, PRICE)], at=TEN)
    assert sold.state == "resting"
    assert money.cash(entity) is not None
    assert mrv.report_standing(entity, 2021, law=CQ, today=DAY) is not None
    assert mrv.final_tco2e(entity, 2021) == 100_000
    standing = compliance.surrender(
        organisation=entity,
        year=2021,
        amount_t=1_000,
        reference="s1",
        law=CQ,
        acting=market.acts("E001"),
        at=TEN,
    )
    assert standing.open_t == 99_000
    district = market.acts("D-涪陵区")
    assert entity in parties.within_reach(district, "verification.read")
