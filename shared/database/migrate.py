"""Numbered SQL migrations: each applied once, never changed afterwards, by one process at a time."""

from pathlib import Path

from pydantic import SecretStr

from shared.database.pool import Tx


async def migrate(url: SecretStr, service: str, folder: Path) -> list[str]:
    """Apply what is missing, platform first, as the migrator role; the names applied. Raises Drifted when an applied file has changed."""
    raise NotImplementedError


def expected(service: str, folder: Path) -> dict[str, str]:
    """SHA-256 of every migration this code needs, by `platform/0001_...` or `<service>/0001_...`."""
    raise NotImplementedError


async def missing(tx: Tx, service: str, folder: Path) -> list[str]:
    """Migrations this code needs and the database lacks: not ready while there are any. May be asked as the runtime role."""
    raise NotImplementedError
