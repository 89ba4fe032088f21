"""Doors: the commands that outside checkers, spreadsheets and other programs use.

Their formats are public promises, documented in `docs/reference`. A door reads a file, asks the
rooms, writes results and refusals; it holds no rule of the law.
"""
