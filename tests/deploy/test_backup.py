"""A backup that is damaged, cut short or somebody else's is refused in a sentence, and a restore that fails changes nothing."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from deploy.local import backup as backups
from deploy.local import parts, postgres, restore
from deploy.local.commands import keep
from deploy.local.home import Home
from deploy.local.run import database_server
from deploy.local.supervisor import ensure_databases
from deploy.postgres import copies
from shared.contracts.topology import SERVICES

NAMES = "SELECT datname FROM pg_database WHERE datname NOT LIKE 'template%' ORDER BY datname"
ADDED = "CREATE TABLE added_later (n int)"
IS_ADDED = "SELECT to_regclass('added_later') IS NOT NULL"

Manifest = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """A data folder with every service's database, and nothing running on it."""
    home = Home(tmp_path_factory.mktemp("suite"))
    async with database_server(home) as state:
        await ensure_databases(home, state)
    yield home
    postgres.remove(home.postgres)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup; the databases have changed since."""
    folder = tmp_path_factory.mktemp("backups") / "whole"
    async with database_server(home) as state:
        address = parts.postgres_address(state)
        await backups.back_up(address, folder, running=False)
        for service in SERVICES:
            await _asked(address, service, ADDED)
    return folder


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    """Of the backup, to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "copy"))


async def _asked(address: postgres.Address, database: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(address.url(database), timeout=10)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def _as_before(home: Home) -> bool:
    """Whether the databases are those that were there, and no others."""
    async with database_server(home) as state:
        address = parts.postgres_address(state)
        changed = [service for service in SERVICES if await _asked(address, service, IS_ADDED) != [True]]
        return await _asked(address, "postgres", NAMES) == sorted([*SERVICES, "postgres"]) and not changed


def _edited(folder: Path, edit: Callable[[Manifest], None]) -> None:
    manifest = json.loads((folder / backups.MANIFEST).read_text())
    edit(manifest)
    (folder / backups.MANIFEST).write_text(json.dumps(manifest))


def _exchanged(folder: Path, service: str, content: bytes) -> None:
    """Another file in the place of a service's, with a manifest that says so."""
    (folder / f"{service}.dump").write_bytes(content)
    _edited(folder, lambda manifest: manifest["services"][service].update(sha256=hashlib.sha256(content).hexdigest()))


def _of_later(manifest: Manifest) -> None:
    manifest["services"]["orders"]["migrations"]["orders/9999_later.sql"] = "0"


def _half(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def _flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "holds no backup"),
    "no manifest": (lambda folder: (folder / backups.MANIFEST).unlink(), "holds no backup"),
    "half a manifest": (lambda folder: _half(folder / backups.MANIFEST), "a damaged one"),
    "another manifest": (lambda folder: (folder / backups.MANIFEST).write_text('{"name": "photos"}'), "holds no backup"),
    "a manifest of bytes": (lambda folder: (folder / backups.MANIFEST).write_bytes(b"\xff\xfe\x00"), "holds no backup"),
    "a list": (lambda folder: _edited(folder, lambda manifest: manifest.update(services=[])), "a damaged one"),
    "a number for a version": (lambda folder: _edited(folder, lambda manifest: manifest.update(postgres=18)), "a damaged one"),
    "a later format": (lambda folder: (folder / backups.MANIFEST).write_text('{"format": 2}'), "has format 2; this release reads 1"),
    "another server": (lambda folder: _edited(folder, lambda manifest: manifest.update(postgres="17.2")), "is of PostgreSQL 17.2"),
    "no file": (lambda folder: (folder / "orders.dump").unlink(), "orders.dump is not what was backed up"),
    "half a file": (lambda folder: _half(folder / "orders.dump"), "orders.dump is not what was backed up"),
    "a bit": (lambda folder: _flipped(folder / "customers.dump"), "customers.dump is not what was backed up"),
    "a service less": (lambda folder: _edited(folder, lambda manifest: manifest["services"].pop("orders")), "holds nothing of orders"),
    "a newer release": (lambda folder: _edited(folder, _of_later), "by a newer or another release: orders/9999_later.sql"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_no_backup_is_refused_before_anything_is_started(
    damage: str, home: Home, copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "database_server", lambda _: pytest.fail("PostgreSQL was started"))
    damaged, words = DAMAGES[damage]
    damaged(copy)
    assert keep.put_back(home, copy, []) == 1
    said = capsys.readouterr().err
    assert said.startswith("nothing was restored: ")
    assert words in said
    assert "Traceback" not in said


FOREIGN: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut short before it was counted": (
        lambda folder: _exchanged(folder, "notifications", (folder / "notifications.dump").read_bytes()[:-5000]),
        "pg_restore ended with code 1",
    ),
    "no dump": (lambda folder: _exchanged(folder, "reporting", b"PK\x03\x04"), "pg_restore ended with code 1"),
    "another service's": (
        lambda folder: _exchanged(folder, "notifications", (folder / "orders.dump").read_bytes()),
        "notifications.dump is not of notifications",
    ),
}


@pytest.mark.parametrize("foreign", FOREIGN)
async def test_what_shows_itself_only_when_it_is_loaded_changes_nothing(
    foreign: str, home: Home, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, words = FOREIGN[foreign]
    made(copy)
    assert await _put_back(home, copy) == 1
    said = capsys.readouterr().err
    assert "nothing was restored: " in said
    assert words in said
    assert await _as_before(home)


@pytest.mark.parametrize("step", ["_rewind", "_swapped"])
async def test_a_restore_that_fails_in_its_midst_changes_nothing(
    step: str, home: Home, whole: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(*_: object) -> None:
        raise asyncpg.DiskFullError("no space left on device")

    if step == "_rewind":
        monkeypatch.setattr(restore, "_rewind", fail)
    else:
        monkeypatch.setattr(copies, "swap", fail)
    assert await _put_back(home, whole) == 1
    assert "nothing was restored: no space left on device" in capsys.readouterr().err
    assert not list(home.folder.glob("lost-*"))
    assert await _as_before(home)


async def test_a_restore_whose_stream_was_not_made_is_done_again(
    home: Home, whole: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(*_: object) -> int:
        raise OSError("no broker")

    with monkeypatch.context() as patched:
        patched.setattr(restore, "_tell_again", fail)
        assert await _put_back(home, whole) == 1
    assert "the databases are restored, the stream is not: no broker" in capsys.readouterr().err
    assert await _put_back(home, whole) == 0
    async with database_server(home) as state:
        address = parts.postgres_address(state)
        assert await _asked(address, "postgres", NAMES) == sorted([*SERVICES, "postgres"])
        for service in SERVICES:
            assert await _asked(address, service, IS_ADDED) == [False]
        # Twice restored is two epochs on, and every listener knows it.
        assert await _asked(address, "reporting", "SELECT number FROM epoch ORDER BY publisher") == [3, 3, 3, 3]


def test_a_folder_that_holds_something_is_not_written_to(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter").touch()
    assert keep.back_up(home, tmp_path) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["letter"]


async def _put_back(home: Home, folder: Path) -> int:
    return await asyncio.to_thread(keep.put_back, home, folder, [])
