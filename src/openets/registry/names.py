"""How accounts, lots and positions are named, in the registry as in the ledger. Pure."""


def account_number(kind: str, holder: str) -> str:
    """Number of the account of a kind that an organisation, by its code, holds."""
    return f"{kind}-{holder}"


def lot_code(
    *,
    jurisdiction: str,
    kind: str,
    vintage_year: int,
    origin: str,
    project: str,
    serial_from: int | None,
    serial_to: int | None,
) -> str:
    """Name of a lot, and of its asset in the ledger."""
    parts = [jurisdiction.upper(), kind, str(vintage_year), origin]
    if serial_from is not None:
        parts += [project, f"{serial_from}-{serial_to}"]
    return "/".join(part for part in parts if part)


def position_code(account: str, lot: str, *, traded: bool) -> str:
    """How the ledger names what an account, by its number, holds of a lot, by its code."""
    return f"{account}/{lot}/{'traded' if traded else 'untraded'}"
