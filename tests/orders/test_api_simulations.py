"""What a delay would do, asked before it is logged."""

import random
from datetime import date, timedelta
from typing import Any

from tests.orders.calls import CHEN, LI, MANAGER, Desk, confirmed, delay, refusal
from tests.orders.calls import said as anew
from tests.orders.firm import ruled
from tests.orders.plans import line

SAID = ("number", "before", "after", "nodes", "lines", "promises", "at_risk")


def said(answer: Any) -> list[dict[str, Any]]:
    return [{name: order[name] for name in SAID} for order in answer["orders"]]


async def test_what_is_simulated_is_what_is_then_done(desk: Desk) -> None:
    await desk.entered(actuals=confirmed())
    before = await desk.told()
    for body in (delay("2026-05-01"), delay("2026-05-01", promise={"to": "2026-06-10"})):
        simulated = (await desk.post(LI, "/api/orders/SO-1/delays/simulations", body)).body
        assert await desk.told() == before
        assert await desk.count("delay") == 0
    done = await desk.delayed(body)
    assert said(simulated) == said(done)
    (order,) = simulated["orders"]
    assert (order["slack_before"], order["slack_after"]) == (0, 5)
    told = next(envelope.data for envelope in await desk.told() if envelope.type.endswith("plan.reestimated.v1"))
    assert isinstance(told, dict)
    reason = {**order["reestimated"]["delay"], "delay_id": told["delay"]["delay_id"]}
    assert {**order["reestimated"], "delay": reason} == told


async def test_a_shipment_is_simulated_with_all_its_orders(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2", customer="BOLT")
    path = "/api/orders/shipments/SH-1/delays"
    simulated = (await desk.post(MANAGER, f"{path}/simulations", delay())).body
    assert [order["number"] for order in simulated["orders"]] == ["SO-1", "SO-2"]
    assert (await desk.post(CHEN, f"{path}/simulations", delay())).slug == "not-all-yours"
    assert said(simulated) == said(await desk.delayed(delay(), "/api/orders/shipments/SH-1"))


async def test_what_would_be_refused_is_refused(desk: Desk) -> None:
    await desk.entered()
    assert (await desk.post(LI, "/api/orders/SO-1/delays/simulations", delay("2026-04-01"))).fields.keys() == {"new_date"}
    await desk.delayed(delay())
    assert (await desk.post(LI, "/api/orders/SO-1/delays/simulations", delay("2026-06-01"))).slug == "delay-open"
    assert (await desk.post(CHEN, "/api/orders/SO-1/delays/simulations", delay())).slug == "not-found"
    await desk.post(LI, "/api/orders/SO-1/cancellations", {"asked_by": "customer", "reason": "his shop closes"})
    assert (await desk.post(LI, "/api/orders/SO-1/delays/simulations", delay("2026-07-01"))).slug == "order-cancelled"


async def test_a_promise_that_would_wait_for_approval_is_shown_as_waiting(desk: Desk) -> None:
    await ruled(desk)
    body = delay("2026-05-01", promise={"to": "2026-12-01"})
    (simulated,) = (await desk.post(LI, "/api/orders/SO-1/delays/simulations", body)).body["orders"]
    assert [(one["line"], one["after"]) for one in simulated["waiting"]] == [("1", "2026-12-01")]
    assert (simulated["promises"], simulated["reestimated"]["promises"]) == ([], [])
    (boss,) = (await desk.post("boss:admin", "/api/orders/SO-1/delays/simulations", body)).body["orders"]
    assert boss["waiting"] == []
    assert [one["after"] for one in boss["promises"]] == ["2026-12-01"]
    assert boss["reestimated"]["promises"] == boss["promises"]


async def test_an_update_is_simulated_as_it_is_then_done(desk: Desk) -> None:
    """Any update, also one that is refused: of a delay of an order, and of a shipment that another order has joined since."""
    await desk.entered()
    await desk.entered(line(shipment="SH-1"), number="SO-2")
    delays = [(await desk.delayed(delay()))["delay"], (await desk.delayed(delay(), "/api/orders/shipments/SH-1"))["delay"]]
    await desk.entered(line(shipment="SH-1"), number="SO-3", customer="BOLT")
    draw, done, versions = random.Random(58), list[int](), dict.fromkeys(delays, 1)
    for _ in range(12):
        one = draw.choice(delays)
        promise = {"promise": {"to": str(date(2026, 6, 1) + timedelta(days=draw.randrange(40)))}} if draw.random() < 0.3 else {}
        body = anew(str(date(2026, 4, 20) + timedelta(days=draw.randrange(30))), **promise)
        told = await desk.told()
        simulated = await desk.post(MANAGER, f"/api/orders/delays/{one}/simulations", body)
        assert await desk.told() == told
        updated = await desk.put(MANAGER, f"/api/orders/delays/{one}", body, If_Match=f'"{versions[one]}"')
        done.append(updated.status)
        if updated.status != 200:
            assert refusal(simulated) == refusal(updated)
            continue
        versions[one] += 1
        assert said(simulated.body) == said(updated.body)
        events = [envelope.data for envelope in (await desk.told())[len(told) :] if envelope.type.endswith("plan.reestimated.v1")]
        assert [order["reestimated"] for order in simulated.body["orders"]] == events
    assert done.count(200) >= 4
    assert 422 in done


async def test_an_update_is_simulated_by_those_who_may_update(desk: Desk) -> None:
    await desk.entered()
    one = (await desk.delayed(delay()))["delay"]
    assert (await desk.post(CHEN, f"/api/orders/delays/{one}/simulations", anew())).slug == "not-found"
    await desk.post(LI, f"/api/orders/delays/{one}/retraction", {"reason": "a mistake"})
    assert (await desk.post(LI, f"/api/orders/delays/{one}/simulations", anew())).slug == "delay-over"
