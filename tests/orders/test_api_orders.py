"""Orders, shipments, actual dates, promises and lists over HTTP on a real database."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from shared.contracts.orders import MilestoneAchieved, OrderCreated
from shared.contracts.shipments import ShipmentChanged
from tests.orders.calls import CHEN, FINANCE, LI, MANAGER, Desk, confirmed, delay, event, kind, order, refusal
from tests.orders.plans import line


async def test_a_new_order_is_planned_and_told(desk: Desk) -> None:
    new = order(line(supplier="MILL", amount="1440.50", requested="2026-05-25"), incoterm="DAP", actuals=confirmed())
    answer = await desk.post(LI, "/api/orders", new)
    assert answer.status == 201, answer.body
    assert answer.headers["Location"] == "/api/orders/SO-1"
    assert (answer.body["delivery_point"], answer.body["status"], answer.body["owner"]) == ("DELIVERED", "open", "li.wei")
    [shown] = answer.body["lines"]
    assert (shown["amount"], shown["requested"], shown["promised"], shown["estimated"]) == (
        "1440.50",
        "2026-05-25",
        "2026-06-01",
        "2026-06-01",
    )
    assert next(node["milestone"] for node in answer.body["plan"]) == "ORD_CONF"
    told = (await desk.told())[-1]
    created = event(told)
    assert isinstance(created, OrderCreated)
    assert (created.customer_code, created.source, str(created.lines[0].amount), len(created.plan)) == ("ACME", "api", "1440.50", 8)
    assert (told.sequence, told.actor, told.historical) == (1, "li.wei", False)


async def test_fob_delivers_at_departure(desk: Desk) -> None:
    body = await desk.entered(incoterm="FOB")
    assert body["delivery_point"] == "DEPART"
    assert {node["milestone"]: node["planned"] for node in body["plan"]}["DEPART"] == "2026-06-01"


async def test_every_refusal_of_an_order_is_told_at_once(desk: Desk) -> None:
    answer = await desk.post(
        LI, "/api/orders", order(line(supplier="NOBODY"), line("2", shipment="SH-9"), number="codes", customer="WHO", template="no")
    )
    assert answer.status == 422
    assert set(answer.fields) == {"number", "customer", "template", "lines.0.supplier", "lines.1.shipment"}
    assert await desk.count("customer_order") == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"incoterm": "FAX"}, "incoterm"),
        ({"trade_type": "smuggling"}, "trade_type"),
        ({"currency": "euro"}, "currency"),
        ({"number": "a\\b"}, "number"),
        ({"customer_po": "a\nb"}, "customer_po"),
        ({"lines": []}, "lines"),
        ({"delivery_point": "CST_REL"}, "delivery_point"),
    ],
)
async def test_wrong_values_are_named(desk: Desk, changes: dict[str, Any], field: str) -> None:
    answer = await desk.post(LI, "/api/orders", {**order(), **changes})
    assert answer.status == 422, answer.body
    assert set(answer.fields) == {field}


async def test_a_customer_out_of_sight_is_not_known(desk: Desk) -> None:
    answer = await desk.post(LI, "/api/orders", order(customer="BOLT"))
    assert refusal(answer) == (422, "invalid", {"customer": "no customer BOLT is known here"})
    assert (await desk.post(FINANCE, "/api/orders", order())).status == 403


async def test_a_number_is_given_once_also_at_the_same_moment(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.post(LI, "/api/orders", order()) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert {answer.slug for answer in answers if answer.status == 409} == {"order-exists"}
    again = await desk.post(CHEN, "/api/orders", order(customer="BOLT"))
    assert again.status == 409


async def test_the_same_key_is_the_same_order(desk: Desk) -> None:
    answers = [await desk.post(LI, "/api/orders", order(), Idempotency_Key="order-key-1") for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 201]
    assert await desk.count("customer_order") == 1


async def test_more_lines_are_all_or_none(desk: Desk) -> None:
    await desk.entered()
    answer = await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("2"), line("3", shipment="SH-9")]})
    assert refusal(answer) == (422, "invalid", {"lines.1.shipment": "there is no shipment SH-9"})
    answer = await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("2"), line("3", shipment="SH-1", promised="2026-07-01")]})
    assert answer.status == 201, answer.body
    assert [one["line"] for one in answer.body["lines"]] == ["1", "2", "3"]
    assert len(answer.body["plan"]) == 16
    assert (await desk.types())[-1] == "order.lines_added"
    assert (await desk.post(CHEN, "/api/orders/SO-1/lines", {"lines": [line("4")]})).status == 404
    again = await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("2")]})
    assert (again.status, again.body["version"]) == (201, 2)


async def test_an_order_is_seen_by_its_owner_the_manager_and_the_departments(desk: Desk) -> None:
    await desk.entered()
    for who, status in ((LI, 200), (MANAGER, 200), (FINANCE, 200), (CHEN, 404)):
        for path in ("/api/orders/SO-1", "/api/orders/SO-1/promises", "/api/orders/SO-1/delays"):
            assert (await desk.get(who, path)).status == status, (who, path)
    assert (await desk.get(CHEN, "/api/orders")).body["items"] == []
    for path, body in (
        ("actuals", {"milestone": "ORD_CONF", "date": "2026-02-27"}),
        ("promises", {"to": "2026-06-20", "reason": "other"}),
    ):
        assert (await desk.post(CHEN, f"/api/orders/SO-1/{path}", body)).status == 404


async def test_orders_are_listed_by_what_people_ask_for(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1", supplier="MILL"), number="AC-1", customer_po="4500-A", actuals=confirmed("SH-1"))
    await desk.entered(line(promised="2026-03-01"), number="AC-2", customer_po="4500-B")
    await desk.entered(line(delivered="2026-02-01"), number="AC-3", customer_po="77%")
    await desk.entered(number="BO-1", customer="BOLT", customer_po="bolt-1", actuals=confirmed())
    await desk.delayed(delay(), "/api/orders/AC-1")
    desk.clock.time = desk.clock.time.replace(day=5)

    async def found(query: str, who: str = MANAGER) -> list[str]:
        answer = await desk.get(who, f"/api/orders?{query}")
        assert answer.status == 200, answer.body
        return [one["number"] for one in answer.body["items"]]

    assert await found("") == ["AC-1", "AC-2", "AC-3", "BO-1"]
    assert await found("", LI) == ["AC-1", "AC-2", "AC-3"]
    assert await found("status=completed") == ["AC-3"]
    assert await found("customer=BOLT") == ["BO-1"]
    assert await found("owner=li.wei&status=open") == ["AC-1", "AC-2"]
    assert await found("po=4500") == ["AC-1", "AC-2"]
    assert await found("q=bol") == ["BO-1"]
    assert await found("q=ac-") == ["AC-1", "AC-2", "AC-3"]
    assert await found("po=%25") == []
    assert await found("supplier=MILL") == ["AC-1"]
    assert await found("shipment=SH-1") == ["AC-1"]
    assert await found("late=true") == ["AC-2"]
    assert await found("late=false&status=open") == ["AC-1", "BO-1"]
    assert await found("at_risk=true") == ["AC-1", "AC-2"], "what has not begun takes its time from today"
    assert await found("delayed=true") == ["AC-1"]
    assert await found("promised_from=2026-05-01") == ["AC-1", "BO-1"]
    assert await found("promised_to=2026-05-01") == ["AC-2"]
    assert await found("milestone=MAT_IN&customer=BOLT") == ["BO-1"]
    page = (await desk.get(MANAGER, "/api/orders?limit=3")).body
    assert [one["number"] for one in page["items"]] == ["AC-1", "AC-2", "AC-3"]
    assert await found(f"limit=3&cursor={page['next']}") == ["BO-1"]
    assert (await desk.get(MANAGER, "/api/orders?limit=500")).status == 422
    assert (await desk.get(MANAGER, "/api/orders?cursor=nonsense")).status == 422
    first = page["items"][0]
    assert (first["at_risk_lines"], first["open_delays"], first["promised"], first["expected"], first["shipments"]) == (
        1, 1, "2026-06-01", "2026-06-05", ["SH-1"],
    )  # fmt: skip
    untouched = page["items"][1]
    assert (untouched["late_lines"], untouched["at_risk_lines"], untouched["expected"]) == (1, 1, "2026-06-04")
    read = [(await desk.get(MANAGER, f"/api/orders/{number}")).body["lines"][0] for number in ("AC-1", "AC-2", "AC-3", "BO-1")]
    assert [(one["late"], one["at_risk"]) for one in read] == [(False, True), (True, True), (False, False), (False, False)]


async def test_shipments_are_found_by_every_name_people_use(desk: Desk) -> None:
    body = {"number": "SH-7", "mode": "sea", "vessel": "MSC Oscar", "voyage": "FA1", "booking": "bk-77", "transport_document": "MSCU123",
            "containers": ["mscu1234566", "TGHU7654320"], "port_of_loading": "CNSHA", "port_of_discharge": "DEHAM"}  # fmt: skip
    made = await desk.post(LI, "/api/orders/shipments", body)
    assert made.status == 201, made.body
    assert made.body["containers"] == ["MSCU1234566", "TGHU7654320"]
    await desk.entered(line(shipment="SH-7"), number="AC-1", customer_po="4500-A")
    await desk.entered(line(shipment="SH-7"), number="BO-1", customer="BOLT", customer_po="B-1")

    async def found(query: str, who: str = MANAGER) -> list[str]:
        answer = await desk.get(who, f"/api/orders/shipments?{query}")
        assert answer.status == 200, answer.body
        return [one["number"] for one in answer.body["items"]]

    for query in (
        "vessel=msc%20oscar&voyage=fa1",
        "booking=BK-77",
        "container=mscu1234566",
        "bl=mscu123",
        "po=4500-a",
        "order=BO-1",
        "customer=ACME",
    ):
        assert await found(query) == ["SH-7"], query
    assert await found("vessel=ever%20given&voyage=042w") == ["SH-1", "SH-2"]
    assert await found("mode=air") == []
    assert await found("po=B-1", LI) == []
    assert await found("po=B-1", CHEN) == ["SH-7"]
    shown = (await desk.get(LI, "/api/orders/shipments/SH-7")).body
    assert ([one["number"] for one in shown["orders"]], shown["others"]) == (["AC-1"], 1)
    assert "BO-1" not in str(shown)
    await desk.entered(line(shipment="SH-2"), number="BO-2", customer="BOLT")
    assert (await desk.get(LI, "/api/orders/shipments/SH-2")).status == 404
    refused = await desk.post(LI, "/api/orders/shipments", {"number": "SH-8", "mode": "balloon", "port_of_loading": "Shanghai"})
    assert set(refused.fields) == {"mode", "port_of_loading"}
    assert (await desk.post(LI, "/api/orders/shipments", {"number": "SH-7"})).slug == "shipment-exists"


async def test_a_shipment_is_changed_by_who_has_seen_it(desk: Desk) -> None:
    path = "/api/orders/shipments/SH-1"
    assert (await desk.put(LI, path, {"vessel": "MSC Oscar"})).status == 428
    answer = await desk.put(LI, path, {"mode": "sea", "vessel": "MSC Oscar"}, If_Match='"1"')
    assert (answer.status, answer.body["vessel"], answer.body["voyage"], answer.body["version"]) == (200, "MSC Oscar", None, 2)
    assert (await desk.put(LI, path, {"vessel": "Ever Given"}, If_Match='"1"')).status == 412
    changed = event((await desk.told())[-1])
    assert isinstance(changed, ShipmentChanged)
    assert changed.transport.vessel == "MSC Oscar"


async def test_an_actual_date_is_recorded_once_and_moves_what_comes_after(desk: Desk) -> None:
    desk.clock.time -= timedelta(days=3)
    await desk.entered()
    desk.clock.time += timedelta(days=3)
    answer = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-03-01"})
    assert answer.status == 201, answer.body
    assert next(node["milestone"] for node in answer.body["nodes"]) == "MAT_IN"
    assert (answer.body["lines"][0]["after"], answer.body["at_risk"]) == ("2026-06-04", ["1"])
    assert (await desk.types())[-3:] == ["milestone.achieved", "plan.reestimated", "promise.at_risk"]
    again = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-03-01"})
    assert (again.status, again.slug, again.body["actual"]) == (409, "milestone-reached", "2026-03-01")
    for body, field in (
        ({"milestone": "MAT_IN", "date": "2026-04-01"}, "date"),
        ({"milestone": "CST_REL", "date": "2026-03-01"}, "milestone"),
        ({"milestone": "MAT_IN", "date": "2026-03-01", "lines": ["1"]}, "lines"),
        ({"milestone": "DELIVERED", "date": "2026-03-01", "lines": ["1", "9"]}, "lines.1"),
        ({"milestone": "DELIVERED", "date": "2026-03-01", "lines": ["1", "1"]}, "lines.1"),
        ({"milestone": "MAT_IN", "date": "2026-02-28"}, "date"),
        ({"milestone": "DELIVERED", "date": "2026-03-01", "shipment": "SH-1"}, "shipment"),
    ):
        refused = await desk.post(LI, "/api/orders/SO-1/actuals", body)
        assert (refused.status, set(refused.fields)) == (422, {field}), body


async def test_what_comes_later_cannot_have_happened_before(desk: Desk) -> None:
    await desk.entered()
    assert (await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "PRD_START", "date": "2026-02-20"})).status == 201
    answer = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "MAT_IN", "date": "2026-02-21"})
    why = "PRD_START of order SO-1 happened on 2026-02-20: MAT_IN, which comes before it, cannot have happened on 2026-02-21"
    assert refusal(answer) == (422, "invalid", {"date": why})
    assert (await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "MAT_IN", "date": "2026-02-20"})).status == 201


@pytest.mark.parametrize("number", ["SO/2026/17", "订单 1", "SO#1", "a&b=c;+", "SO'1\"", "x" * 60])
async def test_any_number_people_use_leads_to_its_order(desk: Desk, number: str) -> None:
    made = await desk.post(LI, "/api/orders", order(number=number))
    assert made.status == 201, made.body
    assert made.headers["Location"].isascii()
    assert (await desk.get(LI, made.headers["Location"])).body["number"] == number
    assert (await desk.post(LI, f"{made.headers['Location']}/delays", delay())).status == 201


async def test_orders_are_found_by_how_they_travel(desk: Desk) -> None:
    how = {"booking": "BK-7", "transport_document": "MAEU123", "containers": ["mscu1234566"]}
    answer = await desk.put(MANAGER, "/api/orders/shipments/SH-2", {"vessel": "MSC Oscar", "voyage": "7E", **how}, If_Match='"1"')
    assert answer.status == 200, answer.body
    await desk.entered(line(shipment="SH-1"), line("2", shipment="SH-2"), number="AC-1")
    await desk.entered(line(shipment="SH-1"), number="AC-2")
    for query, numbers in (
        ("vessel=ever+given&voyage=042w", ["AC-1", "AC-2"]),
        ("vessel=msc+oscar", ["AC-1"]),
        ("vessel=msc+oscar&voyage=042W", []),
        ("booking=bk-7", ["AC-1"]),
        ("container=MSCU1234566", ["AC-1"]),
        ("bl=maeu123", ["AC-1"]),
    ):
        found = await desk.get(LI, f"/api/orders?{query}")
        assert [one["number"] for one in found.body["items"]] == numbers, query
        assert (await desk.get(CHEN, f"/api/orders?{query}")).body["items"] == []


async def test_an_order_is_completed_with_its_last_line(desk: Desk) -> None:
    await desk.entered(line(), line("2"))
    first = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "DELIVERED", "date": "2026-02-20", "lines": ["2"]})
    assert (first.body["status"], first.body["actual"], first.body["delivered"]) == (
        "open",
        None,
        [{"line": "2", "delivered": "2026-02-20"}],
    )
    last = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "DELIVERED", "date": "2026-02-28"})
    assert (last.body["status"], last.body["actual"]) == ("completed", "2026-02-28")
    told = [event(one) for one in await desk.told() if kind(one) == "milestone.achieved"]
    assert [one.complete for one in told if isinstance(one, MilestoneAchieved)] == [False, True]


async def test_a_shipments_actual_date_counts_for_all_and_closes_its_delay(desk: Desk) -> None:
    for number, who in (("AC-1", "ACME"), ("BO-1", "BOLT")):
        await desk.entered(line(shipment="SH-1"), number=number, customer=who)
    known = await desk.delayed(delay("2026-03-20", "ORD_CONF"), "/api/orders/shipments/SH-1")
    body = {"milestone": "ORD_CONF", "date": "2026-03-01"}
    assert (await desk.post(LI, "/api/orders/shipments/SH-1/actuals", body)).slug == "not-all-yours"
    one = await desk.post(LI, "/api/orders/AC-1/actuals", body)
    assert one.status == 201, one.body
    assert (await desk.get(LI, f"/api/orders/delays/{known['delay']}")).body["status"] == "open"
    rest = await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", body)
    assert [order["number"] for order in rest.body["orders"]] == ["BO-1"]
    assert (await desk.get(LI, f"/api/orders/delays/{known['delay']}")).body["status"] == "closed"
    told = await desk.told()
    (logged,) = [one for one in told if kind(one) == "delay.logged"]
    assert [(kind(one), one.sequence - logged.sequence) for one in told if one.subject == logged.subject][-4:] == [
        ("delay.logged", 0), ("delay.freed", 1), ("delay.freed", 2), ("delay.closed", 3),
    ]  # fmt: skip
    again = await desk.post(MANAGER, "/api/orders/shipments/SH-1/actuals", body)
    assert (again.status, again.slug) == (409, "milestone-reached")


async def test_delivery_ends_the_delay_of_a_milestone_nobody_recorded(desk: Desk) -> None:
    await desk.entered(line(shipment="SH-1"))
    one = await desk.delayed(delay(), "/api/orders/shipments/SH-1")
    two = await desk.delayed(delay("2026-04-25", "PRD_END"))
    answer = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "DELIVERED", "date": "2026-03-01"})
    assert (answer.body["status"], answer.body["nodes"]) == ("completed", [])
    for known in (one, two):
        assert (await desk.get(LI, f"/api/orders/delays/{known['delay']}")).body["status"] == "closed"
    assert (await desk.types())[-4:] == ["milestone.achieved", "delay.closed", "delay.freed", "delay.closed"]


async def test_the_promise_moves_by_its_own_command(desk: Desk) -> None:
    await desk.entered(line(), line("2"), actuals=confirmed())
    answer = await desk.post(LI, "/api/orders/SO-1/promises", {"lines": ["2"], "to": "2026-05-20", "reason": "customer_request"})
    assert answer.status == 201, answer.body
    assert answer.body["at_risk"] == ["2"]
    assert (await desk.types())[-2:] == ["promise.changed", "promise.at_risk"]
    for body, field in (
        ({"lines": ["9"], "to": "2026-06-10", "reason": "other"}, "lines.0"),
        ({"lines": ["2"], "to": "2026-05-20", "reason": "other"}, "to"),
        ({"to": "2026-06-10", "reason": "because"}, "reason"),
        ({"lines": [], "to": "2026-06-10", "reason": "other"}, "lines"),
    ):
        refused = await desk.post(LI, "/api/orders/SO-1/promises", body)
        assert (refused.status, set(refused.fields)) == (422, {field}), body


async def test_an_earlier_promise_plans_anew_what_is_to_come(desk: Desk) -> None:
    await desk.entered(line(promised="2026-08-30"))
    told = len(await desk.told())
    moved = await desk.post(LI, "/api/orders/SO-1/promises", {"to": "2026-08-10", "reason": "customer_request"})
    assert (moved.status, moved.body["at_risk"]) == (201, [])
    assert await desk.types(told) == ["plan.rebaselined", "plan.reestimated", "promise.changed"]
    shown = (await desk.get(LI, "/api/orders/SO-1")).body
    assert (shown["version"], [(one["promised"], one["estimated"]) for one in shown["lines"]]) == (
        moved.body["version"],
        [("2026-08-10", "2026-08-10")],
    )
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    depart = next(one for one in leg["nodes"] if one["milestone"] == "DEPART")
    assert (depart["planned"], depart["estimated"], depart["slack_days"], leg["feasible"]) == ("2026-07-06", "2026-07-06", 0, True)
    ledger = (await desk.get(LI, "/api/orders/SO-1/promises?milestone=DEPART")).body["items"]
    assert [(one["kind"], one["day"], one["reason"]) for one in ledger[-2:]] == [
        ("planned", "2026-07-06", "promise_changed"),
        ("estimated", "2026-07-06", "promise_changed"),
    ]
    back = await desk.post(LI, "/api/orders/SO-1/promises", {"to": "2026-08-30", "reason": "customer_request"})
    assert (back.status, (await desk.types())[-1]) == (201, "promise.changed")
    # Two who have read the same order: who comes second is told so, and a command that heeds no version says that.
    seen = {"If_Match": back.headers["ETag"]}
    first, second = [
        await desk.post(MANAGER, "/api/orders/SO-1/promises", {"to": to, "reason": "other"}, **seen) for to in ("2026-09-04", "2026-09-02")
    ]
    assert (first.status, second.status, second.slug) == (201, 412, "stale")
    for path, body in (
        ("delays", delay("2026-08-20", "DEPART")),
        ("estimates", {"milestone": "DEPART", "day": "2026-07-08", "source": "owner"}),
        ("actuals", {"milestone": "ORD_CONF", "date": "2026-03-01"}),
        ("requests", {"day": "2026-09-01", "why": "our fair"}),
        ("cancellations", {"asked_by": "customer", "reason": "his shop closes"}),
        ("splits", {"line": "1", "part": "1-A", "quantity": "1", "reason": "the rest is packed"}),
        ("joins", {"line": "1", "part": "1-A", "reason": "one sailing is enough"}),
        ("moves", {"lines": ["1"], "shipment": None, "reason": "the vessel is full"}),
    ):
        assert (await desk.post(LI, f"/api/orders/SO-1/{path}", body, **seen)).slug == "stale", path
    unheard = await desk.post(LI, "/api/orders/SO-1/lines", {"lines": [line("2")]}, **seen)
    assert (unheard.status, set(unheard.fields)) == (400, {"If-Match"})
    (leg,) = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    assert next((one["estimated"], one["slack_days"]) for one in leg["nodes"] if one["milestone"] == "DEPART") == ("2026-07-06", 25)


async def test_days_that_have_passed_are_refused_with_their_field(desk: Desk) -> None:
    before, later = "2026-02-27", "2026-03-03"
    await desk.entered(ordered_on="2026-02-20")
    bodies = [
        ("", order(line(promised=before), number="SO-2", ordered_on=later), {"lines.0.promised", "ordered_on"}),
        ("/SO-1/lines", {"lines": [line("2", promised=before)]}, {"lines.0.promised"}),
        ("/SO-1/lines", {"lines": [line("2", requested="2026-02-19")]}, {"lines.0.requested"}),
        ("/SO-1/lines", {"lines": [line("2", requested=before)]}, {"lines.0.requested"}),
        ("", order(line(promised="2038-02-28", requested="2041-02-28"), number="SO-2"), {"lines.0.promised", "lines.0.requested"}),
        ("/SO-1/promises", {"to": before, "reason": "other"}, {"to"}),
        ("/SO-1/delays", delay(before, "ORD_CONF"), {"new_date"}),
        ("/SO-1/actuals", {"milestone": "ORD_CONF", "date": "2026-02-19"}, {"date"}),
    ]
    for path, body, fields in bodies:
        refused = await desk.post(LI, f"/api/orders{path}", body)
        assert (refused.status, set(refused.fields)) == (422, fields), refused.body


async def test_the_ledger_keeps_every_date_and_nobody_can_change_it(desk: Desk) -> None:
    await desk.entered(line(requested="2026-05-25"), actuals=confirmed())
    await desk.delayed(delay())
    await desk.post(LI, "/api/orders/SO-1/promises", {"to": "2026-06-10", "reason": "delay"})
    ledger = (await desk.get(LI, "/api/orders/SO-1/promises?limit=200")).body["items"]
    of_line = [(one["kind"], one["day"], one["revision"], one["actor"]) for one in ledger if one["line"] == "1"]
    assert of_line == [
        ("requested", "2026-05-25", 0, "wang.fang"),
        ("promised", "2026-06-01", 0, "wang.fang"),
        ("estimated", "2026-06-01", 0, "wang.fang"),
        ("estimated", "2026-06-05", 1, "wang.fang"),
        ("promised", "2026-06-10", 1, "li.wei"),
    ]
    departs = [(one["kind"], one["day"]) for one in ledger if one["milestone"] == "DEPART"]
    assert departs == [("planned", "2026-04-27"), ("estimated", "2026-05-01")]
    assert [one["day"] for one in ledger if one["milestone"] == "ORD_CONF" and one["kind"] == "actual"] == ["2026-02-26"]
    first = (await desk.get(LI, "/api/orders/SO-1/promises?limit=5")).body
    rest = (await desk.get(LI, f"/api/orders/SO-1/promises?limit=200&cursor={first['next']}")).body
    assert [*first["items"], *rest["items"]] == ledger
    for statement in ("UPDATE promise_entry SET day = day + 1", "DELETE FROM promise_entry", "TRUNCATE promise_entry"):
        async with desk.database.connection() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_codes_templates_and_suppliers_are_listed(desk: Desk) -> None:
    codes = (await desk.get(FINANCE, "/api/orders/codes")).body
    assert codes["causes"]["LOG-VSL"]["party"] == "carrier"
    templates = (await desk.get(FINANCE, "/api/orders/templates")).body["items"]
    codes = [one["template"]["code"] for one in templates]
    chains, networks = (
        ["delivery", "domestic", "export-air", "export-sea"],
        ["bonded-make", "domestic-make", "export-make", "from-stock", "urgent"],
    )
    by_mode = [f"export-{route}-{mode}" for route in ("make", "stock") for mode in ("air", "courier", "land")]
    assert codes == sorted([*chains, *networks, *by_mode, "export-stock"])
    assert (await desk.get(LI, "/api/orders/suppliers?q=cotton")).body["items"] == [{"code": "MILL", "name": "Cotton Mill"}]
    assert (await desk.post(LI, "/api/orders/suppliers", {"code": "MILL", "name": "Other"})).slug == "supplier-exists"
