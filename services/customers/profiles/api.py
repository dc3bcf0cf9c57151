"""Customers and their owners over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.customers.profiles import store
from services.customers.profiles.domain import (
    Code,
    CodeTaken,
    Customer,
    Profile,
    SameOwner,
    changed,
    check_owner,
    facts,
    first_owner,
    handover,
    transferred,
)
from services.customers.profiles.examples import PROFILE
from services.customers.search import like
from services.customers.sight import owners_seen
from services.customers.staff import store as staff
from services.customers.staff.domain import Login
from shared.contracts.customers import CustomerChanged, CustomerCreated, Grade, ProspectClass, Stage
from shared.contracts.places import Country
from shared.contracts.text import Both, Line
from shared.ids import new_id
from shared.messaging.keys import make_key
from shared.messaging.record import Facts, append
from shared.web.auth import MANAGERS, WRITERS
from shared.web.call import Call, Reply, address
from shared.web.paging import MAX_LIMIT, Page, PageQuery, page
from shared.web.routes import Routes

routes = Routes("customers")


class NewCustomer(Profile):
    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "NORDWIND", **PROFILE, "owner": "mei.lin"}]})

    code: Code
    owner: Login | None = Field(default=None, description="the caller, if left out; others are for managers to name")


class CustomersQuery(PageQuery):
    q: Annotated[Line | None, Field(description="words in the code, the name or a contact's name")] = None
    owner: Login | None = None
    grade: Grade | None = None
    stage: Stage | None = None
    prospect_class: ProspectClass | None = None
    country: Country | None = None


class Transfer(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"owner": "chen.jie"}]})

    owner: Login


class Ownership(BaseModel):
    """One owner's time with the customer; `until` is absent for the present owner."""

    owner: str
    since: AwareDatetime
    until: AwareDatetime | None
    assigned_by: str


@routes.post("/api/customers", roles=WRITERS, status=201, problems=(CodeTaken,))
async def create_customer(call: Call, body: NewCustomer) -> Reply[Customer]:
    """Create a customer. He belongs to the caller, unless a manager names another owner."""
    owner = first_owner(body.owner, call.principal.login, await owners_seen(call))
    check_owner(owner, await staff.hold_active(call.tx, owner))
    customer = Customer(id=new_id(), code=body.code, owner=owner, version=1, **body.model_dump(include=set(Profile.model_fields)))
    if not await store.insert(call.tx, customer):
        taken = await store.holder(call.tx, body.code)
        raise CodeTaken(Both(f"customer {taken.code} exists already", f"客户 {taken.code} 已存在"), field="code", **asdict(taken))
    await store.begin_ownership(call.tx, customer.id, owner, call.now, call.principal.login)
    await make_key(call.tx, customer.id)
    await append(call.tx, call.stamp(), [Facts(customer.id, 0, [CustomerCreated(customer=facts(customer))])])
    return Reply(customer, headers={"Location": address("/api/customers/{customer}", customer=customer.code)})


@routes.get("/api/customers", roles=WRITERS)
async def list_customers(call: Call, query: CustomersQuery) -> Page[Customer]:
    """List or search customers: the caller's and those of colleagues he stands in for, by code. A manager sees all."""
    (after,) = query.begins_after(str)
    customers = await store.page(
        call.tx,
        sight=await owners_seen(call),
        owner=query.owner,
        grade=query.grade,
        stage=query.stage,
        prospect_class=query.prospect_class,
        country=query.country,
        like=like(query.q),
        after=after,
        limit=query.limit + 1,
    )
    return page(customers, query.limit, lambda one: (one.code,))


@routes.get("/api/customers/{customer}", roles=WRITERS)
async def read_customer(call: Call, customer: str) -> Customer:
    """Read a customer by his code."""
    return await store.find(call.tx, customer, await owners_seen(call))


@routes.put("/api/customers/{customer}", roles=WRITERS, if_match=True)
async def change_customer(call: Call, customer: str, body: Profile) -> Customer:
    """Change the customer's file. Code and owner are not part of it."""
    locked = await store.lock(call.tx, customer, await owners_seen(call))
    call.require_version(locked.customer.version)
    now = changed(locked.customer, body, locked.told + 1)
    if now is locked.customer:
        return now
    await store.save(call.tx, now)
    await append(call.tx, call.stamp(), [Facts(now.id, locked.told, [CustomerChanged(customer=facts(now))])])
    return now


@routes.post("/api/customers/{customer}/owner", roles=MANAGERS, problems=(SameOwner,))
async def transfer_owner(call: Call, customer: str, body: Transfer) -> Customer:
    """Transfer a customer to another owner. From now on the new owner sees the customer and the orders, and the former no longer does."""
    check_owner(body.owner, await staff.hold_active(call.tx, body.owner))
    locked = await store.lock(call.tx, customer, await owners_seen(call))
    now, event = transferred(locked.customer, body.owner, locked.told + 1)
    await store.save(call.tx, now)
    moment = await _hand_over(call, now)
    await store.begin_ownership(call.tx, now.id, now.owner, moment, call.principal.login)
    await append(call.tx, call.stamp(), [Facts(now.id, locked.told, [event])])
    return now


@routes.get("/api/customers/{customer}/owners", roles=WRITERS)
async def list_owners(call: Call, customer: str) -> Page[Ownership]:
    """Who owned the customer when, the newest first; at most the last 200."""
    found = await store.find(call.tx, customer, await owners_seen(call))
    return Page(items=[Ownership(**row) for row in await store.ownerships(call.tx, found.id, MAX_LIMIT)])


async def _hand_over(call: Call, customer: Customer) -> datetime:
    moment = handover(await store.owned_since(call.tx, customer.id), call.now)
    await store.end_ownership(call.tx, customer.id, moment)
    return moment
