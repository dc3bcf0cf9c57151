"""A database and two roles for a service. Everything here may be repeated: a second run changes nothing but the passwords given."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

HERE = Path(__file__).parent
ROLES = (HERE / "roles.sql").read_text()
CREATE = (HERE / "create.sql").read_text()
DATABASE = (HERE / "database.sql").read_text()


@dataclass(frozen=True)
class Passwords:
    migrator: str
    runtime: str


def in_database(url: str, database: str) -> str:
    """The same server and user, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def ensure(admin_url: str, service: str, passwords: Passwords, database: str | None = None) -> None:
    """Makes the service's roles and its database (named after it unless `database` says otherwise)."""
    name = database or service
    admin = await asyncpg.connect(admin_url, timeout=10, command_timeout=60)
    try:
        for row in await admin.fetch(ROLES, service, passwords.migrator, passwords.runtime):
            await admin.execute(row[0])
        await _create(admin, name, f"{service}_migrator")
    finally:
        await admin.close(timeout=10)
    await own(in_database(admin_url, name), service)


async def _create(admin: "asyncpg.Connection[asyncpg.Record]", name: str, owner: str) -> None:
    if await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        return
    await admin.execute(await admin.fetchval(CREATE, name, owner))


async def own(database_url: str, service: str) -> None:
    """Gives the database at that URL to the service's roles, and to nobody else. Needed again after a copy: rights on it are not copied."""
    admin = await asyncpg.connect(database_url, timeout=10, command_timeout=60)
    try:
        for row in await admin.fetch(DATABASE, service):
            await admin.execute(row[0])
    finally:
        await admin.close(timeout=10)
