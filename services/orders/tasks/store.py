"""Tasks in the database: what to look at, and how what is to be done there differs from what was told of it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import asyncpg

from services.orders.tasks.queries import COLUMNS, KINDS
from shared.contracts.tasks import TASKS, TaskClosed, TaskFacts, TaskOpened
from shared.database.pool import Tx
from shared.messaging.record import Facts
from shared.web.call import address

COMPARE_SECONDS = 60.0

_ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended('tasks', 0))"
# All that was noted of a root is looked at together. Delays may hold an order, or have held it, and cut-offs its customer's goods.
_CLAIM = """
WITH claimed AS (
    DELETE FROM task_look WHERE root IN (SELECT n.root FROM task_look n ORDER BY n.position LIMIT $1) RETURNING root
)
SELECT root FROM claimed
UNION SELECT d.delay_id FROM delay_order d WHERE d.order_id IN (SELECT root FROM claimed)
    AND (d.open OR EXISTS (SELECT FROM task t WHERE t.root = d.delay_id))
UNION SELECT t.root FROM task t JOIN customer_order o ON o.customer_id = t.customer
    WHERE t.kind = 'cutoff' AND o.id IN (SELECT root FROM claimed)
"""
_NOTE = "INSERT INTO task_look (root) SELECT unnest($1::uuid[])"
_STANDING = " UNION ALL ".join(kind.stands for kind in KINDS.values())
_ENDED = " ".join(f"WHEN '{name}' THEN {kind.ended}" for name, kind in KINDS.items())
# What is as it was told is not written.
_LOOK = f"""
WITH stands AS (
    SELECT {COLUMNS} FROM ({_STANDING}) AS n ({COLUMNS}) WHERE root = ANY($3::uuid[])
), news AS (
    SELECT {COLUMNS} FROM stands EXCEPT SELECT {COLUMNS} FROM task WHERE root = ANY($3::uuid[])
), opened AS (
    INSERT INTO task AS t (id, version, {COLUMNS}) SELECT uuidv7(), 1, {COLUMNS} FROM news
    ON CONFLICT (root, kind, key) DO UPDATE SET version = t.version + 1, subject = excluded.subject, order_id = excluded.order_id,
        "order" = excluded."order", customer = excluded.customer, shipment = excluded.shipment, about = excluded.about,
        department = excluded.department, logins = excluded.logins, roles = excluded.roles, barred = excluded.barred,
        followers = excluded.followers, due = excluded.due, deed = excluded.deed, urgent = excluded.urgent
    RETURNING id, version, NULL::text AS how, {COLUMNS}
), closed AS (
    DELETE FROM task t WHERE root = ANY($3::uuid[])
        AND NOT EXISTS (SELECT FROM stands n WHERE n.root = t.root AND n.kind = t.kind AND n.key = t.key)
    RETURNING id, version + 1 AS version, coalesce(CASE kind {_ENDED} END, 'gone') AS how, {COLUMNS}
)
SELECT id, version, how, {COLUMNS} FROM opened UNION ALL SELECT id, version, how, {COLUMNS} FROM closed
"""
# Everything, once: what came with the day, and what was not noted.
_COMPARE = f"""
WITH stands AS MATERIALIZED (
    SELECT {COLUMNS} FROM ({_STANDING}) AS n ({COLUMNS})
), told AS MATERIALIZED (
    SELECT {COLUMNS} FROM task
)
INSERT INTO task_look (root) SELECT root FROM (
    (SELECT {COLUMNS} FROM stands EXCEPT SELECT {COLUMNS} FROM told)
    UNION ALL (SELECT {COLUMNS} FROM told EXCEPT SELECT {COLUMNS} FROM stands)
) AS differs GROUP BY root ORDER BY root
"""


async def note(tx: Tx, roots: Collection[UUID]) -> None:
    """Have these looked at: orders, delays, shipments and what else has tasks."""
    await tx.execute(_NOTE, list(roots))


async def claim(tx: Tx, limit: int) -> list[UUID]:
    """The next roots, and those that hang together with them; they are not noted any more. None while somebody else looks."""
    if not await tx.fetchval(_ALONE):
        return []
    return [row["root"] for row in await tx.fetch(_CLAIM, limit)]


async def look(tx: Tx, roots: Collection[UUID], now: datetime) -> list[asyncpg.Record]:
    """Write how the tasks of these roots stand; the `facts` of those that differ from what was told are the caller's to append."""
    return await tx.fetch(_LOOK, now.date(), now, list(roots))


async def compare(tx: Tx, now: datetime) -> None:
    """Note every root with tasks that differ from what was told of them."""
    await tx.execute("SELECT set_config('statement_timeout', $1, true)", f"{COMPARE_SECONDS}s")
    await tx.execute(_COMPARE, now.date(), now, timeout=COMPARE_SECONDS)


def facts(row: asyncpg.Record) -> Facts:
    """What is told of a task that differs: it is open as it stands now, or closed as it was told last."""
    kind = row["kind"]
    names = {name: str(row[name]) for name in ("order", "shipment", "subject") if row[name] is not None}
    same = ("deed", "about", "order_id", "order", "shipment", "department", "logins", "roles", "followers", "due", "urgent")
    barred, also_barred = [*(row["barred"] or ()), None, None][:2]
    task = TaskFacts(
        **{name: row[name] for name in same},
        task_id=row["id"],
        kind=kind,
        barred=barred,
        also_barred=also_barred,
        subject=TASKS[kind].subject,
        subject_id=row["subject"],
        customer_id=row["customer"],
        link=address(KINDS[kind].link, **names),
    )
    event = TaskOpened(task=task) if row["how"] is None else TaskClosed(task=task, how=row["how"])
    return Facts(row["id"], row["version"] - 1, [event])
