"""CQ208 annex 5, section 2.1: filed reductions are registered when the fee is paid."""

from datetime import date
from decimal import Decimal

import pytest

from openets.crediting import operations, queries
from openets.crediting.operations import FeeUnpaid, PriceUnknown, WrongFee
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from openets.registry import queries as units
from openets.rulebook.load import NoValueForTime
from tests.crediting.projects import (
    FILED,
    credit_market,
    file_project,
    file_reductions,
    pay,
    register,
)
from tests.markets import CQ

PRICE = Decimal("40.00")


def fee(price=PRICE, amount_t=10_000, moment=FILED):
    return operations.registration_fee(
        amount_t=Tonnes(amount_t), average_price_yuan=price, law=CQ, at=moment
    )


@pytest.mark.requirement("CQ208-A5.2.1b", "AMB-52")
class TestTheFee:
    def test_it_is_three_percent_of_last_years_average_price_a_tonne(self):
        assert fee() == 1_200_000

    @pytest.mark.parametrize(
        ("price", "amount_t", "fen"),
        [("16.50", 1, 50), ("16.49", 1, 49), ("0.50", 1, 2), ("0.49", 1, 1)],
    )
    def test_it_is_rounded_half_up_to_the_fen(self, price, amount_t, fen):
        assert fee(Decimal(price), amount_t) == fen

    @pytest.mark.parametrize("price", [None, Decimal(0)])
    def test_without_the_price_of_last_year_it_cannot_be_computed(self, price):
        with pytest.raises(PriceUnknown) as no:
            fee(price)
        assert no.value.article == "CQ208-A5.2.1b"

    @pytest.mark.requirement("AMB-51")
    def test_it_is_charged_on_the_path_of_2023_only(self):
        assert fee(moment=at(date(2023, 11, 14), 0))
        assert fee(moment=at(date(2024, 8, 31), 23))
        for outside in (at(date(2023, 11, 13), 23), at(date(2024, 9, 1), 0)):
            with pytest.raises(NoValueForTime):
                fee(moment=outside)


@pytest.mark.django_db
@pytest.mark.requirement("CQ208-A5.2.1")
class TestRegistration:
    def test_a_filing_awaits_its_fee(self):
        market = credit_market()
        filing = file_reductions(market, file_project(market))
        assert filing.stage == "awaiting_fee"
        assert queries.awaiting_fee() == [filing]
        with pytest.raises(FeeUnpaid) as no:
            register(market, filing)
        assert no.value.numbers == {"reference": "P1-1/2022", "fee": 1_200_000}
        assert units.holdings(market["P1"]) == []

    def test_paid_exactly_what_was_filed_is_registered(self):
        market = credit_market()
        filing = file_reductions(market, file_project(market))
        pay(market, filing)
        register(market, filing)
        (holding,) = units.holdings(market["P1"])
        assert (holding.lot.kind, holding.total_t) == ("cqcer", 10_000)
        assert (holding.lot.serial_from, holding.lot.serial_to) == (1, 10_000)
        filing.refresh_from_db()
        assert filing.stage == "registered"
        assert queries.awaiting_fee() == []

    def test_one_fen_short_is_not_paid(self):
        market = credit_market()
        filing = file_reductions(market, file_project(market))
        with pytest.raises(WrongFee):
            pay(market, filing, Fen(1_199_999))
        with pytest.raises(FeeUnpaid):
            register(market, filing)

    def test_without_the_price_notice_registration_waits(self):
        market = credit_market()
        project = file_project(market)
        with pytest.raises(PriceUnknown):
            file_reductions(market, project, average_price_yuan=None)
        assert queries.awaiting_fee() == []
