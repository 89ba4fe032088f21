"""How accounts, lots and positions are named, in the registry as in the ledger. Pure."""


def account_number(kind: str, holder: str, year: int | None = None, *, nth: int = 1) -> str:
    """Number of the `nth` account of a kind, of one year where it has one, of a holder's code."""
    parts = [kind, holder] if year is None else [kind, holder, str(year)]
    return "-".join(parts) + (f".{nth}" if nth > 1 else "")


def account_kind(number: str) -> str:
    """The kind that the number of an account begins with."""
    return number.partition("-")[0]


def lot_code(
    *,
    jurisdiction: str,
    kind: str,
    vintage_year: int,
    origin: str,
    project: str,
    serial_from: int | None,
    serial_to: int | None,
    batch: str,
) -> str:
    """Name of a lot, and of its asset in the ledger.

    A run of serials is a batch of its own; other units name theirs where a year has several.
    """
    parts = [jurisdiction.upper(), kind, str(vintage_year), origin]
    if serial_from is None:
        parts.append(batch)
    else:
        parts += [project, f"{serial_from}-{serial_to}"]
    return "/".join(part for part in parts if part)


def position_code(account: str, lot: str, *, traded: bool) -> str:
    """How the ledger names what an account, by its number, holds of a lot, by its code."""
    return f"{account}/{lot}/{'traded' if traded else 'untraded'}"
