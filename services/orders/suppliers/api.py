"""Suppliers over HTTP."""

from typing import Annotated

from pydantic import Field

from services.orders.fields import Short
from services.orders.suppliers import store
from services.orders.suppliers.domain import NewSupplier
from services.orders.suppliers.store import Supplier
from shared.contracts.text import Both
from shared.messaging.record import append
from shared.problems import Conflict
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call
from shared.web.paging import Page, PageQuery, page
from shared.web.routes import Routes

routes = Routes("suppliers")


class SupplierExists(Conflict):
    slug = "supplier-exists"
    title = Both("A supplier of this code exists", "供应商代码已存在")


class SuppliersQuery(PageQuery):
    q: Annotated[Short | None, Field(description="how the code or the name begins")] = None


@routes.post("/api/orders/suppliers", roles=WRITERS, status=201, problems=(SupplierExists,))
async def create_supplier(call: Call, body: NewSupplier) -> Supplier:
    """Create a supplier. Order lines name it by its code."""
    facts = await store.create_missing(call.tx, [body])
    if not facts:
        raise SupplierExists(Both(f"supplier {body.code} exists", f"供应商 {body.code} 已存在"), field="code")
    await append(call.tx, call.stamp(), facts)
    return Supplier(code=body.code, name=body.name)


@routes.get("/api/orders/suppliers", roles=ANYONE)
async def list_suppliers(call: Call, query: SuppliersQuery) -> Page[Supplier]:
    """List suppliers by code."""
    (behind,) = query.begins_after(str)
    found = await store.list_suppliers(call.tx, behind, query.q, query.limit + 1)
    return page(found, query.limit, lambda one: (one.code,))
