"""The promise ledger: every date that was ever asked, promised, planned, expected or reached. Append-only; and promises that wait."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.orders.approvals.domain import told
from services.orders.cancelling.model import Gone
from services.orders.fields import Answer, MilestoneCode, Number
from services.orders.planning import inserts as planned
from services.orders.planning.inserts import Context
from services.orders.planning.model import Plan, Settled
from services.orders.promises.domain import AskedPromise, Policy, Promise, WaitingPromise, promised, version_of
from services.orders.promises.words import OVER
from services.orders.requests import store as requests
from shared.approvals import desk
from shared.approvals import store as approvals
from shared.approvals.domain import Request, Subject
from shared.database.pool import Tx
from shared.messaging.record import Stamp, append
from shared.web.paging import Page, PageQuery, page

Kind = Literal["requested", "promised", "kept", "planned", "estimated", "actual", "retracted"]


class LedgerQuery(PageQuery):
    line: Number | None = None
    milestone: MilestoneCode | None = None
    kind: Kind | None = None


class Entry(Answer):
    """One date of a line, or of a milestone of a leg; `revision` 0 is the first. `kept`: the promise stands, against what was asked for.
    `retracted`: the actual date entered before it does not hold, for the `reason` given.
    """

    id: Annotated[int, Field(description="of this entry, for ever; later entries have higher ones")]
    kind: str
    line: str | None
    shipment: str | None
    milestone: str | None
    day: date
    revision: int
    recorded_at: datetime
    actor: str
    source: str
    delay: Annotated[UUID | None, Field(description="the delay it was written for")]
    reason: str | None
    note: Annotated[str | None, Field(description="why, in free words; of a request in the customer's")]
    replies_to: Annotated[int | None, Field(description="the earlier entry of the line that it answers")]
    request: Annotated[UUID | None, Field(description="the customer's request that it is of")]
    contact: Annotated[UUID | None, Field(description="who asked for the day, where it is known")]
    asked_on: Annotated[date | None, Field(description="when he did")]
    asked_by: Annotated[str | None, Field(description="who asked for a promise that needed approval; `actor` approved it")]
    approval: Annotated[UUID | None, Field(description="the request that it answers")]
    came_of: Annotated[int | None, Field(description="the entry that it repeats, of the line that this one was split from")]


LATER = "promise-later"
"""The kind of request that a promise waits for that moves later."""

_LEDGER = """
SELECT e.id, e.kind, e.line, e.shipment, e.milestone, e.day, e.revision, e.recorded_at, e.actor, e.source, e.delay_id AS delay, e.reason,
    y.note, y.replies_to, q.id AS request, q.contact, q.asked_on, r.requester AS asked_by, r.id AS approval, e.came_of
FROM promise_entry e
LEFT JOIN promise_reply y ON y.entry = e.id
LEFT JOIN promise_request_line l ON l.entry = e.id
LEFT JOIN promise_request q ON q.id = l.request
LEFT JOIN promise_approval p ON e.kind = 'promised' AND p.order_id = e.order_id AND p.line = e.line AND p.revision = e.revision
LEFT JOIN approval_request r ON r.id = p.approval
WHERE e.order_id = $1 AND ($2::bigint IS NULL OR e.id > $2) AND ($3::text IS NULL OR e.line = $3) AND ($4::text IS NULL OR e.milestone = $4)
    AND ($5::text IS NULL OR e.kind = $5)
ORDER BY e.id LIMIT $6
"""


async def ledger(tx: Tx, order_id: UUID, query: LedgerQuery) -> Page[Entry]:
    """An order's entries, the oldest first."""
    (behind,) = query.begins_after(int)
    rows = await tx.fetch(_LEDGER, order_id, behind, query.line, query.milestone, query.kind, query.limit + 1)
    return page(rows, query.limit, lambda row: (row["id"],)).each(lambda row: Entry(**{name: row[name] for name in Entry.model_fields}))


_GRADES = "SELECT id, grade FROM known_customer WHERE id = ANY($1::uuid[])"
_APPROVED = """
INSERT INTO promise_approval (order_id, line, revision, approval)
SELECT $1, n.line, n.revision, $2 FROM unnest($3::text[], $4::integer[]) AS n (line, revision)
"""


async def policy(tx: Tx, customers: Iterable[UUID], promises: Iterable[Promise]) -> Policy:
    """What these new promises to these customers heed, for callers whose roles are yet to be named."""
    rule = await approvals.rule(tx, LATER)
    answered = [promise.replies_to for promise in promises if promise.replies_to is not None]
    asked = await requests.read(tx, answered) if answered else {}
    if rule is None or not rule.rule.active:
        return Policy(requests=asked)
    grades = {row["id"]: row["grade"] for row in await tx.fetch(_GRADES, list(set(customers)))}
    return Policy(rule.rule, rule.version, grades, requests=asked)


