"""Journal: the append-only, hash-chained record of every operation.

Serves CQETS-5.2b (who did what, when and why, never altered) and CQETS-5.4b (integrity check).
Every operation of every room leaves one entry. Entries are sealed into batches, and each batch's
digest covers the batch before it, so that one digest, the head, vouches for everything.

It will not decide anything, it knows no other room, and nobody waits for its chain: writers only
add entries, sealing comes later.
"""
