"""Doors: the commands of `openets`, one module each, with formats that are public promises."""
