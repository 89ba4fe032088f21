"""Accounting (核算): activity data and factors to emissions, every line with its working. Pure.

Serves CQETS 24, CQ208 A1.1.1b, A1.M.2.2d and A1.M.3.2d. `account.py` takes lines to results; the
formulas stand in `combustion.py`, `process.py`, `carbon_material.py`, `energy.py` and `gases.py`;
the factor sets (排放因子集) are data in `mrv/factors`.

It will not read a database, choose a factor set for a year, or change a result once made.
"""
