"""Papers: asked for, taken away, and checked by anybody."""
