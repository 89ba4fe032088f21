"""Treasury: the government as seller and buyer of allowances, and the money of both.

Serves CQETS 4(2), 13 and 19 and CQ208 section 4(4): applications for paid issue of the reserve
(有偿发放), the sale the bureau may organise on them, buy-back (配额回购), the proceeds until the
treasury has them in full (收支两条线), and the budget of building and running the market.

It will not set anything off: income and expenditure are never one line.
"""
