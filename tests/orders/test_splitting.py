"""Lines whose quantity goes in several deliveries: what each part has of the line, over HTTP on a real database."""

import asyncio
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.orders.splitting.domain import share
from shared.contracts.legs import LineSplit
from tests.orders.calls import CHEN, LI, MANAGER, Desk, confirmed, delay, event, kind, order, refusal
from tests.orders.firm import RULE, hire
from tests.orders.plans import line
from tests.orders.test_api_credits import entered as credit_entered
from tests.orders.test_api_credits import imported, looked
from tests.orders.test_api_materials import done, needed
from tests.orders.test_shipments_api import legs, put
from tests.support.calls import Answer

PATH = "/api/orders/SO-1/splits"
BODY: dict[str, Any] = {"line": "1", "part": "1-2", "quantity": "400", "reason": "600 are packed, the rest later"}
amounts = st.decimals(0, 10**9, places=4)
quantities = st.decimals(Decimal("0.000001"), 10**9, places=6)


@given(amounts, quantities, quantities, st.sampled_from(["USD", "JPY", None]))
def test_what_parts_are_worth_is_what_the_line_was(amount: Decimal, one: Decimal, other: Decimal, currency: str | None) -> None:
    part = share(amount, one, one + other, currency)
    assert part is not None
    assert 0 <= part <= amount
    assert share(None, one, one + other, currency) is None


async def split(desk: Desk, who: str = LI, **changes: Any) -> Answer:
    return await desk.post(who, PATH, {**BODY, **changes})


async def lines(desk: Desk) -> dict[str, dict[str, Any]]:
    return {one["line"]: one for one in (await desk.get(LI, "/api/orders/SO-1")).body["lines"]}


def whole(**changes: Any) -> dict[str, Any]:
    return line(quantity="1000", amount="10000.01", supplier="MILL", requested="2026-05-28", **changes)


async def test_a_part_is_a_line_of_its_own_with_the_promise_and_its_ledger(desk: Desk) -> None:
    await desk.entered(whole(), currency="USD")
    asked = (await desk.post(LI, "/api/orders/SO-1/requests", {"day": "2026-05-25", "why": "our fair"})).body
    given = {"to": "2026-06-04", "reason": "customer_request", "note": "by rail", "replies_to": asked["request"]}
    assert (await desk.post(LI, "/api/orders/SO-1/promises", given)).status == 201
    waits = (await desk.post(LI, "/api/orders/SO-1/requests", {"day": "2026-05-30", "why": "our fair begins later"})).body
    before, told = await lines(desk), len(await desk.told())
    answer = await split(desk)
    assert (answer.status, answer.body["moved"]) == (200, None), answer.body
    assert [(one["line"], one["quantity"], one["amount"]) for one in (answer.body["rest"], answer.body["part"])] == [
        ("1", "600", "6000.01"),
        ("1-2", "400", "4000.00"),
    ]
    rest, part = (await lines(desk))["1"], (await lines(desk))["1-2"]
    differing = {"line", "quantity", "amount", "part_of"}
    same = {name for name in rest if rest[name] == part[name]}
    assert same == rest.keys() - differing
    assert {name: rest[name] for name in same} == {name: before["1"][name] for name in same}
    assert part["part_of"] == "1"
    (envelope,) = (await desk.told())[told:]
    said = event(envelope)
    assert isinstance(said, LineSplit)
    assert [(str(one.day), one.revision) for one in said.promises] == [("2026-06-01", 0), ("2026-06-04", 1)]
    own, parts = await ledger(desk, "1"), await ledger(desk, "1-2")
    plain = ("kind", "day", "revision", "recorded_at", "actor", "reason", "note", "request")
    assert [[one[name] for name in plain] for one in own] == [[one[name] for name in plain] for one in parts]
    assert [one["came_of"] for one in parts] == [one["id"] for one in own]
    places = {one["id"]: at for at, one in enumerate(parts)}
    assert [places.get(one["replies_to"]) for one in parts] == [
        {one["id"]: at for at, one in enumerate(own)}.get(o["replies_to"]) for o in own
    ]
    refused = await desk.post(LI, f"/api/orders/SO-1/requests/{waits['request']}/refusal", {"reason": "no train"})
    assert {one["line"]: one["answer"] for one in refused.body["lines"]} == {"1": "kept", "1-2": "kept"}
    count = len(await desk.told())
    again = await split(desk)
    assert (again.status, again.body, len(await desk.told())) == (200, answer.body, count), "done twice it is done once"
    (outcome,) = await imported(desk, order(whole()))
    assert (outcome.result, outcome.errors) == ("unchanged", ()), "the order book has it as it was ordered"


async def ledger(desk: Desk, number: str) -> list[dict[str, Any]]:
    return list((await desk.get(LI, f"/api/orders/SO-1/promises?limit=200&line={number}")).body["items"])


