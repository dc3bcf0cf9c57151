"""A migrated reporting database with its names: the rebuild connects as another role."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from pydantic import SecretStr

from shared.database.pool import Database
from tests.support.databases import Databases


@dataclass(frozen=True)
class Reporting:
    database: Database
    migrator_url: SecretStr


@pytest_asyncio.fixture(loop_scope="session")
async def reporting(databases: Databases) -> AsyncIterator[Reporting]:
    name = await databases.clone("reporting")
    database = await databases.open("reporting", name)
    try:
        yield Reporting(database, SecretStr(databases.migrator_url("reporting", name)))
    finally:
        await database.close()
        await databases.drop(name)
