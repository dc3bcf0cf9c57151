"""backup, restore."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from deploy.local import backup as backups
from deploy.local import parts, restore
from deploy.local.backup import Unusable
from deploy.local.commands.run import FAILED, NOT_RUNNING, already_running
from deploy.local.commands.say import Progress, row
from deploy.local.home import AlreadyRunning, Home, NotRunning
from deploy.local.process import StartFailed
from deploy.local.run import database_server, until_stopped
from shared.contracts.topology import SERVICES


def back_up(home: Home, folder: Path) -> int:
    try:
        made = asyncio.run(_back_up(home, folder))
    except NotRunning:
        print(f"nothing ever ran on {home.folder}", file=sys.stderr)
        return NOT_RUNNING
    except (FileExistsError, StartFailed) as failure:
        print(f"no backup: {failure}", file=sys.stderr)
        return FAILED
    for service, copy in made.copies.items():
        print(row((service, 14), (f"{copy.bytes:,} bytes", 18), (f"{copy.position} events told", 0)))
    print(f"backed up in {made.folder}")
    return 0


async def _back_up(home: Home, folder: Path) -> backups.Backup:
    home.state()
    running = home.in_use
    async with database_server(home) as state:
        return await backups.back_up(parts.postgres_address(state), folder, running=running)


def put_back(home: Home, folder: Path, services: Sequence[str]) -> int:
    chosen = [service for service in SERVICES if service in services] or list(SERVICES)
    try:
        return until_stopped(_put_back(home, folder, chosen))
    except AlreadyRunning:
        return already_running(home)
    except restore.Unfinished as failure:
        print(f"the databases are restored, the stream is not: {failure}\ngive the same command again", file=sys.stderr)
        return FAILED
    except (Unusable, StartFailed, asyncpg.PostgresError, OSError) as failure:
        print(f"nothing was restored: {failure}", file=sys.stderr)
        return FAILED


async def _put_back(home: Home, folder: Path, services: Sequence[str]) -> int:
    if home.in_use:
        raise AlreadyRunning(str(home.folder))
    backup = backups.read(folder)
    restore.check(home, backup, services)
    with Progress() as progress:
        async with database_server(home) as state:
            done = await restore.restore(home, state, backup, services, progress.say)
    print(f"restored {', '.join(services)} of {backup.made_at}; {done.published} events told again")
    for publisher, aggregates in done.lost.items():
        if aggregates:
            print(f"{publisher} no longer knows everything that others had heard of {aggregates} aggregates")
    if done.file is not None:
        print(f"{done.events} lost events are in {done.file}")
    return 0
