"""Turns: so many requests are worked on at a time, so that however many come, those that were let in are done soon.

What waits costs memory only, and waits for a moment only. A newcomer who would wait too long is not let in at all.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.web.problems import MOMENT, Overloaded

PATIENCE = 0.5
"""Seconds that a request waits for its turn."""
MEMORY = 16
"""The mean time of a turn is that of about so many of the last."""


class Turns:
    """`most` at a time, in the order they came."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._free = asyncio.Semaphore(most)
        self._waiting = 0
        self._seconds = 0.0

    @property
    def crowded(self) -> bool:
        """Whether whoever comes now would lose patience before his turn."""
        return self._waiting * self._seconds > PATIENCE * self._most

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A turn; Overloaded when it does not come in time."""
        await self._wait()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            yield
        finally:
            self._free.release()
            # A long download says nothing about the turns of others.
            self._seconds += (min(loop.time() - began, PATIENCE) - self._seconds) / MEMORY

    async def _wait(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded(MOMENT) from None
        finally:
            self._waiting -= 1
