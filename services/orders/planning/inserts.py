"""Plans on their way into the database, whole batches in one statement: new milestones, as part of what made them, and what commands
changed, with the ledger."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.orders.planning.model import Key, Line, Node, Plan, Settled, Stated, behind
from shared.database.pool import Tx
from shared.messaging.record import Facts

Source = Literal["api", "import"]

SHOWN = "shown"
"""Why the ledger has the delivery of a line: a later milestone shows it."""

NEW_NODES = """
INSERT INTO milestone (order_id, shipment, code, position, department, visible, calendar, planned, estimated, actual, revision,
    duration_days, stated, stated_allowed, stated_source, stated_at, stated_happened, person, passed, due, followed, typed, typed_allowed,
    typed_source, typed_at, unsaid_at)
SELECT n.order_id, n.shipment, n.code, n.position, n.department, n.visible, n.calendar, n.planned, n.estimated, n.actual, n.revision,
    n.duration_days, n.stated, n.stated_allowed, n.stated_source, n.stated_at, n.stated_happened, n.person, n.passed, n.due, n.followed,
    n.typed, n.typed_allowed, n.typed_source, n.typed_at, n.unsaid_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::text[], $6::boolean[], $7::text[], $8::date[], $9::date[],
    $10::date[], $11::integer[], $12::smallint[], $13::date[], $14::date[], $15::text[], $16::timestamptz[], $17::boolean[], $18::text[],
    $19::boolean[], $20::date[], $21::boolean[], $22::date[], $23::date[], $24::text[], $25::timestamptz[], $26::timestamptz[])
    AS n (order_id, shipment, code, position, department, visible, calendar, planned, estimated, actual, revision, duration_days,
          stated, stated_allowed, stated_source, stated_at, stated_happened, person, passed, due, followed, typed, typed_allowed,
          typed_source, typed_at, unsaid_at)
"""
"""A common table expression; it takes the parameters 1 to 26."""

_COUNTED = """
SELECT order_id, shipment, milestone, max(revision) AS revision FROM promise_entry
WHERE order_id = ANY($1::uuid[]) AND milestone IS NOT NULL AND revision > 0 GROUP BY order_id, shipment, milestone
"""


async def counted(tx: Tx, orders: Collection[UUID]) -> dict[UUID, Mapping[Key, int]]:
    """The highest revision that each milestone ever had in those orders: a leg that is formed again goes on from there.

    A customer may have been told of the earlier ones.
    """
    found: dict[UUID, dict[Key, int]] = {order_id: {} for order_id in orders}
    for row in await tx.fetch(_COUNTED, list(found)) if found else ():
        found[row["order_id"]][row["shipment"], row["milestone"]] = row["revision"]
    return {**found}


def node_arguments(made: Iterable[tuple[Plan, Sequence[Node]]]) -> list[list[Any]]:
    """The parameters of NEW_NODES: the milestones that are new in each order, of each leg all."""
    rows = []
    for plan, nodes in made:
        done = behind(plan.network, nodes)
        rows += [_row(plan, node, passed=bool(done[node.shipment] >> node.position & 1)) for node in nodes]
    return columns(rows, 26)


def _row(plan: Plan, node: Node, *, passed: bool) -> tuple[Any, ...]:
    step = plan.network.steps[node.position]
    return (
        plan.order_id,
        node.shipment,
        node.milestone,
        node.position,
        node.department,
        node.visible,
        node.calendar,
        node.planned,
        node.estimated,
        node.actual,
        node.revision,
        step.duration_days,
        *word_columns(node.stated),
        step.person,
        passed,
        node.due,
        node.followed,
        *word_columns(node.typed)[:3],
        node.typed_at,
        node.unsaid_at,
    )


def word_columns(word: Stated | None) -> tuple[Any, ...]:
    """A word on a milestone as its columns have it."""
    return (word.day, word.allowed, word.source, word.at, word.happened) if word else (None, None, None, None, False)


@dataclass(frozen=True, slots=True)
class Context:
    """What every ledger entry of a command has in common; `correction` is why an actual date does not hold."""

    recorded_at: datetime
    actor: str
    source: Source
    because: str
    delay_id: UUID | None = None
    promise_reason: str | None = None
    correction: str | None = None


SAVE_PLANS = """
nodes AS (
    UPDATE milestone m SET planned = n.planned, estimated = n.estimated, actual = n.actual, revision = n.revision, passed = n.passed,
        due = n.due, unsaid_at = n.unsaid_at
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::date[], $6::date[], $7::integer[], $8::boolean[], $9::date[],
        $10::timestamptz[])
        AS n (order_id, shipment, code, planned, estimated, actual, revision, passed, due, unsaid_at)
    WHERE m.order_id = n.order_id AND m.shipment IS NOT DISTINCT FROM n.shipment AND m.code = n.code
), lines AS (
    UPDATE order_line l SET promised = n.promised, promise_revision = n.promise_revision, estimated = n.estimated,
        estimate_revision = n.estimate_revision, delivered = n.delivered, shown_by = n.shown_by
    FROM unnest($11::uuid[], $12::text[], $13::date[], $14::integer[], $15::date[], $16::integer[], $17::date[], $18::text[])
        AS n (order_id, line, promised, promise_revision, estimated, estimate_revision, delivered, shown_by)
    WHERE l.order_id = n.order_id AND l.line = n.line
), entries AS (
    INSERT INTO promise_entry (order_id, line, shipment, milestone, kind, day, revision, recorded_at, actor, source, delay_id, reason)
    SELECT n.order_id, n.line, n.shipment, n.milestone, n.kind, n.day, n.revision, n.recorded_at, n.actor, n.source, n.delay_id, n.reason
    FROM unnest($19::uuid[], $20::text[], $21::text[], $22::text[], $23::text[], $24::date[], $25::integer[], $26::text[],
        $27::timestamptz[], $28::text[], $29::text[], $30::uuid[])
        AS n (order_id, line, shipment, milestone, kind, day, revision, reason, recorded_at, actor, source, delay_id)
), orders AS (
    UPDATE customer_order o SET version = n.version, status = n.status
    FROM unnest($31::uuid[], $32::bigint[], $33::text[]) AS n (id, version, status) WHERE o.id = n.id
)
"""
"""Common table expressions that write what changed in orders that were settled, with the ledger; they take the parameters 1 to 33."""

_SAVE = f"WITH {SAVE_PLANS} SELECT"


async def save(tx: Tx, settled: Sequence[Settled], context: Context) -> None:
    """Write what a command changed; `facts` of the same orders are the caller's to append."""
    await tx.execute(_SAVE, *plan_arguments([(one, context) for one in settled]))


