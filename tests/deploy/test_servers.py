"""The embedded servers start, take commands, survive a kill, and stop."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest
from nats.aio.client import Client

from deploy.local import nats as local_nats
from deploy.local import postgres as local_postgres
from deploy.local.process import StartFailed
from deploy.postgres import bootstrap
from tests.support.servers import Nats, Postgres, running_postgres


async def test_postgres_is_what_we_ask_for(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url())
    try:
        row = await connection.fetchrow(
            "SELECT current_setting('server_version_num')::int / 10000 AS major, datlocprovider, datlocale, "
            "current_setting('data_checksums') AS checksums, current_setting('listen_addresses') AS listens "
            "FROM pg_database WHERE datname = current_database()"
        )
    finally:
        await connection.close()
    assert row is not None
    assert dict(row) == {"major": 18, "datlocprovider": b"b", "datlocale": "C.UTF-8", "checksums": "on", "listens": "127.0.0.1"}


async def test_postgres_refuses_a_wrong_password(postgres: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url(password="wrong"))


async def test_postgres_comes_back_after_a_kill_and_keeps_what_was_committed(tmp_path: Path) -> None:
    async with running_postgres(tmp_path, durable=True) as server:
        connection = await asyncpg.connect(server.url())
        await connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        server.process.kill()
        await server.process.wait()
        connection.terminate()
        await server.process.start()
        connection = await asyncpg.connect(server.url())
        assert await connection.fetchval("SELECT n FROM kept") == 7
        await connection.close()


async def test_the_runtime_role_works_on_rows_and_makes_no_table(postgres: Postgres) -> None:
    passwords = bootstrap.Passwords("m", "r")
    for _ in range(2):  # a second run changes nothing
        await bootstrap.ensure(postgres.url(), "sample", passwords)
    await bootstrap.ensure(postgres.url(), "another", passwords)
    migrator = await asyncpg.connect(postgres.url("sample", "sample_migrator", "m"))
    await migrator.execute("CREATE TABLE thing (n int)")
    await migrator.close()
    runtime = await asyncpg.connect(postgres.url("sample", "sample_runtime", "r"))
    await runtime.execute("INSERT INTO thing VALUES (1)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute("CREATE TABLE other (n int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute("DROP TABLE thing")
    await runtime.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(postgres.url("another", "sample_runtime", "r"))


async def test_nats_has_jetstream_and_restarts_on_its_data(nats: Nats) -> None:
    client = Client()
    await client.connect(nats.url, user="operator", password=nats.passwords["operator"])
    context = client.jetstream()
    await context.add_stream(name="KEPT", subjects=["kept"])
    await context.publish("kept", b"1")
    await client.close()
    await nats.restart(kill=True)
    client = Client()
    await client.connect(nats.url, user="operator", password=nats.passwords["operator"])
    assert (await client.jetstream().stream_info("KEPT")).state.messages == 1
    await client.jetstream().delete_stream("KEPT")
    await client.close()


@pytest.mark.parametrize("said", ["nats-server: v2.9.10", "nats-server: v2.13.9", "nats-server: v1.99.0", "something"])
def test_an_old_broker_is_refused(said: str) -> None:
    with pytest.raises(StartFailed):
        local_nats.check_version(said)


@pytest.mark.parametrize("said", ["nats-server: v2.14.0", "nats-server: v2.15.1", "nats-server: v3.0.0-beta"])
def test_a_recent_broker_is_taken(said: str) -> None:
    local_nats.check_version(said)


async def test_nothing_outlives_its_parent(tmp_path: Path) -> None:
    """A parent that is killed takes its server with it."""
    script = """
import asyncio, sys
from pathlib import Path
from tests.support.servers import running_nats, running_postgres
async def main():
    folder = Path(sys.argv[1])
    async with running_postgres(folder) as one, running_nats(folder) as two:
        print(one.process.pid, two.process.pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(tmp_path), cwd=root, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    pids = [int(word) for word in (await asyncio.wait_for(parent.stdout.readline(), 60)).split()]
    assert len(pids) == 2
    parent.kill()
    await parent.wait()
    for _ in range(100):
        if not any(_lives(pid) for pid in pids):
            local_postgres.remove(tmp_path / "postgres")
            return
        await asyncio.sleep(0.1)
    raise AssertionError("a server outlived its parent")


def _lives(pid: int) -> bool:
    try:
        os.readlink(f"/proc/{pid}/exe")  # fails for a process that is gone and for one that only waits to be collected
    except OSError:
        return False
    return True
