"""Paper: what the registry hands out as PDF, and whether a paper somebody shows was handed out.

Serves CQETS-5.2b, CQETS-5.2c, CQETS-14: holding statements (持有证明), transaction receipts
(业务回单), account statements (对账单) and cancellation certificates (注销证书), each with a code
by which anybody can check it.

It will not move a unit, and not judge what it prints: the registry tells, paper shows.
"""
