"""Shipments over HTTP on a real database: their detail, the carrier's schedule, and lines that change from one to another."""

import asyncio
from datetime import date, timedelta
from typing import Any

from shared.contracts.envelope import Envelope
from shared.contracts.orders import PlanReestimated
from tests.orders.calls import LI, MANAGER, Desk, confirmed, delay, event, kind, order, refusal
from tests.orders.plans import line
from tests.orders.test_requests_api import knows
from tests.shared.web.server import until
from tests.support.calls import Answer

INTO = {"number": "SH-9", "mode": "sea"}


async def shown(desk: Desk, shipment: str = "SH-1", who: str = MANAGER) -> Any:
    return (await desk.get(who, f"/api/orders/shipments/{shipment}")).body


async def put(desk: Desk, what: str, body: dict[str, Any], who: str = MANAGER, shipment: str = "SH-1") -> Answer:
    version = (await shown(desk, shipment))["version"]
    return await desk.put(who, f"/api/orders/shipments/{shipment}/{what}", body, If_Match=f'"{version}"')


async def move(desk: Desk, shipment: str | None, *lines: str, who: str = MANAGER, number: str = "SO-1") -> Answer:
    return await desk.post(who, f"/api/orders/{number}/moves", {"lines": lines or ("1",), "shipment": shipment, "reason": "booked"})


async def legs(desk: Desk, number: str = "SO-1") -> dict[str, str | None]:
    return {one["line"]: one["shipment"] for one in (await desk.get(MANAGER, f"/api/orders/{number}")).body["lines"]}


def reestimated(envelope: Envelope) -> PlanReestimated:
    found = event(envelope)
    assert isinstance(found, PlanReestimated)
    return found


async def test_goods_are_announced_to_a_contact_of_their_customer(desk: Desk) -> None:
    ours, theirs = "0192f0c0-0000-7000-8000-0000000000a1", "0192f0c0-0000-7000-8000-0000000000a2"
    await desk.entered(line(shipment="SH-1"))
    for contact, code in ((ours, "ACME"), (theirs, "BOLT")):
        await knows(desk, contact, code)
    refused = await put(desk, "delivery", {"contact": theirs})
    assert (refused.status, set(refused.fields)) == (422, {"contact"})
    assert (await put(desk, "delivery", {"contact": ours})).status == 200
    await desk.entered(line(shipment="SH-1"), number="SO-2", customer="BOLT")
    assert (await put(desk, "delivery", {"contact": theirs})).status == 200, "he travels along"


async def test_a_shipment_has_its_detail(desk: Desk) -> None:
    how = {
        "mode": "sea",
        "vessel": "King of the Seas",
        "vessel_imo": "9321483",
        "voyage": "2103S",
        "transhipment_ports": ["SGSIN", "NLRTM"],
    }
    assert (await desk.put(MANAGER, "/api/orders/shipments/SH-1", how, If_Match='"1"')).status == 200
    agreed = {"place": "Dock 4, Hamburg", "forwarder": "Kuehne", "packing": "on pallets", "handover": "pickup"}
    assert (await put(desk, "delivery", agreed)).status == 200
    found = await shown(desk)
    assert {name: found[name] for name in how} == how
    assert {name: value for name, value in found["delivery"].items() if value} == agreed
    refused = await desk.put(MANAGER, "/api/orders/shipments/SH-1", {"vessel_imo": "12"}, If_Match=f'"{found["version"]}"')
    assert set(refused.fields) == {"vessel_imo"}
    await desk.entered(line(shipment="SH-1"))
    assert (await shown(desk))["delivery"]["place"] == "Dock 4, Hamburg"
    await desk.entered(line(shipment="SH-1"), number="SO-2", customer="BOLT")
    theirs = (await desk.get(LI, "/api/orders/shipments/SH-1")).body
    assert (theirs["others"], theirs["delivery"]) == (1, None), "it may be the place of the other's customer"
    assert (await put(desk, "delivery", agreed, who=LI)).slug == "not-all-yours"
    gone = await desk.post(MANAGER, "/api/orders/SO-2/cancellations", {"asked_by": "customer", "reason": "his shop closes"})
    assert gone.status == 201, gone.body
    assert (await desk.get(LI, "/api/orders/shipments/SH-1")).body["delivery"]["place"] == "Dock 4, Hamburg", "none but his travels in it"
    assert "Dock 4" not in str([envelope.data for envelope in await desk.told()])


