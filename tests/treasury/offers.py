"""A market with a finance bureau, whose reserve may be sold and whose allowances bought back."""

from collections.abc import Sequence
from datetime import date

from openets.kernel.quantity import Fen, Tonnes
from openets.parties import operations as parties
from openets.parties.operations import NewOrganisation
from openets.parties.roles import Role
from openets.registry import queries as holdings
from openets.registry.kinds import AccountKind
from openets.treasury import operations as treasury
from tests.exchange import TEN, exchange_market
from tests.markets import CQ, EMISSIONS, FOUNDED, FOUNDER, Market

YEAR = 2021
LAST = date(2023, 12, 15)
PRICE = Fen(3500)
FINANCE = NewOrganisation("finance", "重庆市财政局", Role.FINANCE_BUREAU)


def treasury_market(entities: int = 3, emissions: Sequence[Sequence[int]] = EMISSIONS) -> Market:
    """An exchange market in which a finance bureau exists; nobody has money."""
    market = exchange_market(entities, emissions)
    made = parties.register_organisations([FINANCE], law=CQ, acting=FOUNDER, at=FOUNDED)
    return Market({**market.organisations, **made}, market.entities, market.emissions)


def applied(market, code="E002", amount_t=3_000, *, reference="a1", year=YEAR, moment=TEN):
    return treasury.apply(
        organisation=market[code],
        year=year,
        amount_t=Tonnes(amount_t),
        reasons="缺口较大",
        reference=reference,
        acting=market.acts(code),
        at=moment,
    )


def prepared(market, awards, quantity_t=5_000, *, price_fen=PRICE, reference="s1", **otherwise):
    given = {"year": YEAR, "last_date": LAST, "terms": "按固定价格发放", "at": TEN, **otherwise}
    return treasury.prepare_sale(
        quantity_t=Tonnes(quantity_t),
        price_fen=price_fen,
        awards=awards,
        reference=reference,
        acting=given.pop("acting", FOUNDER),
        **given,
    )


def opened(market, awards, quantity_t=5_000, **given):
    issue = prepared(market, awards, quantity_t, **given)
    treasury.open_sale(issue=issue, acting=market.acts("bureau", 2), at=TEN)
    return issue


def pays(market, application, *, moment=TEN, acting=None):
    return treasury.buy(
        application=application,
        law=CQ,
        acting=acting or market.acts(application.organisation.code),
        at=moment,
    )


def planned(market, quantity_t=10_000, price_fen=3000, *, reference="b1", **given):
    """A buy-back as one of the city bureau drew it up."""
    facts = {"last_date": LAST, "terms": "按固定价格回购", "at": TEN, "acting": FOUNDER, **given}
    facts.setdefault("budget_fen", Fen(quantity_t * price_fen))
    return treasury.prepare_buy_back(
        quantity_t=Tonnes(quantity_t), price_fen=Fen(price_fen), reference=reference, **facts
    )


def agreed(market, *bodies, buy_back):
    for body in bodies:
        person = 2 if body == "bureau" else 1
        treasury.approve_buy_back(buy_back=buy_back, acting=market.acts(body, person), at=TEN)
    return buy_back


def sells(market, buy_back, amount_t, *, code="E003", reference="r1", moment=TEN, acting=None):
    return treasury.sell_back(
        buy_back=buy_back,
        holder=market[code],
        amount_t=Tonnes(amount_t),
        reference=reference,
        law=CQ,
        acting=acting or market.acts(code),
        at=moment,
    )


def government_t(kind: AccountKind) -> int:
    """Tonnes on the government's accounts of a kind."""
    return sum(on.held_t for account, on in holdings.market_accounts() if account.kind == kind)
