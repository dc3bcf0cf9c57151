"""A process of ours: how it starts its loop, is told to stop, and notices that a part of it died."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

COLLECT_AFTER = 20_000
"""Objects that have come and not gone, after which the collector looks at the young ones. A batch of events often reaches Python's 700."""

log = structlog.get_logger()


def settled() -> None:
    """To be called when all is loaded that stays: the garbage collector leaves it alone from now on, and comes more rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def run(work: Coroutine[Any, Any, Any]) -> None:
    """Run to the end, on uvloop where there is one. What raises ends the process with a logged reason and code 1."""
    try:
        with asyncio.Runner(loop_factory=_fast_loop()) as runner:
            runner.run(work)
    except Exception as error:
        log.critical("process.died", exc_info=error)
        sys.exit(1)


def terminated() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second ends the process at once."""
    told = asyncio.Event()

    def terminate() -> None:
        if told.is_set():
            log.warning("process.killed")
            os._exit(1)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, terminate)
    return told


async def lasting(name: str, work: Awaitable[None], stopping: asyncio.Event) -> None:
    """Await `work`, which lasts until `stopping`: RuntimeError when it ends before."""
    await work
    if not stopping.is_set():
        raise RuntimeError(f"{name} ended while it was needed")


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """Sleep, but not past `stopping`."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
