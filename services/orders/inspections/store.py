"""Inspections in the database: those of an order, whose lock is held while they change, saved with what is told of them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.orders.cancelling.model import Gone
from services.orders.inspections.domain import WORST, Outcome, end, endangers, withdraw
from services.orders.inspections.model import Inspection
from services.orders.inspections.words import NO_INSPECTION
from services.orders.planning import store as planning
from services.orders.planning.inserts import columns
from services.orders.planning.model import Settled
from services.orders.risks.model import Rule
from services.orders.waiting import store as waiting
from shared.contracts.inspections import Acceptance, Defect, Sampling
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from shared.problems import NotFound

REGROUPED = "inspections_regrouped"
"""Timer on an order that is inspected: its lines have become others, or travel otherwise. The database sets it."""

READ = """
SELECT i.id, i.order_id, o.number AS "order", o.customer_id, k.code AS customer, i.type, i.milestone, i.lines, i.day, i.inspector,
    i.third_party, i.lot_size, i.sample_size, i.accept_critical, i.accept_major, i.accept_minor, i.aql_critical, i.aql_major, i.aql_minor,
    i.planned_by, i.repeats, i.state, i.repeated, i.inspected_on, i.inspected, i.note, i.exception_id, i.reported_by, i.waived_by,
    i.waived_on, i.reason, i.on_behalf_of, i.version,
    ARRAY(SELECT ROW(d.severity, d.description, d.count) FROM inspection_defect d
          WHERE d.inspection_id = i.id ORDER BY d.position) AS defects
FROM inspection i JOIN customer_order o ON o.id = i.order_id JOIN known_customer k ON k.id = o.customer_id
"""
"""What `inspection_of` takes, with the customer as k."""
STANDS = "i.state = 'failed' AND NOT i.repeated"
"""Whether an inspection `i` has failed and was neither repeated nor waived."""
IN_SIGHT = f"{READ} WHERE i.id = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2) OR i.inspector = ANY($3::text[]))"
"""Whoever makes an inspection sees it, or stands in for who does, and no order by that."""
_OF_ORDER = f"{READ} WHERE i.order_id = $1 ORDER BY i.id"
_STANDING = f"{READ} WHERE i.order_id = ANY($1::uuid[]) AND {STANDS}"
_SAVE = """
INSERT INTO inspection (id, order_id, type, milestone, lines, day, inspector, third_party, planned_by, repeats, state, repeated,
    inspected_on, inspected, note, exception_id, reported_by, waived_by, waived_on, reason, on_behalf_of, version, lot_size, sample_size,
    accept_critical, aql_critical, accept_major, aql_major, accept_minor, aql_minor)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28,
    $29, $30)
ON CONFLICT (id) DO UPDATE SET day = excluded.day, inspector = excluded.inspector, third_party = excluded.third_party,
    lot_size = excluded.lot_size, sample_size = excluded.sample_size, accept_critical = excluded.accept_critical,
    aql_critical = excluded.aql_critical, accept_major = excluded.accept_major, aql_major = excluded.aql_major,
    accept_minor = excluded.accept_minor, aql_minor = excluded.aql_minor, state = excluded.state, repeated = excluded.repeated,
    inspected_on = excluded.inspected_on, inspected = excluded.inspected, note = excluded.note, exception_id = excluded.exception_id,
    reported_by = excluded.reported_by, waived_by = excluded.waived_by, waived_on = excluded.waived_on, reason = excluded.reason,
    on_behalf_of = excluded.on_behalf_of, version = excluded.version
"""
_COLUMNS = (
    "inspection_id", "order_id", "type", "milestone", "lines", "day", "inspector", "third_party", "planned_by", "repeats", "state",
    "repeated", "inspected_on", "inspected", "note", "exception_id", "reported_by", "waived_by", "waived_on", "reason",
    "on_behalf_of", "version",
)  # fmt: skip
# A result is said once.
_DEFECTS = """
INSERT INTO inspection_defect (inspection_id, position, severity, description, count)
SELECT $1, n.nth, n.severity, n.description, n.count
FROM unnest($2::text[], $3::text[], $4::integer[]) WITH ORDINALITY AS n (severity, description, count, nth)
ON CONFLICT DO NOTHING
"""


async def read(tx: Tx, inspection_id: UUID, owners: list[str] | None, logins: Sequence[str] = ()) -> Inspection:
    """NotFound also where its order is not in sight of `owners`, unless one of `logins` is to make it."""
    row = await tx.fetchrow(IN_SIGHT, inspection_id, owners, logins)
    if row is None:
        raise NotFound(NO_INSPECTION)
    return inspection_of(row)


async def of_order(tx: Tx, order_id: UUID) -> list[Inspection]:
    """All inspections of an order, the oldest first; whoever changes one holds the order's lock."""
    return [inspection_of(row) for row in await tx.fetch(_OF_ORDER, order_id)]


async def rules(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Rule]]:
    """What the failed inspections of those orders endanger, by order."""
    found: dict[UUID, list[Rule]] = {}
    for row in await tx.fetch(_STANDING, list(orders)):
        found.setdefault(row["order_id"], []).append(endangers(inspection_of(row)))
    return found


async def save(tx: Tx, stamp: Stamp, outcome: Outcome, because: str) -> Settled:
    """Write inspections of an order that is locked, its shipments too, and tell it, with what waited for this; the order as it is then."""
    for one in outcome.changed:
        await tx.execute(_SAVE, *_row(one))
        if one.defects:
            defects = [(defect.severity, defect.description, defect.count) for defect in one.defects]
            await tx.execute(_DEFECTS, one.inspection_id, *columns(defects, 3))
    [settled] = await waiting.follow(tx, stamp, [outcome.settled], because)
    return settled


async def end_with(tx: Tx, stamp: Stamp, gone: Gone) -> None:
    """Withdraw the inspections planned of what is cancelled: of the whole order, or of lines of which none is left."""
    there, left = await of_order(tx, gone.plan.order_id), {line.line for line in gone.plan.lines} - gone.lines
    for one in there:
        if one.state == "planned" and (gone.whole or left.isdisjoint(one.lines)):
            (plan,) = await planning.read_plans(tx, [gone.plan.order_id], stamp.time.date())
            outcome = end(plan, one, gone.reason) if gone.whole else withdraw(plan, one, gone.reason, there, stamp.time)
            await save(tx, stamp, outcome, "estimate_stated")


def inspection_of(row: asyncpg.Record) -> Inspection:
    """A row of READ."""
    same: dict[str, Any] = {name: row[name] for name in (*_COLUMNS, "order", "customer_id") if name not in ("inspection_id", "lines")}
    classes = {one: Acceptance(accept=row[f"accept_{one}"], aql=row[f"aql_{one}"]) for one in WORST}
    return Inspection(
        inspection_id=row["id"],
        lines=tuple(row["lines"]),
        sampling=Sampling(lot_size=row["lot_size"], sample_size=row["sample_size"], **classes),
        defects=tuple(Defect(severity=severity, description=text, count=count) for severity, text, count in row["defects"]),
        **same,
    )


def _row(one: Inspection) -> list[Any]:
    sampling = one.sampling
    classes = [(accepted.accept, accepted.aql) for accepted in (sampling.critical, sampling.major, sampling.minor)]
    return [
        *(getattr(one, name) for name in _COLUMNS),
        sampling.lot_size,
        sampling.sample_size,
        *(part for pair in classes for part in pair),
    ]
