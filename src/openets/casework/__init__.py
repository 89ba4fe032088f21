"""Casework: the one engine behind every procedure of the law.

A room describes its procedure as a table of states and moves; this room keeps the cases, checks
who may move them, counts the days the table gives, keeps the trail, the documents and the to-do
lists, tells whom the table names, and sees to it that where two people are needed there are two.

It will not know what a case is about: the guard of a move is the room's own.
"""
