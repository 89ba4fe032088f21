"""Pages of the published list."""
