"""History: real trading days of a market, as others published them, each with its source.

Serves CQETS-20 with what was traded before this system began. The days stand in a table of their
own, beside their source, and are never joined to the daily sheets of this market.

It will not set a reference price, and will not complete or smooth what a source leaves out.
"""
