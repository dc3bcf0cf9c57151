"""Cut-offs over HTTP: shown, stated by the carrier, met."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from services.orders.cutoffs import store, words
from services.orders.cutoffs.domain import StateCutoffs
from services.orders.fields import Answer
from services.orders.shipments import queries
from services.orders.shipments import store as shipments
from services.orders.sight import require_shipper, sight
from shared.contracts.shipments import CutoffKind
from shared.messaging.record import append
from shared.problems import NotFound, Stale
from shared.web.auth import ANYONE
from shared.web.call import Call
from shared.web.routes import Routes

routes = Routes("cutoffs")


class CutoffShown(Answer):
    kind: CutoffKind
    at: Annotated[datetime, Field(description="in the time of the port of loading")]
    zone: str
    stated: Annotated[bool, Field(description="by the carrier; else reckoned back from the departure")]
    revision: int
    met: Annotated[bool, Field(description="somebody said so, or what must be done by then has happened to each order")]
    missed: Annotated[bool, Field(description="it has passed and was not met")]
    overtaken: Annotated[bool, Field(description="it lies after the departure as that is expected now: have the carrier state it anew")]
    late: Annotated[tuple[str, ...], Field(description="orders whose goods are expected too late")]


class CutoffsShown(Answer):
    shipment: str
    version: Annotated[int, Field(description="of the shipment")]
    cutoffs: tuple[CutoffShown, ...]


@routes.get("/api/orders/shipments/{shipment}/cutoffs", roles=ANYONE, problems=(NotFound,))
async def list_cutoffs(call: Call, shipment: str) -> CutoffsShown:
    """List the cut-offs of a shipment, the first first. With the orders in sight that are expected too late for them."""
    return await _shown(call, shipment)


@routes.put("/api/orders/shipments/{shipment}/cutoffs", roles=ANYONE, if_match=True, problems=(NotFound, Stale))
async def state_cutoffs(call: Call, shipment: str, body: StateCutoffs) -> CutoffsShown:
    """Say what cut-offs the carrier has stated. They move when he states others, never by themselves.

    What he has not stated is reckoned back from the departure that he said, once. By those who follow orders, or by the department that
    answers for the departure.
    """
    await queries.show(call.tx, shipment, await sight(call))
    await require_shipper(call, shipment)
    locked = await shipments.lock(call.tx, shipment)
    call.require_version(locked.version)
    departs, left = await store.departure(call.tx, locked.id), await shipments.goods_left(call.tx, locked)
    events = await store.say(call.tx, locked, body, departs, call.now, left=left)
    if events:
        await append(call.tx, call.stamp(), [await shipments.counted(call.tx, locked, events)])
    return await _shown(call, shipment)


@routes.post("/api/orders/shipments/{shipment}/cutoffs/{kind}/met", roles=ANYONE, problems=(NotFound,))
async def meet_cutoff(call: Call, shipment: str, kind: str) -> CutoffsShown:
    """Say that what must be done by a cut-off is done: the shipping instructions are with the carrier, the weight is. Twice is as once.

    By those who follow orders, or by the department that answers for the departure.
    """
    await queries.show(call.tx, shipment, await sight(call))
    await require_shipper(call, shipment)
    locked = await shipments.lock(call.tx, shipment)
    known = await store.read(call.tx, locked.id)
    if all(one.kind != kind for one in known):
        raise NotFound(words.no_cutoff(shipment, kind))
    cutoffs = [one.model_copy(update={"met_at": call.now}) if one.kind == kind and one.met_at is None else one for one in known]
    if cutoffs != known:
        event = await store.save(call.tx, locked, cutoffs, call.now)
        await append(call.tx, call.stamp(), [await shipments.counted(call.tx, locked, [event])])
    return await _shown(call, shipment)


async def _shown(call: Call, shipment: str) -> CutoffsShown:
    owners = await sight(call)
    seen = await queries.show(call.tx, shipment, owners)
    found = await store.looked(call.tx, shipment, owners)
    return CutoffsShown(
        shipment=shipment,
        version=seen.version,
        cutoffs=tuple(
            CutoffShown(
                kind=one.kind,
                at=one.at.astimezone(ZoneInfo(one.zone)),
                zone=one.zone,
                stated=one.stated,
                revision=one.revision,
                met=one.met,
                missed=one.missed(call.now),
                overtaken=not one.met and one.overtaken,
                late=() if one.met else tuple(order.number for order in one.late),
            )
            for one in found
        ),
    )
