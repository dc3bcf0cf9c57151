"""What is done to the disks that the servers keep their data on."""

import asyncio
import errno
import os
import re
import shutil

import aiohttp

from deploy.local import postgres
from tests.faults.acts import DEADLINE, now
from tests.faults.check import until, until_done
from tests.faults.ground import Ground
from tests.faults.load import Load
from tests.support import ledger

ALARM, WITHIN = 5.0, 10.0
"""Seconds: the age of what waits to be published at which operators are to be warned, and the time after which they have to be."""
_AGE = re.compile(r"^gendan_outbox_age_seconds (\S+)$", re.MULTILINE)


async def fill_broker(ground: Ground, load: Load) -> float:
    """The disk that NATS keeps the stream on is full, and the alarm says so. Orders are logged meanwhile; with room again, the broker is
    started anew.
    """
    ballast = ground.suite.home.nats / "ballast"

    async def alarmed() -> bool:
        return await _age_of_outbox(ground) > ALARM

    async def calm() -> bool:
        return not await alarmed()

    assert await until(calm, DEADLINE), "the alarm was there before"
    before, began = len(load.delays), now()
    _fill(ballast)
    assert await until(alarmed, WITHIN), "no alarm"
    ground.notes.append(f"alarm after {now() - began:.1f} s")
    await asyncio.sleep(began + ground.seconds - now())
    _fill(ballast)
    logged = len(load.delays) - before
    assert logged > 0, "nothing was logged while the broker's disk was full"
    async with ground.suite.database("orders") as database:
        waiting = await database.fetchval("SELECT count(*) FROM outbox")
    assert waiting > 0, "the disk was not full"
    ground.notes.append(f"{logged} delays logged meanwhile, {waiting} events waited")
    ballast.unlink()
    ended = now()
    if not await until_done(ground.suite, 3):
        await ground.suite.restart("nats")
        ground.notes.append("NATS restarted")
    return ended


async def fill_database(ground: Ground, load: Load) -> float:
    """The disk that PostgreSQL keeps its data on is full: nothing can be logged, and whoever tries is told to come again."""
    ballast = postgres.cluster_folder(ground.suite.home.postgres) / "ballast"
    before = load.repeats
    end = now() + ground.seconds
    while now() < end:
        await asyncio.to_thread(_fill, ballast)
        await asyncio.sleep(0.5)
    refused = load.repeats - before
    assert refused > 0, "the disk was not full"
    ground.notes.append(f"{refused} requests refused meanwhile")
    ballast.unlink()
    return now()


async def lose_store(ground: Ground, load: Load) -> float:
    """The broker dies and its store is gone, until what it held is told again."""
    suite = ground.suite
    await suite.stop("nats", kill=True)
    ground.told_again |= {told.id for told in await ledger.committed(suite)}
    shutil.rmtree(suite.home.nats / "jetstream")
    await suite.start("nats")
    ended = now()
    await ledger.told_again(suite)
    ground.notes.append(f"published again within {now() - ended:.1f} s")
    return ended


async def _age_of_outbox(ground: Ground) -> float:
    async with aiohttp.ClientSession() as session, session.get(f"{ground.suite.service_url('orders')}/metrics") as answer:
        found = _AGE.search(await answer.text())
    assert found is not None
    return float(found[1])


def _fill(file: os.PathLike[str]) -> None:
    """Writes until there is no room."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        for size in (1 << 16, 1 << 12, 1):
            while True:
                try:
                    os.write(handle, bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break
    finally:
        os.close(handle)
