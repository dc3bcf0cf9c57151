"""Rules that a list finds by and that one order is told by, in SQL and in Python: both say the same, whatever happens to the orders."""

from datetime import UTC, date, datetime, timedelta
from operator import attrgetter

from services.orders.cutoffs import store as cutoffs
from services.orders.estimates.domain import HeldBy, departure, held_by
from services.orders.planning import store as planning
from services.orders.planning.model import ARRIVE, DEPART
from services.orders.risks.domain import overdue
from services.orders.shipments import queries
from services.orders.shipments import store as shipments
from services.orders.work import queries as work
from services.orders.work.model import Person
from shared.web.paging import PageQuery
from tests.orders.calls import MANAGER, Desk, delay
from tests.orders.plans import day, line
from tests.orders.test_shipments_api import put


async def alike(desk: Desk) -> tuple[date | None, date | None, set[str]]:
    """The day of the vessel of SH-1, to when a delay holds it beyond the day said, and what of its orders is overdue."""
    today = desk.clock.time.date()
    async with desk.database.transaction() as tx:
        plans, _ = await planning.read_shipment_orders(tx, "SH-1", None, today)
        leaves = await cutoffs.departure(tx, (await shipments.read(tx, "SH-1")).id)
        shown = (await queries.show(tx, "SH-1", None)).held
        listed = await work.milestones(tx, Person("", ["li.wei", "chen.jie"], None), today, PageQuery(limit=200), overdue=True)
    assert leaves == departure(plans, "SH-1")
    held: list[HeldBy] = [one for plan in plans for code in (DEPART, ARRIVE) if (one := held_by(plan, ("SH-1", code))) is not None]
    assert {one.milestone: one.until for one in shown} == {one.milestone: one.until for one in sorted(held, key=attrgetter("until"))}
    assert all(one in held for one in shown)
    late = {(plan.number, one.shipment, one.milestone, one.expected) for plan in plans for one in overdue(plan, today)}
    assert {(one.order, one.shipment, one.milestone, one.due) for one in listed.items} == late
    return leaves, next((one.until for one in shown if one.milestone == DEPART), None), {milestone for _, _, milestone, _ in late}


async def test_the_vessel_what_is_held_and_what_is_overdue_are_so_everywhere(desk: Desk) -> None:
    stored = (await desk.get(MANAGER, "/api/orders/templates/export-sea")).body
    steps = [{**one, "tolerance_days": 10} if one["code"] == "MAT_IN" else one for one in stored["template"]["milestones"]]
    revised = {**stored["template"], "milestones": steps}
    assert (await desk.put(MANAGER, "/api/orders/templates/export-sea", revised, If_Match=f'"{stored["version"]}"')).status == 200
    await desk.entered(line(shipment="SH-1"))
    await desk.entered(line(shipment="SH-1", promised="2026-06-06"), number="SO-2", customer="BOLT")
    assert (await alike(desk))[:2] == (day("2026-05-02"), None), "the last of the goods, as the carrier has said nothing"
    assert (await put(desk, "schedule", {"etd": "2026-05-12", "eta": "2026-06-10"})).status == 200
    await desk.delayed(delay("2026-05-20", "PRD_END"))
    assert (await alike(desk))[:2] == (day("2026-05-12"), None), "goods that are not ready say nothing of it"
    held = await desk.delayed(delay("2026-05-15"), path="/api/orders/shipments/SH-1")
    assert (await alike(desk))[:2] == (day("2026-05-15"), day("2026-05-15"))
    assert (await put(desk, "schedule", {"etd": "2026-05-15", "eta": "2026-06-10"})).status == 200
    assert (await alike(desk))[:2] == (day("2026-05-15"), None), "it is no other day that he says"
    own = {"milestone": "DEPART", "day": "2026-05-09"}
    assert (await desk.post(MANAGER, "/api/orders/SO-2/estimates", own)).status == 200
    assert (await alike(desk))[:2] == (day("2026-05-15"), day("2026-05-15"))
    assert (await desk.post(MANAGER, f"/api/orders/delays/{held['delay']}/retraction", {"reason": "she sails"})).status == 200
    assert (await alike(desk))[:2] == (day("2026-05-15"), None), "the carrier's word on one order, and another's on the other"
    seen = set[frozenset[str]]()
    for days in range(0, 80, 8):
        desk.clock.time = datetime(2026, 3, 1, 8, tzinfo=UTC) + timedelta(days=days)
        seen.add(frozenset((await alike(desk))[2]))
        if days == 48:
            assert await desk.pass_day() > 0, "what is overdue is expected later, and due as before"
            seen.add(frozenset((await alike(desk))[2]))
    assert {"MAT_IN" in one for one in seen} == {True, False}
    assert len(seen) > 3
    for number, left in (("SO-1", "2026-05-11"), ("SO-2", "2026-05-12")):
        assert (await desk.post(MANAGER, f"/api/orders/{number}/actuals", {"milestone": "DEPART", "date": left})).status == 201
        assert (await alike(desk))[0] == day(left), "the day it did, also where others are still to leave"
