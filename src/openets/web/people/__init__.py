"""Signing in, and what waits for whoever signed in."""
