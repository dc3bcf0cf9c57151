"""Waiting for what the services do by themselves."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

SECONDS = 30.0


async def until(look: Callable[[], Awaitable[T | None]], what: str) -> T:
    """What `look` finds, asked again while it finds nothing. TimeoutError names what did not come."""
    end = time.monotonic() + SECONDS
    while (found := await look()) is None:
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {SECONDS:g} s")
        await asyncio.sleep(0.05)
    return found
