"""Shipments as they are read: found by the names people use, with their dates and the orders in them."""

from datetime import date
from typing import Annotated

import asyncpg
from pydantic import Field

from services.orders.codes.ports import unlisted
from services.orders.estimates.domain import HeldBy
from services.orders.fields import Answer, Number, Short, Vessel
from services.orders.planning.store import TRANSPORT
from services.orders.planning.words import no_shipment
from services.orders.shipments.model import DeliveryInstructions
from services.orders.shipments.store import STANDS
from shared.contracts.codes import Mode
from shared.contracts.shipments import Transport
from shared.database.pool import Tx
from shared.problems import NotFound
from shared.web.paging import Page, PageQuery, page


class ShipmentsQuery(PageQuery):
    """What shipments are found by, in upper or lower case; names add up."""

    vessel: Vessel | None = None
    voyage: Short | None = None
    booking: Short | None = None
    container: Number | None = None
    bl: Annotated[Short | None, Field(description="B/L or air waybill number")] = None
    po: Annotated[Short | None, Field(description="PO number of a customer with an order in it")] = None
    order: Number | None = None
    customer: Annotated[Number | None, Field(description="customer code")] = None
    mode: Mode | None = None


class OrderInShipment(Answer):
    number: str
    customer: str
    customer_po: str
    status: str


class ShipmentShown(Transport):
    """A shipment; `orders` are those in the caller's sight, `others` counts the rest."""

    number: str
    version: int
    etd: Annotated[date | None, Field(description="when the last of its orders is expected to depart; without any, what the carrier said")]
    eta: Annotated[date | None, Field(description="the same of their arrival")]
    atd: Annotated[date | None, Field(description="when the last of its orders departed, once all have")]
    ata: date | None
    delivery: Annotated[DeliveryInstructions | None, Field(description="null where it carries orders that are not in sight, too")]
    orders: tuple[OrderInShipment, ...]
    others: int
    open_delays: Annotated[tuple[str, ...], Field(description="links: of it, and of the departure or arrival of orders in it")]
    held: Annotated[tuple[HeldBy, ...], Field(description="of departure and arrival, where an open delay keeps them from the day said")]
    unlisted_ports: Annotated[tuple[str, ...], Field(description="by sea: not on the list of ports, so see that they are not mistyped")]


