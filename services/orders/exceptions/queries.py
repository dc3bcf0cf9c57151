"""The register of exceptions: lists and single ones as people read them, with the orders in their sight."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import Field

from services.orders.delays.model import causes_read, unknown
from services.orders.exceptions.model import ExceptionStatus
from services.orders.exceptions.store import OVER, money
from services.orders.exceptions.words import NO_EXCEPTION
from services.orders.fields import ABSENT, Answer, Number, ShownMoney
from shared.contracts.codes import CauseCode, Party
from shared.contracts.confidential import CONFIDENTIAL
from shared.contracts.exceptions import ActionFacts, ActionStatus, AffectedLine, ExceptionKind, Severity
from shared.contracts.orders import Cause
from shared.database.pool import Tx
from shared.directory.domain import Named
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, page


class ExceptionsQuery(PageQuery):
    """What exceptions are listed by."""

    status: ExceptionStatus | None = None
    kind: ExceptionKind | None = None
    severity: Severity | None = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    order: Annotated[Number | None, Field(description="order number")] = None
    shipment: Number | None = None
    cause: CauseCode | None = None
    party: Party | None = None
    attributed: Annotated[bool | None, Field(description="false: those still under investigation")] = None
    action_owner: Annotated[str | None, Field(max_length=100, description="an action of his is open")] = None
    overdue: Annotated[bool | None, Field(description="true: an action is overdue")] = None


class ConcernedShown(Answer):
    number: str
    customer: str


class ExceptionShown(Answer):
    """An exception as it stands; `orders` are those in the caller's sight, `others` counts the rest."""

    exception: UUID
    kind: ExceptionKind
    severity: Severity
    status: ExceptionStatus
    shipment: str | None
    description: str
    detected_on: date
    causes: tuple[Cause, ...]
    under_investigation: bool
    affected: Annotated[tuple[AffectedLine, ...], Field(description="lines of the orders in sight")]
    amount: Annotated[ShownMoney | None, CONFIDENTIAL]
    delay: UUID | None
    actions: tuple[ActionFacts, ...]
    opened_by: str
    opened_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    resolution: str | None
    over: Annotated[bool, Field(description="a shortage that is open and of which nothing is short any more")]
    orders: tuple[ConcernedShown, ...]
    others: int
    version: int


class ActionWork(Answer):
    """An action on an exception."""

    exception: UUID
    action: UUID
    text: str
    owner: Annotated[str, Field(description="login of who is to do it, or was")]
    due_on: date
    status: ActionStatus
    link: str


class OwnActionWork(ActionWork):
    """An action that the caller has to do, or somebody he stands in for."""

    absent: Annotated[str | None, ABSENT]


class VerificationWork(ActionWork):
    """An action that is done, with what came of it."""

    done_by: str
    result: str


class ExceptionWork(Answer):
    """An exception about which nobody has anything to do or to verify."""

    exception: UUID
    kind: ExceptionKind
    severity: Severity
    shipment: str | None
    orders: tuple[str, ...]
    detected_on: date
    actions: Annotated[int, Field(description="verified or waived; with none, nobody has said yet what is to be done")]
    link: str


