"""Pages of the treasury: paid issue, buy-back, proceeds and budget."""
