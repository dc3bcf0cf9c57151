"""Clauses in the database: loaded, saved with what is told of them, watched."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from services.orders.cancelling.model import Gone
from services.orders.clauses import words
from services.orders.clauses.domain import ClauseTerm, close
from services.orders.clauses.model import Clause, Standing
from services.orders.delays.store import start_of
from services.orders.planning.domain.deadlines import Term
from services.orders.planning.inserts import columns
from services.orders.watches.store import watch
from shared.contracts.approvals import Money
from shared.contracts.clauses import ClauseBreached, ClauseRecovered, Penalty
from shared.contracts.due import DueAfter
from shared.contracts.event import Event
from shared.contracts.text import Both
from shared.database.pool import Tx
from shared.messaging.record import Facts, Stamp, append
from shared.problems import Conflict, NotFound
from shared.timers import cancel_timer, set_timer, set_timers

MOVED = "watch_clause"
"""Timer on a clause: a date of its order has moved, or it was said anew itself."""
OVER = "watch_clause_day"
"""Timer on a clause: the day by which it is to be kept is over."""

_STOOD = TypeAdapter(Standing)

READ = """
SELECT c.id, c.order_id, o.number, o.customer_id, c.reference, c.text, c.line, c.milestone, c.due_on, c.due_after_milestone,
    c.due_after_days, c.grace_days, c.penalty, c.value, c.currency, c.status, c.state, c.keep_by, c.entered_by, c.entered_at,
    c.closed_by, c.closed_at, c.outcome, c.stood, c.version