async def test_the_carriers_schedule_is_what_each_order_expects(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), actuals=confirmed("SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2", customer="BOLT", actuals=confirmed("SH-1"))
    assert (await put(desk, "schedule", {"etd": "2026-05-04", "eta": "2026-06-02"}, who=LI)).slug == "not-all-yours"
    assert (await put(desk, "schedule", {"etd": "2026-05-04", "eta": "2026-06-02"})).status == 200
    for number in ("SO-1", "SO-2"):
        expected = await desk.expected(number)
        assert (expected["DEPART"], expected["ARRIVE"]) == ("2026-05-04", "2026-06-02")
    found = await shown(desk)
    assert (found["etd"], found["eta"], found["atd"]) == ("2026-05-04", "2026-06-02", None)
    assert (await desk.types()).count("milestone.estimated") == 4
    said = await desk.types()
    assert (await put(desk, "schedule", {"etd": "2026-05-04", "eta": "2026-06-02"})).status == 200
    assert await desk.types() == said, "what stands already tells nothing"
    assert (await put(desk, "schedule", {})).status == 200
    assert (await desk.expected())["DEPART"] == "2026-04-27"


async def test_a_vessel_that_leaves_late_arrives_late_until_the_carrier_says_again_when(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), actuals=confirmed("SH-1"))
    for etd, eta in (("2026-05-04", "2026-06-02"), ("2026-05-06", "2026-06-02")):
        assert (await put(desk, "schedule", {"etd": etd, "eta": eta})).status == 200
        found = await shown(desk)
        assert (found["etd"], found["eta"]) == (etd, eta)
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/delays", delay("2026-05-09"))).status == 201
    assert (await shown(desk))["eta"] == "2026-06-05"
    assert (await put(desk, "schedule", {"etd": "2026-05-06", "eta": "2026-06-02"})).status == 200
    found = await shown(desk)
    assert (found["etd"], found["eta"]) == ("2026-05-09", "2026-06-02")


