"""Auctions: many bid in secret for one lot, and one moment decides (单向竞价).

Serves CQETS 13, 13(2), 17 and 19 and CQ208 section 4(4): auctions of the government's reserve, of
a holder's own lot, and the reverse auction by which the government buys back. Bids hold their
whole price, or their units, as an order does, so that nobody who wins fails to settle.

It will not decide whether the government sells or buys, nor keep its money: the treasury does.
"""
