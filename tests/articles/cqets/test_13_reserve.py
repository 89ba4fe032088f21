"""Articles 13 and 19, CQ208 sections 4.4 and A1.4.2: the reserve, what is sold of it, the money.

Five entities of 190,000 t leave a reserve of 50,000 t a year, five of 380,000 t one of 100,000 t.
"""

import pytest

from openets.kernel.quantity import Fen, Tonnes
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from openets.settlement import queries as money
from openets.treasury import operations as treasury
from openets.treasury import queries
from openets.treasury.models import PaidIssue
from openets.treasury.operations import Line, Side
from tests.exchange import TEN, pay_in
from tests.markets import FOUNDER
from tests.treasury.offers import YEAR, applied, government_t, opened, pays, prepared
from tests.treasury.offers import treasury_market as market_of

pytestmark = pytest.mark.django_db
CODES = ("E001", "E002", "E003", "E004", "E005")


@pytest.fixture
def market():
    return market_of(5, [(190_000,) * 5])


def sold(market, tonnes=20_000):
    """A paid issue of one award, paid at 35.00 yuan a tonne."""
    row = applied(market, "E001", tonnes)
    issue = opened(market, {row: Tonnes(tonnes)}, tonnes)
    pay_in(market, "E001", 35 * tonnes)
    pays(market, row)
    return issue


def pay_over(market, issue, yuan, *, receipt="K1"):
    return treasury.pay_over(
        issue=issue,
        amount_fen=Fen(round(yuan * 100)),
        receipt=receipt,
        acting=market.acts("finance"),
        at=TEN,
    )


@pytest.mark.requirement("CQETS-13")
class TestTheReserve:
    def test_it_lies_in_an_account_of_the_government_apart_from_the_entities(self, market):
        assert (holdings.reserve_left(YEAR), government_t(AccountKind.RESERVE)) == (50_000, 100_000)
        of_year = [h for h in holdings.holdings(market["E001"]) if h.lot.vintage_year == YEAR]
        assert sum(holding.total_t for holding in of_year) == 190_000

    @pytest.mark.parametrize("tonnes", [50_001, 60_000])
    def test_no_more_is_sold_of_it_than_there_is(self, market, tonnes):
        row = applied(market, "E001", tonnes)
        with pytest.raises(treasury.ReserveTooSmall) as no:
            prepared(market, {row: Tonnes(tonnes)}, tonnes)
        assert (no.value.numbers["wanted"], no.value.numbers["most"]) == (tonnes, 50_000)
        assert not holdings.reserve_uses()

    def test_exactly_what_there_is_may_be_sold(self, market):
        sold(market, 50_000)
        assert holdings.reserve_left(YEAR) == 0

    def test_what_was_sold_is_gone_from_it_and_stands_among_its_uses(self, market):
        sold(market, 20_000)
        assert holdings.reserve_left(YEAR) == 30_000
        (use,) = holdings.reserve_uses()
        assert (use.year, use.kind, use.amount_t) == (YEAR, "sell_reserve", 20_000)


@pytest.mark.requirement("CQETS-19")
class TestTheProceeds:
    def test_all_of_a_sale_is_owed_to_the_treasury(self, market):
        sold(market)
        ((found, _),) = queries.proceeds()
        assert (found.sold_t, found.income_fen, found.owed_fen) == (20_000, 70_000_000, 70_000_000)

    @pytest.mark.parametrize("yuan", [650_000, 699_999.99, 700_000.01])
    def test_a_payment_less_a_cost_is_not_paid_in_full(self, market, yuan):
        issue = sold(market)
        with pytest.raises(treasury.NotPaidInFull) as no:
            pay_over(market, issue, yuan)
        assert no.value.numbers["missing"] == 70_000_000 - round(yuan * 100)
        ((found, _),) = queries.proceeds()
        assert (found.paid_over_fen, found.owed_fen) == (0, 70_000_000)

    def test_paid_in_full_nothing_is_owed_and_expenditure_stands_on_a_line_of_its_own(self, market):
        issue = sold(market)
        treasury.record_budget(
            year=2023,
            line=Line.REGISTRATION,
            side=Side.SPENT,
            amount_fen=Fen(5_000_000),
            note="出让费用",
            reference="b1",
            acting=market.acts("finance"),
            at=TEN,
        )
        ((found, _),) = queries.proceeds()
        assert found.owed_fen == 70_000_000
        pay_over(market, issue, 700_000)
        ((found, _),) = queries.proceeds()
        assert (found.paid_over_fen, found.owed_fen) == (70_000_000, 0)
        assert money.conservation().holds


@pytest.mark.requirement("CQ208-4.4")
class TestTheDecision:
    @pytest.fixture
    def applications(self, market):
        """Five that ask for 20,000 t together."""
        return [applied(market, code, 4_000) for code in CODES]

    def stand(self, applications):
        return list(queries.states(applications).values())

    def test_no_ends_all_with_that_result(self, applications):
        assert treasury.decline(year=YEAR, reasons="供需平衡", acting=FOUNDER, at=TEN) == 5
        assert self.stand(applications) == ["declined"] * 5
        assert not PaidIssue.objects.exists()

    @pytest.mark.parametrize(("tonnes", "opens"), [(50_000, True), (50_001, False)])
    def test_yes_opens_an_event_of_no_more_than_the_reserve(
        self, market, applications, tonnes, opens
    ):
        awards = dict.fromkeys(applications, Tonnes(4_000))
        if opens:
            assert queries.issue(opened(market, awards, tonnes).pk)[1] == "open"
            assert self.stand(applications) == ["awarded"] * 5
            return
        with pytest.raises(treasury.ReserveTooSmall):
            prepared(market, awards, tonnes)
        assert self.stand(applications) == ["filed"] * 5


@pytest.mark.requirement("CQ208-A1.4.2")
def test_a_decision_to_organise_100_000_tonnes_opens_an_event_with_rules_of_its_own():
    market = market_of(5, [(380_000,) * 5])
    row = applied(market, "E001", 4_000)
    issue = opened(market, {row: Tonnes(4_000)}, 100_000)
    assert (issue.quantity_t, issue.terms, issue.price_fen) == (100_000, "按固定价格发放", 3_500)
    assert queries.issue(issue.pk)[1] == "open"


@pytest.mark.requirement("CQ208-A1.4.2")
def test_without_a_decision_no_event_exists(market):
    row = applied(market, "E001", 4_000)
    assert not PaidIssue.objects.exists()
    assert list(queries.states([row]).values()) == ["filed"]