async def test_a_vessel_does_not_wait_for_goods_that_are_not_ready(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    assert (await put(desk, "schedule", {"etd": "2026-03-20"})).status == 200
    expected = await desk.expected()
    assert date.fromisoformat(expected["DEPART"]) - date.fromisoformat(expected["QC_FINAL"]) == timedelta(days=8), "the next one"


async def test_a_sailing_is_ahead_and_arrives_after_it_departs(desk: Desk) -> None:
    said = [
        ({"etd": "2026-02-27"}, "etd", "2026-02-27 has passed: today is 2026-03-01"),
        ({"eta": "2026-02-27"}, "eta", "2026-02-27 has passed: today is 2026-03-01"),
        ({"eta": "2036-05-04"}, "eta", "2036-05-04 is more than 730 days after 2026-03-01: check the year"),
        ({"etd": "2026-05-04", "eta": "2026-05-03"}, "eta", "2026-05-03 lies before the departure on 2026-05-04"),
    ]
    rolled = {"vessel": "X", "voyage": "1", "reason": "x"}
    for body, field, why in said:
        assert refusal(await put(desk, "schedule", body)) == (422, "invalid", {field: why})
        assert refusal(await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", {**rolled, **body})) == (422, "invalid", {field: why})
    estimate = {"milestone": "DEPART"}
    assert (await desk.get(MANAGER, "/api/orders/shipments/SH-1")).body["etd"] is None
    await desk.entered(line(shipment="SH-1"))
    for day in ("2026-02-27", "2036-05-04"):
        answer = await desk.post(MANAGER, "/api/orders/shipments/SH-1/estimates", {**estimate, "day": day})
        assert set(answer.fields) == {"day"}
    assert (await put(desk, "schedule", {"etd": "2026-03-02", "eta": "2026-03-30"})).status == 200
    desk.clock.time += timedelta(days=5)
    assert (await put(desk, "schedule", {"etd": "2026-03-02", "eta": "2026-04-02"})).status == 200, "what he said before still stands"


async def test_an_arrival_comes_after_the_departure_that_is_known(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), actuals=confirmed("SH-1"))
    assert (await put(desk, "schedule", {"etd": "2026-05-04", "eta": "2026-06-02"})).status == 200
    early = {"eta": "2026-04-20"}
    for shipment in ("SH-1", "SH-2"):
        assert (await put(desk, "schedule", {"etd": "2026-05-04"}, shipment=shipment)).status == 200
        why = {"eta": "2026-05-02 lies before the departure, which is expected on 2026-05-04"}
        assert refusal(await put(desk, "schedule", {"eta": "2026-05-02"}, shipment=shipment)) == (422, "invalid", why)
    told = await desk.types()
    rolled = await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", {"vessel": "X", "voyage": "1", "reason": "x", **early})
    assert refusal(rolled)[2] == {"eta": "2026-04-20 lies before the departure, which is expected on 2026-04-27"}
    assert await desk.types() == told
    assert (await put(desk, "schedule", {})).status == 200, "the departure he has taken back"
    assert (await put(desk, "schedule", {"eta": "2026-05-02"})).status == 200
    found = await shown(desk)
    assert (found["etd"], found["eta"]) == ("2026-04-27", "2026-05-02")
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", {"milestone": "DEPART", "date": "2026-03-01"})).status == 201
    assert refusal(await put(desk, "schedule", {"eta": "2026-02-28"}))[2] == {"eta": "2026-02-28 lies before the departure on 2026-03-01"}
    assert (await put(desk, "schedule", {"eta": "2026-03-01"})).status == 200


async def test_the_schedule_of_an_empty_shipment_waits_for_its_lines(desk: Desk) -> None:
    assert (await put(desk, "schedule", {"etd": "2026-05-04"})).status == 200
    assert (await shown(desk))["etd"] == "2026-05-04"
    await desk.entered(line(), line("2"), actuals=confirmed())
    answer = await move(desk, "SH-1", "1", "2")
    assert answer.status == 200, answer.body
    await desk.entered(line(shipment="SH-1"), number="SO-2", actuals=confirmed("SH-1"))
    for number in ("SO-1", "SO-2"):
        assert (await desk.expected(number))["DEPART"] == "2026-05-04"
    assert (await put(desk, "schedule", {})).status == 200
    for number in ("SO-1", "SO-2"):
        assert (await desk.expected(number))["DEPART"] == "2026-04-27", "a word that he has taken back"


async def test_lines_are_put_into_a_shipment_moved_and_taken_out(desk: Desk) -> None:
    await desk.entered(line(), line("2"))
    before = await desk.expected()
    assert (await move(desk, "SH-1", "1", "2")).status == 200
    assert await legs(desk) == {"1": "SH-1", "2": "SH-1"}
    assert await desk.expected() == before
    answer = await move(desk, "SH-2", "2")
    assert [order["lines"] for order in answer.body["orders"]] == [[{"line": "2", "before": "SH-1", "after": "SH-2"}]]
    assert (await desk.count("milestone")) == 2 * len(before)
    assert (await move(desk, None, "1", "2")).status == 200
    assert await legs(desk) == {"1": None, "2": None}
    assert (await desk.count("milestone")) == len(before)
    types = await desk.types()
    assert types.count("order.lines_moved") == 3
    assert (await move(desk, None, "1")).body["orders"] == []
    assert await desk.types() == types


async def test_a_leg_that_is_joined_with_an_earlier_promise_is_planned_for_that(desk: Desk) -> None:
    """By a line that moves into it, and by one that is added."""
    await desk.entered(line(promised="2026-09-10", shipment="SH-1"), line("2", promised="2026-08-30"))

    async def departs() -> tuple[list[str], list[tuple[str, str, str]]]:
        leg = next(one for one in (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"] if one["shipment"] == "SH-1")
        node = next(one for one in leg["nodes"] if one["milestone"] == "DEPART")
        ledger = (await desk.get(LI, "/api/orders/SO-1/promises?milestone=DEPART")).body["items"]
        return [node["planned"], node["estimated"]], [(one["kind"], one["day"], one["reason"]) for one in ledger[-2:]]

    told = len(await desk.told())
    moved = await move(desk, "SH-1", "2")
    assert (moved.status, [(one["line"], one["after"]) for one in moved.body["orders"][0]["moved"]]) == (200, [("1", "2026-08-30")])
    assert await desk.types(told) == ["order.lines_moved", "plan.rebaselined", "plan.reestimated"]
    day = "2026-07-26"
    assert await departs() == ([day, day], [("planned", day, "lines_moved"), ("estimated", day, "lines_moved")])
    told = len(await desk.told())
    added = await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("3", promised="2026-08-10", shipment="SH-1")]})
    assert (added.status, [one["estimated"] for one in added.body["lines"]]) == (201, ["2026-08-10"] * 3)
    assert await desk.types(told) == ["order.lines_added", "plan.rebaselined", "plan.reestimated"]
    day = "2026-07-06"
    assert await departs() == ([day, day], [("planned", day, "plan_rebaselined"), ("estimated", day, "plan_rebaselined")])
    versions = [one.sequence for one in await desk.told() if kind(one).split(".")[0] in ("order", "plan")]
    assert versions == list(range(1, added.body["version"] + 1))


