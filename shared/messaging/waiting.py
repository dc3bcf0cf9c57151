"""Waiting for the first of several things."""

import asyncio
from typing import Any


async def either(*things: "asyncio.Event | asyncio.Future[Any]", seconds: float | None = None) -> None:
    """Returns when an event is set, a future is done, or the time is up. Cancels nothing but its own waiting."""
    if any(thing.is_set() if isinstance(thing, asyncio.Event) else thing.done() for thing in things):
        return
    if not things and seconds is not None:
        return await asyncio.sleep(seconds)
    waits = {asyncio.ensure_future(thing.wait()) for thing in things if isinstance(thing, asyncio.Event)}
    try:
        await asyncio.wait(
            waits | {thing for thing in things if not isinstance(thing, asyncio.Event)}, timeout=seconds, return_when="FIRST_COMPLETED"
        )
    finally:
        for wait in waits:
            wait.cancel()
