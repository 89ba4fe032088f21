"""Pages and programming interface of the daily reconciliation."""
