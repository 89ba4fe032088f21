"""Money: one's own, the settlement desk, and what the exchange publishes about it."""
