"""SQL of what lateness is attributed from."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from services.orders.calendars import store as calendars
from services.orders.lateness.domain import Closed, Logged, attributed, closing_of, open_before
from services.orders.planning.model import Plan
from shared.contracts.lateness import LegLateness
from shared.contracts.orders import Cause
from shared.database.pool import Tx
from shared.messaging import record
from shared.messaging.record import Facts, Stamp
from shared.timers import set_timers

COMPLETED = "order_completed"
"""Timer on an order that is completed: its lateness is to be told, for the first time (the database sets it) or anew."""

_DELAYS = """
SELECT t.order_id, d.id, l.shipment, coalesce(l.milestone, t.milestone) AS milestone,
    coalesce(l.new_date, t.new_date, d.new_date) AS new_date, x.name, x.first_day, x.last_day,
    ARRAY(SELECT ROW(c.code, c.party, c.days) FROM delay_cause c WHERE c.delay_id = d.id ORDER BY c.position) AS causes
FROM delay_order t JOIN delay d ON d.id = t.delay_id
LEFT JOIN disruption x ON x.id = d.disruption_id AND x.kind = 'closed_day'
CROSS JOIN LATERAL (
    SELECT t.shipment, NULL, NULL::date
    UNION ALL SELECT p.shipment, p.milestone, p.new_date FROM delay_leg p WHERE p.delay_id = t.delay_id AND p.order_id = t.order_id
) AS l (shipment, milestone, new_date)
WHERE t.order_id = ANY($1::uuid[]) AND d.status <> 'retracted'
ORDER BY t.ordinal, d.id
"""
_PROMISES = "SELECT order_id, line, first_promised FROM order_line WHERE order_id = ANY($1::uuid[])"
_COUNT = "UPDATE customer_order SET version = version + 1 WHERE id = ANY($1::uuid[])"


async def lateness(tx: Tx, plans: Collection[Plan]) -> dict[UUID, tuple[LegLateness, ...]]:
    """What the lateness of orders came from, by their ids."""
    ids = [plan.order_id for plan in plans]
    delays: dict[UUID, list[Logged]] = {order: [] for order in ids}
    for row in await tx.fetch(_DELAYS, ids):
        causes = tuple(Cause(code=code, party=party, days=days) for code, party, days in row["causes"])
        closed = Closed(row["name"], frozenset({(row["first_day"], row["last_day"])})) if row["name"] is not None else None
        delays[row["order_id"]].append(Logged(row["id"], row["shipment"], row["milestone"], row["new_date"], causes, closed))
    promises: dict[UUID, dict[str, date]] = {order: {} for order in ids}
    for row in await tx.fetch(_PROMISES, ids):
        promises[row["order_id"]][row["line"]] = row["first_promised"]
    closing = [own for logged in delays.values() for by_code in closing_of(logged).values() for own in by_code.values()]
    wanted = {one for own in closing for one in open_before(own)}
    reopened = {one: await calendars.reopened(tx, one.calendar, one.days) for one in wanted}
    return {plan.order_id: attributed(plan, delays[plan.order_id], promises[plan.order_id], reopened) for plan in plans}


async def tell(tx: Tx, stamp: Stamp, facts: Collection[Facts]) -> None:
    """Append the events of locked orders, one for each."""
    await tx.execute(_COUNT, [one.aggregate for one in facts])
    await record.append_all(tx, [(stamp, one) for one in facts])


async def look_again(tx: Tx, plans: Iterable[Plan], now: datetime) -> None:
    """Tell the lateness of those of the orders that are completed anew: something is known of it that was not."""
    await set_timers(tx, COMPLETED, {plan.order_id: now for plan in plans if plan.status == "completed"})
