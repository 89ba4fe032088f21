"""What may happen to auctions: lots offered, announced, cancelled, decided; bids in between."""

from openets.auctions.announcing import (
    announce_buy_back,
    announce_lot,
    announce_sale,
    cancel,
    offer_lot,
)
from openets.auctions.bidding import bid, change_bid, withdraw_bid
from openets.auctions.deciding import clear

__all__ = [
    "announce_buy_back",
    "announce_lot",
    "announce_sale",
    "bid",
    "cancel",
    "change_bid",
    "clear",
    "offer_lot",
    "withdraw_bid",
]
