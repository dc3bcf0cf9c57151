"""Migrations on a real server: order, ledger, lock, drift, and what the runtime role may do afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr

from shared.database.migrate import Drifted, migrate, migrations, missing
from shared.database.pool import Database
from tests.support.databases import Databases

SERVICE = "orders"


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


async def _migrate(databases: Databases, name: str, folder: Path) -> list[str]:
    return await migrate(SecretStr(databases.migrator_url(SERVICE, name)), SERVICE, folder)


async def test_applies_each_file_once_platform_first(databases: Databases, tmp_path: Path) -> None:
    _write(tmp_path, "0001_first.sql", "CREATE TABLE thing (id int PRIMARY KEY)")
    _write(tmp_path, "0002_fast.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY thing_id ON thing (id)")
    name = await databases.empty(SERVICE)
    applied = await _migrate(databases, name, tmp_path)
    assert applied[0].startswith("platform/0001_")
    assert applied[-2:] == ["orders/0001_first.sql", "orders/0002_fast.sql"]
    assert await _migrate(databases, name, tmp_path) == []
    await databases.drop(name)


async def test_two_at_once_apply_each_file_once(databases: Databases, tmp_path: Path) -> None:
    _write(tmp_path, "0001_first.sql", "CREATE TABLE thing (id int PRIMARY KEY)")
    name = await databases.empty(SERVICE)
    one, other = await asyncio.gather(_migrate(databases, name, tmp_path), _migrate(databases, name, tmp_path))
    assert sorted([*one, *other]) == sorted(migration.name for migration in migrations(SERVICE, tmp_path))
    await databases.drop(name)


async def test_a_changed_file_is_refused_and_a_failing_one_leaves_nothing(databases: Databases, tmp_path: Path) -> None:
    _write(tmp_path, "0001_first.sql", "CREATE TABLE thing (id int PRIMARY KEY)")
    _write(tmp_path, "0002_second.sql", "CREATE TABLE other (id int); SELECT 1/0")
    name = await databases.empty(SERVICE)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await _migrate(databases, name, tmp_path)
    _write(tmp_path, "0002_second.sql", "CREATE TABLE other (id int)")
    assert await _migrate(databases, name, tmp_path) == ["orders/0002_second.sql"]
    _write(tmp_path, "0001_first.sql", "CREATE TABLE thing (id bigint PRIMARY KEY)")
    with pytest.raises(Drifted, match="orders/0001_first"):
        await _migrate(databases, name, tmp_path)
    await databases.drop(name)


async def test_readiness_names_what_the_database_lacks(databases: Databases, tmp_path: Path) -> None:
    name = await databases.clone(SERVICE)
    database = await databases.open(SERVICE, name, 2)
    _write(tmp_path, "0099_new.sql", "SELECT 1")
    async with database.connection() as tx:
        assert "orders/0099_new.sql" in await missing(tx, SERVICE, tmp_path)
    await database.close()
    await databases.drop(name)


@pytest.mark.parametrize("name", ["first.sql", "0001-first.sql", "0001_First.sql"])
def test_a_misnamed_file_is_refused(tmp_path: Path, name: str) -> None:
    _write(tmp_path, name, "SELECT 1")
    with pytest.raises(ValueError, match=r"0001_what_it_does"):
        migrations(SERVICE, tmp_path)


def test_a_number_is_used_once(tmp_path: Path) -> None:
    _write(tmp_path, "0001_first.sql", "SELECT 1")
    _write(tmp_path, "0001_other.sql", "SELECT 1")
    with pytest.raises(ValueError, match="0001"):
        migrations(SERVICE, tmp_path)


_ROW = """
INSERT INTO record (event_id, aggregate, sequence, type, subject, body) VALUES ($1, $2, 1, 'a.b.c.v1', 's', 'x')
RETURNING tableoid::regclass::text
"""


async def test_the_record_is_append_only_for_the_runtime_role(make_database: Callable[[str], Awaitable[Database]]) -> None:
    database = await make_database(SERVICE)
    async with database.connection() as tx:
        where = await tx.fetchval(_ROW, uuid4(), uuid4())
        assert where.startswith("partitions.record_2")
        denied = [
            "UPDATE record SET type = 'x.y.z.v1'",
            "DELETE FROM record",
            "TRUNCATE record",
            f"DELETE FROM {where}",
            f"SELECT * FROM {where}",
        ]
        denied += ["CREATE TABLE mine (id int)", "DROP TABLE outbox", "ALTER TABLE outbox ADD COLUMN x int", "DELETE FROM migration"]
        for statement in denied:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await tx.execute(statement)


async def test_partitions_are_made_ahead_by_the_runtime_role(make_database: Callable[[str], Awaitable[Database]]) -> None:
    database = await make_database(SERVICE)
    async with database.connection() as tx:
        made = [row[0] for row in await tx.fetch("SELECT make_partitions('record', 6)")]
        assert len(made) == 3
        assert await tx.fetch("SELECT make_partitions('record', 6)") == []
        with pytest.raises(asyncpg.RaiseError, match="not partitioned"):
            await tx.fetch("SELECT make_partitions('outbox', 1)")
        for row in await tx.fetch(
            "SELECT inhrelid::regclass::text AS name, has_table_privilege(inhrelid, 'INSERT, UPDATE, DELETE, SELECT') AS may"
            " FROM pg_inherits WHERE inhparent = 'record'::regclass"
        ):
            assert not row["may"], row["name"]