async def test_what_cannot_move_is_refused(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    assert (await move(desk, "SH-7")).status == 404
    assert (await move(desk, "SH-2", who="chen.jie:merchandiser")).status == 404
    assert refusal(await move(desk, "SH-2", "9")) == (422, "invalid", {"lines.0": "order SO-1 has no line 9, or it is cancelled"})
    left = await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", {"milestone": "DEPART", "date": "2026-02-28"})
    assert left.status == 201, left.body
    assert (await move(desk, "SH-2")).slug == "shipment-underway"
    roll, other = "/api/orders/shipments/SH-1/rolls", {"vessel": "X", "voyage": "1", "reason": "x"}
    assert (await desk.post(MANAGER, roll, other)).slug == "shipment-underway"
    assert (await desk.post("chen.jie:merchandiser", roll, other)).status == 404


async def test_what_is_entered_anew_joins_no_goods_that_are_further(desk: Desk) -> None:
    """Of the order or of others; it makes a leg of its own in another shipment, or comes as an order that is on its way itself."""
    await desk.entered(line(), line("2", shipment="SH-1"), actuals=[*confirmed(), *confirmed("SH-1")])
    await desk.entered(number="SO-2")
    lines, gone = "/api/orders/SO-1/lines", {"milestone": "DEPART", "shipment": "SH-1", "date": "2026-02-28"}
    assert (await desk.post(LI, lines, {"lines": [line("3")]})).status == 201, "it is agreed, and nothing else has happened"
    for actual in ({"milestone": "PRD_END", "shipment": None, "date": "2026-02-27"}, gone):
        assert (await desk.post(LI, "/api/orders/SO-1/actuals", actual)).status == 201
    told = len(await desk.told())
    elsewhere = "; enter the goods into another shipment, or as an order of their own"
    left = "shipment SH-1 has left: what is not on its way cannot join it"
    joins, as_left = f"{left}{elsewhere}", f"{left}; name another shipment, or say under actuals when these goods left"
    made = f"PRD_END of order SO-1 in shipment (none yet) happened on 2026-02-27, not to lines that would join{elsewhere}"
    sailed = f"DEPART of order SO-1 in shipment SH-1 happened on 2026-02-28{elsewhere}"
    for path, body, problem, fields in (
        (lines, {"lines": [line("4", shipment="SH-2"), line("5")]}, "legs-differ", {"lines.1.shipment": made}),
        (lines, {"lines": [line("4", shipment="SH-1")]}, "shipment-underway", {"lines.0.shipment": sailed}),
        (
            "/api/orders/SO-2/lines",
            {"lines": [line("2", shipment="SH-1")]},
            "shipment-underway",
            {"lines.0.shipment": joins},
        ),
        ("/api/orders", order(line(shipment="SH-1"), number="SO-3"), "shipment-underway", {"lines.0.shipment": as_left}),
    ):
        assert refusal(await desk.post(LI, path, body)) == (409, problem, fields)
    assert len(await desk.told()) == told
    assert (await desk.post(LI, lines, {"lines": [line("3"), line("4", shipment="SH-2")]})).status == 201
    assert (await desk.post(LI, "/api/orders", order(line(shipment="SH-1"), number="SO-3", actuals=[gone]))).status == 201


async def test_lines_that_move_at_the_same_moment_are_looked_at_again(desk: Desk) -> None:
    """Whoever records what has happened has locked the shipment that they left, and not the one whose delays may end by it."""
    await desk.entered(line(shipment="SH-1"))
    async with desk.database.transaction() as tx:
        await tx.execute("SELECT FROM shipment WHERE number = 'SH-1' FOR UPDATE")
        moving = asyncio.create_task(move(desk, "SH-2"))
        await until(lambda: tx.fetchval("SELECT count(*) = 1 FROM pg_locks WHERE NOT granted"))
        recording = asyncio.create_task(desk.post(MANAGER, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-03-01"}))
        await until(lambda: tx.fetchval("SELECT count(*) = 2 FROM pg_locks WHERE NOT granted"))
    moved, recorded = await asyncio.gather(moving, recording)
    assert (moved.status, recorded.status, recorded.slug) == (200, 409, "lines-elsewhere")
    assert (await desk.post(MANAGER, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-03-01"})).status == 201


async def test_delays_follow_the_stated_way(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    old = await desk.delayed(delay("2026-05-10"), "/api/orders/shipments/SH-1")
    await desk.entered(line(shipment="SH-2"), number="SO-2")
    new = await desk.delayed(delay("2026-05-20"), "/api/orders/shipments/SH-2")
    own = await desk.delayed(delay("2026-04-22", "QC_FINAL"))
    assert (await move(desk, "SH-2")).status == 200
    assert (await desk.expected())["DEPART"] == "2026-05-20"
    status = {one: (await desk.get(MANAGER, f"/api/orders/delays/{one}")).body["status"] for one in (old["delay"], new["delay"])}
    assert status == {old["delay"]: "closed", new["delay"]: "open"}
    assert (await desk.get(MANAGER, f"/api/orders/delays/{own['delay']}")).body["shipment"] == "SH-2"
    assert (await desk.post(MANAGER, f"/api/orders/delays/{new['delay']}/retraction", {"reason": "sails after all"})).status == 200
    assert (await desk.expected())["DEPART"] == "2026-04-30"


async def test_a_shipment_is_split_and_merged(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"), line("2", shipment="SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2", customer="BOLT")
    body = {"into": INTO, "orders": [{"order": "SO-1", "lines": ["2"]}, {"order": "SO-2"}], "reason": "two containers"}
    assert (await desk.post(LI, "/api/orders/shipments/SH-1/splits", body)).slug == "not-all-yours"
    answer = await desk.post(MANAGER, "/api/orders/shipments/SH-1/splits", body)
    assert answer.status == 200, answer.body
    assert await legs(desk) == {"1": "SH-1", "2": "SH-9"}
    assert await legs(desk, "SO-2") == {"1": "SH-9"}
    again = await desk.post(MANAGER, "/api/orders/shipments/SH-1/splits", body)
    assert set(again.fields) == {"orders"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-9/merges", {"into": "SH-1", "reason": "one after all"})).status == 200
    assert await legs(desk) == {"1": "SH-1", "2": "SH-1"}
    assert (await shown(desk, "SH-9"))["orders"] == []
    types = await desk.types()
    assert (types.count("shipment.split"), types.count("shipment.merged")) == (1, 1)
    for empty in ("SH-9", "SH-2"):
        again = await desk.post(MANAGER, f"/api/orders/shipments/{empty}/merges", {"into": "SH-1", "reason": "one after all"})
        assert (again.status, again.slug, await desk.types()) == (409, "nothing-to-merge", types)


async def test_a_leg_that_is_formed_again_counts_its_revisions_on(desk: Desk) -> None:
    """No revision of a date comes twice: a customer may have been told of the first. Formed by moving lines, or by adding some."""
    await desk.entered(line(shipment="SH-1"), line("2"))
    assert (await put(desk, "schedule", {"etd": "2026-05-04"})).status == 200
    assert (await move(desk, "SH-2", "1")).status == 200
    assert (await move(desk, "SH-1", "2")).status == 200
    assert (await move(desk, "SH-2", "2")).status == 200
    more = await desk.post(MANAGER, "/api/orders/SO-1/lines", {"lines": [line("3", shipment="SH-1")]})
    assert more.status == 201, more.body
    body = {"vessel": "Ever Gifted", "voyage": "043W", "etd": "2026-05-11", "reason": "overbooked"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", body)).status == 204
    moves = [one for envelope in await desk.told() if kind(envelope) == "plan.reestimated" for one in reestimated(envelope).nodes]
    told = [(one.shipment, one.milestone, one.revision) for one in moves]
    assert {key[0] for key in told} == {"SH-1", "SH-2"}
    assert len(told) == len(set(told))


async def test_a_rolled_shipment_travels_with_another_vessel(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    assert (await put(desk, "schedule", {"etd": "2026-05-04", "eta": "2026-06-02"})).status == 200
    body = {"vessel": "Ever Gifted", "voyage": "043W", "etd": "2026-05-11", "reason": "overbooked"}
    assert (await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", body)).status == 204
    found = await shown(desk)
    assert (found["vessel"], found["voyage"], found["mode"], found["etd"]) == ("Ever Gifted", "043W", "sea", "2026-05-11")
    same = await desk.post(MANAGER, "/api/orders/shipments/SH-1/rolls", {**body, "vessel": "EVER  GIFTED", "etd": "2026-05-12"})
    assert refusal(same) == (422, "invalid", {"voyage": "it travels with Ever Gifted 043W already: say its days as the schedule"})
    expected = await desk.expected()
    assert (expected["DEPART"], expected["ARRIVE"]) == ("2026-05-11", "2026-06-10")
    (*_, told) = [one for one in map(event, await desk.told()) if isinstance(one, PlanReestimated)]
    assert {leg: (how.vessel, how.voyage) for leg, how in told.transports.items()} == {"SH-1": ("Ever Gifted", "043W")}
    assert [one for one in await desk.types() if one.startswith("shipment.")][-3:] == [
        "shipment.rolled",
        "shipment.changed",
        "shipment.scheduled",
    ]
