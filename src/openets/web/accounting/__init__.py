"""Accounting for everybody: rows in, emissions with why out; nothing is kept."""
