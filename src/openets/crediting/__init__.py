"""Crediting: from a project's reductions to registered units.

Serves CQ208 annex 5, part 2: the filing (备案) of a project's reductions with the bureau, the
registration fee, the registration of the units on the platform (2023 path, AMB-51).

It will not trade or cancel them, and it does not yet carry the 2024 path of CQVER.
"""
