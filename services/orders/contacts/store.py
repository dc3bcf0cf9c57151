"""Whose contacts people are, in the database: the ids alone, who they are is kept by customers."""

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.customers import ContactFacts
from shared.database.pool import Tx

_SAVE = """
INSERT INTO known_contact (id, customer_id) SELECT n.id, n.customer_id FROM unnest($1::uuid[], $2::uuid[]) AS n (id, customer_id)
ON CONFLICT (id) DO NOTHING
"""
_STRANGE = """
SELECT CASE WHEN c.id IS NULL THEN k.contacts_known ELSE c.customer_id <> k.id END
FROM known_customer k LEFT JOIN known_contact c ON c.id = $2 WHERE k.id = $1
"""


async def save(tx: Tx, contacts: Sequence[ContactFacts]) -> None:
    """Keep whose they are; that never changes."""
    await tx.execute(_SAVE, [one.contact_id for one in contacts], [one.customer_id for one in contacts])


async def strange(tx: Tx, customer_id: UUID, contact: UUID) -> bool:
    """Whether it is known that nobody by that id is a contact of the customer."""
    return bool(await tx.fetchval(_STRANGE, customer_id, contact))
