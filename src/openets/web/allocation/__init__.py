"""Allowances and pre-allocations on the page of a case."""
