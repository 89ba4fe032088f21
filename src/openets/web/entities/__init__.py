"""The key emitting entities: the list, and one entity with everything known of it."""