async def ask(tx: Tx, stamp: Stamp, plan: Plan, asked: AskedPromise, promise: Promise, delay_id: UUID | None = None) -> Request:
    """Ask whether the promise of a locked order may move so."""
    lines = tuple(line.line for line in asked.lines)
    given = {name: getattr(promise, name) for name in Promise.model_fields}
    waiting = WaitingPromise(**given, lines=lines, delay=delay_id)
    return await desk.hand_in(
        tx,
        stamp,
        told,
        kind=LATER,
        rule_revision=asked.rule_revision,
        levels=asked.levels,
        subject=Subject(plan.order_id, plan.number, version_of(plan, lines), plan.customer_id),
        wanted=asked.wanted,
        command=waiting.model_dump(mode="json", exclude_none=True),
    )


async def take_back(
    tx: Tx, stamp: Stamp, orders: Collection[UUID], reason: str | None, delay_id: UUID, kept: Collection[UUID] = ()
) -> list[Request]:
    """Withdraw the new promises of locked orders that were given with that delay and wait for approval, but for those kept."""
    pending = await approvals.lock_pending(tx, LATER, orders, {"delay": str(delay_id)})
    return await _withdraw(tx, stamp, [request for request in pending if request.id not in kept], reason)


async def end_with_delays(tx: Tx, stamp: Stamp, over: Sequence[tuple[UUID, Plan]]) -> None:
    """Withdraw the new promises that were given with delays which are over, and wait for approval, where none of their lines is expected
    after its promise any more. Each delay comes with an order, which is locked, as it is now.
    """
    late = {(str(delay), plan.order_id): {line.line for line in plan.lines if line.at_risk} for delay, plan in over}
    pending = await approvals.lock_pending(tx, LATER, {plan.order_id for _, plan in over}, {})
    of_them = ((one, late.get((one.command.get("delay", ""), one.subject.id))) for one in pending)
    await _withdraw(tx, stamp, [one for one, still in of_them if still is not None and still.isdisjoint(_lines(one))], OVER)


async def replace(tx: Tx, stamp: Stamp, order_id: UUID, lines: set[str], reason: str | None, by: Request | None) -> list[Request]:
    """Withdraw what waits of a locked order where a newer promise is of all of its lines; `by` is the request for that, if it waits."""
    pending = await approvals.lock_pending(tx, LATER, [order_id], {})
    over = [one for one in pending if lines.issuperset(_lines(one)) and (by is None or one.id != by.id)]
    return await _withdraw(tx, stamp, over, reason)


async def end_with(tx: Tx, stamp: Stamp, gone: Gone) -> list[Request]:
    """Withdraw the new promises that wait for something that is cancelled; of what is left of them it has to be asked anew."""
    pending = await approvals.lock_pending(tx, LATER, [gone.plan.order_id], {})
    return await _withdraw(tx, stamp, [one for one in pending if gone.whole or not gone.lines.isdisjoint(_lines(one))], gone.reason)


async def _withdraw(tx: Tx, stamp: Stamp, pending: list[Request], reason: str | None) -> list[Request]:
    await desk.take_back(tx, stamp, told, pending, reason)
    return pending


async def waiting(tx: Tx, order_id: UUID) -> set[str]:
    """The lines of a locked order of which a new promise waits for approval."""
    pending = await approvals.lock_pending(tx, LATER, [order_id], {})
    return {line for request in pending for line in _lines(request)}


async def answering(tx: Tx, order_id: UUID, request: UUID) -> list[UUID]:
    """The approvals that new promises of a locked order wait for which answer a request of its customer."""
    return [pending.id for pending in await approvals.lock_pending(tx, LATER, [order_id], {"replies_to": str(request)})]


def _lines(request: Request) -> tuple[str, ...]:
    return WaitingPromise.model_validate(request.command).lines


async def save(
    tx: Tx, stamp: Stamp, settled: Settled, promise: Promise, *, delay_id: UUID | None = None, approval_id: UUID | None = None
) -> None:
    """Write the promises that moved, with the request that allowed them, and tell them."""
    context = Context(stamp.time, stamp.actor, "api", "promise_changed", delay_id, promise_reason=promise.reason)
    await planned.save(tx, [settled], context)
    moved = promised(settled)
    await requests.reply(tx, settled.after.order_id, moved, promise.replies_to, promise.note)
    if approval_id is not None:
        await tx.execute(_APPROVED, settled.after.order_id, approval_id, [line.line for line in moved], [line.revision for line in moved])
    await append(tx, stamp, planned.facts([settled]))
