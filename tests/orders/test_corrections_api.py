"""Actual dates corrected over HTTP: the ledger, the delays and the order that come back, who may, and what is told."""

from typing import Any
from uuid import UUID

from services.orders.lateness.handlers import attribute
from services.orders.lateness.store import COMPLETED
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, confirmed, delay
from tests.orders.plans import line
from tests.orders.test_advice_api import BODY

ACTUALS = "/api/orders/shipments/SH-1/actuals"
SAILED = {"milestone": "DEPART", "date": "2026-02-27"}
WRONG = {"milestone": "DEPART", "date": None, "reason": "another vessel sailed"}


async def corrected(desk: Desk, path: str, body: dict[str, Any], who: str = MANAGER) -> Any:
    answer = await desk.post(who, f"{path}/corrections", body)
    assert answer.status == 201, answer.body
    return answer.body


async def test_a_shipment_that_has_not_sailed_after_all(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    await desk.entered(line(shipment="SH-1"), number="SO-2", customer="BOLT")
    known = (await desk.delayed(delay(next_news_on="2026-03-09"), "/api/orders/shipments/SH-1"))["delay"]
    before = [(await desk.get(MANAGER, f"/api/orders/{number}/plan")).body["legs"] for number in ("SO-1", "SO-2")]
    assert (await desk.post(MANAGER, ACTUALS, SAILED)).status == 201
    assert (await desk.get(MANAGER, f"/api/orders/delays/{known}")).body["status"] == "closed"
    told = len(await desk.told())

    assert (await desk.post(LI, f"{ACTUALS}/corrections", WRONG)).slug == "not-all-yours"
    done = await corrected(desk, ACTUALS, WRONG)
    for order in done["orders"]:
        assert (order["before"], order["actual"], order["expected"]) == ("2026-02-27", None, "2026-05-01")
        assert order["reopened"] == [f"/api/orders/delays/{known}"]
        assert order["version"] == (await desk.get(MANAGER, f"/api/orders/{order['number']}")).body["version"]
    after = [(await desk.get(MANAGER, f"/api/orders/{number}/plan")).body["legs"] for number in ("SO-1", "SO-2")]
    assert after == before
    assert (await desk.get(MANAGER, f"/api/orders/delays/{known}")).body["status"] == "open"
    assert {("news_due", UUID(known))} <= {(timer.kind, timer.subject) for timer in await desk.due()}
    assert sorted(await desk.types(told)) == sorted(
        ["milestone.corrected", "plan.reestimated", "promise.at_risk"] * 2 + ["delay.reopened", "delay.joined"]
    )
    ledger = (await desk.get(LI, "/api/orders/SO-1/promises?milestone=DEPART")).body["items"]
    assert [(one["kind"], one["day"], one["reason"], one["actor"]) for one in ledger[-2:]] == [
        ("retracted", "2026-02-27", "another vessel sailed", "wang.fang"),
        ("estimated", "2026-05-01", "actual_corrected", "wang.fang"),
    ]
    assert ("actual", "2026-02-27") in [(one["kind"], one["day"]) for one in ledger]
    assert (await desk.post(MANAGER, f"{ACTUALS}/corrections", WRONG)).slug == "milestone-not-reached"


async def test_a_delivery_was_another_days(desk: Desk) -> None:
    await desk.entered(line(), line("2"), actuals=confirmed())
    path = "/api/orders/SO-1/actuals"
    assert (await desk.post(LI, path, {"milestone": "DELIVERED", "date": "2026-02-26"})).body["status"] == "completed"
    (timer,) = [one for one in await desk.due() if one.kind == COMPLETED]
    body = {"milestone": "DELIVERED", "date": None, "lines": ["2"], "reason": "signed for another order"}
    assert (await desk.post(CHEN, f"{path}/corrections", body)).slug == "not-found"
    assert (await desk.post(LI, f"{path}/corrections", {**body, "date": "2026-04-01"})).fields.keys() == {"date"}
    assert (await desk.post(LI, f"{path}/corrections", {**body, "reason": " "})).fields.keys() == {"reason"}
    told = len(await desk.told())
    done = await corrected(desk, path, body, LI)
    assert (done["status"], done["actual"], [one["line"] for one in done["corrected"]]) == ("open", None, ["2"])
    assert await desk.types(told) == ["milestone.corrected", "plan.reestimated", "lateness.attributed"]
    shown = (await desk.get(LI, "/api/orders/SO-1")).body
    assert [(one["line"], one["delivered"]) for one in shown["lines"]] == [("1", "2026-02-26"), ("2", None)]
    async with desk.database.transaction() as tx:
        await attribute(tx, [timer], desk.clock.now())
    assert len(await desk.told()) == told + 3, "an order that is open again has no lateness"

    assert (await desk.post(LI, path, {"milestone": "DELIVERED", "date": "2026-02-28"})).body["status"] == "completed"
    right = await corrected(desk, path, {**body, "date": "2026-02-27"}, LI)
    assert (right["status"], right["actual"], right["corrected"][0]["before"]) == ("completed", "2026-02-27", "2026-02-28")
    kinds = (await desk.get(LI, "/api/orders/SO-1/promises?line=2")).body["items"]
    assert [(one["kind"], one["day"]) for one in kinds][-3:] == [
        ("actual", "2026-02-28"),
        ("retracted", "2026-02-28"),
        ("actual", "2026-02-27"),
    ]
    assert COMPLETED in {one.kind for one in await desk.due()}, "its lateness is told anew"


async def test_an_order_was_placed_on_another_day(desk: Desk) -> None:
    await desk.entered(line(requested="2026-05-20"), ordered_on="2026-02-20", actuals=confirmed())
    path, right = "/api/orders/SO-1/ordered-on/corrections", {"date": "2026-02-10", "reason": "by phone"}
    advice = {**BODY, "given_on": "2026-02-12"}
    assert [(await desk.post(who, path, right)).status for who in (CHEN, FINANCE)] == [404, 403]
    for day in ("2026-02-27", "2026-03-09", "2026-02-20"):
        assert (await desk.post(LI, path, {**right, "date": day})).fields.keys() == {"date"}, day
    assert (await desk.post(LI, "/api/orders/SO-1/advice", advice)).fields.keys() == {"given_on"}
    told = len(await desk.told())
    seen = (await desk.get(LI, "/api/orders/SO-1")).body["version"]
    assert (await desk.post(LI, path, right, If_Match=f'"{seen - 1}"')).slug == "stale"
    done = await desk.post(LI, path, right, If_Match=f'"{seen}"')
    assert (done.status, done.body["before"], done.body["nodes"]) == (201, "2026-02-20", [])
    shown = (await desk.get(LI, "/api/orders/SO-1")).body
    assert (shown["ordered_on"], shown["version"]) == ("2026-02-10", done.body["version"])
    assert await desk.types(told) == ["order.day_corrected"]
    # What was refused before the order can have been now, and the order not after that.
    assert (await desk.post(LI, "/api/orders/SO-1/advice", advice)).status == 201
    late = await desk.post(LI, path, {**right, "date": "2026-02-15"})
    assert "advice on transport was given on 2026-02-12" in late.fields["date"]
    asked = {"day": "2026-09-01", "why": "his fair", "asked_on": "2026-02-11"}
    assert (await desk.post(LI, "/api/orders/SO-1/requests", asked)).status == 201
    late = await desk.post(LI, path, {**right, "date": "2026-02-12"})
    assert "another day was asked for on 2026-02-11" in late.fields["date"]
    found = {"kind": "quality", "severity": "minor", "description": "shade", "detected_on": "2026-02-10", "causes": [{"code": "UNKNOWN"}]}
    assert (await desk.post(LI, "/api/orders/SO-1/exceptions", found)).status == 201
    late = await desk.post(LI, path, {**right, "date": "2026-02-11"})
    assert "an exception was found on 2026-02-10" in late.fields["date"]
