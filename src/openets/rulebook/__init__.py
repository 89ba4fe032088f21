"""Rulebook: the law as dated, cited data.

Serves every requirement of kind parameter, definition and deadline. Every number of the law
stands once in `data/<jurisdiction>/<subject>.yaml` with unit, years, article and quoted words, or
marked `assumed` with the reason. A reading of an ambiguous text is a card with its AMB number.
Beside the cards lie the legal texts (`instruments`), the catalogue of requirements and readings
(`requirements`) and the published list of key emitting entities (`entities`).

It will not compute anything, and it will not fill a year from its neighbour.
"""
