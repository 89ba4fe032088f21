"""Where a number or a rule comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a legal text, or the reason why a value is assumed where the texts are silent.

    Exactly one of `source` (a catalogue id such as CQ208-A1.2) and `assumed` is set.
    """

    source: str = ""
    quote: str = ""
    assumed: str = ""

    def __post_init__(self) -> None:
        """A number of the law with neither article nor reason is our own fault."""
        assert bool(self.source) != bool(self.assumed), "cite an article or say why it is assumed"

    def as_json(self) -> dict[str, str]:
        """Shape stored with explanations and shown beside the number."""
        pairs = {"source": self.source, "quote": self.quote, "assumed": self.assumed}
        return {key: value for key, value in pairs.items() if value}
