"""Material over HTTP on a real database: needed, bought, expected, received, short; what it says of the plan, and to whom."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.orders.materials.handlers import order_moved
from services.orders.materials.store import MOVED
from services.orders.risks.handlers import look
from shared.contracts.risks import MilestoneAtRisk
from tests.orders.calls import CHEN, LI, MANAGER, Desk, action, delay, event, kind
from tests.orders.firm import employ, member
from tests.orders.plans import line

PATH, NEED = "/api/orders/materials", "/api/orders/SO-1/materials"
ZHU = "zhu.lin:buyer"
FABRIC: dict[str, Any] = {"material": "FAB-2231", "name": "Twill", "supplier": "MILL", "quantity": "1000", "uom": "MTR"}
ZIPS: dict[str, Any] = {"material": "ZIP-18", "quantity": "1200", "uom": "PCE"}
BOUGHT = {"po_number": "4500-118", "ordered_on": "2026-03-01"}


async def needed(desk: Desk, *lines: dict[str, Any], who: str = ZHU) -> list[str]:
    answer = await desk.post(who, NEED, {"materials": lines or [FABRIC]})
    assert answer.status == 201, answer.body
    return [f"{PATH}/{one['material_id']}" for one in answer.body["materials"]]


async def done(desk: Desk, path: str, body: dict[str, Any], who: str = ZHU) -> Any:
    answer = await desk.post(who, path, body)
    assert answer.status == 200, answer.body
    return answer.body


async def moved(desk: Desk) -> None:
    """Run what moved dates and promises have set off, as the leader does."""
    while due := [one for one in await desk.due() if one.kind == MOVED]:
        async with desk.database.transaction() as tx:
            await tx.execute("DELETE FROM timer WHERE kind = $1", MOVED)
            await order_moved(tx, due, desk.clock.now())


async def node(desk: Desk, milestone: str = "MAT_IN") -> Any:
    (leg,) = (await desk.get(MANAGER, "/api/orders/SO-1/plan")).body["legs"]
    return next(one for one in leg["nodes"] if one["milestone"] == milestone)


async def test_from_needed_to_there(desk: Desk) -> None:
    await desk.entered(template="export-make", incoterm="FOB")
    latest = (await node(desk))["latest"]
    fabric, zips = await needed(desk, FABRIC, ZIPS)
    shown = (await desk.get(LI, fabric)).body
    assert (shown["customer"], shown["need_by"], shown["stated"], shown["eta_missing"]) == ("ACME", latest, None, True)
    await done(desk, f"{fabric}/purchase", {"po_number": "4500-118", "date": "2026-02-27"})
    ordered = await done(desk, f"{zips}/purchase", {"po_number": "4500-119", "date": "2026-03-01", "supplier": "MILL", "eta": "2026-03-20"})
    assert ordered["plan"]["met"] == [{"shipment": None, "milestone": "MAT_PO", "on": "2026-03-01"}]
    said = await done(desk, f"{fabric}/eta", {"eta": "2026-03-27"})
    assert (await node(desk))["estimated"] == "2026-03-27"
    assert (await node(desk))["stated"]["source"] == "material"
    assert {one["milestone"]: one["after"] for one in said["plan"]["nodes"]}["MAT_IN"] == "2026-03-27"
    assert (await desk.post(ZHU, f"{fabric}/receipts", {"quantity": "1000.5", "date": "2026-03-01"})).fields.keys() == {"quantity"}
    assert (await desk.post(ZHU, f"{fabric}/receipts", {"quantity": "9", "date": "2026-02-20"})).fields.keys() == {"date"}
    part = await done(desk, f"{fabric}/receipts", {"quantity": "400", "date": "2026-02-28"})
    assert (part["state"], part["received"], part["plan"]["met"]) == ("ordered", "400", [])
    all_there = await done(desk, f"{fabric}/receipts", {"quantity": "600", "date": "2026-03-01"})
    assert (all_there["state"], len(all_there["receipts"])) == ("received", 2)
    assert (await node(desk))["estimated"] == "2026-03-20", "the zips are still to come"
    short = await done(desk, f"{zips}/shortage", {"reason": "the die broke", "date": "2026-03-01"})
    assert (short["state"], short["follows"]) == ("short", [])
    assert [(one["milestone"], one["on"]) for one in short["plan"]["met"]] == [("MAT_IN", "2026-03-01")]
    assert (await node(desk))["actual"] == "2026-03-01"
    exception = (await desk.get(LI, short["exception"])).body
    assert (exception["kind"], exception["causes"][0]["code"], exception["opened_by"]) == ("shortage", "MAT-SHORT", "zhu.lin")
    assert (await desk.post(ZHU, f"{zips}/purchase", {"po_number": "1", "date": "2026-03-01"})).slug == "material-elsewhere"
    told = [one for one in await desk.told() if kind(one).startswith("material")]
    of_zips = [(kind(one).removeprefix("material."), one.sequence) for one in told if f"{PATH}/{one.subject}" == zips]
    assert of_zips == [("required", 1), ("ordered", 2), ("short", 3)]
    of_fabric = [kind(one).removeprefix("material.") for one in told if f"{PATH}/{one.subject}" == fabric]
    assert of_fabric == ["required", "ordered", "eta_changed", "received", "received"]


async def test_a_wrong_receipt_is_corrected_with_all_that_came_of_it(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk, {**FABRIC, **BOUGHT, "eta": "2026-03-20"})
    held = (await desk.delayed(delay("2026-04-02", "MAT_IN")))["delay"]
    before = await node(desk)
    all_there = await done(desk, f"{path}/receipts", {"quantity": "1000", "date": "2026-03-01"})
    assert [one["milestone"] for one in all_there["plan"]["met"]] == ["MAT_IN"]
    assert (await desk.get(LI, f"/api/orders/delays/{held}")).body["status"] == "closed"
    wrong = {"quantity": "400", "reason": "two rolls were another order's"}
    of_first = f"{path}/receipts/1/correction"
    assert (await desk.post(CHEN, of_first, wrong)).status == 404
    assert (await desk.post(ZHU, f"{path}/receipts/2/correction", wrong)).status == 404
    assert (await desk.post(ZHU, of_first, {"quantity": "400"})).fields.keys() == {"reason"}
    told = len(await desk.told())
    right = await done(desk, of_first, wrong)
    assert (right["state"], right["received"], right["done_on"], right["late"]) == ("ordered", "400", None, False)
    assert [(one["quantity"], one["revision"], one["stands"], one["reason"]) for one in right["receipts"]] == [
        ("1000", 0, False, None), ("400", 1, True, wrong["reason"]),
    ]  # fmt: skip
    assert right["plan"]["corrected"] == [{"shipment": None, "milestone": "MAT_IN", "before": "2026-03-01", "actual": None}]
    now = await node(desk)
    assert {**now, "revision": None} == {**before, "revision": None}, "as if it had never been said"
    assert (await desk.get(LI, f"/api/orders/delays/{held}")).body["status"] == "open"
    types = await desk.types(told)
    assert set(types) >= {"material.receipt_corrected", "milestone.corrected", "delay.reopened"}
    assert types.count("plan.reestimated") == 1, "in one move"
    ledger = (await desk.get(LI, "/api/orders/SO-1/promises?milestone=MAT_IN")).body["items"]
    assert ("retracted", "2026-03-01", wrong["reason"]) in [(one["kind"], one["day"], one["reason"]) for one in ledger]
    # The rest comes, and had come a day earlier.
    desk.clock.time = datetime(2026, 3, 20, 8, tzinfo=UTC)
    await done(desk, f"{path}/receipts", {"quantity": "600", "date": "2026-03-20"})
    assert (await node(desk))["actual"] == "2026-03-20"
    earlier = await done(desk, f"{path}/receipts/2/correction", {"date": "2026-03-19", "reason": "it stood in the yard"})
    assert (earlier["done_on"], (await node(desk))["actual"]) == ("2026-03-19", "2026-03-19")
    order_id = next(one.subject for one in await desk.told() if kind(one) == "milestone.corrected")
    sequences = [one.sequence for one in await desk.told() if one.subject == order_id]
    assert sequences == list(range(1, (await desk.get(LI, "/api/orders/SO-1")).body["version"] + 1))


async def test_a_shortage_that_a_corrected_receipt_proves_to_be_none_is_closed(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk, {**FABRIC, **BOUGHT})
    await employ(desk, member("chen.jie"))
    await done(desk, f"{path}/receipts", {"quantity": "400", "date": "2026-03-01"})
    shortage = (await done(desk, f"{path}/shortage", {"reason": "no yarn", "date": "2026-03-01", "severity": "critical"}))["exception"]
    assert (await desk.post(LI, f"{shortage}/actions", action(owner="chen.jie"))).status == 201
    fewer = {"quantity": "500", "reason": "a roll stood behind the door"}
    await done(desk, f"{path}/receipts/1/correction", fewer)
    assert (await desk.get(LI, shortage)).body["status"] == "open", "it is short all the same"
    told = len(await desk.told())
    right = await done(desk, f"{path}/receipts/1/correction", {"quantity": "1000", "reason": "ten rolls, not five"})
    assert (right["state"], right["exception"]) == ("received", None)
    closed = (await desk.get(LI, shortage)).body
    assert (closed["status"], closed["closed_by"], closed["over"]) == ("closed", "zhu.lin", False)
    assert closed["resolution"].endswith("ten rolls, not five")
    assert "exception.closed" in await desk.types(told)
    assert (await desk.get(CHEN, "/api/orders/work")).body["actions"]["items"] == []


async def test_material_that_is_there_counts_for_what_a_new_line_makes(desk: Desk) -> None:
    """That of the whole order; that of one of its lines is not theirs who come later."""
    for number, of in (("SO-1", None), ("SO-2", "1")):
        await desk.entered(number=number)
        answer = await desk.post(ZHU, f"/api/orders/{number}/materials", {"materials": [{**FABRIC, **BOUGHT, "line": of}]})
        path = f"{PATH}/{answer.body['materials'][0]['material_id']}"
        await done(desk, f"{path}/receipts", {"quantity": "1000", "date": "2026-03-01"})
        await desk.regroup()
        assert (await desk.post(LI, f"/api/orders/{number}/lines", {"lines": [line("2", shipment="SH-1")]})).status == 201
        await desk.regroup()
    plans = [(await desk.get(MANAGER, f"/api/orders/{number}/plan")).body["legs"] for number in ("SO-1", "SO-2")]
    happened = [
        {leg["shipment"]: node["actual"] for leg in legs for node in leg["nodes"] if node["milestone"] == "MAT_IN"} for legs in plans
    ]
    assert happened == [{None: "2026-03-01", "SH-1": "2026-03-01"}, {None: "2026-03-01", "SH-1": None}]


async def inspected(desk: Desk, **changes: Any) -> str:
    """The path of an inspection that has failed."""
    sampling = {"lot_size": 1000, "sample_size": 80, "major": {"accept": 5}, "minor": {"accept": 7}}
    planned = {"type": "iqc", "day": "2026-03-01", "third_party": "SGS", "sampling": sampling, **changes}
    made = await desk.post(LI, "/api/orders/SO-1/inspections", planned)
    assert made.status == 201, made.body
    found = {"outcome": "failed", "date": "2026-03-01", "inspected": 80, "note": "the colour is another"}
    assert (await done(desk, f"{made.body['link']}/result", found, LI))["moved"]["recorded"] == []
    return str(made.body["link"])


async def let_go(desk: Desk, inspection: str) -> None:
    """The buyer takes it."""
    await done(desk, f"{inspection}/waiver", {"date": "2026-03-01", "reason": "the buyer takes it"}, MANAGER)


async def test_material_that_fails_its_inspection_is_there_and_holds_up_what_waits_for_it(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk, {**FABRIC, **BOUGHT})
    inspection = await inspected(desk)
    assert (await desk.get(LI, inspection)).body["milestone"] == "MAT_IN"
    come = await done(desk, f"{path}/receipts", {"quantity": "1000", "date": "2026-03-01"})
    assert (come["state"], [one["milestone"] for one in come["plan"]["not_recorded"]]) == ("received", ["MAT_IN"])
    stopped = await desk.post(LI, "/api/orders/SO-1/actuals", {"milestone": "PRD_START", "date": "2026-03-01"})
    assert (stopped.status, stopped.slug) == (409, "inspection-failed")
    await let_go(desk, inspection)
    assert (await node(desk))["actual"] == "2026-03-01"


@pytest.mark.parametrize("milestone", ["MAT_IN", "PRD_START"])
@pytest.mark.parametrize(
    ("line_of", "said", "body"),
    [
        (ZIPS, "receipts", {"quantity": "1200", "date": "2026-03-01"}),
        (FABRIC, "receipts", {"quantity": "20", "date": "2026-03-01"}),
        (FABRIC, "receipts/1/correction", {"quantity": "990", "reason": "a roll was counted twice"}),
        (FABRIC, None, {}),
    ],
)
async def test_what_somebody_took_back_happens_when_an_inspection_lets_go_what_came_since(
    desk: Desk, milestone: str, line_of: dict[str, Any], said: str | None, body: dict[str, Any]
) -> None:
    about = {**BOUGHT, "milestone": milestone, "tolerance_percent": "5"}
    await desk.entered()
    (path,) = await needed(desk, {**FABRIC, **about})
    await done(desk, f"{path}/receipts", {"quantity": "1000", "date": "2026-03-01"})
    wrong = {"milestone": milestone, "date": None, "reason": "the rolls are another order's"}
    assert (await desk.post(LI, "/api/orders/SO-1/actuals/corrections", wrong)).status == 201
    inspection = await inspected(desk)
    if line_of is not FABRIC:
        (path,) = await needed(desk, {**line_of, **about})
    if said is not None:
        more = await done(desk, f"{path}/{said}", body)
        assert [one["milestone"] for one in more["plan"]["not_recorded"]] == [milestone]
    await let_go(desk, inspection)
    assert (await node(desk, milestone))["actual"] == ("2026-03-01" if said else None)


async def test_material_behind_an_inspection_of_the_goods_is_recorded_when_they_go_on(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk, {**ZIPS, **BOUGHT, "milestone": "PRD_END"})
    inspection = await inspected(desk, type="inline", milestone="PRD_START", day="2026-05-04")
    come = await done(desk, f"{path}/receipts", {"quantity": "1200", "date": "2026-03-01"})
    assert [one["milestone"] for one in come["plan"]["not_recorded"]] == ["PRD_END"]
    before = await desk.told()
    await let_go(desk, inspection)
    told = await desk.types(len(before))
    assert (told.count("milestone.achieved"), told.count("plan.reestimated")) == (2, 1), "both in one move"
    assert (await node(desk, "PRD_END"))["actual"] == "2026-03-01"


async def test_what_is_asked_of_an_eta_is_what_it_then_does(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk, {**FABRIC, **BOUGHT, "eta": "2026-03-20"})
    assert (await node(desk))["estimated"] == "2026-03-20", "earlier than planned"
    before = await desk.told()
    asked = await done(desk, f"{path}/eta/simulations", {"eta": "2026-04-10"})
    assert (asked["spare_days"], asked["late"], asked["plan"]["at_risk"], asked["breaches"]) == (-15, True, ["1"], [])
    assert await desk.told() == before
    said = await done(desk, f"{path}/eta", {"eta": "2026-04-10"})
    assert (said["plan"]["nodes"], said["plan"]["lines"]) == (asked["plan"]["nodes"], asked["plan"]["lines"])
    again = await done(desk, f"{path}/eta", {"eta": "2026-04-10"})
    assert (again["plan"]["nodes"], again["version"]) == ([], said["version"])
    (ordered,) = (await desk.get(LI, "/api/orders/SO-1")).body["lines"]
    assert ordered["promised"] == "2026-06-01"
    await done(desk, f"{path}/eta", {"eta": None})
    assert (await node(desk))["stated"] is None


async def test_late_material_warns_and_is_somebodys_work(desk: Desk) -> None:
    """Needed by 2026-03-26."""
    await employ(desk, member("zhu.lin", department="purchasing"))
    await desk.entered()
    boxes = {**ZIPS, **BOUGHT, "material": "BOX", "eta": "2026-03-20", "need_by": "2026-03-22"}
    late, silent, fine = await needed(desk, {**FABRIC, **BOUGHT, "eta": "2026-03-28"}, ZIPS, boxes)
    while await look(desk.database, desk.clock):
        pass
    [told] = [one for one in map(event, await desk.told()) if isinstance(one, MilestoneAtRisk)]
    [reasons] = [risk.reasons for risk in told.risks if risk.milestone == "MAT_IN"]
    assert ("material_late", "FAB-2231", -2) in [(one.kind, one.by, one.days) for one in reasons]
    assert {one.by for risk in told.risks for one in risk.reasons} & {"ZIP-18", "BOX"} == set()
    [listed] = (await desk.get(LI, "/api/orders/risks?milestone=MAT_IN")).body["items"]
    assert "物料 FAB-2231 晚于需求日到货" in [one["text"]["zh-CN"] for one in listed["reasons"]]
    for query, codes in [
        ("", ["BOX", "FAB-2231", "ZIP-18"]),
        ("?late=true", ["FAB-2231"]),
        ("?eta_missing=true", ["ZIP-18"]),
        ("?supplier=MILL&order=SO-1&customer=ACME&milestone=MAT_IN", ["FAB-2231"]),
        ("?po=4500-118&state=ordered&open=true", ["BOX", "FAB-2231"]),
        ("?material=ZIP-18", ["ZIP-18"]),
        ("?need_by_from=2026-03-23&need_by_to=2026-03-26&eta_from=2026-03-21&eta_to=2026-03-28", ["FAB-2231"]),
    ]:
        assert [one["material"] for one in (await desk.get(LI, PATH + query)).body["items"]] == codes, query
    first = (await desk.get(LI, PATH + "?limit=1")).body
    rest = (await desk.get(LI, f"{PATH}?limit=2&cursor={first['next']}")).body
    assert [one["material"] for one in rest["items"]] == ["FAB-2231", "ZIP-18"]
    for who, codes in [(LI, ["FAB-2231", "ZIP-18"]), (ZHU, ["FAB-2231", "ZIP-18"]), (CHEN, []), (MANAGER, [])]:
        work = (await desk.get(who, "/api/orders/work")).body["materials"]["items"]
        assert [one["material"] for one in work] == codes, who
    await done(desk, f"{fine}/shortage", {"reason": "no cartons", "date": "2026-03-01"})
    await done(desk, f"{silent}/withdrawal", {"reason": "buttons instead"})
    assert [one["material"] for one in (await desk.get(ZHU, "/api/orders/work")).body["materials"]["items"]] == ["BOX", "FAB-2231"]
    desk.clock.time = datetime(2026, 3, 29, tzinfo=UTC)
    assert (await desk.get(LI, late)).body["spare_days"] == -3, "its day has passed: it comes today at the earliest"


async def test_need_by_goes_with_the_promise_and_material_speaks_where_nobody_else_does(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk, {**FABRIC, **BOUGHT, "eta": "2026-03-20"})
    await desk.post(LI, "/api/orders/SO-1/promises", {"to": "2026-06-11", "reason": "customer_request"})
    await moved(desk)
    assert (await desk.get(LI, path)).body["need_by"] == "2026-04-05"
    said = {"milestone": "MAT_IN", "day": "2026-03-24", "source": "supplier"}
    assert (await desk.post(LI, "/api/orders/SO-1/estimates", {**said, "source": "material"})).fields.keys() == {"source"}
    desk.clock.time = datetime(2026, 3, 2, tzinfo=UTC)
    await desk.post(LI, "/api/orders/SO-1/estimates", said)
    await moved(desk)
    assert (await node(desk))["stated"]["source"] == "supplier"
    await desk.post(LI, "/api/orders/SO-1/estimates", {"milestone": "MAT_IN", "day": None})
    await moved(desk)
    assert ((await node(desk))["stated"]["source"], (await node(desk))["estimated"]) == ("material", "2026-03-20")
    changed = await desk.put(LI, path, {**FABRIC, "quantity": "900", "need_by": "2026-03-18"}, If_Match='"1"')
    assert (changed.status, changed.body["need_by"], changed.body["late"], changed.body["version"]) == (200, "2026-03-18", True, 2)
    assert (await desk.put(LI, path, FABRIC, If_Match='"1"')).slug == "stale"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({**ZIPS, "supplier": "NOBODY"}, "materials.1.supplier"),
        ({**ZIPS, "line": "9"}, "materials.1.line"),
        ({**ZIPS, "milestone": "MOON"}, "materials.1.milestone"),
        ({**ZIPS, "po_number": "1"}, "materials.1.ordered_on"),
        ({**ZIPS, "quantity": "0"}, "materials.1.quantity"),
        ({**ZIPS, "colour": "red"}, "materials.1.colour"),
    ],
)
async def test_refusals_name_the_field_and_write_nothing(desk: Desk, wrong: dict[str, Any], field: str) -> None:
    await desk.entered()
    answer = await desk.post(ZHU, NEED, {"materials": [FABRIC, wrong]})
    assert (answer.status, list(answer.fields)) == (422, [field])
    assert await desk.count("material_line") == 0


async def test_what_others_follow_is_not_there(desk: Desk) -> None:
    await desk.entered()
    (path,) = await needed(desk)
    assert (await desk.post(CHEN, NEED, {"materials": [FABRIC]})).status == 404
    assert (await desk.get(CHEN, path)).status == 404
    assert (await desk.get(CHEN, PATH)).body["items"] == []
    assert (await desk.post(CHEN, f"{path}/eta", {"eta": "2026-03-20"})).status == 404
    assert (await desk.post("hu.bin:planner", f"{path}/eta", {"eta": "2026-03-20"})).status == 403


async def test_what_is_cancelled_waits_for_nothing(desk: Desk) -> None:
    await desk.entered(line("1"), line("2"))
    paths = await needed(desk, {**FABRIC, **BOUGHT, "line": "1"}, ZIPS)
    await done(desk, f"{paths[0]}/receipts", {"quantity": "400", "date": "2026-03-01"})

    async def states() -> list[str]:
        return [(await desk.get(LI, path)).body["state"] for path in paths]

    cancellation = {"asked_by": "customer", "reason": "his shop closes"}
    assert (await desk.post(LI, "/api/orders/SO-1/cancellations", {**cancellation, "lines": ["1"]})).status == 201
    await moved(desk)
    assert await states() == ["withdrawn", "planned"]
    assert (await desk.post(LI, "/api/orders/SO-1/cancellations", cancellation)).status == 201
    await moved(desk)
    assert await states() == ["withdrawn", "withdrawn"]
    assert (await desk.get(LI, paths[0])).body["reason"] == "his shop closes"
    assert (await desk.post(ZHU, NEED, {"materials": [FABRIC]})).slug == "order-cancelled"
