"""Putting databases back from a backup while nothing runs.

Everything is made beside what is there: a database from the backup for each service restored, a copy of its own for each other one.
The restored begin a new epoch, the inboxes of all are rewound to what their publishers know now, and only then all take their places.
The stream is made anew from the records.
"""

import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import chain
from pathlib import Path

import asyncpg
from pydantic import SecretStr

from deploy.local import backup as backups
from deploy.local import parts
from deploy.local.backup import Backup, Unusable
from deploy.local.home import Home, State
from deploy.local.process import Process
from deploy.nats.provisioning import provision_at
from deploy.postgres import copies
from deploy.postgres.bootstrap import Passwords
from deploy.postgres.copies import BEFORE, NEXT
from services.reporting.projections.rebuild import rebuild
from shared.contracts.topology import LISTENS, SERVICES
from shared.database.migrate import expected, migrate
from shared.database.pool import Database, Tx
from shared.messaging import rewinding
from shared.messaging.bus import Bus
from shared.messaging.keys import publish_again
from shared.messaging.reconciling import Span, republish
from shared.service import Service

CONNECT_SECONDS = 30.0


class Unfinished(Exception):
    """The databases are restored; the stream does not hold yet what they say. The same restore again does all of it."""


@dataclass(frozen=True)
class Restored:
    """`lost`: by publisher, of how many aggregates others had heard more than it knows now. `events` were found, and are in `file`."""

    lost: Mapping[str, int]
    events: int
    file: Path | None
    published: int


def check(home: Home, backup: Backup, services: Collection[str]) -> None:
    """Raises Unusable when this release cannot go on from the backup."""
    if absent := sorted(set(services) - set(backup.copies)):
        raise Unusable(f"{backup.folder} holds nothing of {', '.join(absent)}")
    for service in services:
        known = expected(service, home.root / "services" / service / "migrations")
        strange = [name for name, sha256 in backup.copies[service].migrations.items() if known.get(name) != sha256]
        if strange:
            raise Unusable(f"{service} was backed up by a newer or another release: {', '.join(sorted(strange))}")


async def restore(home: Home, state: State, backup: Backup, services: Collection[str], say: Callable[[str], None]) -> Restored:
    """Restore those services. PostgreSQL runs, nothing else does.

    Whatever fails before the databases change places changes nothing; Unfinished is raised for what fails afterwards.
    """
    admin, file = parts.postgres_address(state).url(), None
    try:
        for service in SERVICES:
            say(f"{service}: {'from the backup' if service in services else 'a copy of what is there'}")
            await _make(home, state, backup, service, restored=service in services)
        say("inboxes")
        lost, events = await _rewind(state, backup, services)
        if events:
            say("reports")
            await rebuild(_owner(state, "reporting"), home.root / "services" / "reporting" / "migrations")
            file = _keep(home, events)
        # Of a restore whose stream was not made, and which is now done again.
        await copies.drop(admin, SERVICES, BEFORE)
        await copies.swap(admin, SERVICES)
    except BaseException:
        await copies.drop(admin, SERVICES, NEXT)
        if file is not None:
            file.unlink()
        raise
    try:
        say("stream")
        published = await _tell_again(home, state)
        await copies.drop(admin, SERVICES, BEFORE)
    except Exception as error:
        raise Unfinished(str(error) or type(error).__name__) from error
    return Restored(lost, len(events), file, published)


async def _make(home: Home, state: State, backup: Backup, service: str, *, restored: bool) -> None:
    address = parts.postgres_address(state)
    passwords = Passwords(state.migrators[service], state.runtimes[service])
    name = await copies.make_next(address.url(), service, passwords, empty=restored)
    if restored:
        await backups.load(address, backup.file(service), name)
        if await copies.migrations(address.url(name)) != backup.copies[service].migrations:
            raise Unusable(f"{backup.file(service)} is not of {service}")
        await migrate(_owner(state, service), service, home.root / "services" / service / "migrations")


def _owner(state: State, service: str) -> SecretStr:
    """The database being made, as the role that owns it."""
    url = parts.postgres_address(state).url
    return SecretStr(url(f"{service}_{NEXT}", f"{service}_migrator", state.migrators[service]))


def _service(name: str) -> Service:
    found: Service = import_module(f"services.{name}.app").SERVICE
    return found


async def _rewind(state: State, backup: Backup, services: Collection[str]) -> tuple[dict[str, int], list[bytes]]:
    """Begin the new epochs and set all inboxes to them: how many aggregates lost something, and the lost events that somebody had kept."""
    lost: dict[str, set[object]] = defaultdict(set)
    events: dict[str, list[bytes]] = defaultdict(list)
    for publisher in services:
        above = max([backup.copies[publisher].epoch, *[await _epoch(state, service, publisher) for service in SERVICES]])
        async with _in_next(state, publisher) as tx:
            reach = await rewinding.restored(tx, publisher, above)
        for listener in SERVICES:
            if publisher in LISTENS[listener]:
                async with _in_next(state, listener) as tx:
                    found = await rewinding.rewind(tx, reach, _service(listener).forgets)
                lost[publisher].update(found.last)
                events[publisher] += found.events
        async with _in_next(state, publisher) as tx:
            for recover in _service(publisher).recovers:
                await recover(tx, events[publisher])
    return {publisher: len(aggregates) for publisher, aggregates in lost.items()}, list(chain.from_iterable(events.values()))


async def _epoch(state: State, service: str, publisher: str) -> int:
    return await copies.epoch(parts.postgres_address(state).url(service), publisher)


@asynccontextmanager
async def _in_next(state: State, service: str) -> AsyncIterator[Tx]:
    connection = await asyncpg.connect(_owner(state, service).get_secret_value(), timeout=10, command_timeout=3600)
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close(timeout=10)


def _keep(home: Home, events: list[bytes]) -> Path:
    """What the restored services no longer know, for those who have to enter it again."""
    file = home.folder / f"lost-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl"
    file.touch(mode=0o600)
    file.write_bytes(b"".join(event + b"\n" for event in events))
    return file


async def _tell_again(home: Home, state: State) -> int:
    """A new stream, with what the records say; how many events."""
    shutil.rmtree(home.nats / "jetstream", ignore_errors=True)
    broker = Process(parts.broker(home, state), output=home.logs / "nats-restore.log")
    await broker.start()
    try:
        await provision_at(parts.nats_address(state).url, state.nats["operator"])
        return sum([await _republish(state, service) for service in SERVICES])
    finally:
        await broker.stop()


async def _republish(state: State, service: str) -> int:
    url = parts.postgres_address(state).url(service, f"{service}_runtime", state.runtimes[service])
    database = await Database.open(SecretStr(url), f"{service}-restore", 2)
    try:
        bus = Bus(parts.nats_address(state).url, service, SecretStr(state.nats[service]), f"{service}-restore")
        async with bus.up(CONNECT_SECONDS):
            count = await republish(database, bus, service, Span())
        if service == "customers":
            async with database.transaction() as tx:
                await publish_again(tx, None)
        return count
    finally:
        await database.close()
