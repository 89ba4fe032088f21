"""Roster: how an entity comes onto the list, leaves it, and changes its shape.

Serves CQETS 4.3, 4.5, 7, 8, 10, 14.2, 29 and CQ208 annex 1, part 1. The list of key emitting
entities (重点排放单位名录) as a case from candidate to removed, its standard and its publication;
name changes, mergers and divisions; the data that other departments supply. Who is on the list of
a year is remembered by parties.

It will not decide duties, and it will not move units: that is the registry's.
"""
