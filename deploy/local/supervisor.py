"""Starts the parts in order, keeps them running, and stops them in reverse."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import SecretStr

from deploy.local import parts, postgres
from deploy.local.home import Home, State
from deploy.local.journal import Log, Terminal
from deploy.local.keeper import Keeper
from deploy.local.parts import Options
from deploy.local.ports import Claims
from deploy.local.process import Part
from deploy.local.tokens import Issuer
from deploy.nats.provisioning import provision_at
from deploy.postgres import bootstrap
from shared.clock import set_clock
from shared.contracts.topology import SERVICES
from shared.database.migrate import migrate

Said = Callable[[str], None]


class Supervisor:
    """One run on a data folder whose lock the caller holds."""

    def __init__(self, home: Home, options: Options, say: Said = lambda _: None) -> None:
        self._home = home
        self._options = options
        self._say = say
        self._terminal = Terminal(options.quiet)
        self._keepers: list[Keeper] = []
        self._logs: list[Log] = []
        self._began = time.time()
        self._ready = False
        self._claims = Claims()
        self.state: State

    async def start(self) -> None:
        """Everything up and ready, or StartFailed; what was started by then is stopped by `stop`."""
        self._home.forget_run()
        if self._options.fresh:
            self._home.clear()
        self._home.make()
        for hold in self._home.holds.iterdir():
            hold.unlink()
        self.state = self._home.prepare(take=self._claims.take)
        self._events = self._log("supervisor")
        self._events.event("run.starting", pid=os.getpid(), ports=dict(self.state.ports))
        Issuer(self._home.key).publish(self._home.public)
        if not self._home.clock.exists():
            set_clock(self._home.clock, None)
        await _all(self._databases(), self._broker(), self._keep(parts.mail(self._home, self.state)))
        self._say("services")
        await _all(*(self._keep(parts.service(name, self._home, self.state, self._options)) for name in SERVICES))
        self._say("gateway")
        await self._keep(parts.gateway(self._home, self.state))
        self._ready = True
        self._write()
        self._events.event("run.ready", seconds=round(time.time() - self._began, 2))

    async def stop(self) -> None:
        """Stops everything so that each part can finish its work: gateway, services, mail, broker, database. May be called at any time."""
        self._ready = False
        by_name = {keeper.name: keeper for keeper in self._keepers}
        for group in (("gateway",), tuple(reversed(SERVICES)), ("mail", "nats"), ("postgres",)):
            await asyncio.gather(*(by_name[name].stop() for name in group if name in by_name))
        self._home.forget_run()
        self._claims.release()
        for log in self._logs:
            log.close()
        self._logs.clear()

    def kill(self) -> None:
        """Ends every part now."""
        for keeper in self._keepers:
            keeper.kill()

    async def _databases(self) -> None:
        self._say("PostgreSQL")
        await postgres.initialise(self._home.postgres, self.state.superuser, durable=self._options.durable)
        await self._keep(parts.database_server(self._home, self.state, self._options))
        self._say("databases")
        await ensure_databases(self._home, self.state, self._events)

    async def _broker(self) -> None:
        self._say("NATS")
        await self._keep(parts.broker(self._home, self.state))
        await provision_at(parts.nats_address(self.state).url, self.state.nats["operator"])

    async def _keep(self, part: Part) -> None:
        keeper = Keeper(part, self._log(part.name), self._events, self._home.holds / part.name, self._write)
        self._keepers.append(keeper)
        await keeper.start()

    def _log(self, name: str) -> Log:
        log = Log(self._home.logs, name, self._terminal)
        self._logs.append(log)
        return log

    def _write(self) -> None:
        self._home.write_run(
            {
                "pid": os.getpid(),
                "began": self._began,
                "ready": self._ready,
                "environment": self._options.environment,
                "gateway": parts.gateway_url(self.state),
                "parts": {keeper.name: keeper.describe() for keeper in self._keepers},
            }
        )


async def ensure_databases(home: Home, state: State, events: Log | None = None) -> dict[str, list[str]]:
    """Every service's database, roles and tables; returns the migrations applied now, by service."""
    address = parts.postgres_address(state)
    applied: dict[str, list[str]] = {}
    for service in SERVICES:
        await bootstrap.ensure(address.url(), service, bootstrap.Passwords(state.migrators[service], state.runtimes[service]))
        url = SecretStr(address.url(service, f"{service}_migrator", state.migrators[service]))
        applied[service] = await migrate(url, service, home.root / "services" / service / "migrations")
        if events is not None and applied[service]:
            events.event("service.migrated", service=service, applied=applied[service])
    return applied


async def _all(*work: Coroutine[Any, Any, None]) -> None:
    """All at once; the first failure cancels the others, waits until they have cleaned up, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for one in work:
                tasks.create_task(one)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
