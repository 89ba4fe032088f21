"""In what capacity a person acts for an organisation. Pure."""

from enum import StrEnum


class Capacity(StrEnum):
    """How a person stands to the organisation."""

    REPRESENTATIVE = "representative"
    """The primary account representative (主要联系人); an organisation has one at a time."""
    ALTERNATE = "alternate"
    """Stands in for the representative (备用联系人)."""
    MEMBER = "member"


CAPACITY_TITLES: dict[Capacity, tuple[str, str]] = {
    Capacity.REPRESENTATIVE: ("主要联系人", "Representative"),
    Capacity.ALTERNATE: ("备用联系人", "Alternate"),
    Capacity.MEMBER: ("经办人", "Member"),
}
