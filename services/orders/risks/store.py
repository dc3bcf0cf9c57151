"""Early warnings in the database: which orders to look at, what was told of them, and the limits of the firm."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pydantic_core

from services.orders.planning.inserts import columns
from services.orders.risks.model import Limit, Told
from shared.contracts.event import Event
from shared.contracts.risks import MilestoneRisk, OverdueMilestone, RiskKind
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Facts, Stamp, append
from shared.problems import NotFound

# While a disruption runs, it has the cores: what it moves is looked at when it is over, or when it has stumbled and waits.
_CLAIM = """
WITH calm AS MATERIALIZED (
    SELECT WHERE NOT EXISTS (SELECT FROM disruption WHERE status = 'running' AND (retry_at IS NULL OR retry_at <= clock_timestamp()))
), moved AS (
    DELETE FROM risk_look WHERE position IN (SELECT position FROM calm, risk_look ORDER BY position LIMIT $2) RETURNING order_id
), day_come AS (
    SELECT order_id FROM calm, order_warning WHERE look_on <= $1 ORDER BY look_on LIMIT $2
)
SELECT order_id FROM moved UNION SELECT order_id FROM day_come
"""
_MAKE = """
INSERT INTO order_warning (order_id, id, version) SELECT n.order_id, n.id, 0 FROM unnest($1::uuid[], $2::uuid[]) AS n (order_id, id)
ON CONFLICT DO NOTHING
"""
_LOCK = "SELECT order_id, id, version, look_on FROM order_warning WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE"
_TOLD = """
SELECT w.order_id,
    ARRAY(SELECT ROW(r.shipment, r.milestone, r.department, r.expected, r.level, r.score, r.reasons)
          FROM milestone_risk r WHERE r.order_id = w.order_id) AS risks,
    ARRAY(SELECT ROW(m.shipment, m.milestone, m.department, m.expected, m.promise_revision)
          FROM milestone_overdue m WHERE m.order_id = w.order_id) AS overdue
FROM order_warning w WHERE w.order_id = ANY($1::uuid[])
"""
_LOOKED = """
UPDATE order_warning w SET version = n.version, look_on = n.look_on
FROM unnest($1::uuid[], $2::bigint[], $3::date[]) AS n (order_id, version, look_on) WHERE w.order_id = n.order_id
"""
_GONE = """
DELETE FROM milestone_risk r USING (SELECT * FROM unnest($1::uuid[])) AS n (order_id)
WHERE r.order_id = n.order_id AND NOT EXISTS (
    SELECT FROM unnest($2::uuid[], $3::text[], $4::text[]) AS k (order_id, shipment, milestone)
    WHERE k.order_id = r.order_id AND k.shipment IS NOT DISTINCT FROM r.shipment AND k.milestone = r.milestone)
"""
_KEEP = """
INSERT INTO milestone_risk (order_id, shipment, milestone, department, expected, level, score, reasons, raised_on)
SELECT n.order_id, n.shipment, n.milestone, n.department, n.expected, n.level, n.score, n.reasons::jsonb, $9
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::text[], $7::integer[], $8::text[])
    AS n (order_id, shipment, milestone, department, expected, level, score, reasons)
ON CONFLICT (order_id, shipment, milestone) DO UPDATE SET department = excluded.department, expected = excluded.expected,
    level = excluded.level, score = excluded.score, reasons = excluded.reasons
"""
_FORGET_OVERDUE = "DELETE FROM milestone_overdue WHERE order_id = ANY($1::uuid[])"
_KEEP_OVERDUE = """
INSERT INTO milestone_overdue (order_id, shipment, milestone, department, expected, promise_revision)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::integer[])
"""
_LIMITS = "SELECT kind, days, margin, version FROM risk_limit ORDER BY kind"
_LOCK_LIMIT = "SELECT version FROM risk_limit WHERE kind = $1 FOR UPDATE"
_SAVE_LIMIT = "UPDATE risk_limit SET days = $2, margin = $3, version = version + 1 WHERE kind = $1 RETURNING version"
_LOOK_AT_ALL = """
INSERT INTO risk_look (order_id) SELECT DISTINCT m.order_id FROM milestone m JOIN customer_order o ON o.id = m.order_id
WHERE m.followed AND NOT m.passed AND o.status <> 'cancelled'
"""


@dataclass(frozen=True, slots=True)
class Warnings:
    """The warnings of one order, locked, when it was to be looked at, and what was told of it last."""

    order_id: UUID
    id: UUID
    version: int
    look_on: date | None
    told: Told


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found of an order, the events that tell it, and when to look again."""

    before: Warnings
    now: Told
    events: Sequence[Event]
    look_on: date | None


