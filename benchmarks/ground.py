"""Real servers for one bench, as `gendan up` starts them and as durable; services are started on them as the bench needs them."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from deploy.local import nats, parts, ports, postgres
from deploy.local.home import Home
from deploy.local.parts import Options
from deploy.local.process import Part, Process, accepts
from deploy.local.suite import Suite
from deploy.local.supervisor import ensure_databases
from deploy.local.tokens import Issuer
from deploy.nats.provisioning import provision_at
from shared.clock import set_clock

Given = Mapping[str, Mapping[str, str]]
"""Settings by service, without their prefix, that replace those of an ordinary run."""


@dataclass(frozen=True)
class Ground:
    """PostgreSQL with every service's migrated database, NATS with its streams and consumers, and the gateway.

    `suite` gives addresses, tokens, clients and connections; it keeps no parts running.
    """

    suite: Suite
    postgres: Process
    nats: Process

    @property
    def home(self) -> Home:
        return self.suite.home

    @asynccontextmanager
    async def services(self, *names: str, given: Given | None = None) -> AsyncIterator[dict[str, Process]]:
        """These services, ready, until the block is left."""
        options = Options(given=given or {})
        async with AsyncExitStack() as stack:
            processes = {name: self._process(parts.service(name, self.home, self.suite.state, options)) for name in names}
            for process in processes.values():
                stack.push_async_callback(process.stop)
                await process.start()
            yield processes

    async def empty_database(self, name: str) -> str:
        """The URL of a new database without tables, for the superuser: for what is measured beside the suite."""
        async with self.suite.database("postgres") as admin:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await admin.execute(f'CREATE DATABASE "{name}"')
        return self.suite.database_url(name)

    @asynccontextmanager
    async def unsynced_nats(self) -> AsyncIterator[str]:
        """The URL of a second broker as it is out of the box: what it acknowledges it syncs every two minutes."""
        folder = self.home.folder / "nats-unsynced"
        port = ports.free_port()
        command = [str(nats.binary()), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder)]
        process = self._process(Part(name="nats-unsynced", command=command, ready=partial(accepts, port)))
        await process.start()
        try:
            yield f"nats://127.0.0.1:{port}"
        finally:
            await process.stop()

    @asynccontextmanager
    async def peer(self, python: Path, module: str, arguments: Sequence[str], port: int) -> AsyncIterator[Process]:
        """A peer that listens on `port`: a module of `benchmarks.peers` under the Python of the peers' environment."""
        command = [str(python), "-P", "-m", f"benchmarks.peers.{module}", *arguments]
        process = self._process(Part(name=module, command=command, environment=self.peer_environment, ready=partial(accepts, port)))
        await process.start()
        try:
            yield process
        finally:
            await process.stop()

    @property
    def peer_environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": str(self.home.root)}

    async def durability(self) -> dict[str, str]:
        """How the two servers sync, as they say themselves."""
        async with self.suite.database("postgres") as admin:
            names = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")
            said = {f"postgres {name}": await admin.fetchval("SELECT current_setting($1)", name) for name in names}
        async with self.suite.client() as client:
            state = self.suite.state
            client.base = f"http://127.0.0.1:{state.ports['nats_monitor']}"
            jetstream: dict[str, Any] = (await client.get("/jsz")).json["config"]
        said["nats sync_interval"] = "always" if jetstream.get("sync_always") else str(jetstream.get("sync_interval"))
        return said

    def _process(self, part: Part) -> Process:
        return Process(part, output=self.home.logs / f"{part.name}.log")


@asynccontextmanager
async def fresh(home: Home) -> AsyncIterator[Ground]:
    """A ground without data on that folder; what it leaves is removed unless the bench failed. Raises AlreadyRunning, or StartFailed."""
    with home.locked():
        home.clear()
        async with _servers(home) as ground:
            yield ground
        home.clear()


@asynccontextmanager
async def _servers(home: Home) -> AsyncIterator[Ground]:
    state = home.prepare(gateway=ports.free_port())
    Issuer(home.key).publish(home.public)
    set_clock(home.clock, None)
    await postgres.initialise(home.postgres, state.superuser)
    made = [parts.database_server(home, state, Options()), parts.broker(home, state), parts.gateway(home, state)]
    async with AsyncExitStack() as stack:
        started = []
        for part in made:
            process = Process(part, output=home.logs / f"{part.name}.log")
            stack.push_async_callback(process.stop)
            await process.start()
            started.append(process)
        await asyncio.gather(ensure_databases(home, state), provision_at(parts.nats_address(state).url, state.nats["operator"]))
        suite = Suite(home)
        stack.push_async_callback(suite.close)
        yield Ground(suite, started[0], started[1])
