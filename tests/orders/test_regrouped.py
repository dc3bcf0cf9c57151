"""What is bought, made, in stock and inspected of lines that are moved, cancelled, split or joined: it counts for their leg."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from tests.orders.calls import LI, MANAGER, Desk
from tests.orders.firm import employ, member
from tests.orders.plans import line
from tests.orders.test_api_materials import BOUGHT, FABRIC, done, needed
from tests.orders.test_inspections_api import FINAL, PLAN, QIAN, found, planned
from tests.orders.test_production_api import made
from tests.orders.test_stock_api import checked, of, ordered

Words: TypeAlias = dict[str | None, tuple[str, str | None]]


async def words(desk: Desk, milestone: str) -> Words:
    """When each leg expects a milestone, and whose word that is, or when it happened."""
    legs = (await desk.get(LI, "/api/orders/SO-1/plan")).body["legs"]
    nodes = {leg["shipment"]: next(one for one in leg["nodes"] if one["milestone"] == milestone) for leg in legs}
    by = {leg: "happened" if one["actual"] else one["stated"] and one["stated"]["source"] for leg, one in nodes.items()}
    return {leg: (one["actual"] or one["estimated"], by[leg]) for leg, one in nodes.items()}


async def regrouped(desk: Desk, command: str, status: int = 200, **body: Any) -> None:
    answer = await desk.post(LI, f"/api/orders/SO-1/{command}", {"reason": "the late goods go by themselves", **body})
    assert answer.status == status, answer.body
    await desk.regroup()


async def moved(desk: Desk, shipment: str | None) -> None:
    await regrouped(desk, "moves", lines=["2"], shipment=shipment)


async def taken_back(desk: Desk, milestone: str) -> None:
    """It has not happened, whatever is reported of it."""
    wrong = {"milestone": milestone, "date": None, "reason": "of another order"}
    answer = await desk.post(LI, "/api/orders/SO-1/actuals/corrections", wrong)
    assert answer.status == 201, answer.body


async def said_by(desk: Desk, milestone: str) -> set[str | None]:
    return {by for _, by in (await words(desk, milestone)).values()}


async def without(desk: Desk, number: str) -> None:
    await regrouped(desk, "cancellations", 201, lines=[number], asked_by="customer")


async def test_production_is_asked_anew_of_each_leg(desk: Desk) -> None:
    """Line 1 ends on 2026-04-10, line 2 on 2026-11-23."""
    await desk.entered(line("1"), line("2"))
    for day, one, two in ((0, 100, 10), (2, 300, 20)):
        await made(desk, day, one, line="1")
        await made(desk, day, two, line="2")
    assert await words(desk, "PRD_END") == {None: ("2026-11-23", "production")}
    await moved(desk, "SH-2")
    assert await words(desk, "PRD_END") == {None: ("2026-04-10", "production"), "SH-2": ("2026-11-23", "production")}
    version = (await desk.get(LI, "/api/orders/SO-1")).body["version"]
    await desk.regroup()
    assert (await desk.get(LI, "/api/orders/SO-1")).body["version"] == version, "nothing is said twice"
    said = {"milestone": "PRD_END", "day": "2026-05-07", "source": "production", "shipment": "SH-2"}
    assert (await desk.post(LI, "/api/orders/SO-1/estimates", said)).status == 200
    desk.clock.time += timedelta(hours=1)
    await moved(desk, None)
    assert await words(desk, "PRD_END") == {None: ("2026-05-07", "production")}, "who spoke after the reports is not overruled"
    part: dict[str, Any] = {"line": "2", "part": "2-2", "quantity": "1100", "made": "0", "shipment": "SH-2"}
    await regrouped(desk, "splits", **part)
    assert await words(desk, "PRD_END") == dict.fromkeys((None, "SH-2"), ("2026-05-07", "production"))
    await made(desk, 9, 1200, line="1")
    await made(desk, 9, 55, line="2")
    newer = await words(desk, "PRD_END")
    assert newer[None][0] != "2026-05-07", "a newer report is a newer word"
    assert newer["SH-2"][0] == "2026-05-07"
    await without(desk, "2")
    assert (await words(desk, "PRD_END"))[None] == ("2026-04-08", "happened"), "all that is left is made"


async def test_production_takes_back_what_it_says_of_a_leg_no_more(desk: Desk) -> None:
    """A part of which nothing is made is expected by the plan. Goods that nobody reports make nothing earlier where they join."""
    await desk.entered(line("1"), line("2", shipment="SH-1"), template="export-make", incoterm="FOB")
    for day, so_far in ((0, 10), (2, 20)):
        await made(desk, day, so_far, line="1")
    late = (await words(desk, "PRD_END"))[None]
    assert late[1] == "production"
    await moved(desk, None)
    assert await words(desk, "PRD_END") == {None: late}
    await regrouped(desk, "splits", line="1", part="1-2", quantity="1000", made="0", shipment="SH-2")
    planned_for = {leg: by for leg, (day, by) in (await words(desk, "PRD_END")).items() if day < late[0]}
    assert planned_for == {None: None, "SH-2": None}


async def test_production_says_again_what_was_taken_back_with_the_next_report_only(desk: Desk) -> None:
    """Its word, and what it recorded: not because lines are moved, split or joined, nor when another leg is reported. What it said before
    that counts again."""
    await desk.entered(line("1"), line("2"))
    for day, one, two in ((0, 100, 10), (2, 300, 20)):
        await made(desk, day, one, line="1")
        await made(desk, day, two, line="2")
    assert await said_by(desk, "PRD_END") == {"production"}
    unsaid = await desk.post(LI, "/api/orders/SO-1/estimates", {"milestone": "PRD_END", "day": None})
    assert unsaid.status == 200, unsaid.body
    for shipment in ("SH-2", None):
        await moved(desk, shipment)
        assert await said_by(desk, "PRD_END") == {None}
    await made(desk, 9, 400, line="1")
    assert await said_by(desk, "PRD_END") == {"production"}
    for number in ("1", "2"):
        await made(desk, 10, 1200, line=number)
    assert await words(desk, "PRD_END") == {None: ("2026-04-09", "happened")}
    await taken_back(desk, "PRD_END")
    part: dict[str, Any] = {"line": "2", "part": "2-2", "quantity": "200", "made": "200", "shipment": "SH-2"}
    await regrouped(desk, "splits", **part)
    await moved(desk, "SH-1")
    await made(desk, 11, 1210, line="1")
    await regrouped(desk, "joins", line="2", part="2-2")
    assert {leg: by for leg, (_, by) in (await words(desk, "PRD_END")).items()} == {None: "happened", "SH-1": "production"}
    await made(desk, 12, 1210, line="2")
    assert (await words(desk, "PRD_END"))["SH-1"] == ("2026-04-11", "happened")


async def test_checks_of_the_stock_count_for_what_is_left(desk: Desk) -> None:
    await ordered(desk, line("1"), line("2"))
    await checked(desk, of("1", 1200, ready=True), of("2", 20))
    desk.clock.time = datetime(2026, 3, 3, 8, tzinfo=UTC)
    await without(desk, "2")
    for milestone in ("STOCK_OK", "PACKED"):
        assert await words(desk, milestone) == {None: ("2026-03-01", "happened")}
    await taken_back(desk, "PACKED")
    await regrouped(desk, "splits", line="1", part="1-2", quantity="200", in_stock="200", shipment="SH-2")
    assert (await said_by(desk, "STOCK_OK"), await said_by(desk, "PACKED")) == ({"happened"}, {None})


async def test_an_inspection_holds_the_lines_that_it_is_of(desk: Desk) -> None:
    await employ(desk, member("qian.li", department="qc"))
    lines = [line(number, shipment="SH-1") for number in ("1", "2")]
    await desk.entered(*lines, actuals=[{"milestone": "PRD_END", "date": "2026-02-28", "shipment": "SH-1"}])
    free = (await words(desk, "QC_FINAL"))["SH-1"]
    late = await desk.post(QIAN, PLAN, {**FINAL, "day": "2026-05-20", "lines": ["2"]})
    assert await words(desk, "QC_FINAL") == {"SH-1": ("2026-05-20", "inspection")}
    await moved(desk, "SH-2")
    assert await words(desk, "QC_FINAL") == {"SH-1": free, "SH-2": ("2026-05-20", "inspection")}
    await moved(desk, "SH-1")
    assert await words(desk, "QC_FINAL") == {"SH-1": ("2026-05-20", "inspection")}
    first = await planned(desk, lines=["1"])
    assert (await desk.post(QIAN, first + "/result", found("passed"))).body["moved"]["recorded"] == [], "line 2 is still to be inspected"
    await without(desk, "2")
    assert (await desk.get(LI, late.headers["Location"])).body["state"] == "withdrawn"
    assert await words(desk, "QC_FINAL") == {"SH-1": ("2026-04-21", "happened")}, "all that is left has passed"
    await taken_back(desk, "QC_FINAL")
    await regrouped(desk, "moves", lines=["1"], shipment="SH-2")
    assert await said_by(desk, "QC_FINAL") == {None}


async def test_material_comes_for_the_lines_that_it_is_of(desk: Desk) -> None:
    await desk.entered(line("1"), line("2"))
    free = (await words(desk, "MAT_IN"))[None]
    late = {**FABRIC, **BOUGHT, "eta": "2026-05-20"}
    await needed(desk, {**late, "line": "2"})
    assert await words(desk, "MAT_IN") == {None: ("2026-05-20", "material")}
    await moved(desk, "SH-2")
    assert await words(desk, "MAT_IN") == {None: free, "SH-2": ("2026-05-20", "material")}
    await moved(desk, None)
    assert await words(desk, "MAT_IN") == {None: ("2026-05-20", "material")}
    (first,) = await needed(desk, {**late, "line": "1"})
    await done(desk, f"{first}/receipts", {"quantity": "1000", "date": "2026-03-01"})
    await without(desk, "2")
    assert await words(desk, "MAT_IN") == {None: ("2026-03-01", "happened")}, "all that is left has its material"
    await taken_back(desk, "MAT_IN")
    await regrouped(desk, "moves", lines=["1"], shipment="SH-2")
    assert await said_by(desk, "MAT_IN") == {"material"}, "its ETA says it again"


async def test_what_waited_for_a_gate_is_told_with_what_regrouping_records_as_one_move(desk: Desk) -> None:
    """Production has begun where the firm wants the material first; that of the line which is cancelled was all that had to come."""
    path = "/api/orders/templates/export-sea"
    known = (await desk.get(MANAGER, path)).body
    steps = [{**one, "gate": one["code"] == "MAT_IN"} for one in known["template"]["milestones"]]
    revised = await desk.put(MANAGER, path, {**known["template"], "milestones": steps}, If_Match=f'"{known["version"]}"')
    assert revised.status == 200, revised.body
    await desk.entered(line("1"), line("2"))
    first, _ = await needed(desk, *({**FABRIC, **BOUGHT, "line": one, "eta": "2026-05-20"} for one in ("1", "2")))
    await done(desk, f"{first}/receipts", {"quantity": "1000", "date": "2026-03-01"})
    waits = await made(desk, 0, 100, line="1")
    assert [one["milestone"] for one in waits["not_recorded"]] == ["PRD_START"]
    told = len(await desk.told())
    await without(desk, "2")
    types = await desk.types(told)
    assert types.count("milestone.achieved") == 2, "the material and the start"
    assert types[types.index("milestone.achieved") :].count("plan.reestimated") == 1, "in one move"
