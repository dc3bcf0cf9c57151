"""The real servers that the tests run against."""

import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import nats, ports, postgres
from deploy.local.process import Process
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
    passwords = {user: "p" + secrets.token_hex(8) for user in USERS}
    environment = {f"GENDAN_NATS_PASSWORD_{user.upper()}": word for user, word in passwords.items()}
    process = Process(nats.part(folder / "nats", address, environment), output=folder / "nats.log")
    await process.start()
    try:
        yield Nats(process, address, passwords)
    finally:
        await process.stop()
        shutil.rmtree(folder / "nats", ignore_errors=True)
