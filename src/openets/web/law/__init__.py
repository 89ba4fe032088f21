"""The law as implemented: every requirement and every parameter, with its text."""
