"""What-if to its end: the answer of a simulation, given on as it is, shows the texts that the customers then receive."""

from datetime import date, timedelta
from typing import Any

import pytest

from deploy.local.suite import Suite
from tests.flows.world import ACTION, World, a_merchandiser
from tests.support.ledger import caught_up

PROMISED = date(2027, 3, 12)


@pytest.fixture
async def world(suite: Suite) -> World:
    return await a_merchandiser(suite)


async def _simulated(world: World, path: str, body: dict[str, Any]) -> Any:
    return (await world.me.post(f"{path}/delays/simulations", body)).expect(200)


@pytest.mark.parametrize("promise", [None, {"to": "2027-04-01"}])
async def test_the_mails_are_those_that_were_previewed(world: World, promise: dict[str, str] | None) -> None:
    both, silent = await world.customer(grade="normal"), await world.customer(languages=())
    shipment = await world.vessel("EVER GIVEN", "001E")
    orders = [await world.order(customer, shipment=shipment, promised=PROMISED) for customer in (both, both, silent)]
    await caught_up(world.suite)
    body = {
        "milestone": "ARRIVE",
        "new_date": str(PROMISED + timedelta(days=5)),
        "causes": [{"code": "LOG-PORT"}],
        "action": ACTION,
        "next_news_on": "2027-03-09",
        **({"promise": promise} if promise else {}),
    }
    path = f"/api/orders/shipments/{shipment}"

    simulated = await _simulated(world, path, body)
    preview = (await world.me.post("/api/notifications/previews", simulated)).expect(200)

    assert world.mails(both) == []
    notices = {customer["customer"]: customer["notices"] for customer in preview["customers"]}
    assert [(one["status"], one["why"]) for one in notices[silent.code]] == [("unreachable", "no_contact")]
    answer = (await world.me.post(f"{path}/delays", body)).expect(201, 202)
    assert {order["number"] for order in answer["orders"]} == set(orders)
    outcome = (await world.me.get(answer["told"])).expect(200)
    assert outcome["settled"]
    received = {(mail.recipients[0], mail.subject, mail.text.replace("\r\n", "\n").strip()) for mail in world.mails(both)}
    assert received == {(one["to"], one["subject"], one["body"].strip()) for one in notices[both.code]}
    assert len(received) == 2
    assert [one["why"] for one in outcome["unreachable"]] == ["no_contact"]

    # The same of what is said of it anew.
    anew = {name: value for name, value in body.items() if name not in ("milestone", "promise")} | {"new_date": "2027-03-19"}
    simulated = (await world.me.post(f"/api/orders/delays/{answer['delay']}/simulations", anew)).expect(200)
    preview = (await world.me.post("/api/notifications/previews", simulated)).expect(200)
    answer = (await world.me.put(f"/api/orders/delays/{answer['delay']}", anew, etag='"1"')).expect(200)
    assert (await world.me.get(answer["told"])).expect(200)["settled"]
    notices = {customer["customer"]: customer["notices"] for customer in preview["customers"]}
    queued = {(one["to"], one["subject"], one["body"].strip()) for one in notices[both.code] if one["status"] == "queued"}
    assert {(mail.recipients[0], mail.subject, mail.text.replace("\r\n", "\n").strip()) for mail in world.mails(both)} == received | queued
    assert queued or promise
