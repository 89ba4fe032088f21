"""Accounts as they stand: their states and measures, freezes, closings, and the government's."""
