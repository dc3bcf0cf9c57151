"""Production in the database: its steps, and what was reported of each line."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.orders.store import ordered
from services.orders.planning.inserts import columns
from services.orders.planning.model import Plan, Settled
from services.orders.production import words
from services.orders.production.domain import ReportCorrected, Standing, behind, retry, silent
from services.orders.production.model import Entry, Point, Progress, Stage, Track
from services.orders.risks.model import Rule
from services.orders.watches.store import watch
from shared.contracts.text import LocalText
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.problems import Invalid, NotFound

MOVED = "watch_production"
"""Timer on an order of which reports say more than could be recorded: a date of it has moved, or an inspection let goods go on."""
REGROUPED = "production_regrouped"
"""Timer on an order of which something is reported: its lines have become others, or travel otherwise. The database sets it."""
REPORTED = "production_progressed"
"""Why the ledger has the dates that reports moved."""

_STAGES = "SELECT code, name, milestone, last, position, version FROM production_stage ORDER BY position, code"
_SAVE_STAGE = """
INSERT INTO production_stage (code, name, milestone, last, position) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, milestone = excluded.milestone, last = excluded.last, position = excluded.position,
    version = production_stage.version + 1
RETURNING version
"""
# The first day ended with the last of its reports.
_TRACKS = """
SELECT p.order_id, p.line, l.shipment, l.quantity, l.uom, s.code, s.name, s.milestone, s.last, s.position,
    max(p.nth) AS reports, min(p.day) FILTER (WHERE p.done > 0) AS begun, (array_agg(p.total ORDER BY p.nth DESC))[1] AS stated,
    min(p.day) AS first_day, (array_agg(p.done ORDER BY p.day, p.nth DESC))[1] AS first_done,
    max(p.day) AS last_day, (array_agg(p.done ORDER BY p.nth DESC))[1] AS last_done
FROM production_standing p
    JOIN order_line l ON l.order_id = p.order_id AND l.line = p.line AND l.cancelled IS NULL
    JOIN production_stage s ON s.code = p.stage
WHERE p.order_id = ANY($1::uuid[]) GROUP BY p.order_id, p.line, l.order_id, l.line, s.code ORDER BY p.order_id, p.line, s.position, s.code
"""
_TOLD = "SELECT order_id, array_agg(DISTINCT reported_at) AS told FROM production_report WHERE order_id = ANY($1::uuid[]) GROUP BY order_id"
_ORDER_OF = """
SELECT o.number FROM production_report r JOIN customer_order o ON o.id = r.order_id JOIN known_customer k ON k.id = o.customer_id
WHERE r.id = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))
"""
_REPORT = "SELECT line, stage, nth, revision FROM production_report WHERE id = $1"
_AROUND = """
SELECT p.nth, p.revision, p.day, p.done, p.total FROM production_standing p
WHERE p.order_id = $1 AND p.line = $2 AND p.stage = $3 AND p.nth BETWEEN $4::integer - 1 AND $4::integer + 1 ORDER BY p.nth
"""
_KEEP = """
INSERT INTO production_report (id, order_id, line, stage, nth, revision, day, done, total, reason, reported_by, reported_at)
SELECT n.id, n.order_id, n.line, n.stage, n.nth, n.revision, n.day, n.done, n.total, n.reason, $11, $12
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::integer[], $7::date[], $8::numeric[], $9::numeric[],
        $10::text[])
    AS n (id, order_id, line, stage, nth, revision, day, done, total, reason)
