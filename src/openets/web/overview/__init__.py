"""The market at a glance, in the chosen compliance year."""
