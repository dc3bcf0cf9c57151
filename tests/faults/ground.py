"""The suite that the faults are done to: every service reaches PostgreSQL, NATS and the mail server through proxies of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

import aiohttp

from deploy.local import parts, ports, postgres
from deploy.local.home import Home
from deploy.local.parts import Options
from deploy.local.process import Part, Process
from deploy.local.suite import Suite, SuiteClock
from shared.contracts.topology import SERVICES
from tests.faults.proxy import Proxy
from tests.support.suite import running_suite

SENDING = {"SEND_LEASE": "20", "SMTP_TIMEOUT": "3"}
"""A mail whose sender died is looked at again after the lease, here sooner than in production."""

Given = dict[str, dict[str, str]]


@dataclass
class Ground:
    """One running suite and what stands around it.

    `injected` are ids of events that a test put on the stream itself; `told_again` of those that a lost stream held: `republish` may
    put them behind newer ones of their aggregates.
    """

    suite: Suite
    given: Given
    nats: dict[str, Proxy]
    database: dict[str, Proxy]
    smtp: Proxy
    clock: SuiteClock
    """Of orders alone."""
    injected: set[UUID] = field(default_factory=set)
    told_again: set[UUID] = field(default_factory=set)
    seconds: float = 5.0
    """How long the fault of this row lasts."""
    random: Random = field(default_factory=Random)
    """Of this row; the same for the same seed."""
    notes: list[str] = field(default_factory=list)
    """What a row wants said of itself."""
    poisoned: int = 0
    """Dead letters that this row means to cause."""

    @property
    def proxies(self) -> list[Proxy]:
        return [*self.nats.values(), *self.database.values(), self.smtp]

    async def mend(self) -> None:
        """Everything whole again, whatever was done."""
        for proxy in self.proxies:
            proxy.heal()
        self.clock.set(None)
        for part in self.suite.status():
            with suppress(RuntimeError):
                self.suite.thaw(part)
        for hold in self.suite.home.holds.iterdir():
            hold.unlink()
        for part in self.suite.status():
            await self.suite.until_running(part)

    @asynccontextmanager
    async def second(self, service: str) -> AsyncIterator[Process]:
        """One replica more of a service, not behind the gateway."""
        home, state = self.suite.home, self.suite.state
        port = ports.free_port()
        settings = parts.service_settings(service, home, state, Options(environment="test", given=self.given))
        part = Part(
            name=f"{service}-2",
            command=parts.service_command(service),
            environment={**settings, "GENDAN_LISTEN_PORT": str(port)},
            ready=partial(_ready, port),
            start_deadline=60,
            stop_deadline=25,
        )
        process = Process(part, output=home.logs / f"{service}-2.log")
        await process.start()
        try:
            yield process
        finally:
            await process.stop()

    async def holder(self, service: str, lease: str) -> UUID | None:
        """Which process holds a lease that has not run out."""
        async with self.suite.database(service) as database:
            found: UUID | None = await database.fetchval(
                "SELECT holder FROM lease JOIN pg_stat_activity a ON a.pid = backend_pid AND a.backend_start = lease.backend_start"
                " WHERE name = $1 AND expires_at > clock_timestamp()",
                lease,
            )
        return found


@asynccontextmanager
async def ready_ground(folder: Path) -> AsyncIterator[Ground]:
    """Durable, as PostgreSQL is killed. What stood in `folder/nats` before stays: a test may mount something there."""
    home = Home(folder)
    home.make()
    # Known before the suite starts, which keeps what it finds.
    state = home.prepare(gateway=ports.free_port())

    def port(name: str) -> int:
        return home.state().ports[name]

    async with AsyncExitStack() as stack:

        async def proxy(name: str) -> Proxy:
            made = Proxy(lambda: port(name))
            await made.start()
            stack.push_async_callback(made.close)
            return made

        nats = {service: await proxy("nats") for service in SERVICES}
        database = {service: await proxy("postgres") for service in SERVICES}
        smtp = await proxy("smtp")
        given: Given = {}
        for service in SERVICES:
            address = postgres.Address(database[service].port, "")
            url = address.url(service, f"{service}_runtime", state.runtimes[service])
            given[service] = {"NATS_URL": f"nats://127.0.0.1:{nats[service].port}", "DATABASE_URL": url}
        given["notifications"] |= {"SMTP_PORT": str(smtp.port), **SENDING}
        clock = folder / "clock of orders"
        given["orders"] |= {"CLOCK_FILE": str(clock)}
        suite = await stack.enter_async_context(running_suite(folder, durable=True, given=given))
        yield Ground(suite, given, nats, database, smtp, SuiteClock(clock))


async def _ready(port: int) -> bool:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        try:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False
