"""Allocation (配额分配): how many allowances an entity is due for a year, and why.

Serves CQ208-1, CQ208-4.1, CQ208-4.2 and annex 1 of CQ208 with its calculation methods. The pure
core reads top down: `entity` (the entity's number) asks `lines` (rows and what they must satisfy),
`methods` (which method, and its formula), `base` (base years and base values) and `relief` (gap
exemption, advance use, pre-allocation); `reserve` adds the government reserve. Base
years corrected to newer factors come from MRV. Every number of the law comes from the rulebook,
every figure carries its explanation.

A special case (new project, long shutdown, changed facility) applies only where the data show it;
an empty cell shows none, and the explanation says so. What cannot be decided is refused.

It will not issue units: that is the registry's, by the determined number.
"""