async def test_a_part_travels_in_its_own_shipment_by_the_rules_of_lines_that_move(desk: Desk) -> None:
    await desk.entered(whole(shipment="SH-1"), actuals=confirmed("SH-1"))
    assert (await put(desk, "schedule", {"etd": "2026-05-20"}, shipment="SH-2")).status == 200
    held = await desk.delayed(delay("2026-04-20", "QC_FINAL"))
    answer = await split(desk, shipment="SH-2")
    assert answer.status == 200, answer.body
    moved = answer.body["moved"]
    assert moved["lines"] == [{"line": "1-2", "before": "SH-1", "after": "SH-2"}]
    assert moved["stayed"] == [held["delay"]], "a delay of the goods stays with the rest"
    assert await legs(desk) == {"1": "SH-1", "1-2": "SH-2"}
    depart = {
        one["shipment"]: one["estimated"] for one in (await desk.get(LI, "/api/orders/SO-1")).body["plan"] if one["milestone"] == "DEPART"
    }
    assert depart == {"SH-1": "2026-04-28", "SH-2": "2026-05-20"}
    told = {kind(one): one.sequence for one in await desk.told() if one.type.startswith("gendan.orders.order")}
    assert told["order.lines_moved"] == told["order.line_split"] + 1
    assert set((await split(desk, shipment="SH-1")).fields) == {"part"}, "it travels in another: it is moved"
    third = await split(desk, line="1-2", part="1-3", quantity="150", shipment=None)
    assert (third.body["rest"]["quantity"], third.body["part"]["shipment"]) == ("250", None)
    assert {number: one["part_of"] for number, one in (await lines(desk)).items()} == {"1": None, "1-2": "1", "1-3": "1"}
    assert (await desk.post(LI, "/api/orders/shipments/SH-2/actuals", {"milestone": "DEPART", "date": "2026-03-01"})).status == 201
    assert (await split(desk, part="1-4", quantity="1", shipment="SH-2")).slug == "shipment-underway"
    assert (await split(desk, line="1-2", part="1-4", quantity="1")).status == 200, "part of what is on its way, delivered by itself"


async def test_what_cannot_be_split_is_refused_and_nothing_is_written(desk: Desk) -> None:
    await hire(desk)
    assert (await desk.put(MANAGER, "/api/orders/approval-rules/promise-later", RULE, If_Match='"1"')).status == 200
    await desk.entered(whole(shipment="SH-1"), line("2"), line("3", delivered="2026-02-20"), line("4"))
    assert (await desk.post(LI, "/api/orders/SO-1/cancellations", {"asked_by": "us", "reason": "x", "lines": ["4"]})).status == 201
    await desk.post(LI, "/api/orders/shipments", {"number": "SH-3", "vessel": "Queen", "voyage": "2"})
    await credit_entered(desk, partial_shipments=False)
    told = await desk.types()
    cases = [
        ({"line": "9"}, "line", "order SO-1 has no line 9, or it is cancelled"),
        ({"line": "4"}, "line", "order SO-1 has no line 4, or it is cancelled"),
        ({"line": "3"}, "line", "line 3 of order SO-1 was delivered on 2026-02-20"),
        ({"part": "4"}, "part", "order SO-1 has a line 4 already"),
        ({"part": "1"}, "part", "order SO-1 has a line 1 already"),
        ({"quantity": "1000"}, "quantity", "line 1 of order SO-1 has 1000 PCE: less must go into a part; a whole line is moved"),
    ]
    for changes, field, why in cases:
        assert refusal(await split(desk, **changes)) == (422, "invalid", {field: why})
    assert set((await split(desk, quantity="0")).fields) == {"quantity"}
    assert (await split(desk, who=CHEN)).status == 404
    assert (await split(desk, shipment="SH-9")).status == 404
    apart = await split(desk, shipment="SH-3")
    assert (apart.status, apart.slug, apart.body["credits"]) == (409, "partial-shipment-forbidden", ["LC-1"])
    assert (await desk.post(LI, "/api/orders/SO-1/promises", {"to": "2026-06-20", "reason": "other", "lines": ["1"]})).status == 202
    assert (await split(desk)).slug == "promise-waits"
    assert [one for one in await desk.types() if one.startswith("order")] == [one for one in told if one.startswith("order")]
    assert (await lines(desk)).keys() == {"1", "2", "3", "4"}


