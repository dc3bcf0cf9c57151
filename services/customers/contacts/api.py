"""The people at a customer over HTTP. Who sees the customer sees them."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.customers.contacts import store
from services.customers.contacts.domain import MAX_CONTACTS, Contact, Entry, TooManyContacts, changed, check_room, facts, personal
from services.customers.profiles import store as profiles
from services.customers.sight import owners_seen
from shared.contracts.customers import ContactAdded, ContactChanged, ContactFacts, ContactRole
from shared.ids import new_id
from shared.messaging.keys import make_key
from shared.messaging.personal import seal
from shared.messaging.record import Facts, append
from shared.web.auth import WRITERS
from shared.web.call import Call, Reply, address
from shared.web.paging import Page
from shared.web.routes import Routes

routes = Routes("contacts")


class ContactsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: ContactRole | None = None
    active: bool | None = None


@routes.post("/api/customers/{customer}/contacts", roles=WRITERS, status=201, problems=(TooManyContacts,))
async def add_contact(call: Call, customer: str, body: Entry) -> Reply[Contact]:
    """Add a contact to a customer."""
    locked = await profiles.lock(call.tx, customer, await owners_seen(call))
    check_room(await store.count(call.tx, locked.customer.id))
    contact = Contact(id=new_id(), version=locked.told + 1, **body.model_dump())
    await store.insert(call.tx, locked.customer.id, contact)
    event = ContactAdded(contact=await _sealed(call, locked, contact))
    await _tell(call, locked, event)
    location = address("/api/customers/{customer}/contacts/{contact}", customer=locked.customer.code, contact=str(contact.id))
    return Reply(contact, headers={"Location": location})


@routes.get("/api/customers/{customer}/contacts", roles=WRITERS)
async def list_contacts(call: Call, customer: str, query: ContactsQuery) -> Page[Contact]:
    """All contacts of a customer, those who have left last. There are never more than fit on one page."""
    found = await profiles.find(call.tx, customer, await owners_seen(call))
    return Page(items=await store.contacts(call.tx, found.id, query.role, query.active, MAX_CONTACTS))


@routes.get("/api/customers/{customer}/contacts/{contact}", roles=WRITERS)
async def read_contact(call: Call, customer: str, contact: UUID) -> Contact:
    """One contact."""
    found = await profiles.find(call.tx, customer, await owners_seen(call))
    return await store.find(call.tx, found.id, contact)


@routes.put("/api/customers/{customer}/contacts/{contact}", roles=WRITERS, if_match=True)
async def change_contact(call: Call, customer: str, contact: UUID, body: Entry) -> Contact:
    """Change a contact. One who has left is made inactive, not deleted."""
    locked = await profiles.lock(call.tx, customer, await owners_seen(call))
    before = await store.find(call.tx, locked.customer.id, contact)
    call.require_version(before.version)
    now = changed(before, body, locked.told + 1)
    if now is before:
        return now
    await store.update(call.tx, locked.customer.id, now)
    await _tell(call, locked, ContactChanged(contact=await _sealed(call, locked, now)))
    return now


async def _sealed(call: Call, locked: profiles.Locked, contact: Contact) -> ContactFacts:
    customer = locked.customer.id
    return facts(customer, contact, seal(await make_key(call.tx, customer), customer, personal(contact)))


async def _tell(call: Call, locked: profiles.Locked, event: ContactAdded | ContactChanged) -> None:
    await profiles.told(call.tx, locked.customer.id, locked.told + 1)
    await append(call.tx, call.stamp(), [Facts(locked.customer.id, locked.told, [event])])
