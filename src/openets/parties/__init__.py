"""Parties: who takes part in the market, in which role, and who is on the list.

Serves CQETS 2, 4, 5, 16 and CQ208 annex 1, list. Organisations, people with their roles and terms,
the roles matrix, and the yearly list of key emitting entities (重点排放单位名录).

It will not hold accounts, balances or duties.
"""
