"""What the sign-in page shows."""

from dataclasses import dataclass

from openets.web.language import Said


@dataclass(frozen=True, slots=True)
class Door:
    """A way into the demo: one person for each role."""

    membership: int
    role: Said
    organisation: str
    person: str
