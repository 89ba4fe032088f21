"""The feeds of all products in the process that serves readers, and who waits for them."""

import asyncio
from collections.abc import Sequence

from openets.gateway.board import Event
from openets.gateway.feed import Feed


class Feeds:
    """Filled by a line to the floor; readers wait here for what is newer than they know."""

    def __init__(self) -> None:
        """Begin with nothing; the floor tells all when it is found."""
        self._feeds: dict[str, Feed] = {}
        self._changed = asyncio.Event()

    def of(self, product: str) -> Feed | None:
        """The feed of a product, once the floor has told of it."""
        return self._feeds.get(product)

    @property
    def are_known(self) -> bool:
        """Whether the floor has told of its products."""
        return bool(self._feeds)

    def heard(self, events: Sequence[Event]) -> None:
        """Take events in and wake all who wait."""
        for name, data in events:
            product = data["product"]
            if product not in self._feeds:
                self._feeds[product] = Feed(product)
            self._feeds[product].apply((name, data))
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def changed(self, timeout_seconds: float) -> bool:
        """Wait for news of any product; False when the time is up."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True
