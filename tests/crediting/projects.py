"""A project and its reductions for tests."""

from datetime import date
from decimal import Decimal

from openets.crediting import operations
from openets.kernel.clock import at
from openets.kernel.quantity import Fen, Tonnes
from tests.markets import CQ, FOUNDER, founded_market, open_unit_accounts

FILED = at(date(2023, 11, 17))


def credit_market():
    """A market without entities whose project owner has its accounts."""
    market = founded_market(entities=0)
    open_unit_accounts(market, FILED)
    return market


def file_project(market, code="P1-1", acting=FOUNDER):
    return operations.file_project(
        code=code,
        name="合成填埋气利用项目",
        owner=market["P1"],
        project_type="landfill_gas",
        place="重庆市",
        place_class="city",
        synthetic=True,
        acting=acting,
        at=FILED,
    )


def file_reductions(market, project, **otherwise):
    facts = {
        "vintage_year": 2022,
        "amount_t": Tonnes(10_000),
        "average_price_yuan": Decimal("40.00"),
        "law": CQ,
        "acting": FOUNDER,
        "at": FILED,
    }
    return operations.file_reductions(project=project, **facts | otherwise)


def pay(market, filing, paid_fen=None, by="platform"):
    operations.record_fee(
        filing=filing,
        paid_fen=Fen(filing.fee_fen) if paid_fen is None else paid_fen,
        acting=market.acts(by),
        at=FILED,
    )


def register(market, filing, by="platform"):
    operations.register_reductions(filing=filing, law=CQ, acting=market.acts(by), at=FILED)