_TOUCHED = "FROM exception_order t JOIN customer_order o ON o.id = t.order_id JOIN known_customer k ON k.id = o.customer_id"
# $1 the owners whose customers he sees (null: all), $2 he and those he stands in for: an action of theirs shows him its exception, but no
# order of it.
_IN_SIGHT = f"""
    {_TOUCHED}
    WHERE t.exception_id = e.id AND ($1::text[] IS NULL OR k.owner = ANY($1))
"""
_SHOWN = f"""
SELECT e.id, e.kind, e.severity, e.status, e.shipment, e.description, e.detected_on, e.amount, e.currency, e.delay_id AS delay,
    e.opened_by, e.opened_at, e.closed_by, e.closed_at, e.resolution, e.version,
    {OVER} AS over,
    ARRAY(SELECT ROW(c.code, c.party, c.days, c.evidence) FROM exception_cause c WHERE c.exception_id = e.id ORDER BY c.position) AS causes,
    ARRAY(SELECT ROW(l.order_number, l.line, l.quantity) FROM exception_line l
          WHERE l.exception_id = e.id AND EXISTS (SELECT {_IN_SIGHT} AND o.number = l.order_number) ORDER BY l.position) AS affected,
    ARRAY(SELECT ROW(a.id, a.kind, a.text, a.owner, a.due_on, a.status, a.overdue, a.done_by, a.result, a.judged_by, a.judgement,
            a.on_behalf_of)
          FROM exception_action a WHERE a.exception_id = e.id ORDER BY a.position) AS actions,
    ARRAY(SELECT ROW(o.number, k.code) {_IN_SIGHT} ORDER BY o.number) AS orders,
    (SELECT count(*) FROM exception_order t WHERE t.exception_id = e.id) AS concerned
FROM order_exception e
WHERE (EXISTS (SELECT {_IN_SIGHT}) OR EXISTS (SELECT FROM exception_action a WHERE a.exception_id = e.id AND a.owner = ANY($2::text[])))
"""
_READ = f"{_SHOWN} AND e.id = $3"
_LIST = f"""{_SHOWN}
    AND ($3::uuid IS NULL OR e.id < $3) AND ($4::text IS NULL OR e.status = $4) AND ($5::text IS NULL OR e.kind = $5)
    AND ($6::text IS NULL OR e.severity = $6) AND ($7::text IS NULL OR EXISTS (SELECT {_IN_SIGHT} AND k.code = $7))
    AND ($8::text IS NULL OR EXISTS (SELECT {_IN_SIGHT} AND o.number = $8)) AND ($9::text IS NULL OR e.shipment = $9)
    AND ($10::text IS NULL OR EXISTS (SELECT FROM exception_cause c WHERE c.exception_id = e.id AND c.code = $10))
    AND ($11::text IS NULL OR EXISTS (SELECT FROM exception_cause c WHERE c.exception_id = e.id AND c.party = $11))
    AND ($12::boolean IS NULL OR $12 <> EXISTS (SELECT FROM exception_cause c WHERE c.exception_id = e.id AND c.code = 'UNKNOWN'))
    AND ($13::text IS NULL OR EXISTS (
        SELECT FROM exception_action a WHERE a.exception_id = e.id AND a.owner = $13 AND a.status = 'open'))
    AND ($14::boolean IS NULL OR $14 = EXISTS (
        SELECT FROM exception_action a WHERE a.exception_id = e.id AND a.overdue AND a.status = 'open'))
ORDER BY e.id DESC LIMIT $15
"""

OPEN_ACTION = "a.status = 'open' AND e.status = 'open'"
DONE_ACTION = "a.status = 'done' AND e.status = 'open'"
# Nobody is to do or to verify anything about it: whoever follows the order says what comes next.
RESTING = """
e.status = 'open' AND NOT EXISTS (SELECT FROM exception_action a WHERE a.exception_id = e.id AND a.status IN ('open', 'done'))
"""
# What concerns orders of others, too, a manager settles.
SEVERAL_OWNERS = "count(DISTINCT k.owner) > 1"
OF_SEVERAL_OWNERS = f"(SELECT {SEVERAL_OWNERS} {_TOUCHED} WHERE t.exception_id = e.id)"
_ACTIONS = f"""
SELECT a.exception_id AS exception, a.id AS action, a.text, a.due_on, a.status, a.owner
FROM exception_action a JOIN order_exception e ON e.id = a.exception_id
WHERE a.owner = ANY($1::text[]) AND {OPEN_ACTION} AND ($2::date IS NULL OR (a.due_on, a.id) > ($2, $3::uuid))
ORDER BY a.due_on, a.id LIMIT $4
"""
# Whoever follows an order verifies what was done about it, and a manager where it is the follower's own work; but neither who owns the
# action nor who did it.
_VERIFICATIONS = f"""
SELECT a.exception_id AS exception, a.id AS action, a.text, a.due_on, a.status, a.owner, a.done_by, a.result
FROM exception_action a JOIN order_exception e ON e.id = a.exception_id
WHERE {DONE_ACTION} AND $1 NOT IN (a.owner, a.done_by) AND EXISTS (
        SELECT {_TOUCHED}
        WHERE t.exception_id = e.id AND (k.owner = ANY($2::text[]) OR ($3 AND k.owner IN (a.owner, a.done_by))))
    AND ($4::date IS NULL OR (a.due_on, a.id) > ($4, $5::uuid))
ORDER BY a.due_on, a.id LIMIT $6
"""
_EXCEPTIONS = f"""
SELECT e.id AS exception, e.kind, e.severity, e.shipment, touched.orders, e.detected_on,
    (SELECT count(*) FROM exception_action a WHERE a.exception_id = e.id) AS actions
FROM order_exception e CROSS JOIN LATERAL (
    SELECT array_agg(o.number ORDER BY o.number) AS orders, bool_and(k.owner = ANY($1::text[])) AS mine, {SEVERAL_OWNERS} AS shared
    {_TOUCHED} WHERE t.exception_id = e.id
) touched
WHERE {RESTING} AND (touched.mine OR ($2 AND touched.shared)) AND ($3::date IS NULL OR (e.detected_on, e.id) > ($3, $4::uuid))
ORDER BY e.detected_on, e.id LIMIT $5
"""


