"""Where a floor listens: a unix socket, or a port of an address. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A path, or host and port."""

    path: str = ""
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        """As in the settings."""
        return f"unix:{self.path}" if self.path else f"{self.host}:{self.port}"


def address_of(text: str) -> Address:
    """Read `unix:/path` or `host:port`."""
    if text.startswith("unix:"):
        return Address(path=text.removeprefix("unix:"))
    host, _, port = text.rpartition(":")
    return Address(host=host, port=int(port))
