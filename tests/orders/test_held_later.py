"""What comes to a late vessel or shipment once its disruption is confirmed is held by it, stays held on it, and is free beside it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.orders.orders.model import NewOrder
from services.orders.orders.store import create_many
from services.orders.shipments.model import NewShipment
from shared.contracts.disruptions import DisruptionReleased
from shared.contracts.orders import DelayLogged, PlanReestimated
from shared.database.pool import Tx
from shared.messaging.record import Stamp
from tests.orders.calls import CHEN, LI, MANAGER, Desk, confirmed, delay, event, order, said
from tests.orders.plans import line
from tests.orders.test_disruptions import PATH, listed, logged, opened, vessel, worked_off
from tests.orders.test_shipments_api import put
from tests.shared.web.server import until

__all__ = ["vessel"]


async def departures(desk: Desk, number: str) -> dict[str | None, str]:
    """When each leg of an order is expected to depart."""
    plan = (await desk.get(MANAGER, f"/api/orders/{number}")).body["plan"]
    return {one["shipment"]: one["estimated"] for one in plan if one["milestone"] == "DEPART"}


async def done(desk: Desk, path: str, body: dict[str, Any]) -> Any:
    answer = await desk.post(MANAGER, f"/api/orders/{path}", body)
    assert answer.status in (200, 201, 202), answer.body
    return answer.body


async def retold(desk: Desk, since: int) -> list[PlanReestimated]:
    events = [event(one) for one in (await desk.told())[since:]]
    return [one for one in events if isinstance(one, PlanReestimated)]


async def test_goods_keep_the_delay_on_their_vessel_and_lose_it_on_another(vessel: Desk) -> None:
    """SO-1 in part and then whole to the other shipment of the Ever Given, where nothing is told anew; then with the Ever Ace."""
    await done(vessel, "shipments", {"number": "SH-9", "vessel": "EVER ACE", "voyage": "7E"})
    known = await logged(vessel)
    free = (await departures(vessel, "SO-4"))[None]
    since = len(await vessel.told())
    split = {"line": "1", "part": "1a", "quantity": "400", "shipment": "SH-2", "reason": "two bookings"}
    moved = (await done(vessel, "SO-1/splits", split))["moved"]
    assert (moved["nodes"], moved["moved"], moved["stayed"]) == ([], [], [])
    assert await departures(vessel, "SO-1") == {"SH-1": "2026-05-01", "SH-2": "2026-05-01"}
    (told,) = [one for one in map(event, (await vessel.told())[since:]) if isinstance(one, DelayLogged)]
    assert told.joined, "so that nobody waits for what is told of it"
    last = (await listed(vessel, known))[-1]
    assert (last["number"], last["shipment"], last["state"], last["delay"]) == ("SO-1", "SH-2", "delayed", str(told.delay.delay_id))
    stands = (await vessel.get(LI, f"{PATH}/{known['disruption']}")).body
    assert (stands["delayed"], stands["to_release"]) == (4, 2), "of the new delay nothing waits to be told"
    await done(vessel, "SO-1/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "one booking"})
    assert await departures(vessel, "SO-1") == {"SH-2": "2026-05-01"}
    assert await retold(vessel, since) == []

    await done(vessel, "SO-1/moves", {"lines": ["1", "1a"], "shipment": "SH-9", "reason": "overbooked"})
    assert await departures(vessel, "SO-1") == {"SH-9": free}
    assert (await vessel.get(MANAGER, "/api/orders/SO-1")).body["open_delays"] == []
    await done(vessel, "SO-1/moves", {"lines": ["1", "1a"], "shipment": "SH-1", "reason": "booked again"})
    assert await departures(vessel, "SO-1") == {"SH-1": "2026-05-01"}
    assert [one.because for one in await retold(vessel, since)] == ["lines_moved"] * 2
    at = {"milestone": "DEPART", "shipment": "SH-1"}
    await done(vessel, "SO-1/actuals", {**at, "date": "2026-02-28"})
    await done(vessel, "SO-1/actuals/corrections", {**at, "date": None, "reason": "of another ship"})
    assert await departures(vessel, "SO-1") == {"SH-1": "2026-05-01"}
    assert len((await vessel.get(MANAGER, "/api/orders/SO-1")).body["open_delays"]) == 1


@pytest.mark.parametrize("scope", [{"kind": "shipment", "name": "SH-2"}, {"kind": "vessel", "name": "ever given", "voyage": "042W"}])
async def test_what_is_entered_later_is_held_until_the_delay_is_retracted(vessel: Desk, scope: dict[str, Any]) -> None:
    """New orders, of a customer who had none in it, too, and a new line; each is freed by its own delay of the list."""
    known = await logged(vessel, scope=scope)
    free = (await departures(vessel, "SO-4"))[None]
    since = len(await vessel.told())
    await vessel.entered(line(shipment="SH-2"), number="SO-5", customer="BOLT", actuals=confirmed("SH-2"))
    await vessel.entered(line(), number="SO-6", actuals=confirmed())
    await done(vessel, "SO-6/lines", {"lines": [line("2", shipment="SH-2")]})
    for number, legs in (("SO-5", {"SH-2": "2026-05-01"}), ("SO-6", {None: free, "SH-2": "2026-05-01"})):
        assert await departures(vessel, number) == legs
    assert await retold(vessel, since) == []
    late = (await listed(vessel, known))[-2:]
    assert [(one["number"], one["state"], one["released"], one["after"]) for one in late] == [
        ("SO-5", "delayed", True, "2026-05-01"),
        ("SO-6", "delayed", True, "2026-05-01"),
    ]
    for one in late:
        await done(vessel, f"delays/{one['delay']}/retraction", {"reason": "not late after all"})
        assert (await departures(vessel, one["number"]))["SH-2"] < "2026-05-01"

    for one in {one["delay"] for one in await listed(vessel, known)} - {one["delay"] for one in late}:
        await done(vessel, f"delays/{one}/retraction", {"reason": "not late after all"})
    await vessel.entered(line(shipment="SH-2"), number="SO-7", actuals=confirmed("SH-2"))
    assert await departures(vessel, "SO-7") == {"SH-2": free}


@pytest.mark.parametrize("late", [{"to": "2026-05-01"}, {"to": None, "days": 4}])
async def test_what_comes_before_the_first_delay_is_logged_is_held_at_once(vessel: Desk, late: dict[str, Any]) -> None:
    """Entered, added or moved there; what is listed already the run finds where it is then, and tells when its owner says so."""
    known = await opened(vessel, **late)
    await done(vessel, f"disruptions/{known['disruption']}/confirmation", {})
    since = len(await vessel.told())
    await vessel.entered(line(shipment="SH-2"), number="SO-5", customer="BOLT", actuals=confirmed("SH-2"))
    await vessel.entered(line(), number="SO-6", actuals=confirmed())
    await done(vessel, "SO-6/lines", {"lines": [line("2", shipment="SH-1")]})
    await done(vessel, "SO-4/moves", {"lines": ["1"], "shipment": "SH-1", "reason": "booked"})
    await done(vessel, "SO-1/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "booked"})
    for number, leg in (("SO-5", "SH-2"), ("SO-6", "SH-1"), ("SO-4", "SH-1")):
        assert (await departures(vessel, number))[leg] == "2026-05-01"
    assert await departures(vessel, "SO-1") == {"SH-2": "2026-04-27"}
    assert [one.number for one in await retold(vessel, since)] == ["SO-4"]
    await worked_off(vessel)
    assert {(one["number"], one["shipment"], one["state"], one["released"], one["after"]) for one in await listed(vessel, known)} == {
        *((number, "SH-2", "delayed", False, "2026-05-01") for number in ("SO-1", "SO-2", "SO-3")),
        *((number, leg, "delayed", True, "2026-05-01") for number, leg in (("SO-5", "SH-2"), ("SO-6", "SH-1"), ("SO-4", "SH-1"))),
    }


@pytest.mark.parametrize("late", [{"to": "2026-05-01"}, {"to": None, "days": 4}])
async def test_what_comes_later_is_held_to_the_day_of_the_disruption(vessel: Desk, late: dict[str, Any]) -> None:
    """Not to one that an owner said anew for his customer alone, even of all of them; and his goods keep his day on the vessel."""
    known = await logged(vessel, **late)
    for one in {one["delay"] for one in await listed(vessel, known)}:
        answer = await vessel.put(MANAGER, f"/api/orders/delays/{one}", said("2026-05-20"), If_Match='"1"')
        assert answer.status == 200, answer.body
    split = {"line": "1", "part": "1a", "quantity": "400", "shipment": "SH-2", "reason": "two bookings"}
    await done(vessel, "SO-1/splits", split)
    assert await departures(vessel, "SO-1") == {"SH-1": "2026-05-20", "SH-2": "2026-05-20"}
    await vessel.entered(line(shipment="SH-1"), number="SO-5", customer="BOLT", actuals=confirmed("SH-1"))
    await done(vessel, "SO-4/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "booked"})
    for number, leg in (("SO-5", "SH-1"), ("SO-4", "SH-2")):
        assert await departures(vessel, number) == {leg: "2026-05-01"}


async def test_days_are_counted_from_the_departure_of_each_shipment(vessel: Desk) -> None:
    """SH-1 leaves with the last of its orders; SH-2, from another port, when the carrier says, without what is not ready by then. Of SH-9
    no day is known: with the first of them.
    """
    await done(vessel, "shipments", {"number": "SH-9", "vessel": "EVER GIVEN", "voyage": "042W"})
    await vessel.entered(line(shipment="SH-1", promised="2026-06-08"), number="SO-5", actuals=confirmed("SH-1"))
    await vessel.entered(line(shipment="SH-2"), number="SO-6", actuals=confirmed("SH-2"))
    assert (await put(vessel, "schedule", {"etd": "2026-04-29", "eta": "2026-05-29"}, shipment="SH-2")).status == 200
    await vessel.delayed(delay("2026-06-20"), "/api/orders/SO-6")
    await logged(vessel, to=None, days=4)
    late = {"SO-1": "2026-05-01", "SO-5": "2026-05-08", "SO-2": "2026-05-03", "SO-6": "2026-06-24"}
    assert {number: (await vessel.expected(number))["DEPART"] for number in late} == late
    for number, shipment, day in (("SO-7", "SH-1", "2026-05-08"), ("SO-8", "SH-2", "2026-05-03"), ("SO-9", "SH-9", "2026-05-01")):
        await vessel.entered(line(shipment=shipment), number=number, actuals=confirmed(shipment))
        assert await departures(vessel, number) == {shipment: day}
    legs = [line(str(n), shipment=shipment) for n, shipment in enumerate(("SH-1", "SH-2"), start=1)]
    await vessel.entered(*legs, number="SO-10", actuals=[one for shipment in ("SH-1", "SH-2") for one in confirmed(shipment)])
    assert await departures(vessel, "SO-10") == {"SH-1": "2026-05-08", "SH-2": "2026-05-03"}
    await done(vessel, "SO-4/moves", {"lines": ["1"], "shipment": "SH-2", "reason": "booked"})
    assert await departures(vessel, "SO-4") == {"SH-2": "2026-05-03"}


async def test_goods_that_come_later_by_themselves_are_held_once_that_is_over(vessel: Desk) -> None:
    """Nothing moves until then, so that nothing of it waits to be told."""
    own = await vessel.delayed(delay("2026-05-09"), "/api/orders/SO-3")
    known = await logged(vessel)
    assert (known["delayed"], known["skipped"]) == (3, 0)
    (late,) = await listed(vessel, known, CHEN)
    assert (late["before"], late["after"], late["released"]) == ("2026-05-09", "2026-05-09", True)
    told = [event(one) for one in await vessel.told()]
    released = [notice.delay_id for one in told if isinstance(one, DisruptionReleased) for notice in one.notices]
    assert [str(one) for one in released] == [late["delay"]]
    await done(vessel, f"delays/{own['delay']}/retraction", {"reason": "space was found"})
    assert await departures(vessel, "SO-3") == {"SH-2": "2026-05-01"}


async def test_of_two_disruptions_that_hold_what_is_entered_the_later_moves_it(vessel: Desk) -> None:
    known = await logged(vessel)
    later = await logged(vessel, scope={"kind": "shipment", "name": "SH-2"}, to="2026-05-04")
    await vessel.entered(line(shipment="SH-2"), number="SO-5", actuals=confirmed("SH-2"))
    entered = [(await listed(vessel, one))[-1] for one in (known, later)]
    assert [(one["number"], one["before"], one["after"]) for one in entered] == [
        ("SO-5", "2026-05-04", "2026-05-04"), ("SO-5", "2026-04-27", "2026-05-04"),
    ]  # fmt: skip


async def waits(tx: Tx, who: int) -> None:
    await until(lambda: tx.fetchval("SELECT count(*) = $1 FROM pg_locks WHERE NOT granted", who))


async def imported(desk: Desk, tx: Tx, shipment: str) -> None:
    """SO-5 in a shipment of the Ever Given, which is made with it where there is none of its number."""
    stamp = Stamp(time=desk.clock.now(), correlation_id="imported", actor="li.wei")
    new = NewOrder.model_validate(order(line(shipment=shipment), number="SO-5", actuals=confirmed(shipment)))
    made = NewShipment(number=shipment, vessel="Ever Given", voyage="042w")
    await create_many(tx, stamp, [new], owners=None, source="import", shipments=[made])


@pytest.mark.parametrize("shipment", ["SH-2", "SH-9"])
async def test_what_is_being_entered_when_it_is_confirmed_is_in_it(vessel: Desk, shipment: str) -> None:
    """It comes before or after, never past it; also where its shipment is made with it, or the vessel became known to be late meanwhile."""
    async with vessel.database.transaction() as tx:
        await imported(vessel, tx, shipment)
        known = await opened(vessel)
        confirming = asyncio.create_task(vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {}))
        await waits(tx, 1)
    assert (await confirming).body["found"] == 4
    await worked_off(vessel)
    assert await departures(vessel, "SO-5") == {shipment: "2026-05-01"}


@pytest.mark.parametrize("shipment", ["SH-2", "SH-9"])
async def test_what_is_entered_while_it_is_being_confirmed_is_held(vessel: Desk, shipment: str) -> None:
    known = await opened(vessel)

    async def entered() -> None:
        async with vessel.database.transaction() as tx:
            await imported(vessel, tx, shipment)

    async with vessel.database.transaction() as tx:
        await tx.execute("SELECT FROM disruption FOR UPDATE")
        confirming = asyncio.create_task(vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {}))
        await waits(tx, 1)
        entering = asyncio.create_task(entered())
        await waits(tx, 2)
    assert (await confirming).body["found"] == 3
    await entering
    assert await departures(vessel, "SO-5") == {shipment: "2026-05-01"}
    await worked_off(vessel)
    assert {(one["number"], one["state"]) for one in await listed(vessel, known)} == {(f"SO-{n}", "delayed") for n in (1, 2, 3, 5)}


async def test_a_part_that_is_split_off_while_it_is_confirmed_is_held_in_a_shipment_that_is_made_with_it(vessel: Desk) -> None:
    """SO-4 travels in SH-3, on no vessel, and part of it with the Ever Given in a shipment that did not exist."""
    await done(vessel, "shipments", {"number": "SH-3"})
    await done(vessel, "SO-4/moves", {"lines": ["1"], "shipment": "SH-3", "reason": "booked"})
    into = {"number": "SH-9", "vessel": "EVER GIVEN", "voyage": "042W"}
    split = {"into": into, "orders": [{"order": "SO-4"}], "reason": "space on the other"}
    known = await opened(vessel)
    async with vessel.database.transaction() as tx:
        await tx.execute("SELECT FROM disruption FOR UPDATE")
        confirming = asyncio.create_task(vessel.post(LI, f"{PATH}/{known['disruption']}/confirmation", {}))
        await waits(tx, 1)
        splitting = asyncio.create_task(vessel.post(MANAGER, "/api/orders/shipments/SH-3/splits", split))
        await waits(tx, 2)
    assert (await confirming).body["found"] == 3
    assert (await splitting).status == 200
    assert await departures(vessel, "SO-4") == {"SH-9": "2026-05-01"}


ROLLED = {"vessel": "EVER ACE", "voyage": "7E", "reason": "overbooked"}


async def rolled(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    """What the roll of SH-1 answers: what was asked before it, which wrote nothing, beside the version and the deadlines."""
    path = "/api/orders/shipments/SH-1"
    before = (await desk.told(), (await desk.get(MANAGER, path)).body)
    asked = await desk.post(MANAGER, f"{path}/rolls/simulations", body)
    assert asked.status == 200, asked.body
    assert (await desk.told(), (await desk.get(MANAGER, path)).body) == before
    done = await desk.post(MANAGER, f"{path}/rolls", body)
    assert done.status == 200, done.body
    assert all(one.pop("breaches") == [] for one in asked.body["rolled"])
    assert {**asked.body, "version": None} == {**done.body, "version": None}
    return dict(done.body)


@pytest.mark.parametrize("days", [{}, {"etd": "2026-04-20", "eta": "2026-05-20"}])
async def test_a_shipment_that_is_rolled_leaves_what_holds_its_vessel_for_what_holds_the_other(vessel: Desk, days: dict[str, str]) -> None:
    """As goods that are moved do, whether the carrier says other days or none: freed of the one, and held by the other at once."""
    known = await logged(vessel)
    free = days.get("etd", (await departures(vessel, "SO-4"))[None])
    since = len(await vessel.told())
    gone = await rolled(vessel, {**ROLLED, **days})
    assert ([one["number"] for one in gone["rolled"]], gone["open_delays"]) == (["SO-1"], [])
    assert await departures(vessel, "SO-1") == {"SH-1": free}
    assert (await vessel.get(MANAGER, "/api/orders/SO-1")).body["open_delays"] == []
    await vessel.entered(line(shipment="SH-1"), number="SO-5", actuals=confirmed("SH-1"))
    assert await departures(vessel, "SO-5") == {"SH-1": free}
    (moved,) = await retold(vessel, since)
    assert (moved.number, moved.transports["SH-1"].vessel) == ("SO-1", "EVER ACE")
    arrives = {node.milestone: node.after for node in moved.nodes}["ARRIVE"]
    assert arrives.isoformat() == days.get("eta", "2026-05-27")
    at = {"milestone": "DEPART", "shipment": "SH-1"}
    await done(vessel, "SO-1/actuals", {**at, "date": "2026-02-28"})
    await done(vessel, "SO-1/actuals/corrections", {**at, "date": None, "reason": "of another ship"})
    assert await departures(vessel, "SO-1") == {"SH-1": free}

    since = len(await vessel.told())
    back = {"vessel": "ever given", "voyage": "042w", "reason": "space again"}
    again = await rolled(vessel, {**back, **days})
    assert (again["etd"], again["eta"]) == ("2026-05-01", "2026-05-31"), "late by as much as it leaves later than he says"
    assert [(one["milestone"], one["until"]) for one in again["held"]] == ([("DEPART", "2026-05-01")] if days else [])
    for number in ("SO-1", "SO-5"):
        assert await departures(vessel, number) == {"SH-1": "2026-05-01"}
    assert sorted(one.number for one in await retold(vessel, since)) == ["SO-1", "SO-5"]
    joined = [one for one in map(event, (await vessel.told())[since:]) if isinstance(one, DelayLogged)]
    assert [(one.joined, one.delay.new_date.isoformat()) for one in joined] == [(True, "2026-05-01")] * 2
    last = (await listed(vessel, known))[-1]
    assert (last["number"], last["state"], last["released"]) == ("SO-5", "delayed", True)


async def test_a_vessel_that_is_named_anew_decides_who_sails_with_her(vessel: Desk) -> None:
    """Also for the first time; where that moves others' orders it is a manager's. What the carrier said stands."""
    await done(vessel, "shipments", {"number": "SH-9"})
    await vessel.entered(line(shipment="SH-9"), number="SO-5", customer="BOLT", actuals=confirmed("SH-9"))
    await vessel.entered(line(shipment="SH-9"), number="SO-6", actuals=confirmed("SH-9"))
    await logged(vessel)
    free, path = (await departures(vessel, "SO-4"))[None], "/api/orders/shipments/SH-9"

    async def named(who: str, **how: str) -> Any:
        read = await vessel.get(who, path)
        return await vessel.put(who, path, how, If_Match=read.headers["ETag"])

    refused = await named(LI, vessel="EVER GIVEN", voyage="042W")
    assert (refused.status, refused.slug) == (403, "not-all-yours")
    for how, day in (({"vessel": "EVER GIVEN", "voyage": "042W"}, "2026-05-01"), ({"vessel": "EVER ACE", "voyage": "7E"}, free)):
        assert (await named(MANAGER, **how)).status == 200
        for number in ("SO-5", "SO-6"):
            assert await departures(vessel, number) == {"SH-9": day}
    assert (await named(LI, vessel="EVER ACE", voyage="8E")).status == 200, "it moves nothing"


@pytest.mark.parametrize("by", ["name", "roll", "move"])
async def test_goods_that_left_a_late_vessel_are_held_again_when_they_come_back(vessel: Desk, by: str) -> None:
    """Also where they were all of hers, and she is late for what is new as well; not once her day is over."""
    for number, shipment in (("SO-2", "SH-2"), ("SO-3", "SH-2")):
        await done(vessel, f"{number}/cancellations", {"reason": "no more", "asked_by": "customer"})
        await renamed(vessel, shipment)
    await done(vessel, "shipments", {"number": "SH-9", "vessel": "EVER ACE", "voyage": "7E"})
    known = await logged(vessel)
    free = (await departures(vessel, "SO-4"))[None]

    async def goes(ship: str, voyage: str) -> dict[str | None, str]:
        if by == "name":
            await renamed(vessel, "SH-1", vessel=ship, voyage=voyage)
        elif by == "roll":
            rolled = {"vessel": ship, "voyage": voyage, "reason": "overbooked"}
            assert (await vessel.post(MANAGER, "/api/orders/shipments/SH-1/rolls", rolled)).status == 200
        else:
            into = "SH-1" if ship == "EVER GIVEN" else "SH-9"
            await done(vessel, "SO-1/moves", {"lines": ["1"], "shipment": into, "reason": "overbooked"})
        return await departures(vessel, "SO-1")

    assert set((await goes("EVER ACE", "7E")).values()) == {free}
    await vessel.entered(line(shipment="SH-2"), number="SO-5", actuals=confirmed("SH-2"))
    await renamed(vessel, "SH-2", vessel="EVER GIVEN", voyage="042W")
    assert await departures(vessel, "SO-5") == {"SH-2": "2026-05-01"}
    for one in await listed(vessel, known):
        if one["number"] == "SO-5":
            await done(vessel, f"delays/{one['delay']}/retraction", {"reason": "she is in time"})
    await vessel.entered(line(shipment="SH-2"), number="SO-6", actuals=confirmed("SH-2"))
    assert await departures(vessel, "SO-6") == {"SH-2": free}
    assert await goes("EVER GIVEN", "042W") == {"SH-1": "2026-05-01"}
    assert set((await goes("EVER ACE", "7E")).values()) == {free}
    vessel.clock.time += timedelta(days=64)
    await goes("EVER GIVEN", "042W")
    assert (await vessel.get(MANAGER, "/api/orders/SO-1")).body["open_delays"] == []


async def test_the_list_names_the_delay_under_which_goods_came_back_before_the_release(vessel: Desk) -> None:
    """The notice of the first still waits; what is retracted as the list says is free."""
    known = await logged(vessel)
    free = (await departures(vessel, "SO-4"))[None]
    before = {one["number"]: one["delay"] for one in await listed(vessel, known)}
    for into in (None, "SH-1"):
        await done(vessel, "SO-1/moves", {"lines": ["1"], "shipment": into, "reason": "booked"})
    after = {one["number"]: (one["delay"], one["state"], one["released"]) for one in await listed(vessel, known)}
    assert after["SO-2"] == (before["SO-2"], "delayed", False)
    assert after["SO-1"][0] not in before.values()
    assert after["SO-1"][1:] == ("delayed", False)
    await done(vessel, f"delays/{after['SO-1'][0]}/retraction", {"reason": "ours is not late"})
    assert await departures(vessel, "SO-1") == {"SH-1": free}
    assert await departures(vessel, "SO-2") == {"SH-2": "2026-05-01"}


async def test_a_run_leaves_out_what_has_been_rolled_since_it_was_confirmed(vessel: Desk) -> None:
    """Its goods go with the other vessel, in the shipment that was listed."""
    known = await opened(vessel)
    await done(vessel, f"disruptions/{known['disruption']}/confirmation", {})
    assert (await vessel.post(MANAGER, "/api/orders/shipments/SH-1/rolls", ROLLED)).status == 200
    await worked_off(vessel)
    found = {one["number"]: (one["state"], one["why"]) for one in await listed(vessel, known)}
    assert found == {"SO-1": ("skipped", "moved_away"), "SO-2": ("delayed", None), "SO-3": ("delayed", None)}


async def renamed(desk: Desk, shipment: str, **how: str) -> None:
    path = f"/api/orders/shipments/{shipment}"
    answer = await desk.put(MANAGER, path, how, If_Match=(await desk.get(MANAGER, path)).headers["ETag"])
    assert answer.status == 200, answer.body


async def freed(desk: Desk, number: str, **late: Any) -> None:
    """The disruption is logged, and the order is taken out of it by its owner."""
    known = await logged(desk, **late)
    (own,) = {one["delay"] for one in await listed(desk, known) if one["number"] == number}
    await done(desk, f"delays/{own}/retraction", {"reason": "ours is not late"})


async def test_what_an_owner_has_freed_stays_free_while_it_sails_as_before(vessel: Desk) -> None:
    """Another vessel for a shipment that is late itself, and her name in other letters, hold nothing anew."""
    free = (await departures(vessel, "SO-4"))[None]
    await freed(vessel, "SO-2", scope={"kind": "shipment", "name": "SH-2"})
    assert (await vessel.post(MANAGER, "/api/orders/shipments/SH-2/rolls", ROLLED)).status == 200
    assert await departures(vessel, "SO-2") == {"SH-2": free}
    await freed(vessel, "SO-2", scope={"kind": "vessel", "name": ROLLED["vessel"], "voyage": ROLLED["voyage"]}, to="2026-05-09")
    await renamed(vessel, "SH-2", vessel="Ever Ace", voyage="7e")
    assert await departures(vessel, "SO-2") == {"SH-2": free}
    assert await departures(vessel, "SO-3") == {"SH-2": "2026-05-09"}


async def test_goods_that_come_to_a_late_vessel_again_are_held_again(vessel: Desk) -> None:
    """Also goods that are ready after she sails, of which nothing moves by it."""
    await done(vessel, "shipments", {"number": "SH-9"})
    await vessel.entered(line(shipment="SH-9", promised="2026-09-01"), number="SO-5", actuals=confirmed("SH-9"))
    await logged(vessel)
    for how in ({"vessel": "EVER GIVEN", "voyage": "042W"}, {"vessel": "EVER ACE", "voyage": "7E"}) * 2:
        await renamed(vessel, "SH-9", **how)
        held = (await vessel.get(MANAGER, "/api/orders/SO-5")).body["open_delays"]
        assert len(held) == (how["vessel"] == "EVER GIVEN")
