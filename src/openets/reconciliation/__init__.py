"""Reconciliation: exchange, registry, cash and journal compared daily, and the day closed by two.

Serves CQETS-5.2c (the registry is final, a difference is reported), CQETS-22 and CQETS-23 (daily
reconciliation of registry and exchange), CQETS-5.4 (the registration agency's report). 日终对账:
each market day the rows of the day are compared across the four books, every difference is named,
and the day is closed by one person of the exchange and another of the registration agency.

It will not correct anything: a mistake is mended by another movement in the room it belongs to. It
compares a day with the day before; `openets verify` recomputes everything from the beginning.
"""