FROM clause c JOIN customer_order o ON o.id = c.order_id JOIN known_customer k ON k.id = o.customer_id
"""
"""What `clause_of` takes, with the customer as k."""
_IN_SIGHT = f"{READ} WHERE c.id = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))"
_LOCK = "SELECT FROM clause c WHERE c.id = ANY($1::uuid[]) ORDER BY c.id FOR NO KEY UPDATE"
_BY_IDS = f"{READ} WHERE c.id = ANY($1::uuid[])"
_OF_ORDERS = f"{READ} WHERE c.order_id = ANY($1::uuid[]) AND c.status = 'open' ORDER BY c.reference, c.id"
# Worth is known where every line has an amount.
_WORTH = """
SELECT o.currency, CASE WHEN bool_and(l.amount IS NOT NULL) THEN sum(l.amount) END AS amount
FROM customer_order o JOIN order_line l ON l.order_id = o.id
WHERE o.id = $1 AND l.cancelled IS NULL AND ($2::text IS NULL OR $2 IN (l.line, l.part_of))
GROUP BY o.id
"""
_SAVE = """
INSERT INTO clause (id, order_id, reference, text, line, milestone, due_on, due_after_milestone, due_after_days, grace_days, penalty, value,
    currency, status, state, keep_by, entered_by, entered_at, closed_by, closed_at, outcome, stood, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
ON CONFLICT (id) DO UPDATE SET reference = excluded.reference, text = excluded.text, line = excluded.line, milestone = excluded.milestone,
    due_on = excluded.due_on, due_after_milestone = excluded.due_after_milestone, due_after_days = excluded.due_after_days,
    grace_days = excluded.grace_days, penalty = excluded.penalty, value = excluded.value, currency = excluded.currency,
    status = excluded.status, state = excluded.state, keep_by = excluded.keep_by, closed_by = excluded.closed_by,
    closed_at = excluded.closed_at, outcome = excluded.outcome, stood = excluded.stood, version = excluded.version
"""
_STAND = """
UPDATE clause c SET state = n.state, keep_by = n.keep_by, version = n.version
FROM unnest($1::uuid[], $2::text[], $3::date[], $4::bigint[]) AS n (id, state, keep_by, version) WHERE c.id = n.id
"""


class ClauseExists(Conflict):
    slug = "clause-exists"
    title = Both("The order has this clause already", "订单已有此条款")


async def worth(tx: Tx, order_id: UUID, line: str | None) -> Money | None:
    """What a line or the whole order is worth; None where that is not known."""
    row = await tx.fetchrow(_WORTH, order_id, line)
    if row is None or row["amount"] is None or row["currency"] is None:
        return None
    return Money(amount=row["amount"], currency=row["currency"])


async def read(tx: Tx, clause_id: UUID, owners: list[str] | None) -> Clause:
    """NotFound also where its order is not in sight of `owners`."""
    row = await tx.fetchrow(_IN_SIGHT, clause_id, owners)
    if row is None:
        raise NotFound(words.NO_CLAUSE)
    return clause_of(row)


async def lock(tx: Tx, clauses: Collection[UUID]) -> list[Clause]:
    """Those clauses under their locks, which are taken after those of orders."""
    await tx.execute(_LOCK, list(clauses))
    return [clause_of(row) for row in await tx.fetch(_BY_IDS, list(clauses))]


async def of_orders(tx: Tx, orders: Collection[UUID]) -> dict[UUID, list[Clause]]:
    """The open clauses of these orders, by order; those without one are missing."""
    found: dict[UUID, list[Clause]] = {}
    for row in await tx.fetch(_OF_ORDERS, list(orders)):
        found.setdefault(row["order_id"], []).append(clause_of(row))
    return found


async def terms(tx: Tx, orders: Collection[UUID]) -> Mapping[UUID, Sequence[Term]]:
    """The same as terms, to ask what a plan would miss."""
    return {order_id: [ClauseTerm(clause) for clause in clauses] for order_id, clauses in (await of_orders(tx, orders)).items()}


async def watch_order(tx: Tx, clause_id: UUID, orders: Collection[UUID]) -> None:
    """Look at the clause whenever a date of its order moves; comes before its lock."""
    await watch(tx, MOVED, clause_id, orders)


async def save(tx: Tx, stamp: Stamp, now: Clause, *told: Event) -> None:
    """Write a clause, of which one that was there is locked, and tell it. How it stands is looked at once this is committed."""
    after = (now.due_after.milestone, now.due_after.days) if now.due_after else (None, None)
    penalty = now.penalty.model_dump(mode="json", exclude_none=True) if now.penalty else None
    value = (now.value.amount, now.value.currency) if now.value else (None, None)
    closed = (now.closed_by, now.closed_at, now.outcome, _STOOD.dump_python(now.stood, mode="json") if now.stood else None)
    standing = (now.status, now.state, now.keep_by, now.entered_by, now.entered_at)
    try:
        await tx.execute(
            _SAVE,
            *(now.clause_id, now.order_id, now.reference, now.text, now.line, now.milestone, now.due_on),
            *(*after, now.grace_days, penalty, *value, *standing, *closed, now.version),
        )
    except asyncpg.UniqueViolationError as error:
        raise ClauseExists(words.known(now.order, now.reference, now.milestone), field="reference") from error
    await append(tx, stamp, [Facts(now.clause_id, now.version - len(told), told)])
    await set_timer(tx, MOVED, now.clause_id, stamp.time)
    if now.status == "closed":
        await cancel_timer(tx, OVER, now.clause_id)


async def save_standing(tx: Tx, stamp: Stamp, found: Sequence[tuple[Clause, ClauseBreached | ClauseRecovered | None]]) -> None:
    """Write how locked clauses stand now, tell the breaches and what is none, and look again when the day of one is over."""
    await tx.execute(_STAND, *columns([(now.clause_id, now.state, now.keep_by, now.version) for now, _ in found], 4))
    await append(tx, stamp, [Facts(now.clause_id, now.version - 1, [event]) for now, event in found if event is not None])
    waits = [now for now, _ in found if now.state in ("pending", "at_risk")]
    await set_timers(tx, OVER, {now.clause_id: start_of(now.keep_by + timedelta(days=1)) for now in waits})


async def end_with(tx: Tx, stamp: Stamp, gone: Gone) -> None:
    """Close the clauses of an order, or of its lines, that are cancelled: what their penalty comes to is settled by hand."""
    found = (await of_orders(tx, [gone.plan.order_id])).get(gone.plan.order_id, ())
    meant = [clause.clause_id for clause in found if gone.whole or clause.line in gone.over]
    for clause in sorted(await lock(tx, meant), key=lambda one: one.clause_id):
        if clause.status == "open":
            now, told = close(clause, gone.plan, gone.reason, stamp.actor, stamp.time)
            await save(tx, stamp, now, *told)


def clause_of(row: asyncpg.Record) -> Clause:
    """A row of READ."""
    same = ("order_id", "customer_id", "reference", "text", "line", "milestone", "due_on", "grace_days", "status", "state", "keep_by")
    entered = ("entered_by", "entered_at", "closed_by", "closed_at", "outcome", "version")
    after: dict[str, Any] | None = None
    if row["due_after_milestone"] is not None:
        after = {"milestone": row["due_after_milestone"], "days": row["due_after_days"]}
    return Clause(
        clause_id=row["id"],
        order=row["number"],
        **{name: row[name] for name in (*same, *entered)},
        due_after=DueAfter(**after) if after else None,
        penalty=Penalty.model_validate(row["penalty"]) if row["penalty"] is not None else None,
        value=Money(amount=row["value"], currency=row["currency"]) if row["value"] is not None else None,
        stood=_STOOD.validate_python(row["stood"]) if row["stood"] is not None else None,
    )
