"""A service: what it is made of, and the process that runs it. This file only wires; each part lives in its own module."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import structlog
from aiohttp import web
from pydantic import ValidationError
from structlog.typing import FilteringBoundLogger

from shared import config, logs, process
from shared.clock import Clock, open_clock
from shared.config import MigratorSettings, Settings
from shared.database.migrate import migrate
from shared.database.pool import SLOW, Database
from shared.messaging.housekeeping import Tidy
from shared.messaging.leases import Leases
from shared.messaging.received import Handlers
from shared.messaging.rewinding import Forget, Recover
from shared.messaging.spine import OnParked, Parts, Spine
from shared.operating.api import routes_of
from shared.problems import Unavailable
from shared.recover import recover, restored, rewind
from shared.republish import reconcile, republish
from shared.timers import TimerHandlers
from shared.web.app import build_app
from shared.web.auth import Verifier
from shared.web.edge import Edge
from shared.web.endpoint import Site
from shared.web.health import Health
from shared.web.jwks import KeySet
from shared.web.openapi import document
from shared.web.routes import Routes
from shared.web.turns import Turns

DATABASE_TRIES = 30
KEEPALIVE = 75.0
"""Seconds. Longer than the gateway keeps an idle connection, so that it never writes into one that is being closed."""
KEPT_FROM_REQUESTS = 3
"""Database connections for the spine, the tasks and the health routes, however many requests there are."""


@dataclass(slots=True)
class Running:
    """The running process, as tasks and commands see it. A task ends when `stopping` is set."""

    service: "Service"
    settings: Settings
    database: Database
    clock: Clock
    log: FilteringBoundLogger
    spine: Spine
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def leases(self) -> Leases:
        return self.spine.leases


Task: TypeAlias = Callable[[Running], Awaitable[None]]
"""Runs for as long as the process does; one that raises, or ends before `stopping`, ends the process."""
Command: TypeAlias = Callable[[Running, Sequence[str]], Awaitable[None]]
"""`python -m services.<name> <command> [arguments]`, with the settings and the database of the service; the spine does not run."""


async def _republish(running: Running, arguments: Sequence[str]) -> None:
    await republish(running.service.name, running.database, running.settings, arguments)


async def _reconcile(running: Running, arguments: Sequence[str]) -> None:
    await reconcile(running.service.name, running.database, running.settings, arguments)


_COMMANDS: Mapping[str, Command] = {"republish": _republish, "reconcile": _reconcile}


@dataclass(frozen=True)
class Service:
    """All there is to one service; its `app.py` only lists."""

    name: str
    migrations: Path
    routes: Sequence[Routes]
    handlers: Handlers = ()
    timers: TimerHandlers = field(default_factory=dict)
    tidies: Sequence[Tidy] = ()
    tasks: Sequence[Task] = ()
    settings: type[Settings] = Settings
    on_parked: OnParked = "hold"
    commands: Mapping[str, Command] = field(default_factory=dict)
    forgets: Sequence[Forget] = ()
    recovers: Sequence[Recover] = ()

    @property
    def all_routes(self) -> Sequence[Routes]:
        """Its own, and those that every service has."""
        return (*self.routes, routes_of(self.name))

    @property
    def all_commands(self) -> Mapping[str, Command]:
        return {**_COMMANDS, **self.commands}


async def _migrate(service: Service, arguments: Sequence[str]) -> None:
    await migrate(config.load(MigratorSettings).migrator_url, service.name, service.migrations)


async def _restored(service: Service, arguments: Sequence[str]) -> None:
    await restored(service.name, arguments)


async def _rewind(service: Service, arguments: Sequence[str]) -> None:
    await rewind(service.name, service.forgets, arguments)


async def _recover(service: Service, arguments: Sequence[str]) -> None:
    await recover(service.name, service.recovers, arguments)


_OWNED: Mapping[str, Callable[["Service", Sequence[str]], Coroutine[Any, Any, None]]] = {
    "migrate": _migrate,
    "restored": _restored,
    "rewind": _rewind,
    "recover": _recover,
}
"""Commands that need nothing but the database, as the role that owns it."""


def main(service: Service) -> None:
    """The command line of a service: `serve` (the default), `openapi`, those every service has, and its own."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument("command", nargs="?", default="serve", choices=["serve", "openapi", *_OWNED, *service.all_commands])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the command")
    given = parser.parse_args()
    if given.command == "openapi":
        print(orjson.dumps(document(service.name, service.all_routes), option=orjson.OPT_INDENT_2).decode())
        return
    try:
        _start(service, given.command, given.arguments)
    except ValidationError as error:
        # Without the traceback: which settings are missing is said in a line each.
        sys.exit(f"{service.name}: {error}")


