"""Plan templates in the database: every revision kept, the network of each compiled once in a process."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.templates.domain import Network, Owners, compile_template
from services.orders.templates.model import Retired, Template
from services.orders.templates.words import no_template
from shared.contracts.templates import TemplateFacts
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Stamp
from shared.problems import NotFound

_COMPILED: dict[UUID, Network] = {}
"""By revision, which never changes."""
_MOST_COMPILED = 2_000

_NEWEST = """
SELECT DISTINCT ON (r.code) r.id, r.code, t.retired_because
FROM template_revision r JOIN template t ON t.code = r.code ORDER BY r.code, r.revision DESC
"""
_ONE = """
SELECT id FROM template_revision WHERE code = $1 AND ($2::integer IS NULL OR revision = $2) ORDER BY revision DESC LIMIT 1
"""
_DOCUMENTS = "SELECT id, revision, document FROM template_revision WHERE id = ANY($1::uuid[])"
_STORED = """
t.id, t.version, t.retired_by, t.retired_at, t.retired_because, r.revision, r.document, r.actor, r.recorded_at
FROM template_revision r JOIN template t ON t.code = r.code
"""
_READ = f"SELECT {_STORED} WHERE r.code = $1 AND ($2::integer IS NULL OR r.revision = $2) ORDER BY r.revision DESC LIMIT 1"
_LIST = f"""
SELECT DISTINCT ON (r.code) {_STORED}
WHERE ($1::text IS NULL OR r.code > $1) AND ($2::boolean IS NULL OR (t.retired_at IS NOT NULL) = $2)
ORDER BY r.code, r.revision DESC LIMIT $3
"""
_SET_RETIRED = "UPDATE template SET version = version + 1, retired_by = $2, retired_at = $3, retired_because = $4 WHERE id = $1"
_DEPARTMENTS = """
SELECT department FROM known_staff
UNION SELECT step->>'department'
FROM (SELECT DISTINCT ON (code) document FROM template_revision ORDER BY code, revision DESC) AS newest,
    jsonb_array_elements(newest.document->'milestones') AS step
"""
NAMED = """
    (SELECT step->'name' FROM template_revision r CROSS JOIN LATERAL jsonb_array_elements(r.document->'milestones') AS step
     WHERE r.code = o.template AND r.revision = o.template_revision AND step->>'code' = {code})
"""
"""What a milestone of an order `o` is called, by an expression of its code."""
_ANY_STAFF = "SELECT EXISTS (SELECT FROM known_staff)"
_STAFF = "SELECT login FROM known_staff WHERE active AND login = ANY($1::text[])"
_CREATE = "INSERT INTO template (code) VALUES ($1) ON CONFLICT DO NOTHING RETURNING code"
_LOCK = "SELECT FROM template WHERE code = $1 FOR NO KEY UPDATE"
_KEEP = "INSERT INTO template_revision (id, code, revision, document, actor, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)"


@dataclass(frozen=True, slots=True)
class Stored:
    """A revision of a template, with who wrote it and when. `version` counts the events told of the template."""

    id: UUID
    version: int
    template: Template
    revision: int
    actor: str
    recorded_at: datetime
    retired: Retired | None

    def facts(self) -> TemplateFacts:
        return TemplateFacts(template_id=self.id, code=self.template.code, name=self.template.name)


@dataclass(frozen=True, slots=True)
class Shelf:
    """The newest revisions of the templates in use, and why the others are retired, by their codes."""

    in_use: Mapping[str, Network]
    retired: Mapping[str, str]


async def shelf(tx: Tx) -> Shelf:
    rows = await tx.fetch(_NEWEST)
    retired = {row["code"]: row["retired_because"] for row in rows if row["retired_because"] is not None}
    found = await compiled(tx, {row["id"] for row in rows if row["code"] not in retired})
    return Shelf({row["code"]: found[row["id"]] for row in rows if row["code"] not in retired}, retired)


async def compiled(tx: Tx, revisions: Collection[UUID]) -> Mapping[UUID, Network]:
    """The networks of revisions by their ids."""
    missing = [revision for revision in revisions if revision not in _COMPILED]
    if missing:
        if len(_COMPILED) > _MOST_COMPILED:
            _COMPILED.clear()
        for row in await tx.fetch(_DOCUMENTS, missing):
            _COMPILED[row["id"]] = compile_template(Template.model_validate(row["document"]), row["revision"])
    return {revision: _COMPILED[revision] for revision in revisions}


async def network(tx: Tx, code: str, revision: int | None) -> Network | None:
    """The network of a revision, or of the newest; None where there is none of that number."""
    found = await tx.fetchval(_ONE, code, revision)
    return (await compiled(tx, [found]))[found] if found is not None else None


async def read(tx: Tx, code: str, revision: int | None = None) -> Stored:
    """The newest revision, or the one named; NotFound when there is none."""
    row = await tx.fetchrow(_READ, code, revision)
    if row is None:
        raise NotFound(no_template(code, revision))
    return _stored(row)


async def list_templates(tx: Tx, after: str | None, retired: bool | None, limit: int) -> list[Stored]:
    """The newest revisions by code."""
    return [_stored(row) for row in await tx.fetch(_LIST, after, retired, limit)]


def _stored(row: asyncpg.Record) -> Stored:
    by, at, because = row["retired_by"], row["retired_at"], row["retired_because"]
    return Stored(
        row["id"],
        row["version"],
        Template.model_validate(row["document"]),
        row["revision"],
        row["actor"],
        row["recorded_at"],
        Retired(by=by, at=at, reason=because) if at is not None else None,
    )


async def departments(tx: Tx) -> frozenset[str]:
    """Those that somebody is staff of, and those that a template has a milestone of: a firm that begins has only the latter."""
    return frozenset(row["department"] for row in await tx.fetch(_DEPARTMENTS))


async def working(tx: Tx) -> frozenset[str] | None:
    """The departments that work may be given to; None as long as any may, since nobody is in the staff directory yet."""
    return await departments(tx) if await tx.fetchval(_ANY_STAFF) else None


async def owners(tx: Tx, template: Template) -> Owners:
    """Who may own milestones, of those that a template names."""
    staff = await tx.fetch(_STAFF, [step.person for step in template.milestones if step.person is not None])
    return Owners(await working(tx), frozenset(row["login"] for row in staff))


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


async def set_retired(tx: Tx, known: Stored, retired: Retired | None) -> None:
    """Take a locked template out of use, or back into it; the event is the caller's to append."""
    by, at, because = (retired.by, retired.at, retired.reason) if retired else (None, None, None)
    await tx.execute(_SET_RETIRED, known.id, by, at, because)


async def add_revision(tx: Tx, stamp: Stamp, template: Template, revision: int) -> None:
    document: dict[str, Any] = template.model_dump(mode="json", exclude_defaults=True)
    await tx.execute(_KEEP, new_id(), template.code, revision, document, stamp.actor, stamp.time)
