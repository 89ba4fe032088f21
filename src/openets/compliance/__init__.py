"""Compliance (履约): what a key emitting entity owes for a year and what counts towards it.

Serves CQETS-26 and 27, CQ208-2, 3b and annex 1 section 5: the obligation and its deadline, the
test of an offset application, the limit of an advance, and the status replayed from dated events.

It will not compute an allocation, move a unit or decide a penalty.
"""
