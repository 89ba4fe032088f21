"""Trading: the order book, the call auction, the limits and the hours of the market.

Serves CQETS-16 to CQETS-23 and the trading articles of the other jurisdictions. `book`, `auction`,
`limits` and `session` are pure: commands and parameters in, trades and refusals out.

It will not move a unit or a fen itself; settlement delivers what is traded here.
"""
