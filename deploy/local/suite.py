"""A running suite as seen from outside: its address, its people, its mails, its clock, its databases, and ways to hurt it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg
from nats.aio.client import Client as NatsClient

from deploy.local import parts
from deploy.local.client import Client
from deploy.local.home import Home
from deploy.local.mailbox import Mailbox
from deploy.local.parts import Options
from deploy.local.process import run
from deploy.local.tokens import Issuer
from shared.clock import MovableClock, set_clock
from shared.messaging.provision import inbox_prefix

POLL = 0.05


class SuiteClock:
    """The business clock of all services at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        return MovableClock(self._path).now()

    def set(self, when: datetime | None) -> None:
        """Moves every service to `when` (aware); it runs on from there. None goes back to the system's time."""
        set_clock(self._path, when)


class Suite:
    """Attached to what runs on a data folder. Clients it made are closed with it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.state = home.state()
        self.gateway = parts.gateway_url(self.state)
        self.mailbox = Mailbox(home.mail)
        self.clock = SuiteClock(home.clock)
        self._clients: list[Client] = []

    def token(self, login: str, roles: Iterable[str] = (), *, hours: float = 12, scopes: Iterable[str] = ()) -> str:
        return self._issuer.mint(login, roles, hours=hours, scopes=scopes)

    def client(self, login: str = "admin", roles: Iterable[str] | str = ("admin",), *, connections: int = 20) -> Client:
        """Signed in as that person, through the gateway."""
        named = [roles] if isinstance(roles, str) else list(roles)
        return self._kept(Client(self.gateway, self.token(login, named), connections))

    def anonymous(self) -> Client:
        return self._kept(Client(self.gateway))

    def service_url(self, service: str) -> str:
        """Past the gateway, for /metrics and the health routes."""
        return f"http://127.0.0.1:{self.state.ports[service]}"

    def database_url(self, service: str) -> str:
        return parts.postgres_address(self.state).url(service)

    @asynccontextmanager
    async def database(self, service: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        """A connection of the superuser, to look in."""
        connection = await asyncpg.connect(self.database_url(service), timeout=10, command_timeout=60)
        try:
            yield connection
        finally:
            await connection.close(timeout=10)

    @asynccontextmanager
    async def broker(self) -> AsyncIterator[NatsClient]:
        """A connection of the operator, to look in."""
        client = NatsClient()
        url = parts.nats_address(self.state).url
        await client.connect(url, user="operator", password=self.state.nats["operator"], inbox_prefix=inbox_prefix("operator"))
        try:
            yield client
        finally:
            await client.close()

    def status(self) -> dict[str, Any]:
        """Each part's state, pid and restarts, as the supervisor sees them."""
        found: dict[str, Any] = self.home.run()["parts"]
        return found

    def pid(self, part: str) -> int:
        pid = self.status()[part]["pid"]
        if pid is None:
            raise RuntimeError(f"{part} does not run")
        return int(pid)

    async def kill(self, part: str) -> int:
        """kill -9; the supervisor starts it again. Returns the pid killed, for `until_running`."""
        pid = self.pid(part)
        os.kill(pid, signal.SIGKILL)
        await self._until(lambda: self.status()[part]["pid"] != pid, 10, f"{part} was killed and still runs")
        return pid

    def freeze(self, part: str) -> None:
        """Stops it in its tracks, with its children, connections open."""
        for pid in _family(self.pid(part)):
            os.kill(pid, signal.SIGSTOP)

    def thaw(self, part: str) -> None:
        for pid in _family(self.pid(part)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    async def stop(self, part: str, *, kill: bool = False) -> None:
        """Ends it and keeps it down until `release` or `start`, also one that ends again and again by itself."""
        (self.home.holds / part).touch()
        how = signal.SIGKILL if kill else signal.SIGINT if part == "postgres" else signal.SIGTERM
        told: set[int] = set()

        def held() -> bool:
            found = self.status()[part]
            if found["pid"] is not None and found["pid"] not in told:
                told.add(found["pid"])
                with suppress(ProcessLookupError):
                    os.kill(found["pid"], how)
            return bool(found["state"] == "held")

        await self._until(held, 40, f"{part} did not stop")

    def release(self, part: str) -> None:
        """Lets a stopped part run again."""
        (self.home.holds / part).unlink(missing_ok=True)

    async def start(self, part: str, deadline: float = 60) -> None:
        """The same, and waits until it is ready."""
        self.release(part)
        await self.until_running(part, deadline=deadline)

    async def restart(self, part: str, *, kill: bool = False) -> None:
        await self.stop(part, kill=kill)
        await self.start(part)

    async def until_running(self, part: str, deadline: float = 60) -> None:
        """Until it is ready; TimeoutError otherwise. A part that was killed is first noticed to be dead by `kill` itself."""
        await self._until(lambda: self.status()[part]["state"] == "running", deadline, f"{part} is not running")

    async def command(self, service: str, *arguments: str, deadline: float = 300) -> str:
        """Runs a command of a service (`rebuild`), also as the owner of its database. StartFailed with its output when it fails."""
        options = Options(environment=self.home.run()["environment"])
        environment = parts.migrator_settings(service, self.home, self.state, options)
        return await run(parts.service_command(service, *arguments), environment=environment, deadline=deadline)

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))
        self._clients.clear()

    @cached_property
    def _issuer(self) -> Issuer:
        return Issuer(self.home.key)

    def _kept(self, client: Client) -> Client:
        self._clients.append(client)
        return client

    async def _until(self, true: Callable[[], bool], deadline: float, otherwise: str) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + deadline
        while not true():
            if loop.time() > end:
                raise TimeoutError(otherwise)
            await asyncio.sleep(POLL)


def _family(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            found += [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return found
