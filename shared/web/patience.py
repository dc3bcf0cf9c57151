"""Requests that wait a moment for what comes by events: looked at again and again, with no connection held meanwhile."""

import asyncio
import time

FIRST_LOOK = 0.02
LONGEST_LOOK = 0.25


class Patience:
    """How long a caller waits; between looks ever longer."""

    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._pause = FIRST_LOOK

    async def more(self) -> bool:
        """Wait until it is worth looking again; False at once when the time is over."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            return False
        await asyncio.sleep(min(self._pause, left))
        self._pause = min(self._pause * 1.5, LONGEST_LOOK)
        return True