"""


async def stages(tx: Tx) -> dict[str, tuple[Stage, int]]:
    """The steps of the firm in the order of the process, each with its version."""
    return {row["code"]: (_stage(row), row["version"]) for row in await tx.fetch(_STAGES)}


async def save_stage(tx: Tx, stage: Stage) -> int:
    """Write a step, new or not; its version then."""
    name = stage.name.model_dump(exclude_none=True)
    version: int = await tx.fetchval(_SAVE_STAGE, stage.code, name, stage.milestone, stage.last, stage.position)
    return version


async def progress(tx: Tx, plans: Collection[Plan]) -> dict[UUID, Progress]:
    """What is known of the production of those orders."""
    lines = await ordered(tx, plans)
    found = await _tracks(tx, lines)
    tracks = {order_id: {(track.line, track.stage.code): track for track in own} for order_id, own in found.items()}
    told = {row["order_id"]: frozenset(row["told"]) for row in await tx.fetch(_TOLD, list(lines))}
    return {
        plan.order_id: Progress(plan, lines[plan.order_id], tracks.get(plan.order_id, {}), told.get(plan.order_id, frozenset()))
        for plan in plans
    }


async def rules(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Rule]]:
    """What the production of those orders endangers, by order."""
    found = await _tracks(tx, orders)
    return {order_id: [behind(tracks), silent(tracks)] for order_id, tracks in found.items() if not all(track.complete for track in tracks)}


async def order_of(tx: Tx, report_id: UUID, owners: list[str] | None) -> str:
    """The number of the order that a report is of; NotFound also where it is not in sight of `owners`."""
    number: str | None = await tx.fetchval(_ORDER_OF, report_id, owners)
    if number is None:
        raise NotFound(words.NO_REPORT)
    return number


async def standing(tx: Tx, report_id: UUID, known: Progress) -> Standing:
    """A report of an order that is locked, between its neighbours; ReportCorrected where a newer revision of it counts."""
    row = await tx.fetchrow(_REPORT, report_id)
    assert row is not None  # no report is ever removed
    line, stage, nth, revision = row
    if (line, stage) not in known.tracks:
        raise Invalid(words.gone(known.plan.number, line))
    around = {row["nth"]: row for row in await tx.fetch(_AROUND, known.plan.order_id, line, stage, nth)}
    stands, before, after = around[nth], around.get(nth - 1), around.get(nth + 1)
    if stands["revision"] != revision:
        raise ReportCorrected(words.corrected(stands["day"]))
    return Standing(
        known.tracks[line, stage], nth, revision, stands["day"], stands["total"],
        least=before["done"] if before else Decimal(0), most=after["done"] if after else None,
    )  # fmt: skip


async def keep(tx: Tx, stamp: Stamp, entries: Mapping[UUID, Sequence[Entry]]) -> None:
    """Write reports, by the orders they are of, which are locked."""
    rows = [
        (one.report_id, order_id, one.track.line, one.track.stage.code, one.nth, one.revision, one.day, one.done, one.stated, one.reason)
        for order_id, own in entries.items()
        for one in own
    ]
    await tx.execute(_KEEP, *columns(rows, 10), stamp.actor, stamp.time)


async def watch_order(tx: Tx, order_id: UUID, waits: bool) -> None:
    """Try again whenever a date of a locked order moves, as long as something `waits` to be recorded."""
    await watch(tx, MOVED, order_id, [order_id] if waits else [])


async def waited(tx: Tx, plans: Collection[Plan], now: datetime) -> list[Settled]:
    """What reports say has happened and can be recorded now of those locked orders, which are not written yet."""
    known = await progress(tx, [plan for plan in plans if plan.status == "open"])
    return [done for one in known.values() if (done := retry(one, now.date()).settled).events]


async def _tracks(tx: Tx, orders: Collection[UUID]) -> Mapping[UUID, Sequence[Track]]:
    found: dict[UUID, list[Track]] = {}
    for row in await tx.fetch(_TRACKS, list(orders)):
        found.setdefault(row["order_id"], []).append(_track(row))
    return found


def _track(row: asyncpg.Record) -> Track:
    same: dict[str, Any] = {name: row[name] for name in ("line", "shipment", "quantity", "uom", "stated", "reports", "begun")}
    first, last = Point(row["first_day"], row["first_done"]), Point(row["last_day"], row["last_done"])
    return Track(**same, stage=_stage(row), first=first, last=last)


def _stage(row: asyncpg.Record) -> Stage:
    same = ("code", "milestone", "last", "position")
    return Stage(name=LocalText.model_validate(row["name"]), **{name: row[name] for name in same})