def _start(service: Service, command: str, arguments: Sequence[str]) -> None:
    if command in _OWNED:
        logs.configure(service.name, config.load(MigratorSettings).log_level)
        process.run(_OWNED[command](service, arguments))
        return
    settings = config.load(service.settings)
    logs.configure(service.name, settings.log_level)
    process.run(serve(service, settings) if command == "serve" else _command(service, settings, service.all_commands[command], arguments))


async def serve(service: Service, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain. Raises when a part died or the drain took too long."""
    async with running(service, settings) as parts:
        health = Health(service.name, service.migrations, parts.database, parts.spine.unready)
        edge = Edge(settings.max_in_flight, Turns(settings.pool_size - KEPT_FROM_REQUESTS))
        http = _http(parts, health, edge)
        terminated = process.terminated()
        try:
            async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as tasks:
                _start_parts(tasks, parts, health)
                await _listen(http, settings)
                process.settled()
                await terminated.wait()
                parts.log.info("service.draining")
                deadline.reschedule(asyncio.get_running_loop().time() + settings.drain_wait + settings.drain_deadline)
                health.draining = edge.closing = True
                await asyncio.sleep(settings.drain_wait)
                await http.cleanup()
                parts.stopping.set()
        finally:
            await http.cleanup()
    structlog.get_logger().info("service.stopped")


@asynccontextmanager
async def running(service: Service, settings: Settings) -> AsyncIterator[Running]:
    """The parts of a process, nothing of them started yet; the database is closed at the end."""
    database = await _database(service, settings)
    try:
        clock = open_clock(settings)
        spine = Spine(
            Parts(
                service=service.name,
                database=database,
                database_url=settings.database_url,
                nats_url=settings.nats_url,
                nats_user=settings.nats_user,
                nats_password=settings.nats_password,
                clock=clock,
                handlers=service.handlers,
                timers=service.timers,
                on_parked=service.on_parked,
                tidies=service.tidies,
            )
        )
        yield Running(service, settings, database, clock, structlog.get_logger(), spine)
    finally:
        await database.close()


async def _database(service: Service, settings: Settings) -> Database:
    """A little patience while the server starts; after that the supervisor's restarts go on with it."""
    for left in range(DATABASE_TRIES - 1, -1, -1):
        try:
            return await Database.open(settings.database_url, service.name, settings.pool_size)
        except Unavailable:
            structlog.get_logger().warning("database.awaited", tries_left=left)
            await asyncio.sleep(1)
    raise Unavailable(SLOW)


def _http(parts: Running, health: Health, edge: Edge) -> web.AppRunner:
    settings, service = parts.settings, parts.service
    site = Site(settings, parts.database, parts.clock, Verifier(KeySet(settings.jwks_url), settings.issuer))
    return web.AppRunner(
        build_app(service.name, service.all_routes, site, health, edge),
        access_log=None,
        keepalive_timeout=KEEPALIVE,
        # Half of the drain for the requests, the rest for the batch in hand.
        shutdown_timeout=settings.drain_deadline / 2,
        auto_decompress=False,
    )


async def _listen(http: web.AppRunner, settings: Settings) -> None:
    await http.setup()
    await web.TCPSite(http, settings.listen_host, settings.listen_port).start()
    host, port = http.addresses[0][:2]
    structlog.get_logger().info("service.listening", host=host, port=port)


def _start_parts(tasks: asyncio.TaskGroup, parts: Running, health: Health) -> None:
    """Everything that lasts as long as the process does. All but the watchdogs wait for the migrations."""
    stopping = parts.stopping

    async def migrated(work: Callable[[], Awaitable[None]]) -> None:
        while not stopping.is_set() and not await health.migrated():
            await process.pause(stopping, 1)
        if not stopping.is_set():
            await work()

    lasting: dict[str, Callable[[], Awaitable[None]]] = {"spine": partial(parts.spine.run, stopping)}
    for task in parts.service.tasks:
        lasting[getattr(task, "__name__", repr(task))] = partial(task, parts)
    tasks.create_task(process.lasting("watch", health.watch(stopping), stopping), name="watch")
    tasks.create_task(process.lasting("pool", parts.database.watch(stopping), stopping), name="pool")
    for name, work in lasting.items():
        tasks.create_task(process.lasting(name, migrated(work), stopping), name=name)


async def _command(service: Service, settings: Settings, command: Command, arguments: Sequence[str]) -> None:
    async with running(service, settings) as parts:
        await command(parts, arguments)
