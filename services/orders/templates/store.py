"""Plan templates in the database: every revision kept, the network of each compiled once in a process."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.templates.domain import Network, compile_template
from services.orders.templates.model import Template
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Stamp
from shared.problems import NotFound

_COMPILED: dict[UUID, Network] = {}
"""By revision, which never changes."""
_MOST_COMPILED = 2_000

_NEWEST = """
SELECT DISTINCT ON (r.code) r.id, r.code FROM template_revision r ORDER BY r.code, r.revision DESC
"""
_DOCUMENTS = "SELECT id, revision, document FROM template_revision WHERE id = ANY($1::uuid[])"
_READ = """
SELECT r.revision, r.document, r.actor, r.recorded_at FROM template_revision r
WHERE r.code = $1 AND ($2::integer IS NULL OR r.revision = $2) ORDER BY r.revision DESC LIMIT 1
"""
_LIST = """
SELECT DISTINCT ON (r.code) r.revision, r.document, r.actor, r.recorded_at FROM template_revision r
WHERE ($1::text IS NULL OR r.code > $1) ORDER BY r.code, r.revision DESC LIMIT $2
"""
_CREATE = "INSERT INTO template (code) VALUES ($1) ON CONFLICT DO NOTHING RETURNING code"
_LOCK = "SELECT FROM template WHERE code = $1 FOR NO KEY UPDATE"
_KEEP = "INSERT INTO template_revision (id, code, revision, document, actor, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)"


@dataclass(frozen=True, slots=True)
class Stored:
    """A revision of a template, with who wrote it and when."""

    template: Template
    revision: int
    actor: str
    recorded_at: datetime


async def newest(tx: Tx) -> dict[str, Network]:
    """The newest revision of every template by its code."""
    rows = await tx.fetch(_NEWEST)
    found = await compiled(tx, {row["id"] for row in rows})
    return {row["code"]: found[row["id"]] for row in rows}


async def compiled(tx: Tx, revisions: Collection[UUID]) -> Mapping[UUID, Network]:
    """The networks of revisions by their ids."""
    missing = [revision for revision in revisions if revision not in _COMPILED]
    if missing:
        if len(_COMPILED) > _MOST_COMPILED:
            _COMPILED.clear()
        for row in await tx.fetch(_DOCUMENTS, missing):
            _COMPILED[row["id"]] = compile_template(Template.model_validate(row["document"]), row["revision"])
    return {revision: _COMPILED[revision] for revision in revisions}


async def read(tx: Tx, code: str, revision: int | None = None) -> Stored:
    """The newest revision, or the one named; NotFound when there is none."""
    row = await tx.fetchrow(_READ, code, revision)
    if row is None:
        raise NotFound(f"there is no template {code}" + (f" of revision {revision}" if revision else ""))
    return _stored(row)


async def list_templates(tx: Tx, after: str | None, limit: int) -> list[Stored]:
    """The newest revisions by code."""
    return [_stored(row) for row in await tx.fetch(_LIST, after, limit)]


def _stored(row: asyncpg.Record) -> Stored:
    return Stored(Template.model_validate(row["document"]), row["revision"], row["actor"], row["recorded_at"])


async def create(tx: Tx, stamp: Stamp, template: Template) -> bool:
    """False when there is one of that code."""
    if await tx.fetchval(_CREATE, template.code) is None:
        return False
    await add_revision(tx, stamp, template, 1)
    return True


async def lock(tx: Tx, code: str) -> Stored:
    """The newest revision, with the template locked."""
    await tx.execute(_LOCK, code)
    return await read(tx, code)


async def add_revision(tx: Tx, stamp: Stamp, template: Template, revision: int) -> None:
    document: dict[str, Any] = template.model_dump(mode="json", exclude_defaults=True)
    await tx.execute(_KEEP, new_id(), template.code, revision, document, stamp.actor, stamp.time)
