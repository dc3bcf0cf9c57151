"""The order book: orders as people list and read them, within their sight."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import asyncpg
from pydantic import Field

from services.orders.fields import Answer, MilestoneCode, Number, Short, Vessel
from services.orders.planning.words import no_order
from shared.contracts.cancellations import AskedBy
from shared.contracts.confidential import CONFIDENTIAL, ON_PAPERS
from shared.contracts.numbers import Plain
from shared.contracts.orders import OrderLine, PlanNode
from shared.database.pool import Tx
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, page


class OrdersQuery(PageQuery):
    """What orders are listed by; filters add up."""

    status: Literal["open", "completed", "cancelled"] | None = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    owner: Annotated[str | None, Field(max_length=100, description="login of the customer's owner")] = None
    po: Annotated[Short | None, Field(description="how the customer's PO number begins")] = None
    q: Annotated[Short | None, Field(description="how the order number or the customer's PO number begins")] = None
    supplier: Annotated[Number | None, Field(description="supplier code of a line")] = None
    shipment: Number | None = None
    vessel: Annotated[Vessel | None, Field(description="vessel, voyage, booking, container and bl: of one shipment of the order")] = None
    voyage: Short | None = None
    booking: Short | None = None
    container: Number | None = None
    bl: Annotated[Short | None, Field(description="B/L or air waybill number")] = None
    milestone: Annotated[MilestoneCode | None, Field(description="orders that have this milestone still before them")] = None
    late: Annotated[bool | None, Field(description="true: a line is past its promise and not delivered")] = None
    at_risk: Annotated[bool | None, Field(description="true: a line is expected after its promise, or past it")] = None
    delayed: Annotated[bool | None, Field(description="true: a delay is open")] = None
    urgent: Annotated[bool | None, Field(description="true: small orders that must leave at once")] = None
    template: Annotated[Number | None, Field(description="code of the plan template")] = None
    outdated: Annotated[bool | None, Field(description="true: planned with an older revision of its template than the newest")] = None
    promised_from: Annotated[date | None, Field(description="an open line is promised on this day or later")] = None
    promised_to: Annotated[date | None, Field(description="an open line is promised on this day or earlier")] = None


class OrderListed(Answer):
    number: str
    customer: str
    customer_po: str
    owner: str
    status: str
    urgent: bool
    template: str
    template_revision: int
    ordered_on: date | None
    lines: int
    open_lines: int
    at_risk_lines: int
    late_lines: int
    promised: Annotated[date | None, Field(description="earliest promise that is still open")]
    expected: Annotated[date | None, Field(description="when the last open line is expected, no earlier than today")]
    shipments: tuple[str, ...]
    open_delays: int


class LineShown(OrderLine):
    """A line with its promise and what is expected of it now."""

    amount: Annotated[Plain | None, ON_PAPERS, Field(description="line value in the order's currency")] = None
    requested: Annotated[date | None, CONFIDENTIAL] = None
    first_requested: Annotated[
        date | None, CONFIDENTIAL, Field(description="asked for with the order; `requested` is what was asked for last")
    ]
    first_promised: date
    promise_revision: int
    estimated: date
    estimate_revision: int
    at_risk: Annotated[bool, Field(description="expected after its promise, or past it and not delivered")]
    late: Annotated[bool, Field(description="past its promise and not delivered")]
    cancelled: bool
    part_of: Annotated[str | None, Field(description="the line that it was ordered as, where its quantity was split")]


class CancellationShown(Answer):
    """What was cancelled of the order, and why."""

    lines: tuple[str, ...]
    asked_by: Annotated[AskedBy, Field(description="whose wish it was")]
    reason: str
    by: str
    at: datetime


class NodeShown(PlanNode):
    position: int


class OrderShown(Answer):
    """An order with its lines, its plan and what holds it up."""

    number: str
    customer: str
    customer_po: str
    owner: str
    trade_type: str
    incoterm: str | None
    named_place: str | None
    delivery_point: str
    currency: str | None
    ordered_on: date | None
    template: str
    template_revision: int
    urgent: bool
    status: str
    source: str
    entered_by: str
    entered_at: datetime
    version: int
    lines: tuple[LineShown, ...]
    plan: tuple[NodeShown, ...]
    open_delays: Annotated[tuple[str, ...], Field(description="links")]
    cancellations: tuple[CancellationShown, ...]


OPEN_LINE = "l.delivered IS NULL AND l.cancelled IS NULL"
"""Lines `l` that are still to be delivered."""
AT_RISK_LINE = f"{OPEN_LINE} AND l.estimated > l.promised"
"""Those of them that are expected after their promise."""
# None of them is expected before today: past its promise it is at risk though nothing was said of it.
# The page of orders is found first; what is counted of them comes after.
_LIST = f"""
SELECT o.number, k.code AS customer, o.customer_po, k.owner, o.status, o.urgent, o.template, o.template_revision, o.ordered_on,
    l.lines, l.open_lines, l.at_risk_lines, l.late_lines, l.promised, l.expected, l.shipments,
    (SELECT count(*) FROM delay_order t WHERE t.order_id = o.id AND t.open) AS open_delays
