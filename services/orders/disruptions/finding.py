"""What a disruption touches: looked for when it is asked about, when it is opened, and again when it is confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.orders.calendars import store as calendars
from services.orders.calendars.domain import close
from services.orders.calendars.words import NEVER_CLOSED
from services.orders.delays.model import claimed, require_days
from services.orders.disruptions import domain, store, words
from services.orders.disruptions.model import Disruption, Hit, Leg
from services.orders.materials import store as materials
from services.orders.planning import store as planning
from services.orders.planning.model import Plan
from services.orders.sailings import store as sailings
from services.orders.shipments import store as shipments
from services.orders.suppliers import store as suppliers
from services.orders.words import no_supplier
from shared.calendars import WorkCalendar
from shared.contracts.calendars import EVERY_DAY, CalendarFacts
from shared.contracts.codes import CAUSES, CauseCode
from shared.contracts.disruptions import Scope
from shared.contracts.shipments import Transport
from shared.database.pool import Tx
from shared.problems import Invalid, NotFound

AT_ONCE = 20
"""Plans that are looked through before others have their turn."""


async def find(
    tx: Tx, scope: Scope, wanted: Sequence[str] | None, cause: CauseCode, today: date, field: str = "scope"
) -> list[tuple[Hit, Leg]]:
    """The list of what it touches, ranked. Invalid where that is nothing, or too much; `field` is what found nothing."""
    hits = await store.find(tx, scope, wanted)
    if not hits:
        await _require_known(tx, scope)
    if scope.kind == "closed_day":
        hits = await _moved(tx, hits, await closed(tx, scope, cause), today)
    return domain.arrange(domain.first_ahead(scope, hits, wanted, field))


async def lock(tx: Tx, disruption_id: UUID) -> Disruption:
    """The disruption under its lock, which is taken after that of the vessel or of the shipment that it is of: what comes to it while it is
    confirmed comes before, and is found, or after, and is held.
    """
    scope = (await store.read(tx, disruption_id)).scope
    if scope.kind == "vessel":
        await sailings.lock_vessel(tx, Transport(vessel=scope.name, voyage=scope.voyage))
    elif scope.kind == "shipment":
        await shipments.lock_all(tx, [scope.name])
    return await store.lock(tx, disruption_id)


async def touched(tx: Tx, disruption: Disruption, plans: Mapping[UUID, Plan]) -> list[Hit]:
    """The legs that a disruption which is being worked off touches of these orders, as they are now."""
    scope, wanted = disruption.scope, disruption.wanted
    hits = await store.find(tx, scope, wanted, plans)
    if scope.kind != "closed_day":
        return domain.first_ahead(scope, hits, wanted) if hits else []
    on = await worked(tx, scope)
    moved = (domain.first_closed(hit, plans[hit.order_id], on) for hit in hits)
    return [hit for hit in moved if hit is not None]


async def _require_known(tx: Tx, scope: Scope) -> None:
    """Invalid for a name that nothing has, as one that is mistyped."""
    try:
        match scope.kind:
            case "shipment":
                await shipments.read(tx, scope.name)
            case "factory" | "closed_day":
                await calendars.read(tx, scope.name)
            case "vessel" if not await sailings.sails(tx, scope.name, scope.voyage):
                raise NotFound(words.nothing_sails(scope))
            case "supplier" if not await suppliers.known(tx, [scope.name]):
                raise NotFound(no_supplier(scope.name))
            case "material" if not await materials.known(tx, scope.name):
                raise NotFound(words.no_material(scope.name))
    except NotFound as unknown:
        raise Invalid(unknown.detail, field="scope.name") from unknown


async def closed(tx: Tx, scope: Scope, cause: CauseCode) -> Mapping[str, WorkCalendar]:
    """The calendar of closed days with those days closed; none of any other scope."""
    if scope.first is None or scope.last is None:
        return {}
    facts = closing(scope, (await _calendar(tx, scope)).facts, cause)
    return {scope.name: await calendars.made_of(facts)}


async def worked(tx: Tx, scope: Scope) -> domain.Worked:
    """The calendar of closed days as if they were worked; none of any other scope."""
    if scope.first is None or scope.last is None:
        return {}
    return {scope.name: await calendars.reopened(tx, scope.name, {(scope.first, scope.last)})}


async def require_causes(tx: Tx, disruption: Disruption, found: Sequence[tuple[Hit, Leg]], today: date) -> None:
    """Invalid where its causes account for more days than any of the orders is late by."""
    if not (days := claimed(disruption.causes)):
        return
    off, on = await closed(tx, disruption.scope, disruption.causes[0].code), await worked(tx, disruption.scope)
    late: list[int] = []
    for at in range(0, len(found), AT_ONCE):
        legs = [leg for _, leg in found[at : at + AT_ONCE]]
        read = await planning.read_by_id(tx, {leg.order_id for leg in legs}, today)
        plans = {order_id: replace(plan, calendars={**plan.calendars, **off}) for order_id, plan in read.items()}
        late += domain.late_by(disruption, [(leg, plans[leg.order_id]) for leg in legs], on, today)
        if max(late, default=0) >= days:
            return
    if late:
        require_days(disruption.causes, max(late))


def closing(scope: Scope, facts: CalendarFacts, cause: CauseCode) -> CalendarFacts:
    """The calendar with the days of the scope closed, named after the cause."""
    assert scope.first is not None
    assert scope.last is not None  # given with closed days
    return close(facts, scope.first, scope.last, CAUSES[cause].meaning)


async def _calendar(tx: Tx, scope: Scope) -> calendars.Stored:
    if scope.name == EVERY_DAY:
        raise Invalid(NEVER_CLOSED, field="scope.name")
    return await calendars.read(tx, scope.name)


async def _moved(tx: Tx, hits: Sequence[Hit], closed: Mapping[str, WorkCalendar], today: date) -> list[Hit]:
    """Those orders whose dates the closed days move, each at the first of them."""
    if len(hits) > domain.MOST_COUNTING:
        raise Invalid(words.too_many_in_calendar(domain.MOST_COUNTING), field="scope")
    found: list[Hit] = []
    for at in range(0, len(hits), AT_ONCE):
        some = hits[at : at + AT_ONCE]
        plans = await planning.read_by_id(tx, {hit.order_id for hit in some}, today)
        found += [moved for hit in some if (moved := domain.first_moved(hit, plans[hit.order_id], closed)) is not None]
    return found
