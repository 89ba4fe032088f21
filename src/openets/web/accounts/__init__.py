"""Accounts as their holders and the offices see them: overview, statement, tables to take away."""
