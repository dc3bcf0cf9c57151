"""One order and as many copies of it as a bench needs, in as many databases."""

from collections.abc import Iterator
from itertools import count

import asyncpg

from benchmarks.ground import Ground

AT_A_TIME = 4_000
TO_BE_LOOKED_AT = ("risk_look", "task_look")
"""Orders that moved, and whose warnings and tasks are to be reckoned."""

_COPY = """
WITH copy AS MATERIALIZED (
    SELECT uuidv7() AS id, 'SO-' || 10000000 + n AS number FROM generate_series($2::integer, $3::integer) AS n
), orders AS (
    INSERT INTO customer_order (id, number, customer_id, customer_po, trade_type, delivery_point, template, status, source, entered_by,
        entered_at, version)
    SELECT copy.id, copy.number, o.customer_id, o.customer_po, o.trade_type, o.delivery_point, o.template, 'open', o.source, o.entered_by,
        o.entered_at, o.version
    FROM copy, customer_order o WHERE o.number = $1
), lines AS (
    INSERT INTO order_line (order_id, line, item, quantity, uom, first_promised, promised, promise_revision, estimated, estimate_revision)
    SELECT copy.id, l.line, l.item, l.quantity, l.uom, l.first_promised, l.promised, l.promise_revision, l.estimated, l.estimate_revision
    FROM copy, customer_order o JOIN order_line l ON l.order_id = o.id WHERE o.number = $1
), entries AS (
    INSERT INTO promise_entry (order_id, line, milestone, kind, day, revision, recorded_at, actor, source)
    SELECT copy.id, e.line, e.milestone, e.kind, e.day, e.revision, e.recorded_at, e.actor, e.source
    FROM copy, customer_order o JOIN promise_entry e ON e.order_id = o.id WHERE o.number = $1
)
INSERT INTO milestone (order_id, code, position, department, visible, duration_days, planned, estimated, passed, revision)
SELECT copy.id, m.code, m.position, m.department, m.visible, m.duration_days, m.planned, m.estimated, m.passed, m.revision
FROM copy, customer_order o JOIN milestone m ON m.order_id = o.id WHERE o.number = $1
"""


def number(nth: int) -> str:
    """Of the nth copy, counted from 1."""
    return f"SO-{10_000_000 + nth}"


async def copy(database: "asyncpg.Connection[asyncpg.Record]", model: str, copies: int, *, after: int = 0) -> None:
    """Makes copies of an order in which nothing has happened yet, with its lines, its plan and its ledger; `after` are made already.

    Nobody looks at what they are in danger of: the order was looked at, and they are as it is.
    """
    last = after + copies
    for first in range(after + 1, last + 1, AT_A_TIME):
        await database.execute(_COPY, model, first, min(first + AT_A_TIME - 1, last))
    await database.execute(f"TRUNCATE {', '.join(TO_BE_LOOKED_AT)}")
    await database.execute("VACUUM ANALYZE")


async def clone(ground: Ground, service: str, name: str) -> str:
    """The URL of a copy of a service's database, for the superuser; nobody may be connected to either."""
    async with ground.suite.database("postgres") as admin:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{service}"')
    return ground.suite.database_url(name)


class Book:
    """The copies in one database, each of which is used once."""

    def __init__(self) -> None:
        self._unused = count(1)

    def take(self, how_many: int) -> Iterator[str]:
        for _ in range(how_many):
            yield number(next(self._unused))

    def skip(self, how_many: int) -> int:
        """Takes so many; the number of the last one before them."""
        before = next(self._unused) - 1
        for _ in range(how_many - 1):
            next(self._unused)
        return before
