"""Compliance for programs."""
