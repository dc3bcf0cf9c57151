"""SQL of imports: mapping documents, jobs, files and reports in the database of the service that imports."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg

from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.imports.job import Job, NewJob, Prepared, ReportRow, RowStatus, Shown
from shared.imports.mapping import MappingDocument
from shared.imports.rows import Note, Outcome, Refused
from shared.imports.text import Unreadable
from shared.messaging.record import Stamp
from shared.problems import FieldError, Stale

_SHOWN = """id, status, mapping, mapping_version, file_name, file_bytes, sha256, dry_run, actor, accepted_at, started_at, finished_at,
       seconds::float8 AS seconds, rows, good, imported, unchanged, refused, noted, failure"""


KEPT = Both("kept as a note", "作为备注保留")


async def mapping(tx: Tx, kind: str, name: str, version: int | None = None) -> tuple[int, MappingDocument] | None:
    """The document in its newest or the given version; None when there is none by that name."""
    row = await tx.fetchrow(
        """SELECT version, document FROM import_mapping
           WHERE kind = $1 AND name = $2 AND ($3::integer IS NULL OR version = $3) ORDER BY version DESC LIMIT 1""",
        kind,
        name,
        version,
    )
    return None if row is None else (row["version"], MappingDocument.model_validate(row["document"]))


async def mappings(tx: Tx, kind: str, after: str, limit: int) -> list[tuple[str, int, str]]:
    """(name, newest version, about) of the documents behind `after`, by name."""
    rows = await tx.fetch(
        """SELECT DISTINCT ON (name) name, version, coalesce(document ->> 'about', '') AS about FROM import_mapping
           WHERE kind = $1 AND name > $2 ORDER BY name, version DESC LIMIT $3""",
        kind,
        after,
        limit,
    )
    return [(row["name"], row["version"], row["about"]) for row in rows]


async def save_mapping(tx: Tx, kind: str, name: str, version: int, document: MappingDocument, stamp: Stamp) -> None:
    """Add `version`; Stale when somebody else saved it first."""
    try:
        await tx.execute(
            "INSERT INTO import_mapping (kind, name, version, document, actor, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)",
            kind,
            name,
            version,
            document.model_dump(mode="json", exclude_defaults=True),
            stamp.actor,
            stamp.time,
        )
    except asyncpg.UniqueViolationError:
        raise Stale(Both(f"the mapping {name!r} was changed by somebody else meanwhile", f"列映射 {name} 已被他人更改")) from None


async def add(tx: Tx, kind: str, job: NewJob) -> None:
    """Store an accepted import with its file: from the commit on it survives a crash."""
    await tx.execute(
        """WITH job AS (
               INSERT INTO import_job (id, kind, mapping, mapping_version, file_name, file_bytes, sha256, charset, dry_run, actor, owners,
                                       correlation_id, traceparent, accepted_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id)
           INSERT INTO import_file (job, content) SELECT id, $15 FROM job""",
        job.id,
        kind,
        job.mapping,
        job.mapping_version,
        job.file_name,
        len(job.content),
        sha256(job.content).digest(),
        job.charset,
        job.dry_run,
        job.stamp.actor,
        None if job.owners is None else list(job.owners),
        job.stamp.correlation_id,
        job.stamp.traceparent,
        job.stamp.time,
        job.content,
    )


async def waiting(tx: Tx, kind: str, now: datetime) -> Job | None:
    """The oldest import that has not ended."""
    row = await tx.fetchrow(
        """SELECT id, mapping, mapping_version, charset, dry_run, owners, actor, correlation_id, traceparent, batch,
                  rows IS NOT NULL AS counted
           FROM import_job WHERE kind = $1 AND status IN ('accepted', 'running') ORDER BY id LIMIT 1""",
        kind,
    )
    if row is None:
        return None
    return Job(
        id=row["id"],
        mapping=row["mapping"],
        mapping_version=row["mapping_version"],
        charset=row["charset"],
        dry_run=row["dry_run"],
        owners=row["owners"],
        stamp=Stamp(now, row["correlation_id"], row["actor"], traceparent=row["traceparent"], historical=True),
        batch=row["batch"],
        counted=row["counted"],
    )


async def content(tx: Tx, job: UUID) -> bytes:
    found: bytes = await tx.fetchval("SELECT content FROM import_file WHERE job = $1", job)
    return found


async def begin(tx: Tx, job: UUID, now: datetime) -> None:
    await tx.execute(
        "UPDATE import_job SET status = 'running', started_at = $2, began = clock_timestamp() WHERE id = $1 AND status = 'accepted'",
        job,
        now,
    )


async def count(tx: Tx, job: UUID, prepared: Prepared[Any]) -> None:
    """Keep what reading the file told: once, however often the import is resumed."""
    counted = await tx.fetchval(
        """UPDATE import_job SET rows = $2, good = $3, unchanged = $4, refused = $5, noted = $6
           WHERE id = $1 AND status = 'running' AND rows IS NULL RETURNING true""",
        job,
        prepared.rows,
        prepared.good,
        prepared.unchanged,
        len(prepared.refused),
        len({line for line, _ in prepared.noted}),
    )
    if counted:
        await _report(tx, job, prepared.refused, prepared.noted)


async def advance(tx: Tx, job: Job, batch: int, outcome: Outcome) -> bool:
    """Count batch `batch` as written. False when another process did it: the caller rolls his writing back."""
    mine = await tx.fetchval(
        """UPDATE import_job SET batch = batch + 1, imported = imported + $3, unchanged = unchanged + $4, refused = refused + $5, tries = 0
           WHERE id = $1 AND status = 'running' AND batch = $2 RETURNING true""",
        job.id,
        batch,
        outcome.imported,
        outcome.unchanged,
        len(outcome.refused),
    )
    if mine:
        await _report(tx, job.id, outcome.refused, ())
    return bool(mine)


async def finish(tx: Tx, job: UUID, now: datetime, failure: Unreadable | None = None) -> None:
    """End the import and let go of its file."""
    errors = [{"field": error.field, "reason": error.reason.stored()} for error in failure.errors] if failure else []
    await tx.execute(
        """WITH ended AS (
               UPDATE import_job SET status = CASE WHEN $3::jsonb IS NULL THEN 'done' ELSE 'failed' END, finished_at = $2, failure = $3,
                                     seconds = extract(epoch FROM clock_timestamp() - began)
               WHERE id = $1 AND status = 'running' RETURNING id)
           DELETE FROM import_file USING ended WHERE import_file.job = ended.id""",
        job,
        now,
        {"detail": failure.detail.stored(), "errors": errors} if failure else None,
    )


async def stumble(tx: Tx, job: UUID) -> int:
    """Count a try that broke off; how many there were since the last batch."""
    tries: int | None = await tx.fetchval("UPDATE import_job SET tries = tries + 1 WHERE id = $1 RETURNING tries", job)
    return tries or 0


async def _report(tx: Tx, job: UUID, refused: Sequence[Refused], noted: Sequence[tuple[int, Note]]) -> None:
    rows = [("refused", r.line, n, f.column, f.value, f.reason.stored()) for r in refused for n, f in enumerate(r.faults)]
    ordinals: dict[int, int] = {}
    for line, note in noted:
        ordinal = ordinals[line] = ordinals.get(line, -1) + 1
        rows.append(("noted", line, ordinal, note.column, note.text[:2000], KEPT.stored()))
    if rows:
        await tx.execute(
            """INSERT INTO import_row (job, status, line, ordinal, column_name, value, reason)
               SELECT $1, status, line, ordinal, column_name, value, reason
               FROM unnest($2::text[], $3::integer[], $4::smallint[], $5::text[], $6::text[], $7::text[])
                    AS r (status, line, ordinal, column_name, value, reason)""",
            job,
            *map(list, zip(*rows, strict=True)),
        )


async def shown(tx: Tx, kind: str, job: UUID, actor: str | None) -> Shown | None:
    """One import; with `actor` only when it is his."""
    row = await tx.fetchrow(
        f"SELECT {_SHOWN} FROM import_job WHERE kind = $1 AND id = $2 AND ($3::text IS NULL OR actor = $3)", kind, job, actor
    )
    return None if row is None else _shown(row)


async def listed(tx: Tx, kind: str, actor: str | None, status: str | None, before: UUID | None, limit: int) -> list[Shown]:
    """Imports, the newest first, behind `before`."""
    rows = await tx.fetch(
        f"""SELECT {_SHOWN} FROM import_job
            WHERE kind = $1 AND ($2::text IS NULL OR actor = $2) AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5""",
        kind,
        actor,
        status,
        before,
        limit,
    )
    return [_shown(row) for row in rows]


def _shown(row: asyncpg.Record) -> Shown:
    if (failure := row["failure"]) is None:
        return Shown(**row)
    errors = [FieldError(error["field"], Both.of(error["reason"])) for error in failure["errors"]]
    return Shown(**{**row, "failure": {"detail": Both.of(failure["detail"]), "errors": errors}})


async def report(tx: Tx, job: UUID, status: RowStatus, after: tuple[int, int], limit: int) -> list[ReportRow]:
    """What was said about rows with `status`, by line, behind (line, ordinal) `after`."""
    rows = await tx.fetch(
        """SELECT status, line, ordinal, column_name AS "column", value, reason FROM import_row
           WHERE job = $1 AND status = $2 AND (line, ordinal) > ($3::integer, $4::smallint) ORDER BY line, ordinal LIMIT $5""",
        job,
        status,
        *after,
        limit,
    )
    return [ReportRow(**{**row, "reason": Both.of(row["reason"])}) for row in rows]
