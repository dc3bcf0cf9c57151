"""Cancelling: what may be, what becomes of the rest of an order, and what ends with it."""

from typing import Any

import pytest

from services.orders.cancelling.domain import NothingToCancel, cancel
from services.orders.cancelling.model import Cancel
from services.orders.planning.model import Plan
from services.orders.shipments.domain import Underway
from shared.contracts.cancellations import LinesCancelled
from shared.contracts.orders import DelayClosed, MilestoneAchieved, PlanReestimated
from shared.problems import Invalid
from tests.orders.calls import CHEN, LI, MANAGER, Desk, delay
from tests.orders.firm import GM, LATER, ruled
from tests.orders.plans import TODAY, after, day, delay_body, entered, line, log
from tests.orders.test_advice_api import BODY
from tests.orders.test_inspections_api import FINAL

SAID = {"asked_by": "customer", "reason": "his shop closes"}


def asked(*lines: str) -> Cancel:
    return Cancel.model_validate({**SAID, **({"lines": lines} if lines else {})})


def two_legs(**changes: Any) -> Plan:
    return entered(line(), line("2", shipment="SH-1"), line("3", shipment="SH-1", promised="2026-06-20"), **changes)


def test_an_order_without_lines_is_cancelled_and_stays_as_it_was() -> None:
    plan = after(log(two_legs(), delay_body(day("2026-05-01"), shipment="SH-1"), shipment="SH-1"))
    done = cancel(plan, asked(), TODAY)
    assert (done.settled.after.status, done.settled.after.lines, done.settled.after.nodes) == ("cancelled", plan.lines, plan.nodes)
    assert [type(event).__name__ for event in done.settled.events] == ["OrderCancelled", "DelayClosed"]
    assert cancel(plan, asked("1", "2", "3"), TODAY).settled.events == done.settled.events


def test_the_rest_of_an_order_is_planned_as_before() -> None:
    plan = after(log(two_legs(), delay_body(day("2026-05-01"), shipment="SH-1"), shipment="SH-1"))
    some = cancel(plan, asked("3"), TODAY)
    assert [one.line for one in some.settled.after.lines] == ["1", "2"]
    assert (some.settled.after.nodes, some.settled.after.delays, some.freed) == (plan.nodes, plan.delays, ())
    assert [type(event) for event in some.settled.events] == [LinesCancelled]
    leg = cancel(plan, asked("2", "3"), TODAY)
    assert {node.shipment for node in leg.settled.after.nodes} == {None}
    assert [type(event) for event in leg.settled.events] == [LinesCancelled, DelayClosed]
    assert (leg.gone.legs, leg.freed) == (frozenset({"SH-1"}), plan.delays)


def test_what_was_delivered_stays_and_completes_the_order() -> None:
    plan = entered(line(delivered="2026-02-20"), line("2"))
    done = cancel(plan, asked(), TODAY)
    assert (done.settled.after.status, done.gone.lines, done.gone.whole) == ("completed", frozenset({"2"}), False)
    _, achieved, *_ = done.settled.events
    assert isinstance(achieved, MilestoneAchieved)
    assert (achieved.milestone, achieved.actual) == ("DELIVERED", day("2026-02-20"))
    assert not any(isinstance(event, PlanReestimated) for event in done.settled.events)
    with pytest.raises(NothingToCancel):
        cancel(entered(line(delivered="2026-02-20")), asked(), TODAY)
    with pytest.raises(Invalid, match="line 1 of order SO-1 was delivered") as refused:
        cancel(plan, asked("2", "1", "9", "2"), TODAY)
    assert [error.field for error in refused.value.errors] == ["lines.1", "lines.2", "lines.3"]


def test_goods_on_their_way_are_not_cancelled() -> None:
    plan = two_legs(actuals=[{"milestone": "DEPART", "shipment": "SH-1", "date": "2026-02-25"}])
    with pytest.raises(Underway, match="DEPART of order SO-1 in shipment SH-1 happened on 2026-02-25: open an exception"):
        cancel(plan, asked(), TODAY)
    assert cancel(plan, asked("1"), TODAY).gone.legs == {None}


