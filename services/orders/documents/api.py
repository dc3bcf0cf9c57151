"""Documents over HTTP: asked for, brought further, listed with what is lacking."""

from uuid import UUID

from services.orders.documents import domain, queries, store
from services.orders.documents.domain import OutOfOrder
from services.orders.documents.model import Document, DocumentStep, DocumentTerms, NeededDocuments
from services.orders.documents.queries import DocumentShown, DocumentsQuery
from services.orders.documents.store import DocumentExists
from services.orders.fields import Answer, require_come
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.sight import sight
from services.orders.templates import store as templates
from shared.contracts.customers import Role
from shared.contracts.papers import DocumentChanged, DocumentRequired
from shared.ids import new_id
from shared.problems import NotFound, Stale
from shared.web.auth import ANYONE, WRITERS
from shared.web.call import Call
from shared.web.paging import Page
from shared.web.routes import Routes

DOCUMENTS = "/api/orders/documents"
CLERKS: frozenset[Role] = WRITERS | {"docs", "finance", "qc"}
"""Those who follow orders, and the departments that make documents."""

routes = Routes("documents")


class DocumentsNeeded(Answer):
    documents: tuple[DocumentShown, ...]


@routes.post("/api/orders/{order}/documents", roles=CLERKS, status=201, problems=(NotFound, DocumentExists))
async def require_documents(call: Call, order: str, body: NeededDocuments) -> DocumentsNeeded:
    """Say which documents an order needs. All or none: by when each has to be there, and whose work it is."""
    plan = await planning.lock_order(call.tx, order, await sight(call), call.now.date())
    made = domain.require(plan, body.documents, [new_id() for _ in body.documents], await templates.working(call.tx), call.now.date())
    await store.check_new(call.tx, plan.order_id, made)
    await store.save(call.tx, call.stamp(), [(one, DocumentRequired(document=one.told())) for one in made])
    await store.watch_order(call.tx, plan.order_id)
    return DocumentsNeeded(documents=tuple(queries.shown(one) for one in made))


@routes.put(DOCUMENTS + "/{document}", roles=CLERKS, if_match=True, problems=(NotFound, Stale))
async def change_document(call: Call, document: UUID, body: DocumentTerms) -> DocumentShown:
    """Say anew by when a document is due and whose work it is."""
    known = await _lock(call, document)
    call.require_version(known.version)
    now = domain.change(known, await _plan(call, known), body, await templates.working(call.tx), call.now.date())
    await store.save(call.tx, call.stamp(), [(now, DocumentChanged(document=now.told()))])
    return queries.shown(now)


@routes.post(DOCUMENTS + "/{document}/steps", roles=CLERKS, problems=(NotFound, OutOfOrder))
async def step_document(call: Call, document: UUID, body: DocumentStep) -> DocumentShown:
    """Bring a document further. Issued, sent, accepted; discrepant, with the reason, and issued anew; or waived."""
    require_come(body.on, call.now.date(), "on")
    known = await _lock(call, document)
    now, event = domain.step(known, await _plan(call, known), body, call.principal.login)
    await store.save(call.tx, call.stamp(), [(now, event)])
    return queries.shown(now)


@routes.get(DOCUMENTS, roles=ANYONE)
async def list_documents(call: Call, query: DocumentsQuery) -> Page[DocumentShown]:
    """List documents, those due first at the top. `lacking=true` are those that are missing or discrepant."""
    return await queries.list_documents(call.tx, query, await sight(call))


@routes.get(DOCUMENTS + "/{document}", roles=ANYONE, problems=(NotFound,))
async def read_document(call: Call, document: UUID) -> DocumentShown:
    """Read a document."""
    return queries.shown(await store.read(call.tx, document, await sight(call)))


async def _lock(call: Call, document_id: UUID) -> Document:
    """The document in sight under its lock."""
    await store.read(call.tx, document_id, await sight(call))
    (known,) = await store.lock(call.tx, [document_id])
    return known


async def _plan(call: Call, known: Document) -> Plan:
    (plan,) = await planning.read_plans(call.tx, [known.order_id], call.now.date())
    return plan
