"""Doors: the commands of `openets`.

Each reads its arguments and files, calls one room and writes the answer. No rule lives here.
"""
