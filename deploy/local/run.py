"""A run of the suite in this process: started on entry, stopped on exit, however the block is left."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import structlog

from deploy.local import parts, postgres
from deploy.local.home import Home, State
from deploy.local.parts import Options
from deploy.local.process import Process
from deploy.local.suite import Suite
from deploy.local.supervisor import Supervisor

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def running(home: Home, options: Options, say: Callable[[str], None] = lambda _: None) -> AsyncIterator[Suite]:
    """The suite on `home`, ready to work. Raises AlreadyRunning, or StartFailed with the reason.

    Ctrl-C, SIGTERM and SIGHUP cancel the calling task, at any moment; a second one ends the parts at once.
    Call it in the main thread: the kernel ties the parts to the thread that started them.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with home.locked():
        supervisor = Supervisor(home, options, say)
        with _stopped_by_signals(supervisor):
            try:
                await supervisor.start()
                suite = Suite(home)
                try:
                    yield suite
                finally:
                    await suite.close()
            finally:
                await supervisor.stop()


@asynccontextmanager
async def database_server(home: Home) -> AsyncIterator[State]:
    """PostgreSQL: of the run on `home`, or alone, where nothing else may begin meanwhile. Raises StartFailed."""
    if home.in_use:
        yield home.state()
        return
    with home.locked():
        state = home.prepare()
        await postgres.initialise(home.postgres, parts.postgres_address(state).password)
        server = Process(parts.database_server(home, state, Options()), output=home.logs / "postgres-alone.log")
        await server.start()
        try:
            yield state
        finally:
            await server.stop()


@contextmanager
def _stopped_by_signals(supervisor: Supervisor) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    caller = asyncio.current_task()
    assert caller is not None
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            supervisor.kill()
        else:
            asked = True
            caller.cancel()

    for number in STOPPING:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in STOPPING:
            loop.remove_signal_handler(number)


def until_stopped(work: Coroutine[Any, Any, int]) -> int:
    """Runs a command that may be stopped by a signal; 130 when it was, else what it returns."""
    try:
        return asyncio.run(work)
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 130
