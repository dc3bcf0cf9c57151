"""SQL of approvals: rules, requests and what was done about them, in the database of the service that asks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.approvals import words
from shared.approvals.domain import Actor, Change, Colleague, Deed, Request, Seats, Subject
from shared.approvals.models import Entry, RequestShown, RequestsQuery, RuleShown
from shared.approvals.rules import Ask, Level, Rule
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.problems import Stale
from shared.web.paging import Page, page

_RULES = """
SELECT DISTINCT ON (kind) kind, revision, document, actor, recorded_at FROM approval_rule
WHERE kind = ANY($1::text[]) ORDER BY kind, revision DESC
"""
_SAVE_RULE = "INSERT INTO approval_rule (kind, revision, document, actor, recorded_at) VALUES ($1, $2, $3, $4, $5)"
_STAFF = "SELECT login, department, manager, roles FROM known_staff WHERE active ORDER BY login LIMIT 5000"
_COLUMNS = """r.id, r.kind, r.rule_revision, r.subject, r.subject_number, r.subject_version, r.customer_id, r.requester, r.asked_at, r.ask,
    r.command, r.levels, r.level, r.rung, r.deciders, r.roles, r.due_at, r.status, r.version"""
_READ = f"SELECT {_COLUMNS} FROM approval_request r WHERE r.id = $1"
_LOCK = f"{_READ} FOR UPDATE"
_SAME = f"""
SELECT {_COLUMNS} FROM approval_request r
WHERE r.kind = $1 AND r.subject = $2 AND r.subject_version = $3 AND r.command = $4::jsonb AND r.status = 'pending'
ORDER BY r.id LIMIT 1
"""
_PENDING = f"""
SELECT {_COLUMNS} FROM approval_request r
WHERE r.kind = $1 AND r.subject = ANY($2::uuid[]) AND r.command @> $3::jsonb AND r.status = 'pending'
ORDER BY r.id FOR UPDATE
"""
_INSERT = """
INSERT INTO approval_request (id, kind, rule_revision, subject, subject_number, subject_version, customer_id, requester, asked_at, ask,
    command, levels, level, rung, deciders, roles, due_at, status, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
"""
_UPDATE = """
UPDATE approval_request SET level = $2, rung = $3, deciders = $4, roles = $5, due_at = $6, status = $7, version = $8 WHERE id = $1
"""
_ENTER = """
INSERT INTO approval_entry (request, version, level, deed, actor, on_behalf_of, reason, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# $1 login, $2 his roles, $3 for whom he stands in, $4 the owners whose customers he sees (null: all)
_HIS_TO_DECIDE = """
r.status = 'pending' AND r.requester <> $1 AND (r.deciders && ($3::text[] || $1::text) OR r.roles && $2::text[])
"""
_IN_SIGHT = """
($4::text[] IS NULL OR r.requester = $1 OR k.owner = ANY($4) OR r.deciders && ($3::text[] || $1::text) OR r.roles && $2::text[]
 OR EXISTS (SELECT FROM approval_entry e WHERE e.request = r.id AND e.actor = $1))
"""
_SHOWN = f"""
SELECT r.id, r.kind, r.subject_number, k.code AS customer, r.requester, r.asked_at, r.ask, r.command, r.status, r.level,
    jsonb_array_length(r.levels) AS levels, r.deciders, r.roles, r.due_at, r.version, {_HIS_TO_DECIDE} AS mine,
    ARRAY(SELECT ROW(e.level, e.deed, e.actor, e.on_behalf_of, e.reason, e.recorded_at)
          FROM approval_entry e WHERE e.request = r.id ORDER BY e.version) AS entries
FROM approval_request r LEFT JOIN known_customer k ON k.id = r.customer_id
WHERE {_IN_SIGHT}
"""
_SHOW = f"{_SHOWN} AND r.id = $5"
_LIST = f"""{_SHOWN} AND ($5::uuid IS NULL OR r.id < $5) AND ($6::text IS NULL OR r.status = $6) AND ($7::text IS NULL OR r.kind = $7)
    AND ($8::text IS NULL OR r.subject_number = $8) AND ($9::text IS NULL OR k.code = $9)
    AND CASE $10::text WHEN 'to_decide' THEN {_HIS_TO_DECIDE} WHEN 'asked' THEN r.requester = $1 ELSE true END
ORDER BY r.id DESC LIMIT $11
"""


async def rules(tx: Tx, kinds: Sequence[str]) -> list[RuleShown]:
    """The rules in force, by kind."""
    return [_rule(row) for row in await tx.fetch(_RULES, list(kinds))]


async def rule(tx: Tx, kind: str) -> RuleShown | None:
    """The rule in force; None where nobody has ever written one."""
    row = await tx.fetchrow(_RULES, [kind])
    return None if row is None else _rule(row)


async def save_rule(tx: Tx, kind: str, revision: int, rule: Rule, stamp: Stamp) -> RuleShown:
    """Add a revision; Stale when somebody else added it first."""
    try:
        await tx.execute(_SAVE_RULE, kind, revision, rule.model_dump(mode="json", exclude_none=True), stamp.actor, stamp.time)
    except asyncpg.UniqueViolationError:
        raise Stale(words.rule_changed(kind)) from None
    return RuleShown(kind=kind, version=revision, rule=rule, changed_by=stamp.actor, changed_at=stamp.time)


async def staff(tx: Tx) -> list[Colleague]:
    """Everybody at work."""
    rows = await tx.fetch(_STAFF)
    return [Colleague(row["login"], row["department"], row["manager"], tuple(row["roles"])) for row in rows]


async def read(tx: Tx, request_id: UUID) -> Request | None:
    """Without a lock: what it is about never changes."""
    row = await tx.fetchrow(_READ, request_id)
    return None if row is None else _request(row)


async def lock(tx: Tx, request_id: UUID) -> Request | None:
    """The request under its lock, which is taken after that of its subject."""
    row = await tx.fetchrow(_LOCK, request_id)
    return None if row is None else _request(row)


async def asked_already(tx: Tx, kind: str, subject: Subject, command: dict[str, Any]) -> Request | None:
    """The pending request of that very command on the subject as it is; None where there is none. Under the subject's lock."""
    row = await tx.fetchrow(_SAME, kind, subject.id, subject.version, command)
    return None if row is None else _request(row)


async def lock_pending(tx: Tx, kind: str, subjects: Collection[UUID], command: dict[str, Any]) -> list[Request]:
    """The pending requests of a kind about these subjects whose commands say that, under their locks, after those of the subjects."""
    return [_request(row) for row in await tx.fetch(_PENDING, kind, list(subjects), command)]


async def save(tx: Tx, change: Change, now: datetime) -> None:
    """Write a request as a deed left it, and the deed."""
    request, seats = change.request, change.request.turn()
    standing = [request.level, request.rung, list(seats.deciders), list(seats.roles), request.due_at, request.status, request.version]
    if change.deed == "asked":
        subject, wanted = request.subject, request.ask.model_dump(mode="json", exclude_none=True)
        about = [request.id, request.kind, request.rule_revision, subject.id, subject.number, subject.version, subject.customer_id]
        levels = [level.model_dump(mode="json", exclude_none=True) for level in request.levels]
        await tx.execute(_INSERT, *about, request.requester, request.asked_at, wanted, dict(request.command), levels, *standing)
    else:
        await tx.execute(_UPDATE, request.id, *standing)
    # An approval that leads to the next level was of the level before.
    level = request.level - (change.deed == "approved" and request.status == "pending")
    reason = change.reason.stored() if isinstance(change.reason, Both) else change.reason
    await tx.execute(_ENTER, request.id, request.version, level, change.deed, change.actor, change.on_behalf_of, reason, now)


async def shown(tx: Tx, request_id: UUID, actor: Actor, owners: list[str] | None) -> RequestShown | None:
    """One request, as the actor sees it; None also where it is not in his sight."""
    row = await tx.fetchrow(_SHOW, *_viewer(actor, owners), request_id)
    return None if row is None else _shown(row)


async def listed(tx: Tx, query: RequestsQuery, actor: Actor, owners: list[str] | None) -> Page[RequestShown]:
    """Requests in sight, the newest first."""
    (before,) = query.begins_after(UUID)
    filters = [query.status, query.kind, query.subject, query.customer, query.view]
    rows = await tx.fetch(_LIST, *_viewer(actor, owners), before, *filters, query.limit + 1)
    return page([_shown(row) for row in rows], query.limit, lambda one: (one.approval,))


def _viewer(actor: Actor, owners: list[str] | None) -> tuple[Any, ...]:
    return actor.login, list(actor.roles), list(actor.stands_in_for), owners


def _rule(row: asyncpg.Record) -> RuleShown:
    document = Rule.model_validate(row["document"])
    return RuleShown(kind=row["kind"], version=row["revision"], rule=document, changed_by=row["actor"], changed_at=row["recorded_at"])


def _request(row: asyncpg.Record) -> Request:
    same = ("id", "kind", "rule_revision", "requester", "asked_at", "command", "level", "rung", "due_at", "status", "version")
    return Request(
        **{name: row[name] for name in same},
        subject=Subject(row["subject"], row["subject_number"], row["subject_version"], row["customer_id"]),
        ask=Ask.model_validate(row["ask"]),
        levels=tuple(Level.model_validate(level) for level in row["levels"]),
        seats=Seats(frozenset(row["deciders"]), frozenset(row["roles"])),
    )


def _shown(row: asyncpg.Record) -> RequestShown:
    wanted = Ask.model_validate(row["ask"])
    waits = row["status"] == "pending"
    same = ("kind", "customer", "requester", "asked_at", "command", "status", "level", "levels", "version", "mine")
    return RequestShown(
        **{name: row[name] for name in same},
        approval=row["id"],
        subject=row["subject_number"],
        amount=wanted.amount,
        grade=wanted.grade,
        deciders=tuple(row["deciders"]) if waits else (),
        roles=tuple(row["roles"]) if waits else (),
        due_at=row["due_at"] if waits else None,
        entries=tuple(_entry(*entry) for entry in row["entries"]),
    )


def _entry(level: int, deed: Deed, actor: str, on_behalf_of: str | None, reason: str | None, at: datetime) -> Entry:
    """A reason is a person's own, or one of ours in both languages."""
    said = Both.of(reason) if reason is not None else None
    return Entry(level=level, deed=deed, actor=actor, on_behalf_of=on_behalf_of, reason=said, at=at)
