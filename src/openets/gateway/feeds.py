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
        self._changed: dict[str, asyncio.Event] = {}
        self._found = asyncio.Event()
        self.is_away = False
        """Whether the floor was there and is not."""

    def of(self, product: str) -> Feed | None:
        """The feed of a product, once the floor has told of it."""
        return self._feeds.get(product)

    @property
    def are_known(self) -> bool:
        """Whether the floor has told of its products."""
        return bool(self._feeds)

    def heard(self, events: Sequence[Event]) -> None:
        """Take events in, then wake those who wait for their products, once each."""
        for name, data in events:
            product = data["product"]
            if product not in self._feeds:
                self._feeds[product] = Feed(product)
                self._changed[product] = asyncio.Event()
                self._find()
            self._feeds[product].apply((name, data))
        for product in {data["product"] for _, data in events}:
            self._wake(product)

    def floor_stands(self, is_up: bool) -> None:
        """Tell everybody that the floor was found, or lost."""
        self.is_away = not is_up
        self.wake_all()

    def wake_all(self) -> None:
        """Wake everybody, so that they can tell their readers that the line still stands."""
        for product in self._feeds:
            self._wake(product)
        self._find()

    async def changed(self, product: str) -> None:
        """Wait for news of a product, or for the floor's first word of it, or to be woken."""
        await self._changed.get(product, self._found).wait()

    def _find(self) -> None:
        found, self._found = self._found, asyncio.Event()
        found.set()

    def _wake(self, product: str) -> None:
        changed, self._changed[product] = self._changed[product], asyncio.Event()
        changed.set()
