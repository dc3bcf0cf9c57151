"""The task that works imports off: one at a time, in the order they were accepted, a transaction for each batch.

What a batch wrote and the count of it commit together, so that an import that broke off goes on behind its last batch.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from shared.contracts.text import Both
from shared.database.pool import AWAY
from shared.imports import store
from shared.imports.job import Job, Kind, prepare
from shared.imports.rows import B, Outcome
from shared.imports.text import Unreadable
from shared.problems import Unavailable
from shared.service import Running

POLL_SECONDS = 0.5
AWAY_SECONDS = 2.0
MOST_TRIES = 5
MAPPING_GONE = Both("the mapping is gone", "列映射已不存在")
BROKE_OFF = Both("the import broke off several times; rows counted as imported stay imported", "导入多次中断，已计为导入的行保持不变")

log = structlog.get_logger()


class _Undone(Exception):
    """Rolls a transaction back: a dry run, or a batch that another process has written."""


def importing(kind: Kind[B]) -> Callable[[Running], Awaitable[None]]:
    """The task of a service that imports `kind`; only the process that holds the lease works."""

    async def imports(running: Running) -> None:
        await running.leases.lead(f"imports-{kind.name}", lambda: work(running, kind), running.stopping)

    return imports


async def work(running: Running, kind: Kind[B]) -> None:
    """Work off whatever is accepted, for ever. Neither a database that is away nor a broken import ends it."""
    while not running.stopping.is_set():
        try:
            pause = 0.0 if await work_one(running, kind) else POLL_SECONDS
        except (Unavailable, *AWAY):
            log.warning("import.database_away", kind=kind.name)
            pause = AWAY_SECONDS
        await asyncio.sleep(pause)


async def work_one(running: Running, kind: Kind[B]) -> bool:
    """Work the oldest import that has not ended; False when there is none."""
    async with running.database.connection() as tx:
        job = await store.waiting(tx, kind.name, running.clock.now())
    if job is None:
        return False
    try:
        await _run(running, kind, job)
    except Unreadable as unreadable:
        await _end(running, job, unreadable)
    except (Unavailable, *AWAY):
        raise
    except Exception:
        await _stumbled(running, job)
    return True


async def _run(running: Running, kind: Kind[B], job: Job) -> None:
    async with running.database.transaction() as tx:
        await store.begin(tx, job.id, running.clock.now())
        content = await store.content(tx, job.id)
        found = await store.mapping(tx, kind.name, job.mapping, job.mapping_version)
    if found is None:
        raise Unreadable(MAPPING_GONE)
    prepared = await asyncio.to_thread(prepare, kind, content, found[1], job.charset)
    if not job.counted:
        async with running.database.transaction() as tx:
            await store.count(tx, job.id, prepared)
    log.info("import.read", job=str(job.id), rows=prepared.rows, refused=len(prepared.refused), batch=job.batch)
    for number, batch in enumerate(prepared.batches):
        if number >= job.batch and not await _write(running, kind, job, number, batch):
            return
    await _end(running, job, None)


async def _write(running: Running, kind: Kind[B], job: Job, number: int, batch: B) -> bool:
    """Write one batch and count it. False when another process has it."""
    try:
        async with running.database.transaction() as tx:
            outcome = await (_tried(kind, tx, job, batch) if job.dry_run else kind.write(tx, job, batch))
            if not await store.advance(tx, job, number, outcome):
                raise _Undone
    except _Undone:
        log.warning("import.batch_lost", job=str(job.id), batch=number)
        return False
    return True


async def _tried(kind: Kind[B], tx: Any, job: Job, batch: B) -> Outcome:
    """What writing the batch would do: it is really written, and taken back."""
    outcome: Outcome | None = None
    try:
        async with tx.transaction():
            outcome = await kind.write(tx, job, batch)
            raise _Undone
    except _Undone:
        if outcome is None:
            raise
    return outcome


async def _end(running: Running, job: Job, failure: Unreadable | None) -> None:
    async with running.database.transaction() as tx:
        await store.finish(tx, job.id, running.clock.now(), failure)
    log.info("import.finished", job=str(job.id), failed=failure is not None)


async def _stumbled(running: Running, job: Job) -> None:
    """A fault of ours: tried again with growing pauses, then the import ends as failed, so that those behind it go on."""
    async with running.database.transaction() as tx:
        tries = await store.stumble(tx, job.id)
    log.exception("import.stumbled", job=str(job.id), tries=tries)
    if tries >= MOST_TRIES:
        await _end(running, job, Unreadable(BROKE_OFF))
    else:
        await asyncio.sleep(min(0.2 * 2**tries, 5.0))