# The open delays of the departure and arrival of orders in sight, their own or a disruption's.
_HOLDING = """
    (SELECT t.delay_id, t.milestone, coalesce(t.new_date, d.new_date) AS until, m.stated
     FROM milestone m JOIN delay_order t ON (t.order_id, t.shipment, t.milestone) = (m.order_id, m.shipment, m.code) AND t.open
     JOIN delay d ON d.id = t.delay_id JOIN customer_order o ON o.id = m.order_id JOIN known_customer k ON k.id = o.customer_id
     WHERE m.shipment = s.number AND m.code IN ('DEPART', 'ARRIVE') AND m.actual IS NULL
         AND ($1::text[] IS NULL OR k.owner = ANY($1))) AS h
"""
# The last day of a milestone: as it is expected, and as it happened once it has to all.
_LAST = "max(m.estimated) AS expected, CASE WHEN bool_and(m.actual IS NOT NULL) THEN max(m.actual) END AS happened"
# What nobody's orders travel in yet is everybody's; else one of the orders must be in sight.
_SHOWN = f"""
SELECT s.number, s.version, {TRANSPORT}, coalesce(s.delivery, '{{}}'::jsonb) AS delivery,
    coalesce(depart.expected, s.etd) AS etd, coalesce(arrive.expected, s.eta) AS eta, depart.happened AS atd, arrive.happened AS ata,
    ARRAY(SELECT ROW(o.number, k.code, o.customer_po, o.status)
          FROM customer_order o JOIN known_customer k ON k.id = o.customer_id
          WHERE o.id IN (SELECT l.order_id FROM order_line l WHERE l.shipment = s.number AND l.cancelled IS NULL)
              AND ($1::text[] IS NULL OR k.owner = ANY($1))
          ORDER BY o.number LIMIT 200) AS orders,
    (SELECT count(DISTINCT l.order_id)
     FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
     WHERE l.shipment = s.number AND l.cancelled IS NULL AND NOT ($1::text[] IS NULL OR k.owner = ANY($1))) AS others,
    ARRAY(SELECT d.id FROM delay d WHERE d.shipment_id = s.id AND d.status = 'open' UNION SELECT h.delay_id FROM {_HOLDING}
          ORDER BY 1 LIMIT 200) AS open_delays,
    ARRAY(SELECT DISTINCT ON (h.milestone) ROW(h.milestone, h.until, h.delay_id) FROM {_HOLDING} WHERE h.stated < h.until
          ORDER BY h.milestone, h.until DESC, h.delay_id) AS held
FROM shipment s
CROSS JOIN LATERAL (SELECT {_LAST} FROM milestone m WHERE m.shipment = s.number AND m.code = 'DEPART' AND {STANDS}) depart
CROSS JOIN LATERAL (SELECT {_LAST} FROM milestone m WHERE m.shipment = s.number AND m.code = 'ARRIVE' AND {STANDS}) arrive
WHERE ($1::text[] IS NULL OR NOT EXISTS (SELECT FROM order_line l WHERE l.shipment = s.number)
       OR EXISTS (SELECT FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
                  WHERE l.shipment = s.number AND k.owner = ANY($1)))
"""
_READ_SHOWN = f"{_SHOWN} AND s.number = $2"
_FIND = f"""{_SHOWN}
    AND ($2::text IS NULL OR s.number > $2) AND ($4::text IS NULL OR upper(s.vessel) = upper($4))
    AND ($5::text IS NULL OR upper(s.voyage) = upper($5)) AND ($6::text IS NULL OR upper(s.booking) = upper($6))
    AND ($7::text IS NULL OR s.containers @> ARRAY[upper($7)]) AND ($8::text IS NULL OR upper(s.transport_document) = upper($8))
    AND ($9::text IS NULL OR s.mode = $9)
    AND (num_nonnulls($10::text, $11::text, $12::text) = 0 OR EXISTS (
        SELECT FROM order_line l JOIN customer_order o ON o.id = l.order_id JOIN known_customer k ON k.id = o.customer_id
        WHERE l.shipment = s.number AND ($1::text[] IS NULL OR k.owner = ANY($1))
            AND ($10::text IS NULL OR upper(o.customer_po) = upper($10)) AND ($11::text IS NULL OR o.number = $11)
            AND ($12::text IS NULL OR k.code = $12)))
ORDER BY s.number LIMIT $3
"""


async def find(tx: Tx, query: ShipmentsQuery, owners: list[str] | None) -> Page[ShipmentShown]:
    """Shipments in sight by number."""
    (behind,) = query.begins_after(str)
    names = (query.vessel, query.voyage, query.booking, query.container, query.bl, query.mode, query.po, query.order, query.customer)
    rows = await tx.fetch(_FIND, owners, behind, query.limit + 1, *names)
    return page([_shown(row) for row in rows], query.limit, lambda one: (one.number,))


async def show(tx: Tx, number: str, owners: list[str] | None) -> ShipmentShown:
    """NotFound also where nothing in the shipment is in sight."""
    row = await tx.fetchrow(_READ_SHOWN, owners, number)
    if row is None:
        raise NotFound(no_shipment(number))
    return _shown(row)


def _shown(row: asyncpg.Record) -> ShipmentShown:
    orders = tuple(OrderInShipment(**dict(zip(OrderInShipment.model_fields, order, strict=True))) for order in row["orders"])
    links = tuple(f"/api/orders/delays/{delay}" for delay in row["open_delays"])
    held = tuple(HeldBy(milestone=milestone, until=until, delay=f"/api/orders/delays/{delay}") for milestone, until, delay in row["held"])
    odd = unlisted(row["mode"], (row["port_of_loading"], *row["transhipment_ports"], row["port_of_discharge"]))
    delivery = None if row["others"] else row["delivery"]
    shown = {"delivery": delivery, "orders": orders, "open_delays": links, "held": held, "unlisted_ports": odd}
    return ShipmentShown(**{**dict(row), **shown})