async def claim(tx: Tx, today: date, limit: int) -> list[UUID]:
    """Orders that were moved, which are not noted any more then, and those whose day has come: up to `limit` of each."""
    return [row["order_id"] for row in await tx.fetch(_CLAIM, today, limit)]


async def lock(tx: Tx, orders: Collection[UUID]) -> list[Warnings]:
    """The warnings of those orders under their locks, made where there are none yet."""
    rows = await tx.fetch(_LOCK, list(orders))
    if new := set(orders) - {row["order_id"] for row in rows}:
        await tx.execute(_MAKE, *columns([(order_id, new_id()) for order_id in sorted(new)], 2))
        rows += await tx.fetch(_LOCK, list(new))
    told = {row["order_id"]: _told(row["risks"], row["overdue"]) for row in await tx.fetch(_TOLD, list(orders))}
    return [Warnings(row["order_id"], row["id"], row["version"], row["look_on"], told[row["order_id"]]) for row in rows]


async def save(tx: Tx, stamp: Stamp, looked: Sequence[Looked]) -> None:
    """Replace what is told of those orders, whose warnings are locked, and tell how it differs. What is as it was is not written."""
    if again := [one for one in looked if one.events or one.look_on != one.before.look_on]:
        rows = [(one.before.order_id, one.before.version + len(one.events), one.look_on) for one in again]
        await tx.execute(_LOOKED, *columns(rows, 3))
    if moved := [one for one in looked if set(one.now.risks) != set(one.before.told.risks)]:
        risks = [(one.before.order_id, risk) for one in moved for risk in one.now.risks]
        keys = [(order_id, risk.shipment, risk.milestone) for order_id, risk in risks]
        await tx.execute(_GONE, [one.before.order_id for one in moved], *columns(keys, 3))
        await tx.execute(_KEEP, *columns([_risk_row(order_id, risk) for order_id, risk in risks], 8), stamp.time.date())
    if late := [one for one in looked if set(one.now.overdue) != set(one.before.told.overdue)]:
        await tx.execute(_FORGET_OVERDUE, [one.before.order_id for one in late])
        await tx.execute(_KEEP_OVERDUE, *columns([_overdue_row(one.before.order_id, node) for one in late for node in one.now.overdue], 6))
    await append(tx, stamp, [Facts(one.before.id, one.before.version, one.events) for one in looked if one.events])


async def limits(tx: Tx) -> dict[RiskKind, tuple[Limit, int]]:
    """Each limit with its version."""
    return {row["kind"]: (Limit(days=row["days"], margin=row["margin"]), row["version"]) for row in await tx.fetch(_LIMITS)}


async def lock_limit(tx: Tx, kind: RiskKind) -> int:
    """Its version, under its lock."""
    version: int | None = await tx.fetchval(_LOCK_LIMIT, kind)
    if version is None:
        raise NotFound(Both(f"there is no limit of {kind}", f"没有 {kind} 的限值"))
    return version


async def save_limit(tx: Tx, kind: RiskKind, limit: Limit) -> int:
    """Change a limit that is locked, and look again at every order of which something is to come; its new version."""
    version: int = await tx.fetchval(_SAVE_LIMIT, kind, limit.days, limit.margin)
    await tx.execute(_LOOK_AT_ALL)
    return version


def _told(risks: Sequence[Sequence[Any]], overdue: Sequence[Sequence[Any]]) -> Told:
    fields, late = tuple(MilestoneRisk.model_fields), tuple(OverdueMilestone.model_fields)
    return Told(
        tuple(MilestoneRisk(**dict(zip(fields, one, strict=True))) for one in risks),
        tuple(OverdueMilestone(**dict(zip(late, one, strict=True))) for one in overdue),
    )


def _risk_row(order_id: UUID, risk: MilestoneRisk) -> tuple[Any, ...]:
    reasons = pydantic_core.to_json(risk.reasons).decode()  # a list of lists would be an array of two dimensions
    return (order_id, risk.shipment, risk.milestone, risk.department, risk.expected, risk.level, risk.score, reasons)


def _overdue_row(order_id: UUID, late: OverdueMilestone) -> tuple[Any, ...]:
    return (order_id, late.shipment, late.milestone, late.department, late.expected, late.promise_revision)
