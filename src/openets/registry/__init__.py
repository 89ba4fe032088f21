"""Registry: who holds which units, and the final word on it.

Serves CQETS 5, 13, 14, 22, 26, 30 and CQ208 sections 3 and 4.2. Accounts and their states, lots
(批次), positions, serial blocks (序列号段), locks (冻结), the 50 % holding rule, and every movement
of units as a row of one table of kinds.

It will not know why a number was allocated or whether a duty is met; it is told.
"""
