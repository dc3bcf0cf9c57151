"""The real servers that the tests run against."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local import nats, ports, postgres
from deploy.local.process import Process
from deploy.nats.users import variable
from shared.contracts.topology import SERVICES

USERS = ("operator", *SERVICES)


@dataclass(frozen=True)
class Nats:
    """A running broker and the passwords of its users: `operator` and one per service."""

    process: Process
    address: nats.Address
    passwords: dict[str, str]

    @property
    def url(self) -> str:
        return self.address.url

    async def restart(self, *, kill: bool = False) -> None:
        """Ends the broker (at once with `kill`) and starts it again on its data and its port."""
        if kill:
            self.process.kill()
            await self.process.wait()
        else:
            await self.process.stop()
        await self.process.start()


@dataclass(frozen=True)
class Postgres:
    process: Process
    address: postgres.Address

    def url(self, database: str = "postgres", user: str = postgres.SUPERUSER, password: str | None = None) -> str:
        """As the superuser unless a user and his password are given."""
        return self.address.url(database, user, password)


@asynccontextmanager
async def running_postgres(folder: Path, *, durable: bool = False) -> AsyncIterator[Postgres]:
    address = postgres.Address(ports.free_port(), secrets.token_hex(8))
    data = folder / "postgres"
    await postgres.initialise(data, address.password, durable=durable)
    process = Process(postgres.part(data, address, durable=durable), output=folder / "postgres.log")
    await process.start()
    try:
        yield Postgres(process, address)
    finally:
        await process.stop()
        postgres.remove(data)


@asynccontextmanager
async def running_nats(folder: Path) -> AsyncIterator[Nats]:
    address = nats.Address(ports.free_port(), ports.free_port())
    passwords = _passwords()
    process = Process(nats.part(folder / "nats", address, _as_environment(passwords)), output=folder / "nats.log")
    await process.start()
    try:
        yield Nats(process, address, passwords)
    finally:
        await process.stop()
        shutil.rmtree(folder / "nats", ignore_errors=True)


@asynccontextmanager
async def running_cluster(folder: Path) -> AsyncIterator[tuple[Nats, ...]]:
    """Three brokers that are one: the suite's own configuration, with the options that `docs/operations.md` gives."""
    names = [f"gendan-{number}" for number in (1, 2, 3)]
    chosen = ports.choose([f"{name} {what}" for name in names for what in ("clients", "monitor", "routes")], {})
    passwords = _passwords()
    routes = {name: f"nats://127.0.0.1:{chosen[f'{name} routes']}" for name in names}
    servers = []
    for name in names:
        address = nats.Address(chosen[f"{name} clients"], chosen[f"{name} monitor"])
        part = nats.part(folder / name, address, _as_environment(passwords))
        options = ("--server_name", name, "--cluster_name", "gendan", "--cluster", routes[name], "--routes", ",".join(routes.values()))
        process = Process(replace(part, name=name, command=[*part.command, *options]), output=folder / f"{name}.log")
        servers.append(Nats(process, address, passwords))
    try:
        for server in servers:
            await server.process.start()
        yield tuple(servers)
    finally:
        for server in servers:
            server.process.kill()  # asked to end, each would first hand over what it leads
        await asyncio.gather(*(server.process.stop() for server in servers))
        for name in names:
            shutil.rmtree(folder / name, ignore_errors=True)


def _passwords() -> dict[str, str]:
    return {user: "p" + secrets.token_hex(8) for user in USERS}


def _as_environment(passwords: dict[str, str]) -> dict[str, str]:
    return {variable(user): password for user, password in passwords.items()}