async def list_exceptions(tx: Tx, query: ExceptionsQuery, logins: Sequence[str], owners: list[str] | None) -> Page[ExceptionShown]:
    """Exceptions that concern an order in sight or have an action of one of `logins`, the newest first."""
    (behind,) = query.begins_after(UUID)
    filters: list[Any] = [query.status, query.kind, query.severity, query.customer, query.order, query.shipment, query.cause, query.party]
    filters += [query.attributed, query.action_owner, query.overdue]
    rows = await tx.fetch(_LIST, owners, logins, behind, *filters, query.limit + 1)
    return page([_shown(row) for row in rows], query.limit, lambda one: (one.exception,))


async def read_exception(tx: Tx, exception_id: UUID, logins: Sequence[str], owners: list[str] | None) -> ExceptionShown:
    """NotFound also where it is not in sight."""
    row = await tx.fetchrow(_READ, owners, logins, exception_id)
    if row is None:
        raise NotFound(NO_EXCEPTION)
    return _shown(row)


async def actions(tx: Tx, who: Named, query: PageQuery) -> Page[OwnActionWork]:
    """Actions on exceptions that he has to do, or those he stands in for."""
    rows = await tx.fetch(_ACTIONS, who.mine, *query.begins_after(date, UUID), query.limit + 1)
    found = [OwnActionWork(**row, absent=who.absent(row["owner"]), link=_exception(row["exception"])) for row in rows]
    return page(found, query.limit, lambda one: (one.due_on, one.action))


async def verifications(tx: Tx, mine: Sequence[str], login: str, manages: bool, query: PageQuery) -> Page[VerificationWork]:
    """Actions on exceptions that are done, and that he may verify."""
    rows = await tx.fetch(_VERIFICATIONS, login, mine, manages, *query.begins_after(date, UUID), query.limit + 1)
    found = [VerificationWork(**row, link=_exception(row["exception"])) for row in rows]
    return page(found, query.limit, lambda one: (one.due_on, one.action))


async def resting(tx: Tx, mine: Sequence[str], manages: bool, query: PageQuery) -> Page[ExceptionWork]:
    """Exceptions about which nobody has anything to do or to verify, and that he may settle: of his customers' orders alone, or, as a
    manager, of orders of several owners.
    """
    rows = await tx.fetch(_EXCEPTIONS, mine, manages, *query.begins_after(date, UUID), query.limit + 1)
    found = [ExceptionWork(**row, link=_exception(row["exception"])) for row in rows]
    return page(found, query.limit, lambda one: (one.detected_on, one.exception))


def _exception(exception: UUID) -> str:
    return f"/api/orders/exceptions/{exception}"


def _shown(row: asyncpg.Record) -> ExceptionShown:
    same = ("kind", "severity", "status", "shipment", "description", "detected_on", "delay", "opened_by", "opened_at", "closed_by")
    causes = causes_read(row["causes"])
    return ExceptionShown(
        exception=row["id"],
        **{name: row[name] for name in (*same, "closed_at", "resolution", "over", "version")},
        causes=causes,
        under_investigation=unknown(causes),
        affected=tuple(AffectedLine(order=order, line=line, quantity=quantity) for order, line, quantity in row["affected"]),
        amount=money(row["amount"], row["currency"]),
        actions=tuple(ActionFacts(**dict(zip(ActionFacts.model_fields, action, strict=True))) for action in row["actions"]),
        orders=tuple(ConcernedShown(number=number, customer=customer) for number, customer in row["orders"]),
        others=row["concerned"] - len(row["orders"]),
    )
