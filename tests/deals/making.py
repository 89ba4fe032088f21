"""How the participants of a small market deal with each other."""

from openets.deals import operations as deals
from openets.kernel.quantity import Fen, Tonnes
from openets.settlement import queries as money
from openets.trading.models import Method
from tests.exchange import PRICE, PRODUCT, TEN
from tests.markets import CQ


def proposes(market, code="E001", to="I1", **otherwise):
    """E001 offers I1 500 t of 2021 at the reference."""
    given = {
        "method": Method.NEGOTIATED,
        "product": PRODUCT,
        "buys": False,
        "price_fen": Fen(PRICE),
        "qty": Tonnes(500),
        "reference": "d1",
        "law": CQ,
        "acting": market.acts(code),
        "at": TEN,
        **otherwise,
    }
    return deals.propose(proposer=market[code], counterparty=market[to], **given)


def confirms(market, deal, code="I1", moment=TEN, law=CQ):
    return deals.confirm(deal=deal, law=law, acting=market.acts(code), at=moment)


def picks(market, code="I1", **otherwise):
    given = {
        "product": PRODUCT,
        "buys": True,
        "price_fen": Fen(PRICE),
        "qty": Tonnes(100),
        "reference": "p1",
        "law": CQ,
        "acting": market.acts(code),
        "at": TEN,
        **otherwise,
    }
    return deals.pick(holder=market[code], **given)


def free_fen(market, code):
    return money.cash(market[code]).available_fen
