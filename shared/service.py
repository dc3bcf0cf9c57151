"""A service: what it is made of, and the process that runs it. This file only wires; each part lives in its own module."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from structlog.typing import FilteringBoundLogger

from shared.clock import Clock
from shared.config import Settings
from shared.database.pool import Database
from shared.messaging.received import Handlers
from shared.timers import TimerHandlers
from shared.web.routes import Routes


@dataclass(slots=True)
class Running:
    """The running process, as tasks and commands see it. A task ends when `stopping` is set."""

    service: "Service"
    settings: Settings
    database: Database
    clock: Clock
    log: FilteringBoundLogger
    leases: Any
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def nudge(self) -> None:
        """Wake the relay: there is something to publish."""
        raise NotImplementedError


Task: TypeAlias = Callable[[Running], Awaitable[None]]
"""Runs for as long as the process does; one that raises, or ends before `stopping`, ends the process."""
Command: TypeAlias = Callable[[Running, Sequence[str]], Awaitable[None]]
"""`python -m services.<name> <command> [arguments]`, with the settings and the database of the service."""


@dataclass(frozen=True)
class Service:
    """All there is to one service; its `app.py` only lists."""

    name: str
    migrations: Path
    routes: Sequence[Routes]
    handlers: Handlers = ()
    timers: TimerHandlers = field(default_factory=dict)
    tasks: Sequence[Task] = ()
    settings: type[Settings] = Settings
    on_parked: Literal["hold", "proceed"] = "hold"
    commands: Mapping[str, Command] = field(default_factory=dict)


def main(service: Service) -> None:
    """The command line of a service: `serve` (the default), `migrate`, `openapi`, and the service's own commands."""
    raise NotImplementedError
