"""Kernel: the few values every room speaks in.

Quantities, periods, the calendar of working and trading days, citations, refusals, explanations
and who acts. Knows no law, no database, no clock and no network.
"""
