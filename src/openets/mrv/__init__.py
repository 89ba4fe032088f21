"""MRV: from the entity's report to the verified number that binds.

Serves CQETS 24 and 25, CQ208 section 1. Production lines, the 2018-2020 inventory, annual emission
reports (温室气体排放报告), verification (核查), its notice and the objection to it.
The package `accounting` works out emissions from activity data.

It will not allocate, and it will not decide what must be surrendered.
"""