async def test_everything_that_hangs_on_an_order_ends_with_it(desk: Desk) -> None:
    await ruled(desk)
    await desk.entered(line(shipment="SH-1"), line("2"), number="SO-2", currency="USD", who=MANAGER)
    await desk.entered(line(shipment="SH-1"), number="SO-3", customer="BOLT")
    shared = (await desk.delayed(delay(), "/api/orders/shipments/SH-1"))["delay"]
    own = (await desk.delayed(delay("2026-04-25", "PRD_END", shipment=None, next_news_on="2026-03-09"), "/api/orders/SO-2"))["delay"]
    asked = [await desk.post(LI, "/api/orders/SO-2/promises", {**LATER, "lines": lines}) for lines in (["1", "2"], ["2"])]
    over, waits = (one.body["approval"]["approval"] for one in asked)
    paper = {"due_on": "2026-05-01", "department": "docs"}
    material = {"material": "cotton", "milestone": "MAT_IN", "quantity": "900", "uom": "MTR", "supplier": "MILL"}
    needed = [material, {**material, "material": "zipper", "line": "1"}, {**material, "material": "button"}]
    answer = await desk.post(MANAGER, "/api/orders/SO-2/materials", {"materials": needed})
    assert answer.status == 201, answer.body
    cotton, zipper, button = (one["material_id"] for one in answer.body["materials"])
    bought = await desk.post(MANAGER, f"/api/orders/materials/{cotton}/purchase", {"po_number": "PO-77", "date": "2026-02-27"})
    assert bought.status == 200, bought.body
    for lines in (["1"], ["1", "2"]):
        planned = await desk.post(
            MANAGER, "/api/orders/SO-2/inspections", {**FINAL, "day": "2026-04-28", "inspector": "gu.ming", "lines": lines}
        )
        assert planned.status == 201, planned.body
    advised = await desk.post(LI, "/api/orders/SO-2/advice", BODY)
    assert advised.status == 201, advised.body
    papers = [paper, {**paper, "shipment": "SH-1"}]
    codes = (await desk.get(LI, "/api/orders/codes")).body["documents"]
    needed = [{**paper, "code": code} for paper, code in zip(papers, codes, strict=False)]
    answer = await desk.post(LI, "/api/orders/SO-2/documents", {"documents": needed})
    assert answer.status == 201, answer.body
    clause = {"reference": "8.2", "text": "late", "milestone": "DELIVERED", "due_on": "2026-06-10"}
    kept = (await desk.post(LI, "/api/orders/SO-2/clauses", clause)).body["clause"]
    chased = await desk.post(LI, "/api/orders/SO-2/chases", {"milestone": "PRD_END", "shipment": None, "login": "gu.ming",
                                                             "question": "when?", "answer_by": "2026-03-05"})  # fmt: skip
    assert chased.status == 201, chased.body
    told = len(await desk.told())

    path = "/api/orders/SO-2/cancellations"
    assert (await desk.post(CHEN, path, SAID)).slug == "not-found"
    assert (await desk.post(LI, path, {**SAID, "asked_by": "nobody"})).fields.keys() == {"asked_by"}
    part = await desk.post(LI, path, {**SAID, "lines": ["1"]})
    assert (part.status, part.body["status"], part.body["closed"]) == (201, "open", [f"/api/orders/delays/{shared}"])
    assert part.body["withdrawn"] == [over], "of what is left of it it is asked anew"
    assert (await desk.get(MANAGER, f"/api/orders/delays/{shared}")).body["status"] == "open", "it holds the other order"
    assert [one["number"] for one in (await desk.get(MANAGER, "/api/orders/shipments/SH-1")).body["orders"]] == ["SO-3"]
    assert (await desk.get(LI, f"/api/orders/clauses/{kept}")).body["status"] == "open"
    states = {key: (await desk.get(LI, f"/api/orders/materials/{key}")).body["state"] for key in (cotton, zipper, button)}
    assert (part.body["purchases"], states) == ([], {cotton: "ordered", zipper: "withdrawn", button: "planned"})

    done = await desk.post(LI, path, {**SAID, "asked_by": "us"})
    assert (done.status, done.body["status"], done.body["lines"], done.body["withdrawn"]) == (201, "cancelled", ["2"], [waits])
    assert done.body["closed"] == [f"/api/orders/delays/{own}"]
    assert [(one["supplier"], one["po_number"]) for one in done.body["purchases"]] == [("MILL", "PO-77")]
    shown = (await desk.get(LI, "/api/orders/SO-2")).body
    assert done.body["version"] == shown["version"]
    assert [(one["line"], one["cancelled"], one["at_risk"]) for one in shown["lines"]] == [("1", True, False), ("2", True, False)]
    assert [(one["lines"], one["asked_by"], one["by"]) for one in shown["cancellations"]] == [
        (["1"], "customer", "li.wei"),
        (["2"], "us", "li.wei"),
    ]
    assert {leg["shipment"] for leg in (await desk.get(LI, "/api/orders/SO-2/plan")).body["legs"]} == {None}
    assert {one["state"] for one in (await desk.get(LI, "/api/orders/documents?order=SO-2")).body["items"]} == {"waived"}
    ended = (await desk.get(LI, f"/api/orders/clauses/{kept}")).body
    assert (ended["status"], ended["outcome"]) == ("closed", SAID["reason"])
    assert (await desk.get(LI, "/api/orders/chases?order=SO-2")).body["items"][0]["status"] == "withdrawn"
    assert (await desk.get(LI, f"/api/orders/approvals/{waits}")).body["status"] == "withdrawn"
    kinds = await desk.types(told)
    assert sorted(kinds) == sorted(
        ["order.lines_cancelled", "approval.withdrawn", "document.waived", "inspection.withdrawn", "material.withdrawn",
         "order.cancelled", "delay.closed", "delay.freed", "approval.withdrawn", "inspection.withdrawn", "order.advice_withdrawn",
         "material.withdrawn", "material.withdrawn",
         "chase.ended", "document.waived", "clause.closed"]
    )  # fmt: skip
    assert (await desk.get(LI, f"/api/orders/materials/{cotton}")).body["state"] == "withdrawn"
    left = {(timer.kind, str(timer.subject)) for timer in await desk.due()}
    assert ("news_due", own) not in left
    assert not {"approval_due", "watch_chase_day", "watch_clause_day", "watch_documents_day"} & {kind for kind, _ in left}

    for again, body in (
        (path, SAID),
        ("/api/orders/SO-2/delays", delay(shipment=None)),
        ("/api/orders/SO-2/promises", LATER),
        ("/api/orders/SO-2/actuals", {"milestone": "PRD_END", "date": "2026-02-27"}),
        ("/api/orders/SO-2/lines", {"lines": [line("7")]}),
    ):
        assert (await desk.post(LI, again, body)).slug == "order-cancelled", again
    assert (await desk.get(GM, "/api/orders?status=cancelled&late=false")).body["items"][0]["number"] == "SO-2"