async def test_a_part_that_waits_against_a_credit_for_one_shipment_is_warned_of_and_not_left_behind(desk: Desk) -> None:
    await desk.entered(whole(shipment="SH-1"), line("2", shipment="SH-1"), actuals=confirmed("SH-1"))
    path = await credit_entered(desk, partial_shipments=False, latest_shipment="2026-12-01", expires_on="2026-12-31")
    assert await looked(desk) == []
    asked = await desk.post(LI, f"{PATH}/simulations", {**BODY, "shipment": None})
    (breach,) = asked.body["breaches"]
    assert (breach["kind"], breach["term"], breach["shipment"], breach["deadline"]) == ("partial_shipment", "LC-1", None, "2026-04-27")
    back = {"lines": ["1-2"], "shipment": "SH-1", "reason": "packed after all"}
    assert (await split(desk, shipment=None)).status == 200
    (warned,) = await looked(desk)
    assert [(one.kind, one.order, one.shipment) for one in warned.risks] == [("partial_shipment", "SO-1", None)]
    assert (await desk.post(LI, "/api/orders/SO-1/moves", back)).status == 200
    (recovered,) = await looked(desk)
    assert recovered.risks == warned.risks
    assert (await desk.post(LI, "/api/orders/SO-1/moves", {**back, "shipment": None})).status == 200, "shut out"
    assert len(await looked(desk)) == 1
    assert (await desk.post(LI, "/api/orders/shipments/SH-1/actuals", {"milestone": "DEPART", "date": "2026-03-01"})).status == 201
    await looked(desk)
    assert (await desk.get(LI, path)).body["at_risk"] == ["partial_shipment"]
    await desk.post(LI, "/api/orders/shipments", {"number": "SH-3", "vessel": "Queen", "voyage": "2"})
    onward = await desk.post(LI, "/api/orders/SO-1/moves", {**back, "shipment": "SH-3"})
    assert (onward.status, onward.slug) == (409, "partial-shipment-forbidden")


async def test_two_who_split_a_line_at_once_leave_what_they_took(desk: Desk) -> None:
    await desk.entered(whole())
    answers = await asyncio.gather(*(split(desk, part=f"1-{at}", quantity="700") for at in (2, 3)))
    assert sorted(answer.status for answer in answers) == [200, 422]
    assert sorted(Decimal(one["quantity"]) for one in (await lines(desk)).values()) == [300, 700]


async def test_what_was_said_of_a_line_is_of_its_parts(desk: Desk) -> None:
    """Its material feeds them, its clause is kept when the last is, and either ends with the last of them."""
    await desk.entered(whole(), line("2"), template="export-make", incoterm="FOB", currency="USD")
    (fabric,) = await needed(desk, {"material": "FAB-1", "name": "Twill", "quantity": "900", "uom": "MTR", "line": "1"})
    said = {"reference": "9.2", "text": "late delivery", "line": "1", "milestone": "PACKED", "due_on": "2026-06-20"}
    clause = await desk.post(LI, "/api/orders/SO-1/clauses", said)
    assert clause.status == 201, clause.body
    assert (await split(desk, shipment="SH-2")).status == 200
    await done(desk, f"{fabric}/purchase", {"po_number": "4500-118", "date": "2026-03-01", "supplier": "MILL", "eta": "2026-03-27"})
    plan = (await desk.get(LI, "/api/orders/SO-1")).body["plan"]
    assert {one["shipment"]: one["estimated"] for one in plan if one["milestone"] == "MAT_IN"} == {None: "2026-03-27", "SH-2": "2026-03-27"}
    cancelled = {"asked_by": "customer", "reason": "enough"}
    assert (await desk.post(LI, "/api/orders/SO-1/cancellations", {**cancelled, "lines": ["1"]})).body["purchases"] == []
    assert (await desk.get(LI, fabric)).body["state"] == "ordered"
    last = await desk.post(LI, "/api/orders/SO-1/cancellations", {**cancelled, "lines": ["1-2"]})
    assert [one["material"] for one in last.body["purchases"]] == ["FAB-1"]
    assert (await desk.get(LI, fabric)).body["state"] == "withdrawn"
    assert (await desk.get(LI, clause.headers["Location"])).body["status"] == "closed"
    assert {kind(one) for one in await desk.told()} >= {"order.line_split", "order.lines_cancelled"}


async def test_of_what_is_made_each_has_its_own(desk: Desk) -> None:
    """600 of 1,000 are made: they are the part that goes now, or the rest that stays, or divided, as it is said."""
    cases = [("600", "600", ("0", "600"), {"SH-2"}), ("400", None, ("600", "0"), {None}), ("500", "300", ("300", "300"), set())]
    for at, (quantity, along, made, ended) in enumerate(cases):
        number = f"SO-{at}"
        await desk.entered(whole(), number=number)
        for day, count in (("2026-02-27", 100), ("2026-03-01", 600)):
            report = await desk.post(LI, f"/api/orders/{number}/production", {"day": day, "done": count, "total": "1010"})
            assert report.status == 201, report.body
        body = {**BODY, "quantity": quantity, "shipment": "SH-2", **({"made": along} if along else {})}
        answer = await desk.post(LI, f"/api/orders/{number}/splits", body)
        assert answer.status == 200, answer.body
        await desk.regroup()
        steps = (await desk.get(LI, f"/api/orders/{number}/production")).body["steps"]
        assert {one["line"]: (one["done"], one["total"]) for one in steps} == {
            "1": (made[0], answer.body["rest"]["quantity"]),
            "1-2": (made[1], quantity),
        }
        plan = (await desk.get(LI, f"/api/orders/{number}")).body["plan"]
        assert {one["shipment"] for one in plan if one["milestone"] == "PRD_END" and one["actual"]} == ended
    assert set((await split(desk, part="1-3", quantity="10", made="11")).fields) == {"made"}
