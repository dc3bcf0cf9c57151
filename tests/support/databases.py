"""A migrated database per service, made once; copies of it for tests that commit, a rolled-back transaction for those that need not."""

import secrets
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain
from pathlib import Path

import asyncpg
from pydantic import SecretStr

from deploy.postgres import bootstrap
from shared.database.migrate import migrate
from shared.database.pool import Database, Tx
from tests.support.copies import Copy
from tests.support.servers import Postgres

SERVICES_FOLDER = Path(__file__).parents[2] / "services"


class Databases:
    """Hands out databases on one server. Passwords are the same for all: the roles belong to the server."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._passwords = bootstrap.Passwords(secrets.token_hex(8), secrets.token_hex(8))
        self._templates: dict[str, str] = {}
        self._shared: dict[str, Database] = {}
        self._free: dict[str, list[Copy]] = defaultdict(list)

    def runtime_url(self, service: str, database: str) -> str:
        return self._postgres.url(database, f"{service}_runtime", self._passwords.runtime)

    def migrator_url(self, service: str, database: str) -> str:
        return self._postgres.url(database, f"{service}_migrator", self._passwords.migrator)

    async def empty(self, service: str) -> str:
        """The name of a new database that has the service's roles and no table."""
        name = f"{service}_{secrets.token_hex(4)}"
        await bootstrap.ensure(self._postgres.url(), service, self._passwords, name)
        return name

    async def template(self, service: str) -> str:
        if service not in self._templates:
            name = await self.empty(service)
            await migrate(SecretStr(self.migrator_url(service, name)), service, SERVICES_FOLDER / service / "migrations")
            self._templates[service] = name
        return self._templates[service]

    async def clone(self, service: str) -> str:
        """The name of a new migrated database of that service."""
        template = await self.template(service)
        name = f"{service}_{secrets.token_hex(4)}"
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{service}_migrator"')
        await bootstrap.own(self._postgres.url(name), service)
        return name

    async def drop(self, name: str) -> None:
        await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def open(self, service: str, name: str, size: int = 10) -> Database:
        return await Database.open(SecretStr(self.runtime_url(service, name)), _application(service), size)

    @asynccontextmanager
    async def lent(self, service: str) -> AsyncIterator[Copy]:
        """A migrated database of that service as it is at first. It serves the next as well, unless it is left with other tables."""
        copy = self._free[service].pop() if self._free[service] else await self._copy(service)
        try:
            yield copy
        finally:
            if await copy.restored():
                self._free[service].append(copy)
            else:
                await copy.close()
                await self.drop(copy.name)

    async def _copy(self, service: str) -> Copy:
        name = await self.clone(service)
        owner = await asyncpg.connect(self._postgres.url(name), timeout=10, command_timeout=60)
        return await Copy.of(name, await self.open(service, name), _application(service), owner)

    async def shared(self, service: str) -> Database:
        """One database per service for transactions that are rolled back."""
        if service not in self._shared:
            self._shared[service] = await self.open(service, await self.clone(service), 4)
        return self._shared[service]

    @asynccontextmanager
    async def rolled_back(self, service: str) -> AsyncIterator[Tx]:
        database = await self.shared(service)
        async with database.connection() as tx:
            transaction = tx.transaction()
            await transaction.start()
            try:
                yield tx
            finally:
                await transaction.rollback()

    async def close(self) -> None:
        async with AsyncExitStack() as stack:
            for database in self._shared.values():
                stack.push_async_callback(database.close)
            for copy in chain.from_iterable(self._free.values()):
                stack.push_async_callback(copy.close)

    async def _execute(self, statement: str) -> None:
        admin = await asyncpg.connect(self._postgres.url(), timeout=10, command_timeout=60)
        try:
            await admin.execute(statement)
        finally:
            await admin.close(timeout=10)


def _application(service: str) -> str:
    return f"test-{service}"
