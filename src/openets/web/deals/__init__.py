"""Pages of deals: proposals, intents, picks of a listed price."""
