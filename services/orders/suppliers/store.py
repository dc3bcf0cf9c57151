"""Suppliers in the database."""

from collections.abc import Collection, Sequence

from pydantic import BaseModel

from services.orders.suppliers.domain import NewSupplier
from shared.contracts.orders import SupplierCreated
from shared.database.pool import Tx
from shared.ids import new_id
from shared.messaging.record import Facts

_CREATE = """
INSERT INTO supplier (id, code, name, version)
SELECT n.id, n.code, n.name, 1 FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, code, name)
ON CONFLICT (code) DO NOTHING RETURNING id, code, name
"""
_LIST = """
SELECT code, name FROM supplier
WHERE ($1::text IS NULL OR code > $1) AND ($2::text IS NULL OR upper(code) ^@ upper($2) OR upper(name) ^@ upper($2))
ORDER BY code LIMIT $3
"""


_KNOWN = "SELECT code FROM supplier WHERE code = ANY($1::text[])"


class Supplier(BaseModel):
    code: str
    name: str


async def create_missing(tx: Tx, suppliers: Sequence[NewSupplier]) -> list[Facts]:
    """Create those whose code is new; the facts are the caller's to append."""
    if not suppliers:
        return []
    # In the order of the codes: two batches at once do not wait for each other in a circle.
    by_code = {supplier.code: supplier for supplier in sorted(suppliers, key=lambda supplier: supplier.code)}
    names = [supplier.name for supplier in by_code.values()]
    rows = await tx.fetch(_CREATE, [new_id() for _ in by_code], list(by_code), names)
    return [Facts(row["id"], 0, [SupplierCreated(supplier_id=row["id"], code=row["code"], name=row["name"])]) for row in rows]


async def known(tx: Tx, codes: Collection[str]) -> set[str]:
    """Those of the codes that are suppliers'."""
    return {row["code"] for row in await tx.fetch(_KNOWN, list(codes))}


async def list_suppliers(tx: Tx, after: str | None, starts: str | None, limit: int) -> list[Supplier]:
    """Suppliers behind the code `after`, whose code or name starts with `starts`."""
    return [Supplier(code=row["code"], name=row["name"]) for row in await tx.fetch(_LIST, after, starts, limit)]