FROM (
    SELECT o.id, o.number, o.customer_id, o.customer_po, o.status, o.urgent, o.template, o.template_revision, o.ordered_on
    FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
    WHERE ($1::text[] IS NULL OR k.owner = ANY($1)) AND ($2::text IS NULL OR o.number > $2) AND ($4::text IS NULL OR o.status = $4)
        AND ($5::text IS NULL OR k.code = $5) AND ($6::text IS NULL OR k.owner = $6)
        AND ($7::text IS NULL OR upper(o.customer_po) ^@ upper($7))
        AND ($8::text IS NULL OR upper(o.number) ^@ upper($8) OR upper(o.customer_po) ^@ upper($8))
        AND ($9::text IS NULL OR EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND l.supplier = $9))
        AND ($10::text IS NULL OR EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND l.shipment = $10))
        AND ($11::text IS NULL OR EXISTS (SELECT FROM milestone m WHERE m.order_id = o.id AND m.code = $11 AND NOT m.passed))
        AND ($12::boolean IS NULL
             OR $12 = EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND {OPEN_LINE} AND l.promised < $16::date))
        AND ($13::boolean IS NULL
             OR $13 = EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND {AT_RISK_LINE}))
        AND ($14::boolean IS NULL OR $14 = EXISTS (SELECT FROM delay_order t WHERE t.order_id = o.id AND t.open))
        AND (($15::date IS NULL AND $17::date IS NULL)
             OR EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND {OPEN_LINE}
                        AND ($15::date IS NULL OR l.promised >= $15) AND ($17::date IS NULL OR l.promised <= $17)))
        AND (num_nonnulls($18::text, $19::text, $20::text, $21::text, $22::text) = 0 OR o.id IN (
            SELECT l.order_id FROM order_line l JOIN shipment s ON s.number = l.shipment
            WHERE ($18 IS NULL OR upper(s.vessel) = upper($18)) AND ($19 IS NULL OR upper(s.voyage) = upper($19))
                AND ($20 IS NULL OR upper(s.booking) = upper($20)) AND ($21 IS NULL OR s.containers @> ARRAY[upper($21)])
                AND ($22 IS NULL OR upper(s.transport_document) = upper($22))))
        AND ($23::boolean IS NULL OR o.urgent = $23) AND ($24::text IS NULL OR o.template = $24)
        AND ($25::boolean IS NULL OR $25 = EXISTS (
            SELECT FROM template_revision r WHERE r.code = o.template AND r.revision > o.template_revision))
    ORDER BY o.number LIMIT $3
) o JOIN known_customer k ON k.id = o.customer_id
CROSS JOIN LATERAL (
    SELECT count(*) AS lines, count(*) FILTER (WHERE {OPEN_LINE}) AS open_lines,
        count(*) FILTER (WHERE {AT_RISK_LINE}) AS at_risk_lines,
        count(*) FILTER (WHERE {OPEN_LINE} AND l.promised < $16) AS late_lines,
        min(l.promised) FILTER (WHERE {OPEN_LINE}) AS promised, max(l.estimated) FILTER (WHERE {OPEN_LINE}) AS expected,
        coalesce(array_agg(DISTINCT l.shipment) FILTER (WHERE l.shipment IS NOT NULL), '{{}}') AS shipments
    FROM order_line l WHERE l.order_id = o.id AND l.joined_into IS NULL
) l
ORDER BY o.number
"""
_READ = f"""
SELECT o.number, k.code AS customer, o.customer_po, k.owner, o.trade_type, o.incoterm, o.named_place, o.delivery_point, o.currency,
    o.ordered_on, o.template, o.template_revision, o.urgent, o.status, o.source, o.entered_by, o.entered_at, o.version,
    ARRAY(SELECT ROW(l.line, l.item, l.quantity, l.uom, l.amount, l.supplier, l.supplier_term, l.shipment, coalesce(l.asked, l.requested),
                     l.promised, l.delivered, l.shown_by, l.requested, l.first_promised, l.promise_revision, l.estimated,
                     l.estimate_revision, {AT_RISK_LINE}, {OPEN_LINE} AND l.promised < $3::date, l.cancelled IS NOT NULL, l.part_of)
          FROM order_line l WHERE l.order_id = o.id AND l.joined_into IS NULL ORDER BY length(l.line), l.line) AS lines,
    ARRAY(SELECT ROW(m.shipment, m.code, m.visible, m.department, m.planned, m.estimated, m.actual, m.revision, m.due, m.position)
          FROM milestone m WHERE m.order_id = o.id ORDER BY m.shipment NULLS FIRST, m.position) AS plan,
    ARRAY(SELECT t.delay_id FROM delay_order t WHERE t.order_id = o.id AND t.open ORDER BY t.ordinal) AS open_delays,
    ARRAY(SELECT ROW(c.lines, c.asked_by, c.reason, c.actor, c.recorded_at)
          FROM order_cancellation c WHERE c.order_id = o.id ORDER BY c.recorded_at) AS cancellations
FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
WHERE o.number = $1 AND ($2::text[] IS NULL OR k.owner = ANY($2))
"""


async def list_orders(tx: Tx, query: OrdersQuery, owners: list[str] | None, today: date) -> Page[OrderListed]:
    """Orders in sight by number. What is late or at risk is so as of `today`."""
    (behind,) = query.begins_after(str)
    filters: list[Any] = [query.status, query.customer, query.owner, query.po, query.q, query.supplier, query.shipment, query.milestone]
    filters += [query.late, query.at_risk, query.delayed, query.promised_from, today, query.promised_to]
    filters += [query.vessel, query.voyage, query.booking, query.container, query.bl, query.urgent, query.template, query.outdated]
    rows = await tx.fetch(_LIST, owners, behind, query.limit + 1, *filters)
    return page([OrderListed(**dict(row)) for row in rows], query.limit, lambda one: (one.number,))


async def read_order(tx: Tx, number: str, owners: list[str] | None, today: date) -> OrderShown:
    """As of `today`. NotFound also where the order is not in sight."""
    row = await tx.fetchrow(_READ, number, owners, today)
    if row is None:
        raise NotFound(no_order(number))
    return OrderShown(**{**dict(row), **_parts(row)})


def _parts(row: asyncpg.Record) -> dict[str, Any]:
    return {
        "lines": tuple(LineShown(**dict(zip(LineShown.model_fields, line, strict=True))) for line in row["lines"]),
        "plan": tuple(NodeShown(**dict(zip(NodeShown.model_fields, node, strict=True))) for node in row["plan"]),
        "open_delays": tuple(f"/api/orders/delays/{delay}" for delay in row["open_delays"]),
        "cancellations": tuple(
            CancellationShown(**dict(zip(CancellationShown.model_fields, one, strict=True))) for one in row["cancellations"]
        ),
    }