def facts(settled: Iterable[Settled]) -> list[Facts]:
    return [Facts(one.before.order_id, one.before.version, one.events) for one in settled]


def plan_arguments(settled: Sequence[tuple[Settled, Context]]) -> list[Any]:
    """The parameters of SAVE_PLANS; each order with the command that changed it."""
    nodes, lines, entries = [], [], list[Entry]()
    for one, context in settled:
        order_id = one.after.order_id
        earlier_nodes = {node.key: node for node in one.before.nodes}
        ahead, were_ahead = ({node.key for node in plan.to_come()} for plan in (one.after, one.before))
        for node in one.after.nodes:
            was, passed = earlier_nodes.get(node.key), node.key not in ahead
            if was is not None and (was != node or was.unsaid_at != node.unsaid_at or passed == (node.key in were_ahead)):
                days = (node.planned, node.estimated, node.actual)
                nodes.append((order_id, node.shipment, node.milestone, *days, node.revision, passed, node.due, node.unsaid_at))
            if was is not None and was != node:
                entries.extend(_node_entries(order_id, was, node, context))
        earlier_lines = {line.line: line for line in one.before.lines}
        for line in one.after.lines:
            if (before := earlier_lines.get(line.line)) is not None and before != line:
                promised, expected = (line.promised, line.promise_revision), (line.estimated, line.estimate_revision)
                lines.append((order_id, line.line, *promised, *expected, line.delivered, line.shown_by))
                entries.extend(_line_entries(order_id, before, line, context))
    orders = [(one.after.order_id, one.before.version + len(one.events), one.after.status) for one, _ in settled]
    return [*columns(nodes, 10), *columns(lines, 8), *columns(entries, 12), *columns(orders, 3)]


def columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as the arrays that unnest() takes."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


Entry = tuple[UUID, str | None, str | None, str | None, str, date, int, str | None, datetime, str, Source, UUID | None]


def _node_entries(order_id: UUID, was: Node, now: Node, context: Context) -> Iterator[Entry]:
    entries = _happened(was.actual, now.actual, context)
    if was.planned != now.planned:
        entries.append(("planned", now.planned, context.because))
        was = replace(was, planned=now.planned)
    if was != now and (now.actual is None or not entries):
        entries.append(("estimated", now.estimated, context.because))
    for kind, day, reason in entries:
        yield (order_id, None, now.shipment, now.milestone, kind, day, now.revision, reason, *_source(context))


def _line_entries(order_id: UUID, was: Line, now: Line, context: Context) -> Iterator[Entry]:
    def entry(kind: str, day: date, revision: int, reason: str) -> Entry:
        return (order_id, now.line, now.shipment, None, kind, day, revision, reason, *_source(context))

    if was.promised != now.promised:
        yield entry("promised", now.promised, now.promise_revision, context.promise_reason or context.because)
    for kind, day, reason in _happened(was.delivered, now.delivered, context):
        yield entry(kind, day, now.estimate_revision, SHOWN if now.shown_by and kind == "actual" else reason)
    if was.estimated != now.estimated and now.delivered is None:
        yield entry("estimated", now.estimated, now.estimate_revision, context.because)


def _happened(was: date | None, now: date | None, context: Context) -> list[tuple[str, date, str]]:
    """What is entered of an actual date: that the one before does not hold, and the new one."""
    entries = [("retracted", was, context.correction or context.because)] if was is not None and was != now else []
    return [*entries, ("actual", now, context.because)] if now is not None and was != now else entries


def _source(context: Context) -> tuple[datetime, str, Source, UUID | None]:
    return context.recorded_at, context.actor, context.source, context.delay_id
