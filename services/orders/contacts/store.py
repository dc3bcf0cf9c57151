"""Whose contacts people are, in the database: the ids alone, who they are is kept by customers."""

from collections.abc import Collection, Sequence
from uuid import UUID

from shared.contracts.customers import ContactFacts
from shared.database.pool import Tx

_SAVE = """
INSERT INTO known_contact (id, customer_id) SELECT n.id, n.customer_id FROM unnest($1::uuid[], $2::uuid[]) AS n (id, customer_id)
ON CONFLICT (id) DO NOTHING
"""
_STRANGE = """
SELECT bool_and(CASE WHEN c.id IS NULL THEN k.contacts_known ELSE c.customer_id <> k.id END)
FROM known_customer k LEFT JOIN known_contact c ON c.id = $2 WHERE k.id = ANY($1::uuid[])
"""
_CUSTOMERS = """
SELECT DISTINCT o.customer_id FROM order_line l JOIN customer_order o ON o.id = l.order_id WHERE l.shipment = $1 AND l.cancelled IS NULL
"""


async def save(tx: Tx, contacts: Sequence[ContactFacts]) -> None:
    """Keep whose they are; that never changes."""
    await tx.execute(_SAVE, [one.contact_id for one in contacts], [one.customer_id for one in contacts])


async def strange(tx: Tx, customers: Collection[UUID], contact: UUID) -> bool:
    """Whether it is known that nobody by that id is a contact of one of these customers."""
    return bool(await tx.fetchval(_STRANGE, list(customers), contact))


async def strange_to(tx: Tx, shipment: str, contact: UUID) -> bool:
    """The same of those whose goods travel in a shipment; of one without goods nothing is known."""
    return await strange(tx, [row["customer_id"] for row in await tx.fetch(_CUSTOMERS, shipment)], contact)
