"""Ledger: accounts, transfers and reservations of whole units (tonnes, fen, points).

Serves CQETS-5.2b (append-only record of every movement) and CQETS-5.4b (atomic, verifiable).
A transfer is one append-only row that is both entries: it debits one account and credits another
of the same asset, and carries both balances after. A reservation is a pending transfer, resolved
exactly once. Own balance = credits posted - debits posted - debits pending, never below zero unless
the account may go negative.

It knows no law: which movement is allowed, and why, is decided by registry, settlement and points.
It will not correct a row: a mistake is mended by another transfer.
"""
