"""A backup: the services' databases as files of pg_dump, with a manifest, in a folder of their own.

Each database is consistent by itself. The publishers come before those who listen to them, and a listener is copied when it has taken
what its publishers' copies tell, so that what is left to tell after a restore is little. Streams are copies and are not in it; nor are
passwords and the sign-in key, which belong to the installation. Keys of personal data are: keep it like the databases.
"""

import asyncio
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from deploy.local import postgres
from deploy.local.process import run
from deploy.postgres import copies
from shared.contracts.topology import LISTENS, SERVICES

FORMAT = 1
MANIFEST = "manifest.json"
DEADLINE = 4 * 3600.0
"""Seconds for one database."""
PATIENCE = 30.0
"""Seconds for a listener to take what its publishers' copies tell; then it is copied as it is."""
PAUSE = 0.05


class Unusable(Exception):
    """The folder does not hold a backup that can be restored here, in a sentence."""


@dataclass(frozen=True)
class Copy:
    """One database in a backup. `position` is the last of its record, `epoch` its own, `migrations` the SHA-256 of each it had."""

    file: str
    bytes: int
    sha256: str
    taken_at: str
    position: int
    epoch: int
    migrations: Mapping[str, str]


class _Format(BaseModel):
    format: int


class _Manifest(_Format):
    made_at: str
    postgres: str
    services: dict[str, Copy]


@dataclass(frozen=True)
class Backup:
    folder: Path
    made_at: str
    postgres: str
    copies: Mapping[str, Copy]

    def file(self, service: str) -> Path:
        return self.folder / self.copies[service].file


async def back_up(address: postgres.Address, folder: Path, *, running: bool) -> Backup:
    """Copy every service's database into a new folder. FileExistsError when it holds something; StartFailed when pg_dump fails.

    `running`: the services work meanwhile, and listeners are given time to take what their publishers' copies tell.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    told: dict[str, dict[UUID, int]] = {}
    taken = {}
    for service in SERVICES:
        if running:
            await _taken(address, service, told)
        taken[service], told[service] = await _copy(address, service, folder)
    backup = Backup(folder, made_at, await _version(address), taken)
    _write(backup)
    return backup


def read(folder: Path) -> Backup:
    """The backup in that folder, its files compared with their checksums. Raises Unusable."""
    try:
        written = (folder / MANIFEST).read_text(encoding="utf-8")
        if (found := _Format.model_validate_json(written).format) != FORMAT:
            raise Unusable(f"{folder} has format {found}; this release reads {FORMAT}")
        manifest = _Manifest.model_validate_json(written)
    except (OSError, ValueError) as error:
        raise Unusable(f"{folder} holds no backup, or a damaged one: {type(error).__name__}") from None
    backup = Backup(folder, manifest.made_at, manifest.postgres, manifest.services)
    for service, copy in backup.copies.items():
        file = backup.file(service)
        if not file.is_file() or _sha256(file) != copy.sha256:
            raise Unusable(f"{file} is not what was backed up")
    if backup.postgres.split(".")[0] != postgres.MAJOR:
        raise Unusable(f"{folder} is of PostgreSQL {backup.postgres}; this is {postgres.MAJOR}")
    return backup


async def _copy(address: postgres.Address, service: str, folder: Path) -> tuple[Copy, dict[UUID, int]]:
    """One database as it is at one moment, and the events it had told last, by aggregate."""
    connection = await asyncpg.connect(address.url(service), timeout=10, command_timeout=600)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            row, told, migrations = await copies.moment(connection, service)
            file = folder / f"{service}.dump"
            file.touch(mode=0o600)
            await dump(address, service, file, row["snapshot"])
    finally:
        await connection.close(timeout=10)
    taken_at = row["taken_at"].isoformat(timespec="seconds")
    return Copy(file.name, file.stat().st_size, _sha256(file), taken_at, row["position"], row["epoch"], migrations), told


async def dump(address: postgres.Address, database: str, file: Path, snapshot: str) -> None:
    command = [str(postgres.binaries() / "pg_dump"), "--format=custom", f"--snapshot={snapshot}", f"--file={file}"]
    await run([*command, *_where(address, database)], environment=_environment(address), deadline=DEADLINE)


async def load(address: postgres.Address, file: Path, database: str) -> None:
    """Into an empty database, wholly or not at all."""
    command = [str(postgres.binaries() / "pg_restore"), "--single-transaction", "--exit-on-error"]
    await run([*command, *_where(address, database), str(file)], environment=_environment(address), deadline=DEADLINE)


async def _taken(address: postgres.Address, service: str, told: Mapping[str, Mapping[UUID, int]]) -> None:
    """Wait until the service has taken what the copies of its publishers tell."""
    connection = await asyncpg.connect(address.url(service), timeout=10, command_timeout=60)
    try:
        async with asyncio.timeout(PATIENCE):
            for publisher in LISTENS[service]:
                while await copies.behind(connection, publisher, told[publisher]):  # noqa: ASYNC110  another process takes
                    await asyncio.sleep(PAUSE)
    except TimeoutError:
        pass
    finally:
        await connection.close(timeout=10)


async def _version(address: postgres.Address) -> str:
    connection = await asyncpg.connect(address.url(), timeout=10)
    try:
        version: str = await connection.fetchval("SHOW server_version")
        return version.split()[0]
    finally:
        await connection.close(timeout=10)


def _where(address: postgres.Address, database: str) -> list[str]:
    return [f"--host={address.host}", f"--port={address.port}", f"--username={postgres.SUPERUSER}", f"--dbname={database}"]


def _environment(address: postgres.Address) -> dict[str, str]:
    return {**postgres.ENVIRONMENT, "PGPASSWORD": address.password}


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _write(backup: Backup) -> None:
    manifest = _Manifest(format=FORMAT, made_at=backup.made_at, postgres=backup.postgres, services=dict(backup.copies))
    staging = backup.folder / f"{MANIFEST}.new"
    with staging.open("w") as file:
        file.write(manifest.model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
    # A folder without a manifest is no backup: it comes last.
    staging.replace(backup.folder / MANIFEST)
