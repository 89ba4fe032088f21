"""Quotes: candles, depth, tape and the daily table of a product."""
