"""Parts of a line that are one again, and what splitting or joining would do: over HTTP on a real database."""

from decimal import Decimal
from typing import Any

import pytest

from services.orders.risks.handlers import look
from shared.contracts.legs import LineJoined
from shared.contracts.production import ProductionProgressed
from shared.contracts.stock import StockChecked
from tests.orders.calls import CHEN, LI, MANAGER, Desk, confirmed, event, kind, order, refusal
from tests.orders.firm import RULE, hire
from tests.orders.plans import line
from tests.orders.test_api_credits import entered as credit_entered
from tests.orders.test_api_credits import imported
from tests.orders.test_inspections_api import SAMPLING
from tests.orders.test_shipments_api import legs, put
from tests.orders.test_splitting import ledger, lines, split, whole
from tests.support.calls import Answer

PATH = "/api/orders/SO-1/joins"
BODY: dict[str, Any] = {"line": "1", "part": "1-2", "reason": "one sailing is enough"}
CHECK = "/api/orders/SO-1/stock"


async def join(desk: Desk, who: str = LI, **changes: Any) -> Answer:
    return await desk.post(who, PATH, {**BODY, **changes})


async def simulated(desk: Desk, what: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the command would answer, without the deadlines; nothing is told and nothing moves."""
    told, before = len(await desk.told()), (await desk.get(LI, "/api/orders/SO-1")).body
    answer = await desk.post(LI, f"/api/orders/SO-1/{what}/simulations", body)
    assert answer.status == 200, answer.body
    assert (len(await desk.told()), (await desk.get(LI, "/api/orders/SO-1")).body) == (told, before)
    assert answer.body.pop("breaches") == []
    return dict(answer.body)


async def made(desk: Desk, day: str, done: int, line: str = "1") -> None:
    report = await desk.post(LI, "/api/orders/SO-1/production", {"line": line, "day": day, "done": done})
    assert report.status == 201, report.body


async def test_a_part_is_of_its_line_again_as_if_it_had_never_been_split(desk: Desk) -> None:
    await desk.entered(whole(shipment="SH-1"), actuals=confirmed("SH-1"), currency="USD")
    assert (await put(desk, "schedule", {"etd": "2026-05-20"}, shipment="SH-2")).status == 200
    await made(desk, "2026-02-27", 100)
    await made(desk, "2026-03-01", 600)
    before = (await lines(desk))["1"]
    apart = {"line": "1", "part": "1-2", "quantity": "400", "shipment": "SH-2", "made": "200", "reason": "600 are packed"}
    would = await simulated(desk, "splits", apart)
    done = await desk.post(LI, "/api/orders/SO-1/splits", apart)
    assert (done.status, done.body) == (200, would)
    assert [one["line"] for one in would["moved"]["moved"]] == ["1-2"]
    would, told = await simulated(desk, "joins", BODY), len(await desk.told())
    answer = await join(desk)
    assert (answer.status, answer.body) == (200, would)
    assert answer.body["line"] == {"line": "1", "quantity": "1000", "uom": "PCE", "amount": "10000.01", "shipment": "SH-1"}
    assert answer.body["moved"]["lines"] == [{"line": "1-2", "before": "SH-2", "after": "SH-1"}]
    said = [event(one) for one in (await desk.told())[told:]]
    kinds = [kind(one) for one in (await desk.told())[told:]]
    assert kinds == ["order.lines_moved", "plan.reestimated", "order.line_joined", "production.progressed"]
    assert isinstance(said[2], LineJoined)
    assert (said[2].line, said[2].part, said[2].quantity) == ("1", "1-2", Decimal(1000))
    assert isinstance(said[3], ProductionProgressed)
    assert [(one.line, int(one.done), int(one.total), one.revision) for one in said[3].reports] == [
        ("1", 100, 1000, 2),
        ("1", 600, 1000, 2),
    ]
    assert await lines(desk) == {"1": before}
    assert await legs(desk) == {"1": "SH-1"}
    (step,) = (await desk.get(LI, "/api/orders/production")).body["items"]
    assert (step["line"], step["done"], step["total"]) == ("1", "600", "1000")
    assert len(await ledger(desk, "1-2")) > 0, "what was promised of it stays on record"
    (outcome,) = await imported(desk, order(whole(shipment="SH-1"), currency="USD"))
    assert (outcome.result, outcome.errors) == ("unchanged", ())
    count = len(await desk.told())
    again = await join(desk)
    assert (again.status, again.body, len(await desk.told())) == (200, {**answer.body, "moved": None}, count), "done twice it is done once"
    assert await simulated(desk, "joins", BODY) == again.body
    why = "line 1-2 of order SO-1 was joined to line 1: a new part has another number"
    assert refusal(await split(desk)) == (422, "invalid", {"part": why})
    reports = (await desk.get(LI, "/api/orders/SO-1/production/reports")).body["items"]
    of_part = next(one["report"] for one in reports if one["line"] == "1-2")
    wrong = await desk.post(LI, f"/api/orders/production/{of_part}/correction", {"done": "1", "reason": "x"})
    assert (wrong.status, wrong.slug) == (422, "invalid")
    assert (await split(desk, part="1-3")).status == 200


async def test_parts_that_have_gone_different_ways_are_not_joined(desk: Desk) -> None:
    await hire(desk)
    await desk.entered(whole(shipment="SH-1"), line("2"), line("3", delivered="2026-02-20"))
    await made(desk, "2026-03-01", 100)
    planned = {"type": "final", "lines": ["1"], "day": "2026-04-18", "third_party": "SGS", "sampling": {**SAMPLING, "lot_size": 300}}
    of_all = (await desk.post(MANAGER, "/api/orders/SO-1/inspections", planned)).headers["Location"]
    assert (await split(desk)).status == 200
    third = await split(desk, line="1-2", part="1-3", quantity="100", shipment="SH-2")
    assert third.status == 200, third.body
    for changes, field, why in (
        ({"part": "9"}, "part", "order SO-1 has no line 9, or it is cancelled"),
        ({"line": "3"}, "line", "line 3 of order SO-1 was delivered on 2026-02-20"),
        ({"part": "1"}, "part", "line 1 of order SO-1 was not split from line 1, nor from what that was split from"),
        ({"part": "2"}, "part", "line 2 of order SO-1 was not split from line 1, nor from what that was split from"),
        ({"line": "1-2", "part": "1"}, "part", "line 1 of order SO-1 was not split from line 1-2, nor from what that was split from"),
    ):
        assert refusal(await join(desk, **changes)) == (422, "invalid", {field: why})
    assert (await join(desk, who=CHEN)).status == 404
    told = await desk.types()
    promised = await desk.post(LI, "/api/orders/SO-1/promises", {"to": "2026-06-03", "reason": "customer_request", "lines": ["1-2"]})
    assert promised.status == 201, promised.body
    inspection = await desk.post(MANAGER, "/api/orders/SO-1/inspections", {**planned, "lines": ["1-2"], "day": "2026-04-20"})
    assert inspection.status == 201, inspection.body
    clause = {"reference": "9.2", "text": "late delivery", "line": "1-2", "milestone": "DEPART", "due_on": "2026-06-20"}
    assert (await desk.post(LI, "/api/orders/SO-1/clauses", clause)).status == 201
    assert (await desk.post(LI, "/api/orders/SO-1/requests", {"day": "2026-05-25", "why": "our fair", "lines": ["1-2"]})).status == 201
    assert (await desk.post(LI, "/api/orders/SO-1/production", {"line": "1-2", "day": "2026-03-01", "done": 50})).status == 201
    (reason,) = (await join(desk)).fields.values()
    assert reason.split("; ") == [
        "line 1 is promised for 2026-06-01, line 1-2 for 2026-06-03",
        "production is reported of one without the other: making",
        "the inspection of 2026-04-20 is of one without the other",
        "clause 9.2 is of line 1-2 alone",
        "the customer waits for an answer about one without the other",
    ]
    asked = await desk.post(LI, f"{PATH}/simulations", BODY, Accept_Language="zh-CN")
    assert (asked.status, asked.slug) == (409, "parts-differ")
    assert asked.body["detail"].split("；") == [
        "订单行 1 的交期为 2026-06-01，订单行 1-2 为 2026-06-03",
        "只有其中一行报过工：making",
        "2026-04-20 的验货只涉及其中一行",
        "条款 9.2 只涉及订单行 1-2",
        "客户的改期要求待答复，且只涉及其中一行",
    ]
    assert (await join(desk, part="1-3")).status == 200, "another part of it has gone no other way"
    assert (await desk.post(LI, "/api/orders/SO-1/cancellations", {"asked_by": "us", "reason": "x", "lines": ["1-2"]})).status == 201
    assert refusal(await join(desk))[2] == {"part": "order SO-1 has no line 1-2, or it is cancelled"}
    inspected = await desk.get(LI, of_all)
    assert (inspected.body["state"], inspected.body["lines"]) == ("planned", ["1", "1-2", "1-3"])
    assert (await desk.post(LI, "/api/orders/SO-1/cancellations", {"asked_by": "us", "reason": "x", "lines": ["1"]})).status == 201
    assert (await desk.get(LI, of_all)).body["state"] == "withdrawn", "nothing that it was planned of is left"
    assert [one for one in await desk.types() if one == "order.line_joined"] == ["order.line_joined"]
    assert "order.line_joined" not in told


async def test_what_is_on_its_way_or_waits_is_not_joined(desk: Desk) -> None:
    await hire(desk)
    assert (await desk.put(MANAGER, "/api/orders/approval-rules/promise-later", RULE, If_Match='"1"')).status == 200
    await desk.entered(whole(shipment="SH-1"), actuals=confirmed("SH-1"))
    assert (await split(desk, shipment="SH-2")).status == 200
    assert (await desk.post(LI, "/api/orders/SO-1/promises", {"to": "2026-06-20", "reason": "other", "lines": ["1-2"]})).status == 202
    assert (await join(desk)).slug == "promise-waits"
    assert (await desk.post(LI, "/api/orders/shipments/SH-2/actuals", {"milestone": "DEPART", "date": "2026-03-01"})).status == 201
    (waiting,) = (await desk.get(LI, "/api/orders/approvals")).body["items"]
    assert (await desk.post(LI, f"/api/orders/approvals/{waiting['approval']}/withdrawal", {"reason": "x"})).status == 200
    assert (await join(desk)).slug == "shipment-underway"
    await desk.post(LI, "/api/orders/shipments", {"number": "SH-3", "vessel": "Queen", "voyage": "2"})
    await credit_entered(desk, partial_shipments=False)
    for what in ("splits", "splits/simulations"):
        body = {"line": "1", "part": "1-9", "quantity": "1", "shipment": "SH-3", "reason": "x"}
        assert (await desk.post(LI, f"/api/orders/SO-1/{what}", body)).slug == "partial-shipment-forbidden"


@pytest.mark.parametrize(
    ("found", "along", "short"),
    [(700, None, {"1-2": "300"}), (700, 300, {"1": "300"}), (700, 100, {"1": "100", "1-2": "200"}), (1100, None, {})],
)
async def test_what_is_in_stock_is_of_each_of_the_parts(desk: Desk, found: int, along: int | None, short: dict[str, str]) -> None:
    """700 or 1,100 of 1,000 are there; 300 go by themselves: what is missing is missing of one of the two, and of both again."""
    await desk.entered(whole(promised="2026-03-20"), template="from-stock")
    checked = await desk.post(MANAGER, CHECK, {"day": "2026-03-01", "lines": [{"line": "1", "available": found}], "severity": "major"})
    assert checked.status == 201, checked.body
    shortage = checked.body["exception"]
    told = len(await desk.told())
    body: dict[str, Any] = {"quantity": "300", "shipment": "SH-2", **({"in_stock": along} if along is not None else {})}
    assert (await split(desk, **body)).status == 200
    (said,) = [one for envelope in (await desk.told())[told:] if isinstance(one := event(envelope), StockChecked)]
    assert sum(one.available for one in said.checks) == found
    listed = (await desk.get(LI, "/api/orders/stock?short=true")).body["items"]
    assert {one["line"]: one["short"] for one in listed} == short
    assert {one["exception"] for one in listed} <= {shortage}
    while await look(desk.database, desk.clock):
        pass
    risks = (await desk.get(LI, "/api/orders/risks")).body["items"]
    assert [reason["by"] for one in risks for reason in one["reasons"] if reason["kind"] == "stock_short"] == [*short]
    plan = (await desk.get(LI, "/api/orders/SO-1")).body["plan"]
    met = {one["shipment"] for one in plan if one["milestone"] == "STOCK_OK" and one["actual"]}
    assert met == {None, "SH-2"} - {{"1": None, "1-2": "SH-2"}[one] for one in short}
    joined = await join(desk)
    if met == {None}:
        assert joined.slug == "legs-differ", "what is checked of the rest is not of the part"
    else:
        assert joined.status == 200, joined.body
        (one,) = (await desk.get(LI, "/api/orders/stock")).body["items"]
        assert (one["line"], one["available"], one["short"]) == ("1", str(found), "300" if short else "0")
        if short:
            again = await desk.post(MANAGER, CHECK, {"day": "2026-03-01", "lines": [{"line": "1", "available": 1000}]})
            assert again.status == 201, again.body
            ended = (await desk.get(LI, f"/api/orders/exceptions/{shortage}")).body
            assert (ended["status"], ended["over"]) == ("closed", False), "what was short of its part is short of nothing"
    assert set((await split(desk, part="1-3", quantity="10", in_stock="11")).fields) == {"in_stock"}


async def test_a_check_reads_as_it_was_made_whatever_becomes_of_its_line(desk: Desk) -> None:
    await desk.entered(whole(promised="2026-03-20"), *(line(one, quantity="1000") for one in "23"), template="from-stock")

    async def check(number: str, available: int, **more: Any) -> None:
        body = {"day": "2026-03-01", "lines": [{"line": number, "available": available, **more}], "severity": "major"}
        assert (await desk.post(MANAGER, CHECK, body)).status == 201

    async def checks(of: str = CHECK) -> list[tuple[Any, ...]]:
        shown = (await desk.get(LI, of)).body["items"]
        return [(one["line"], one["needed"], one["short"], one["ready"], one["exception"] is not None, one["stands"]) for one in shown]

    await check("1", 1000, on_hold=100)
    made = ("1", "1000", "100", False, True)
    assert await checks() == [(*made, True)]
    assert (await split(desk, quantity="900")).status == 200
    parted = [("1", "100", "0", False, False), ("1-2", "900", "100", False, True)]
    assert sorted(await checks()) == sorted([(*made, False), *((*one, True) for one in parted)])
    assert (await join(desk)).status == 200
    assert (await checks())[0] == (*made, True)
    assert sorted(await checks()) == sorted([(*made, True), (*made, False), *((*one, False) for one in parted)]), "the part is no more"
    # What nobody has checked of one is not said to be there.
    for number, checked in (("2", "2"), ("3", "3-2")):
        assert (await split(desk, line=number, part=f"{number}-2", quantity="500")).status == 200
        await check(checked, 500, ready=True)
        assert (await join(desk, line=number, part=f"{number}-2")).status == 200
        (now,) = [one for one in await checks("/api/orders/stock") if one[0] == number]
        assert now == (number, "1000", "500", False, False, True)
